"""The hypervolume of the plots against the trace of Ax, from the same results."""

import random

import pytest
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.service.utils.best_point import get_trace

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.hypervolume import counted, growth, reference_of
from experiments.ranking import Goals, rank

pytestmark = pytest.mark.filterwarnings("ignore")
"""Ax warns of its own deprecations."""


def goals(threshold: float | None) -> Goals:
    error = MetricSpec(key="m1", direction=Direction.MINIMIZE, threshold=threshold)
    speed = MetricSpec(key="m2", direction=Direction.MAXIMIZE)
    memory = MetricSpec(
        key="m3",
        direction=Direction.MINIMIZE,
        role=MetricRole.CONSTRAINT,
        relation=Relation.AT_MOST,
        bound=0.8,
    )
    return Goals(metrics=[error, speed, memory])


@pytest.mark.parametrize("threshold", [None, 0.7])
def test_it_is_counted_as_ax_counts(threshold) -> None:
    draw = random.Random(4)
    means = {n: {key: draw.random() for key in ("m1", "m2", "m3")} for n in range(25)}
    client = Client()
    client.configure_experiment([RangeParameterConfig("p1", (0.0, 1.0), "float")])
    bounds = ["m3 <= 0.8"] + ([] if threshold is None else [f"m1 <= {threshold}"])
    client.configure_optimization("-m1, m2", outcome_constraints=bounds)
    for number, results in means.items():
        index = client.attach_trial({"p1": number / 25})
        client.complete_trial(index, results)
    trace = get_trace(client._experiment)

    wanted = goals(threshold)
    costs = counted(means, rank(means, wanted).standings, wanted)
    ids = list(costs)
    grown = growth(list(costs.values()), reference_of(costs, wanted))
    steps = {ids[place]: volume for place, volume in grown}
    assert len(steps) > 2
    for number, volume in steps.items():
        assert volume == pytest.approx(trace[number])
    assert max(steps.values()) == pytest.approx(max(trace.values()))
