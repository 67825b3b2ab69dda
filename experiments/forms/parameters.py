"""The rows in which people define parameters."""

import re
from collections.abc import Callable, Mapping

from django import forms
from django.core.exceptions import ValidationError

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from experiments.forms.numbers import parse_integer, parse_number
from experiments.forms.values import detect_type, parse_values, split_values
from experiments.search_space import MOST_PARAMETERS, named_parameter_problems, normal_name

Row = dict[str, str]
"""What was typed into one row, by field; a box that is not ticked has no entry."""

_RANGE_TYPES = {"float": ValueType.FLOAT, "int": ValueType.INT}
_FIELDS_OF_KIND = {
    "float": {"lower", "upper", "log_scale", "step"},
    "int": {"lower", "upper", "log_scale", "step"},
    "choice": {"data_type", "values", "is_ordered"},
    "fixed": {"data_type", "value"},
}
_TEXTS = ("name", "lower", "upper", "step", "values", "value")
_FIELD_OF_PROBLEM = {"value_type": "kind"}
_KEY = re.compile(r"p(\d{1,6})-([a-z_]+)")


def _text(label: str, widget: forms.Widget | None = None, **attrs: str) -> forms.CharField:
    # No maxlength: browsers cut what is pasted without a word. The rules judge the length.
    widget = widget or forms.TextInput()
    widget.attrs |= {"autocomplete": "off", "spellcheck": "false", **attrs}
    return forms.CharField(label=label, required=False, strip=False, widget=widget)


class ParameterForm(forms.Form):
    """One row: a parameter's name and how it varies. Fields of other types are ignored."""

    use_required_attribute = False

    name = _text("Parameter name")
    kind = forms.ChoiceField(
        label="Type",
        choices=[("float", "Float"), ("int", "Integer"), ("choice", "Choice"), ("fixed", "Fixed")],
        initial="float",
        widget=forms.Select(attrs={"class": "kind"}),
        error_messages={
            "required": "Choose one of these types.",
            "invalid_choice": "Choose one of these types.",
        },
    )
    lower = _text("Lower bound", inputmode="decimal")
    upper = _text("Upper bound", inputmode="decimal")
    log_scale = forms.BooleanField(label="Log scale", required=False)
    step = _text("Step", inputmode="decimal", placeholder="none")
    data_type = forms.ChoiceField(
        label="Data",
        required=False,
        choices=[
            ("", "Detect"),
            (ValueType.TEXT.value, "Text"),
            (ValueType.INT.value, "Integers"),
            (ValueType.FLOAT.value, "Floats"),
            (ValueType.BOOL.value, "Yes/no"),
        ],
        error_messages={"invalid_choice": "Choose one of these."},
    )
    values = _text("Values", forms.Textarea(attrs={"rows": 1}), placeholder="one, two, three")
    is_ordered = forms.BooleanField(label="Ordered", required=False)
    value = _text("Value")

    def __init__(self, row: Row, *, number: int, is_checked: bool) -> None:
        """Make row ``number`` (from 1); what was typed is judged only if ``is_checked``."""
        self.number = number
        self.row = row
        prefix = f"p{number}"
        data = {f"{prefix}-{field}": text for field, text in row.items()} if is_checked else None
        super().__init__(data, initial=row, prefix=prefix)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row does not count."""
        return not any(self.row.get(field, "").strip() for field in _TEXTS)

    @property
    def typed_name(self) -> str:
        """The name as it will be kept."""
        return normal_name(self.row.get("name", ""))

    @property
    def title(self) -> str:
        """What the page calls it outside its row."""
        return self.typed_name or f"parameter {self.number}"

    @property
    def actions(self) -> dict[str, str]:
        """What the row's buttons send."""
        return {verb: f"{verb}-{self.number}" for verb in ("up", "down", "remove")}

    @property
    def touched_problems(self) -> list[str]:
        """What is wrong with fields that are filled in, whatever is still missing elsewhere."""
        return [
            str(message)
            for field, messages in self.errors.items()
            if self.row.get(field, "").strip()
            for message in messages
        ]

    @property
    def may_vary(self) -> bool:
        """Whether the row declares something to search, right or wrong."""
        return not self.is_blank and self.row.get("kind") != ParameterKind.FIXED

    def clean(self) -> None:
        """Judge the fields that the type has."""
        if self.is_blank:
            self.errors.clear()
            return
        kind = self.cleaned_data.get("kind", "")
        for field in self.errors.keys() - {"name", "kind"} - _FIELDS_OF_KIND.get(kind, set()):
            del self.errors[field]
        spec = self._spec() if "kind" in self.cleaned_data else None
        problems = named_parameter_problems(self.typed_name, spec or _HARMLESS)
        for field, message in problems:
            field = _FIELD_OF_PROBLEM.get(field, field)
            if field not in self.errors:
                self.add_error(field, message)
        if spec and not self.errors:
            self.cleaned_data["draft"] = ParameterDraft(name=self.typed_name, spec=spec)

    @property
    def draft(self) -> ParameterDraft | None:
        """The parameter, if everything is right."""
        return self.cleaned_data.get("draft") if self.is_valid() else None

    def _spec(self) -> ParameterSpec | None:
        kind = self.cleaned_data["kind"]
        if kind in _RANGE_TYPES:
            return self._range(_RANGE_TYPES[kind])
        return self._choice() if kind == ParameterKind.CHOICE else self._fixed()

    def _range(self, value_type: ValueType) -> ParameterSpec | None:
        parse: Callable[[str], float] = (
            parse_integer if value_type is ValueType.INT else parse_number
        )
        lower, upper, step = (self._number(field, parse) for field in ("lower", "upper", "step"))
        if self.errors.keys() & {"lower", "upper", "step"}:
            return None
        return ParameterSpec(
            key="",
            kind=ParameterKind.RANGE,
            value_type=value_type,
            lower=lower,
            upper=upper,
            log_scale=self.cleaned_data["log_scale"],
            step=step,
        )

    def _number(self, field: str, parse: Callable[[str], float]) -> float | None:
        text = self.cleaned_data.get(field, "")
        if not text.strip():
            if field != "step" and field not in self.errors:
                self.add_error(field, "Enter a number.")
            return None
        try:
            return parse(text)
        except ValidationError as error:
            self.add_error(field, error)
            return None

    def _choice(self) -> ParameterSpec | None:
        if self.errors.keys() & {"values", "data_type"}:
            return None
        try:
            texts = split_values(self.cleaned_data["values"])
            if not texts and self.cleaned_data["data_type"] == ValueType.BOOL:
                texts = ["no", "yes"]
            value_type = self._value_type(texts)
            values = parse_values(texts, value_type)
        except ValidationError as error:
            self.add_error("values", error)
            return None
        return ParameterSpec(
            key="",
            kind=ParameterKind.CHOICE,
            value_type=value_type,
            values=values,
            is_ordered=self.cleaned_data["is_ordered"] and value_type is not ValueType.BOOL,
        )

    def _fixed(self) -> ParameterSpec | None:
        if self.errors.keys() & {"value", "data_type"}:
            return None
        text = self.cleaned_data["value"].strip()
        value_type = self._value_type([text])
        try:
            value = parse_values([text], value_type)[0] if text else None
        except ValidationError as error:
            self.add_error("value", error)
            return None
        return ParameterSpec(key="", kind=ParameterKind.FIXED, value_type=value_type, value=value)

    def _value_type(self, texts: list[str]) -> ValueType:
        data = self.cleaned_data["data_type"]
        return ValueType(data) if data else detect_type(texts)


_HARMLESS = ParameterSpec(key="", kind=ParameterKind.FIXED, value_type=ValueType.BOOL, value=True)
"""Stands in for what could not be read, so that the name is judged all the same."""


def read_rows(data: Mapping[str, str]) -> list[Row]:
    """Return what was typed into each row, in order; more rows than could count are left out."""
    rows: dict[int, Row] = {}
    for key in data:
        match = _KEY.fullmatch(key)
        if match and match[2] in ParameterForm.base_fields:
            rows.setdefault(int(match[1]), {})[match[2]] = data[key]
    return [rows[number] for number in sorted(rows)][: MOST_PARAMETERS + 1]
