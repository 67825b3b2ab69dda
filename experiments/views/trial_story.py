"""What happened to one trial, in lines that people can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from experiments.domain import Result
from experiments.formatting import format_number
from experiments.models import Change, ChangeKind, Metric, Trial
from experiments.views.rows import results_in_words

_VERBS = {
    ChangeKind.TRIAL_COMPLETED: "entered the result",
    ChangeKind.TRIAL_CORRECTED: "corrected the result",
    ChangeKind.TRIAL_FAILED: "marked it as failed",
    ChangeKind.TRIAL_ABANDONED: "abandoned it",
    ChangeKind.TRIAL_REOPENED: "reopened it",
    ChangeKind.SUGGESTIONS_TAKEN: "took the suggestion",
}


@dataclass(frozen=True)
class Line:
    """One act: who did what when, and why."""

    change: Change
    text: str


def story_of(trial: Trial, metrics: list[Metric]) -> list[Line]:
    """Return what happened to a trial, newest first."""
    of_it = Q(trial=trial) | Q(
        kind=ChangeKind.SUGGESTIONS_TAKEN, after__trials__contains=trial.number
    )
    changes = Change.objects.filter(of_it, experiment=trial.experiment).select_related("user")
    return [Line(change, _text(change, metrics)) for change in changes]


def _text(change: Change, metrics: list[Metric]) -> str:
    kind = ChangeKind(change.kind)
    verb = _VERBS.get(kind, kind.label)
    before = _results(change.before, metrics)
    after = _results(change.after, metrics)
    if kind == ChangeKind.TRIAL_COMPLETED:
        return f"{verb}: {_said(after)}"
    if kind == ChangeKind.TRIAL_CORRECTED:
        return f"{verb}: {'; '.join(_corrections(before, after))}"
    if kind == ChangeKind.TRIAL_REOPENED and before:
        return f"{verb} and took the result back: {_said(before)}"
    if kind in (ChangeKind.TRIAL_FAILED, ChangeKind.TRIAL_ABANDONED) and _is_explained(change):
        return "said why"
    return verb


def _is_explained(change: Change) -> bool:
    """Whether only the reason is new."""
    return change.before.get("status") == change.after.get("status")


def _results(state: Mapping[str, Any], metrics: list[Metric]) -> dict[Metric, Result]:
    values = state.get("values", {})
    return {m: Result(**values[m.key]) for m in metrics if m.key in values}


def _said(results: dict[Metric, Result]) -> str:
    return results_in_words(results) or "of a metric that is gone"


def _corrections(before: dict[Metric, Result], after: dict[Metric, Result]) -> list[str]:
    metrics = {**before, **after}
    changed = [metric for metric in metrics if before.get(metric) != after.get(metric)]
    return [f"{m.name} {_one(before.get(m))} → {_one(after.get(m))}" for m in changed]


def _one(result: Result | None) -> str:
    if result is None:
        return "none"
    sem = "" if result.sem is None else f" ± {format_number(result.sem)}"
    return f"{format_number(result.mean)}{sem}"
