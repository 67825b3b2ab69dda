"""Names that Ax can be given: it evaluates them in expressions as code."""

import re
from collections.abc import Sequence

_LONGEST = 40


def safe_names(names: Sequence[str], prefix: str) -> list[str]:
    """Return an identifier for each name: ``prefix`` and what is plain in the name; none twice."""
    found: dict[str, None] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_LONGEST].strip("_")
        # An expression with “baseline” anywhere in it, also within a name, is relative to Ax.
        plain = plain.replace("baseline", "base_line")
        wanted = f"{prefix}_{plain}" if plain else prefix
        chosen, place = wanted, 2
        while chosen in found or (place == 2 and not plain):
            chosen, place = f"{wanted}_{place - (not plain)}", place + 1
        found[chosen] = None
    return list(found)
