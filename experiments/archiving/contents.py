"""The text of an archive, of which files are most: they are left where they stand until needed.

An archive can have hundreds of megabytes of files, in base64. Everything else is read as JSON;
for each long content the JSON has the number of its place instead.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from typing import Any, BinaryIO

from experiments.archiving.values import Wrong
from experiments.fields import short

Source = bytes | mmap

MOST_TEXT = 60_000_000
"""Bytes of an archive beside the contents of files."""

_LONG = re.compile(rb'"content"[ \t\r\n]{0,9}:[ \t\r\n]{0,9}"([A-Za-z0-9+/]{80,}+={0,2}+)"')
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file in base64, as a place in the source."""

    source: Source
    start: int
    end: int

    def decoded(self) -> bytes:
        """Return the bytes of the file; raises ``Wrong`` if this is no base64."""
        try:
            return base64.b64decode(self.source[self.start : self.end], validate=True)
        except binascii.Error:
            raise Wrong("the content is not in base64") from None

    def __len__(self) -> int:
        """How many characters it has."""
        return self.end - self.start


@dataclass(slots=True)
class Parsed:
    """The JSON of a source, and the contents that stand elsewhere; each counts once."""

    value: Any
    contents: list[Content]
    _used: set[int] = field(default_factory=set)

    def content(self, value: Any) -> Content:
        """Return the content that stands at a place of the JSON."""
        if isinstance(value, str) and value.isascii():
            source = value.encode()
            return Content(source, 0, len(source))
        is_place = isinstance(value, int) and not isinstance(value, bool)
        if not is_place or not 0 <= value < len(self.contents) or value in self._used:
            raise Wrong(f"{short(value)} is no text in base64")
        self._used.add(value)
        return self.contents[value]

    @property
    def is_all_used(self) -> bool:
        """Whether each long content was that of a file."""
        return len(self._used) == len(self.contents)


def mapped(file: BinaryIO) -> Source:
    """Return the bytes of a file on disk without reading them; nobody may change it from then on.

    They can be read for as long as somebody has what is returned, also once the file is closed.
    """
    return mmap(file.fileno(), 0, access=ACCESS_READ)


def parse(source: Source) -> Parsed:
    """Parse a source as JSON in which no field stands twice.

    Raises ``Wrong`` with what is wrong; what nests deeper than Python allows is wrong too.
    """
    contents: list[Content] = []
    pieces: list[bytes] = []
    start = len(_MARK) if source[: len(_MARK)] == _MARK else 0
    size = 0
    for found in _LONG.finditer(source):
        pieces += [source[start : found.start(1) - 1], str(len(contents)).encode()]
        size += len(pieces[-2])
        contents.append(Content(source, *found.span(1)))
        start = found.end(1) + 1
        if size > MOST_TEXT:
            break
    if size + len(source) - start > MOST_TEXT:
        most = MOST_TEXT // 10**6
        raise Wrong(f"Beside the files of trials, this has more than {most} MB of text.")
    pieces.append(source[start:])
    return Parsed(_value(b"".join(pieces)), contents)


def _value(content: bytes) -> Any:
    try:
        text = content.decode("utf-8")
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Wrong("This is not in UTF-8, which an export always is.") from None
    except RecursionError:
        raise Wrong("The text nests deeper than any experiment does.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Wrong(f"This is not JSON: {error.msg} at {where}.") from error
    except ValueError:
        raise Wrong("The text has a whole number of thousands of digits.") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Wrong(f"The field “{short(twice)}” stands twice in one object.")
    return found


def _no_constant(name: str) -> Any:
    raise Wrong(f"{name} is no number that JSON knows, nor one that a result can have.")
