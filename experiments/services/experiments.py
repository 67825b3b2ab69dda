"""Defining experiments."""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.models import ChangeKind, Experiment, Metric, Parameter, Team
from experiments.permissions import check_can_define
from experiments.services.recording import record


def create(
    *, draft: ExperimentDraft, team: Team, by: AbstractBaseUser, key: uuid.UUID | None = None
) -> Experiment:
    """Create an experiment from a checked definition and start thinking about its first trials.

    ``key`` names the act: sent twice, the first experiment is returned.
    """
    check_can_define(by, team)
    earlier = key and Experiment.objects.filter(creation_key=key, created_by_id=by.pk).first()
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return _create(draft, team, by, key)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        return Experiment.objects.get(creation_key=key, created_by_id=by.pk)


def _create(
    draft: ExperimentDraft, team: Team, by: AbstractBaseUser, key: uuid.UUID | None
) -> Experiment:
    experiment = Experiment.objects.create(
        team=team,
        name=draft.name,
        description=draft.description,
        trial_budget=draft.trial_budget,
        creation_key=key,
        created_by_id=by.pk,
        touched_by_id=by.pk,
    )
    Metric.objects.create(
        experiment=experiment, name=draft.objective, direction=draft.direction.value
    )
    Parameter.objects.bulk_create(
        Parameter(
            experiment=experiment, position=position, name=parameter.name, **_fields(parameter)
        )
        for position, parameter in enumerate(draft.parameters)
    )
    record(
        experiment,
        kind=ChangeKind.EXPERIMENT_CREATED,
        by=by,
        is_model_change=True,
        after=asdict(draft),
    )
    return experiment


def _fields(parameter: ParameterDraft) -> dict[str, Any]:
    """The columns of a parameter, but for its name and place."""
    spec = asdict(parameter.spec)
    del spec["key"]
    return {**spec, "kind": spec["kind"].value, "value_type": spec["value_type"].value,
            "values": list(spec["values"])}  # fmt: skip
