"""Writing an archive, piece by piece: nobody has to hold all of it in memory."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from experiments.archiving.archive import FORMAT
from experiments.documents import Document

END = "\n}\n"


def opening(head: Document) -> str:
    """Return the start of an archive: the format, and what stands in no list."""
    fields = {"format": FORMAT} | head
    return json.dumps(fields, ensure_ascii=False, indent=2, allow_nan=False).removesuffix("\n}")


def listed(name: str, items: Iterable[Document]) -> Iterator[str]:
    """Yield a list, each item on a line of its own."""
    yield f',\n  "{name}": ['
    comma = ""
    for item in items:
        yield f"{comma}\n    {_line(item)}"
        comma = ","
    yield "\n  ]" if comma else "]"


def single(name: str, value: Document) -> str:
    """Return one more field, on one line."""
    return f',\n  "{name}": {_line(value)}'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
