"""Parameters as Ax's own search space has them, and what of them it cannot say."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.assignments import cast
from experiments.ax_script.telling import Untold
from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.formatting import format_number
from experiments.search_space import MOST_VALUES, exact, middle

LARGEST_WHOLE_RANGE = 100_000
"""Ax lists whole numbers one by one; ranges with more of them become floats to it."""

NARROWEST = 2e-5
"""Ax refuses ranges of floats that are not wider than 1.5e-5."""

WIDEST = 1e9
"""In much wider ranges Ax finds no point that satisfies constraints (in 1e22, not in 1e12)."""

FARTHEST = 1e6
"""Beyond, Ax may not recognize a computed value: it compares to about 1e-7, whatever the size."""

_TYPES = {
    ValueType.FLOAT: "FLOAT",
    ValueType.INT: "INT",
    ValueType.TEXT: "STRING",
    ValueType.BOOL: "BOOL",
}
_NUMBERS = (ValueType.FLOAT, ValueType.INT)

Seen = Mapping[str, Sequence[ParameterValue]]
"""The different values that trials have of each parameter, by key."""


@dataclass(frozen=True, slots=True)
class AxParameter:
    """One parameter in Ax's terms; ``line`` makes it.

    Ax counts it in ``unit`` of people's units, as values of ``value_type``. Suggestions that Ax
    cannot keep to the ``grid`` (first value, step) are moved there; it is ``fixed`` where
    suggestions always have this value although trials have others. ``missing`` stands where a
    trial has no value. ``is_listed``: Ax goes through its values one by one.
    """

    name: str
    line: str
    value_type: ValueType
    missing: ParameterValue
    unit: float = 1.0
    grid: tuple[float, float] | None = None
    fixed: ParameterValue | None = None
    is_addable: bool = False
    is_listed: bool = False

    def told_to_ax(self, value: ParameterValue) -> ParameterValue:
        """Return a value as Ax knows it."""
        is_float = self.value_type is ValueType.FLOAT
        return float(value) / self.unit if is_float else value


class Space:
    """Writes all parameters; ``names`` are Ax's by key, ``words`` people's, in quotes."""

    def __init__(
        self,
        specs: Iterable[ParameterSpec],
        names: Mapping[str, str],
        words: Mapping[str, str],
        seen: Seen,
        untold: Untold,
    ) -> None:
        self.specs = {spec.key: spec for spec in specs}
        self._names, self._words, self._untold = names, words, untold
        self.parameters: dict[str, AxParameter] = {}
        for key, spec in self.specs.items():
            if spec.kind is not ParameterKind.DERIVED:
                self.parameters[key] = self._written(spec, seen.get(key, ()))
        for key, spec in self.specs.items():
            if spec.kind is ParameterKind.DERIVED:
                self._add_derived(key, spec)

    def constant(self, key: str) -> ParameterValue | None:
        """Return the one value that suggestions have of a parameter, if they do."""
        spec = self.specs[key]
        return spec.value if spec.kind is ParameterKind.FIXED else spec.pinned

    def _written(self, spec: ParameterSpec, seen: Sequence[ParameterValue]) -> AxParameter:
        word = self._words[spec.key]
        if spec.condition is not None:
            self._untold.tell(
                f"{word} applies only under a condition; here it always does. Where it does not, "
                "trials have its middle."
            )
        if spec.kind is ParameterKind.RANGE:
            others = [] if spec.pinned is None else [cast(spec.pinned, spec.value_type)]
            made = self._range(spec, *others)  # type: ignore[arg-type]  # It has numbers.
        elif spec.kind is ParameterKind.CHOICE:
            made = self._choice(spec, seen)
        else:
            made = self._fixed(spec, seen)
        if spec.pinned is not None:
            made = replace(made, fixed=spec.pinned, missing=spec.pinned)
        if made.fixed is not None:
            self._untold.tell(
                f"{word} is always {_short(made.fixed)} from now on, but trials had other values: "
                "here it varies, and FIXED says what suggestions have. To go on by yourself, ask "
                "with get_next_trials(…, fixed_parameters=FIXED)."
            )
        if made.unit != 1.0:
            self._untold.tell(
                f"The range of {word} is too {'narrow' if made.unit < 1 else 'wide'} for Ax; here "
                f"it counts in units of {format_number(made.unit)}. What the script prints is in "
                "yours."
            )
        return made

    def _range(self, spec: ParameterSpec, *others: float) -> AxParameter:
        """Write a range, as wide as to have some ``others`` in it, which then need be no steps."""
        assert spec.lower is not None
        assert spec.upper is not None
        lower, upper = min(spec.lower, *others, spec.lower), max(spec.upper, *others, spec.upper)
        is_log = spec.log_scale and lower > 0
        is_whole = spec.value_type is ValueType.INT
        step = (None if others else spec.step) or (1 if is_whole else None)
        if step is None:
            return self._floats(spec, (lower, upper), is_log)
        count = int((exact(upper) - exact(lower)) / exact(step)) + 1
        if is_whole and step == 1 and count <= LARGEST_WHOLE_RANGE + 1:
            line = self._line(
                "RangeParameter", spec, ValueType.INT,
                lower=int(lower), upper=int(upper), log_scale=is_log,
            )  # fmt: skip
            name = self._names[spec.key]
            return AxParameter(
                name, line, ValueType.INT, middle(spec), is_addable=not is_log, is_listed=True
            )
        if step != 1 and count <= MOST_VALUES:
            points = [exact(lower) + place * exact(step) for place in range(count)]
            values = [int(point) if is_whole else float(point) for point in points]
            return self._listed(spec, values, is_ordered=True)
        what = "whole numbers" if is_whole and step == 1 else "steps"
        self._untold.tell(
            f"{self._words[spec.key]} has too many {what} for Ax; here it is a decimal number. "
            "What the script prints is rounded."
        )
        return self._floats(spec, (lower, upper), is_log, (lower, step))

    def _floats(
        self,
        spec: ParameterSpec,
        ends: tuple[float, float],
        is_log: bool,
        grid: tuple[float, float] | None = None,
    ) -> AxParameter:
        """Write a range of floats, in another unit where Ax would refuse it or be lost in it."""
        lower, upper = map(float, ends)
        width = upper - lower
        is_usual = width > NARROWEST and (is_log or width <= WIDEST)
        unit = 1.0 if is_usual else math.ldexp(1.0, math.frexp(width)[1])
        line = self._line(
            "RangeParameter", spec, ValueType.FLOAT,
            lower=lower / unit, upper=upper / unit, log_scale=is_log,
        )  # fmt: skip
        name = self._names[spec.key]
        return AxParameter(
            name, line, ValueType.FLOAT, middle(spec), unit, grid, is_addable=not is_log
        )

    def _choice(self, spec: ParameterSpec, seen: Sequence[ParameterValue]) -> AxParameter:
        values = [cast(value, spec.value_type) for value in spec.values]
        if spec.pinned is not None and spec.pinned not in values:
            values.append(spec.pinned)
        removed = [value for value in seen if value not in values]
        if removed and spec.pinned is not None:
            values += removed
        elif removed and not (spec.is_ordered and spec.value_type in _NUMBERS):
            gone = ", ".join(_short(value) for value in removed)
            self._untold.tell(
                f"{self._words[spec.key]} has no value {gone} any more: Ax keeps the trials with "
                "it, but its model does not learn from them."
            )
        return self._listed(spec, values, spec.is_ordered)

    def _fixed(self, spec: ParameterSpec, seen: Sequence[ParameterValue]) -> AxParameter:
        assert spec.value is not None
        value = cast(spec.value, spec.value_type)
        known = list(dict.fromkeys([value, *seen]))
        if len(known) == 1:
            line = self._line("FixedParameter", spec, spec.value_type, value=value)
            return AxParameter(self._names[spec.key], line, spec.value_type, value)
        if spec.value_type in _NUMBERS:
            numbers = [each for each in known if isinstance(each, int | float)]
            made = self._range(replace(spec, lower=min(numbers), upper=max(numbers)))
        else:
            made = self._listed(spec, known, is_ordered=False)
        return replace(made, fixed=value, missing=value)

    def _listed(
        self, spec: ParameterSpec, values: Sequence[ParameterValue], is_ordered: bool
    ) -> AxParameter:
        is_number = spec.value_type in _NUMBERS
        line = self._line(
            "ChoiceParameter", spec, spec.value_type,
            values=list(values), is_ordered=is_ordered, sort_values=is_number,
        )  # fmt: skip
        return AxParameter(
            self._names[spec.key], line, spec.value_type, values[0],
            is_addable=is_number and is_ordered, is_listed=True,
        )  # fmt: skip

    def _add_derived(self, key: str, spec: ParameterSpec) -> None:
        """Write a computed parameter, where Ax can compute it from what it knows."""
        sources = [self.parameters[term.parameter] for term in spec.terms]
        farthest = abs(spec.intercept) + sum(
            abs(term.coefficient) * _farthest(self.specs[term.parameter]) for term in spec.terms
        )
        is_known = all(source.unit == 1.0 and source.fixed is None for source in sources) and (
            spec.value_type is ValueType.FLOAT
            or all(source.value_type is ValueType.INT for source in sources)
        )
        if not is_known or farthest > FARTHEST or spec.condition is not None:
            self._untold.tell(f"{self._words[key]} is computed from others; it is left out.")
            return
        total = " + ".join(
            f"{float(term.coefficient)!r} * {source.name}"
            for term, source in zip(spec.terms, sources, strict=True)
        )
        if spec.intercept:
            total += f" + {float(spec.intercept)!r}"
        line = self._line("DerivedParameter", spec, spec.value_type, expression_str=total)
        self.parameters[key] = AxParameter(self._names[key], line, spec.value_type, 0.0)

    def _line(self, what: str, spec: ParameterSpec, kind: ValueType, **parts: object) -> str:
        said = ", ".join(f"{part}={value!a}" for part, value in parts.items())
        own = f"name={self._names[spec.key]!r}, parameter_type=ParameterType.{_TYPES[kind]}"
        return f"{what}({own}, {said})"


def _farthest(spec: ParameterSpec) -> float:
    """Return how far from 0 the numbers of a parameter can lie."""
    numbers = (spec.lower, spec.upper, spec.value, *spec.values)
    return max((abs(float(number)) for number in numbers if number is not None), default=0.0)


def _short(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format_number(value)
