"""What a card of an analysis is: the worker makes it, the database keeps it, pages show it.

No Django, no Ax. All of it is plain JSON once stored (``as_json``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from experiments.figures import Figure, rounded

CARD_NAMES = (
    "summary", "importance", "fit", "effects", "best", "compromises", "pairs", "arms",
    "calibration", "feasibility", "choices", "progress", "interactions", "checks", "enough",
)  # fmt: skip
"""All kinds of cards, in order: also for those who must not import what makes them."""


class CardState(StrEnum):
    """Where a card stands."""

    READY = "ready"
    WAITING = "waiting"
    """Something that people can still do is lacking, such as more results."""
    FAILED = "failed"


class CardPage(StrEnum):
    """The page of an experiment that shows a card."""

    INSIGHTS = "insights"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts. ``trials`` holds, by row, the number of the trial that a row is about."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    trials: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardBody:
    """What a card says.

    ``sentences`` are plain texts, and so are ``doubts``, which say what looks wrong. ``figures``
    are Plotly's JSON as ``figures`` describes it, each with a ``name`` that a reader chooses it by
    and a ``help`` that explains its marks. ``facts`` are the numbers behind it, by key of parameter
    and metric, for other parts to use.
    """

    sentences: Sequence[str] = ()
    doubts: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    table: Table | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the body as the database keeps it: figures lose the digits that nobody sees."""
        return asdict(self) | {"figures": rounded(self.figures)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card of one revision.

    ``name`` identifies it among an experiment's cards; ``reading`` says in one line how to read it;
    ``message`` says what is lacking or what failed; ``seconds`` is the time that it took to make.
    """

    name: str
    title: str
    reading: str
    position: int
    state: CardState
    message: str = ""
    body: CardBody = field(default_factory=CardBody)
    seconds: float = 0.0
    page: CardPage = CardPage.INSIGHTS
