"""Results as people type them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.domain import Result
from experiments.forms.numbers import parse_number
from experiments.models import Metric, Trial


class NumberField(forms.Field):
    """A number in any of the ways in which people write one."""

    widget = forms.TextInput
    default_error_messages = {"required": "Type the result, such as 0.25."}

    def to_python(self, value: Any) -> float | None:
        """Return a float, or ``None`` for a blank field."""
        if value is None or not value.strip():
            return None
        return parse_number(value)


class ResultForm(forms.Form):
    """One metric's result of one trial, with its standard error where it is known."""

    value = NumberField()
    sem = NumberField(required=False)

    def __init__(
        self, data: Any = None, *, metric: Metric, trial: Trial, initial: Any = None
    ) -> None:
        super().__init__(data, auto_id=f"trial-{trial.number}-%s", initial=initial)
        self.metric = metric
        self.trial = trial
        self.fields["value"].label = metric.name

    def clean_sem(self) -> float | None:
        """Refuse a negative standard error."""
        sem: float | None = self.cleaned_data["sem"]
        if sem is not None and sem < 0:
            raise ValidationError("A standard error cannot be negative.")
        return sem

    def results(self) -> dict[Metric, Result]:
        """Return what was entered, by metric."""
        return {self.metric: Result(self.cleaned_data["value"], self.cleaned_data["sem"])}


class CorrectionForm(ResultForm):
    """A result that replaces the one that the person saw."""

    seen_value = forms.FloatField(widget=forms.HiddenInput)
    seen_sem = forms.FloatField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(max_length=500, required=False)

    def seen(self) -> dict[Metric, Result]:
        """Return the results that the person saw."""
        return {self.metric: Result(self.cleaned_data["seen_value"], self.cleaned_data["seen_sem"])}


class ReasonForm(forms.Form):
    """Why a trial failed or was abandoned."""

    reason = forms.CharField(max_length=500, required=False)


class CountForm(forms.Form):
    """How many suggestions are wanted, and the name of the request."""

    count = forms.CharField(
        max_length=20, error_messages={"required": "Ask for 1 suggestion or more."}
    )
    key = forms.UUIDField(
        error_messages=dict.fromkeys(("required", "invalid"), "Reload the page and ask again.")
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most

    def clean_count(self) -> int:
        """Return a whole number from 1 to the most that may be asked for at once."""
        value = parse_number(self.cleaned_data["count"])
        if value != int(value) or not 1 <= value <= self.most:
            raise ValidationError(f"Ask for a whole number from 1 to {self.most}.")
        return int(value)
