"""The decimal mark of each column of a table: by its own numbers, else by those of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from experiments.tables.cells import Decimal, evidence_of, number_of

_MOST_CELLS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A number of a column (a place) that may have a decimal mark or groups of thousands.

    ``is_asked``: no other column settles it.
    """

    column: int
    example: str
    is_asked: bool

    @property
    def readings(self) -> dict[Decimal, str]:
        """What the number is, read with each mark."""
        return {decimal: str(number_of(self.example, decimal)) for decimal in Decimal}


def marks_of(
    rows: Iterable[Sequence[str]],
    width: int,
    usual: Decimal,
    *,
    is_comma_taken: bool = False,
    has_points: bool = False,
) -> tuple[tuple[Decimal, ...], tuple[Unclear, ...]]:
    """Return the mark of each column, and the columns whose own numbers leave it open.

    ``usual`` is that of columns without any mark. Other columns settle what a column leaves open
    if they all have the same mark. ``is_comma_taken`` says that commas separate the cells: who
    does that writes points. ``has_points`` is that of ``evidence_of``.
    """
    filled = [row for row in rows if row]
    found = [
        evidence_of(
            islice((row[i] for row in filled if _has_mark(row[i])), _MOST_CELLS),
            has_points=has_points,
        )
        for i in range(width)
    ]
    sure = {evidence.mark for evidence in found if evidence.mark}
    common = Decimal.POINT if is_comma_taken else sure.pop() if len(sure) == 1 else None
    decimals, unclear = [], []
    for column, evidence in enumerate(found):
        decimals.append(evidence.mark or common or evidence.guess or usual)
        if not evidence.mark and evidence.example and not is_comma_taken:
            unclear.append(
                Unclear(column=column, example=evidence.example, is_asked=common is None)
            )
    return tuple(decimals), tuple(unclear)


def _has_mark(cell: str) -> bool:
    return "," in cell or "." in cell
