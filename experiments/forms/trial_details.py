"""What people type about a trial besides its result."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from experiments.forms.many import AssignForm, DueForm
from experiments.models.trial import LONGEST_NOTES, MOST_LINKS

_LONGEST_ADDRESS = 2_000
_LONGEST_LABEL = 200


class NotesForm(forms.Form):
    """Notes, and those that the person had before them."""

    notes = forms.CharField(
        label="Notes in Markdown",
        required=False,
        max_length=LONGEST_NOTES,
        strip=False,
        widget=forms.Textarea({"rows": 8}),
        error_messages={"max_length": f"Notes can have {LONGEST_NOTES:,} characters at most."},
    )
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean_notes(self) -> str:
        """Browsers send line breaks as two characters; one is kept."""
        return self.cleaned_data["notes"].replace("\r\n", "\n")

    def clean_seen(self) -> str:
        """The same for what was there before."""
        return self.cleaned_data["seen"].replace("\r\n", "\n")


class LinksForm(forms.Form):
    """Links, one a line: an address, and after a blank what it is called."""

    links = forms.CharField(
        label="Links",
        required=False,
        max_length=MOST_LINKS * (_LONGEST_ADDRESS + _LONGEST_LABEL),
        widget=forms.Textarea({"rows": 4, "placeholder": "https://… the run on the cluster"}),
        help_text="One a line: the address, then what it is called.",
    )

    def clean_links(self) -> list[tuple[str, str]]:
        """Return pairs of an http(s) address and a label."""
        lines = [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]
        if len(lines) > MOST_LINKS:
            raise ValidationError(f"A trial can have {MOST_LINKS} links at most.")
        return [_link(line) for line in lines]


def _link(line: str) -> tuple[str, str]:
    address, _, label = re.sub(r"\s+", " ", line).partition(" ")
    if len(address) > _LONGEST_ADDRESS or len(label) > _LONGEST_LABEL:
        raise ValidationError(f"“{line[:40]}…” is too long.")
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = address[:80]
        raise ValidationError(f"“{shown}” is no address that starts with https:// or http://.")
    return address, label


class ReasonedForm(forms.Form):
    """How other parameters are meant, and why."""

    USED, WRONG = "used", "wrong"

    meant = forms.ChoiceField(
        label="What these values are",
        choices=[
            (USED, "what the run really used: what was asked for stays beside it"),
            (WRONG, "a correction: something was noted down wrongly"),
        ],
        initial=USED,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what these values are."},
    )
    reason = forms.CharField(label="Why? (optional)", max_length=500, required=False)
    is_outside = forms.BooleanField(
        label="Yes, although they lie outside the search space", required=False
    )
    seen = forms.JSONField(widget=forms.HiddenInput, required=False)
    conflict = False
    """Whether somebody else has changed the parameters meanwhile."""


class WhoForm(AssignForm, DueForm):
    """Who has a trial, and until when; ``seen`` is what stood there when the form was shown."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("to", "due_on", "seen")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["to"].label = "Who has it"
        self.fields["due_on"].help_text = ""

    def clean_seen(self) -> tuple[int | None, date | None] | None:
        """Return who had it, by id, and the day; ``None`` where the form does not say."""
        holder, slash, day = self.cleaned_data["seen"].partition("/")
        try:
            held = int(holder) if holder else None, date.fromisoformat(day) if day else None
        except ValueError:
            return None
        return held if slash else None


def seen_text(holder: int | None, due_on: date | None) -> str:
    """Write who has a trial, by id, and until when, for ``WhoForm``."""
    return f"{holder or ''}/{due_on or ''}"
