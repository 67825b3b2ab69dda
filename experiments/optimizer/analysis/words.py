"""How cards write intervals, lists and values in sentences, with people's names and units."""

import math
from collections.abc import Sequence

from experiments.domain import ParameterValue, Relation
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.formatting import format_number, format_parameter
from experiments.goal_words import SIGNS, with_unit


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Write a list: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: ``1 trial``, ``2 trials``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def numbered(numbers: Sequence[int], most: int = 5) -> str:
    """Write trials by their numbers: ``trial 3``, ``trials 3 and 9``, ``trials 1 and 4 more``."""
    texts = [str(number) for number in numbers[:most]]
    if len(numbers) > most:
        texts.append(f"{len(numbers) - most} more")
    return f"{'trial' if len(numbers) == 1 else 'trials'} {joined(texts)}"


def plus_minus(mean: float, half: float, unit: str) -> str:
    """Write a mean and half its interval to the same place: ``0.41 ± 0.05 ms``."""
    if not (math.isfinite(mean) and math.isfinite(half)) or half <= 0:
        return with_unit(mean, unit)
    places = 1 - math.floor(math.log10(half))
    if abs(mean) >= 1e6 or not -5 <= places <= 8:
        return f"{format_number(mean)} ± {with_unit(float(f'{half:.2g}'), unit)}"
    shown = max(places, 0)
    text = f"{round(mean, places):.{shown}f} ± {round(half, places):.{shown}f}"
    return f"{text} {unit}" if unit else text


def setting(value: ParameterValue, parameter: ParameterDraft) -> str:
    """Write a parameter's value with its unit."""
    text = format_parameter(value, parameter)
    return f"{text} {parameter.unit}" if parameter.unit else text


def percent(share: float) -> str:
    """Write a share in whole percent."""
    if 0 < share < 0.005:
        return "below 1 %"
    return f"{share:.0%}".replace("%", " %")


def bound(relation: Relation, limit: float, metric: MetricDraft) -> str:
    """Write an outcome constraint: ``memory ≤ 1.4 MB``."""
    return f"{metric.name} {SIGNS[relation]} {with_unit(limit, metric.unit)}"


def score(r2: float) -> str:
    """Write an R² or a correlation: nothing is called perfect that is not."""
    return "over 0.99" if 0.995 <= r2 < 1 else f"{r2:.2f}"
