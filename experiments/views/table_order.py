"""The order of the table of trials: by one column, and where that is equal, by others."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.views.kept import TrialPoint

NUMBER = "number"
MOST = 8
"""How many columns decide at most."""


@dataclass(frozen=True)
class Rank:
    """One column that decides, by its key, and whether its largest value comes first."""

    key: str
    is_down: bool = False

    @property
    def asked(self) -> str:
        """What asks for it in an address: ``p3``, or ``-p3`` for the largest first."""
        return f"{'-' * self.is_down}{self.key}"

    @property
    def arrow(self) -> str:
        """The same for the eye."""
        return "↓" if self.is_down else "↑"

    @property
    def words(self) -> str:
        """The same for the ear, in the words of ``aria-sort``."""
        return "descending" if self.is_down else "ascending"


_NEWEST_FIRST = (Rank(NUMBER, is_down=True),)


@dataclass(frozen=True)
class TableOrder:
    """Columns that decide, the most important first; the newest trials first if there is none."""

    asked: tuple[Rank, ...]

    @classmethod
    def of(cls, texts: Iterable[str], known: Collection[str]) -> "TableOrder":
        """Read what an address asks for, column by column; what is not ``known`` is left out."""
        found: dict[str, Rank] = {}
        for text in texts:
            key = text.removeprefix("-")
            if key in known:
                found.setdefault(key, Rank(key, is_down=text.startswith("-")))
        ranks = tuple(found.values())[:MOST]
        return cls(() if ranks == _NEWEST_FIRST else ranks)

    @property
    def ranks(self) -> tuple[Rank, ...]:
        """The columns that decide."""
        return self.asked or _NEWEST_FIRST

    @property
    def parts(self) -> list[str]:
        """What asks for this order in an address; nothing for the usual one."""
        return [rank.asked for rank in self.asked]

    def place_of(self, key: str) -> tuple[int, Rank] | None:
        """Return a column’s place among those that decide, from 1 on, and how it decides."""
        return next((pair for pair in enumerate(self.ranks, 1) if pair[1].key == key), None)

    def alone(self, key: str) -> list[str]:
        """Return what asks for a column alone; for the other way round if it is alone already."""
        return [Rank(key, is_down=self.ranks == (Rank(key),)).asked]

    def then(self, key: str) -> list[str]:
        """Return what asks for one more column, which decides last.

        One that decides is turned round the first time, and taken out the second time.
        """
        ranks = list(self.asked)
        place = next((n for n, rank in enumerate(ranks) if rank.key == key), None)
        if place is None:
            ranks = [*ranks[: MOST - 1], Rank(key)]
        elif ranks[place].is_down:
            del ranks[place]
        else:
            ranks[place] = Rank(key, is_down=True)
        return [rank.asked for rank in ranks]

    def sorted(
        self,
        trials: Sequence[TrialPoint],
        place_by: Callable[[str], Callable[[TrialPoint], Any]],
    ) -> list[TrialPoint]:
        """Return trials in this order; ``place_by`` returns what tells where a column puts one.

        Those that a column puts nowhere (``None``) come last, in both directions.
        """
        found = list(trials)
        for rank in reversed(self.ranks):
            place = place_by(rank.key)
            placed = [(value, trial) for trial in found if (value := place(trial)) is not None]
            rest = (
                [trial for trial in found if place(trial) is None] if found[len(placed) :] else []
            )
            placed.sort(key=lambda pair: pair[0], reverse=rank.is_down)
            found = [*(trial for _, trial in placed), *rest]
        return found
