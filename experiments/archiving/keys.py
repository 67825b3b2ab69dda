"""What changes refer to by ids of rows, and the same by what holds elsewhere too.

A change keeps parameters and metrics by key, files, people and other experiments by id. In an
archive all have names of its own; ``renamed`` writes the one as the other, both ways.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.archiving.values import Wrong, text
from experiments.fields import short

Side = Mapping[str, Any]
"""``before`` or ``after`` of a change."""

MOST_FORMER = 10_000
_PEOPLE = ("taken_by", "finished_by")


@dataclass(frozen=True, slots=True)
class Renaming:
    """What each id becomes; ``row`` is one of what the model learns from.

    A file that is not known becomes ``None``, and is left out.
    """

    parameter: Callable[[str], str]
    metric: Callable[[str], str]
    file: Callable[[int], int | None]
    person: Callable[[Any], Any]
    experiment: Callable[[Any], Any]
    row: Callable[[Any], Any]


def renamed(side: Side, names: Renaming) -> dict[str, Any]:
    """Return one side of a change with other ids."""
    found = dict(side)
    if "states" in found:
        found["states"] = {number: _state(s, names) for number, s in found["states"].items()}
    if "definition" in found:
        found["definition"] = _definition(found["definition"], names)
    if "learns_from" in found:
        found["learns_from"] = [names.experiment(each) for each in found["learns_from"]]
    if "experiment" in found:
        found["experiment"] = names.experiment(found["experiment"])
    if found.get("by") is not None:
        found["by"] = names.person(found["by"])
    if "row" in found:
        found["row"] = names.row(found["row"])
    return found


def _state(state: Mapping[str, Any], names: Renaming) -> dict[str, Any]:
    found = dict(state)
    for field in ("parameters", "requested"):
        if found.get(field) is not None:
            found[field] = by_key(found[field], names.parameter)
    for field in ("results", "points"):
        if field in found:
            found[field] = by_key(found[field], names.metric)
    for field in _PEOPLE:
        if found.get(field) is not None:
            found[field] = names.person(found[field])
    if "files" in found:
        known = [names.file(each) for each in found["files"]]
        found["files"] = [each for each in known if each is not None]
    return found


def by_key(values: Mapping[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    """Return values by other keys, in the order of these."""
    ordered = sorted(values.items(), key=lambda pair: place(pair[0]))
    return dict(sorted(((name(k), v) for k, v in ordered), key=lambda pair: place(pair[0])))


def place(key: str) -> tuple[int, str]:
    """Return where a key such as ``p12`` stands among others: by its number."""
    return (int(key[1:]) if key[1:].isdecimal() and len(key) < 20 else -1, key)


def _definition(document: Mapping[str, Any], names: Renaming) -> dict[str, Any]:
    found = dict(document)
    for part, name in (("parameters", names.parameter), ("metrics", names.metric)):
        if part in found:
            found[part] = [{**each, "key": name(each["key"])} for each in found[part]]
    return found


class Former:
    """Keys while an archive is written: those of the definition, then others as they turn up."""

    def __init__(self, prefix: str, present: list[str]) -> None:
        self._prefix = prefix
        self._names = {key: f"{prefix}{n}" for n, key in enumerate(present, start=1)}

    def __call__(self, key: str) -> str:
        """Return the key of the archive for one of a row."""
        return self._names.setdefault(key, f"{self._prefix}{len(self._names) + 1}")


class KnownKeys:
    """Checks keys while an archive is read, and notes down those that the definition lacks."""

    def __init__(self, prefix: str, present: set[str]) -> None:
        self._pattern = re.compile(f"{prefix}[1-9][0-9]{{0,5}}")
        self._present = present
        self._former: set[str] = set()
        self.example = f"{prefix}1"

    @property
    def former(self) -> tuple[str, ...]:
        """The keys that the definition lacks, in the order of their numbers."""
        return tuple(sorted(self._former, key=place))

    def __call__(self, value: Any) -> str:
        """Accept a key."""
        if value in self._present or value in self._former:
            return str(value)
        if not self._pattern.fullmatch(text(value)):
            raise Wrong(f"“{short(value)}” is no key, such as {self.example}")
        if len(self._former) >= MOST_FORMER:
            raise Wrong(f"there are more than {MOST_FORMER} keys that the definition lacks")
        self._former.add(value)
        return str(value)
