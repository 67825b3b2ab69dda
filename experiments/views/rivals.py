"""Experiments side by side: how the best of each improved, and in what they differ."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.asked import numbers
from experiments.domain import Direction
from experiments.figures import Figure
from experiments.models import Experiment, Metric
from experiments.outline import Line, Outline, outline_of
from experiments.races import (
    MOST,
    SVG_DASHES,
    SYMBOLS,
    Quantity,
    Run,
    by_budget,
    by_trial,
    steps,
)
from experiments.ranking import Standing
from experiments.search_space import normal_name
from experiments.views.results import ExperimentResults


@dataclass(frozen=True)
class Best:
    """The best that one experiment has in a quantity, and the trial; ``None`` where it has none."""

    rival: "Rival"
    trial: int | None = None
    value: float | None = None
    is_best_of_all: bool = False


@dataclass(frozen=True)
class QuantityLine:
    """An objective that at least two of the experiments have in common."""

    quantity: Quantity
    cells: Sequence[Best]


@dataclass(frozen=True)
class WordsLine:
    """A parameter or metric by its name, as each experiment defines it ("" where it does not)."""

    name: str
    cells: Sequence[str]

    @property
    def differs(self) -> bool:
        """Whether they define it differently."""
        return len(set(self.cells)) > 1


class Rival(ExperimentResults):
    """One of the experiments, with its place among them."""

    def __init__(self, experiment: Experiment, place: int) -> None:
        super().__init__(experiment)
        self.place = place
        self.svg_dash = SVG_DASHES[place]
        self.symbol = SYMBOLS[place]

    @cached_property
    def quantities(self) -> dict[tuple[str, str, Direction], Metric]:
        """The objectives by what makes them comparable."""
        return {(normal_name(m.name), m.unit, Direction(m.direction)): m for m in self.objectives}

    @cached_property
    def outline(self) -> Outline:
        """The definition in words."""
        return outline_of(self.experiment.definition, limits={})

    def run(self, key: tuple[str, str, Direction]) -> Run | None:
        """Return the results in one quantity, if it is an objective here."""
        metric = self.quantities.get(key)
        if metric is None:
            return None
        standings = self.ranking.standings
        results = [
            (trial.number, means[metric.key], standings[trial.pk] is Standing.FEASIBLE)
            for trial in self.trials
            if (means := self.means.get(trial.pk)) and metric.key in means
        ]
        return Run(
            place=self.place,
            name=self.experiment.name,
            results=results,
            last=results[-1][0] if results else 0,
            budget=self.experiment.trial_budget,
        )


class ExperimentComparison:
    """What the page shows."""

    def __init__(self, request: HttpRequest) -> None:
        wanted = numbers(request.GET.getlist("ids"))
        visible = Experiment.objects.visible_to(request.user).filter(pk__in=wanted)
        found = visible.select_related("team").prefetch_related(
            "parameters", "metrics", "constraints"
        )
        by_id = found.in_bulk()
        known = [by_id[pk] for pk in wanted if pk in by_id]
        self.too_many = len(known) > MOST
        self.most = MOST
        self.rivals = [Rival(each, place) for place, each in enumerate(known[:MOST])]

    @cached_property
    def _runs(self) -> dict[tuple[str, str, Direction], list[Run | None]]:
        """The results of all, a list by each objective that several have in common."""
        keys = dict.fromkeys(key for rival in self.rivals for key in rival.quantities)
        shared = [key for key in keys if sum(key in r.quantities for r in self.rivals) > 1]
        return {key: [rival.run(key) for rival in self.rivals] for key in shared}

    @cached_property
    def bests(self) -> list[QuantityLine]:
        """The best of each experiment, a line by each objective in common."""
        return [self._bests(Quantity(*key), runs) for key, runs in self._runs.items()]

    def _bests(self, quantity: Quantity, runs: Sequence[Run | None]) -> QuantityLine:
        lasts = [steps(run, quantity.direction)[-1:] if run else [] for run in runs]
        values = [value for last in lasts for _, value in last]
        pick = min if quantity.direction is Direction.MINIMIZE else max
        best = pick(values) if len(values) > 1 else None
        cells = [
            Best(rival, *last[0], is_best_of_all=last[0][1] == best) if last else Best(rival)
            for rival, last in zip(self.rivals, lasts, strict=True)
        ]
        return QuantityLine(quantity, cells)

    @property
    def figures(self) -> str:
        """The figures, as JSON; "" where there is nothing to draw."""
        drawn: list[Figure] = []
        for key, runs in self._runs.items():
            there = [run for run in runs if run is not None]
            for make in (by_trial, by_budget):
                figure = make(Quantity(*key), there)
                if figure is not None and figure["data"]:
                    drawn.append(figure)
        return json.dumps(drawn) if drawn else ""

    @property
    def parameters(self) -> list[WordsLine]:
        """All parameters, those that differ first."""
        return self._lines(lambda outline: outline.parameters)

    @property
    def metrics(self) -> list[WordsLine]:
        """All metrics, those that differ first."""
        return self._lines(lambda outline: outline.metrics)

    def _lines(self, part: Callable[[Outline], Iterable[Line]]) -> list[WordsLine]:
        by_name = [{normal_name(line.name): line for line in part(r.outline)} for r in self.rivals]
        names = dict.fromkeys(name for lines in by_name for name in lines)
        found = [
            WordsLine(name, [_words(lines[name]) if name in lines else "" for lines in by_name])
            for name in names
        ]
        return sorted(found, key=lambda line: not line.differs)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show experiments side by side; ``ids`` are theirs, in one field or in several."""
    comparison = ExperimentComparison(request)
    return render(request, "experiments/compare_experiments.html", {"comparison": comparison})


def _words(line: Line) -> str:
    return f"{line.words}, in {line.unit}" if line.unit else line.words
