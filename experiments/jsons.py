"""Plain JSON as PostgreSQL keeps it: without NaN and infinities. No Django, no Ax."""

import math
from typing import Any


def finite(value: Any) -> Any:
    """Return a value made of plain JSON, with ``None`` for numbers that JSON has no words for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value
