"""What can be said of a suggestion at the moment it is made, to be kept with it. Pure."""

from collections.abc import Mapping, Sequence

from experiments.chances import Front, Gain, Predictions, feasible, gain_over
from experiments.domain import (
    ExperimentSpec,
    Outlook,
    Parameterization,
    Prediction,
    Relation,
    TrialRecord,
)
from experiments.neighbours import Distances
from experiments.ranking import Means, Standing, goals_of, means_of, rank


class Prospects:
    """The results of one moment, which suggestions are held against.

    ``parameters`` are the trials' values with their declared types, in the order of ``trials``.
    """

    def __init__(
        self,
        spec: ExperimentSpec,
        trials: Sequence[TrialRecord],
        parameters: Sequence[Parameterization],
    ) -> None:
        numbers = [trial.number for trial in trials]
        self._values = dict(zip(numbers, parameters, strict=True))
        self._distances = Distances(spec.parameters)
        self._means = means_of(trials)
        self._goals = goals_of(spec, self._means)
        self._ranking = rank(self._means, self._goals)
        self._front = Front(
            [self._means[number] for number in self._ranking.front],
            self._goals,
            self._ranking.is_beyond_thresholds,
        )
        objectives = {metric.key for metric in spec.objectives}
        self._results = sum(objectives <= means.keys() for means in self._means.values())

    def of(self, parameters: Parameterization, expected: Sequence[Prediction]) -> Outlook:
        """Return what can be said of parameters of which the model, if any, expects something."""
        by_key = {each.metric: each for each in expected}
        best = self._compared_with(parameters)
        best_means = {} if best is None else self._means[best]
        limits = self._goals.limits
        gain = gain_over(best_means, by_key, self._goals) if best_means else None
        return Outlook(
            results=self._results,
            best=best,
            best_means=best_means,
            is_feasible=self._is_feasible,
            front=len(self._ranking.front),
            limits=limits,
            feasible=feasible(by_key, limits),
            better=self._better(by_key, limits, gain),
            gain=None if gain is None else gain.mean,
            spread=None if gain is None else gain.sd,
            is_expected_better=self._is_expected_better(by_key, gain),
        )

    @property
    def _is_feasible(self) -> bool:
        return self._ranking.standing is Standing.FEASIBLE

    def _compared_with(self, parameters: Parameterization) -> int | None:
        """Return the best trial, or the nearest of the Pareto points."""
        front = [(number, self._values[number]) for number in self._ranking.front]
        if not front:
            return self._ranking.best
        return self._distances.nearest(parameters, front, 1)[0].trial

    def _better(
        self, expected: Predictions, limits: Mapping[str, tuple[Relation, float]], gain: Gain | None
    ) -> float | None:
        """Return the chance to be the best: whatever keeps the bounds is, if nothing does yet."""
        kept = feasible(expected, limits)
        if not self._means or not expected:
            return None
        if not self._is_feasible:
            return kept
        if self._goals.has_front:
            chance = self._front.chance(expected)
        else:
            chance = None if gain is None else gain.chance
        return None if chance is None else chance * (1.0 if kept is None else kept)

    def _is_expected_better(self, expected: Predictions, gain: Gain | None) -> bool | None:
        if gain is not None:
            return gain.mean > 0
        means: Means = {key: each.mean for key, each in expected.items()}
        if not self._goals.has_front or any(m.key not in means for m in self._goals.objectives):
            return None
        return self._front.would_grow(means)
