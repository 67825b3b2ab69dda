"""Suggestions that keep landing on an edge of the search space, and a wider bound. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ExperimentDraft
from experiments.search_space import (
    LARGEST_BOUND,
    LARGEST_INTEGER,
    SMALLEST_ON_LOG_SCALE,
    exact,
    parameter_problems,
)

RECENT = 6
"""How many of the newest suggestions are looked at."""

OFTEN = 3
"""How many of them on one bound are more than chance."""

_SAME = 1e-6
"""What counts as the bound itself: this part of the range, on its scale."""

LOWER, UPPER = "lower", "upper"


@dataclass(frozen=True, slots=True)
class Edge:
    """A bound on which ``count`` of the newest ``of`` suggestions lie."""

    key: str
    side: str
    count: int
    of: int


def edges(
    specs: Sequence[ParameterSpec], suggestions: Sequence[Mapping[str, Any]]
) -> Iterator[Edge]:
    """Yield the bounds on which the newest suggestions (values by key) lie often."""
    recent = suggestions[:RECENT]
    for spec in specs:
        if spec.kind is not ParameterKind.RANGE or spec.pinned is not None:
            continue
        for side in (LOWER, UPPER):
            count = sum(_lies_on(spec, side, point.get(spec.key)) for point in recent)
            if count >= OFTEN and widened(spec, side) is not None:
                yield Edge(spec.key, side, count, len(recent))


def widened(spec: ParameterSpec, side: str) -> ParameterSpec | None:
    """Return a range with one bound further out; ``None`` where there is no room.

    By a decade on a log scale, else by the width of the range. A range of numbers that are not
    negative stays so.
    """
    if spec.lower is None or spec.upper is None or side not in (LOWER, UPPER):
        return None
    if spec.log_scale:
        bound = spec.upper * 10 if side == UPPER else spec.lower / 10
    else:
        width = exact(spec.upper) - exact(spec.lower)
        bound = float(exact(spec.upper) + width if side == UPPER else exact(spec.lower) - width)
    bound = _limited(spec, side, bound)
    wider = replace(spec, upper=bound) if side == UPPER else replace(spec, lower=bound)
    is_wider = bound > spec.upper if side == UPPER else bound < spec.lower
    return wider if is_wider and not parameter_problems(wider) else None


def with_wider_bound(draft: ExperimentDraft, key: str, side: str) -> ExperimentDraft:
    """Return a definition with one bound further out; the same where that is not possible."""
    parameters = [
        replace(parameter, spec=widened(parameter.spec, side) or parameter.spec)
        if parameter.spec.key == key and parameter.spec.kind is ParameterKind.RANGE
        else parameter
        for parameter in draft.parameters
    ]
    return replace(draft, parameters=tuple(parameters))


def _limited(spec: ParameterSpec, side: str, bound: float) -> float | int:
    assert spec.lower is not None and spec.upper is not None  # noqa: PT018  # a range
    if side == LOWER and spec.lower >= 0:
        bound = max(bound, 0)
    if spec.log_scale:
        bound = max(float(f"{bound:.12g}"), SMALLEST_ON_LOG_SCALE)
    if spec.value_type is ValueType.INT:
        if spec.log_scale:
            bound = max(bound, 1)
        whole = math.floor(bound) if side == UPPER else math.ceil(bound)
        return min(max(whole, -LARGEST_INTEGER), LARGEST_INTEGER)
    if spec.step is not None and side == LOWER:
        # Steps count from the lower bound: it moves by whole steps.
        steps = (exact(spec.lower) - exact(bound)) // exact(spec.step)
        bound = float(exact(spec.lower) - steps * exact(spec.step))
    return min(max(float(bound), -LARGEST_BOUND), LARGEST_BOUND)


def _lies_on(spec: ParameterSpec, side: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    assert spec.lower is not None and spec.upper is not None  # noqa: PT018  # a range
    low, high, at = float(spec.lower), float(spec.upper), float(value)
    if spec.log_scale:
        if at <= 0:
            return False
        low, high, at = math.log(low), math.log(high), math.log(at)
    bound = high if side == UPPER else low
    return abs(at - bound) <= _SAME * (high - low)
