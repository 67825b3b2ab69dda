"""What a trial or a suggestion stands beside: the best, and the nearest that were tried."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from experiments.assignments import assigned
from experiments.domain import ParameterValue
from experiments.formatting import format_number
from experiments.models import Parameter, Suggestion
from experiments.neighbours import Distances
from experiments.views.assigned import AssignedValues, ParameterCell
from experiments.views.kept import TrialPoint
from experiments.views.results import ExperimentResults
from experiments.views.rows import MetricCell, metric_cells

COUNT = 5
"""How many neighbours are shown."""


@dataclass(frozen=True)
class Difference:
    """One parameter here and in the best trial."""

    here: ParameterCell
    there: ParameterCell

    @property
    def parameter(self) -> Parameter:
        """The parameter."""
        return self.here.parameter

    @property
    def is_one(self) -> bool:
        """Whether the two values differ."""
        return self.here.value != self.there.value

    @property
    def change(self) -> str:
        """By how much a number is larger or smaller here; blank if it is none, or the same."""
        here, there = self.here.value, self.there.value
        if not self.is_one or not (_is_number(here) and _is_number(there)):
            return ""
        sign = "+" if here > there else "−"  # type: ignore[operator]
        size = abs(here - there)  # type: ignore[operator]
        return f"{sign}{format_number(size, 2)}"


def _is_number(value: ParameterValue | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Neighbour:
    """A trial with results, how far it is, and whether it was finished only later."""

    number: int
    distance: float
    cells: list[MetricCell]
    is_later: bool


class Nearby:
    """The best and the nearest trials beside given values; the trial ``pk`` itself is left out."""

    def __init__(
        self,
        results: ExperimentResults,
        here: AssignedValues,
        *,
        suggestion: Suggestion | None = None,
        pk: int | None = None,
    ) -> None:
        self._results = results
        self._here = here
        self._suggestion = suggestion
        self._own = pk
        self._kept = suggestion.known if suggestion else None

    @cached_property
    def best(self) -> TrialPoint | None:
        """The best trial when the suggestion was made; where that is not known, the best today."""
        if self._kept is not None:
            return self._by_number.get(-1 if self._kept.best is None else self._kept.best)
        ranking = self._results.ranking
        others = [pk for pk in (ranking.best, *ranking.front) if pk not in (None, self._own)]
        points = {trial.pk: trial for trial in self._results.trials}
        return points[others[0]] if others else None

    @property
    def is_of_then(self) -> bool:
        """Whether ``best`` is the best of when the suggestion was made."""
        return self._kept is not None

    @property
    def is_front(self) -> bool:
        """Whether ``best`` is one of several Pareto points."""
        return bool(self._kept.front) if self._kept else self._results.goals.has_front

    @cached_property
    def differences(self) -> list[Difference]:
        """The parameters here and in the best trial, where either has a value."""
        if self.best is None:
            return []
        there = AssignedValues(self._results, self.best.parameters)
        pairs = zip(self._here.cells, there.cells, strict=True)
        return [
            Difference(here, best)
            for here, best in pairs
            if here.value is not None or best.value is not None
        ]

    @property
    def same_count(self) -> int:
        """How many parameters have the same value in both."""
        return sum(not difference.is_one for difference in self.differences)

    @cached_property
    def neighbours(self) -> list[Neighbour]:
        """The nearest trials with results, nearest first."""
        specs, means = self._results.specs, self._results.means
        tried = {
            trial.number: trial
            for trial in self._results.trials
            if trial.pk in means and trial.pk != self._own
        }
        values = ((n, assigned(specs, trial.parameters)) for n, trial in tried.items())
        nearest = Distances(specs).nearest(self._here.assigned, values, COUNT)
        return [self._neighbour(tried[each.trial], each.distance) for each in nearest]

    @property
    def has_later(self) -> bool:
        """Whether some of the neighbours were finished only later."""
        return any(neighbour.is_later for neighbour in self.neighbours)

    def _neighbour(self, trial: TrialPoint, distance: float) -> Neighbour:
        cells = metric_cells(self._results, trial.pk)
        return Neighbour(trial.number, distance, cells, _is_after(trial, self._made_at))

    @property
    def _made_at(self) -> datetime | None:
        return self._suggestion.created_at if self._suggestion else None

    @cached_property
    def _by_number(self) -> dict[int, TrialPoint]:
        return {trial.number: trial for trial in self._results.trials}


def _is_after(trial: TrialPoint, moment: datetime | None) -> bool:
    return bool(moment and trial.finished_at and trial.finished_at > moment)
