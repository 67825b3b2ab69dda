"""Everything that was typed into a definition's form, told apart into rows. Nothing is judged."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from experiments.forms.rows import Texts
from experiments.goal_rules import MOST_METRICS
from experiments.reference_rules import MOST_CONSTRAINTS
from experiments.search_space import MOST_PARAMETERS

_NAME = re.compile(r"([pmc])(\d{1,6})-(?:t(\d{1,6})-)?([a-z_]+)")
_KEY = re.compile(r"[a-z]{1,4}\d{1,12}")

_LIMITS = {"p": MOST_PARAMETERS, "m": MOST_METRICS, "c": MOST_CONSTRAINTS}
_NEW_KEYS = {"p": "n", "m": "q", "c": "k"}


@dataclass(slots=True)
class TypedRow:
    """What was typed into a row, and into the terms of its linear expression."""

    texts: Texts = field(default_factory=dict)
    terms: list[Texts] = field(default_factory=list)


@dataclass(slots=True)
class Typed:
    """The experiment's own fields, and the rows by the letter that their names begin with:
    parameters ``p``, metrics ``m``, constraints ``c``."""

    fields: Texts = field(default_factory=dict)
    rows: dict[str, list[TypedRow]] = field(default_factory=lambda: {"p": [], "m": [], "c": []})

    def add_row(self, letter: str, texts: Texts, terms: Iterable[Texts] = ()) -> None:
        """Add a row at the end, with a key of its own."""
        self.rows[letter].append(TypedRow(texts, list(terms)))
        give_keys(self.rows[letter], _NEW_KEYS[letter])

    def is_full(self, letter: str) -> bool:
        """Tell whether there are as many rows as a definition may have."""
        return len(self.rows[letter]) >= _LIMITS[letter]


def read_typed(data: Mapping[str, str], known: Mapping[str, Collection[str]]) -> Typed:
    """Tell apart what was sent; ``known`` are the fields of each kind of row, ``t`` of terms.

    Rows keep their order; more than could count by far are left out.
    """
    fields: Texts = {}
    found: dict[tuple[str, int], tuple[Texts, dict[int, Texts]]] = {}
    for name, text in data.items():
        match = _NAME.fullmatch(name)
        if not match:
            fields[name] = text
            continue
        letter, number, term, last = match.groups()
        if last not in known["t" if term else letter]:
            continue
        texts, terms = found.setdefault((letter, int(number)), ({}, {}))
        target = terms.setdefault(int(term), {}) if term else texts
        target[last] = text
    typed = Typed(fields)
    for (letter, _), (texts, terms) in sorted(found.items(), key=lambda item: item[0]):
        if len(typed.rows[letter]) <= _LIMITS[letter]:
            in_order = [terms[number] for number in sorted(terms)][: MOST_PARAMETERS + 1]
            typed.rows[letter].append(TypedRow(texts, in_order))
    for letter, rows in typed.rows.items():
        give_keys(rows, _NEW_KEYS[letter])
    return typed


def give_keys(rows: Iterable[TypedRow], letter: str) -> None:
    """Give each row without a usable key of its own a new one."""
    rows = list(rows)
    seen: set[str] = set()
    for row in rows:
        key = row.texts.get("key", "")
        if key in seen or not is_key(key):
            row.texts.pop("key", None)
        seen.add(key)
    number = max(
        (int(key[1:]) for key in seen if re.fullmatch(rf"{letter}\d{{1,12}}", key)), default=0
    )
    for row in rows:
        if "key" not in row.texts:
            number += 1
            row.texts["key"] = f"{letter}{number}"


def is_key(text: str) -> bool:
    """Tell whether a text can be the key of a row."""
    return bool(_KEY.fullmatch(text))
