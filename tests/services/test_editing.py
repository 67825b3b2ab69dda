"""Changing a definition with trials present, and taking changes back."""

import uuid
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied

from experiments.documents import to_document
from experiments.domain import (
    Direction,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Result,
    Term,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.models import ChangeKind, Experiment, Membership, Role, TrialOrigin
from experiments.services import editing, lifecycle, versions
from experiments.services.errors import Conflict, Refused
from tests.factories import finish, make_user, store_ready, take

pytestmark = pytest.mark.django_db


def fresh(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def document(experiment: Experiment) -> dict:
    return to_document(fresh(experiment).definition, keys=True)


def respec(draft: ExperimentDraft, name: str, **changes) -> ExperimentDraft:
    return replace(
        draft,
        parameters=tuple(
            replace(p, spec=replace(p.spec, **changes)) if p.name == name else p
            for p in draft.parameters
        ),
    )


def with_parameter(draft: ExperimentDraft, name: str, **spec) -> ExperimentDraft:
    fields = {"key": "n1", "kind": ParameterKind.RANGE, "value_type": ValueType.FLOAT}
    made = ParameterDraft(name=name, spec=ParameterSpec(**(fields | spec)))
    return replace(draft, parameters=(*draft.parameters, made))


def without(draft: ExperimentDraft, name: str) -> ExperimentDraft:
    return replace(draft, parameters=tuple(p for p in draft.parameters if p.name != name))


def edit(experiment: Experiment, draft: ExperimentDraft, by, **kwargs):
    now = fresh(experiment)
    return editing.edit(now, draft=draft, base_revision=now.revision, by=by, **kwargs)


def test_widening_keeps_the_trials_and_makes_new_suggestions(experiment, ada):
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    store_ready(experiment, (4.0, 5.0))
    change = edit(
        experiment, respec(fresh(experiment).definition, "x1", upper=50.0), ada, reason="too narrow"
    )
    now = fresh(experiment)
    assert now.spec.parameters[0].upper == 50.0
    assert now.trials.get().status == TrialStatus.COMPLETED
    assert not now.suggestions.ready().exists()
    assert (change.kind, change.reason) == (ChangeKind.DEFINITION_EDITED, "too narrow")
    assert change.is_model_change
    assert now.model_revision == now.definition_revision == change.revision
    bounds = [s["definition"]["parameters"][0]["bounds"] for s in (change.before, change.after)]
    assert bounds == [[-10.0, 10.0], [-10.0, 50.0]]


def test_words_alone_keep_the_suggestions(experiment, ada):
    store_ready(experiment, (4.0, 5.0))
    draft = fresh(experiment).definition
    renamed = replace(draft.parameters[0], name="β", unit="mm", description="Width.")
    change = edit(
        experiment, replace(draft, parameters=(draft.parameters[1], renamed), trial_budget=9), ada
    )
    assert not change.is_model_change
    now = fresh(experiment)
    assert [p.name for p in now.parameters.all()] == ["x2", "β"]
    assert now.suggestions.ready().fresh().count() == 1


def test_names_can_be_swapped(experiment, ada):
    draft = fresh(experiment).definition
    first, second = draft.parameters
    swapped = (replace(first, name="x2"), replace(second, name="x1"))
    edit(experiment, replace(draft, parameters=swapped), ada)
    now = fresh(experiment).definition.parameters
    assert [(p.name, p.spec.key) for p in now] == [("x2", first.spec.key), ("x1", second.spec.key)]


def test_saying_the_same_changes_nothing(experiment, ada):
    before = fresh(experiment).revision
    assert edit(experiment, fresh(experiment).definition, ada) is None
    assert fresh(experiment).revision == before


def test_the_same_form_twice_is_one_change(experiment, ada):
    now, key = fresh(experiment), uuid.uuid4()
    draft = with_parameter(now.definition, "depth", lower=0.0, upper=1.0)
    made = [
        editing.edit(now, draft=draft, base_revision=now.revision, by=ada, key=key)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert fresh(experiment).parameters.count() == 3


def test_a_new_parameter_has_a_value_in_earlier_trials(experiment, ada):
    [trial] = take(experiment, ada, (1.0, 2.0))
    draft = with_parameter(
        fresh(experiment).definition, "depth",
        value_type=ValueType.INT, lower=3, upper=10, backfill=5,
    )  # fmt: skip
    edit(experiment, draft, ada)
    parameters = list(fresh(experiment).parameters.all())
    assert trial.named_parameters(parameters) == {"x1": 1.0, "x2": 2.0, "depth": 5}


def test_a_parameter_that_trials_know_is_retired_not_removed(experiment, ada):
    take(experiment, ada, (1.0, 2.0))
    draft = fresh(experiment).definition
    with pytest.raises(editing.Unusable, match=r"1 trial has a value for “x2”.*Retire it"):
        edit(experiment, without(draft, "x2"), ada)
    edit(experiment, respec(draft, "x2", pinned=0.5), ada)
    assert fresh(experiment).spec.parameters[1].pinned == 0.5


def test_a_parameter_without_data_goes_and_comes_back_as_itself(experiment, ada):
    before = document(experiment)
    change = edit(experiment, without(fresh(experiment).definition, "x2"), ada)
    assert fresh(experiment).parameters.count() == 1
    editing.undo(change, by=ada)
    assert document(experiment) == before


def test_a_metric_with_results_stays(experiment, ada):
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    draft = fresh(experiment).definition
    other = MetricDraft(name="acc", spec=MetricSpec(key="q1", direction=Direction.MAXIMIZE))
    with pytest.raises(editing.Unusable, match=r"results of “booth”.*only track"):
        edit(experiment, replace(draft, metrics=(other,)), ada)
    loss = replace(draft.metrics[0], spec=replace(draft.metrics[0].spec, role=MetricRole.TRACKED))
    edit(experiment, replace(draft, metrics=(other, loss)), ada)
    assert [m.name for m in fresh(experiment).objectives] == ["acc"]
    assert trial.observations.get().mean == 3.0


@pytest.mark.parametrize(
    ("point", "changes", "words"),
    [
        ((1.5, 0.0), {"value_type": ValueType.INT, "lower": -10, "upper": 10}, "whole (1.5)"),
        ((1.0, 0.0), {"value_type": ValueType.INT, "lower": -10, "upper": 10}, ""),
        (
            (1.5, 0.0),
            {"kind": ParameterKind.CHOICE, "values": (1.5, 2.5), "lower": None, "upper": None},
            "",
        ),
        (
            (1.5, 0.0),
            {
                "kind": ParameterKind.CHOICE,
                "value_type": ValueType.TEXT,
                "values": ("a", "b"),
                "lower": None,
                "upper": None,
            },
            "not be read as text",
        ),
        (
            (1.5, 0.0),
            {"kind": ParameterKind.FIXED, "value": 2.0, "lower": None, "upper": None},
            "retire it",
        ),
        (
            (1.5, 0.0),
            {"kind": ParameterKind.FIXED, "value": 1.5, "lower": None, "upper": None},
            "",
        ),
    ],
)
def test_types_that_stored_values_do_not_have(experiment, ada, point, changes, words):
    take(experiment, ada, point)
    draft = respec(fresh(experiment).definition, "x1", **changes)
    if words:
        with pytest.raises(editing.Unusable) as refusal:
            edit(experiment, draft, ada)
        assert words in str(refusal.value)
    else:
        assert edit(experiment, draft, ada)


def test_a_baseline_by_number_by_values_and_none(experiment, ada):
    take(experiment, ada, (1.0, 2.0))
    draft = fresh(experiment).definition
    edit(experiment, replace(draft, baseline_trial=0), ada)
    assert fresh(experiment).baseline.number == 0
    x1, x2 = (p.spec.key for p in draft.parameters)
    edit(experiment, replace(draft, baseline_values={x1: 0.0, x2: 1.0}), ada)
    baseline = fresh(experiment).baseline
    assert (baseline.number, baseline.origin) == (1, TrialOrigin.BASELINE)
    assert baseline.is_running
    edit(experiment, draft, ada)
    assert fresh(experiment).baseline is None
    with pytest.raises(editing.Unusable, match="no trial 7"):
        edit(experiment, replace(draft, baseline_trial=7), ada)


def test_two_people_at_once(experiment, ada):
    bob = make_user("bob")
    Membership.objects.create(team=ada.teams.get(), user=bob, role=Role.EDITOR)
    opened = fresh(experiment)
    definition = opened.definition
    edit(experiment, respec(definition, "x1", upper=20.0), ada)
    draft = respec(definition, "x2", upper=30.0)
    with pytest.raises(editing.EditedMeanwhile) as conflict:
        editing.edit(opened, draft=draft, base_revision=opened.revision, by=bob)
    [change] = conflict.value.changes
    assert change.user == ada
    assert versions.definition_at(fresh(experiment), opened.revision) == definition


def test_a_rename_meanwhile_is_kept(experiment, ada):
    opened = fresh(experiment)
    lifecycle.rename(experiment, name="Better", by=ada)
    lifecycle.set_tags(experiment, tags=["urgent"], by=ada)
    draft = respec(opened.definition, "x2", upper=30.0)
    editing.edit(opened, draft=draft, base_revision=opened.revision, by=ada)
    now = fresh(experiment)
    assert (now.name, now.tags) == ("Better", ["urgent"])
    assert versions.definition_at(now, opened.revision).name == "Booth"


def test_results_entered_meanwhile_are_no_conflict(experiment, ada):
    opened = fresh(experiment)
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    draft = respec(opened.definition, "x2", upper=30.0)
    assert editing.edit(opened, draft=draft, base_revision=opened.revision, by=ada)


def test_running_trials_can_be_ended_with_it(experiment, ada):
    take(experiment, ada, (9.0, 2.0), (1.0, 2.0))
    draft = respec(fresh(experiment).definition, "x1", upper=5.0)
    edit(experiment, draft, ada, abandon=[0])
    statuses = [trial.status for trial in fresh(experiment).trials.all()]
    assert statuses == [TrialStatus.ABANDONED, TrialStatus.RUNNING]
    assert fresh(experiment).revision == experiment.changes.first().revision


def test_runners_may_not(experiment, ada):
    bob = make_user("bob")
    Membership.objects.create(team=ada.teams.get(), user=bob, role=Role.RUNNER)
    draft = respec(fresh(experiment).definition, "x1", upper=20.0)
    with pytest.raises(PermissionDenied):
        edit(experiment, draft, bob)
    change = edit(experiment, draft, ada)
    with pytest.raises(PermissionDenied):
        editing.undo(change, by=bob)


def test_undo_takes_back_one_change_and_keeps_later_ones(experiment, ada):
    first = edit(experiment, respec(fresh(experiment).definition, "x1", upper=20.0), ada)
    edit(experiment, respec(fresh(experiment).definition, "x2", upper=30.0), ada)
    undone = editing.undo(first, by=ada)
    assert [p.upper for p in fresh(experiment).spec.parameters] == [10.0, 30.0]
    assert undone.kind == ChangeKind.DEFINITION_UNDONE
    editing.undo(undone, by=ada)
    assert [p.upper for p in fresh(experiment).spec.parameters] == [20.0, 30.0]


def test_undo_of_what_changed_again_is_refused(experiment, ada):
    first = edit(experiment, respec(fresh(experiment).definition, "x1", upper=20.0), ada)
    edit(experiment, respec(fresh(experiment).definition, "x1", upper=30.0), ada)
    with pytest.raises(Conflict, match="x1: upper bound 20 → 30"):
        editing.undo(first, by=ada)
    assert fresh(experiment).spec.parameters[0].upper == 30.0


def test_undo_twice_is_one(experiment, ada):
    first = edit(experiment, respec(fresh(experiment).definition, "x1", upper=20.0), ada)
    editing.undo(first, by=ada)
    revision = fresh(experiment).revision
    assert editing.undo(first, by=ada) is None
    assert fresh(experiment).revision == revision


def test_undo_of_a_parameter_that_a_constraint_needs(experiment, ada):
    added = edit(
        experiment, with_parameter(fresh(experiment).definition, "d", lower=0.0, upper=1.0), ada
    )
    draft = fresh(experiment).definition
    terms = (Term(draft.parameters[0].spec.key), Term(draft.parameters[2].spec.key))
    constraint = ParameterConstraint(terms=terms, relation=Relation.AT_MOST, bound=1.0)
    constrained = edit(experiment, replace(draft, constraints=(constraint,)), ada)
    with pytest.raises(Conflict, match="d is in use"):
        editing.undo(added, by=ada)
    editing.undo(constrained, by=ada)
    editing.undo(added, by=ada)
    assert fresh(experiment).parameters.count() == 2


def test_undo_never_takes_data_away(experiment, ada):
    added = edit(
        experiment, with_parameter(fresh(experiment).definition, "d", lower=0.0, upper=1.0), ada
    )
    take(experiment, ada, (1.0, 2.0, 0.5))
    with pytest.raises(editing.Unusable, match="Retire it"):
        editing.undo(added, by=ada)
    assert editing.why_not_undo(
        fresh(experiment), added, editing.normal(fresh(experiment).definition)
    )


def test_the_start_cannot_be_undone(experiment, ada):
    with pytest.raises(Refused, match="started"):
        editing.undo(experiment.changes.get(), by=ada)


def test_experiments_from_before_versions_were_kept(experiment, ada):
    experiment.changes.update(after={"name": "Booth"})
    opened = fresh(experiment)
    definition = opened.definition
    assert versions.definition_at(opened, opened.revision) == definition
    edit(experiment, respec(definition, "x1", upper=20.0), ada)
    assert versions.definition_at(fresh(experiment), opened.revision) == definition


def test_results_follow_the_metric_through_a_rename(experiment, ada):
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    draft = fresh(experiment).definition
    renamed = replace(draft.metrics[0], name="loss")
    edit(experiment, replace(draft, metrics=(renamed,)), ada)
    assert trial.observations.get().metric.name == "loss"
    assert Result(trial.observations.get().mean) == Result(3.0)


def test_ten_thousand_trials(experiment, ada, django_assert_max_num_queries):
    from experiments.models import Trial

    keys = [p.key for p in experiment.parameters.all()]
    Trial.objects.bulk_create(
        Trial(experiment=experiment, number=n, parameters={k: float(n) for k in keys})
        for n in range(10_000)
    )
    Experiment.objects.filter(pk=experiment.pk).update(trial_count=10_000)
    ints = {"value_type": ValueType.INT, "lower": 0, "upper": 10}
    with django_assert_max_num_queries(60):
        edit(experiment, respec(fresh(experiment).definition, "x1", **ints), ada)
