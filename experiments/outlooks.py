"""What can be said of a suggestion at the moment it is made, to be kept with it. Pure."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace

from experiments.chances import Front, feasible, gain_over
from experiments.domain import (
    ExperimentSpec,
    Outlook,
    Parameterization,
    Prediction,
    TrialRecord,
)
from experiments.neighbours import Distances
from experiments.ranking import Means, Standing, goals_of, means_of, rank

Model = Callable[[Sequence[Parameterization]], list[tuple[Prediction, ...]]]
"""What a fitted model expects of each metric at some points."""


class Prospects:
    """The results of one moment, which suggestions are held against.

    ``values`` are the trials' values by number, with their declared types; of the trials in
    ``left_out`` the model knows nothing.
    """

    def __init__(
        self,
        spec: ExperimentSpec,
        trials: Sequence[TrialRecord],
        values: Mapping[int, Parameterization],
        left_out: Container[int] = (),
    ) -> None:
        self._values = values
        self._left_out = left_out
        self._distances = Distances(spec.parameters)
        self._means = means_of(trials)
        self._goals = goals_of(spec, self._means)
        self._ranking = rank(self._means, self._goals)
        objectives = {metric.key for metric in spec.objectives}
        self._results = sum(objectives <= means.keys() for means in self._means.values())
        self._believed: dict[int, Means] | None = None

    def of(
        self, parameters: Parameterization, model: Model | None = None
    ) -> tuple[tuple[Prediction, ...], Outlook]:
        """Return what the model, if one was asked, expects of parameters, and what that means.

        The model has to be the same each time.
        """
        best = self._compared_with(parameters)
        known = Outlook(
            results=self._results,
            best=best,
            best_means={} if best is None else self._means[best],
            is_feasible=self._ranking.standing is Standing.FEASIBLE,
            front=len(self._ranking.front),
            limits=self._goals.limits,
        )
        if model is None:
            return (), known
        (expected,) = model([parameters])
        return expected, known if best is None else self._judged(known, best, expected, model)

    def _judged(
        self, known: Outlook, best: int, expected: Sequence[Prediction], model: Model
    ) -> Outlook:
        """Add the chances to what is known."""
        by_key = {each.metric: each for each in expected}
        believed = self._all_believed(model)
        gain = gain_over(believed[best], by_key, self._goals)
        front = Front(
            [believed[number] for number in self._ranking.front],
            self._goals,
            self._ranking.is_beyond_thresholds,
        )
        chance = front.chance(by_key) if self._goals.has_front else None
        is_better = None if chance is None else front.would_grow(_means(expected))
        if gain is not None:
            chance, is_better = gain.chance, gain.mean > 0
        kept = feasible(by_key, known.limits)
        if not known.is_feasible:
            chance = kept  # Whatever keeps the bounds is the best, while nothing does.
        elif chance is not None and kept is not None:
            chance *= kept
        return replace(
            known,
            believed=believed[best],
            feasible=kept,
            better=chance,
            gain=None if gain is None else gain.mean,
            spread=None if gain is None else gain.sd,
            is_expected_better=is_better,
        )

    def _compared_with(self, parameters: Parameterization) -> int | None:
        """Return the best trial, or the nearest of the Pareto points."""
        front = [(number, self._values[number]) for number in self._ranking.front]
        if not front:
            return self._ranking.best
        return self._distances.nearest(parameters, front, 1)[0].trial

    def _all_believed(self, model: Model) -> dict[int, Means]:
        """Return what the model takes the best trials for, by number; asked once."""
        if self._believed is None:
            numbers = self._ranking.front or (self._ranking.best,)
            best = {number: self._means[number] for number in numbers if number is not None}
            asked = [number for number in best if number not in self._left_out]
            found = model([self._values[number] for number in asked]) if asked else []
            for number, expected in zip(asked, found, strict=True):
                best[number] = {**best[number], **_means(expected)}
            self._believed = best
        return self._believed


def _means(expected: Sequence[Prediction]) -> dict[str, float]:
    return {each.metric: each.mean for each in expected}
