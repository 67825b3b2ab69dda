"""How much of the space of goals a front covers."""

from itertools import accumulate

import moocore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import Direction, MetricRole, MetricSpec
from experiments.hypervolume import MOST_STEPS, counted, growth, reference_of
from experiments.ranking import Goals, rank


def points(dimensions: int, most: int = 12):
    cost = st.integers(0, 6).map(float) | st.floats(0, 10, allow_nan=False, width=32)
    return st.lists(st.tuples(*[cost] * dimensions), min_size=1, max_size=most)


def volume(found, reference) -> float:
    inside = [p for p in found if all(c < r for c, r in zip(p, reference, strict=True))]
    return float(moocore.hypervolume(inside, ref=reference)) if inside else 0.0


@pytest.mark.parametrize("dimensions", [2, 3])
def test_each_step_is_what_the_library_says(dimensions) -> None:
    @settings(max_examples=60)
    @given(points(dimensions))
    def check(found) -> None:
        reference = (9.0,) * dimensions
        steps = dict(growth(found, reference))
        for place in range(len(found)):
            wanted = volume(found[: place + 1], reference)
            reached = list(accumulate((steps.get(p, 0.0) for p in range(place + 1)), max))[-1]
            assert reached == pytest.approx(wanted, abs=1e-6)

    check()


def test_of_many_costs_some_steps_are_computed_and_the_last_one_always() -> None:
    found = [(0.001 * k, 1.0 - 0.001 * k, 0.5) for k in range(900)]
    steps = list(growth(found, (2.0, 2.0, 2.0)))
    assert MOST_STEPS / 2 < len(steps) <= MOST_STEPS
    assert steps[-1] == (899, pytest.approx(volume(found, (2.0, 2.0, 2.0))))


def goals(*thresholds: float | None) -> Goals:
    metrics = [
        MetricSpec(key=f"m{place}", direction=Direction.MINIMIZE, threshold=threshold)
        for place, threshold in enumerate(thresholds)
    ]
    bound = MetricSpec(key="b", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT, bound=1.0)
    return Goals(metrics=[*metrics, bound])


def test_the_reference_is_a_threshold_or_lies_beyond_the_worst_pareto_point() -> None:
    front = {1: (0.0, 3.0), 2: (10.0, 1.0), 3: (50.0, 50.0)}
    assert reference_of(front, goals(None, 2.5)) == (11.0, 2.5)
    assert reference_of({1: (2.0, 0.0)}, goals(None, None)) == (2.2, pytest.approx(1e-8))


def test_only_what_keeps_the_constraints_counts() -> None:
    means = {
        1: {"m0": 1.0, "m1": 2.0, "b": 0.5},
        2: {"m0": 1.0, "m1": 2.0, "b": 1.5},
        3: {"m0": 1.0, "b": 0.5},
        4: {"m0": 1.0, "m1": 2.0},
    }
    wanted = goals(None, None)
    assert counted(means, rank(means, wanted).standings, wanted) == {1: (1.0, 2.0)}
