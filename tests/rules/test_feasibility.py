"""Constraints that leave nothing to try are told in words, and all others have a point."""

import itertools
from random import Random

import pytest
from hypothesis import given, settings

from experiments.assignments import assigned
from experiments.definition_rules import definition_problems
from experiments.feasibility import (
    feasibility_problems,
    feasible_point,
    idle_constraints,
    infeasibility,
)
from experiments.inequalities import holds
from experiments.outside import outside
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
)

A, B = range_("a"), range_("b")
N, M = range_("n", 0, 10), range_("m", 0, 10)
NUMBERS = choice("c", 0.1, 0.5, 2.0, is_ordered=True)
TOO_LOW, TOO_HIGH = constraint(MOST, -1, a=1, b=1), constraint(LEAST, 2.5, a=1, b=1)
HALF = constraint(MOST, 0.5, a=1, b=1)
SUM_IS_ONE = (constraint(MOST, 1, a=1, b=1), constraint(LEAST, 1, a=1, b=1))


@pytest.mark.parametrize(
    ("parameters", "constraints", "words"),
    [
        ([A, B], [TOO_LOW], "“a + b ≤ −1” can never hold: a + b is at least 0"),
        ([A, B], [TOO_HIGH], "“a + b ≥ 2.5” can never hold: a + b is at most 2."),
        (
            [A, B],
            [constraint(LEAST, 0.7, a=1), constraint(MOST, 5, b=1), HALF],
            "“a ≥ 0.7” and “a + b ≤ 0.5” leave nothing to try together: "
            "with the first, a + b is at least 0.7.",
        ),
        (
            [N, M],
            [constraint(LEAST, 0.2, n=1, m=2), constraint(MOST, 0.8, n=1, m=2)],
            "“n + 2·m ≥ 0.2” and “n + 2·m ≤ 0.8” leave nothing to try together: "
            "with the first, n + 2·m is at least 1.",
        ),
        ([NUMBERS], [constraint(LEAST, 0.6, c=1), constraint(MOST, 1.9, c=1)], "c is at least 2."),
        ([A], [constraint(MOST, 0, a=1)], "“a ≤ 0” leaves no room: a is at least 0."),
        ([A, B, derived("d", 1.0, a=1.0)], [constraint(MOST, 0.5, d=1)], "d is at least 1."),
        ([A, fixed("f", 3.0)], [constraint(MOST, 2, a=1, f=1)], "a + f is at least 3."),
        (
            [A, B, range_("c")],
            [
                constraint(MOST, 0, a=1, b=-1),
                constraint(MOST, 0, b=1, c=-1),
                constraint(MOST, 0, c=1, a=-1),
            ],
            "“a ≤ b”, “b ≤ c” and “c ≤ a” leave no room between them",
        ),
    ],
)  # fmt: skip
def test_the_offending_combination_is_named(parameters, constraints, words):
    draft = definition(*parameters, constraints=constraints)
    message = infeasibility(draft)
    assert message is not None
    assert words in message
    problem = feasibility_problems(draft)[0]
    assert (problem.part, problem.place) == ("constraint", len(constraints) - 1)
    assert problem in definition_problems(draft)


@pytest.mark.parametrize(
    ("parameters", "constraints"),
    [
        ([A, B], [constraint(MOST, 1, a=1, b=1)]),
        ([A, B], SUM_IS_ONE),
        ([A, B], [constraint(MOST, 0.3, a=1, b=1), constraint(LEAST, 0.1 + 0.2, a=1, b=1)]),
        ([N], [constraint(LEAST, 1, n=1), constraint(MOST, 1, n=1)]),
        ([range_("n", 0, 10**12), A], [constraint(LEAST, 5e11, n=1, a=1)]),
        ([range_("a", -1e30, 1e30), B], [constraint(LEAST, 1e29, a=1, b=1)]),
        ([range_("a", pinned=0.5), B], [constraint(MOST, 0.5, a=1), constraint(MOST, 1, b=1)]),
    ],
)
def test_what_leaves_something_is_accepted(parameters, constraints):
    draft = definition(*parameters, constraints=constraints)
    assert definition_problems(draft) == []
    point = feasible_point(draft)
    assert point is not None
    assert _satisfies(draft, point)


def test_hundred_constraints_on_two_hundred_parameters():
    names = [f"x{n}" for n in range(200)]
    chain = [constraint(MOST, 0, **{a: 1, b: -1}) for a, b in itertools.pairwise(names[:100])]
    everything = dict.fromkeys(names, 1)
    draft = definition(*map(range_, names), constraints=[*chain, constraint(MOST, 9, **everything)])
    assert definition_problems(draft) == []
    clash = [*chain, constraint(LEAST, 0.5, x0=1, x99=-1)]
    message = infeasibility(definition(*map(range_, names), constraints=clash))
    assert message is not None
    assert message.startswith("“x0 ≤ x1”, “x1 ≤ x2”")
    assert "and 95 more leave nothing to try together" in message


def test_too_much_to_find_out_is_said(monkeypatch):
    monkeypatch.setattr("experiments.feasibility.SECONDS", 0.05)
    names = [f"x{n}" for n in range(60)]
    puzzles = []
    factors_of = Random(1)
    for _ in range(10):
        factors = {name: factors_of.randint(1, 99) for name in names}
        half = sum(factors.values()) // 2
        puzzles += [constraint(MOST, half, **factors), constraint(LEAST, half - 0.5, **factors)]
    draft = definition(*(range_(name, 0, 1) for name in names), constraints=puzzles)
    assert "longer than 0.05 seconds to find out" in (infeasibility(draft) or "")


def test_constraints_that_hold_anyway():
    constraints = [constraint(MOST, 2, a=1, b=1), constraint(MOST, 1.9, a=1, b=1)]
    assert idle_constraints(definition(A, B, constraints=constraints)) == ["“a + b ≤ 2”"]
    assert idle_constraints(definition(A, B)) == []


@settings(max_examples=150, deadline=None)
@given(draft=sound_drafts())
def test_accepted_definitions_have_a_point_and_impossible_ones_none(draft):
    problems = definition_problems(draft)
    assert {problem.part for problem in problems} <= {"constraint"}
    if not problems:
        point = feasible_point(draft)
        assert point is not None
        assert _satisfies(draft, point)
    elif "can never hold" in problems[0].message or "nothing to try" in problems[0].message:
        assert not any(_satisfies(draft, dict(point)) for point in _grid(draft))


def _satisfies(draft, point) -> bool:
    specs = [parameter.spec for parameter in draft.parameters]
    known = {spec.key: spec.value if spec.pinned is None else spec.pinned for spec in specs}
    filled = {spec.key: spec.lower if spec.values == () else spec.values[0] for spec in specs}
    stored = filled | {key: value for key, value in known.items() if value is not None} | point
    values = assigned(specs, stored)
    is_right = all(holds(constraint, values) for constraint in draft.constraints)
    assert is_right == (outside(draft, values) == [])
    return is_right


def _grid(draft):
    """Some points of the space: the corners and middles of ranges, all values of choices."""
    axes = []
    for parameter in draft.parameters:
        spec = parameter.spec
        if spec.values:
            axes.append([(spec.key, value) for value in spec.values])
        elif spec.lower is not None:
            middle = (spec.lower + spec.upper) // 2
            ends = {spec.lower, type(spec.lower)(middle), spec.upper}
            axes.append([(spec.key, value) for value in ends])
    return itertools.product(*axes)
