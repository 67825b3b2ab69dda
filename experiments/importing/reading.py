"""What comes out of reading a definition that somebody pasted."""

from dataclasses import dataclass

from experiments.drafts import ExperimentDraft

MOST_CHARACTERS = 1_000_000
MOST_NODES = 50_000
"""Values, lists and objects in one text; a definition has some hundred."""
DEEPEST = 40

_LONGEST_QUOTE = 45


@dataclass(frozen=True, slots=True)
class Reading:
    """A definition as far as it was understood (``None``: nothing was).

    ``understood_as`` says in a few words what the text was taken for; ``problems`` list what was
    left out or assumed.
    """

    draft: ExperimentDraft | None
    understood_as: str
    problems: tuple[str, ...]


class Refused(Exception):
    """The text cannot be read; the message says why, to the person who pasted it."""


@dataclass(frozen=True, slots=True, repr=False)
class Left:
    """A piece of a text that has no plain value, as it stands there."""

    source: str
    line: int

    def __repr__(self) -> str:
        is_short = len(self.source) <= _LONGEST_QUOTE
        source = self.source if is_short else f"{self.source[: _LONGEST_QUOTE - 1]}…"
        return f"{source} (line {self.line})"
