"""Experiments that start as a copy of another one, with or without its trials."""

from collections.abc import Mapping
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import Count, OuterRef, QuerySet, Subquery

from experiments.assignments import applies, assigned
from experiments.documents import Document, to_document
from experiments.domain import (
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Result,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.models import Experiment, Trial, TrialOrigin
from experiments.outside import Space
from experiments.references import by_key
from experiments.search_space import in_words, value_problem
from experiments.services.errors import Refused
from experiments.services.sources import Brought, Rejected, register

KIND = "copy"
FINISHED = tuple(status.value for status in TrialStatus if status is not TrialStatus.RUNNING)

_LARGEST_ID = 2**31 - 1
_LONGEST_NAME = 200
_GONE = "The experiment that this is a copy of is gone: its trials cannot come along."


def source_of(experiment: Experiment) -> str:
    """Return what a definition's form carries so that the trials come along."""
    return f"{KIND}:{experiment.pk}"


def candidates(by: AbstractBaseUser, search: str) -> QuerySet[Experiment]:
    """Return the experiments that a person may copy, each with its number of finished trials."""
    found = Experiment.objects.visible_to(by).matching(search).select_related("team", "touched_by")
    finished = Trial.objects.filter(experiment=OuterRef("pk"), status__in=FINISHED)
    count = finished.order_by().values("experiment").annotate(n=Count("pk")).values("n")
    return found.annotate(finished_count=Subquery(count)).order_by("-touched_at", "-pk")


def copied(experiment: Experiment) -> ExperimentDraft:
    """Return an experiment's definition for a new one: with a name and a seed of its own.

    A baseline is given by its values; a trial that comes along with them is it again.
    """
    draft = experiment.definition
    name = f"Copy of {draft.name}"[:_LONGEST_NAME]
    return replace(
        draft,
        name=name,
        seed=None,
        baseline_trial=None,
        baseline_values=baseline_values(experiment),
    )


def exported(experiment: Experiment) -> Document:
    """Return an experiment's definition as JSON for elsewhere: the baseline by its values."""
    values = baseline_values(experiment)
    return to_document(replace(experiment.definition, baseline_trial=None, baseline_values=values))


def baseline_values(experiment: Experiment) -> Mapping[str, ParameterValue] | None:
    """Return the values of the baseline, without what is computed from others."""
    if experiment.baseline is None:
        return None
    parameters = list(experiment.parameters.all())
    computed = {p.key for p in parameters if p.kind == ParameterKind.DERIVED}
    values = experiment.baseline.values_of(parameters)
    return {key: value for key, value in values.items() if key not in computed}


@register(KIND)
def load(reference: str, draft: ExperimentDraft, by: User) -> Brought:
    """Bring the finished trials of the experiment that a definition was copied from."""
    is_id = reference.isascii() and reference.isdecimal() and len(reference) < 11
    if not is_id or int(reference) > _LARGEST_ID:
        raise Refused(_GONE)
    experiment = Experiment.objects.visible_to(by).filter(pk=int(reference)).first()
    if experiment is None:
        raise Refused(_GONE)
    return brought(experiment, draft)


def brought(experiment: Experiment, draft: ExperimentDraft) -> Brought:
    """Return the finished trials of an experiment for a definition that came from it."""
    reader = _TrialReader(experiment, draft)
    finished = experiment.trials.filter(status__in=FINISHED).prefetch_related("observations")
    trials, rejected = [], []
    for trial in finished:
        try:
            trials.append(reader.read(trial))
        except _Unusable as error:
            rejected.append(Rejected(trial.number, str(error)))
    space = Space(draft)
    return Brought(
        trials=trials,
        origin=TrialOrigin.COPIED,
        rejected=rejected,
        outside=sum(bool(space.reasons(trial.parameters)) for trial in trials),
    )


class _Unusable(Exception):
    """A trial that does not fit a definition, and why."""


class _TrialReader:
    """Reads trials one after another; what all of them need is looked up once."""

    def __init__(self, experiment: Experiment, draft: ExperimentDraft) -> None:
        self._parameters = list(experiment.parameters.all())
        self._specs = [parameter.spec for parameter in draft.parameters]
        self._by_key = by_key(self._specs)
        self._names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
        self._metrics = {metric.spec.key for metric in draft.metrics}

    def read(self, trial: Trial) -> TrialDraft:
        """Return a trial with the keys of the definition; raises ``_Unusable``."""
        status = TrialStatus(trial.status)
        results = {
            f"m{observation.metric_id}": Result(observation.mean, observation.sem)
            for observation in trial.observations.all()
            if observation.step is None and f"m{observation.metric_id}" in self._metrics
        }
        if status is TrialStatus.COMPLETED and not results:
            raise _Unusable("It has no result for any of the metrics.")
        return TrialDraft(
            parameters=self._values(trial), results=results, status=status, reason=trial.reason
        )

    def _values(self, trial: Trial) -> dict[str, ParameterValue]:
        before = trial.values_of(self._parameters)
        stored = {
            spec.key: self._fitted(spec, value)
            for spec in self._specs
            if (value := self._before(spec, before)) is not None
        }
        values = assigned(self._specs, stored)
        for spec in self._specs:
            if spec.key not in values and applies(spec, self._by_key, values):
                raise _Unusable(f"{self._names[spec.key]}: there is no value.")
        return values

    def _before(
        self, spec: ParameterSpec, values: Mapping[str, ParameterValue]
    ) -> ParameterValue | None:
        """The value that a trial had; what is added as fixed has always been so."""
        if spec.kind is ParameterKind.DERIVED:
            return None
        return values.get(spec.key, spec.value)

    def _fitted(self, spec: ParameterSpec, value: ParameterValue) -> ParameterValue:
        """Return a value in the parameter's type; raises ``_Unusable`` where it has another."""
        if spec.value_type is ValueType.INT and isinstance(value, float) and value.is_integer():
            return int(value)
        if problem := value_problem(value, spec.value_type):
            raise _Unusable(f"{self._names[spec.key]}, {in_words(value)}: {problem}")
        return value
