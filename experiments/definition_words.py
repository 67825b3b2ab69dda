"""How the parts of a definition are written: for differences, conflicts and previews. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.constraint_words import terms_in_words
from experiments.domain import (
    Condition,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    Relation,
    ResultNoise,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, Notation
from experiments.formatting import format_value

Names = Mapping[str, str]
"""Parameter names by key."""

Words = Mapping[str, tuple[str, Callable[[Any, Names], str]]]
"""By field: what it is called, and how its values are written."""

MOST_LISTED = 6
"""How many values are written out before “and 3 more”."""


def names_of(*drafts: ExperimentDraft) -> dict[str, str]:
    """Return the parameters' names by key; where they differ, the last definition counts."""
    return {p.spec.key: p.name for draft in drafts for p in draft.parameters}


def quoted(value: object) -> str:
    """Write a value in full precision, texts in quotes; a long text is cut."""
    if isinstance(value, str):
        return f"“{value if len(value) <= 60 else value[:59] + '…'}”"
    return "none" if value is None else format_value(value, digits=15)


def listed(values: Sequence[object]) -> str:
    """Write some values, at most ``MOST_LISTED`` of them."""
    shown = ", ".join(quoted(value) for value in values[:MOST_LISTED])
    left = len(values) - MOST_LISTED
    return f"{shown} and {left} more" if left > 0 else shown


def relation_in_words(relation: Relation) -> str:
    """Write ≤ or ≥."""
    return "≤" if relation is Relation.AT_MOST else "≥"


def condition_in_words(condition: Condition | None, names: Names) -> str:
    """Write when a parameter applies."""
    if condition is None:
        return "always"
    parent = names.get(condition.parameter, "?")
    values = condition.values
    return f"only when {parent} {'=' if len(values) == 1 else 'is one of'} {listed(values)}"


def shape_in_words(spec: ParameterSpec, names: Names) -> str:
    """Write how a parameter varies: ``number from 0 to 1, log scale``."""
    kind = TYPES[spec.value_type]
    match spec.kind:
        case ParameterKind.FIXED:
            return f"fixed at {quoted(spec.value)}"
        case ParameterKind.DERIVED:
            return f"derived, {terms_in_words(spec.terms, names, spec.intercept)}"
        case ParameterKind.CHOICE:
            order = ", ordered" if spec.is_ordered else ""
            return f"{kind} out of {listed(spec.values)}{order}"
    scale = ", log scale" if spec.log_scale else ""
    step = f", in steps of {quoted(spec.step)}" if spec.step is not None else ""
    return f"{kind} from {quoted(spec.lower)} to {quoted(spec.upper)}{scale}{step}"


def role_in_words(metric: MetricDraft) -> str:
    """Write what a metric is measured for: ``minimize``, ``at most 50 ms``, ``only tracked``."""
    spec = metric.spec
    if spec.role is MetricRole.OBJECTIVE:
        return spec.direction.value
    if spec.role is MetricRole.TRACKED:
        return "only tracked"
    return f"constraint {limit_in_words(spec, metric.unit)}"


def limit_in_words(spec: MetricSpec, unit: str = "") -> str:
    """Write the bound of an outcome constraint."""
    sign = relation_in_words(spec.relation)
    if spec.is_relative:
        return f"{sign} {quoted(spec.bound)} % of change against the baseline"
    return f"{sign} {quoted(spec.bound)}{' ' + unit if unit else ''}"


TYPES = {
    ValueType.FLOAT: "number",
    ValueType.INT: "integer",
    ValueType.TEXT: "text",
    ValueType.BOOL: "yes or no",
}
_METHODS = {
    GenerationMethod.FAST: "fast",
    GenerationMethod.QUALITY: "quality",
    GenerationMethod.BANDIT: "bandit",
    GenerationMethod.RANDOM_SEARCH: "random search",
}
_NOISE = {
    ResultNoise.NOISY: "noisy",
    ResultNoise.EXACT: "exact",
    ResultNoise.GIVEN: "come with a standard error",
}
_NOTATION = {
    Notation.AUTO: "as it fits",
    Notation.PLAIN: "plain",
    Notation.SCIENTIFIC: "scientific",
}


def _plain(value: Any, names: Names) -> str:
    return quoted(value)


def _text(value: Any, names: Names) -> str:
    return quoted(value) if value else "none"


PARAMETER_FIELDS: Words = {
    "name": ("name", _plain),
    "kind": ("type", lambda value, names: str(value)),
    "value_type": ("type", lambda value, names: TYPES[value]),
    "lower": ("lower bound", _plain),
    "upper": ("upper bound", _plain),
    "log_scale": ("scale", lambda value, names: "log" if value else "linear"),
    "step": ("step", _plain),
    "values": ("values", lambda value, names: listed(value)),
    "is_ordered": ("order", lambda value, names: "ordered" if value else "not ordered"),
    "value": ("fixed value", _plain),
    "terms": ("expression", terms_in_words),
    "intercept": ("constant", _plain),
    "condition": ("applies", condition_in_words),
    "pinned": ("fixed from now on at", _plain),
    "backfill": ("earlier trials had", _plain),
    "unit": ("unit", _text),
    "description": ("description", _text),
    "digits": ("digits shown", lambda value, names: "as usual" if value is None else str(value)),
    "notation": ("notation", lambda value, names: _NOTATION[value]),
}
"""The fields of ``ParameterDraft`` and its spec: what they are called, how values are written."""

METRIC_FIELDS: Words = {
    "name": ("name", _plain),
    "direction": ("direction", lambda value, names: str(value)),
    "role": ("role", lambda value, names: str(value)),
    "weight": ("weight", _plain),
    "threshold": ("threshold", _plain),
    "relation": ("constraint", lambda value, names: relation_in_words(value)),
    "bound": ("bound", _plain),
    "is_relative": ("bound", lambda value, names: "relative" if value else "absolute"),
    "unit": ("unit", _text),
    "description": ("description", _text),
    "target": ("good enough", _plain),
}
"""The same for ``MetricDraft`` and its spec."""

EXPERIMENT_FIELDS: Words = {
    "name": ("Name", _plain),
    "description": ("Description", _text),
    "is_weighted_sum": (
        "Several objectives",
        lambda value, names: "weighted sum" if value else "traded off",
    ),
    "baseline": ("Baseline", lambda value, names: baseline_in_words(value, names)),
    "noise": ("Results", lambda value, names: _NOISE[value]),
    "trial_budget": ("Trial budget", _plain),
    "wanted_parallelism": ("Suggestions kept ready", _plain),
    "generation_method": ("Method", lambda value, names: _METHODS[value]),
    "initialization_budget": ("Exploring trials", _plain),
    "seed": ("Seed", _plain),
    "tags": ("Tags", lambda value, names: listed(value) if value else "none"),
}
"""The same for ``ExperimentDraft``; “baseline” stands for both of its fields."""


def baseline_of(draft: ExperimentDraft) -> int | dict[str, Any] | None:
    """Return a definition's baseline: a trial's number, values by key, or ``None``."""
    if draft.baseline_trial is None and draft.baseline_values is not None:
        return dict(draft.baseline_values)
    return draft.baseline_trial


def baseline_in_words(baseline: int | Mapping[str, Any] | None, names: Names) -> str:
    """Write a baseline: ``trial 3``, the values of a new one, or none."""
    if baseline is None:
        return "none"
    if isinstance(baseline, int):
        return f"trial {baseline}"
    pairs = [f"{names.get(key, '?')} {quoted(value)}" for key, value in baseline.items()]
    return f"a new trial with {', '.join(pairs[:MOST_LISTED])}" + (
        "" if len(pairs) <= MOST_LISTED else " …"
    )


def goal_in_words(draft: ExperimentDraft) -> str:
    """Write all objectives: ``minimize loss and maximize accuracy``."""
    parts = [f"{m.spec.direction.value} {m.name}" for m in draft.objectives]
    return " and ".join(parts) or "none"
