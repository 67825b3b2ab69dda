"""The columns of the table of trials: which there are, which are shown, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from experiments.plots.columns import Column
from experiments.views.table_order import NUMBER

_FIXED = {
    NUMBER: "trial", "status": "status", "who": "who", "ended": "ended", "tags": "tags",
    "due": "due", "taken": "taken", "origin": "how it came", "reason": "reason",
    "notes": "notes",
}  # fmt: skip
_UNSORTED = ("notes",)
_HIDDEN = ("taken", "origin", "reason", "notes", "due")
"""Shown only where somebody asks for them."""

_USUAL = "usual"


@dataclass(frozen=True)
class TableColumn:
    """A column that the table can have; ``kind`` says which template draws its cells."""

    key: str
    title: str
    kind: str
    is_number: bool = False
    is_shown: bool = False
    then: str = ""
    """What its button for the order of the rows does."""
    mark: str = ""
    """What stands on that button."""

    @property
    def can_sort(self) -> bool:
        """Whether rows can be ordered by it."""
        return self.key not in _UNSORTED


class TableColumns:
    """What an address makes of the columns.

    ``asked`` are the keys of those that it shows, in their order; the usual ones if there are none.
    ``move`` then moves one a place, or to the front: ``p3:left``, ``p3:right``, ``p3:first``; or it
    is ``usual`` and brings back the usual ones.
    """

    def __init__(
        self, axes: Mapping[str, Column], *, has_sum: bool, asked: Sequence[str], move: str
    ) -> None:
        self._every = {column.key: column for column in _every(axes, has_sum=has_sum)}
        self._asked = asked
        self._move = move

    @cached_property
    def offered(self) -> list[TableColumn]:
        """All columns: first those that are shown, in their order."""
        keys = self._keys
        rest = [key for key in self._every if key not in keys]
        return [*self.shown, *(self._every[key] for key in rest)]

    @cached_property
    def shown(self) -> list[TableColumn]:
        """The columns that are shown, in order."""
        return [replace(self._every[key], is_shown=True) for key in self._keys]

    @cached_property
    def sortable(self) -> set[str]:
        """The keys of the columns that rows can be ordered by."""
        return {key for key, column in self._every.items() if column.can_sort}

    @property
    def parts(self) -> list[str]:
        """What asks for these columns in an address; nothing for the usual ones."""
        return [] if self._keys == self._usual else self._keys

    @property
    def moved(self) -> TableColumn | None:
        """The column that was moved."""
        key, _, _ = self._move.partition(":")
        return self._every[key] if key in self._keys else None

    @property
    def moved_words(self) -> str:
        """Where it is now, in words."""
        if self._move == _USUAL:
            return "The usual columns are shown."
        moved = self.moved
        place = self._keys.index(moved.key) + 1 if moved else 0
        return f"{moved.title} is column {place} of {len(self._keys)}." if moved else ""

    @property
    def unknown(self) -> list[str]:
        """What was asked for and is no column."""
        return [key for key in self._asked if key not in self._every]

    @property
    def _usual(self) -> list[str]:
        return [key for key in self._every if key not in _HIDDEN]

    @cached_property
    def _keys(self) -> list[str]:
        if self._move == _USUAL:
            return self._usual
        asked = list(dict.fromkeys(key for key in self._asked if key in self._every))
        return _moved(asked or self._usual, self._move)


def _every(axes: Mapping[str, Column], *, has_sum: bool) -> Sequence[TableColumn]:
    fixed = {key: TableColumn(key, title, key) for key, title in _FIXED.items()}
    own = [
        TableColumn(key, axis.title, "metric" if axis.is_metric else "parameter",
                    is_number=not axis.labels)
        for key, axis in axes.items()
    ]  # fmt: skip
    first = [fixed.pop(NUMBER), fixed.pop("status")]
    total = [TableColumn("sum", "weighted sum", "sum", is_number=True)] if has_sum else []
    return [*first, *total, *own, *fixed.values()]


def _moved(shown: list[str], asked: str) -> list[str]:
    """Move one column."""
    key, _, where = asked.partition(":")
    if key not in shown:
        return shown
    here = shown.index(key)
    there = {"first": 0, "left": max(0, here - 1), "right": here + 1}.get(where, here)
    moved = list(shown)
    moved.insert(there, moved.pop(here))
    return moved
