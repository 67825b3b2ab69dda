"""Which parameters are fixed, and at which values, when suggestions for the rest are asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.domain import ParameterKind, ParameterValue
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.forms.point import LONGEST, is_chosen, read_value
from experiments.forms.results import CountForm
from experiments.forms.values import value_text
from experiments.outside import value_outside


class FixingForm(CountForm):
    """A field for each parameter, blank where it is free; how many are wanted."""

    def __init__(self, data: Any = None, *, definition: ExperimentDraft, most: int) -> None:
        super().__init__(data, most=most)
        self._drafts = [draft for draft in definition.parameters if is_chosen(draft.spec)]
        self.fixed: dict[str, ParameterValue] = {}
        for draft in self._drafts:
            self.fields[draft.spec.key] = _field(draft)

    @property
    def entries(self) -> list[forms.BoundField]:
        """The parameters’ fields."""
        return [self[draft.spec.key] for draft in self._drafts]

    def clean(self) -> dict[str, Any]:
        """Read what is fixed: at least one parameter, not all, within the search space."""
        cleaned = super().clean() or {}
        for draft in self._drafts:
            key, text = draft.spec.key, str(cleaned.get(draft.spec.key) or "")
            if not text.strip():
                continue
            try:
                value = read_value(text, draft)
                if reason := value_outside(draft.spec, value):
                    raise ValidationError(reason)
            except ValidationError as error:
                self.add_error(key, error.messages[0])
            else:
                self.fixed[key] = value
        if not self.errors and not self.fixed:
            self.add_error(None, "Fix at least one parameter; those that stay blank are suggested.")
        if not self.errors and len(self.fixed) == len(self._drafts):
            self.add_error(None, "Leave one parameter blank, or add your own trial: all are fixed.")
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
