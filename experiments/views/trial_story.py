"""What happened to one trial, in lines that people can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    changes = Change.objects.filter(
        experiment=trial.experiment, trial_numbers__contains=[trial.number]
    )
    return [Line(each, _text(each, trial, metrics)) for each in changes.select_related("user")]


def _text(change: Change, trial: Trial, metrics: list[Metric]) -> str:
    kind = ChangeKind(change.kind)
    verb = _VERBS.get(kind, kind.label)
    number = str(trial.number)
    old, new = (side.get("states", {}).get(number, {}) for side in (change.before, change.after))
    before, after = _results(old, metrics), _results(new, metrics)
    if kind == ChangeKind.TRIAL_COMPLETED:
        return f"{verb}: {_said(after)}"
    if kind == ChangeKind.TRIAL_CORRECTED:
        return f"{verb}: {'; '.join(_corrections(before, after))}"
    if kind == ChangeKind.TRIAL_REOPENED and before:
        return f"{verb} and took the result back: {_said(before)}"
    if kind in (ChangeKind.TRIAL_FAILED, ChangeKind.TRIAL_ABANDONED) and "status" not in new:
        return "said why"
    return verb


def _results(state: Mapping[str, Any], metrics: list[Metric]) -> dict[Metric, Result]:
    values = state.get("results", {})
    return {m: result_of(values[m.key]) for m in metrics if m.key in values}


def result_of(kept: Mapping[str, Any]) -> Result:
    """Return a result as the history keeps it."""
    return Result(kept["mean"], kept["sem"], tuple(kept.get("raw", ())))


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
