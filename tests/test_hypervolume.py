"""How much of the space of goals a front covers."""

import moocore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.hypervolume import growth, reference_of


def points(dimensions: int):
    cost = st.floats(0, 10, allow_nan=False, width=32)
    return st.lists(st.tuples(*[cost] * dimensions), min_size=1, max_size=12)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_it_grows_to_what_the_library_says(dimensions) -> None:
    @settings(max_examples=60)
    @given(points(dimensions))
    def check(found) -> None:
        reference = (9.0,) * dimensions
        volumes = list(growth(found, reference))
        assert volumes == sorted(volumes)
        inside = [p for p in found if all(c < 9.0 for c in p)]
        wanted = moocore.hypervolume(inside, ref=reference) if inside else 0.0
        assert volumes[-1] == pytest.approx(float(wanted), abs=1e-9)

    check()


def test_the_reference_is_a_threshold_or_lies_beyond_the_worst() -> None:
    assert reference_of([(0.0, 1.0), (10.0, 3.0)], [None, 2.5]) == (11.0, 2.5)
    assert reference_of([(0.0,)], [None]) == (0.1,)
