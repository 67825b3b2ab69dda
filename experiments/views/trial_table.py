"""The table of all trials of an experiment: filtered, sorted, in pages, with chosen columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone

from experiments.domain import TrialStatus
from experiments.forms.trial_table import MINE, NOBODY, TableForm
from experiments.models import Trial
from experiments.plots.columns import columns_of
from experiments.plots.data import PlotData
from experiments.plots.keeping import only
from experiments.plots.rows import PlotRows
from experiments.views.access import signed_in
from experiments.views.kept import TrialPoint
from experiments.views.panels import ExperimentPanels
from experiments.views.repeats import Repeats, repeats_of
from experiments.views.rows import MetricCell, TrialRow

PER_PAGE = 50
NUMBER = "number"
_FIXED = {
    NUMBER: "trial", "status": "status", "who": "who", "ended": "ended", "tags": "tags",
    "due": "due", "taken": "taken", "origin": "how it came", "reason": "reason",
    "notes": "notes",
}  # fmt: skip
_UNSORTED = ("notes",)


@dataclass(frozen=True)
class TableColumn:
    """A column that the table can have; ``kind`` says which template draws its cells."""

    key: str
    title: str
    kind: str
    is_number: bool = False
    is_shown: bool = False

    @property
    def can_sort(self) -> bool:
        """Whether rows can be ordered by it."""
        return self.key not in _UNSORTED


class TableRow(TrialRow):
    """One trial as the table shows it."""

    @cached_property
    def by_key(self) -> dict[str, Any]:
        """The cells of parameters and metrics, by the columns’ keys."""
        cells: dict[str, Any] = {cell.metric.key: cell for cell in self.metric_cells}
        return cells | {cell.parameter.key: cell for cell in self.cells}

    @property
    def version(self) -> str:
        """Changes whenever the row has to be drawn again."""
        trial = self.trial
        own = (trial.tags, trial.requested, trial.notes, self.panels.repeats.get(trial.pk))
        return f"{super().version}/{sha256(repr(own).encode()).hexdigest()[:12]}"

    def repeats_of(self, cell: MetricCell) -> Repeats | None:
        """What all trials with these parameters come to, if there are several."""
        return repeats_of(self.panels, self.trial.pk, cell.metric)


class TrialTable:
    """The table for one person, as their address asks for it."""

    def __init__(self, panels: ExperimentPanels, request: HttpRequest) -> None:
        self.panels = panels
        self.request = request
        self.experiment = panels.experiment
        self.rows = PlotRows(
            trials=panels.trials, means=panels.means, parameters=panels.parameters,
            metrics=panels.metrics, goals=panels.goals, ranking=panels.ranking,
        )  # fmt: skip
        self.axes = columns_of(self.rows)

    @cached_property
    def form(self) -> TableForm:
        """Search and filters."""
        return TableForm(
            self.request.GET,
            people=[(pk, name) for pk, name in self.people.items()],
            tags=sorted({tag for trial in self.panels.trials for tag in trial.tags}),
            columns=self.axes.values(),
        )

    @cached_property
    def people(self) -> dict[int, str]:
        """Who has or had trials, by id."""
        ids = {pk for trial in self.panels.trials for pk in (trial.taken_by, trial.finished_by)}
        users = User.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("username")
        return {user.pk: str(user) for user in users}

    @cached_property
    def offered(self) -> list[TableColumn]:
        """All columns: first those that are shown, in their order."""
        every = {column.key: column for column in self._every()}
        asked = [key for key in self.request.GET.getlist("col") if key in every]
        shown = list(dict.fromkeys(asked)) or [
            key for key in every if key not in ("taken", "origin", "reason", "notes", "due")
        ]
        shown = _moved(shown, self.request.GET.get("move", ""))
        rest = [key for key in every if key not in shown]
        return [
            TableColumn(**(every[key].__dict__ | {"is_shown": key in shown}))
            for key in (*shown, *rest)
        ]

    def _every(self) -> Sequence[TableColumn]:
        fixed = {key: TableColumn(key, title, key) for key, title in _FIXED.items()}
        own = [
            TableColumn(key, axis.title, "metric" if axis.is_metric else "parameter",
                        is_number=not axis.labels)
            for key, axis in self.axes.items()
        ]  # fmt: skip
        first = [fixed.pop(NUMBER), fixed.pop("status")]
        total = [TableColumn("sum", "weighted sum", "sum", is_number=True)]
        return [*first, *(total if self.panels.has_sum else []), *own, *fixed.values()]

    @property
    def columns(self) -> list[TableColumn]:
        """The columns that are shown, in order."""
        return [column for column in self.offered if column.is_shown]

    @cached_property
    def kept(self) -> list[TrialPoint]:
        """The trials that pass all filters, by number."""
        tests = list(self._tests())
        return [t for t in self.panels.trials if all(test(t) for test in tests)]

    def _tests(self) -> "Sequence[Callable[[TrialPoint], bool]]":
        form, tests = self.form, []
        if statuses := set(form.value("status") or ()):
            tests.append(lambda t: t.status in statuses)
        if person := form.value("person"):
            wanted = {MINE: signed_in(self.request).pk, NOBODY: None}.get(person, 0)
            pk = int(person) if wanted == 0 else wanted
            tests.append(lambda t: _holder(t) == pk)
        if tag := form.value("tag"):
            tests.append(lambda t: tag in t.tags)
        if form.value("overdue"):
            today = timezone.localdate()
            running = TrialStatus.RUNNING
            tests.append(lambda t: bool(t.due_on and t.due_on < today and t.status == running))
        for key, (low, high) in form.ranges.items():
            tests.append(_between(self.axes[key].places, low, high))
        for key, picked in form.picked.items():
            places = self.axes[key].places
            tests.append(_among(places, picked))
        if text := (form.value("q") or "").strip():
            found = self._matching(text)
            tests.append(lambda t: t.pk in found)
        return tests

    def _matching(self, text: str) -> set[int]:
        """The ids of trials in whose words each word of the text occurs, or with that number."""
        trials = Trial.objects.filter(experiment=self.experiment).annotate(
            _links=Cast("links", TextField()), _tags=Cast("tags", TextField())
        )
        for word in text.split():
            own = Q(pk__in=[])
            for field in ("notes", "reason", "_tags", "_links", "taken_by__username"):
                own |= Q(**{f"{field}__icontains": word})
            if word.isascii() and word.isdigit() and len(word) < 10:
                own |= Q(number=int(word))
            trials = trials.filter(own)
        return set(trials.values_list("pk", flat=True))

    @cached_property
    def sorting(self) -> tuple[str, bool]:
        """The key of the column that rows are ordered by, and whether the largest comes first."""
        asked = self.request.GET.get("sort", f"-{NUMBER}")
        key = asked.removeprefix("-")
        known = {column.key for column in self.offered if column.can_sort}
        return (key, asked.startswith("-")) if key in known else (NUMBER, True)

    @cached_property
    def ordered(self) -> list[TrialPoint]:
        """The same in the order that was asked for; those without a value come last."""
        key, is_down = self.sorting
        place = self._place_by(key)
        placed = [(value, trial) for trial in self.kept if (value := place(trial)) is not None]
        placed.sort(key=lambda pair: pair[0], reverse=is_down)
        rest = [trial for trial in self.kept if place(trial) is None]
        return [*(trial for _, trial in placed), *rest]

    def _place_by(self, key: str) -> Callable[[TrialPoint], Any]:
        if key in self.axes:
            places = self.axes[key].places
            return lambda t: places.get(t.pk)
        return {
            NUMBER: lambda t: t.number,
            "status": lambda t: t.status,
            "sum": lambda t: self.panels.weighted_sum_of(t.pk),
            "who": lambda t: self.people.get(_holder(t) or 0),
            "ended": lambda t: t.finished_at,
            "taken": lambda t: t.created_at,
            "due": lambda t: t.due_on,
            "tags": lambda t: ", ".join(t.tags).casefold() or None,
            "origin": lambda t: t.origin,
            "reason": lambda t: t.reason.casefold() or None,
        }[key]

    @cached_property
    def page(self) -> Page:
        """The page that was asked for."""
        return Paginator(self.ordered, PER_PAGE).get_page(self.request.GET.get("page"))

    @cached_property
    def shown(self) -> list[TableRow]:
        """Its rows."""
        ids = [trial.pk for trial in self.page.object_list]
        found = Trial.objects.select_related("taken_by", "finished_by").in_bulk(ids)
        return [TableRow(self.panels, found[pk]) for pk in ids if pk in found]

    @property
    def numbers(self) -> list[int]:
        """The numbers of all trials that pass."""
        return [trial.number for trial in self.ordered]

    def parts(self, **changes: Any) -> list[tuple[str, str]]:
        """Return the address’s question as pairs, with some changed; ``None`` takes one out."""
        key, is_down = self.sorting
        parts: dict[str, Any] = {
            "col": [c.key for c in self.columns] if {"col", "move"} & self._asked else None,
            "sort": None if (key, is_down) == (NUMBER, True) else f"{'-' * is_down}{key}",
            "page": self.page.number if self.page.number > 1 else None,
        }
        pairs = [pair for pair in self.form.asked if pair[0] not in changes]
        for name, value in (parts | changes).items():
            several = value if isinstance(value, list) else [value]
            pairs += [(name, str(each)) for each in several if each is not None]
        return pairs

    def query(self, **changes: Any) -> str:
        """Return the same as a query string."""
        return urlencode(self.parts(**changes))

    @property
    def _asked(self) -> set[str]:
        return set(self.request.GET)

    @property
    def previous_query(self) -> str:
        """What asks for the page before."""
        return self.query(page=self.page.number - 1)

    @property
    def next_query(self) -> str:
        """What asks for the page after."""
        return self.query(page=self.page.number + 1)

    @property
    def parts_without_page(self) -> list[tuple[str, str]]:
        """What asks for the same trials, from the first page on."""
        return self.parts(page=None)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns with what a click on their heads asks for."""
        key, is_down = self.sorting
        return [
            {
                "column": column,
                "query": self.query(
                    sort=column.key if key != column.key or is_down else f"-{column.key}", page=None
                ),
                "sorted": ("descending" if is_down else "ascending") if key == column.key else "",
            }
            for column in self.columns
        ]

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Each filter in words, with the query that asks for the same without it."""
        form = self.form
        said: dict[tuple[str, ...], str] = {}
        if form.value("q"):
            said[("q",)] = f"“{form.value('q')}”"
        if form.value("status"):
            said[("status",)] = " or ".join(s.replace("_", " ") for s in form.value("status"))
        if form.value("person"):
            said[("person",)] = dict(form.fields["person"].choices)[form.value("person")]  # type: ignore[attr-defined]
        if form.value("tag"):
            said[("tag",)] = f"tag {form.value('tag')}"
        if form.value("overdue"):
            said[("overdue",)] = "overdue"
        for key, (low, high) in form.ranges.items():
            ends = (
                f"{'' if low is None else f'from {low:g}'} {'' if high is None else f'to {high:g}'}"
            )
            said[(f"{key}-from", f"{key}-to")] = f"{self.axes[key].title} {ends.strip()}"
        for key, picked in form.picked.items():
            labels = self.axes[key].labels
            some = " or ".join(labels[int(place)] for place in sorted(picked))
            said[(key,)] = f"{self.axes[key].title}: {some}"
        return [
            (text, self.query(page=None, **dict.fromkeys(names))) for names, text in said.items()
        ]

    def data(self) -> PlotData:
        """Return what the CSV file has: all that passes, by number, with every column."""
        filtered = only(self.rows, {trial.pk for trial in self.kept})
        notes = dict(
            Trial.objects.filter(experiment=self.experiment).exclude(notes="")
            .values_list("pk", "notes")
        )  # fmt: skip
        return PlotData(
            rows=filtered,
            results=self.panels.results,
            people={t.pk: (self.people.get(_holder(t) or 0, ""), t.created_at) for t in self.kept},
            texts={
                "tags": {t.pk: ", ".join(t.tags) for t in self.kept},
                "due": {t.pk: t.due_on.isoformat() for t in self.kept if t.due_on},
                "notes": notes,
            },
        )


def _holder(trial: TrialPoint) -> int | None:
    """Who has a trial that runs, or finished one that does not."""
    if trial.status == TrialStatus.RUNNING:
        return trial.taken_by
    return trial.finished_by or trial.taken_by


def _between(
    places: Mapping[int, float], low: float | None, high: float | None
) -> Callable[[TrialPoint], bool]:
    def test(trial: TrialPoint) -> bool:
        place = places.get(trial.pk)
        if place is None:
            return False
        return (low is None or place >= low) and (high is None or place <= high)

    return test


def _among(places: Mapping[int, float], picked: set[float]) -> Callable[[TrialPoint], bool]:
    return lambda trial: places.get(trial.pk) in picked


def _moved(shown: list[str], asked: str) -> list[str]:
    """Move one column a place to the left or right: ``p3:left``."""
    key, _, side = asked.partition(":")
    if key not in shown:
        return shown
    here = shown.index(key)
    there = max(0, here - 1) if side == "left" else min(len(shown) - 1, here + 1)
    moved = list(shown)
    moved.insert(there, moved.pop(here))
    return moved
