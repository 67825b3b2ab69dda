"""What plots are made from: the trials of one experiment with their results, and how they compare.

A whole row of the database for each of ten thousand trials would take longer than all plots.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from experiments import ranking
from experiments.assignments import assigned
from experiments.domain import ParameterKind, ParameterValue
from experiments.figures import escape, literal, short, titled
from experiments.formatting import format_parameter
from experiments.models import Metric, Parameter
from experiments.ranking import Goals, Ranking

MOST_IN_HOVER = 12


class Drawn(Protocol):
    """A trial, or as much of it as plots need."""

    @property
    def pk(self) -> int:
        """Its id."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def status(self) -> str:
        """Where it stands."""

    @property
    def reason(self) -> str:
        """Why it failed or was abandoned."""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is stored of its parameters, by key."""


@dataclass(frozen=True, kw_only=True)
class PlotRows:
    """The rows of one experiment.

    ``trials`` are in the order of their numbers, ``means`` the completed ones' by metric key, by
    the trials' ids. Without ``goals.limits`` every result counts.
    """

    trials: Sequence[Drawn]
    means: Mapping[int, ranking.Means]
    parameters: Sequence[Parameter]
    metrics: Sequence[Metric]
    goals: Goals
    ranking: Ranking

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The completed trials' numbers, by their ids."""
        return {trial.pk: trial.number for trial in self.trials if trial.pk in self.means}

    @property
    def last_number(self) -> int:
        """The newest trial's number; 0 if there is none."""
        return self.trials[-1].number if self.trials else 0

    @cached_property
    def best(self) -> frozenset[int]:
        """The ids of the best trial or of the Pareto points."""
        best = () if self.ranking.best is None else (self.ranking.best,)
        return frozenset((*best, *self.ranking.front))

    def values_of(self, metric: Metric) -> dict[int, float]:
        """Return a metric's means by the trials' ids."""
        key = metric.key
        return {pk: means[key] for pk, means in self.means.items() if key in means}

    @cached_property
    def assigned(self) -> dict[int, Mapping[str, ParameterValue]]:
        """The values by key of the parameters that apply, by the trials' ids."""
        specs = [parameter.spec for parameter in self.parameters]
        is_plain = not any(
            spec.condition or spec.backfill is not None or spec.kind is ParameterKind.DERIVED
            for spec in specs
        )
        if is_plain:
            return {trial.pk: trial.parameters for trial in self.trials}
        return {trial.pk: assigned(specs, trial.parameters) for trial in self.trials}

    @cached_property
    def template(self) -> str:
        """What hovering shows of a trial: the page fills in the values (``shown``)."""
        lines = ["trial %{id}"]
        for index, parameter in enumerate(self.parameters[:MOST_IN_HOVER]):
            name = literal(short(parameter.name))
            unit = f" {literal(parameter.unit)}" if parameter.unit else ""
            lines.append(f"{name}: %{{customdata[{index}]}}{unit}")
        if len(self.parameters) > MOST_IN_HOVER:
            lines.append(f"and {len(self.parameters) - MOST_IN_HOVER} more")
        return "<br>".join(lines) + "<extra></extra>"

    def shown(self, numbers: Collection[int]) -> dict[int, list[str]]:
        """Return the values of the first parameters, by the numbers of the trials asked for."""
        parameters = [(parameter.key, parameter) for parameter in self.parameters[:MOST_IN_HOVER]]
        return {
            trial.number: [
                escape(short(format_parameter(values[key], parameter))) if key in values else "–"
                for key, parameter in parameters
            ]
            for trial in self.trials
            if trial.number in numbers
            for values in (self.assigned[trial.pk],)
        }


def title_of(subject: Metric | Parameter) -> str:
    """Return what an axis says of a metric or parameter."""
    return titled(subject.name, subject.unit)
