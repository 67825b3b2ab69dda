"""What an edited definition would do to values and results that are there already."""

from collections.abc import Iterator
from typing import Any

from experiments.definition_words import TYPES, quoted
from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ExperimentDraft
from experiments.models import Experiment
from experiments.problems import EXPERIMENT, METRIC, PARAMETER, DefinitionProblem

_NUMBERS = (ValueType.FLOAT, ValueType.INT)
_VARIED = (ParameterKind.RANGE, ParameterKind.CHOICE)


def data_problems(
    experiment: Experiment, before: ExperimentDraft, after: ExperimentDraft
) -> list[DefinitionProblem]:
    """Return why a definition cannot follow another one without losing or misreading data."""
    return [
        *_removed_metrics(experiment, before, after),
        *_removed_parameters(experiment, before, after),
        *_other_types(experiment, before, after),
        *_baseline(experiment, after),
    ]


def _removed_metrics(
    experiment: Experiment, before: ExperimentDraft, after: ExperimentDraft
) -> Iterator[DefinitionProblem]:
    kept = {metric.spec.key for metric in after.metrics}
    removed = [metric for metric in before.metrics if metric.spec.key not in kept]
    keys = [int(metric.spec.key.removeprefix("m")) for metric in removed]
    measured = experiment.metrics.filter(pk__in=keys, observations__isnull=False)
    for metric in measured.distinct():
        message = (
            f"There are results of “{metric.name}”, so it cannot be removed. "
            "Set it to “only track” instead."
        )
        yield DefinitionProblem(METRIC, None, "", message)


def _removed_parameters(
    experiment: Experiment, before: ExperimentDraft, after: ExperimentDraft
) -> Iterator[DefinitionProblem]:
    kept = {parameter.spec.key for parameter in after.parameters}
    for parameter in before.parameters:
        spec = parameter.spec
        if spec.key in kept or spec.kind not in _VARIED:
            continue
        count = experiment.trials.filter(parameters__has_key=spec.key).count()
        if count:
            trials = "1 trial has a value" if count == 1 else f"{count} trials have values"
            message = (
                f"{trials} for “{parameter.name}”, so it cannot be removed. "
                "Retire it instead: fix it at one value from now on."
            )
            yield DefinitionProblem(PARAMETER, None, "", message)


def _other_types(
    experiment: Experiment, before: ExperimentDraft, after: ExperimentDraft
) -> Iterator[DefinitionProblem]:
    old = {parameter.spec.key: parameter.spec for parameter in before.parameters}
    for place, parameter in enumerate(after.parameters):
        new = parameter.spec
        was = old.get(new.key)
        if was is None or _shape(was) == _shape(new):
            continue
        stored = experiment.trials.filter(parameters__has_key=new.key)
        values = stored.values_list(f"parameters__{new.key}", flat=True).distinct()
        if problem := _type_problem(was, new, [value for value in values if value is not None]):
            field, message = problem
            message = f"“{parameter.name}” has values in trials. {message}"
            yield DefinitionProblem(PARAMETER, place, field, message)


def _shape(spec: ParameterSpec) -> tuple[Any, ...]:
    """What decides whether stored values can be read as before."""
    fixed = spec.value if spec.kind is ParameterKind.FIXED else None
    return spec.kind, spec.value_type, fixed


def _type_problem(
    old: ParameterSpec, new: ParameterSpec, values: list[Any]
) -> tuple[str, str] | None:
    """Return the field, and why the values that trials have do not go with the new type."""
    if not values:
        return None
    if new.kind is ParameterKind.DERIVED and old.kind is not ParameterKind.DERIVED:
        return "kind", "They would be replaced by computed ones: add a derived parameter instead."
    if old.value_type is not new.value_type:
        if old.value_type not in _NUMBERS or new.value_type not in _NUMBERS:
            return "value_type", (
                f"They would not be read as {TYPES[new.value_type]}: retire it and add a new one."
            )
        if new.value_type is ValueType.INT and (odd := _not_whole(values)) is not None:
            return "value_type", f"They are not all whole ({quoted(odd)}): keep the type number."
    is_fixed_now = new.kind is ParameterKind.FIXED and old.kind in _VARIED
    if is_fixed_now and any(value != new.value for value in values):
        return "kind", "To use one value from now on, retire it: the model keeps what it knows."
    return None


def _not_whole(values: list[Any]) -> Any:
    return next((value for value in values if not float(value).is_integer()), None)


def _baseline(experiment: Experiment, after: ExperimentDraft) -> Iterator[DefinitionProblem]:
    number = after.baseline_trial
    if number is not None and not experiment.trials.filter(number=number).exists():
        message = f"There is no trial {number}: choose another baseline."
        yield DefinitionProblem(EXPERIMENT, None, "baseline_trial", message)
