"""What is kept on an axis: ranges of values, and whether trials without a value pass too."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from experiments.formatting import format_number
from experiments.plots.columns import Column
from experiments.plots.rows import PlotRows

_NONE = "none"
_MOST = 10


@dataclass(frozen=True, kw_only=True)
class Brush:
    """Ranges of values, or of places among the labels, with their ends; an open end is infinite."""

    ranges: tuple[tuple[float, float], ...] = ()
    keeps_none: bool = False

    def passes(self, place: float | None) -> bool:
        """Tell whether a value is kept; ``None``: there is none."""
        if place is None:
            return self.keeps_none
        return any(low <= place <= high for low, high in self.ranges)

    @property
    def text(self) -> str:
        """How the address says it: ``0.1:0.5,0.8:,none``."""
        ranges = [f"{_end(low)}:{_end(high)}" for low, high in self.ranges]
        return ",".join([*ranges, *([_NONE] if self.keeps_none else [])])

    def in_words(self, column: Column) -> str:
        """Say what is kept: “from 0.1 to 0.5”, “red, blue”, “none”."""
        if column.labels:
            words = [label for place, label in enumerate(column.labels) if self.passes(place)]
        else:
            words = [_range_in_words(low, high) for low, high in self.ranges]
        return ", ".join([*words, *([_NONE] if self.keeps_none else [])]) or "nothing"


def read_brush(text: str) -> Brush | None:
    """Read what an address says; what makes no sense is left out, ``None`` if nothing is left."""
    items = text.split(",")[:_MOST]
    ranges = tuple(found for item in items if (found := _range(item)))
    keeps_none = _NONE in items
    return Brush(ranges=ranges, keeps_none=keeps_none) if ranges or keeps_none else None


def passing(
    rows: PlotRows, columns: Mapping[str, Column], brushes: Mapping[str, Brush]
) -> set[int]:
    """Return the ids of the trials that pass through all brushes.

    Those without results have no metric: they pass only where none is brushed, or “none” is kept.
    """
    kept = {trial.pk for trial in rows.trials}
    for key, brush in brushes.items():
        places = columns[key].places
        kept = {pk for pk in kept if brush.passes(places.get(pk))}
    return kept


def only(rows: PlotRows, kept: Collection[int]) -> PlotRows:
    """Return the rows of some trials, judged as among all."""
    return replace(
        rows,
        trials=[trial for trial in rows.trials if trial.pk in kept],
        means={pk: means for pk, means in rows.means.items() if pk in kept},
    )


def _range(item: str) -> tuple[float, float] | None:
    low, colon, high = item.partition(":")
    try:
        ends = float(low or -math.inf), float(high or math.inf)
    except ValueError:
        return None
    is_one = bool(colon) and ends[0] <= ends[1]  # Nothing compares with what is not a number.
    return ends if is_one else None


def _end(value: float) -> str:
    if math.isinf(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _range_in_words(low: float, high: float) -> str:
    if low == high:
        return format_number(low)
    words = ["" if math.isinf(low) else f"from {format_number(low)}"]
    words.append("" if math.isinf(high) else f"to {format_number(high)}")
    return " ".join(filter(None, words)) or "any value"
