"""Each rule about a definition as a whole, at the field where the problem belongs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from experiments.definition_rules import DefinitionProblem, definition_problems
from experiments.domain import Direction, GenerationMethod, MetricRole, ResultNoise, ValueType
from experiments.drafts import ExperimentDraft
from tests.rules.making import (
    LEAST,
    MOST,
    choice,
    constraint,
    definition,
    derived,
    fixed,
    metric,
    random_drafts,
    range_,
    when,
)

INF, NAN = float("inf"), float("nan")
A, B = range_("a"), range_("b", -1.0, 1.0)
N = range_("n", 0, 10)
LR = range_("lr", 1e-5, 1e-1, log_scale=True)
KERNEL = choice("kernel", "rbf", "poly")
FLAG = choice("flag", True, False)
ORDERED = choice("c", 1, 2, 4, is_ordered=True)
A_AND_B = constraint(MOST, 1, b=1, a=1)
DEPENDENT = range_("gamma", condition=when("kernel", "rbf"))


def problems(draft: ExperimentDraft) -> list[DefinitionProblem]:
    found = definition_problems(draft)
    assert len(found) == len(set(found))
    return found


@pytest.mark.parametrize(
    "draft",
    [
        definition(A),
        definition(A, KERNEL, DEPENDENT, FLAG, range_("x", condition=when("flag", True))),
        definition(A, fixed("mode", "fast"), range_("x", condition=when("mode", "fast"))),
        definition(KERNEL, choice("inner", 1, 2, condition=when("kernel", "rbf", "poly"))),
        definition(KERNEL, DEPENDENT, derived("d", a=1.0), A),
        definition(A, LR, derived("d", 1.0, a=-1.0, lr=2.0)),
        definition(N, derived("d", 2.0, value_type=ValueType.INT, n=3.0)),
        definition(A, derived("d", 1.0, a=-1.0), constraints=[constraint(MOST, 0.5, d=1, a=0.1)]),
        definition(A, range_("b", pinned=0.5, backfill=0.1), constraints=[A_AND_B]),
        definition(A, ORDERED, constraints=[constraint(MOST, 3, c=1)]),
        definition(A, metrics=(metric(), metric("time", role=MetricRole.TRACKED))),
        definition(A, metrics=(metric(), metric("t", role=MetricRole.CONSTRAINT, bound=50.0))),
        definition(
            A,
            metrics=(metric(), metric("t", role=MetricRole.CONSTRAINT, bound=5, is_relative=True)),
            baseline_values={"a": 0.5},
        ),
        definition(
            KERNEL, DEPENDENT, A, derived("d", a=1.0), fixed("f", 2),
            baseline_values={"kernel": "poly", "a": 1, "f": 2},
        ),
        definition(*(range_(f"x{n}") for n in range(200))),
        definition(A, choice("c", *map(str, range(1000))), trial_budget=1, seed=2**31 - 1),
        definition(A, tags=("vision", "é"), wanted_parallelism=50, initialization_budget=1000),
    ],
)  # fmt: skip
def test_accepted(draft):
    assert problems(draft) == []


TWO_CIRCLE = (
    choice("C", "x", "y", condition=when("kernel", "rbf")),
    choice("kernel", "rbf", "poly", condition=when("C", "x")),
    A,
)


@pytest.mark.parametrize(
    ("parameters", "place", "field", "words"),
    [
        (TWO_CIRCLE, 0, "condition", "“C” depends on “kernel”, which depends on “C”"),
        (TWO_CIRCLE, 1, "condition", "“kernel” depends on “C”, which depends on “kernel”"),
        ([choice("c", "x", "y", condition=when("c", "x")), A], 0, "condition", "on itself"),
        ([range_("x", condition=when("gone", "rbf")), A], 0, "condition", "was removed"),
        ([A, range_("x", condition=when("a", 0.5))], 1, "condition", "“a” is a range: only a"),
        ([A, derived("d", a=1.0), range_("x", condition=when("d", 1))], 2, "condition", "derived"),
        ([KERNEL, range_("x", condition=when("kernel"))], 1, "condition", "Choose the values of"),
        ([KERNEL, range_("x", condition=when("kernel", "rbx"))], 1, "condition", "no value “rbx”"),
        ([choice("k", 1, 2), range_("x", condition=when("k", True))], 1, "condition", "no value"),
        ([fixed("m", "f"), A, range_("x", condition=when("m", "s"))], 2, "condition", "no value"),
        ([A, derived("d")], 1, "terms", "at least one parameter"),
        ([A, derived("d", gone=1.0)], 1, "terms", "removed"),
        ([range_("a", 0.0, 1e20), derived("d", a=-1e12)], 1, "terms", "come to 1e32, but 1e30"),
        ([N, derived("d", 1e20, ValueType.INT, n=1.0)], 1, "terms", "but 9007199254740992 is"),
        ([A, derived("d", d=1.0)], 1, "terms", "computed from itself"),
        ([A, derived("e", a=1.0), derived("d", e=1.0)], 2, "terms", "“e” is itself derived"),
        ([A, KERNEL, derived("d", kernel=1.0)], 2, "terms", "“kernel” has no numbers"),
        ([A, KERNEL, DEPENDENT, derived("d", gamma=1.0)], 3, "terms", "does not always apply"),
        ([A, derived("d", a=0.0)], 1, "terms", "The factor of “a” is 0"),
        ([A, derived("d", a=NAN)], 1, "terms", "finite number"),
        ([A, derived("d", a=1e-40)], 1, "terms", "too small"),
        ([A, derived("d", INF, a=1.0)], 1, "intercept", "finite number"),
        ([A, derived("d", value_type=ValueType.TEXT, a=1.0)], 1, "value_type", "Only numbers"),
        ([N, derived("d", value_type=ValueType.INT, n=0.5)], 1, "terms", "not always whole"),
        ([N, derived("d", 0.5, value_type=ValueType.INT, n=1.0)], 1, "intercept", "whole constant"),
        ([A, derived("d", value_type=ValueType.INT, a=1.0)], 1, "terms", "not always whole"),
        ([A, range_("b", pinned=2.0)], 1, "pinned", "2 lies above 1."),
        ([A, range_("b", pinned="x")], 1, "pinned", "not a number"),
        ([A, range_("b", 0.0, 1.0, step=0.25, pinned=0.3)], 1, "pinned", "no step of 0.25 from 0"),
        ([A, choice("c", "x", "y", pinned="z")], 1, "pinned", "z is not among the values."),
        ([A, fixed("f", 1.0, pinned=1.0)], 1, "pinned", "Only a range or a choice"),
        ([A, range_("b", backfill="x")], 1, "backfill", "not a number"),
        ([A, replace(derived("d", a=1.0), unit="x" * 31)], 1, "unit", "30 characters"),
        ([replace(A, unit="a\nb")], 0, "unit", "control"),
        ([replace(A, description="\x00")], 0, "description", "control"),
        ([replace(A, description="x" * 10_001)], 0, "description", "10000"),
        ([replace(A, digits=18)], 0, "digits", "from 1 to 17"),
        ([A, replace(B, name="a")], 1, "name", "has this name already"),
        ([A, replace(B, spec=replace(B.spec, key="a"))], 1, "key", "same key"),
        ([range_("a", pinned=0.5), fixed("f", 1)], None, "", "at least one parameter that varies"),
        (
            [choice("k", "x", "y", pinned="x"), range_("g", condition=when("k", "y"))],
            None, "", "Nothing varies",
        ),
        ([range_(f"x{n}") for n in range(201)], None, "", "At most 200 parameters"),
    ],
)  # fmt: skip
def test_parameters(parameters, place, field, words):
    found = problems(definition(*parameters))
    assert any(p[:3] == ("parameter", place, field) and words in p.message for p in found), found
    assert {problem.part for problem in found} == {"parameter"}


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        (constraint(MOST, 1, gone=1), "terms", "refers to a parameter that was removed"),
        (constraint(MOST, 1), "terms", "at least one parameter"),
        (constraint(MOST, INF, a=1), "bound", "finite"),
        (constraint(MOST, 1e40, a=1), "bound", "1e30"),
        (constraint(MOST, 10**400, a=1), "bound", "1e100"),
        (constraint(MOST, 1, a=0), "terms", "is 0"),
        (constraint(MOST, 1, a=INF), "terms", "finite"),
        (constraint(MOST, 1, kernel=1), "terms", "“kernel” has no numbers"),
        (constraint(MOST, 1, flag=1), "terms", "“flag” has no numbers"),
        (constraint(LEAST, 1, lr=1), "terms", "“lr” has a log scale"),
        (constraint(LEAST, 1, c=1), "terms", "needs the order “Ordered”"),
        (constraint(LEAST, 1, gamma=1), "terms", "does not always apply"),
        (constraint(LEAST, 1, d=1), "terms", "“d” is computed from others. “lr” has a log"),
        (replace(A_AND_B, terms=A_AND_B.terms[1:] * 2), "terms", "twice"),
    ],
)  # fmt: skip
def test_constraints(wrong, field, words):
    unordered, d = choice("c", 1, 2, 4), derived("d", lr=1.0)
    draft = definition(A, KERNEL, FLAG, LR, unordered, DEPENDENT, d, constraints=[wrong])
    (found,) = problems(draft)
    assert found[:3] == ("constraint", 0, field)
    assert words in found.message


def test_too_many_constraints():
    many = [constraint(MOST, 0.9, a=1)] * 101
    (found,) = problems(definition(A, constraints=many))
    assert found == ("constraint", None, "", "At most 100 constraints; these are 101.")


RELATIVE = metric("t", role=MetricRole.CONSTRAINT, bound=5.0, is_relative=True)


@pytest.mark.parametrize(
    ("metrics", "place", "field", "words"),
    [
        ((), None, "", "at least one objective"),
        ((metric(role=MetricRole.TRACKED),), None, "", "at least one objective"),
        ((metric(""),), 0, "name", "Give the metric a name"),
        ((metric(), metric("x"), metric("loss ")), 2, "name", "Metric 1 has this name"),
        ((metric(), metric("t", role=MetricRole.CONSTRAINT)), 1, "bound", "needs a bound"),
        ((metric(), metric("t", role=MetricRole.CONSTRAINT, bound=NAN)), 1, "bound", "finite"),
        ((metric(), RELATIVE), 1, "is_relative", "A relative bound needs a baseline: choose"),
        ((metric(weight=0.0),), 0, "weight", "greater than 0"),
        ((metric(weight=-INF),), 0, "weight", "finite"),
        ((metric(weight=1e-40),), 0, "weight", "ratios"),
        ((metric(threshold=NAN), metric("b")), 0, "threshold", "finite"),
        ((metric(target=INF),), 0, "target", "finite"),
        ((metric(target=1e200),), 0, "target", "1e100"),
        ((metric(unit="m" * 31),), 0, "unit", "30 characters"),
        ((metric(description="\x00"),), 0, "description", "control"),
        (tuple(metric(f"m{n}") for n in range(6)), None, "", "At most 5 objectives"),
        (
            (metric(), *(metric(f"m{n}", role=MetricRole.TRACKED) for n in range(20))),
            None, "", "At most 20 metrics; these are 21.",
        ),
    ],
)  # fmt: skip
def test_metrics(metrics, place, field, words):
    (found,) = problems(definition(A, metrics=metrics))
    assert found[:3] == ("metric", place, field)
    assert words in found.message


def test_six_objectives_fit_into_a_sum():
    metrics = tuple(metric(f"m{n}", Direction.MAXIMIZE) for n in range(6))
    assert problems(definition(A, metrics=metrics, is_weighted_sum=True)) == []


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": " "}, "name", "Give the experiment a name."),
        ({"name": "x" * 201}, "name", "200"),
        ({"description": "\ud800"}, "description", "control"),
        ({"trial_budget": 0}, "trial_budget", "from 1 to 1000000"),
        ({"wanted_parallelism": 51}, "wanted_parallelism", "from 1 to 50"),
        ({"initialization_budget": 0}, "initialization_budget", "from 1 to 1000"),
        ({"seed": 2**31}, "seed", "from 0 to 2147483647"),
        ({"seed": -1}, "seed", "from 0"),
        ({"tags": ("a,b",)}, "tags", "commas"),
        ({"tags": ("",)}, "tags", "blank"),
        ({"tags": ("a", "a")}, "tags", "once"),
        ({"tags": ("t" * 51,)}, "tags", "50 characters"),
        ({"tags": tuple(map(str, range(21)))}, "tags", "At most 20"),
        ({"baseline_trial": 3, "baseline_values": {"a": 0.5}}, "baseline_trial", "not both"),
        ({"baseline_trial": -1}, "baseline_trial", "whole number"),
        ({"baseline_values": {}}, "baseline_values", "a: there is no value."),
        ({"baseline_values": {"a": 2}}, "baseline_values", "a: 2 lies above 1."),
        ({"baseline_values": {"a": "x"}}, "baseline_values", "a: x: This is not a number."),
        ({"baseline_values": {"a": 0.5, "gone": 1}}, "baseline_values", "removed"),
        ({"baseline_values": {"a": 0.9}}, "baseline_values", "It violates a ≤ 0.8."),
    ],
)
def test_the_rest(change, field, words):
    draft = definition(A, constraints=[constraint(MOST, 0.8, a=1)])
    (found,) = problems(replace(draft, **change))
    assert found[:3] == ("experiment", None, field)
    assert words in found.message


@settings(max_examples=400, deadline=None)
@given(draft=random_drafts())
def test_no_definition_breaks_the_rules(draft):
    for problem in definition_problems(draft):
        assert problem.message.endswith((".", ")", "”", "?"))


BANDIT = {"generation_method": GenerationMethod.BANDIT}


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (definition(KERNEL, A, **BANDIT), "a range without a step has no end of them"),
        (definition(KERNEL, range_("n", 1, 60), **BANDIT), "100 at most; these are 120"),
        (definition(KERNEL, noise=ResultNoise.EXACT, **BANDIT), "where results are exact"),
        (definition(KERNEL, metrics=(metric(), metric("time")), **BANDIT), "keep one objective"),
    ],
)
def test_a_bandit_needs_few_combinations_noise_and_one_objective(draft, said):
    ((part, place, field, message),) = problems(draft)
    assert (part, place, field) == ("experiment", None, "generation_method")
    assert said in message


@pytest.mark.parametrize(
    "draft",
    [
        definition(KERNEL, FLAG, ORDERED, range_("n", 1, 8), **BANDIT),
        definition(range_("x", 0.0, 1.0, step=0.1), **BANDIT),
        definition(KERNEL, range_("x", pinned=0.5), **BANDIT),
        definition(KERNEL, choice("b", "u", "v", condition=when("kernel", "rbf")), **BANDIT),
        definition(KERNEL, metrics=(metric(), metric("time")), is_weighted_sum=True, **BANDIT),
    ],
)
def test_what_a_bandit_is_for(draft):
    assert problems(draft) == []
