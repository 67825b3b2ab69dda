"""What differs between two definitions, in words. Pure rules over ``drafts``.

Parameters and metrics are matched by their keys: a rename is a rename.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.constraint_words import constraint_in_words, terms_in_words
from experiments.definition_words import (
    EXPERIMENT_FIELDS,
    METRIC_FIELDS,
    MOST_LISTED,
    PARAMETER_FIELDS,
    Names,
    Words,
    baseline_of,
    condition_in_words,
    goal_in_words,
    listed,
    names_of,
    quoted,
    role_in_words,
    shape_in_words,
)
from experiments.domain import MetricSpec, ParameterSpec
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft

SHAPE = ("kind", "value_type")
"""A parameter that changes one of these varies in another way altogether."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: ``what`` it is about (a name, “Goal”), and what became of it."""

    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.what}: {self.text}"


def differences(before: ExperimentDraft, after: ExperimentDraft) -> list[Difference]:
    """Return all that differs, in the order of the form; empty if the definitions are the same."""
    names = names_of(before, after)
    return [
        *_experiment_differences(before, after),
        *_parameters_differences(before.parameters, after.parameters, names),
        *_constraint_differences(before, after, names),
        *_goal_differences(before, after),
        *_metrics_differences(before.metrics, after.metrics),
        *_option_differences(before, after, names),
    ]


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}"


def _experiment_differences(before: ExperimentDraft, after: ExperimentDraft) -> list[Difference]:
    found = []
    for field in ("name", "description"):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            label, words = EXPERIMENT_FIELDS[field]
            found.append(Difference(label, _arrow(words(old, {}), words(new, {}))))
    return found


def _option_differences(
    before: ExperimentDraft, after: ExperimentDraft, names: Names
) -> Iterator[Difference]:
    for field, (label, words) in EXPERIMENT_FIELDS.items():
        if field in ("name", "description"):
            continue
        if field == "baseline":
            old, new = baseline_of(before), baseline_of(after)
        else:
            old, new = getattr(before, field), getattr(after, field)
        if field == "seed" and new is None:  # None keeps the seed.
            continue
        if old != new:
            yield Difference(label, _arrow(words(old, names), words(new, names)))


def _parameters_differences(
    before: Sequence[ParameterDraft], after: Sequence[ParameterDraft], names: Names
) -> Iterator[Difference]:
    old = {draft.spec.key: draft for draft in before}
    new = {draft.spec.key: draft for draft in after if draft.spec.key}
    for draft in after:
        if draft.spec.key in old:
            for text in _parameter_texts(old[draft.spec.key], draft, names):
                yield Difference(draft.name, text)
        else:
            yield Difference(draft.name, _new_parameter(draft.spec, names))
    for draft in before:
        if draft.spec.key not in new:
            yield Difference(draft.name, "parameter removed")
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        yield Difference("Parameters", f"order {', '.join(d.name for d in after[:MOST_LISTED])}" + (
            "" if len(after) <= MOST_LISTED else " …"
        ))  # fmt: skip


def _new_parameter(spec: ParameterSpec, names: Names) -> str:
    text = f"new parameter, {shape_in_words(spec, names)}"
    if spec.condition is not None:
        text += f", {condition_in_words(spec.condition, names)}"
    if spec.backfill is not None:
        text += f"; earlier trials had {quoted(spec.backfill)}"
    return text


def _parameter_texts(old: ParameterDraft, new: ParameterDraft, names: Names) -> Iterator[str]:
    if old.name != new.name:
        yield f"renamed from {quoted(old.name)}"
    before, after = old.spec, new.spec
    if any(getattr(before, field) != getattr(after, field) for field in SHAPE):
        yield _arrow(shape_in_words(before, names), shape_in_words(after, names))
        fields: tuple[str, ...] = ("condition", "backfill")
    else:
        if before.values != after.values:
            yield from _values_texts(before.values, after.values)
        if (before.terms, before.intercept) != (after.terms, after.intercept):
            yield _arrow(
                terms_in_words(before.terms, names, before.intercept),
                terms_in_words(after.terms, names, after.intercept),
            )
        fields = ("lower", "upper", "log_scale", "step", "is_ordered", "value", "condition",
                  "backfill")  # fmt: skip
    for field in fields:
        yield from _field_text(PARAMETER_FIELDS, before, after, field, names)
    if before.pinned != after.pinned:
        yield _pinned_text(after)
    for field in ("unit", "description", "digits", "notation"):
        yield from _field_text(PARAMETER_FIELDS, old, new, field, names)


def _pinned_text(after: ParameterSpec) -> str:
    if after.pinned is None:
        return "in use again: suggestions vary it from now on"
    return f"retired: fixed at {quoted(after.pinned)} from now on"


def _field_text(
    fields: Words,
    old: object,
    new: object,
    field: str,
    names: Names,
) -> Iterator[str]:
    before, after = getattr(old, field), getattr(new, field)
    if before != after:
        label, words = fields[field]
        yield f"{label} {_arrow(words(before, names), words(after, names))}"


def _values_texts(before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    old, new = set(before), set(after)
    if added := [value for value in after if value not in old]:
        yield f"added {listed(added)}"
    if removed := [value for value in before if value not in new]:
        yield f"removed {listed(removed)}"
    if [v for v in before if v in new] != [v for v in after if v in old]:
        yield f"order {listed(after)}"


def _constraint_differences(
    before: ExperimentDraft, after: ExperimentDraft, names: Names
) -> Iterator[Difference]:
    for constraint in after.constraints:
        if constraint not in before.constraints:
            yield Difference("Constraint", f"added {constraint_in_words(constraint, names)}")
    for constraint in before.constraints:
        if constraint not in after.constraints:
            yield Difference("Constraint", f"removed {constraint_in_words(constraint, names)}")


def _goal_differences(before: ExperimentDraft, after: ExperimentDraft) -> Iterator[Difference]:
    """The objectives as one goal, where there is another set of them."""
    old, new = (sorted(m.spec.key for m in draft.objectives) for draft in (before, after))
    if old != new:
        yield Difference("Goal", _arrow(goal_in_words(before), goal_in_words(after)))


def _metrics_differences(
    before: Sequence[MetricDraft], after: Sequence[MetricDraft]
) -> Iterator[Difference]:
    old = {draft.spec.key: draft for draft in before}
    new = {draft.spec.key for draft in after if draft.spec.key}
    for draft in after:
        if draft.spec.key in old:
            for text in _metric_texts(old[draft.spec.key], draft):
                yield Difference(draft.name, text)
        else:
            yield Difference(draft.name, f"new metric, {role_in_words(draft)}")
    for draft in before:
        if draft.spec.key not in new:
            yield Difference(draft.name, "metric removed")
    kept = [key for key in old if key in new]
    if kept != [draft.spec.key for draft in after if draft.spec.key in old]:
        yield Difference("Metrics", f"order {', '.join(draft.name for draft in after)}")


def _metric_texts(old: MetricDraft, new: MetricDraft) -> Iterator[str]:
    if old.name != new.name:
        yield f"renamed from {quoted(old.name)}"
    before, after = old.spec, new.spec
    if role_in_words(old) != role_in_words(new):
        yield _arrow(role_in_words(old), role_in_words(new))
    elif before.direction != after.direction:
        yield f"better is {_better(before)} → {_better(after)}"
    for field in ("weight", "threshold"):
        yield from _field_text(METRIC_FIELDS, before, after, field, {})
    for field in ("unit", "description", "target"):
        yield from _field_text(METRIC_FIELDS, old, new, field, {})


def _better(spec: MetricSpec) -> str:
    return "lower" if spec.direction == "minimize" else "higher"
