"""What the list of experiments is asked for: which ones, in which order."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from experiments.models import ExperimentStatus

ANY_STATUS = "any"

SORTS = {
    "": "last activity",
    "name": "name",
    "newest": "newest first",
    "trials": "most trials done",
}

Choices = Iterable[tuple[object, str]]


class ListForm(forms.Form):
    """Search, filters and order; each may be missing, and what is wrong is left out."""

    q = forms.CharField(label="Search", max_length=200, required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            ("", "all but archived"),
            *ExperimentStatus.choices,
            (ANY_STATUS, "all, archived too"),
        ],
        error_messages={"invalid_choice": "There is no such status: it was left out."},
    )
    tag = forms.ChoiceField(
        label="Tag",
        required=False,
        error_messages={"invalid_choice": "No experiment has this tag any more: it was left out."},
    )
    owner = forms.ChoiceField(
        label="Owner",
        required=False,
        error_messages={
            "invalid_choice": "This person owns no experiment here: they were left out."
        },
    )
    team = forms.ChoiceField(
        label="Team",
        required=False,
        error_messages={"invalid_choice": "You are not in this team: it was left out."},
    )
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=list(SORTS.items()),
        error_messages={"invalid_choice": "There is no such order: it was left out."},
    )

    def __init__(
        self, data: QueryDict, *, tags: Iterable[str], owners: Choices, teams: Choices
    ) -> None:
        super().__init__(data, auto_id="list-%s")
        self._offered: dict[str, int] = {}
        self._offer("tag", "any", ((tag, tag) for tag in tags))
        self._offer("owner", "anybody", owners)
        self._offer("team", "any", teams)
        self.fields["q"].widget.attrs |= {"type": "search", "autocomplete": "off"}
        self.is_valid()

    def _offer(self, name: str, none: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        offered = [(str(key), text) for key, text in choices]
        field.choices = [("", none), *offered]
        self._offered[name] = len(offered)

    def value(self, name: str) -> str:
        """Return what was asked for, "" where nothing (usable) was."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def shown(self) -> list[forms.BoundField]:
        """The selects in which there is something to choose."""
        least = {"tag": 1, "owner": 2, "team": 2}
        some = [n for n, count in least.items() if self._offered[n] >= count or self.errors.get(n)]
        return [self[name] for name in ["status", *some, "sort"]]

    @property
    def is_narrowed(self) -> bool:
        """Whether some experiments may be left out because of what was asked for."""
        return any(self.value(name) for name in ("q", "status", "tag", "owner", "team"))

    @property
    def hides_archived(self) -> bool:
        """Whether archived experiments are left out."""
        return not self.value("status")

    def query(self, **changes: object) -> str:
        """Return this view as a query string, "" for the plain list."""
        values = {name: self.value(name) for name in self.fields} | changes
        return urlencode({name: value for name, value in values.items() if value})
