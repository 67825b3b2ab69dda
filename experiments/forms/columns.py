"""What the columns of a table are used for: one row of choices a column."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from experiments.domain import Direction
from experiments.search_space import LONGEST_TEXT, MOST_VALUES
from experiments.tables import names
from experiments.tables.columns import Column, ColumnType, Facts, Use, metric_before

Option = tuple[str, str, bool]
"""What is sent, what is shown, and whether it is chosen."""

_USES = {
    "parameter": ("Parameter", Use.PARAMETER, Direction.MINIMIZE),
    "minimize": ("Objective: minimize", Use.OBJECTIVE, Direction.MINIMIZE),
    "maximize": ("Objective: maximize", Use.OBJECTIVE, Direction.MAXIMIZE),
    "lower": ("Tracked: lower is better", Use.TRACKED, Direction.MINIMIZE),
    "higher": ("Tracked: higher is better", Use.TRACKED, Direction.MAXIMIZE),
    "sem": ("Standard error", Use.SEM, Direction.MINIMIZE),
    "status": ("How the run ended", Use.STATUS, Direction.MINIMIZE),
    "ignore": ("Leave out", Use.IGNORE, Direction.MINIMIZE),
}
_TYPES = {
    ColumnType.FLOAT: "Number",
    ColumnType.INT: "Whole number",
    ColumnType.CHOICE: "Choice",
    ColumnType.BOOL: "Yes/no",
}
_LONGEST_SAMPLE = 40


class ColumnRow:
    """One column, as the page shows it."""

    def __init__(self, index: int, name: str, facts: Facts, column: Column) -> None:
        self.index = index
        self.name = name
        self.facts = facts
        self.column = column
        self.metrics: Sequence[tuple[int, str]] = ()
        self.errors: list[str] = []

    @property
    def samples(self) -> list[str]:
        """A few of its cells, shortened."""
        return [
            text if len(text) <= _LONGEST_SAMPLE else f"{text[: _LONGEST_SAMPLE - 1]}…"
            for text in self.facts.samples
        ]

    @property
    def more(self) -> int:
        """How many different cells are not among the samples."""
        return len(self.facts.texts) - len(self.facts.samples)

    @property
    def uses(self) -> list[Option]:
        """What the column may be used for."""
        chosen = _use_word(self.column)
        return [(word, label, word == chosen) for word, (label, _, _) in _USES.items()]

    @property
    def types(self) -> list[Option]:
        """How a parameter's cells may be read."""
        return [(type_.value, label, type_ is self.column.type) for type_, label in _TYPES.items()]

    @property
    def targets(self) -> list[Option]:
        """The metrics of which it may be the standard error."""
        return [(str(i), name, i == self.column.of) for i, name in self.metrics if i != self.index]

    @property
    def remark(self) -> str:
        """What is worth knowing about the column, or about why it is taken for what it is."""
        facts, column = self.facts, self.column
        parts = [_guess(self.name, facts, column)]
        if facts.blank and facts.filled:
            parts.append(f"{facts.blank} of {facts.blank + facts.filled} blank.")
        return " ".join(part for part in parts if part)


class ColumnsForm:
    """All columns. ``problems`` concern none of them alone."""

    def __init__(
        self,
        header: Sequence[str],
        facts: Sequence[Facts],
        columns: Sequence[Column],
        *,
        is_checked: bool = False,
    ) -> None:
        """Show the columns; what is wrong with them is told only if ``is_checked``."""
        self.columns = list(columns)
        self.rows = [
            ColumnRow(index, *parts)
            for index, parts in enumerate(zip(header, facts, columns, strict=True))
        ]
        metrics = [(row.index, row.name) for row in self.rows if row.column.use.is_metric]
        for row in self.rows:
            row.metrics = metrics
        self.problems: list[str] = []
        if is_checked:
            self._check()

    @classmethod
    def read(
        cls,
        data: Mapping[str, str],
        header: Sequence[str],
        facts: Sequence[Facts],
        columns: Sequence[Column],
    ) -> "ColumnsForm":
        """Return what was chosen; where something unknown was sent, ``columns`` stay."""
        chosen = [
            _chosen(data, index, column, len(columns)) for index, column in enumerate(columns)
        ]
        for index, column in enumerate(chosen):
            is_lost = column.of is None or not chosen[column.of].use.is_metric
            if column.use is Use.SEM and is_lost:
                chosen[index] = replace(column, of=metric_before(index, chosen))
        return cls(header, facts, chosen, is_checked=True)

    @property
    def is_right(self) -> bool:
        """Whether a definition can be made from the columns."""
        return not self.problems and not any(row.errors for row in self.rows)

    def _check(self) -> None:
        uses = Counter(column.use for column in self.columns)
        if not uses[Use.PARAMETER]:
            self.problems.append("Choose at least one column that is a parameter.")
        if not uses[Use.OBJECTIVE]:
            self.problems.append("Choose the column that is to be minimized or maximized.")
        for row in self.rows:
            if message := _problem(row, self.columns):
                row.errors.append(message)


def _chosen(data: Mapping[str, str], index: int, column: Column, count: int) -> Column:
    _, use, direction = _USES.get(data.get(f"use-{index}", ""), ("", column.use, column.direction))
    types = {type_.value: type_ for type_ in ColumnType}
    others = {str(other): other for other in range(count) if other != index}
    return Column(
        use=use,
        type=types.get(data.get(f"type-{index}", ""), column.type),
        direction=direction,
        of=others.get(data.get(f"of-{index}", "")),
    )


def _use_word(column: Column) -> str:
    return next(
        word
        for word, (_, use, direction) in _USES.items()
        if use is column.use and (not use.is_metric or direction is column.direction)
    )


def _problem(row: ColumnRow, columns: Sequence[Column]) -> str | None:
    column, facts = row.column, row.facts
    if column.use is Use.IGNORE:
        return None
    if not facts.filled:
        return "This column is empty: leave it out."
    is_number = column.use.is_metric or column.use is Use.SEM
    is_number = is_number or (
        column.use is Use.PARAMETER and column.type in (ColumnType.FLOAT, ColumnType.INT)
    )
    if is_number and not facts.numbers:
        return "There are no numbers in this column."
    before = columns[: row.index]
    if column.use is Use.STATUS and any(other.use is Use.STATUS for other in before):
        return "Another column says already how the runs ended."
    if column.use is Use.SEM and column.of is None:
        return "There is no metric that this could be the standard error of."
    is_double = any(other.use is Use.SEM and other.of == column.of for other in before)
    if column.use is Use.SEM and is_double:
        return "Another column is the standard error of the same metric."
    return None


def _guess(name: str, facts: Facts, column: Column) -> str:
    if not facts.filled:
        return "Empty."
    if column.use.is_metric and names.direction_of(name) is None:
        return "Its name does not say which way is better: check that."
    if column.use is Use.OBJECTIVE and names.direction_of(name) is column.direction:
        return "Direction guessed from its name."
    if column.use is Use.IGNORE:
        return _why_ignored(name, facts)
    return ""


def _why_ignored(name: str, facts: Facts) -> str:
    if names.is_spread(name) and facts.is_numeric:
        return "A standard deviation is not the standard error of a mean."
    if any(len(text) > LONGEST_TEXT for text in facts.texts):
        return f"Has texts of more than {LONGEST_TEXT} characters."
    if not facts.is_numeric and len(facts.texts) > min(MOST_VALUES, max(20, facts.filled / 2)):
        return "Differs in too many rows to be a choice."
    return ""
