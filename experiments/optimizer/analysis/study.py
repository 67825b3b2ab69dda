"""What cards are made from: the rows, the definition in people's words, and one fitted model."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from ax.core.types import TModelPredict
from ax.utils.common.random import with_rng_seed

from experiments import ranking
from experiments.domain import (
    WITH_RESULTS,
    ExperimentSpec,
    MetricRole,
    Parameterization,
    ParameterValue,
    Prediction,
    TrialRecord,
    TrialStatus,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.learning import needed_results
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.sensitivity import total_shares
from experiments.optimizer.analysis.slices import Cut, cut
from experiments.optimizer.analysis.validation import Validation, validate
from experiments.optimizer.build import Rows, read
from experiments.optimizer.choices import FixedAxis
from experiments.optimizer.elsewhere import Elsewhere, rows_elsewhere
from experiments.optimizer.generators import FittedModel
from experiments.optimizer.goals import Goals, goals
from experiments.optimizer.seeds import derived_seed
from experiments.optimizer.space import Space
from experiments.ranking import Means, Ranking

__all__ = ["Z95", "Predicted", "Study"]

MOST_AT_ONCE = 1_000
"""Points that are predicted together: more take time and memory by the square of their number."""

_FEWEST = 2
"""A single result tells nothing apart."""

SLICE_POINTS = 41
"""How many values of a range are looked at along a line through the best trial."""

MOST_SLICED = 30
"""Of so many parameters, the most important ones, slices are cut."""


class Study:
    """One state of an experiment, and what is computed from it; each part once, when first used.

    ``definition`` has people's names, under the same keys that ``spec`` has. ``expected`` is what
    was expected of suggested trials, by their numbers, when they were suggested. ``elsewhere`` are
    trials of other experiments, from which the model learns as well.
    """

    def __init__(
        self,
        definition: ExperimentDraft,
        spec: ExperimentSpec,
        trials: Sequence[TrialRecord],
        expected: Mapping[int, Sequence[Prediction]] | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.definition = definition
        self.spec = spec
        self.trials = tuple(trials)
        self.expected = expected or {}
        self._elsewhere = elsewhere or {}
        self.by_number = {trial.number: trial for trial in trials}
        self._parameters = {draft.spec.key: draft for draft in definition.parameters}
        self._metrics = {draft.spec.key: draft for draft in definition.metrics}

    def parameter(self, key: str) -> ParameterDraft:
        """Return a parameter's definition by its key."""
        return self._parameters[key]

    def metric(self, key: str) -> MetricDraft:
        """Return a metric's definition by its key."""
        return self._metrics[key]

    @cached_property
    def space(self) -> Space:
        """The space of today; raises ``ValueError`` for one that makes no sense."""
        return Space(self.spec)

    @cached_property
    def rows(self) -> Rows:
        """The trials with values of declared types, and which of them no model learns from."""
        return read(self.spec, self.space, self.trials)

    @cached_property
    def aims(self) -> Goals:
        """What is modelled: objectives, constraints, and what is tracked."""
        return goals(self.spec, self.trials, self.rows.left_out, is_for_analysis=True)

    @cached_property
    def others(self) -> dict[int, Rows]:
        """The trials of other experiments that the model learns from, by the experiments' ids."""
        return rows_elsewhere(self.spec, self.space, self._elsewhere, self.trials)

    @cached_property
    def model(self) -> FittedModel:
        """Ax's model, fitted to all results; only where ``lacking`` is 0."""
        with with_rng_seed(derived_seed(self.spec.seed, len(self.trials))):
            others = [*self.others.values()]
            return FittedModel(self.spec, self.space, self.rows, self.aims, others)

    @cached_property
    def learnt(self) -> tuple[int, ...]:
        """The numbers of the trials that the model knows, by their places in its Ax experiment."""
        known = (trial.number for trial in self.rows.trials)
        return tuple(number for number in known if number not in self.rows.left_out)

    def known_point(self, number: int | None) -> Parameterization | None:
        """Return a trial's values where the model knows the trial; ``None`` where it does not."""
        if number is None or number in self.rows.left_out:
            return None
        return self.space.coerced(self.by_number[number].parameters)

    @property
    def lacking(self) -> int:
        """How many more results of all objectives are needed before there is a model."""
        needed = max(_FEWEST, needed_results(self.spec.initialization_budget))
        return max(0, needed - self.aims.observed)

    @property
    def modelled(self) -> tuple[MetricDraft, ...]:
        """The metrics that the model predicts, the objectives first."""
        return tuple(self.metric(metric.key) for metric in self.aims.metrics)

    @property
    def objectives(self) -> tuple[MetricDraft, ...]:
        """The metrics that are minimized or maximized."""
        return tuple(m for m in self.definition.metrics if m.spec.role is MetricRole.OBJECTIVE)

    @cached_property
    def means(self) -> dict[int, Means]:
        """The observed means by metric key, of trials with results, by the trials' numbers."""
        return ranking.means_of(self.trials)

    @cached_property
    def goals(self) -> ranking.Goals:
        """What results are judged by."""
        return ranking.goals_of(self.spec, self.means)

    @cached_property
    def ranking(self) -> Ranking:
        """How the trials with results compare, by their numbers."""
        return ranking.rank(self.means, self.goals)

    @cached_property
    def best(self) -> TrialRecord | None:
        """The best trial by observation; of several Pareto points the one best in the first."""
        number = self.ranking.best
        if number is None and self.ranking.front:
            number = self.ranking.front[0]
        return None if number is None else self.by_number[number]

    @cached_property
    def anchor(self) -> dict[str, ParameterValue]:
        """Where slices are cut: the best trial, moved to where today's space allows."""
        if self.best is not None:
            values = self.space.snapped(self.space.coerced(self.best.parameters))
            moved = None if self.space.missing(values) else self.space.moved(values)
            if moved is not None:
                return moved
        middle = self.space.completed(self._middles)
        return self.space.moved(middle) or middle

    @cached_property
    def varied(self) -> tuple[ParameterDraft, ...]:
        """The parameters that suggestions vary, in the order of the definition."""
        axes = self.space.axes
        return tuple(
            self._parameters[key]
            for key, axis in axes.items()
            if not isinstance(axis, FixedAxis) and axis.cardinality != 1
        )

    def grid(self, key: str, count: int) -> list[ParameterValue]:
        """Return at most ``count`` values of a parameter, evenly over what can be suggested.

        Even on a log scale where the parameter has one. All values of a choice count.
        """
        axis = self.space.axes[key]
        if axis.cardinality is None:
            low, high = axis.ends()
            spread = np.geomspace if axis.spec.log_scale else np.linspace
            return [min(max(float(value), low), high) for value in spread(low, high, count)]
        if axis.spec.values or axis.cardinality <= count:
            return [axis.nth(place) for place in range(axis.cardinality)]
        low, high = axis.ends()
        spread = np.geomspace if axis.spec.log_scale else np.linspace
        values = [axis.nearest(axis.modelled(float(v))) for v in spread(low, high, count)]
        return list(dict.fromkeys(values))

    def varying(self, point: Parameterization, key: str, value: ParameterValue) -> Parameterization:
        """Return a point with another value; what applies only then has the middle of its own."""
        return self.space.completed({**self._middles, **self._own(point), key: value})

    def predict(self, points: Sequence[Parameterization]) -> dict[str, Predicted]:
        """Return what the model expects at complete parameterizations, by metric key."""
        if not points:
            return {key: Predicted(np.empty(0), np.empty(0)) for key in self.modelled_keys}
        parts = [
            self.model.predict(points[start : start + MOST_AT_ONCE])
            for start in range(0, len(points), MOST_AT_ONCE)
        ]
        return {key: _predicted(key, parts) for key in self.modelled_keys}

    @property
    def modelled_keys(self) -> tuple[str, ...]:
        """The keys of ``modelled``."""
        return tuple(metric.key for metric in self.aims.metrics)

    @cached_property
    def at_trials(self) -> tuple[tuple[int, ...], dict[str, Predicted]]:
        """The numbers of trials with results or running, and what is expected of each of them."""
        pairs = [
            (trial.number, parameters)
            for trial, parameters in zip(self.trials, self.rows.parameters, strict=True)
            if (trial.status in WITH_RESULTS or trial.status is TrialStatus.RUNNING)
            and trial.number not in self.rows.left_out
        ]
        predicted = self.predict([parameters for _, parameters in pairs])
        return tuple(number for number, _ in pairs), predicted

    @cached_property
    def noise(self) -> dict[str, float]:
        """The standard deviation that the model gives a single result, by metric, at ``anchor``."""
        _, total = self.model.predict([self.anchor], with_noise=True)
        alone = self.predict([self.anchor])
        return {
            key: float(np.sqrt(max(total[key][key][0] - float(alone[key].sds[0]) ** 2, 0.0)))
            for key in self.modelled_keys
        }

    @cached_property
    def shares(self) -> dict[str, dict[str, float]]:
        """What each metric depends on: signed shares by metric and parameter."""
        varied = {draft.spec.key for draft in self.varied}
        return total_shares(self.model.adapter, self.modelled_keys, varied)

    @cached_property
    def validation(self) -> dict[str, Validation]:
        """How well the model predicts what it does not know, by metric."""
        return validate(self.model, self.learnt, derived_seed(self.spec.seed, len(self.trials)))

    @cached_property
    def leading(self) -> tuple[ParameterDraft, ...]:
        """The varied parameters, those first on which any objective depends most."""
        aimed = [self.shares[metric.spec.key] for metric in self.objectives]

        def weight(draft: ParameterDraft) -> float:
            return max((abs(shares.get(draft.spec.key, 0.0)) for shares in aimed), default=0.0)

        return tuple(sorted(self.varied, key=weight, reverse=True))

    @cached_property
    def cut(self) -> Cut:
        """Slices through ``anchor`` along the parameters that apply there, the leading ones."""
        keys = [draft.spec.key for draft in self.leading if draft.spec.key in self.anchor]
        return cut(self, self.anchor, keys[:MOST_SLICED], SLICE_POINTS)

    @cached_property
    def _middles(self) -> dict[str, ParameterValue]:
        """The middle of each parameter, whether it applies or not."""
        return {key: axis.nearest(axis.middle()) for key, axis in self.space.axes.items()}

    def _own(self, point: Parameterization) -> dict[str, ParameterValue]:
        return {key: value for key, value in point.items() if key in self.space.axes}


def _predicted(key: str, parts: Sequence[TModelPredict]) -> Predicted:
    """Gather what is predicted of one metric."""
    means = [np.asarray(means[key], dtype=float) for means, _ in parts]
    variances = [np.asarray(covariances[key][key], dtype=float) for _, covariances in parts]
    return Predicted(np.concatenate(means), np.sqrt(np.maximum(np.concatenate(variances), 0.0)))
