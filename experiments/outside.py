"""Why a trial's values lie outside a search space, in words. Pure."""

from collections.abc import Mapping
from typing import Any

from experiments.assignments import applies, assigned
from experiments.constraint_words import constraint_in_words, number_in_words
from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.drafts import ExperimentDraft
from experiments.inequalities import SLACK, holds
from experiments.references import by_key, same
from experiments.search_space import exact, in_words, value_problem


def outside(draft: ExperimentDraft, parameters: Mapping[str, Any]) -> list[str]:
    """Return why values by key could not be suggested; empty where they could.

    Values that do not apply, or belong to no parameter, do not count.
    """
    return Space(draft).reasons(parameters)


class Space:
    """A definition's search space, to compare many trials with."""

    def __init__(self, draft: ExperimentDraft) -> None:
        self._specs = [parameter.spec for parameter in draft.parameters]
        self._by_key = by_key(self._specs)
        self._names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
        self._constraints = draft.constraints

    def reasons(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return why values by key could not be suggested; empty where they could."""
        wrong: dict[str, str] = {}
        usable: dict[str, Any] = {}
        for spec in self._specs:
            value = parameters.get(spec.key)
            if value is None:
                continue
            if problem := _type_problem(value, spec.value_type):
                wrong[spec.key] = f"{in_words(value)}: {problem}"
            else:
                usable[spec.key] = value
        values = assigned(self._specs, usable)
        reasons = [
            f"{self._names[spec.key]}: {reason}"
            for spec in self._specs
            if (reason := wrong.get(spec.key) or self._reason(spec, values))
        ]
        return reasons + [
            f"It violates {constraint_in_words(constraint, self._names)}."
            for constraint in self._constraints
            if not holds(constraint, values)
        ]

    def _reason(self, spec: ParameterSpec, values: Mapping[str, ParameterValue]) -> str | None:
        value = values.get(spec.key)
        if spec.kind is ParameterKind.DERIVED:
            return None
        if value is None:
            is_needed = applies(spec, self._by_key, values)
            return "there is no value." if is_needed else None
        return value_outside(spec, value)


def value_outside(spec: ParameterSpec, value: ParameterValue) -> str | None:
    """Return why a value of the declared type lies outside one parameter; ``None``: inside."""
    wanted = spec.value if spec.kind is ParameterKind.FIXED else spec.pinned
    if wanted is not None:
        is_there = same(value, wanted)
        return None if is_there else f"{_said(value)} is not the fixed {_said(wanted)}."
    return beyond(spec, value)


def beyond(spec: ParameterSpec, value: ParameterValue) -> str | None:
    """Return why a value lies outside a range or choice, retired or not; ``None``: inside."""
    if spec.kind is ParameterKind.CHOICE:
        is_listed = any(same(value, listed) for listed in spec.values)
        return None if is_listed else f"{_said(value)} is not among the values."
    if spec.kind is not ParameterKind.RANGE or isinstance(value, str):
        return None
    if spec.lower is not None and value < spec.lower:
        return f"{_shortly(value, spec.lower)} lies below {_said(spec.lower)}."
    if spec.upper is not None and value > spec.upper:
        return f"{_shortly(value, spec.upper)} lies above {_said(spec.upper)}."
    if spec.step and spec.lower is not None:
        steps = float((exact(value) - exact(spec.lower)) / exact(spec.step))
        if abs(steps - round(steps)) > SLACK:
            start = _said(spec.lower)
            return f"{_said(value)} is no step of {_said(spec.step)} from {start}."
    return None


def _type_problem(value: Any, value_type: ValueType) -> str | None:
    if not isinstance(value, bool | int | float | str):
        return "This is not a value."
    if value_type is ValueType.INT and isinstance(value, float) and value.is_integer():
        return None
    return value_problem(value, value_type)


def _shortly(value: float, bound: float) -> str:
    """Write a value with four digits where they show on which side of the bound it lies."""
    short = float(f"{value:.4g}")
    is_plain = isinstance(value, float) and short != bound and (short > bound) == (value > bound)
    return number_in_words(short if is_plain else value)


def _said(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return in_words(value) if isinstance(value, str) else number_in_words(value)
