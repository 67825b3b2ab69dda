"""Definitions become rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from experiments.domain import ParameterSpec, Term, TrialStatus
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft, TrialDraft
from experiments.models import Constraint, Experiment, Metric, Observation, Parameter, Trial
from experiments.models.trial import TrialOrigin

Keys = Mapping[str, str]
"""The keys of rows, by the keys that a draft uses for them."""

_BATCH = 2_000


def write(
    experiment: Experiment, draft: ExperimentDraft, *, revived: Collection[str] = ()
) -> tuple[Keys, Keys]:
    """Make the rows of a (saved) experiment's definition what the draft says.

    Rows whose keys the draft has are kept and changed, others are made or deleted. ``revived`` are
    keys of rows that this experiment once had: one that comes back gets its own again. The
    baseline, which is a trial, is left to the caller. Returns the keys of parameters and metrics.
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
    parameters = _write_parameters(experiment, draft.parameters, revived)
    metrics = _write_metrics(experiment, draft.metrics, revived)
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
            source_id=trial.source,
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


def _write_parameters(
    experiment: Experiment, drafts: Sequence[ParameterDraft], revived: Collection[str]
) -> dict[str, str]:
    """Write the parameters, first without references: those need the keys of all rows."""
    existing = {parameter.key: parameter for parameter in experiment.parameters.all()}
    kept = {draft.spec.key for draft in drafts} & existing.keys()
    if removed := [row.pk for key, row in existing.items() if key not in kept]:
        experiment.parameters.filter(parent__in=removed).update(parent=None)
        experiment.parameters.filter(pk__in=removed).delete()
    made, rows = [], []
    for position, draft in enumerate(drafts):
        fields = _parameter_fields(draft) | {"position": position}
        row = existing.get(draft.spec.key)
        if row is None:
            pk = _revived_pk(draft.spec.key, revived)
            row = Parameter(experiment=experiment, pk=pk, **fields)
            made.append(row)
        else:
            _update(row, fields)
        rows.append(row)
    Parameter.objects.bulk_create(made)
    keys = {draft.spec.key: row.key for draft, row in zip(drafts, rows, strict=True)}
    for draft, row in zip(drafts, rows, strict=True):
        _update(row, _references(draft.spec, keys))
    return keys


def _references(spec: ParameterSpec, keys: Keys) -> dict[str, Any]:
    """The columns of a parameter that refer to other rows."""
    condition = spec.condition
    return {
        "terms": _terms(spec.terms, keys),
        "parent_id": int(keys[condition.parameter].removeprefix("p")) if condition else None,
        "parent_values": list(condition.values) if condition else [],
    }


def _update(row: Parameter | Metric, fields: Mapping[str, Any]) -> None:
    """Give an existing row other values, and save those that differ (1 is not 1.0, nor yes)."""
    changed = [name for name, value in fields.items() if repr(getattr(row, name)) != repr(value)]
    for name in changed:
        setattr(row, name, fields[name])
    if changed:
        row.save(update_fields=[name.removesuffix("_id") for name in changed])


def _revived_pk(key: str, revived: Collection[str]) -> int | None:
    return int(key[1:]) if key in revived else None


def _parameter_fields(draft: ParameterDraft) -> dict[str, Any]:
    """The columns of a parameter, but for its place and those that refer to other rows."""
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
        "intercept": spec.intercept,
        "pinned": spec.pinned,
        "backfill": spec.backfill,
    }


def _terms(terms: Sequence[Term], keys: Keys) -> list[list[str | float]]:
    return [[keys[term.parameter], term.coefficient] for term in terms]


def _write_metrics(
    experiment: Experiment, drafts: Sequence[MetricDraft], revived: Collection[str]
) -> dict[str, str]:
    existing = {metric.key: metric for metric in experiment.metrics.all()}
    kept = {draft.spec.key for draft in drafts} & existing.keys()
    if removed := [row.pk for key, row in existing.items() if key not in kept]:
        experiment.metrics.filter(pk__in=removed).delete()
    made, keys = [], {}
    for position, draft in enumerate(drafts):
        fields = _metric_fields(draft) | {"position": position}
        row = existing.get(draft.spec.key)
        if row is None:
            row = Metric(experiment=experiment, pk=_revived_pk(draft.spec.key, revived), **fields)
            made.append((draft.spec.key, row))
        else:
            _update(row, fields)
            keys[draft.spec.key] = row.key
    Metric.objects.bulk_create(row for _, row in made)
    return keys | {key: row.key for key, row in made}


def _metric_fields(draft: MetricDraft) -> dict[str, Any]:
    """The columns of a metric, but for its place."""
    spec = draft.spec
    return {
        "name": draft.name,
        "unit": draft.unit,
        "description": draft.description,
        "target": draft.target,
        "direction": spec.direction.value,
        "role": spec.role.value,
        "weight": spec.weight,
        "threshold": spec.threshold,
        "relation": spec.relation.value,
        "bound": spec.bound,
        "is_relative": spec.is_relative,
    }
