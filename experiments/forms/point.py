"""Values for all parameters, as people type them: one point of a search space."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.assignments import applies, assigned
from experiments.constraint_words import constraint_in_words
from experiments.definition_words import condition_in_words, names_of, shape_in_words
from experiments.domain import Condition, ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.forms.values import parse_values, value_text
from experiments.inequalities import holds
from experiments.outside import value_outside
from experiments.references import by_key, offered, same
from experiments.search_space import value_problem

LONGEST = 2_000
"""In characters: more is no value."""


class PointForm(forms.Form):
    """A field for each parameter whose value can be chosen, named by its key.

    ``point`` are the values that apply, with fixed and derived ones, once the form is valid. With
    ``may_be_outside`` values may lie outside the space of today; ``reasons`` then say why they do.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        definition: ExperimentDraft,
        may_be_outside: bool = False,
    ) -> None:
        super().__init__(data)
        self._definition = definition
        self._may_be_outside = may_be_outside
        self._specs = [draft.spec for draft in definition.parameters]
        self._by_key = {spec.key: spec for spec in self._specs}
        self.point: dict[str, ParameterValue] = {}
        self.reasons: list[str] = []
        for draft in definition.parameters:
            if is_chosen(draft.spec):
                self.fields[draft.spec.key] = _field(draft)
        describe(self, definition)

    @cached_property
    def entries(self) -> list["PointEntry"]:
        """The fields in the order of the search space, with what templates need to know."""
        entries = [
            PointEntry(self, draft, self._definition)
            for draft in self._definition.parameters
            if is_chosen(draft.spec)
        ]
        return [entry for entry in entries if entry.can_apply]

    @property
    def is_outside_only(self) -> bool:
        """Whether the values lie outside the space of today, and nothing else is wrong."""
        return self.is_bound and bool(self.reasons)

    def clean(self) -> dict[str, Any]:
        """Read all that applies; what does not apply may stand there, and is not read."""
        cleaned = super().clean() or {}
        values: dict[str, ParameterValue] = {}
        problems: dict[str, str] = {}
        for draft in self._definition.parameters:
            spec = draft.spec
            if spec.kind is ParameterKind.FIXED and spec.value is not None:
                values[spec.key] = spec.value
            elif is_chosen(spec):
                try:
                    values[spec.key] = read_value(str(cleaned.get(spec.key) or ""), draft)
                except ValidationError as error:
                    problems[spec.key] = error.messages[0]
        for key in self._applying(values):
            if key in problems:
                self.add_error(key, problems[key])
        self.point = assigned(self._specs, values)
        if not self.errors:
            self._look_outside()
        return cleaned

    def _applying(self, values: Mapping[str, ParameterValue]) -> list[str]:
        return [spec.key for spec in self._specs if applies(spec, self._by_key, values)]

    def _look_outside(self) -> None:
        """Find what keeps the values from being suggested: an error, or a reason to say so."""
        for draft in self._definition.parameters:
            value = self.point.get(draft.spec.key)
            if value is None or draft.spec.kind is ParameterKind.DERIVED:
                continue
            if reason := value_outside(draft.spec, value):
                self._note(draft.spec.key, reason, f"{draft.name}: {reason}")
        names = {draft.spec.key: draft.name for draft in self._definition.parameters}
        for constraint in self._definition.constraints:
            if not holds(constraint, self.point):
                said = f"This violates {constraint_in_words(constraint, names)}."
                self._note(None, said, said)

    def _note(self, key: str | None, error: str, reason: str) -> None:
        self.reasons.append(reason)
        if not self._may_be_outside:
            self.add_error(key, error)


class PointEntry:
    """One field, with when it applies, and what its slider needs."""

    def __init__(
        self, form: forms.Form, draft: ParameterDraft, definition: ExperimentDraft
    ) -> None:
        self.draft = draft
        self.spec = draft.spec
        self._form = form
        self._fields = form.fields.keys()
        self._definition = definition

    @cached_property
    def field(self) -> forms.BoundField:
        """The field, for templates."""
        return self._form[self.spec.key]

    @property
    def has_slider(self) -> bool:
        """Whether the values are a range of numbers."""
        return self.spec.kind is ParameterKind.RANGE

    @property
    def is_whole(self) -> bool:
        """Whether the values are whole numbers."""
        return self.spec.value_type is ValueType.INT

    @property
    def shape(self) -> str:
        """What a range spans, in words; blank for choices, which list their values."""
        return shape_in_words(self.spec, {}) if self.has_slider else ""

    @property
    def pinned_text(self) -> str:
        """What suggestions have, of a retired parameter; blank for others."""
        return "" if self.spec.pinned is None else value_text(self.spec.pinned)

    @property
    def can_apply(self) -> bool:
        """Whether what the form does not ask for lets the parameter apply."""
        return self._asked[0]

    @property
    def condition(self) -> tuple[str, str] | None:
        """The field that this one depends on, and the texts that switch it on, by lines."""
        condition = self._asked[1]
        if condition is None:
            return None
        return condition.parameter, "\n".join(map(value_text, condition.values))

    @property
    def when(self) -> str:
        """When it applies, in words; blank if always."""
        condition = self._asked[1]
        return condition_in_words(condition, names_of(self._definition)) if condition else ""

    @cached_property
    def _asked(self) -> tuple[bool, Condition | None]:
        """Whether it can apply, and on which field that depends; parents may have one value."""
        specs = by_key([draft.spec for draft in self._definition.parameters])
        spec, seen = self.spec, {self.spec.key}
        while spec.condition is not None and spec.condition.parameter not in self._fields:
            parent = specs.get(spec.condition.parameter)
            if parent is None or parent.key in seen:
                return False, None
            if not any(same(v, w) for v in offered(parent) for w in spec.condition.values):
                return False, None
            seen.add(parent.key)
            spec = parent
        return True, spec.condition


def describe(form: forms.Form, definition: ExperimentDraft) -> None:
    """Let the fields of parameters say what they span, and when they apply."""
    for draft in definition.parameters:
        if draft.spec.key in form.fields:
            entry = PointEntry(form, draft, definition)
            said = filter(None, (entry.shape, entry.when))
            form.fields[draft.spec.key].help_text = ", ".join(said)


def is_chosen(spec: ParameterSpec) -> bool:
    """Tell whether people choose a value: the others are fixed, or follow."""
    return spec.kind in (ParameterKind.RANGE, ParameterKind.CHOICE)


def _field(draft: ParameterDraft) -> forms.Field:
    spec = draft.spec
    label = f"{draft.name} ({draft.unit})" if draft.unit else draft.name
    if spec.kind is ParameterKind.CHOICE:
        texts = [value_text(value) for value in spec.values]
        return forms.CharField(
            label=label,
            required=False,
            strip=False,
            max_length=LONGEST,
            widget=forms.Select(choices=[(text, text) for text in texts]),
        )
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def read_value(text: str, draft: ParameterDraft) -> ParameterValue:
    """Return the value of a parameter that a text says; raises ``ValidationError``."""
    spec = draft.spec
    if not text.strip():
        raise ValidationError("Enter a value.")
    if spec.kind is ParameterKind.CHOICE:
        chosen = [value for value in spec.values if value_text(value) == text]
        if chosen:
            return chosen[0]
    (value,) = parse_values([text], spec.value_type)
    if spec.value_type is not ValueType.TEXT and (problem := value_problem(value, spec.value_type)):
        raise ValidationError(problem)
    return value
