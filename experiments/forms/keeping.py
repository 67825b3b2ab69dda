"""A range to keep on an axis of the plots, as people type it."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError

from experiments.forms.numbers import parse_number, quote


class Axis(Protocol):
    """What a range can be kept on."""

    @property
    def key(self) -> str:
        """What it is known by."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def labels(self) -> Sequence[str]:
        """The values in order, if they are no numbers."""


class KeepForm(forms.Form):
    """An axis, and where the range begins and ends, in numbers or labels; one end may be open."""

    keep_axis = forms.ChoiceField(label="Axis")
    keep_from = forms.CharField(label="From", required=False, max_length=1000)
    keep_to = forms.CharField(label="To", required=False, max_length=1000)

    def __init__(self, data: Any, axes: Sequence[Axis]) -> None:
        super().__init__(data)
        self._axes = {axis.key: axis for axis in axes}
        self.fields["keep_axis"].choices = [(axis.key, axis.title) for axis in axes]  # type: ignore[attr-defined]
        for name in ("keep_from", "keep_to"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "size": 10}

    def clean(self) -> dict[str, Any]:
        """Read both ends on the axis: numbers, or places among its labels."""
        cleaned = super().clean() or {}
        axis = self._axes.get(cleaned.get("keep_axis", ""))
        ends = {
            "keep_from": self._end("keep_from", axis, -math.inf),
            "keep_to": self._end("keep_to", axis, math.inf),
        }
        if self.errors or axis is None:
            return cleaned
        if math.isinf(ends["keep_from"]) and math.isinf(ends["keep_to"]):
            self.add_error("keep_from", "Say where the range begins, where it ends, or both.")
        elif ends["keep_from"] > ends["keep_to"]:
            self.add_error("keep_to", "This comes before the beginning.")
        return cleaned | ends

    def _end(self, name: str, axis: Axis | None, otherwise: float) -> float:
        text = self.cleaned_data.get(name, "")
        if not text or axis is None:
            return otherwise
        try:
            return _place(text, axis.labels) if axis.labels else parse_number(text)
        except ValidationError as error:
            self.add_error(name, error)
            return otherwise


def _place(text: str, labels: Sequence[str]) -> float:
    wanted = text if text in labels else text.casefold()
    places = {label.casefold(): place for place, label in enumerate(labels)}
    places |= {label: place for place, label in enumerate(labels)}
    if wanted not in places:
        some = ", ".join(labels[:5]) + (" …" if len(labels) > 5 else "")
        raise ValidationError(f"{quote(text)} is not on this axis. It has: {some}.")
    return float(places[wanted])
