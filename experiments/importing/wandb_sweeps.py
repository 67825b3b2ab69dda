"""W&B sweep configurations: what is searched, what is measured, how many runs."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from experiments.assignments import value_type_of
from experiments.domain import (
    Direction,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.fields import (
    Fields,
    Problems,
    mapping,
    number,
    plain_value,
    sequence,
    short,
    text,
    whole,
)
from experiments.importing.reading import DEEPEST, Reading
from experiments.importing.values import typed

_TELLING = ("parameters", "value", "values", "min", "max", "distribution")
_NUMBERS = (ValueType.FLOAT, ValueType.INT)
_ELSEWHERE = {
    "early_terminate": "AxDash does not stop runs early.",
    "command": "AxDash starts no runs; whoever takes a trial runs it.",
    "program": "AxDash starts no runs; whoever takes a trial runs it.",
    "job": "AxDash starts no runs; whoever takes a trial runs it.",
    "image_uri": "AxDash starts no runs; whoever takes a trial runs it.",
    "scheduler": "AxDash starts no runs; whoever takes a trial runs it.",
    "launch": "AxDash starts no runs; whoever takes a trial runs it.",
    "project": "choose a team instead.",
    "entity": "choose a team instead.",
}
_UNBOUNDED = ("mu", "sigma", "a", "b", "q")


class Found(NamedTuple):
    """A parameter of a sweep: its full name, and its fields."""

    name: str
    fields: Mapping[str, Any]


def is_sweep(value: Any) -> bool:
    """Tell whether an object looks like a sweep configuration."""
    if not isinstance(value, dict) or not isinstance(value.get("parameters"), dict):
        return False
    inner = value["parameters"].values()
    return any(isinstance(v, dict) and set(_TELLING) & v.keys() for v in inner)


def read_sweep(value: Mapping[str, Any]) -> Reading:
    """Read a sweep configuration, as ``is_sweep`` tells it."""
    problems: Problems = []
    own = Fields(value, "", problems)
    reader = _Parameters(problems)
    for place, found in enumerate(_flattened(own.take("parameters", mapping, {}), problems), 1):
        reader.add(place, found)
    draft = ExperimentDraft(
        name=own.take("name", text, ""),
        description=own.take("description", text, ""),
        parameters=tuple(reader.drafts),
        metrics=_metrics(own, problems),
        trial_budget=own.take("run_cap", whole),
        generation_method=own.take("method", _method, GenerationMethod.FAST),
    )
    if "grid" in str(value.get("method"))[:10]:
        problems.append("The method “grid” tries everything in turn; AxDash chooses what to try.")
    reader.say_what_was_assumed()
    for field, why in _ELSEWHERE.items():
        own.leave_out(field, why)
    own.end()
    return Reading(draft, "a W&B sweep configuration", tuple(problems))


def _method(written: Any) -> GenerationMethod:
    return {
        "bayes": GenerationMethod.FAST,
        "grid": GenerationMethod.FAST,
        "random": GenerationMethod.RANDOM_SEARCH,
        "custom": GenerationMethod.FAST,
    }[text(written)]


def _metrics(own: Fields, problems: Problems) -> tuple[MetricDraft, ...]:
    fields = own.take("metric", mapping)
    if fields is None:
        return ()
    inner = Fields(fields, "Metric", problems)
    name = inner.take("name", text, "")
    direction = inner.take("goal", Direction, Direction.MINIMIZE)
    target = inner.take("target", number)
    inner.end()
    spec = MetricSpec(key="q1", direction=direction, role=MetricRole.OBJECTIVE)
    return (MetricDraft(name=name, spec=spec, target=target),)


def _flattened(
    parameters: Mapping[Any, Any], problems: Problems, before: str = "", depth: int = 0
) -> Iterator[Found]:
    """Yield parameters, nested ones with dots in their names."""
    for name, fields in parameters.items():
        full = f"{before}{short(name) if not isinstance(name, str) else name}"
        where = f"Parameter “{short(full)}”"
        if not isinstance(fields, dict):
            problems.append(f"{where} was left out: {short(fields)} says nothing about it.")
        elif not isinstance(fields.get("parameters"), dict):
            yield Found(full, fields)
        elif depth > DEEPEST:
            problems.append(f"{where} was left out: it is nested too deeply.")
        else:
            group = Fields(fields, where, problems)
            group.skip("parameters")
            group.end()
            yield from _flattened(fields["parameters"], problems, f"{full}.", depth + 1)


class _Parameters:
    """Turns the parameters of a sweep into drafts, and keeps track of what had to be assumed."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.drafts: list[ParameterDraft] = []
        self._ordered: list[str] = []
        self._written_out: list[str] = []

    def add(self, place: int, found: Found) -> None:
        """Read one parameter."""
        own = Fields(found.fields, f"Parameter “{short(found.name)}”", self._problems)
        distribution = own.take("distribution", text) or _distribution_told_by(found.fields)
        if distribution in ("constant", "categorical", "categorical_w_probabilities"):
            spec = self._listed(own, distribution, found.name)
        else:
            spec = _range(own, distribution)
        own.end()
        keyed = replace(spec, key=f"n{place}")
        self.drafts.append(ParameterDraft(name=found.name, spec=keyed))

    def say_what_was_assumed(self) -> None:
        """Note down what a sweep configuration does not say, and what was made of it."""
        if self._ordered:
            self._problems.append(
                f"Not said whether the values are ordered: {_names(self._ordered)}. Numbers were "
                "taken as ordered; change it where they are only labels."
            )
        if self._written_out:
            self._problems.append(
                f"Some values are not numbers, texts or yes and no: {_names(self._written_out)}. "
                "They were written out as texts."
            )

    def _listed(self, own: Fields, distribution: str, name: str) -> ParameterSpec:
        """Read a constant, or values to choose from; a single one is a constant too."""
        if distribution == "constant":
            values = own.take("value", lambda value: [value], [])
        else:
            values = own.take("values", sequence, [])
            own.leave_out("probabilities", "AxDash finds out by itself what is worth trying.")
        plain = [self._plain(own, value, name) for value in values]
        kept = [value for value in plain if value is not None]
        value_type = value_type_of(kept)
        kept = [typed(value, value_type) for value in kept]
        if distribution == "constant" or len(kept) == 1:
            value = kept[0] if kept else None
            return ParameterSpec(
                key="", kind=ParameterKind.FIXED, value_type=value_type, value=value
            )
        is_ordered = value_type in _NUMBERS
        self._ordered += [name] if is_ordered else []
        return ParameterSpec(
            key="",
            kind=ParameterKind.CHOICE,
            value_type=value_type,
            values=tuple(kept),
            is_ordered=is_ordered,
        )

    def _plain(self, own: Fields, value: Any, name: str) -> Any:
        """Return a value as a parameter can have it; ``None`` where there is no way."""
        if value is None or isinstance(value, list | dict):
            if name not in self._written_out:
                self._written_out.append(name)
            return json.dumps(value, default=str)
        inner = Fields({"value": value}, "", [])
        found = inner.take("value", plain_value)
        if found is None:
            own.problem(f"the value {short(value)} was left out.")
        return found


def _distribution_told_by(fields: Mapping[str, Any]) -> str:
    """Tell the distribution as W&B does where none is named."""
    if fields.get("values") is not None:
        return "categorical"
    if "min" in fields or "max" in fields:
        bounds = (fields.get("min"), fields.get("max"))
        return "int_uniform" if all(type(bound) is int for bound in bounds) else "uniform"
    return "constant"


def _range(own: Fields, distribution: str) -> ParameterSpec:
    """Read a range from its distribution; one that is not known keeps blank bounds."""
    lower, upper = own.take("min", number), own.take("max", number)
    reader = _RANGES.get(distribution)
    if reader is None:
        own.skip(*_UNBOUNDED)
        own.problem(
            f"the distribution “{short(distribution)}” has no counterpart in AxDash; "
            "choose bounds for it."
        )
        return _ranged(lower, upper)
    if lower is None or upper is None:
        own.problem(f"the distribution “{distribution}” needs “min” and “max”.")
        own.skip("q")
        return _ranged(lower, upper)
    return reader(own, lower, upper)


def _ranged(lower: Any, upper: Any, *, log_scale: bool = False, step: Any = None) -> ParameterSpec:
    """Make a range of floats."""
    return ParameterSpec(
        key="",
        kind=ParameterKind.RANGE,
        value_type=ValueType.FLOAT,
        lower=typed(lower, ValueType.FLOAT),
        upper=typed(upper, ValueType.FLOAT),
        log_scale=log_scale,
        step=typed(step, ValueType.FLOAT),
    )


def _whole_range(spec: ParameterSpec) -> ParameterSpec:
    """Make a range of integers of one of floats that are whole."""
    assert spec.lower is not None
    assert spec.upper is not None
    step = None if spec.step is None or spec.step == 1 else int(spec.step)
    return replace(
        spec, value_type=ValueType.INT, lower=int(spec.lower), upper=int(spec.upper), step=step
    )


def _int_uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    return _whole_range(_ranged(*_rounded(own, lower, upper, 1)))


def _uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    return _ranged(lower, upper)


def _q_uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    step = own.take("q", _positive, 1)
    lower, upper = _rounded(own, lower, upper, step)
    spec = _ranged(lower, upper, step=step)
    is_whole = all(float(v).is_integer() for v in (lower, upper, step))
    return _whole_range(spec) if is_whole else spec


def _log_uniform_values(own: Fields, lower: float, upper: float) -> ParameterSpec:
    return _ranged(lower, upper, log_scale=True)


def _log_uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    """The bounds are exponents of e."""
    return _log_uniform_values(own, _exp(own, lower), _exp(own, upper))


def _inv_log_uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    """The bounds are exponents of e, of 1/x: on a log scale that is the same turned round."""
    return _log_uniform(own, -upper, -lower)


def _q_log_uniform_values(own: Fields, lower: float, upper: float) -> ParameterSpec:
    step = own.take("q", _positive, 1)
    if not float(step).is_integer():
        own.problem(f"“q” = {short(step)} was left out: a log scale has no steps in AxDash.")
        return _ranged(lower, upper, log_scale=True)
    if step != 1:
        own.problem(
            f"“q” = {short(step)} was left out: a log scale has no steps in AxDash. "
            "It takes every whole number."
        )
    lower, upper = _rounded(own, lower, upper, 1)
    return _whole_range(_ranged(lower, upper, log_scale=True))


def _q_log_uniform(own: Fields, lower: float, upper: float) -> ParameterSpec:
    return _q_log_uniform_values(own, _exp(own, lower), _exp(own, upper))


_RANGES: dict[str, Callable[[Fields, float, float], ParameterSpec]] = {
    "int_uniform": _int_uniform,
    "uniform": _uniform,
    "q_uniform": _q_uniform,
    "log_uniform": _log_uniform,
    "log_uniform_values": _log_uniform_values,
    "q_log_uniform": _q_log_uniform,
    "q_log_uniform_values": _q_log_uniform_values,
    "inv_log_uniform": _inv_log_uniform,
    "inv_log_uniform_values": _log_uniform_values,
}


def _exp(own: Fields, exponent: float) -> float:
    """Return e to a power, without the digits that only rounding has made."""
    try:
        return float(f"{math.exp(exponent):.12g}")
    except OverflowError:
        own.problem(f"e to the power of {short(exponent)} is too large a bound.")
        return 1e100


def _rounded(own: Fields, lower: float, upper: float, step: float) -> tuple[float, float]:
    """Round bounds to multiples of a step, as W&B rounds what lies between them."""
    exact = Decimal(repr(step))
    ends = []
    for bound in (lower, upper):
        try:
            ends.append(float((Decimal(repr(bound)) / exact).to_integral_value() * exact))
        except ArithmeticError:  # Digits without end.
            ends.append(float(bound))
    if ends != [lower, upper]:
        own.problem(
            f"the bounds {short(lower)} and {short(upper)} were rounded to multiples of "
            f"{short(step)}: {short(ends[0])} and {short(ends[1])}."
        )
    return ends[0], ends[1]


def _positive(value: Any) -> float:
    found = number(value)
    if found <= 0:
        raise ValueError
    return found


def _names(names: list[str]) -> str:
    listed = ", ".join(f"“{short(name)}”" for name in names[:10])
    return listed if len(names) <= 10 else f"{listed} and {len(names) - 10} more"
