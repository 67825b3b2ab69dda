"""How far a long act is, for whoever waits for it.

An act is one transaction: no row can say how far it is before it is through. It is said in the name
of the act's database connection (``application_name``) instead. Others see that at once, from any
process; and it is gone with the transaction, however that ends, or with the process.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TypeVar

from django.db import connection

Item = TypeVar("Item")


class Step(Enum):
    """What an act is at: its letter, its words, and where it begins and ends on the whole way."""

    ROWS = ("c", "Checking the rows", 0.0, 0.2)
    BEFORE = ("r", "Reading the trials", 0.2, 0.3)
    TRIALS = ("t", "Writing the trials", 0.3, 0.55)
    RESULTS = ("o", "Writing the results", 0.55, 0.7)
    HISTORY = ("h", "Writing the history", 0.7, 1.0)

    def __init__(self, letter: str, words: str, start: float, end: float) -> None:
        self.letter = letter
        self.words = words
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Progress:
    """What an act is at, and how many of its rows or trials are through this step."""

    step: Step
    done: int
    of: int

    @property
    def share(self) -> float:
        """How much of the whole act is done, from 0 to 1."""
        through = self.done / self.of if self.of else 1.0
        return self.step.start + (self.step.end - self.step.start) * through

    def __str__(self) -> str:
        return f"{self.step.words}: {self.done:,} of {self.of:,}"


_BY_LETTER = {step.letter: step for step in Step}
_name: ContextVar[str] = ContextVar("name", default="")
"""The name under which the acts of this request say how far they are; blank: nobody asks."""


@contextmanager
def followed(user_id: int, key: str) -> Iterator[None]:
    """Let the acts of the block say how far they are to one person, who has the key."""
    token = _name.set(_name_of(user_id, key))
    try:
        yield
    finally:
        _name.reset(token)


def say(step: Step, done: int, of: int) -> None:
    """Say how far the act is; until its transaction ends. Costs a tenth of a millisecond."""
    if name := _name.get():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('application_name', %s, true)",
                [f"{name} {step.letter} {done} {of}"],
            )


def batches(items: Sequence[Item], size: int, step: Step) -> Iterator[Sequence[Item]]:
    """Yield the items in batches, and say before each how many are done."""
    for start in range(0, len(items), size):
        say(step, start, len(items))
        yield items[start : start + size]


def read(user_id: int, key: str) -> Progress | None:
    """Return how far an act of this person is; ``None`` before it begins and after its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND starts_with(application_name, %s)",
            [f"{_name_of(user_id, key)} "],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    letter, done, of = found[0].split(" ")[1:]
    return Progress(_BY_LETTER[letter], int(done), int(of))


def _name_of(user_id: int, key: str) -> str:
    """A name that only this person's page can ask for; PostgreSQL keeps 63 characters of it."""
    return "axdash:" + sha256(f"{user_id}:{key}".encode(errors="replace")).hexdigest()[:32]
