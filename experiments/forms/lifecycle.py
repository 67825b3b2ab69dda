"""What people type about an experiment as a whole: its status, name, tags, notes, command."""

from collections.abc import Mapping
from typing import Any

from django import forms

from experiments.definition_rules import LONGEST_EXPERIMENT_NAME, tags_problem
from experiments.models import ExperimentStatus
from experiments.search_space import name_problem, normal_name
from experiments.shell import EXTRAS, TemplateProblem, normal_template, read_template

LONGEST_NOTES = 100_000


class StatusForm(forms.Form):
    """The status that an experiment is to have."""

    status = forms.ChoiceField(
        choices=ExperimentStatus.choices,
        error_messages={
            "required": "Say which status the experiment is to have.",
            "invalid_choice": "There is no such status.",
        },
    )

    @property
    def wanted(self) -> ExperimentStatus:
        """The status, of a valid form."""
        return ExperimentStatus(self.cleaned_data["status"])

    @property
    def problem(self) -> str:
        """What is wrong."""
        return " ".join(str(error) for error in self.errors.get("status", ()))


class NameForm(forms.Form):
    """A new name."""

    name = forms.CharField(
        label="Name",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def clean_name(self) -> str:
        """Refuse a name that is blank, too long, or would break a line."""
        name = normal_name(self.cleaned_data["name"])
        if problem := name_problem(name, "experiment", LONGEST_EXPERIMENT_NAME):
            raise forms.ValidationError(problem)
        return name


class TagsForm(forms.Form):
    """Tags, separated by commas."""

    tags = forms.CharField(
        label="Tags",
        required=False,
        help_text="Separate tags by commas. The list of experiments can be filtered by them.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autofocus": True, "aria-describedby": "tags-help"}
        ),
    )

    def clean_tags(self) -> list[str]:
        """Split at the commas; blank ones and those that come twice count for nothing."""
        typed = (normal_name(tag) for tag in self.cleaned_data["tags"].split(","))
        tags = list(dict.fromkeys(tag for tag in typed if tag))
        if problem := tags_problem(tuple(tags)):
            raise forms.ValidationError(problem)
        return tags


class CommandForm(forms.Form):
    """A command template; ``is_text`` says of each parameter whether its values are texts."""

    command = forms.CharField(
        label="Command template",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "autofocus": True,
                "spellcheck": "false",
                "autocapitalize": "off",
                "aria-describedby": "command-help",
                "placeholder": "python train.py {flags}",
            }
        ),
    )

    def __init__(self, *args: Any, is_text: Mapping[str, bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_text = is_text

    @property
    def known(self) -> list[tuple[str, str]]:
        """What a template can name beside what it is: a parameter, or one of the extras."""
        names = {name: "" for name in self._is_text if not {"{", "}"} & set(name)}
        return [(f"{{{name}}}", what) for name, what in (EXTRAS | names).items()]

    def clean_command(self) -> str:
        """Refuse a template in which a value could break out, or that names what is not there."""
        template = normal_template(self.cleaned_data["command"])
        if template:
            try:
                read_template(template, self._is_text)
            except TemplateProblem as problem:
                raise forms.ValidationError(str(problem)) from problem
        return template


class NotesForm(forms.Form):
    """Notes in Markdown, and a fingerprint of those that the person started from."""

    notes = forms.CharField(
        label="Notes in Markdown",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "autofocus": True}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_notes(self) -> str:
        """Keep line breaks as ``\\n``, as fingerprints expect them."""
        notes = str(self.cleaned_data["notes"]).replace("\r\n", "\n").replace("\r", "\n")
        if len(notes) > LONGEST_NOTES:
            raise forms.ValidationError(
                f"Notes have {LONGEST_NOTES:,} characters at most; these have {len(notes):,}."
            )
        return notes if notes.strip() else ""
