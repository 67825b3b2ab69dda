"""What the rules accept the optimizer can suggest for: nothing that they pass stops it."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from experiments.definition_rules import definition_problems
from experiments.domain import ObservationRecord, TrialRecord, TrialStatus
from experiments.drafts import spec_of
from experiments.optimizer import SearchSpaceExhausted, sample, suggest
from experiments.outside import outside
from experiments.search_space import cardinality
from tests.rules.making import (
    LEAST,
    MOST,
    choice,
    constraint,
    definition,
    derived,
    fixed,
    range_,
    sound_drafts,
    when,
)

A, B, C = (range_(name) for name in "abc")
N, M = range_("n", 0, 10), range_("m", 0, 10)
NARROW = constraint(MOST, 0.001, a=1, b=1, c=1)


def between(least, most, **factors):
    return [constraint(LEAST, least, **factors), constraint(MOST, most, **factors)]


HARD = [
    definition(A, B, constraints=between(1, 1, a=1, b=1)),
    definition(A, B, C, constraints=[NARROW]),
    definition(A, B, C, constraints=[NARROW, constraint(LEAST, 0.00099, a=1, b=1, c=1)]),
    definition(N, M, constraints=between(2.5, 3.5, n=1, m=1)),
    definition(N, M, A, constraints=between(0, 0.5, n=1, m=1)),
    definition(N, A, constraints=[constraint(MOST, 0, n=1, a=-1)]),
    definition(A, B, derived("d", 1.0, a=-1.0), constraints=[constraint(MOST, 0.1, d=1)]),
    definition(A, range_("b", pinned=0.5), constraints=[constraint(MOST, 0.6, a=1, b=1)]),
    definition(A, fixed("f", 0.5), constraints=[constraint(MOST, 0.6, f=1)]),
    definition(
        choice("k", 1, 2, 9, is_ordered=True), range_("x", condition=when("k", 9)), A,
        constraints=[constraint(LEAST, 8.5, k=1, a=1)],
    ),
    definition(
        choice("k", "x", "y", pinned="x"), range_("g", condition=when("k", "y")), A
    ),
    definition(
        range_("a", -1e30, 1e30), range_("b", 0.0, 1e-20),
        constraints=[constraint(MOST, 1e29, a=1, b=1)]
    ),
    definition(
        range_("n", 0, 10**12), A, constraints=[constraint(LEAST, 5e11, n=1, a=1)]
    ),
    definition(*(range_(f"x{n}") for n in range(40)), constraints=[
        constraint(MOST, 1, **{f"x{n}": 1 for n in range(40)})
    ]),
]  # fmt: skip


def check(draft, points):
    keys = [parameter.spec.key for parameter in draft.parameters]
    for point in points:
        values = {
            key: point[f"p{place}"] for place, key in enumerate(keys, 1) if f"p{place}" in point
        }
        assert outside(draft, values) == []


@pytest.mark.parametrize("draft", HARD)
def test_hard_spaces_are_sampled_and_searched(draft):
    assert definition_problems(draft) == []
    spec = spec_of(draft)
    points = sample(spec, 5)
    assert points
    check(draft, points)
    trials = [
        TrialRecord(
            number=number,
            status=TrialStatus.COMPLETED,
            parameters=point,
            observations=(ObservationRecord(metric="m1", mean=float(number * number % 7)),),
        )
        for number, point in enumerate(points)
    ]
    try:
        check(draft, [s.parameters for s in suggest(spec, trials, pending=[], count=1)])
    except SearchSpaceExhausted:
        assert all(cardinality(p.spec) is not None for p in draft.parameters)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(draft=sound_drafts(), seed=st.integers(0, 99))
def test_accepted_spaces_are_sampled(draft, seed):
    assume(not definition_problems(draft))
    points = sample(spec_of(draft), 3)
    assert points
    check(draft, points)
