"""What is asked before an act is done to many trials at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from experiments.definition_rules import tags_problem
from experiments.domain import Result
from experiments.forms.results import ResultForm
from experiments.models import Metric, Trial
from experiments.search_space import normal_name

MOST_AT_ONCE = 200
"""How many results can be entered on one page."""

_TOO_LONG = {"max_length": "The reason may have 500 characters at most."}


class ReasonForm(forms.Form):
    """Why; it may be left blank."""

    reason = forms.CharField(
        label="Why? (optional)", max_length=500, required=False, error_messages=_TOO_LONG
    )


class FailForm(ReasonForm):
    """Why, and whether these points may come again."""

    is_avoided = forms.BooleanField(
        label="Never suggest exactly these parameters again", required=False
    )


class AssignForm(forms.Form):
    """Who is to have the trials."""

    to = forms.ChoiceField(
        label="Who has them from now on",
        error_messages={
            "invalid_choice": "They are not in the team any more: choose somebody else."
        },
    )

    def __init__(
        self, data: Any = None, *, members: Iterable[tuple[int, str]], initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*((str(pk), name) for pk, name in members), ("nobody", "nobody")]

    @property
    def person(self) -> int | None:
        """The id of whoever was chosen; ``None``: nobody."""
        to = self.cleaned_data["to"]
        return None if to == "nobody" else int(to)


class DueForm(forms.Form):
    """Until when."""

    due_on = forms.DateField(
        label="Due on",
        required=False,
        help_text="Leave it blank to take the day away.",
        widget=forms.DateInput({"type": "date"}),
        error_messages={"invalid": "Write a day such as 2031-05-04."},
    )


class TagForm(forms.Form):
    """Tags to add, and tags to remove."""

    add = forms.CharField(label="Add these tags", required=False, max_length=1000)
    remove = forms.CharField(label="Remove these tags", required=False, max_length=1000)

    def clean_add(self) -> list[str]:
        """Split at the commas; refuse what cannot be a tag."""
        tags = _tags(self.cleaned_data["add"])
        if problem := tags_problem(tuple(tags)):
            raise forms.ValidationError(problem)
        return tags

    def clean_remove(self) -> list[str]:
        """Split at the commas."""
        return _tags(self.cleaned_data["remove"])

    def clean(self) -> dict[str, Any]:
        """Something has to be said."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("add") and not cleaned.get("remove"):
            self.add_error("add", "Type a tag, or several with commas between them.")
        return cleaned


def _tags(text: str) -> list[str]:
    typed = (normal_name(tag) for tag in text.split(","))
    return list(dict.fromkeys(tag for tag in typed if tag))


class _GridForm(ResultForm):
    """The results of one of many trials: a row that is left blank is left out."""

    prompt = ""

    def _is_required(self, metric: Metric) -> bool:
        return False

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any(str(self.data.get(self.add_prefix(n), "")).strip() for n in self.fields)

    def clean(self) -> None:
        """Once something was typed, each objective needs its result."""
        super().clean()
        if self.is_blank:
            return
        for metric in self.metrics:
            if metric.is_objective and self.cleaned_data.get(metric.key, 0.0) is None:
                self.add_error(metric.key, "Type this result, too, or empty the row.")


class ResultGrid:
    """The results of several running trials, a row each, on one page."""

    def __init__(
        self, data: Any, *, metrics: Sequence[Metric], trials: Iterable[Trial], noise: str
    ) -> None:
        self.forms = [
            _GridForm(data, metrics=metrics, trial=trial, noise=noise, prefix=f"t{trial.number}")
            for trial in trials
        ]
        self.problem = ""

    def is_valid(self) -> bool:
        """Tell whether each row that is not blank can be used, and one is not blank."""
        checked = [form.is_valid() for form in self.forms]
        if all(checked) and all(form.is_blank for form in self.forms):
            self.problem = "Type at least one trial’s results."
            return False
        return all(checked)

    @property
    def results(self) -> Mapping[int, Mapping[Metric, Result]]:
        """What was typed, by the trials’ numbers."""
        return {form.trial.number: form.results() for form in self.forms if not form.is_blank}
