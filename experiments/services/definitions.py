"""Definitions become rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from experiments.domain import Term, TrialStatus
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft, TrialDraft
from experiments.models import Constraint, Experiment, Metric, Observation, Parameter, Trial
from experiments.models.trial import TrialOrigin

Keys = Mapping[str, str]
"""The keys of rows, by the keys that a draft uses for them."""

_BATCH = 2_000


def write(experiment: Experiment, draft: ExperimentDraft) -> tuple[Keys, Keys]:
    """Make the rows of a (saved) experiment's definition what the draft says.

    Rows whose keys the draft has are kept and changed, others are made or deleted. The baseline,
    which is a trial, is left to the caller. Returns the keys of parameters and of metrics.
    """
    experiment.name = draft.name
    experiment.description = draft.description
    experiment.is_weighted_sum = draft.is_weighted_sum
    experiment.noise = draft.noise.value
    experiment.trial_budget = draft.trial_budget
    experiment.wanted_parallelism = draft.wanted_parallelism
    experiment.generation_method = draft.generation_method.value
    experiment.initialization_budget = draft.initialization_budget
    experiment.tags = list(draft.tags)
    if draft.seed is not None:
        experiment.seed = draft.seed
    experiment.save(
        update_fields=[
            "name", "description", "is_weighted_sum", "noise", "trial_budget",
            "wanted_parallelism", "generation_method", "initialization_budget", "tags", "seed",
        ]
    )  # fmt: skip
    parameters = _write_parameters(experiment, draft.parameters)
    metrics = _write_metrics(experiment, draft.metrics)
    experiment.constraints.all().delete()
    Constraint.objects.bulk_create(
        Constraint(
            experiment=experiment,
            position=position,
            terms=_terms(constraint.terms, parameters),
            relation=constraint.relation.value,
            bound=constraint.bound,
        )
        for position, constraint in enumerate(draft.constraints)
    )
    return parameters, metrics


def add_trials(
    experiment: Experiment,
    trials: Sequence[TrialDraft],
    keys: tuple[Keys, Keys],
    *,
    by: AbstractBaseUser,
    origin: TrialOrigin,
) -> list[Trial]:
    """Add trials that were run elsewhere, in bulk, and return them; ``keys`` are ``write``'s.

    Grows ``experiment.trial_count``, which ``record`` then saves.
    """
    parameters, metrics = keys
    now = timezone.now()
    rows = [
        Trial(
            experiment=experiment,
            number=number,
            status=trial.status.value,
            parameters={parameters[key]: value for key, value in trial.parameters.items()},
            origin=origin,
            reason=trial.reason,
            taken_by_id=by.pk,
            finished_at=None if trial.status is TrialStatus.RUNNING else now,
            finished_by_id=None if trial.status is TrialStatus.RUNNING else by.pk,
        )
        for number, trial in enumerate(trials, start=experiment.trial_count)
    ]
    made = Trial.objects.bulk_create(rows, batch_size=_BATCH)
    Observation.objects.bulk_create(
        (
            Observation(
                trial=row,
                metric_id=int(metrics[key].removeprefix("m")),
                mean=result.mean,
                sem=result.sem,
            )
            for row, trial in zip(made, trials, strict=True)
            for key, result in trial.results.items()
        ),
        batch_size=_BATCH,
    )
    experiment.trial_count += len(made)
    return made


def _write_parameters(experiment: Experiment, drafts: Sequence[ParameterDraft]) -> dict[str, str]:
    """Write the parameters, first without references: those need the keys of all rows."""
    existing = {parameter.key: parameter for parameter in experiment.parameters.all()}
    kept = {draft.spec.key for draft in drafts} & existing.keys()
    experiment.parameters.filter(parent__isnull=False).update(parent=None)
    experiment.parameters.exclude(pk__in=[existing[key].pk for key in kept]).delete()
    rows = []
    for position, draft in enumerate(drafts):
        row = existing.get(draft.spec.key) or _new_parameter(experiment, draft.spec.key)
        row.position = position
        for field, value in _parameter_fields(draft).items():
            setattr(row, field, value)
        rows.append((draft, row))
    for _, row in rows:
        row.parent = None
        row.save()
    keys = {draft.spec.key: row.key for draft, row in rows}
    by_key = {row.key: row for _, row in rows}
    for draft, row in rows:
        condition = draft.spec.condition
        if draft.spec.terms or condition:
            row.terms = _terms(draft.spec.terms, keys)
            row.parent = by_key[keys[condition.parameter]] if condition else None
            row.parent_values = list(condition.values) if condition else []
            row.save(update_fields=["terms", "parent", "parent_values"])
    return keys


def _new_parameter(experiment: Experiment, key: str) -> Parameter:
    """Make a row; one that was deleted and comes back keeps the key that its trials know."""
    row = Parameter(experiment=experiment)
    if key.startswith("p") and key[1:].isdecimal() and _was_here(experiment, key):
        row.pk = int(key[1:])
    return row


def _was_here(experiment: Experiment, key: str) -> bool:
    """Tell whether a key that is free now belonged to this experiment once."""
    is_free = not Parameter.objects.filter(pk=int(key[1:])).exists()
    return is_free and experiment.trials.filter(parameters__has_key=key).exists()


def _parameter_fields(draft: ParameterDraft) -> dict[str, Any]:
    """The columns of a parameter, but for its place and what refers to other rows."""
    spec = draft.spec
    return {
        "name": draft.name,
        "unit": draft.unit,
        "description": draft.description,
        "digits": draft.digits,
        "notation": draft.notation.value,
        "kind": spec.kind.value,
        "value_type": spec.value_type.value,
        "lower": spec.lower,
        "upper": spec.upper,
        "log_scale": spec.log_scale,
        "step": spec.step,
        "values": list(spec.values),
        "is_ordered": spec.is_ordered,
        "value": spec.value,
        "terms": [],
        "intercept": spec.intercept,
        "parent_values": [],
        "pinned": spec.pinned,
        "backfill": spec.backfill,
    }


def _terms(terms: Sequence[Term], keys: Keys) -> list[list[str | float]]:
    return [[keys[term.parameter], term.coefficient] for term in terms]


def _write_metrics(experiment: Experiment, drafts: Sequence[MetricDraft]) -> dict[str, str]:
    existing = {metric.key: metric for metric in experiment.metrics.all()}
    kept = {draft.spec.key for draft in drafts} & existing.keys()
    experiment.metrics.exclude(pk__in=[existing[key].pk for key in kept]).delete()
    keys = {}
    for position, draft in enumerate(drafts):
        row = existing.get(draft.spec.key) or Metric(experiment=experiment)
        spec = draft.spec
        row.position = position
        row.name, row.unit, row.description = draft.name, draft.unit, draft.description
        row.target = draft.target
        row.direction, row.role = spec.direction.value, spec.role.value
        row.weight, row.threshold = spec.weight, spec.threshold
        row.relation, row.bound = spec.relation.value, spec.bound
        row.is_relative = spec.is_relative
        row.save()
        keys[spec.key] = row.key
    return keys
