"""What Ax cannot be told, collected while a script is written: each thing once, in plain words."""

from collections.abc import Sequence

_MOST_NUMBERS = 5


class Untold:
    """Lines in the order in which they came up."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def tell(self, text: str) -> None:
        """Add a line, unless it is there already."""
        self._lines[text] = None

    @property
    def lines(self) -> list[str]:
        """All that was told."""
        return list(self._lines)


def trials_in_words(numbers: Sequence[int]) -> str:
    """Name trials by number, the first of them where they are many."""
    if len(numbers) == 1:
        return f"Trial {numbers[0]}"
    shown = list(map(str, numbers[:_MOST_NUMBERS]))
    if more := len(numbers) - len(shown):
        return f"Trials {', '.join(shown)} and {more} more"
    return f"Trials {', '.join(shown[:-1])} and {shown[-1]}"
