"""Bandit optimization: each combination once, then those again that may be the best.

Ax's factorial design and its empirical-Bayes Thompson sampling, one trial at a time: Ax would issue
a batch with weights. Which of both it is, the rows alone decide.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from ax.adapter.discrete import DiscreteAdapter
from ax.adapter.registry import Generators
from ax.adapter.transforms.derelativize import Derelativize
from ax.adapter.transforms.merge_repeated_measurements import MergeRepeatedMeasurements
from ax.adapter.transforms.search_space_to_choice import SearchSpaceToChoice
from ax.core.arm import Arm
from ax.core.observation import ObservationFeatures
from ax.exceptions.model import ModelError
from ax.utils.common.random import with_rng_seed

from experiments.bandit_rules import why_no_bandit
from experiments.domain import (
    WITH_RESULTS,
    ExperimentSpec,
    GenerationNode,
    ObservationRecord,
    Outlook,
    Parameterization,
    Prediction,
    Result,
    Suggestion,
    TrialRecord,
    TrialStatus,
)
from experiments.optimizer.build import Rows, assemble, read
from experiments.optimizer.errors import (
    BanditExhausted,
    InfeasibleSpace,
    NoFeasibleCombination,
    UnfitForBandit,
)
from experiments.optimizer.goals import Goals, goals
from experiments.optimizer.modelling import ModelSpace
from experiments.optimizer.seeds import derived_seed
from experiments.optimizer.space import Space
from experiments.outlooks import Prospects
from experiments.replicates import merged, typical_error, with_errors

_MOST_FAILURES = 2
"""A combination that has failed so often, and never given a result, is not tried again."""

_LEAST_CHANCE = 0.05
"""What runs already is left alone as long as the others are the best with at least this chance."""

_TRANSFORMS = [Derelativize, MergeRepeatedMeasurements, SearchSpaceToChoice]
"""As shipped, Ax's Thompson sampling fails as soon as anything is repeated."""


@dataclass
class _Arm:
    """One combination, and what has become of it."""

    parameters: Parameterization
    issued: int = 0
    open: int = 0
    failed: int = 0
    is_abandoned: bool = False
    records: list[TrialRecord] = field(default_factory=list)

    @property
    def is_eligible(self) -> bool:
        """Whether it may be tried (again)."""
        is_hopeless = not self.issued and self.failed >= _MOST_FAILURES
        return not (self.is_abandoned or is_hopeless)


class BanditGeneration:
    """One run of ``suggest`` with the bandit method."""

    def __init__(
        self,
        spec: ExperimentSpec,
        trials: Sequence[TrialRecord],
        pending: Sequence[Parameterization],
    ) -> None:
        """Raise ``UnfitForBandit`` for a definition that the method is not for."""
        reason = why_no_bandit(
            spec.parameters,
            spec.metrics,
            is_weighted_sum=spec.is_weighted_sum,
            noise=spec.noise,
        )
        if reason:
            raise UnfitForBandit(reason)
        self._spec = spec
        self._space = Space(spec)
        rows = read(spec, self._space, trials)
        self._goals = goals(spec, trials, rows.left_out)
        self._number = len(trials)
        self._arms = self._shuffled()
        for trial, parameters in zip(trials, rows.parameters, strict=True):
            self._note(trial, parameters)
        self._model: ArmModel | None = None
        self._prospects = Prospects(spec, trials, {})
        for suggested in pending:
            self._add_pending(self._space.coerced(suggested))

    def next(self) -> Suggestion:
        """Make one suggestion and remember it as pending."""
        if not self._arms:
            raise InfeasibleSpace
        eligible = {key: arm for key, arm in self._arms.items() if arm.is_eligible}
        if not eligible:
            raise BanditExhausted
        untried = [arm for arm in eligible.values() if not arm.issued]
        known = {key: arm for key, arm in eligible.items() if arm.records}
        if untried or len(known) < _needed(len(eligible)):
            arm = min(eligible.values(), key=lambda arm: (arm.issued, arm.failed))
            _, outlook = self._prospects.of(arm.parameters)
            suggestion = Suggestion(
                parameters=arm.parameters, node=GenerationNode.FACTORIAL, outlook=outlook
            )
        else:
            suggestion = self._drawn(known)
        self._add_pending(suggestion.parameters)
        return suggestion

    def _shuffled(self) -> dict[Hashable, _Arm]:
        """Return all combinations by signature, in an order that the seed decides."""
        points = list(self._space.combinations())
        order = np.random.default_rng(derived_seed(self._spec.seed, 0)).permutation(len(points))
        return {self._space.signature(points[n]): _Arm(points[n]) for n in order}

    def _arm(self, parameters: Parameterization) -> _Arm | None:
        if not self._space.contains(parameters):
            return None
        return self._arms.get(self._space.signature(parameters))

    def _note(self, trial: TrialRecord, parameters: Parameterization) -> None:
        arm = self._arm(parameters)
        if arm is None:
            return
        arm.failed += trial.status is TrialStatus.FAILED
        arm.is_abandoned |= trial.status is TrialStatus.ABANDONED
        arm.open += trial.status is TrialStatus.RUNNING
        arm.issued += trial.status not in (TrialStatus.FAILED, TrialStatus.ABANDONED)
        measured = {each.metric for each in trial.observations}
        if trial.status in WITH_RESULTS and {m.key for m in self._goals.metrics} <= measured:
            arm.records.append(trial)

    def _add_pending(self, parameters: Parameterization) -> None:
        self._number += 1
        arm = self._arm(parameters)
        if arm is not None:
            arm.issued += 1
            arm.open += 1

    def _drawn(self, known: Mapping[Hashable, _Arm]) -> Suggestion:
        """Draw a combination, each with the chance that it is the best."""
        with with_rng_seed(derived_seed(self._spec.seed, self._number)):
            if self._model is None:
                arms = [(arm.parameters, arm.records) for arm in known.values()]
                self._model = ArmModel(self._spec, self._space, self._goals, arms)
            chances = dict(zip(known, self._model.chances(), strict=True))
            free = {key: chance for key, chance in chances.items() if not known[key].open}
            among = free if sum(free.values()) >= _LEAST_CHANCE else chances
            odds = np.array(list(among.values()))
            place = np.random.choice(len(odds), p=odds / odds.sum())
        key = list(among)[place]
        expected, outlook = self._model.outlook(known[key].parameters)
        return Suggestion(
            parameters=known[key].parameters,
            node=GenerationNode.THOMPSON,
            predictions=expected,
            acquisition_value=chances[key],
            outlook=outlook,
        )


class ArmModel:
    """What repeated results say of combinations: Ax's empirical Bayes, which shrinks luck."""

    def __init__(
        self,
        spec: ExperimentSpec,
        space: Space,
        aims: Goals,
        arms: Sequence[tuple[Parameterization, Sequence[TrialRecord]]],
    ) -> None:
        """``arms``: combinations with trials that have results of all metrics in ``aims``."""
        self._points = [point for point, _ in arms]
        self._space = ModelSpace(space, self._points)
        records, self._noise = _with_errors(spec, aims, [records for _, records in arms])
        rows = Rows(
            [record for group in records for record in group],
            [point for point, group in zip(self._points, records, strict=True) for _ in group],
            frozenset(),
        )
        self._adapter = Generators.EMPIRICAL_BAYES_THOMPSON(
            experiment=assemble(spec, rows, self._space, aims),
            transforms=_TRANSFORMS,
            min_weight=0.0,
        )
        merged_records = [_merged(group, aims, spec.baseline) for group in records]
        self._best_of = {record.number: place for place, record in enumerate(merged_records)}
        values = {
            record.number: point for record, point in zip(merged_records, self._points, strict=True)
        }
        self._prospects = Prospects(spec, merged_records, values)
        self._results = sum(map(len, records))
        self._chances: list[float] | None = None

    @property
    def adapter(self) -> DiscreteAdapter:
        """The fitted Ax adapter, which predicts combinations that have results."""
        return self._adapter

    def chances(self) -> list[float]:
        """Return the chance of each combination to be the best, drawn with the seed of numpy.

        Raises ``NoFeasibleCombination`` where hardly any draw keeps all outcome constraints.
        """
        if self._chances is None:
            try:
                run = self._adapter.gen(n=1)
            except ModelError as error:
                raise NoFeasibleCombination from error
            drawn = {key: weight for (key,), weight in run.gen_metadata["arms_to_weights"]}
            self._chances = [drawn[self._signature(point)] for point in self._points]
        return self._chances

    def expected(self, points: Sequence[Parameterization]) -> list[tuple[Prediction, ...]]:
        """Return what is expected of each metric, of combinations that have results."""
        features = [ObservationFeatures(parameters=self._space.flat(point)) for point in points]
        means, covariances = self._adapter.predict(features)
        return [
            tuple(
                Prediction(
                    metric=key,
                    mean=float(means[key][place]),
                    sd=float(np.sqrt(max(covariances[key][key][place], 0.0))),
                    noise=self._noise[key],
                )
                for key in means
            )
            for place in range(len(points))
        ]

    def outlook(self, point: Parameterization) -> tuple[tuple[Prediction, ...], Outlook]:
        """Return what is expected of a combination, beside the best one by its mean.

        Nothing is said of the chance that the best beats itself.
        """
        expected, outlook = self._prospects.of(point, self.expected)
        outlook = replace(outlook, results=self._results)
        if outlook.best is None or self._points[self._best_of[outlook.best]] != point:
            return expected, outlook
        unsaid = replace(outlook, better=None, gain=None, spread=None, is_expected_better=None)
        return expected, unsaid

    def _signature(self, point: Parameterization) -> str:
        return Arm(parameters=self._space.flat(point)).signature


def _needed(arms: int) -> int:
    """Return how many combinations must have results before any is repeated on purpose."""
    return max(min(2, arms), arms // 2)


def _with_errors(
    spec: ExperimentSpec, aims: Goals, groups: Sequence[Sequence[TrialRecord]]
) -> tuple[list[list[TrialRecord]], dict[str, float]]:
    """Give each result a standard error; return also how single results of each metric scatter."""
    by_metric = {
        metric.key: with_errors(
            [[_result(record, metric.key) for record in group] for group in groups], spec.noise
        )
        for metric in aims.metrics
    }
    certain = [
        [
            _with(record, {key: column[place][turn] for key, column in by_metric.items()})
            for turn, record in enumerate(group)
        ]
        for place, group in enumerate(groups)
    ]
    return certain, {key: typical_error(column) for key, column in by_metric.items()}


def _merged(records: Sequence[TrialRecord], aims: Goals, baseline: int | None) -> TrialRecord:
    """Return the trials of one combination as one, with the number of the baseline or the first."""
    together = {
        metric.key: merged([_result(record, metric.key) for record in records])
        for metric in aims.metrics
    }
    named = next((record for record in records if record.number == baseline), records[0])
    return _with(replace(named, status=TrialStatus.COMPLETED), together)


def _with(record: TrialRecord, results: Mapping[str, Result]) -> TrialRecord:
    observations = [
        ObservationRecord(metric=key, mean=result.mean, sem=result.sem)
        for key, result in results.items()
    ]
    return replace(record, observations=tuple(observations))


def _result(record: TrialRecord, metric: str) -> Result:
    (found,) = (each for each in record.observations if each.metric == metric)
    return Result(found.mean, found.sem)
