"""What the history is asked for: whose acts, on which trials, of which kind."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from experiments.models import ChangeKind

LARGEST_NUMBER = 2**31 - 1
MOST_NUMBERS = 1000
TOLD = "told"
"""In front of the name of a person of whom only a restored file tells."""

GROUPS: dict[str, tuple[str, tuple[ChangeKind, ...]]] = {
    "results": (
        "results",
        (
            ChangeKind.TRIAL_COMPLETED,
            ChangeKind.TRIAL_CORRECTED,
            ChangeKind.CURVE_ENTERED,
            ChangeKind.TRIAL_STOPPED_EARLY,
            ChangeKind.TRIALS_IMPORTED,
        ),
    ),
    "ends": (
        "failed, abandoned, reopened",
        (ChangeKind.TRIAL_FAILED, ChangeKind.TRIAL_ABANDONED, ChangeKind.TRIAL_REOPENED),
    ),
    "parameters": (
        "parameters of trials",
        (ChangeKind.PARAMETERS_CORRECTED, ChangeKind.VALUES_USED),
    ),
    "new": (
        "new trials",
        (ChangeKind.SUGGESTIONS_TAKEN, ChangeKind.TRIAL_ADDED, ChangeKind.TRIALS_IMPORTED),
    ),
    "deleted": ("deleted trials", (ChangeKind.TRIAL_DELETED,)),
    "who": ("who has it, and until when", (ChangeKind.TRIAL_ASSIGNED, ChangeKind.TRIAL_DUE)),
    "notes": (
        "notes, tags, links, files",
        (
            ChangeKind.TRIAL_TAGGED,
            ChangeKind.TRIAL_NOTED,
            ChangeKind.TRIAL_LINKED,
            ChangeKind.FILES_CHANGED,
        ),
    ),
    "definition": ("definition", (ChangeKind.DEFINITION_EDITED,)),
    "decisions": (
        "decisions",
        (
            ChangeKind.TEAM_CHOICE_CHANGED,
            ChangeKind.TRIAL_COST_CHANGED,
            ChangeKind.CONCLUDED,
            ChangeKind.CONCLUSION_WITHDRAWN,
            ChangeKind.CONCLUSION_RESTORED,
        ),
    ),
    "experiment": (
        "the experiment itself",
        (
            ChangeKind.EXPERIMENT_CREATED,
            ChangeKind.STATUS_CHANGED,
            ChangeKind.EXPERIMENT_RENAMED,
            ChangeKind.TAGS_CHANGED,
            ChangeKind.NOTES_EDITED,
            ChangeKind.COMMAND_CHANGED,
            ChangeKind.EXPERIMENT_DELETED,
            ChangeKind.EXPERIMENT_RESTORED,
            ChangeKind.EXPERIMENT_BROUGHT,
            ChangeKind.SOURCES_CHANGED,
        ),
    ),
}
"""The kinds of changes that people look for together, by name in addresses, with their label."""

UNDONE = "undone"
"""In addresses, what asks for all that took something back."""


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        error_messages={"invalid": "Write a day as 2026-11-30."},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class HistoryForm(forms.Form):
    """Each filter may be missing; what is wrong is told, and left out."""

    person = forms.ChoiceField(
        label="Person",
        required=False,
        error_messages={"invalid_choice": "This person did nothing here: they were left out."},
    )
    trials = forms.CharField(label="Trials", max_length=200, required=False)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[
            ("", "everything"),
            *((key, label) for key, (label, _) in GROUPS.items()),
            (UNDONE, "what was undone"),
        ],
        error_messages={"invalid_choice": "There is no such kind: it was left out."},
    )
    q = forms.CharField(
        label="Words",
        max_length=200,
        required=False,
        widget=forms.TextInput(
            {"type": "search", "autocomplete": "off", "placeholder": "in reasons, notes, tags …"}
        ),
    )
    since = _day("From")
    until = _day("To")

    def __init__(self, data: QueryDict, *, people: Iterable[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="history-%s")
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "anybody"), *people]
        self.fields["trials"].widget.attrs |= {
            "placeholder": "7, 12-20",
            "autocomplete": "off",
            "inputmode": "numeric",
        }
        self.is_valid()

    def clean_trials(self) -> list[int]:
        """Return the numbers that ``7, 12-20`` names."""
        text = self.cleaned_data["trials"]
        numbers: list[int] = []
        for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
            if part:
                numbers += _numbers(part)
        if len(numbers) > MOST_NUMBERS:
            raise ValidationError(f"Name {MOST_NUMBERS:,} trials at most.")
        return numbers

    def clean(self) -> dict[str, Any]:
        """A time ends on the day on which it began, or after that."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("since"), cleaned.get("until")
        if first and last and last < first:
            self.add_error("until", "This is before the first day.")
        return cleaned

    @property
    def wanted_person(self) -> str:
        """Whose acts are wanted, by id, or by the name that a file tells; "": anybody’s."""
        return str(self.cleaned_data.get("person") or "")

    @property
    def numbers(self) -> list[int]:
        """The trials of interest; empty: all, and what concerns none."""
        return self.cleaned_data.get("trials") or []

    @property
    def kinds(self) -> tuple[ChangeKind, ...]:
        """The kinds of interest, also where they were undone; empty: all."""
        key = self.cleaned_data.get("kind")
        return GROUPS[key][1] if key in GROUPS else ()

    @property
    def is_of_undos(self) -> bool:
        """Whether only what took something back, or did it again, is of interest."""
        return self.cleaned_data.get("kind") == UNDONE

    @property
    def first_day(self) -> date | None:
        """The first day of interest, by the clock of whoever reads."""
        return self.cleaned_data.get("since")

    @property
    def last_day(self) -> date | None:
        """The last day of interest."""
        return self.cleaned_data.get("until")

    @property
    def words(self) -> str:
        """The words that have to occur; blank: any."""
        return self.cleaned_data.get("q", "")

    @property
    def is_narrowed(self) -> bool:
        """Whether something may be left out because of what was asked for."""
        return any(self.cleaned_data.get(name) for name in self.fields)

    def query(self, **changes: object) -> str:
        """Return this view as a query string, "" for the whole history."""
        kept = {name: self.data.get(name, "") for name in self.fields if name not in self.errors}
        return urlencode({name: value for name, value in (kept | changes).items() if value})


def _numbers(part: str) -> range:
    found = re.fullmatch(r"([0-9]{1,10})(?:-([0-9]{1,10}))?", part)
    if not found:
        raise ValidationError("Write numbers of trials: 7, 12-20.")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first or last > LARGEST_NUMBER:
        raise ValidationError(f"“{part}” is no range of trials.")
    if last - first >= MOST_NUMBERS:
        raise ValidationError(f"Name {MOST_NUMBERS:,} trials at most.")
    return range(first, last + 1)
