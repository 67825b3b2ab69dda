"""What people type when they decide: a choice and why, what a trial costs, and a conclusion."""

import uuid

from django import forms
from django.core.exceptions import ValidationError

from experiments.forms.numbers import parse_integer, parse_number
from experiments.models import Experiment, Trial

LONGEST_REASON = 500
LONGEST_SUMMARY = 10_000
LONGEST_UNIT = 30
_LARGEST_NUMBER = 2**31 - 1


class ChoiceForm(forms.Form):
    """A trial, by its number, and the reason to choose it.

    ``seen`` is the revision of the choice that stood on the page, 0 for none.
    """

    trial = forms.CharField(
        label="Trial",
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "list": "candidates"}
        ),
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_REASON}),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: object, experiment: Experiment, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._experiment = experiment

    def clean_trial(self) -> Trial:
        """Find the trial that the number names."""
        typed = self.cleaned_data["trial"]
        if not typed.strip():
            raise ValidationError("Say which trial.")
        number = parse_integer(typed)
        trials = self._experiment.trials
        found = trials.filter(number=number).first() if 0 <= number <= _LARGEST_NUMBER else None
        if found is None:
            raise ValidationError(f"There is no trial {number}.")
        return found

    def clean_reason(self) -> str:
        """Refuse a blank reason."""
        reason = _readable(self.cleaned_data["reason"]).strip()
        if not reason:
            raise ValidationError("Say why: others will read it.")
        if len(reason) > LONGEST_REASON:
            raise ValidationError(
                f"A reason has {LONGEST_REASON} characters at most; this one has {len(reason)}."
            )
        return reason


class CostForm(forms.Form):
    """What one more trial costs, and in which unit; a blank says that nobody knows."""

    cost = forms.CharField(
        label="One more trial costs",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    unit = forms.CharField(
        label="Unit",
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": "hours, €, …", "maxlength": LONGEST_UNIT, "autocomplete": "off"}
        ),
    )

    def clean_cost(self) -> float | None:
        """Read a number above 0."""
        typed = self.cleaned_data["cost"]
        if not typed.strip():
            return None
        cost = parse_number(typed)
        if cost <= 0:
            raise ValidationError("What a trial costs has to be above 0.")
        return cost

    def clean_unit(self) -> str:
        """Refuse a unit that is too long."""
        unit = " ".join(_readable(self.cleaned_data["unit"]).split())
        if len(unit) > LONGEST_UNIT:
            raise ValidationError(f"A unit has {LONGEST_UNIT} characters at most.")
        return unit


class ConclusionForm(forms.Form):
    """What the person concludes, in words, and whether the experiment is completed with it.

    ``seen`` is the revision of the results that stood on the page; ``key`` names the act.
    """

    summary = forms.CharField(
        label="What we conclude",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Optional. The best, the team’s choice and the evidence come by themselves.",
    )
    completes = forms.BooleanField(label="The experiment is completed with this", required=False)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    key = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_summary(self) -> str:
        """Refuse a text that is too long."""
        summary = _readable(self.cleaned_data["summary"]).strip()
        if len(summary) > LONGEST_SUMMARY:
            raise ValidationError(
                f"A conclusion has {LONGEST_SUMMARY:,} characters at most; this one has "
                f"{len(summary):,}."
            )
        return summary


def _readable(text: str) -> str:
    """Keep line breaks as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
