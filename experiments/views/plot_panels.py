"""What the page of plots shows: which trials pass, the figures, the table, the rows as a file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils import timezone

from experiments.domain import TrialStatus
from experiments.figures import Figure, step_line
from experiments.forms.keeping import KeepForm
from experiments.models import Metric, StoppingAdvice, Trial
from experiments.plots.columns import Column, columns_of
from experiments.plots.coverage import coverage, volume_so_far
from experiments.plots.curves import curves_figure
from experiments.plots.data import PlotData, curve_chunks
from experiments.plots.distribution import distribution
from experiments.plots.keeping import Brush, only, passing, read_brush
from experiments.plots.marks import help_of
from experiments.plots.parallel import parallel
from experiments.plots.progress import (
    Quantity,
    best_so_far,
    by_time,
    by_trial,
    progress,
    quantity_of,
    weighted_sum,
)
from experiments.plots.rows import PlotRows
from experiments.plots.scatter import scatter_of
from experiments.plots.timeline import MOST as MOST_RUNS
from experiments.plots.timeline import Run, timeline
from experiments.ranking import Standing
from experiments.views.curve_figures import all_points, drawn_curves
from experiments.views.curve_panels import logs_of
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import TrialRow

MOST = 1_000
"""How many points a plot has, give or take a few."""

MOST_LINES = 400
"""How many lines the parallel coordinates have."""

ROWS = 25
"""How many trials the table shows at a time."""

SUM = "sum"
_MOST_AXES = 20


class PlotChoice:
    """What somebody chose to see, as the address says it; what it cannot mean does not count."""

    def __init__(
        self, query: QueryDict, columns: Mapping[str, Column], quantities: list[str], runs: int
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
        self.curve = self._one("curve", metrics)
        self.runs = self._one("runs", [str(place) for place in range(max(1, runs))])

    def _one(self, name: str, known: list[str]) -> str:
        wanted = self._query.get(name, "")
        return wanted if wanted in known else next(iter(known), "")


@dataclass(frozen=True)
class Kept:
    """What is kept on one axis, and how the form and the page say it."""

    column: Column
    brush: Brush

    @property
    def words(self) -> str:
        """What is kept."""
        return self.brush.in_words(self.column)


class PlotPanels:
    """The page's content; each figure is drawn once, when asked for."""

    def __init__(self, panels: ExperimentPanels, query: QueryDict) -> None:
        self.panels = panels
        self.experiment = panels.experiment
        self._query = query
        self.rows = PlotRows(
            trials=panels.trials, means=panels.means, parameters=panels.parameters,
            metrics=panels.metrics, goals=panels.goals, ranking=panels.ranking,
            repeats=panels.repeats,
        )  # fmt: skip
        self.columns = columns_of(self.rows)
        quantities = [key for key, _ in self.quantities]
        self.choice = PlotChoice(query, self.columns, quantities, self.run_pages)

    @cached_property
    def quantities(self) -> list[tuple[str, str]]:
        """What progress can be drawn of: keys and names."""
        named = [(metric.key, metric.name) for metric in self.panels.metrics]
        return [(SUM, "weighted sum"), *named] if self.panels.has_sum else named

    @cached_property
    def keeping(self) -> KeepForm:
        """The form for one more range; it is judged once something was typed into it."""
        is_typed = "keep" in self._query or any(
            self._query.get(name, "").strip() for name in ("keep_from", "keep_to")
        )
        form = KeepForm(self._query if is_typed else None, self.axes)
        return KeepForm(None, self.axes) if form.is_valid() else form

    @cached_property
    def brushes(self) -> dict[str, Brush]:
        """What is kept, by the columns' keys: ``b-p12=0.1:0.5``, and what was typed just now."""
        dropped = self._query.get("drop", "")
        if dropped == "all":
            return {}
        found = {key: read_brush(self._query.get(f"b-{key}", "")) for key in self.columns}
        typed = KeepForm(self._query, self.axes)
        if typed.is_valid():
            ends = typed.cleaned_data["keep_from"], typed.cleaned_data["keep_to"]
            found[typed.cleaned_data["keep_axis"]] = Brush(ranges=(ends,))
        return {key: brush for key, brush in found.items() if brush and key != dropped}

    @property
    def kept_ranges(self) -> list[Kept]:
        """The same, as the page lists it."""
        return [Kept(self.columns[key], brush) for key, brush in self.brushes.items()]

    @cached_property
    def kept(self) -> set[int]:
        """The ids of the trials that pass through all brushes."""
        return passing(self.rows, self.columns, self.brushes)

    @property
    def count(self) -> str:
        """How many trials there are, and how many pass."""
        count = len(self.panels.trials)
        return f"{len(self.kept):,} of {count:,} pass" if self.brushes else f"{count:,}"

    @property
    def lacks_results(self) -> bool:
        """Whether trials without results cannot pass, for a metric is kept."""
        return any(self.columns[key].is_metric for key in self.brushes)

    @cached_property
    def filtered(self) -> PlotRows:
        """The rows that pass."""
        return only(self.rows, self.kept) if self.brushes else self.rows

    @property
    def figures(self) -> dict[str, str]:
        """Each figure as JSON, by its place on the page; those that make no sense are left out."""
        return {name: _as_json(figure) for name, figure in self._drawn.items()}

    @property
    def shown(self) -> str:
        """What hovering shows of the trials that are drawn, as JSON by their numbers."""
        ids = {
            int(number)
            for place, figure in self._drawn.items()
            if place not in ("parallel", "timeline", "curves")  # Those name the trial alone.
            for trace in figure["data"]
            for number in trace.get("ids", ())
        }
        return _as_json(self.rows.shown(ids))

    @cached_property
    def _drawn(self) -> dict[str, Figure]:
        makers: dict[str, Callable[[], Figure]] = {
            "progress": self._progress,
            "parallel": lambda: parallel(
                self.rows, self.axes[:_MOST_AXES], self.brushes, self.kept, MOST_LINES
            ),
            "by-parameter": lambda: self._scatter(self.choice.x, self.choice.y),
            "timeline": self._timeline,
            "spread": lambda: distribution(self.columns[self.choice.spread], self._spread_ids),
        }
        if len(self.panels.metrics) > 1:
            makers["metrics"] = lambda: self._scatter(self.choice.one, self.choice.other)
        if self.has_curves:
            makers["curves"] = self._curves
        if self.rows.goals.has_front:
            makers["hypervolume"] = lambda: coverage(self.filtered, self.rows)
        return {name: make() for name, make in makers.items()}

    @cached_property
    def has_curves(self) -> bool:
        """Whether any trial has, or had, a learning curve."""
        return StoppingAdvice.objects.filter(experiment=self.experiment).exists()

    @property
    def _curve_metric(self) -> Metric:
        return next(m for m in self.panels.metrics if m.key == self.choice.curve)

    def _curves(self) -> Figure:
        metric = self._curve_metric
        best = self.panels.ranking.best
        running = [t.pk for t in self.filtered.trials if t.status == TrialStatus.RUNNING]
        first = [best, *running] if best else running
        logs = logs_of(self._query)
        only = self.kept if self.brushes else None
        curves, of = drawn_curves(metric, first=first, only=only, is_log=logs["x"])
        on_top = self.rows.numbers[best] if best else None
        return curves_figure(
            metric, curves, on_top=on_top, top_name="the best trial", logs=logs, of=of
        )

    def _progress(self) -> Figure:
        rows = self.filtered
        quantity = self._quantity
        across = by_time(rows) if self.choice.across == "time" else by_trial(rows)
        figure = progress(rows, quantity, across, MOST)
        figure["help"] = f"{help_of(figure)} {figure.pop('drawn')}".strip()
        return figure | {"name": f"progress of {quantity.title}"}

    @property
    def _quantity(self) -> Quantity:
        if self.choice.progress == SUM:
            return weighted_sum(self.filtered)
        found = [m for m in self.panels.metrics if m.key == self.choice.progress]
        return quantity_of(self.filtered, found[0])

    @property
    def _spread_ids(self) -> list[int]:
        """The trials whose values are counted: those with results."""
        return list(self.filtered.means)

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

    @property
    def run_pages(self) -> int:
        """How many pages the timeline has."""
        return -(-len(self.panels.trials) // MOST_RUNS)

    @property
    def run_choices(self) -> list[tuple[str, str]]:
        """The pages of the timeline: their places, and what they show."""
        rest = [
            (str(page), f"{page * MOST_RUNS + 1:,}–{(page + 1) * MOST_RUNS:,}, newest first")
            for page in range(1, self.run_pages)
        ]
        return [("0", f"the newest {MOST_RUNS}"), *rest]

    def _timeline(self) -> Figure:
        trials = self.filtered.trials
        last = len(trials) - int(self.choice.runs) * MOST_RUNS
        shown = [trial.pk for trial in trials[max(0, last - MOST_RUNS) : max(0, last)]]
        found = Trial.objects.filter(pk__in=shown)
        fields = ("number", "status", "taken_by", "told_taken_by", "created_at", "finished_at")
        rows = list(found.values_list(*fields))
        names = _names({row[2] for row in rows})
        runs = [
            Run(number=n, status=status, person=_called(person, told, names), start=start, end=end)
            for n, status, person, told, start, end in rows
        ]
        return timeline(runs, len(trials), timezone.now())

    @cached_property
    def table(self) -> tuple[Page, list[TrialRow]]:
        """The trials that pass, newest first: a page of them, and its rows."""
        ids = [trial.pk for trial in reversed(self.filtered.trials)]
        page = Paginator(ids, ROWS).get_page(self._query.get("page", "1"))
        found = Trial.objects.in_bulk(list(page.object_list))
        return page, [TrialRow(self.panels, found[pk]) for pk in page.object_list]

    def file(self, plot: str) -> Iterator[str]:
        """Yield the file of a plot in parts: what is drawn there, of all trials that pass."""
        if plot == "curves":
            trials = [trial.pk for trial in self.filtered.trials]
            return curve_chunks(self._curve_metric, all_points(self._curve_metric, trials))
        return self._data(plot).chunks()

    def _data(self, plot: str) -> PlotData:
        """The rows that pass, with what was computed for a plot."""
        computed: dict[str, Mapping[int, float]] = {}
        if plot == "progress" and self.quantities:
            quantity = self._quantity
            if self.choice.progress == SUM:
                computed["weighted sum"] = quantity.values
            across = by_time if self.choice.across == "time" else by_trial
            computed["best so far"] = best_so_far(self.filtered, quantity, across(self.filtered))
        elif plot == "hypervolume" and self.rows.goals.has_front:
            computed["hypervolume"] = volume_so_far(self.filtered, self.rows)
        return PlotData(
            rows=self.filtered, results=self.panels.results, people=self._people, computed=computed
        )

    @cached_property
    def _people(self) -> dict[int, tuple[str, datetime]]:
        """Who ran each trial, and when it was taken, by id."""
        trials = Trial.objects.filter(experiment=self.experiment)
        rows = list(trials.values_list("pk", "taken_by", "told_taken_by", "created_at"))
        names = _names({person for _, person, _, _ in rows})
        return {pk: (_called(person, told, names), taken) for pk, person, told, taken in rows}

    @property
    def axes(self) -> list[Column]:
        """All that can be on an axis."""
        return list(self.columns.values())

    @cached_property
    def query(self) -> str:
        """The address's question as it was understood, without the page of the table."""
        asked = self._query.copy()
        for name in [n for n in asked if n == "page" or n.startswith(("b-", "keep", "drop"))]:
            del asked[name]
        for key, brush in self.brushes.items():
            asked[f"b-{key}"] = brush.text
        return asked.urlencode()

    @property
    def query_of_page(self) -> str:
        """The same, with the page of the table."""
        page = self.table[0]
        return f"{self.query}&page={page.number}" if page.number > 1 else self.query


def _called(person: int | None, told: str, names: Mapping[int | None, str]) -> str:
    """What to call who has a trial; a name that only a restored file tells is marked."""
    return f"{told} (file)" if person is None and told else names[person]


def _names(people: set[int | None]) -> dict[int | None, str]:
    """What to call people, by id: “nobody” without one; with their accounts where names agree."""
    users = User.objects.in_bulk(people - {None})
    called = {pk: user.get_full_name() or user.get_username() for pk, user in users.items()}
    names: dict[int | None, str] = {None: "nobody"}
    for pk, name in called.items():
        is_shared = list(called.values()).count(name) > 1
        names[pk] = f"{name} ({users[pk].get_username()})" if is_shared else name
    return names


def _as_json(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))
