"""Shapes of slices."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.optimizer.analysis.slices import Shape, Slice, turns

X = np.linspace(0.0, 1.0, 41)


@pytest.mark.parametrize(
    ("means", "shape"),
    [
        (X, Shape.RISES),
        (-X, Shape.FALLS),
        (-((X - 0.5) ** 2), Shape.HUMP),
        ((X - 0.3) ** 2, Shape.VALLEY),
        (np.sin(12 * X), Shape.WAVES),
        (X + 0.02 * np.sin(40 * X), Shape.RISES),
        (0 * X, Shape.UNCLEAR),
        (0.001 * X, Shape.UNCLEAR),
        (X[:1], Shape.UNCLEAR),
    ],
)
def test_shapes(means, shape):
    along = Slice(list(range(len(means))), means, np.full(len(means), 0.01))
    assert along.shape is shape


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0.0, 1e6))
def test_turns_go_up_and_down_in_turns_and_are_undone_by_mirroring(means, least):
    found = turns(means, least)
    assert all(one == -other for one, other in pairwise(found))
    assert turns([-mean for mean in means], least) == [-way for way in found]
    if max(means) - min(means) <= least:
        assert found == []
