"""Which parameters are fixed, and at which values, when suggestions for the rest are asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.domain import ParameterKind, ParameterValue
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.fixing import fixing_problems
from experiments.forms.point import LONGEST, PointEntry, describe, read_value
from experiments.forms.results import CountForm
from experiments.forms.values import value_text
from experiments.search_space import varies


class FixingForm(CountForm):
    """A field for each parameter that suggestions vary, blank where it is free; how many."""

    def __init__(self, data: Any = None, *, definition: ExperimentDraft, most: int) -> None:
        super().__init__(data, most=most)
        self._definition = definition
        self._drafts = [draft for draft in definition.parameters if varies(draft.spec)]
        self.fixed: dict[str, ParameterValue] = {}
        for draft in self._drafts:
            self.fields[draft.spec.key] = _field(draft)
        describe(self, definition)

    @property
    def entries(self) -> list[PointEntry]:
        """The parameters’ fields, with what templates need to know."""
        return [PointEntry(self, draft, self._definition) for draft in self._drafts]

    def clean(self) -> dict[str, Any]:
        """Read what is fixed, and judge whether anything can be suggested around it."""
        cleaned = super().clean() or {}
        for draft in self._drafts:
            key, text = draft.spec.key, str(cleaned.get(draft.spec.key) or "")
            if not text.strip():
                continue
            try:
                self.fixed[key] = read_value(text, draft)
            except ValidationError as error:
                self.add_error(key, error.messages[0])
        if self.errors.keys() <= {"count", "key"}:
            for key, problem in fixing_problems(self._definition, self.fixed).items():
                self.add_error(key or None, problem)
        return cleaned


def _field(draft: ParameterDraft) -> forms.Field:
    label = f"{draft.name} ({draft.unit})" if draft.unit else draft.name
    widget: forms.Widget = forms.TextInput({"autocomplete": "off", "placeholder": "free"})
    if draft.spec.kind is ParameterKind.CHOICE:
        texts = [value_text(value) for value in draft.spec.values]
        widget = forms.Select(choices=[("", "free"), *((text, text) for text in texts)])
    return forms.CharField(
        label=label, required=False, strip=False, max_length=LONGEST, widget=widget
    )
