"""How well the trials of one definition fit another: what has the same name, and what that means.

Pure. *Here* is the definition that trials are to come to, *there* the one that they come from.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.constraint_words import number_in_words
from experiments.domain import (
    MetricRole,
    ParameterKind,
    ParameterSpec,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.formatting import format_value
from experiments.references import same
from experiments.search_space import normal_name

_NUMBERS = (ValueType.FLOAT, ValueType.INT)
_MOST_VALUES = 6
_WORDS = {
    ValueType.FLOAT: "a number",
    ValueType.INT: "a whole number",
    ValueType.TEXT: "text",
    ValueType.BOOL: "yes or no",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One parameter or metric of either side, by its name, and what becomes of it.

    ``here`` and ``there`` are its keys where it fits. ``share`` is how much of the range here, or
    of the values, lies within those there (0 to 1; ``None``: there is no saying). ``is_lacking``
    tells that trials have no value for it, so that none of them fits; ``is_only_there`` that it has
    no place here.
    """

    name: str
    text: str
    here: str | None = None
    there: str | None = None
    share: float | None = None
    is_lacking: bool = False
    is_only_there: bool = False

    @property
    def fits(self) -> bool:
        """Whether values or results come along under it."""
        return self.here is not None and self.there is not None

    @property
    def differs(self) -> bool:
        """Whether it may make results differ: it is on one side only."""
        return self.is_only_there or not self.fits


@dataclass(frozen=True, slots=True)
class Overlap:
    """How two definitions overlap."""

    parameters: tuple[Match, ...]
    metrics: tuple[Match, ...]

    @property
    def parameter_keys(self) -> Mapping[str, str]:
        """The parameters there by those here, by their keys."""
        return _keys(self.parameters)

    @property
    def metric_keys(self) -> Mapping[str, str]:
        """The metrics there by those here, by their keys."""
        return _keys(self.metrics)

    @property
    def problem(self) -> str:
        """Why no trial can come along, "" if some can."""
        if not self.metric_keys:
            return "No metric is measured in both."
        if not self.parameter_keys:
            return "No parameter is varied in both."
        lacking = [match.name for match in self.parameters if match.is_lacking]
        if not lacking:
            return ""
        them = "it" if len(lacking) == 1 else "them"
        return f"Trials have no value for {', '.join(lacking)}: give {them} a value before."


def overlap(here: ExperimentDraft, there: ExperimentDraft) -> Overlap:
    """Compare two definitions name by name; those of *here* come first, in their order."""
    others = {normal_name(each.name): each for each in there.parameters if not _computed(each)}
    own = [each for each in here.parameters if not _computed(each)]
    parameters = [_parameter(each, others.get(normal_name(each.name))) for each in own]
    names = {normal_name(each.name) for each in here.parameters}
    parameters += [_only_there(each.name) for name, each in others.items() if name not in names]
    measured = {normal_name(each.name): each for each in there.metrics}
    metrics = [_metric(each, measured.get(normal_name(each.name))) for each in here.metrics]
    names = {normal_name(each.name) for each in here.metrics}
    metrics += [_only_there(each.name) for name, each in measured.items() if name not in names]
    return Overlap(tuple(parameters), tuple(metrics))


def common_share(here: ParameterSpec, there: ParameterSpec) -> float | None:
    """Return how much of the range here, or of the values, lies within those there."""
    if here.kind is ParameterKind.CHOICE and there.kind is ParameterKind.CHOICE:
        shared = [value for value in here.values if any(same(value, v) for v in there.values)]
        return len(shared) / len(here.values) if here.values else None
    if here.kind is not ParameterKind.RANGE or there.kind is not ParameterKind.RANGE:
        return None
    own, others = _ends(here, here.log_scale), _ends(there, here.log_scale)
    if own is None or others is None:
        return None
    width = own[1] - own[0]
    if not 0 < width < math.inf:
        return None
    return max(0.0, min(own[1], others[1]) - max(own[0], others[0])) / width


def _ends(spec: ParameterSpec, is_log: bool) -> tuple[float, float] | None:
    """Return where a range begins and ends on a scale; what is not above 0 is no end of a log."""
    if spec.lower is None or spec.upper is None:
        return None
    try:
        lower, upper = float(spec.lower), float(spec.upper)
    except OverflowError:
        return None
    if not is_log:
        return lower, upper
    return (math.log(lower) if lower > 0 else -math.inf), (
        math.log(upper) if upper > 0 else -math.inf
    )


def _keys(matches: tuple[Match, ...]) -> dict[str, str]:
    return {
        match.here: match.there
        for match in matches
        if match.here is not None and match.there is not None
    }


def _computed(parameter: ParameterDraft) -> bool:
    return parameter.spec.kind is ParameterKind.DERIVED


def _only_there(name: str) -> Match:
    return Match(name=name, text="only there: left out", is_only_there=True)


def _parameter(here: ParameterDraft, there: ParameterDraft | None) -> Match:
    name, spec = here.name, here.spec
    if there is None:
        return _missing(name, spec)
    if problem := _type_problem(spec, there.spec) or _unit_problem(here, there):
        return _missing(name, spec, problem)
    own, other = _extent(spec, here.unit), _extent(there.spec, there.unit)
    share = common_share(spec, there.spec)
    text = f"{own} in both" if own == other else f"{own} here, {other} there"
    if share is not None and share < 1:
        text += f": {_percent(share)} of it {'were' if _is_choice(spec) else 'was'} varied there"
    return Match(name=name, text=text, here=spec.key, there=there.spec.key, share=share)


def _missing(name: str, spec: ParameterSpec, why: str = "missing there") -> Match:
    known = spec.value if spec.kind is ParameterKind.FIXED else spec.backfill
    if known is not None:
        return Match(name=name, text=f"{why}: trials count as having had {format_value(known)}")
    if spec.condition is not None:
        return Match(name=name, text=f"{why}: only trials come along to which it does not apply")
    where = "(“Earlier trials had”, under “More” in its row of the form)"
    text = f"{why}: give it a value for trials from before {where}"
    return Match(name=name, text=text, is_lacking=True)


def _type_problem(here: ParameterSpec, there: ParameterSpec) -> str:
    if here.value_type is there.value_type:
        return ""
    if here.value_type in _NUMBERS and there.value_type in _NUMBERS:
        return ""
    return f"{_WORDS[here.value_type]} here, {_WORDS[there.value_type]} there"


def _unit_problem(here: ParameterDraft | MetricDraft, there: ParameterDraft | MetricDraft) -> str:
    if here.unit == there.unit or not here.unit or not there.unit:
        return ""
    return f"in {here.unit} here, in {there.unit} there"


def _metric(here: MetricDraft, there: MetricDraft | None) -> Match:
    if there is None:
        return Match(name=here.name, text="not measured there")
    if problem := _unit_problem(here, there):
        return Match(name=here.name, text=f"{problem}: its results stay there")
    if here.spec.direction is not there.spec.direction and _has_direction(here, there):
        text = f"{here.spec.direction} here, {there.spec.direction} there: its results stay there"
        return Match(name=here.name, text=text)
    roles = (here.spec.role, there.spec.role)
    text = f"{roles[0]} in both" if roles[0] is roles[1] else f"{roles[0]} here, {roles[1]} there"
    if here.spec.role is MetricRole.OBJECTIVE:
        text += f", {here.spec.direction}"
    return Match(name=here.name, text=text, here=here.spec.key, there=there.spec.key)


def _has_direction(here: MetricDraft, there: MetricDraft) -> bool:
    """A bound says itself on which side results are good."""
    return MetricRole.CONSTRAINT not in (here.spec.role, there.spec.role)


def _is_choice(spec: ParameterSpec) -> bool:
    return spec.kind is ParameterKind.CHOICE


def _extent(spec: ParameterSpec, unit: str) -> str:
    """Say which values a parameter can have: ``0 to 5 s``."""
    behind = f" {unit}" if unit else ""
    if spec.kind is ParameterKind.FIXED:
        return f"always {format_value(spec.value)}{behind}"
    if spec.kind is ParameterKind.CHOICE:
        if spec.value_type is ValueType.BOOL:
            return "yes or no"
        shown = [format_value(value) for value in spec.values[:_MOST_VALUES]]
        return ", ".join([*shown, *(["…"] if len(spec.values) > _MOST_VALUES else [])]) + behind
    lower, upper = number_in_words(spec.lower or 0), number_in_words(spec.upper or 0)
    return f"{lower} to {upper}{behind}"


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "less than 1 %"
    return f"{min(99, round(100 * share))} %"
