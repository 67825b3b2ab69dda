"""The rows in which people define parameters. What they refer to is read in ``references``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from django.core.exceptions import ValidationError

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.drafts import Notation, ParameterDraft
from experiments.forms.linear import LinearRow
from experiments.forms.numbers import parse_integer, parse_number
from experiments.forms.rows import Field, Options
from experiments.forms.typed import TypedRow
from experiments.forms.values import detect_type, parse_values, split_values
from experiments.search_space import normal_name

KINDS: Options = (
    ("float", "Float"),
    ("int", "Integer"),
    ("choice", "Choice"),
    ("bool", "Yes/no"),
    ("fixed", "Fixed"),
    ("derived", "Derived"),
)
SWITCHES = ("choice", "bool", "fixed")
"""The types on whose values others can depend."""

_RANGE_TYPES = {"float": ValueType.FLOAT, "int": ValueType.INT}
_DATA_TYPES: Options = (
    ("", "Detect"),
    (ValueType.TEXT.value, "Text"),
    (ValueType.INT.value, "Integers"),
    (ValueType.FLOAT.value, "Floats"),
    (ValueType.BOOL.value, "Yes/no"),
)
_NOTATIONS: Options = (
    (Notation.AUTO.value, "As it fits"),
    (Notation.PLAIN.value, "Plain, 0.00012"),
    (Notation.SCIENTIFIC.value, "Scientific, 1.2e-4"),
)
_TYPED = ("name", "lower", "upper", "step", "values", "value", "intercept", "unit", "description",
          "parent_values", "parent_name", "pinned", "backfill")  # fmt: skip
_MORE = ("data_type", "unit", "description", "digits", "notation", "parent", "parent_name",
         "parent_values", "pinned", "backfill")  # fmt: skip
_QUIET = ("notation", "data_type")
"""Those of them that have something in them anyway."""

_FIELDS_OF_RULES = {
    "value_type": "kind",
    "condition": "parent",
    "key": "name",
    "is_ordered": "values",
}


def _number(label: str, css: str, placeholder: str = "") -> Field:
    return Field(label=label, inputmode="decimal", css=css, placeholder=placeholder)


class ParameterRow(LinearRow):
    """One row: a parameter's name and how it varies. Fields of other types are ignored."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "key": Field(label="", control="hidden"),
        "name": Field(label="Parameter name"),
        "kind": Field(label="Type", control="select", options=KINDS, initial="float"),
        "lower": _number("Lower bound", "for-range"),
        "upper": _number("Upper bound", "for-range"),
        "step": _number("Step", "for-range", placeholder="none"),
        "log_scale": Field(label="Log scale", control="box", css="for-range tick"),
        "data_type": Field(
            label="Kind of values",
            control="select",
            options=_DATA_TYPES,
            css="for-choice for-fixed for-derived",
        ),
        "values": Field(
            label="Values", control="lines", css="for-choice", placeholder="one, two, three"
        ),
        "is_ordered": Field(
            label="Order",
            control="select",
            options=(("", "No order"), ("on", "Ordered")),
            css="for-choice",
        ),
        "value": Field(label="Value", css="for-fixed"),
        "intercept": _number("Constant", "for-derived", placeholder="0"),
        "unit": Field(label="Unit", placeholder="none"),
        "description": Field(label="What it is", control="lines"),
        "digits": Field(label="Significant digits", inputmode="numeric", placeholder="4"),
        "notation": Field(
            label="Written", control="select", options=_NOTATIONS, initial=Notation.AUTO.value
        ),
        "parent": Field(label="Only when", control="reference"),
        "parent_name": Field(label="Only when (name)", control="name"),
        "parent_values": Field(label="is one of", placeholder="one, two"),
        "pinned": Field(
            label="Fixed from now on at",
            placeholder="not fixed",
            css="for-range for-choice for-bool",
            help="Retires the parameter: suggestions have this value, earlier trials keep theirs.",
        ),
        "backfill": Field(
            label="Earlier trials had",
            placeholder="unknown",
            css="for-range for-choice for-bool for-fixed backfill-value",
            help="The model learns from earlier trials only if it knows their value.",
        ),
        "baseline": Field(
            label="Baseline value", css="for-range for-choice for-bool baseline-value"
        ),
    }

    def __init__(
        self,
        typed: TypedRow,
        *,
        number: int,
        is_existing: bool,
        is_edit: bool,
        has_earlier: bool = False,
    ) -> None:
        """Make row ``number`` (from 1) of a new or existing parameter; nothing is judged yet.

        ``has_earlier``: trials of other experiments come along.
        """
        super().__init__(typed, prefix=f"p{number}-", number=number)
        self.shows_pinned = is_existing or bool(self.text("pinned"))
        self.asks_backfill = is_edit and not is_existing
        self.shows_backfill = not self.asks_backfill and (
            has_earlier or bool(self.text("backfill"))
        )
        self.switch_options: Options = ()
        self.draft: ParameterDraft | None = None

    @property
    def key(self) -> str:
        """By what others refer to the parameter."""
        return self.texts["key"]

    @property
    def kind(self) -> str:
        """The chosen type, as the form has them."""
        return self.text("kind") or "float"

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row does not count."""
        return not any(self.text(field) for field in _TYPED) and self.has_blank_terms

    @property
    def typed_name(self) -> str:
        """The name as it will be kept."""
        return normal_name(self.texts.get("name", ""))

    @property
    def title(self) -> str:
        """What the page calls it outside its row."""
        return self.typed_name or f"parameter {self.number}"

    @property
    def is_more_open(self) -> bool:
        """Whether the fields that few need are shown at once."""
        return any(field in self.errors for field in _MORE)

    @property
    def has_more(self) -> bool:
        """Whether any of the fields that few need is filled in."""
        return any(self.text(f) for f in _MORE if f not in _QUIET) or self.text("notation") not in (
            "",
            Notation.AUTO,
        )

    @property
    def touched_problems(self) -> list[str]:
        """What is wrong with fields that are filled in, whatever is still missing elsewhere."""
        return [
            message
            for field, messages in self.errors.items()
            if self.text(field) or field in ("terms", "parent")
            for message in messages
        ]

    def options(self, name: str) -> Options:
        """Return what can be chosen in a field."""
        return self.switch_options if name == "parent" else super().options(name)

    def field_of(self, field: str) -> str:
        """Return the field of this row that shows what the rules call ``field``."""
        field = _FIELDS_OF_RULES.get(field, field)
        return field if field in self.FIELDS or field == "terms" else "name"

    def read(self) -> None:
        """Read all but what refers to other parameters; wrong fields get their errors."""
        spec = self._spec()
        digits = self.int_of("digits")
        notation = self.chosen("notation")
        if spec is None or self.errors:
            return
        pinned = None if self.kind in ("fixed", "derived") else self.value_of("pinned", spec)
        backfill = None if self.kind == "derived" else self.value_of("backfill", spec)
        if self.errors:
            return
        self.draft = ParameterDraft(
            name=self.typed_name,
            spec=replace(spec, pinned=pinned, backfill=backfill),
            unit=self.text("unit"),
            description=self.lines("description"),
            digits=digits,
            notation=Notation(notation),
        )

    def value_of(self, name: str, spec: ParameterSpec) -> ParameterValue | None:
        """Read a field that has one value of the parameter; ``None`` if it is blank or wrong."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse_values([text], spec.value_type)[0]
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def _spec(self) -> ParameterSpec | None:
        kind = self.chosen("kind")
        if "kind" in self.errors:
            return None
        if kind in _RANGE_TYPES:
            return self._range(_RANGE_TYPES[kind])
        return {"choice": self._choice, "bool": self._bool, "fixed": self._fixed,
                "derived": self._derived}[kind]()  # fmt: skip

    def _range(self, value_type: ValueType) -> ParameterSpec | None:
        parse: Callable[[str], float] = (
            parse_integer if value_type is ValueType.INT else parse_number
        )
        lower, upper, step = (self._bound(field, parse) for field in ("lower", "upper", "step"))
        if self.errors.keys() & {"lower", "upper", "step"}:
            return None
        return ParameterSpec(
            key=self.key,
            kind=ParameterKind.RANGE,
            value_type=value_type,
            lower=lower,
            upper=upper,
            log_scale=self.is_ticked("log_scale"),
            step=step,
        )

    def _bound(self, field: str, parse: Callable[[str], float]) -> float | None:
        if not self.text(field):
            if field != "step":
                self.add_error(field, "Enter a number.")
            return None
        try:
            return parse(self.texts[field])
        except ValidationError as error:
            self.add_error(field, error)
            return None

    def _choice(self) -> ParameterSpec | None:
        data_type = self.chosen("data_type")
        is_ordered = self.chosen("is_ordered") == "on"
        if self.errors.keys() & {"data_type", "is_ordered"}:
            return None
        try:
            texts = split_values(self.texts.get("values", ""))
            if not texts and data_type == ValueType.BOOL:
                texts = ["no", "yes"]
            value_type = ValueType(data_type) if data_type else detect_type(texts)
            values = parse_values(texts, value_type)
        except ValidationError as error:
            self.add_error("values", error)
            return None
        return ParameterSpec(
            key=self.key,
            kind=ParameterKind.CHOICE,
            value_type=value_type,
            values=values,
            is_ordered=is_ordered and value_type is not ValueType.BOOL,
        )

    def _bool(self) -> ParameterSpec:
        return ParameterSpec(
            key=self.key,
            kind=ParameterKind.CHOICE,
            value_type=ValueType.BOOL,
            values=(False, True),
        )

    def _fixed(self) -> ParameterSpec | None:
        data_type, text = self.chosen("data_type"), self.text("value")
        if "data_type" in self.errors:
            return None
        value_type = ValueType(data_type) if data_type else detect_type([text])
        spec = ParameterSpec(key=self.key, kind=ParameterKind.FIXED, value_type=value_type)
        value = self.value_of("value", spec)
        return None if "value" in self.errors else replace(spec, value=value)

    def _derived(self) -> ParameterSpec | None:
        """Read the constant; the terms, and with them the type, come once all rows are read."""
        data_type = self.chosen("data_type")
        intercept = self.float_of("intercept")
        if self.errors.keys() & {"data_type", "intercept"}:
            return None
        return ParameterSpec(
            key=self.key,
            kind=ParameterKind.DERIVED,
            value_type=ValueType(data_type or ValueType.FLOAT),
            intercept=intercept or 0.0,
        )
