"""What the table of trials is asked for: which trials, in which order, with which columns."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from experiments.domain import TrialStatus
from experiments.forms.numbers import parse_number

MINE, NOBODY, NONE = "mine", "nobody", "none"
FROM, TO = "-from", "-to"


class Filtered(Protocol):
    """A parameter or metric that a range, or some of its values, can be asked of."""

    @property
    def key(self) -> str:
        """What it is known by."""

    @property
    def title(self) -> str:
        """What people call it, with its unit."""

    @property
    def labels(self) -> Sequence[str]:
        """Its values, if they are no numbers."""


class TableForm(forms.Form):
    """Search and filters; each may be missing. What is wrong is told, and left out."""

    q = forms.CharField(label="Search", max_length=200, required=False)
    status = forms.MultipleChoiceField(
        label="Status",
        required=False,
        choices=[(status.value, status.value.replace("_", " ")) for status in TrialStatus],
        error_messages={"invalid_choice": "There is no such status: it was left out."},
        widget=forms.CheckboxSelectMultiple,
    )
    person = forms.ChoiceField(
        label="Who has or had it",
        required=False,
        error_messages={"invalid_choice": "This person has no trial here: they were left out."},
    )
    tag = forms.ChoiceField(
        label="Tag",
        required=False,
        error_messages={"invalid_choice": "No trial has this tag any more: it was left out."},
    )
    overdue = forms.BooleanField(label="Overdue", required=False)

    def __init__(
        self,
        data: QueryDict,
        *,
        people: Iterable[tuple[str, str]],
        tags: Iterable[str],
        columns: Iterable[Filtered],
    ) -> None:
        super().__init__(data, auto_id="trials-%s")
        self._offer("person", [("", "anybody"), (MINE, "me"), (NOBODY, "nobody"), *people])
        self._offer("tag", [("", "any"), *((tag, tag) for tag in tags)])
        self.fields["q"].widget.attrs |= {"type": "search", "autocomplete": "off"}
        self._columns = {column.key: column for column in columns}
        for column in self._columns.values():
            self._add(column)
        self.is_valid()

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _add(self, column: Filtered) -> None:
        if column.labels:
            self.fields[column.key] = forms.MultipleChoiceField(
                label=column.title,
                required=False,
                choices=[(str(n), label) for n, label in enumerate(column.labels)],
                error_messages={"invalid_choice": "There is no such value: it was left out."},
                widget=forms.CheckboxSelectMultiple,
            )
            return
        for end, label in ((FROM, "from"), (TO, "to")):
            widget = forms.TextInput(
                {"size": 8, "autocomplete": "off", "inputmode": "decimal",
                 "aria-label": f"{column.title} {label}", "placeholder": label}
            )  # fmt: skip
            self.fields[column.key + end] = _Bound(required=False, max_length=60, widget=widget)

    def clean(self) -> dict[str, Any]:
        """A range ends where it began or after that."""
        cleaned = super().clean() or {}
        for key in self._columns:
            low, high = cleaned.get(key + FROM), cleaned.get(key + TO)
            if low is not None and high is not None and high < low:
                self.add_error(key + TO, "This is below the beginning.")
        return cleaned

    def value(self, name: str) -> Any:
        """Return what was asked for, something false where nothing (usable) was."""
        return self.cleaned_data.get(name)

    @property
    def ranges(self) -> Mapping[str, tuple[float | None, float | None]]:
        """The ranges that are asked for, by the columns’ keys; an end may be open."""
        ends = {key: (self.value(key + FROM), self.value(key + TO)) for key in self._columns}
        return {key: pair for key, pair in ends.items() if pair != (None, None)}

    @property
    def picked(self) -> Mapping[str, set[float]]:
        """The places of the values that are asked for, by the columns’ keys."""
        found = {key: {float(place) for place in self.value(key) or ()} for key in self._columns}
        return {key: places for key, places in found.items() if places}

    @property
    def by_column(self) -> list[tuple[Filtered, list[forms.BoundField]]]:
        """Each column with its fields: two ends, or the values to pick."""
        return [
            (column, [self[key]] if column.labels else [self[key + FROM], self[key + TO]])
            for key, column in self._columns.items()
        ]

    @property
    def narrows_values(self) -> bool:
        """Whether some column is narrowed, or was meant to be."""
        own = {
            name
            for name in self.fields
            if name.removesuffix(FROM).removesuffix(TO) in self._columns
        }
        return bool(self.ranges or self.picked or own & self.errors.keys())

    @cached_property
    def asked(self) -> list[tuple[str, str]]:
        """Pairs of name and value that ask for the same, without what was wrong."""
        return [
            (name, value)
            for name in self.fields
            if name not in self.errors and self.value(name) not in (None, "", [], False)
            for value in self.data.getlist(name)  # type: ignore[attr-defined]
        ]

    def without(self, *names: str) -> str:
        """Return the query that asks for the same but for some fields."""
        return urlencode([pair for pair in self.asked if pair[0] not in names])


class _Bound(forms.CharField):
    """A number as people write it; ``None`` where there is none."""

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        if not text.strip():
            return None
        try:
            return parse_number(text)
        except ValidationError as error:
            raise ValidationError(error.messages) from None
