"""The page of plots that need no model: which ones, along which axes, of which trials."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from experiments.figures import Figure, step_line
from experiments.models import Trial
from experiments.plots.columns import Column, columns_of, shown_position
from experiments.plots.coverage import coverage
from experiments.plots.distribution import distribution
from experiments.plots.marks import help_of
from experiments.plots.parallel import Brush, parallel
from experiments.plots.progress import (
    Quantity,
    by_time,
    by_trial,
    progress,
    quantity_of,
    weighted_sum,
)
from experiments.plots.rows import PlotRows
from experiments.plots.scatter import scatter_of
from experiments.plots.timeline import Run, timeline
from experiments.ranking import Standing
from experiments.views.access import get_experiment
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import TrialRow

MOST = 1_000
"""How many points a plot has, give or take a few."""

MOST_LINES = 400
"""How many lines the parallel coordinates have."""

ROWS = 25
"""How many trials the table shows at a time."""

_MOST_AXES = 20
SUM = "sum"


class PlotChoice:
    """What somebody chose to see, as the address says it; what it cannot mean does not count."""

    def __init__(
        self, query: QueryDict, columns: Mapping[str, Column], quantities: list[str]
    ) -> None:
        self._query = query
        metrics = [key for key in columns if key.startswith("m")]
        varied = [key for key in columns if key.startswith("p")]
        self.progress = self._one("progress", quantities)
        self.across = self._one("across", ["trial", "time"])
        self.x = self._one("x", varied + metrics)
        self.y = self._one("y", metrics + varied)
        self.one = self._one("one", metrics)
        self.other = self._one("other", metrics[1:2] + metrics)
        self.spread = self._one("spread", list(columns))

    def _one(self, name: str, known: list[str]) -> str:
        wanted = self._query.get(name, "")
        return wanted if wanted in known else next(iter(known), "")

    def brush_of(self, key: str) -> Brush:
        """Return the ranges that are kept on an axis: ``b-p12=0.1:0.5,0.8:1``."""
        ranges = []
        for text in self._query.get(f"b-{key}", "").split(",")[:10]:
            low, _, high = text.partition(":")
            try:
                ranges.append((float(low), float(high)))
            except ValueError:
                continue
        return tuple(ranges)


class PlotPanels:
    """The page's content; each figure is drawn once, when asked for."""

    def __init__(self, panels: ExperimentPanels, query: QueryDict) -> None:
        self.panels = panels
        self.experiment = panels.experiment
        self.rows = PlotRows(
            trials=panels.trials, means=panels.means, parameters=panels.parameters,
            metrics=panels.metrics, goals=panels.goals, ranking=panels.ranking,
        )  # fmt: skip
        self.columns = columns_of(self.rows)
        self.choice = PlotChoice(query, self.columns, [key for key, _ in self.quantities])
        self.brushes = {key: brush for key in self.columns if (brush := self.choice.brush_of(key))}

    @cached_property
    def quantities(self) -> list[tuple[str, str]]:
        """What progress can be drawn of: keys and names."""
        named = [(metric.key, metric.name) for metric in self.panels.metrics]
        return [(SUM, "weighted sum"), *named] if self.panels.has_sum else named

    @cached_property
    def kept(self) -> set[int]:
        """The ids of the trials with results that pass through all brushes."""
        return {pk for pk in self.rows.means if self._passes(pk)}

    def _passes(self, pk: int) -> bool:
        for key, brush in self.brushes.items():
            column = self.columns[key]
            if pk not in column.places:
                return False
            at = shown_position(column, column.places[pk])
            if not any(low <= at <= high for low, high in brush):
                return False
        return True

    @cached_property
    def filtered(self) -> PlotRows:
        """The rows that pass: failed and abandoned trials have no results, and go with a brush."""
        if not self.brushes:
            return self.rows
        return PlotRows(
            trials=[trial for trial in self.rows.trials if trial.pk in self.kept],
            means={pk: means for pk, means in self.rows.means.items() if pk in self.kept},
            parameters=self.rows.parameters, metrics=self.rows.metrics, goals=self.rows.goals,
            ranking=self.rows.ranking,
        )  # fmt: skip

    @cached_property
    def figures(self) -> dict[str, str]:
        """Each figure as JSON, by its place on the page; those that make no sense are left out."""
        makers: dict[str, Callable[[], Figure]] = {
            "progress": self._progress,
            "parallel": lambda: parallel(
                self.rows, list(self.columns.values())[:_MOST_AXES], self.brushes, MOST_LINES
            ),
            "by-parameter": lambda: self._scatter(self.choice.x, self.choice.y),
            "timeline": self._timeline,
            "spread": lambda: distribution(self.columns[self.choice.spread], self.filtered.means),
        }
        if len(self.panels.metrics) > 1:
            makers["metrics"] = lambda: self._scatter(self.choice.one, self.choice.other)
        if self.rows.goals.has_front:
            makers["hypervolume"] = lambda: coverage(self.rows)
        drawn = {name: make() for name, make in makers.items()}
        for figure in drawn.values():
            figure["shown"] = self.rows.shown(_numbers(figure))
        return {name: json.dumps(f, separators=(",", ":")) for name, f in drawn.items()}

    def _progress(self) -> Figure:
        rows = self.filtered
        quantity = self._quantity(rows)
        across = by_time(rows) if self.choice.across == "time" else by_trial(rows)
        figure = progress(rows, quantity, across, MOST)
        figure["help"] = f"{help_of(figure)} {figure.pop('drawn')}".strip()
        return figure | {"name": f"progress of {quantity.title}"}

    def _quantity(self, rows: PlotRows) -> Quantity:
        if self.choice.progress == SUM:
            return weighted_sum(rows)
        found = [m for m in self.panels.metrics if m.key == self.choice.progress]
        return quantity_of(rows, found[0])

    def _scatter(self, x: str, y: str) -> Figure:
        keys = {metric.key for metric in self.rows.goals.objectives}
        is_tradeoff = self.rows.goals.has_front and {x, y} <= keys and x != y
        ranking = self.rows.ranking
        front = []
        if is_tradeoff and ranking.standing is Standing.FEASIBLE and len(keys) == 2:
            means = self.rows.means
            points = sorted((means[pk][x], means[pk][y]) for pk in ranking.front)
            front.append(step_line("Pareto front", points))
        return scatter_of(self.filtered, self.columns[x], self.columns[y], MOST, front)

    def _timeline(self) -> Figure:
        trials = Trial.objects.filter(experiment=self.experiment)
        if self.brushes:
            trials = trials.filter(pk__in=self.kept)
        fields = ("number", "status", "taken_by", "created_at", "finished_at")
        found = list(trials.values_list(*fields))
        people = User.objects.in_bulk({row[2] for row in found} - {None})
        names = {pk: user.get_full_name() or user.get_username() for pk, user in people.items()}
        runs = [
            Run(number=n, status=status, person=names.get(person, "nobody"), start=start, end=end)
            for n, status, person, start, end in found
        ]
        return timeline(runs, timezone.now())

    @cached_property
    def table(self) -> tuple[Page, list[TrialRow]]:
        """The trials with results that pass, newest first: a page of them, and its rows."""
        numbers = sorted(self.kept, key=lambda pk: -self.rows.numbers[pk])
        wanted = self.panels.request.GET.get("page", "1")
        page = Paginator(numbers, ROWS).get_page(wanted)
        found = Trial.objects.in_bulk(list(page.object_list))
        return page, [TrialRow(self.panels, found[pk]) for pk in page.object_list]

    @property
    def axes(self) -> list[Column]:
        """All that can be on an axis."""
        return list(self.columns.values())

    @property
    def query(self) -> str:
        """The address's question, without the page of the table."""
        kept = self.panels.request.GET.copy()
        kept.pop("page", None)
        return kept.urlencode()

    @property
    def brush_fields(self) -> list[tuple[str, str]]:
        """The brushes as fields of the form."""
        return [(f"b-{key}", self.panels.request.GET[f"b-{key}"]) for key in self.brushes]


def _numbers(figure: Figure) -> set[int]:
    return {int(number) for trace in figure["data"] for number in trace.get("ids", ())}


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the plots."""
    return render(request, "experiments/plots.html", _context(request, pk))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send all figures and the table, for an open page to take in."""
    response = render(request, "experiments/_plots_live.html", _context(request, pk))
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    return response


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    plots = PlotPanels(panels, request.GET)
    return {"experiment": experiment, "panels": panels, "plots": plots, "tab": "plots"}
