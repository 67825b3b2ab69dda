"""JSON and YAML texts become plain values; whatever else they could do, they cannot do it here."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from experiments.fields import Problems, readable, short
from experiments.importing.reading import DEEPEST, MOST_NODES, Left, Refused

_LONGEST_YAML = 300_000
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_EXPONENT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+")
_CONVERTERS = {"float": float, "int": int, "str": str}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_json(text: str, problems: Problems) -> Any:
    """Read JSON; of two fields with one name the last counts, and that is a problem."""

    def gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                problems.append(f"“{short(name)}” stands there twice; the last one counts.")
            found[readable(name)] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=gathered)
    except json.JSONDecodeError as error:
        raise Refused(f"JSON cannot be read at line {error.lineno}: {error.msg}.") from error
    except RecursionError as error:
        raise Refused("This JSON is nested too deeply for a definition.") from error
    except ValueError as error:
        raise Refused("This JSON has a number with too many digits.") from error


def read_yaml(text: str, problems: Problems) -> Any:
    """Read the first document of a YAML text: plain values, lists and objects, nothing else."""
    if len(text) > _LONGEST_YAML:
        raise Refused(f"YAML text can have {_LONGEST_YAML:,} characters at most.")
    builder = _Builder(problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(f"YAML cannot be read at line {line}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Refused("YAML cannot be read: it has characters that no text should have.") from error
    return builder.result


@dataclass(slots=True)
class _Open:
    """A list or object that is not complete yet."""

    value: Any
    anchor: str | None
    size: int = 1
    key: Any = None
    has_key: bool = False
    merged: list[Any] = field(default_factory=list)


class _Builder:
    """Builds values from YAML's events, and counts what aliases would repeat."""

    def __init__(self, problems: Problems) -> None:
        self.result: Any = None
        self._problems = problems
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._total = 0
        self._documents = 0
        self._resolver = Resolver()

    def take(self, event: yaml.Event) -> None:
        """Take in one event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self._problems.append("Only the first of the YAML documents was read.")
        elif self._documents > 1:
            return
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._start(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            self._add(value, 1)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise Refused(f"YAML’s alias “*{short(event.anchor)}” stands for nothing.")
            self._add(*self._anchors[event.anchor])

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= DEEPEST:
            raise Refused("This YAML is nested too deeply for a definition.")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag and event.tag != f"{_TAG}{'map' if is_mapping else 'seq'}":
            self._unknown_tag(event)
        self._open.append(_Open({} if is_mapping else [], event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        for inherited in reversed(done.merged):
            done.value = inherited | done.value
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._add(done.value, done.size)

    def _add(self, value: Any, size: int) -> None:
        """Put a value where it belongs; aliases count as often as they are used."""
        self._total += size
        if self._total > MOST_NODES:
            raise Refused("This YAML repeats itself too often for a definition.")
        if not self._open:
            self.result = value
            return
        holder = self._open[-1]
        holder.size += size
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif not holder.has_key:
            holder.key, holder.has_key = value, True
        else:
            holder.has_key = False
            self._set(holder, holder.key, value)

    def _set(self, holder: _Open, key: Any, value: Any) -> None:
        if key is _Merge:
            sources = value if isinstance(value, list) else [value]
            holder.merged += [source for source in sources if isinstance(source, dict)]
        elif isinstance(key, list | dict | Left):
            self._problems.append(f"YAML’s key {short(key)} is no plain value; it was left out.")
        else:
            if key in holder.value:
                self._problems.append(f"“{short(key)}” stands there twice; the last one counts.")
            holder.value[key] = value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = readable(event.value)
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(yaml.ScalarNode, text, event.implicit)
            if event.implicit[0] and _EXPONENT.fullmatch(text):
                tag = f"{_TAG}float"  # YAML 1.1 takes 1e-5 for a text; people do not.
        if tag == _MERGE:
            return _Merge
        kind = tag.removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in SafeConstructor.bool_values:
            return SafeConstructor.bool_values[text.lower()]
        if kind in ("timestamp", "value"):
            return text
        if kind not in _CONVERTERS:
            self._unknown_tag(event)
            return Left(text, _line(event))
        return self._number(text) if kind in ("int", "float") else text

    def _number(self, text: str) -> Any:
        """Read a number; what YAML only takes for one (``1:30``, a time) stays a text."""
        plain = text.replace("_", "").lower()
        try:
            if plain.lstrip("+-").startswith((".inf", ".nan")):
                return float(plain.replace(".", ""))
            if plain.lstrip("+-").startswith(("0x", "0b")):
                return int(plain, 0)
            is_whole = plain.lstrip("+-").isdecimal()
            return int(plain) if is_whole else float(plain)
        except ValueError:
            return text

    def _unknown_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        where = f"line {_line(event)}"
        self._problems.append(f"YAML’s tag “{short(event.tag)}” in {where} was not followed.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Merge:
    """The key ``<<``, which takes over the fields of another object."""


def nodes(value: Any) -> Iterator[Any]:
    """Yield a value and all that is in it."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        yield inner
        if isinstance(inner, dict):
            waiting += inner.values()
        elif isinstance(inner, list):
            waiting += inner
