"""Trials of one experiment, written in the terms of another definition."""

from collections.abc import Mapping, Sequence

from experiments.assignments import applies, assigned
from experiments.domain import (
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Result,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.models import Parameter, Trial
from experiments.references import by_key
from experiments.search_space import in_words, value_problem


class Unusable(Exception):
    """A trial that does not fit a definition, and why."""


class TrialReader:
    """Reads trials one after another; what all of them need is looked up once.

    ``parameters`` and ``metrics`` are the keys there by those of the definition; without them, they
    are the same. What has no counterpart there has its fixed value or its backfill.
    """

    def __init__(
        self,
        there: Sequence[Parameter],
        draft: ExperimentDraft,
        *,
        parameters: Mapping[str, str] | None = None,
        metrics: Mapping[str, str] | None = None,
    ) -> None:
        self._there = there
        self._specs = [parameter.spec for parameter in draft.parameters]
        self._by_key = by_key(self._specs)
        self._names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
        own = {spec.key: spec.key for spec in self._specs}
        self._sources = own if parameters is None else parameters
        same = {metric.spec.key: metric.spec.key for metric in draft.metrics}
        self._metrics = {key: own for own, key in (same if metrics is None else metrics).items()}

    def read(self, trial: Trial) -> TrialDraft:
        """Return a trial with the keys of the definition; raises ``Unusable``.

        Its observations should be prefetched.
        """
        status = TrialStatus(trial.status)
        results = {
            self._metrics[key]: Result(observation.mean, observation.sem)
            for observation in trial.observations.all()
            if observation.step is None and (key := f"m{observation.metric_id}") in self._metrics
        }
        if status is TrialStatus.COMPLETED and not results:
            raise Unusable("It has no result for any of the metrics.")
        return TrialDraft(
            parameters=self._values(trial),
            results=results,
            status=status,
            reason=trial.reason,
            source=trial.pk,
        )

    def _values(self, trial: Trial) -> dict[str, ParameterValue]:
        before = trial.values_of(self._there)
        stored = {
            spec.key: self._fitted(spec, value)
            for spec in self._specs
            if (value := self._before(spec, before)) is not None
        }
        values = assigned(self._specs, stored)
        for spec in self._specs:
            if spec.key not in values and applies(spec, self._by_key, values):
                raise Unusable(f"{self._names[spec.key]}: there is no value.")
        return values

    def _before(
        self, spec: ParameterSpec, values: Mapping[str, ParameterValue]
    ) -> ParameterValue | None:
        """The value that a trial had; what is added as fixed has always been so."""
        if spec.kind is ParameterKind.DERIVED:
            return None
        return values.get(self._sources.get(spec.key, ""), spec.value)

    def _fitted(self, spec: ParameterSpec, value: ParameterValue) -> ParameterValue:
        """Return a value in the parameter's type; raises ``Unusable`` where it has another."""
        if spec.value_type is ValueType.INT and isinstance(value, float) and value.is_integer():
            return int(value)
        if spec.value_type is ValueType.FLOAT and type(value) is int:
            return float(value)
        if problem := value_problem(value, spec.value_type):
            raise Unusable(f"{self._names[spec.key]}, {in_words(value)}: {problem}")
        return value
