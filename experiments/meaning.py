"""What a definition means in plain words and numbers, before it is created. No Ax, no database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from experiments.domain import Direction, ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.drafts import ParameterDraft
from experiments.search_space import cardinality

EXPLORING_TRIALS = 5
_SAMPLES = 3
_MOST_SHOWN = 12
_MOST_COUNTED = 10**9
_WIDE_DECADES = 3
_SMALLER, _LARGER = "0.02", "0.10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Some values that one parameter could get."""

    name: str
    values: tuple[ParameterValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What is said beside the form. ``samples`` is empty until there is something to try."""

    dimensions: int
    choices: int
    combinations: int | None
    direction: str
    budget: str
    advice: tuple[str, ...]
    samples: tuple[Sample, ...]
    more_parameters: int

    @property
    def combinations_text(self) -> str:
        """The number of combinations, in full or, where nobody would read it, roughly."""
        if self.combinations is None:
            return ""
        if self.combinations < _MOST_COUNTED:
            return f"{self.combinations:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        return f"about 1e{math.log10(self.combinations):.0f}"


def meaning_of(
    parameters: Sequence[ParameterDraft],
    *,
    objective: str,
    direction: Direction,
    trial_budget: int | None,
) -> Meaning:
    """Put a definition into words; its parameters have no problems."""
    varying = [p for p in parameters if p.spec.kind is not ParameterKind.FIXED]
    counts = [cardinality(p.spec) for p in varying]
    finite = [count for count in counts if count is not None]
    combinations = math.prod(finite) if varying and len(finite) == len(counts) else None
    return Meaning(
        dimensions=len(varying),
        choices=sum(p.spec.kind is ParameterKind.CHOICE for p in varying),
        combinations=combinations,
        direction=_direction(objective, direction),
        budget=_budget(trial_budget, combinations),
        advice=tuple(advice for p in varying if (advice := _advice(p))),
        samples=_samples(parameters) if varying else (),
        more_parameters=max(0, len(parameters) - _MOST_SHOWN),
    )


def _direction(objective: str, direction: Direction) -> str:
    better, worse = _SMALLER, _LARGER
    if direction is Direction.MAXIMIZE:
        better, worse = worse, better
    return f"{objective or 'Objective'}: {better} is better than {worse}, right?"


def _budget(budget: int | None, combinations: int | None) -> str:
    if combinations is not None and combinations <= EXPLORING_TRIALS:
        return "There are so few combinations that trying each of them is enough."
    if budget is None:
        return f"The first {EXPLORING_TRIALS} trials explore; then the model decides."
    if budget <= EXPLORING_TRIALS:
        return (
            f"The first {EXPLORING_TRIALS} trials explore: with a budget of {budget} "
            "the model never gets to decide."
        )
    return (
        f"Of {budget} trials the first {EXPLORING_TRIALS} explore; "
        f"for the other {budget - EXPLORING_TRIALS} the model decides."
    )


def _advice(parameter: ParameterDraft) -> str:
    spec = parameter.spec
    is_number = spec.value_type in (ValueType.INT, ValueType.FLOAT)
    is_unordered = spec.kind is ParameterKind.CHOICE and not spec.is_ordered
    if is_unordered and is_number and len(spec.values) > 2:
        return (
            f"{parameter.name} lists numbers: tick Ordered if a value between two others "
            "is likely to do about as well as they do."
        )
    if spec.kind is not ParameterKind.RANGE or spec.log_scale or spec.step is not None:
        return ""
    if spec.lower is None or spec.upper is None or spec.lower <= 0:
        return ""
    decades = math.log10(spec.upper) - math.log10(spec.lower)
    if decades < _WIDE_DECADES - 1e-9:
        return ""
    return f"{parameter.name} spans {decades:.2g} decades: use log scale?"


def _samples(parameters: Sequence[ParameterDraft]) -> tuple[Sample, ...]:
    """Spread some points evenly over the space, as the exploring trials will be."""
    shown = parameters[:_MOST_SHOWN]
    golden = _generalized_golden_ratio(len(shown))
    return tuple(
        Sample(
            name=parameter.name,
            values=tuple(
                _value_at(parameter.spec, (0.5 + point * golden ** -(axis + 1)) % 1)
                for point in range(1, _SAMPLES + 1)
            ),
        )
        for axis, parameter in enumerate(shown)
    )


def _generalized_golden_ratio(dimensions: int) -> float:
    """Return the root of x^(d+1) = x + 1: its powers give sequences without gaps (Roberts)."""
    ratio = 2.0
    for _ in range(30):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    return ratio


def _value_at(spec: ParameterSpec, share: float) -> ParameterValue:
    """Return the value that lies ``share`` (0 to 1) of the way along a parameter."""
    if spec.kind is ParameterKind.FIXED:
        assert spec.value is not None
        return spec.value
    if spec.kind is ParameterKind.CHOICE:
        return spec.values[int(share * len(spec.values))]
    assert spec.lower is not None
    assert spec.upper is not None
    lower, upper = spec.lower, spec.upper
    if spec.log_scale:
        value = math.exp(math.log(lower) + share * (math.log(upper) - math.log(lower)))
        return value if spec.value_type is ValueType.FLOAT else round(value)
    count = cardinality(spec)
    if count is None:
        return lower + share * (upper - lower)
    # Decimal, so that steps of 0.1 arrive at 0.3.
    point = Decimal(repr(lower)) + int(share * count) * Decimal(repr(spec.step or 1))
    return float(point) if spec.value_type is ValueType.FLOAT else int(point)
