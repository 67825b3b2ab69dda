"""Which ids, or numbers of trials, an address asks for. Pure."""

import re
from collections.abc import Iterable

LARGEST = 2**31 - 1
"""Larger numbers are neither ids nor numbers of trials."""


def numbers(texts: Iterable[str]) -> list[int]:
    """Return the numbers in some texts (``3, 7`` and ``12``), each once, in their order.

    What is no number, or too large to be one of these, is left out.
    """
    words = (word for text in texts for word in re.split(r"[\s,;]+", text))
    found = (int(word) for word in words if re.fullmatch(r"[0-9]{1,10}", word))
    return list(dict.fromkeys(number for number in found if number <= LARGEST))
