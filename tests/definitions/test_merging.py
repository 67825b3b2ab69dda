"""Two people changed one definition."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from experiments.definition_rules import definition_problems
from experiments.domain import (
    Direction,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.merging import merge, merged_list
from tests.definitions.edits import edited


def number(key: str, name: str, lower: float = 0.0, upper: float = 1.0) -> ParameterDraft:
    spec = ParameterSpec(
        key=key, kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=lower, upper=upper
    )
    return ParameterDraft(name=name, spec=spec)


def choice(key: str, name: str, *values: str) -> ParameterDraft:
    spec = ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=values
    )
    return ParameterDraft(name=name, spec=spec)


BASE = ExperimentDraft(
    name="Booth",
    parameters=(number("p1", "lr"), choice("p2", "kernel", "rbf", "poly"), number("p3", "c")),
    metrics=(MetricDraft(name="loss", spec=MetricSpec(key="m1", direction=Direction.MINIMIZE)),),
    seed=1,
)


def respec(draft: ExperimentDraft, key: str, **changes) -> ExperimentDraft:
    return replace(
        draft,
        parameters=tuple(
            replace(p, spec=replace(p.spec, **changes)) if p.spec.key == key else p
            for p in draft.parameters
        ),
    )


def without(draft: ExperimentDraft, key: str) -> ExperimentDraft:
    return replace(draft, parameters=tuple(p for p in draft.parameters if p.spec.key != key))


def specs(draft: ExperimentDraft) -> dict[str, ParameterSpec]:
    return {parameter.spec.key: parameter.spec for parameter in draft.parameters}


def test_different_fields_of_one_parameter_merge():
    merged = merge(BASE, respec(BASE, "p1", upper=5.0), respec(BASE, "p1", lower=-5.0))
    assert (specs(merged.draft)["p1"].lower, specs(merged.draft)["p1"].upper) == (-5.0, 5.0)
    assert merged.clashes == ()


def test_the_same_field_keeps_mine_and_tells():
    merged = merge(BASE, respec(BASE, "p1", upper=5.0), respec(BASE, "p1", upper=9.0))
    assert specs(merged.draft)["p1"].upper == 5.0
    assert [str(clash) for clash in merged.clashes] == ["lr: upper bound 5 (meanwhile 1 → 9)"]


def test_both_say_the_same():
    both = respec(BASE, "p1", upper=5.0)
    assert merge(BASE, both, both).clashes == ()


def test_values_of_a_choice_merge_one_by_one():
    mine = respec(BASE, "p2", values=("rbf", "poly", "sigmoid"))
    theirs = respec(BASE, "p2", values=("linear", "rbf"))
    merged = merge(BASE, mine, theirs)
    assert specs(merged.draft)["p2"].values == ("linear", "rbf", "sigmoid")
    assert merged.clashes == ()


def test_another_type_is_one_whole():
    mine = respec(BASE, "p1", kind=ParameterKind.CHOICE, values=(1.0, 2.0), lower=None, upper=None)
    merged = merge(BASE, mine, respec(BASE, "p1", upper=9.0))
    assert specs(merged.draft)["p1"] == specs(mine)["p1"]
    [clash] = merged.clashes
    assert (clash.what, clash.field) == ("lr", "type")
    assert clash.theirs == "number from 0 to 9"


def test_new_parameters_of_both_are_in():
    mine = replace(BASE, parameters=(number("n1", "mine"), *BASE.parameters))
    theirs = replace(BASE, parameters=(*BASE.parameters, number("p9", "theirs")))
    merged = merge(BASE, mine, theirs)
    assert [p.name for p in merged.draft.parameters] == ["mine", "lr", "kernel", "c", "theirs"]


@pytest.mark.parametrize(
    ("mine", "theirs", "is_there"),
    [
        (respec(BASE, "p1", upper=5.0), without(BASE, "p1"), True),
        (without(BASE, "p1"), respec(BASE, "p1", upper=5.0), False),
    ],
)
def test_changed_here_removed_there(mine, theirs, is_there):
    merged = merge(BASE, mine, theirs)
    assert ("p1" in specs(merged.draft)) == is_there
    assert len(merged.clashes) == 1


def test_removed_and_untouched_goes():
    merged = merge(BASE, BASE, without(BASE, "p1"))
    assert "p1" not in specs(merged.draft)
    assert merged.clashes == ()


def test_a_parameter_that_my_constraint_needs_comes_back():
    made = ParameterConstraint(terms=(Term("p1"), Term("p3")), relation=Relation.AT_MOST, bound=1.0)
    merged = merge(BASE, replace(BASE, constraints=(made,)), without(BASE, "p1"))
    assert merged.draft.constraints == (made,)
    assert "p1" in specs(merged.draft)
    assert [(clash.what, clash.theirs) for clash in merged.clashes] == [("lr", "removed")]


def test_a_blank_seed_keeps_it():
    assert merge(BASE, replace(BASE, seed=None), BASE).draft.seed == 1


@given(edited(BASE).flatmap(edited))
@settings(max_examples=100, deadline=None)
def test_one_side_alone_stands_exactly(changed):
    assume(not definition_problems(changed))
    for mine, theirs in ((changed, BASE), (BASE, changed), (changed, changed)):
        merged = merge(BASE, mine, theirs)
        assert merged.draft == changed
        assert merged.clashes == ()


LISTS = st.lists(st.sampled_from("abcdefg"), unique=True)


@given(LISTS, LISTS, LISTS)
def test_lists(base, mine, theirs):
    merged = merged_list(base, mine, theirs)
    kept = (set(mine) & set(theirs)) | ((set(mine) | set(theirs)) - set(base))
    assert set(merged) == kept
    assert len(merged) == len(kept)
    assert merged_list(base, base, theirs) == theirs
    assert merged_list(base, mine, base) == mine
