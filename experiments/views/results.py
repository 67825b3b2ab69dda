"""All results of one experiment, and how they compare."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from experiments import ranking
from experiments.consequences import unpinned
from experiments.domain import (
    GenerationMethod,
    ParameterSpec,
    Relation,
    Result,
    ResultNoise,
)
from experiments.learning import MOST_LEARNT
from experiments.models import Experiment, Metric, Parameter
from experiments.noise import NoiseTreatment, consistent_sems
from experiments.outside import Space
from experiments.views.kept import TrialPoint, TrialsRead, trials_read

NOISE = {
    NoiseTreatment.ESTIMATED_SOME_GIVEN: (
        "Some results have a standard error and some have none: until all have one, "
        "the model estimates the noise itself, from all results."
    ),
    NoiseTreatment.GIVEN: "The model takes the noise of each result from its standard error.",
    NoiseTreatment.GIVEN_ZEROS_RAISED: (
        "The model takes the noise of each result from its standard error; "
        "where that is 0, it uses the smallest of the others."
    ),
}


_LEARNING_FROM_ANY_NUMBER = (GenerationMethod.RANDOM_SEARCH, GenerationMethod.BANDIT)


@dataclass
class ExperimentResults:
    """Definition, trials and results of one experiment; each is read once, when asked for."""

    experiment: Experiment

    @cached_property
    def parameters(self) -> list[Parameter]:
        """The search space."""
        return list(self.experiment.parameters.all())

    @cached_property
    def specs(self) -> list[ParameterSpec]:
        """The search space as the optimizer sees it."""
        return [parameter.spec for parameter in self.parameters]

    @cached_property
    def specs_by_key(self) -> dict[str, ParameterSpec]:
        """The same, by key."""
        return {spec.key: spec for spec in self.specs}

    @cached_property
    def space(self) -> Space:
        """The search space of today, to compare trials with."""
        return Space(unpinned(self.experiment.definition))

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call the parameters, by key."""
        return {parameter.key: parameter.name for parameter in self.parameters}

    @cached_property
    def metrics(self) -> list[Metric]:
        """All that is measured."""
        return list(self.experiment.metrics.all())

    @cached_property
    def objectives(self) -> list[Metric]:
        """What is minimized or maximized."""
        return [metric for metric in self.metrics if metric.is_objective]

    @property
    def has_sum(self) -> bool:
        """Whether several objectives count as one weighted sum."""
        return self.experiment.is_weighted_sum and len(self.objectives) > 1

    @cached_property
    def _read(self) -> TrialsRead:
        return trials_read(self.experiment)

    @property
    def is_large(self) -> bool:
        """Whether there are so many trials that an act should not wait for all that results say."""
        return self._read.is_large

    @property
    def trials(self) -> Sequence[TrialPoint]:
        """All trials by number; there may be very many."""
        return self._read.trials

    @property
    def results(self) -> Mapping[int, Mapping[int, Result]]:
        """The results by the trials' ids, by the metrics' ids."""
        return self._read.results

    @property
    def means(self) -> Mapping[int, Mapping[str, float]]:
        """The completed trials' means by metric key, by the trials' ids, in the trials' order."""
        return self._read.means

    @property
    def repeats(self) -> Mapping[int, Sequence[int]]:
        """The ids of completed trials with the same parameters, by the id of each, if several."""
        return self._read.repeats(self.specs)

    @cached_property
    def goals(self) -> ranking.Goals:
        """What results are judged by."""
        return ranking.Goals(
            metrics=[metric.spec for metric in self.metrics],
            is_weighted_sum=self.experiment.is_weighted_sum,
            baseline=self.means.get(self.experiment.baseline_id or 0, {}),
        )

    @cached_property
    def limits(self) -> dict[str, tuple[Relation, float]]:
        """The outcome constraints that count, with bounds in the metrics' units."""
        return self.goals.limits

    @cached_property
    def ranking(self) -> ranking.Ranking:
        """How the completed trials compare."""
        return self._read.ranked(self.goals)

    @cached_property
    def front(self) -> frozenset[int]:
        """The ids of the Pareto points."""
        return frozenset(self.ranking.front)

    def weighted_sum_of(self, pk: int) -> float | None:
        """Return the weighted sum of a trial's objectives, if it has them all."""
        if not self.has_sum or pk not in self.means:
            return None
        return ranking.weighted_sum(self.means[pk], self.goals.objectives)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many trials there are by status."""
        return Counter(trial.status for trial in self.trials)

    @cached_property
    def bound_notes(self) -> str:
        """What to know of the relative constraints: which do not count yet, which come to 0."""
        return f"{self._waiting_bounds()} {self._zero_bounds()}".strip()

    def _zero_bounds(self) -> str:
        """Which bounds a percentage cannot move, in words."""
        zero = [
            metric.name
            for metric in self.metrics
            if metric.key in self.limits
            and metric.is_relative
            and metric.bound
            and self.goals.baseline[metric.key] == 0
        ]
        if not zero:
            return ""
        names = " and ".join(zero)
        meant = "A bound in the metric’s own unit says more."
        return f"The baseline’s result for {names} is 0, and so is any percentage of it. {meant}"

    def _waiting_bounds(self) -> str:
        """Which constraints do not count yet, and why, in words."""
        waiting = {spec.key for spec in self.goals.waiting}
        names = " and ".join(metric.name for metric in self.metrics if metric.key in waiting)
        if not names:
            return ""
        bounds = f"the bound{'s' if len(waiting) > 1 else ''} on {names}"
        counts = "count once they have" if len(waiting) > 1 else "counts once it has"
        number = next((t.number for t in self.trials if t.pk == self.experiment.baseline_id), None)
        if number is None:
            verb = "do" if len(waiting) > 1 else "does"
            return f"There is no baseline: {bounds} {verb} not count."
        lacks = f"no result for {names}" if self.goals.baseline else "no result"
        return f"The baseline (trial {number}) has {lacks} yet: {bounds} {counts} one."

    @cached_property
    def noise(self) -> list[str]:
        """How the model treats the standard errors, where there is something to say."""
        said: dict[str, list[str]] = defaultdict(list)
        for metric in self.metrics:
            pk, results = metric.pk, self.results
            sems = [results[trial][pk].sem for trial in self.means if pk in results[trial]]
            treatment = consistent_sems(sems, ResultNoise(self.experiment.noise))[1]
            if treatment in NOISE:
                said[NOISE[treatment]].append(metric.name)
        if len(self.metrics) == 1:
            return list(said)
        return [f"{', '.join(names)}: {text}" for text, names in said.items()]

    @cached_property
    def learning(self) -> list[str]:
        """How the model treats the results, where there is something to say."""
        count = len(self.means)
        method = self.experiment.generation_method
        if count <= MOST_LEARNT or method in _LEARNING_FROM_ANY_NUMBER:
            return self.noise
        many = (
            f"The model learns from {MOST_LEARNT} of the {count} results: half of them the best, "
            "the others spread evenly over the rest. With all of them, a suggestion would take "
            "very long."
        )
        return [many, *self.noise]
