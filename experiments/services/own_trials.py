"""Trials that people add themselves, with parameters that nobody has suggested."""

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser

from experiments.domain import ParameterValue
from experiments.models import ChangeKind, Experiment, ExperimentStatus, Trial, TrialOrigin
from experiments.outside import outside
from experiments.services.acting import acting
from experiments.services.errors import Refused

_RUNNING = (ExperimentStatus.RUNNING, ExperimentStatus.PAUSED)


def add(
    experiment: Experiment,
    *,
    parameters: Mapping[str, ParameterValue],
    key: uuid.UUID,
    by: AbstractBaseUser,
    is_outside: bool = False,
) -> Trial:
    """Add a running trial with complete parameters by key; ``by`` runs it.

    ``key`` names the act: sent again, the first trial is returned. Raises ``Refused`` for values
    outside the space of today, unless ``is_outside`` says that they are meant to be, and while the
    experiment does not run.
    """
    with acting(experiment.pk, kind=ChangeKind.TRIAL_ADDED, by=by) as act:
        experiment = act.experiment
        made = Trial.everything.filter(experiment=experiment, creation_key=key).first()
        if made is not None:
            return made
        if experiment.deleted_at or experiment.status not in _RUNNING:
            raise Refused(f"This experiment is {experiment.get_status_display()}: nothing runs.")
        reasons = outside(experiment.definition, parameters)
        if reasons and not is_outside:
            raise Refused(f"These values lie outside the search space. {' '.join(reasons)}")
        trial = Trial.objects.create(
            experiment=experiment,
            number=experiment.trial_count,
            parameters=dict(parameters),
            origin=TrialOrigin.OWN,
            taken_by_id=by.pk,
            creation_key=key,
        )
        experiment.trial_count += 1
        act.added([trial])
        act.reason = " ".join(reasons)[:500]
    return trial
