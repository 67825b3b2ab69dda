"""What a file is, by its content: whatever its name says, or a browser claims. Pure."""

import re
import unicodedata

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
TEXT = "text/plain"
OTHER = "application/octet-stream"
LONGEST_NAME = 100
LARGEST = 5_000_000
MOST_FILES = 20
"""Of one trial."""
LARGEST_OF_EXPERIMENT = 500_000_000
"""Bytes, as ``LARGEST``. Files are in the database, so that one backup holds everything."""

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_COLOURS = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")
_PROMISES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "txt": TEXT, "log": TEXT, "csv": TEXT, "json": TEXT, "md": TEXT,
}  # fmt: skip


def type_of(content: bytes) -> str:
    """Return an image’s type, ``TEXT`` for what is UTF-8 without control characters, or ``OTHER``.

    SVG and HTML are texts: they are never shown as what they claim to be.
    """
    for start, found in _STARTS:
        if content.startswith(start):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return TEXT if _is_text(content) else OTHER


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(c < " " and c not in "\t\n\r\x1b\f\b" for c in text)


def is_lying(name: str, found: str) -> bool:
    """Tell whether a name’s ending promises something else than the content is."""
    promised = _PROMISES.get(name.rpartition(".")[2].lower())
    return promised is not None and promised != found


def tail_of(content: bytes, *, is_cut: bool) -> str:
    """Return the end of a text as it can be shown: without colours of terminals.

    ``is_cut`` says that it begins somewhere in the middle: then the first, broken line is left out.
    """
    text = _COLOURS.sub("", content.decode("utf-8", "replace"))
    shown = "".join(c for c in text if c in "\t\n" or unicodedata.category(c)[0] != "C")
    first, break_, rest = shown.partition("\n")
    return rest if is_cut and break_ else first + break_ + rest


def plain_name(name: str) -> str:
    """Return a file’s name without folders, invisible characters and marks that turn text round."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in bare if unicodedata.category(c)[0] != "C").strip(" .")
    if len(shown) <= LONGEST_NAME:
        return shown or "file"
    stem, dot, ending = shown.rpartition(".")
    if not dot or len(ending) > 10:
        return shown[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
