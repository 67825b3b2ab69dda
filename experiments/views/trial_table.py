"""The table of all trials of an experiment: filtered, sorted, in pages, with chosen columns."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from experiments.formatting import format_number
from experiments.forms.trial_table import TableForm
from experiments.models import Trial
from experiments.plots.columns import columns_of
from experiments.plots.data import PlotData
from experiments.plots.keeping import only
from experiments.plots.rows import PlotRows
from experiments.views.access import signed_in
from experiments.views.kept import TrialPoint
from experiments.views.panels import ExperimentPanels
from experiments.views.people import names_of
from experiments.views.rows import TrialRow
from experiments.views.table_columns import TableColumn, TableColumns
from experiments.views.table_filters import TableFilters, holder_of, told_key
from experiments.views.table_order import NUMBER, TableOrder

PER_PAGE = 50
_OF_A_COLUMN = re.compile(r"([pm][0-9]+)(-from|-to)?")


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
        repeated = [self.panels.means[pk] for pk in self.panels.repeats.get(trial.pk, ())]
        own = (trial.tags, trial.notes, repeated)
        return f"{super().version}/{sha256(repr(own).encode()).hexdigest()[:12]}"


class TrialTable:
    """The table for one person, as their address asks for it."""

    def __init__(self, panels: ExperimentPanels, request: HttpRequest) -> None:
        self.panels = panels
        self.request = request
        self.experiment = panels.experiment
        self.rows = PlotRows(
            trials=panels.trials, means=panels.means, parameters=panels.parameters,
            metrics=panels.metrics, goals=panels.goals, ranking=panels.ranking,
            repeats=panels.repeats,
        )  # fmt: skip
        self.axes = columns_of(self.rows)

    @cached_property
    def form(self) -> TableForm:
        """Search and filters."""
        return TableForm(
            self.request.GET,
            people=[(str(key), name) for key, name in self.names.items()],
            tags=sorted({tag for trial in self.panels.trials for tag in trial.tags}),
            columns=self.axes.values(),
        )

    @cached_property
    def people(self) -> dict[int, User]:
        """Who has or had trials, by id."""
        ids = {pk for trial in self.panels.trials for pk in (trial.taken_by, trial.finished_by)}
        return User.objects.in_bulk([pk for pk in ids if pk])

    @cached_property
    def told(self) -> set[str]:
        """The user names of those of whom only a restored file says so."""
        trials = self.panels.trials
        found = {name for t in trials for name in (t.told_taken_by, t.told_finished_by)}
        return found - {""}

    @cached_property
    def names(self) -> dict[int | str, str]:
        """What the pages call them: by id, and by what ``holder_of`` has for those of a file."""
        told = {told_key(name): f"{name} (file)" for name in sorted(self.told)}
        return {**names_of(self.people.values()), **told}  # type: ignore[dict-item]

    @cached_property
    def table_columns(self) -> TableColumns:
        """All columns, and which of them are shown."""
        asked = self.request.GET
        return TableColumns(
            self.axes,
            has_sum=self.panels.has_sum,
            asked=asked.getlist("col"),
            move=asked.get("move", ""),
        )

    @property
    def columns(self) -> list[TableColumn]:
        """The columns that are shown, in order."""
        return self.table_columns.shown

    @cached_property
    def kept(self) -> list[TrialPoint]:
        """The trials that pass all filters, by number."""
        return TableFilters(
            self.form, experiment=self.experiment, trials=self.panels.trials, axes=self.axes,
            people=self.people, reader=signed_in(self.request),
        ).kept  # fmt: skip

    @cached_property
    def order(self) -> TableOrder:
        """By which columns rows are ordered; ``then`` asks for one more."""
        known = self.table_columns.sortable
        order = TableOrder.of(self.request.GET.getlist("sort"), known)
        more = self.request.GET.get("then", "")
        return TableOrder.of(order.then(more), known) if more in known else order

    @cached_property
    def ordered(self) -> list[TrialPoint]:
        """The same in the order that was asked for; those without a value come last."""
        return self.order.sorted(self.kept, self._place_by)

    def _place_by(self, key: str) -> Callable[[TrialPoint], Any]:
        if key in self.axes:
            places = self.axes[key].places
            return lambda t: places.get(t.pk)
        names = {pk: name.casefold() for pk, name in self.names.items()}
        return {
            NUMBER: lambda t: t.number,
            "status": lambda t: t.status,
            "sum": lambda t: self.panels.weighted_sum_of(t.pk),
            "who": lambda t: names.get(holder_of(t) or ""),
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
        asked = self.request.GET.get("page", "")
        first = "1" if asked.strip().startswith("-") else asked
        return Paginator(self.ordered, PER_PAGE).get_page(first)

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
        parts: dict[str, Any] = {
            "col": self.table_columns.parts,
            "sort": self.order.parts,
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
    def remarks(self) -> list[str]:
        """What the address asks for and nobody can have, in words."""
        asked, columns = self.request.GET, self.table_columns
        named = {found[1] for name in asked if (found := _OF_A_COLUMN.fullmatch(name))}
        orders = [text.removeprefix("-") for text in asked.getlist("sort") if text]
        said = []
        if named - self.axes.keys():
            said.append("A filter is on a column that is not there any more: it was left out.")
        if not set(orders) <= columns.sortable:
            said.append("Nothing can be ordered by a column that is not there: it was left out.")
        if columns.unknown:
            said.append("A column that the address names is not there any more: it was left out.")
        page = asked.get("page", "").strip()
        if page and page.lstrip("0") != str(self.page.number):
            said.append(f"There is no such page: this is page {self.page.number:,}.")
        return said

    @property
    def offered(self) -> list[TableColumn]:
        """All columns, those that are shown first, with what they do to the order of the rows."""
        return [self._ordering(column) for column in self.table_columns.offered]

    def _ordering(self, column: TableColumn) -> TableColumn:
        place = self.order.place_of(column.key) if self.order.asked else None
        first = f"{'Then o' if self.order.asked else 'O'}rder by {column.title}"
        if place is None:
            return replace(column, then=first, mark="⇅")
        number, rank = place
        onward = "take it out of the order" if rank.is_down else "turn the order round"
        said = f"{column.title} is number {number} of the order, {rank.words}: {onward}"
        return replace(column, then=said, mark=f"{rank.arrow}{number}")

    @property
    def order_words(self) -> str:
        """The order in words, where somebody asked for one."""
        titles = {column.key: column.title for column in self.table_columns.offered}
        return ", then ".join(f"{titles[rank.key]} {rank.arrow}" for rank in self.order.asked)

    @property
    def order_told(self) -> str:
        """The same for who cannot see that the rows have moved."""
        return f"Ordered by {self.order_words}." if self.order_words else "The newest come first."

    @property
    def unordered_query(self) -> str:
        """What asks for the same trials in the usual order."""
        return self.query(sort=None, page=None)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns with what a click on their heads asks for."""
        return [
            {
                "column": column,
                "query": self.query(sort=self.order.alone(column.key), page=None),
                "then": self.query(sort=self.order.then(column.key), page=None),
                "place": self.order.place_of(column.key),
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
            ends = [f"{word} {format_number(end, 6)}" for word, end in (("from", low), ("to", high))
                    if end is not None]  # fmt: skip
            said[(f"{key}-from", f"{key}-to")] = f"{self.axes[key].title} {' '.join(ends)}"
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
            people={t.pk: (self._username(t), t.created_at) for t in self.kept},
            texts={
                "tags": {t.pk: ", ".join(t.tags) for t in self.kept},
                "due": {t.pk: t.due_on.isoformat() for t in self.kept if t.due_on},
                "notes": notes,
            },
        )

    def _username(self, trial: TrialPoint) -> str:
        holder = holder_of(trial)
        if isinstance(holder, str):
            return self.names[holder]
        user = self.people.get(holder or 0)
        return user.get_username() if user else ""
