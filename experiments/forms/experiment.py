"""What people type to define an experiment: its own fields, and a row for each parameter."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from experiments.domain import Direction, MetricSpec
from experiments.drafts import ExperimentDraft, MetricDraft
from experiments.forms.numbers import parse_integer
from experiments.forms.parameters import ParameterForm, Row, read_rows
from experiments.search_space import (
    MOST_PARAMETERS,
    duplicate_name_problems,
    name_problem,
    normal_name,
    whole_space_problems,
)

LONGEST_EXPERIMENT_NAME = 200
LONGEST_DESCRIPTION = 10_000
MOST_TRIALS = 1_000_000

Teams = Sequence[tuple[int, str]]
"""The teams among which the person may choose: ids and names."""


def _quiet(label: str, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, strip=False, widget=widget)


class ExperimentForm(forms.Form):
    """The fields of the experiment itself."""

    use_required_attribute = False

    team = forms.ChoiceField(
        label="Team", error_messages={"invalid_choice": "Choose one of your teams."}
    )
    name = _quiet("Name")
    description = forms.CharField(
        label="Description",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is varied and why, how to run a trial: whoever runs one reads it.",
    )
    objective = _quiet("Objective", spellcheck="false", placeholder="loss")
    direction = forms.ChoiceField(
        choices=[(Direction.MINIMIZE.value, "Minimize"), (Direction.MAXIMIZE.value, "Maximize")],
        initial=Direction.MINIMIZE.value,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose which way is better.",
            "invalid_choice": "Choose which way is better.",
        },
    )
    trial_budget = _quiet("Trial budget", inputmode="numeric", placeholder="none")

    def __init__(self, *args: Any, teams: Teams, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.ChoiceField)
        team.choices = [(str(pk), name) for pk, name in teams]
        # Who has one team has nothing to choose; a team that is sent all the same is judged.
        team.required = len(teams) > 1
        self.only_team = teams[0][0] if len(teams) == 1 else None
        self.fields["trial_budget"].help_text = "Optional: how many trials you can afford."

    def clean_name(self) -> str:
        """Refuse a name that is blank or would break a line."""
        return self._name("name", "experiment", LONGEST_EXPERIMENT_NAME)

    def clean_objective(self) -> str:
        """Refuse a name that is blank or would break a line."""
        return self._name("objective", "objective")

    def _name(self, field: str, what: str, *longest: int) -> str:
        name = normal_name(self.cleaned_data[field])
        if problem := name_problem(name, what, *longest):
            raise ValidationError(problem)
        return name

    def clean_description(self) -> str:
        """Refuse a text that nobody would read."""
        description: str = self.cleaned_data["description"]
        if len(description) > LONGEST_DESCRIPTION:
            raise ValidationError(f"A description has {LONGEST_DESCRIPTION} characters at most.")
        return description

    def clean_trial_budget(self) -> int | None:
        """Return a whole number of trials, ``None`` for a blank field."""
        text: str = self.cleaned_data["trial_budget"]
        if not text.strip():
            return None
        budget = parse_integer(text)
        if not 1 <= budget <= MOST_TRIALS:
            raise ValidationError(f"A budget is a whole number from 1 to {MOST_TRIALS}.")
        return budget

    def clean_team(self) -> int | None:
        """Return the id of the chosen or only team."""
        chosen = self.cleaned_data["team"]
        return int(chosen) if chosen else self.only_team


class DefinitionForm:
    """The whole page: the experiment's fields, the parameters' rows, and the name of the act.

    ``key`` travels with the page, so that sending it twice can be told from meaning it twice.
    """

    def __init__(
        self,
        data: Mapping[str, str],
        rows: Sequence[Row],
        *,
        teams: Teams = (),
        is_checked: bool = False,
    ) -> None:
        """Fill the page with ``data`` and ``rows``; they are judged only if ``is_checked``."""
        self.data = data
        self.rows = rows
        self.is_checked = is_checked
        self.key = _key(data.get("key"))
        self.experiment = ExperimentForm(
            data if is_checked else None, initial=None if is_checked else dict(data), teams=teams
        )
        self.parameters = [
            ParameterForm(row, number=number, is_checked=is_checked)
            for number, row in enumerate(rows, start=1)
        ]
        self.focus = ""
        self.has_team_choice = len(teams) > 1
        self.space_errors: list[str] = []
        if is_checked:
            self.experiment.full_clean()
            self.space_errors = self._check_space()

    @classmethod
    def read(cls, data: QueryDict, *, teams: Teams = ()) -> "DefinitionForm":
        """Fill the page with what was sent, and judge it."""
        fields = {name: str(value) for name, value in data.items()}
        return cls(fields, read_rows(fields), teams=teams, is_checked=True)

    def checked(self) -> "DefinitionForm":
        """Return the same definition, judged."""
        return self if self.is_checked else DefinitionForm(self.data, self.rows, is_checked=True)

    @property
    def is_full(self) -> bool:
        """Whether no further parameter can be added."""
        return len(self.parameters) >= MOST_PARAMETERS

    @property
    def error_count(self) -> int:
        """How many fields are wrong."""
        forms_ = [self.experiment, *self.parameters]
        return sum(len(form.errors) for form in forms_) + len(self.space_errors)

    def draft(self) -> ExperimentDraft | None:
        """Return the definition, ``None`` while something is wrong."""
        if self.error_count:
            return None
        fields = self.experiment.cleaned_data
        return ExperimentDraft(
            name=fields["name"],
            description=fields["description"],
            metrics=(
                MetricDraft(
                    name=fields["objective"],
                    spec=MetricSpec(key="", direction=Direction(fields["direction"])),
                ),
            ),
            trial_budget=fields["trial_budget"],
            parameters=tuple(row.draft for row in self.parameters if row.draft),
        )

    def focus_on(self, name: str) -> None:
        """Let the page open with the focus in a row's name (``name-2``) or on a row's button."""
        self.focus = name
        verb, _, number = name.partition("-")
        if verb == "name":
            self.parameters[int(number) - 1].fields["name"].widget.attrs["autofocus"] = True

    def focus_on_first_error(self) -> None:
        """Let the page open with the focus in the first field that is wrong."""
        fields = [
            (form, name) for form in (self.experiment, *self.parameters) for name in form.fields
        ]
        # The budget stands below the parameters.
        fields.sort(key=lambda field: field[1] == "trial_budget")
        for form, name in fields:
            if name in form.errors:
                form.fields[name].widget.attrs["autofocus"] = True
                return

    def _check_space(self) -> list[str]:
        """Mark names that come twice, and return what is wrong with the parameters as a whole."""
        names = ["" if row.is_blank else row.typed_name for row in self.parameters]
        for problem in duplicate_name_problems(names):
            assert problem.place is not None
            self.parameters[problem.place].add_error(problem.field, problem.message)
        # A parameter that is wrong may be the one that varies once it is right.
        if any(row.may_vary and not row.draft for row in self.parameters):
            return []
        drafts = [row.draft for row in self.parameters]
        whole = whole_space_problems([(draft.name, draft.spec) for draft in drafts if draft])
        return [problem.message for problem in whole if problem.place is None]


def _key(text: object) -> uuid.UUID:
    """Return the key that the page was sent with, or a new one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()
