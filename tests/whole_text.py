"""The text of an archive with something of everything, and changing it."""

import json
from pathlib import Path

from hypothesis import strategies as st

TEXT = (Path(__file__).parent / "data" / "whole.json").read_text()
"""What an AxDash of this format once wrote."""


def edited(text: str, *path, value) -> str:
    """An archive with another value at one place."""
    document = json.loads(text)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["p1", "m1", "e1", "2026-01-01T00:00:00+00:00", 10**400, "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    """All places of a document, the outer ones first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))
        else:
            yield (*path, key)


PLACES = [path for path in places(json.loads(TEXT)) if path]


def mangled(text: str, data) -> str:
    """An archive in which a few places were replaced, removed, doubled, or added to."""
    document = json.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(PLACES))
        inner = document
        try:
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # It was mangled away.
        act = data.draw(st.sampled_from(["replace", "remove", "add", "double"]))
        if act == "replace" or (act == "add" and isinstance(inner, list)):
            inner[path[-1]] = data.draw(JSON)
        elif act == "add":
            inner[data.draw(st.text(max_size=6))] = data.draw(JSON)
        elif act == "remove":
            del inner[path[-1]]
        elif isinstance(inner, list):
            inner.append(inner[path[-1]])
    return json.dumps(document)
