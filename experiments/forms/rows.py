"""Rows of fields: what was typed into them, what is wrong with it, and how they are shown.

A page may have thousands of fields; Django's own forms would take a second for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.core.exceptions import ValidationError

from experiments.forms.numbers import parse_integer, parse_number

Texts = dict[str, str]
"""What was typed into one row, by field; a box that is not ticked has no entry."""

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind of row. ``css`` tells for which types of row it counts."""

    label: str
    control: str = "text"
    options: Options = ()
    initial: str = ""
    css: str = ""
    placeholder: str = ""
    inputmode: str = ""
    help: str = ""
    rows: int = 1


class Cell:
    """A field of one row, as templates show it."""

    def __init__(self, row: "Row", name: str) -> None:
        self.field = row.FIELDS[name]
        self.name = name
        self.html_name = f"{row.prefix}{name}"
        self.id = f"id_{self.html_name}"
        self.value = row.texts.get(name, self.field.initial)
        self.errors = row.errors.get(name, ())
        self.label = row.label(name)
        self.options = row.options(name)

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """The options, each with whether it is chosen; an unknown choice stays visible."""
        shown = [(value, label, value == self.value) for value, label in self.options]
        if self.value and not any(is_chosen for *_, is_chosen in shown):
            shown.insert(0, (self.value, "(gone)", True))
        return shown


class Row:
    """A row of fields. Subclasses say which ones, and what becomes of them."""

    FIELDS: ClassVar[Mapping[str, Field]] = {}

    def __init__(self, texts: Mapping[str, str], *, prefix: str = "", number: int = 0) -> None:
        self.texts = texts
        self.number = number
        self.prefix = prefix
        self.errors: dict[str, list[str]] = {}

    def __getitem__(self, name: str) -> Cell:
        """Return a field for a template; ``KeyError`` lets it look for an attribute."""
        if name not in self.FIELDS:
            raise KeyError(name)
        return Cell(self, name)

    @property
    def handle(self) -> str:
        """What the row is called in the names of its fields and buttons, such as ``p2``."""
        return self.prefix.rstrip("-")

    @property
    def actions(self) -> dict[str, str]:
        """What the row's buttons send."""
        return {verb: f"{verb}-{self.handle}" for verb in ("up", "down", "remove", "term")}

    def label(self, name: str) -> str:
        """Return what a field is called."""
        return self.FIELDS[name].label

    def options(self, name: str) -> Options:
        """Return what can be chosen in a field."""
        return self.FIELDS[name].options

    def add_error(self, name: str, error: str | ValidationError) -> None:
        """Note down what is wrong with a field; the first thing said of it is enough."""
        texts = error.messages if isinstance(error, ValidationError) else [error]
        self.errors.setdefault(name, list(texts))

    def text(self, name: str) -> str:
        """Return what was typed, without outer blanks."""
        return self.texts.get(name, "").strip()

    def lines(self, name: str) -> str:
        """Return a text of several lines; browsers send line ends of their own."""
        return self.texts.get(name, "").replace("\r\n", "\n").replace("\r", "\n")

    def is_ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return self.text(name) not in ("", "off", "false")

    def chosen(self, name: str) -> str:
        """Return what was chosen, or what is chosen where nothing was; else note an error."""
        chosen = self.text(name) or self.FIELDS[name].initial
        if chosen not in (value for value, _ in self.options(name)):
            self.add_error(name, "Choose one of these.")
        return chosen

    def float_of(self, name: str) -> float | None:
        """Return the number that was typed, ``None`` for a blank or wrong field."""
        if not self.text(name):
            return None
        try:
            return parse_number(self.texts[name])
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def int_of(self, name: str) -> int | None:
        """Return the whole number that was typed, ``None`` for a blank or wrong field."""
        if not self.text(name):
            return None
        try:
            return parse_integer(self.texts[name])
        except ValidationError as error:
            self.add_error(name, error)
            return None
