"""What each column of a table holds: facts counted from its cells, and a proposal from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

from experiments.domain import Direction
from experiments.search_space import LONGEST_TEXT, MOST_VALUES
from experiments.tables import names
from experiments.tables.cells import (
    Decimal,
    bool_of,
    is_blank,
    is_no_number,
    is_plain,
    number_of,
    status_of,
    text_of,
)

_NUMERIC_SHARE = 0.8
_SAMPLES = 4
_MANY_TEXTS = 20
_COSTS = frozenset({"time", "latency", "runtime", "duration", "memory", "vram", "cost"})


class Use(StrEnum):
    """What a column is taken for."""

    PARAMETER = "parameter"
    OBJECTIVE = "objective"
    TRACKED = "tracked"
    SEM = "sem"
    STATUS = "status"
    IGNORE = "ignore"

    @property
    def is_metric(self) -> bool:
        """Whether the column holds results."""
        return self in (Use.OBJECTIVE, Use.TRACKED)


class ColumnType(StrEnum):
    """How a parameter's cells are read."""

    FLOAT = "float"
    INT = "int"
    CHOICE = "choice"
    BOOL = "bool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a column is used. ``direction`` counts for metrics, ``of`` (a column) for errors."""

    use: Use
    type: ColumnType
    direction: Direction = Direction.MINIMIZE
    of: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` understands."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Column":
        """Return the column that was stored."""
        return cls(
            use=Use(stored["use"]),
            type=ColumnType(stored["type"]),
            direction=Direction(stored["direction"]),
            of=stored["of"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What stands in a column. ``numbers`` are its different numbers, ``texts`` its cells."""

    filled: int
    blank: int
    texts: Mapping[str, int]
    numbers: tuple[float | int, ...]
    is_numeric: bool
    is_percent: bool
    decimal: Decimal

    @property
    def samples(self) -> list[str]:
        """Some of the different texts, in their order."""
        return list(self.texts)[:_SAMPLES]

    @property
    def reading(self) -> str:
        """A number that programs would read otherwise, and what it is; blank if there is none."""
        for text in self.texts:
            number = number_of(text, self.decimal, is_percent=self.is_percent)
            if number is not None and not is_plain(text, number):
                return f"{text} is {number}"
        return ""

    @property
    def is_whole(self) -> bool:
        """Whether all numbers are written as whole ones."""
        return all(isinstance(number, int) for number in self.numbers)


def facts_of(cells: Sequence[str], decimal: Decimal) -> Facts:
    """Look through the cells of a column."""
    counts: Counter[str] = Counter()
    for cell, count in Counter(cells).items():
        counts[text_of(cell)] += count
    texts = {text: count for text, count in counts.items() if not is_blank(text)}
    filled = sum(texts.values())
    is_percent = 2 * sum(count for t, count in texts.items() if t.endswith("%")) > filled
    numbers: dict[float | int, None] = {}
    numeric = other = 0
    for text, count in texts.items():
        number = number_of(text, decimal, is_percent=is_percent)
        if number is not None:
            numbers[number] = None
            numeric += count
        elif not is_no_number(text):
            other += count
    return Facts(
        filled=filled,
        blank=len(cells) - filled,
        texts=texts,
        numbers=tuple(numbers),
        is_numeric=numeric > 0 and numeric >= _NUMERIC_SHARE * (numeric + other),
        is_percent=is_percent,
        decimal=decimal,
    )


def propose(header: Sequence[str], facts: Sequence[Facts]) -> list[Column]:
    """Propose what each column is used for."""
    columns = [_first_guess(name, fact) for name, fact in zip(header, facts, strict=True)]
    columns = _with_an_objective(header, facts, columns)
    metrics = [index for index, column in enumerate(columns) if column.use.is_metric]
    for index, column in enumerate(columns):
        if column.use is Use.SEM:
            target = names.sem_target(header[index], [header[metric] for metric in metrics])
            of = metrics[target] if target is not None else metric_before(index, columns)
            columns[index] = replace(column, of=of)
    return columns


def metric_before(index: int, columns: Sequence[Column]) -> int | None:
    """Return the nearest metric before a column, else the first after it; ``None``: none."""
    metrics = [other for other, column in enumerate(columns) if column.use.is_metric]
    before = [metric for metric in metrics if metric < index]
    return before[-1] if before else next(iter(metrics), None)


def type_of(name: str, facts: Facts) -> ColumnType:
    """Return the likeliest type of a parameter with these cells."""
    words = {text.lower() for text in facts.texts}
    is_answer = bool(words) and all(bool_of(word) is not None for word in words)
    asks = (names.tokens(name) or [""])[0] in ("is", "use", "has", "with")
    if is_answer and (asks or not words <= {"0", "1"}):
        return ColumnType.BOOL
    if not facts.is_numeric:
        return ColumnType.CHOICE
    if not facts.is_whole:
        return ColumnType.FLOAT
    return ColumnType.CHOICE if _are_powers_of_two(facts) else ColumnType.INT


def _are_powers_of_two(facts: Facts) -> bool:
    """Tell whether a few sizes such as 16, 32, 64 come again and again."""
    numbers = [int(number) for number in facts.numbers]
    is_few = 3 <= len(numbers) <= 10 and facts.filled >= 2 * len(numbers)
    return is_few and max(numbers) >= 16 and all(n > 0 and n & (n - 1) == 0 for n in numbers)


def _first_guess(name: str, facts: Facts) -> Column:
    column = Column(use=Use.PARAMETER, type=type_of(name, facts))
    if not facts.filled:
        return replace(column, use=Use.IGNORE)
    if names.is_status(name) or (not facts.is_numeric and _are_statuses(facts)):
        return replace(column, use=Use.STATUS if _are_statuses(facts) else Use.IGNORE)
    if facts.is_numeric and names.names_sem(name):
        return replace(column, use=Use.SEM)
    if names.is_spread(name):
        return replace(column, use=Use.IGNORE)
    if facts.numbers and names.is_metric(name):
        direction = names.direction_of(name) or Direction.MINIMIZE
        return replace(column, use=Use.TRACKED, direction=direction)
    if names.is_about_runs(name) or _counts_rows(facts) or _is_unusable_text(facts, column.type):
        return replace(column, use=Use.IGNORE)
    return column


def _is_unusable_text(facts: Facts, type_: ColumnType) -> bool:
    """Tell whether texts are too many, or too long, to be choices."""
    if type_ is not ColumnType.CHOICE:
        return False
    is_scattered = len(facts.texts) > max(_MANY_TEXTS, facts.filled / 2)
    is_long = any(len(text) > LONGEST_TEXT for text in facts.texts)
    return is_scattered or is_long or len(facts.texts) > MOST_VALUES


def _are_statuses(facts: Facts) -> bool:
    known = sum(count for text, count in facts.texts.items() if status_of(text) is not None)
    is_answer = all(bool_of(text) is not None for text in facts.texts)
    return known >= _NUMERIC_SHARE * facts.filled and not is_answer


def _counts_rows(facts: Facts) -> bool:
    """Tell whether the column just numbers the rows."""
    numbers = facts.numbers
    return (
        len(numbers) == facts.filled >= 3
        and not facts.blank
        and numbers[0] in (0, 1)
        and all(later == earlier + 1 for earlier, later in pairwise(numbers))
    )


def _with_an_objective(
    header: Sequence[str], facts: Sequence[Facts], columns: list[Column]
) -> list[Column]:
    """Make one metric the objective; without any, the last column of numbers."""
    metrics = [index for index, column in enumerate(columns) if column.use.is_metric]
    if not metrics:
        metrics = [
            index
            for index, column in enumerate(columns)
            if column.use is Use.PARAMETER and facts[index].is_numeric
        ][-1:]
    for index in _likeliest(header, facts, metrics):
        direction = names.direction_of(header[index]) or Direction.MINIMIZE
        columns[index] = replace(columns[index], use=Use.OBJECTIVE, direction=direction)
    return columns


def _likeliest(header: Sequence[str], facts: Sequence[Facts], metrics: list[int]) -> list[int]:
    """Return the metric (at most one) that is likely to be what the runs were for."""
    most = max((facts[metric].filled for metric in metrics), default=0)

    def doubts(index: int) -> tuple[bool, bool, bool]:
        words = names.tokens(header[index])
        is_cost = bool(words) and words[-1] in _COSTS
        return 2 * facts[index].filled < most, "train" in words or "training" in words, is_cost

    return sorted(metrics, key=doubts)[:1]
