"""What plots are made from: the trials of one experiment with their results, and how they compare.

A whole row of the database for each of ten thousand trials would take longer than all plots.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from experiments import ranking
from experiments.assignments import asked_beside, assigned
from experiments.domain import ParameterKind, ParameterValue
from experiments.figures import escape, literal, short, titled
from experiments.formatting import format_number, format_parameter
from experiments.models import Metric, Parameter
from experiments.ranking import Goals, Ranking
from experiments.replicates import spread_of

MOST_IN_HOVER = 12
_MOST_REPEATED = 3
"""Of how many metrics hovering says what repeats come to."""


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

    @property
    def requested(self) -> Mapping[str, Any] | None:
        """The parameters that were asked for, where others were used."""


@dataclass(frozen=True, kw_only=True)
class PlotRows:
    """The rows of one experiment.

    ``trials`` are in the order of their numbers, ``means`` the completed ones' by metric key, by
    the trials' ids. Without ``goals.limits`` every result counts. ``repeats`` are the ids of
    completed trials with the same parameters, by the id of each, if several.
    """

    trials: Sequence[Drawn]
    means: Mapping[int, ranking.Means]
    parameters: Sequence[Parameter]
    metrics: Sequence[Metric]
    goals: Goals
    ranking: Ranking
    repeats: Mapping[int, Sequence[int]] = field(default_factory=dict)

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
        repeats = f"%{{customdata[{len(self.parameters[:MOST_IN_HOVER])}]}}" if self.repeats else ""
        return "<br>".join(lines) + repeats + "<extra></extra>"

    def shown(self, numbers: Collection[int]) -> dict[int, list[str]]:
        """Return the values of the first parameters, by the numbers of the trials asked for.

        What was asked for stands beside what was used; repeats come last, as a line of their own.
        """
        return {
            trial.number: [*self._values(trial), *([self._repeats(trial.pk)] * bool(self.repeats))]
            for trial in self.trials
            if trial.number in numbers
        }

    def _values(self, trial: Drawn) -> Iterator[str]:
        values = self.assigned[trial.pk]
        asked = asked_beside(trial.requested, trial.parameters)
        for parameter in self.parameters[:MOST_IN_HOVER]:
            key = parameter.key
            said = escape(short(format_parameter(values[key], parameter))) if key in values else "–"
            if key in asked:
                said += f" (asked for: {escape(short(format_parameter(asked[key], parameter)))})"
            yield said

    def _repeats(self, pk: int) -> str:
        """What a trial and its repeats come to: ``<br>3 repeats: loss 2 ± 1``; blank for others."""
        said, count = [], 0
        for metric in self.metrics[:_MOST_REPEATED]:
            means = [
                self.means[each][metric.key]
                for each in self.repeats.get(pk, ())
                if metric.key in self.means.get(each, {})
            ]
            if len(means) > 1:
                spread = spread_of(means)
                count = max(count, spread.count)
                mean, deviation = format_number(spread.mean), format_number(spread.deviation, 2)
                said.append(f"{escape(short(metric.name))} {mean} ± {deviation}")
        return f"<br>all {count} with these: {', '.join(said)}" if said else ""


def title_of(subject: Metric | Parameter) -> str:
    """Return what an axis says of a metric or parameter."""
    return titled(subject.name, subject.unit)
