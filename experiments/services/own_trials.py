"""Trials that people add themselves, with parameters that nobody has suggested."""

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser

from experiments.domain import ParameterValue
from experiments.models import ChangeKind, Experiment, ExperimentStatus, Trial, TrialOrigin
from experiments.outside import outside
from experiments.services.acting import acting
from experiments.services.errors import Conflict, Refused

MOST_REPEATS = 20
_RUNNING = (ExperimentStatus.RUNNING, ExperimentStatus.PAUSED)


def add(
    experiment: Experiment,
    *,
    parameters: Mapping[str, ParameterValue],
    key: uuid.UUID,
    by: AbstractBaseUser,
    is_outside: bool = False,
    is_repeat: bool = False,
) -> Trial:
    """Add a running trial with complete parameters by key; ``by`` runs it.

    ``key`` names the act: sent again, the first trial is returned. ``is_repeat`` says that another
    trial is known to have the same parameters. Raises ``Refused`` for values outside the space of
    today, unless ``is_outside`` says that they are meant to be, and while the experiment does not
    run.
    """
    with acting(experiment.pk, kind=ChangeKind.TRIAL_ADDED, by=by) as act:
        experiment = act.experiment
        if made := added_with(experiment, key):
            return made
        _check_runs(experiment)
        reasons = outside(experiment.definition, parameters)
        if reasons and not is_outside:
            raise Refused(f"These values lie outside the search space. {' '.join(reasons)}")
        trial = Trial.objects.create(
            experiment=experiment,
            number=experiment.trial_count,
            parameters=dict(parameters),
            origin=TrialOrigin.REPEATED if is_repeat else TrialOrigin.OWN,
            taken_by_id=by.pk,
            creation_key=_own(key, experiment),
        )
        experiment.trial_count += 1
        act.added([trial])
        act.reason = " ".join(reasons)[:500]
    return trial


def added_with(experiment: Experiment, key: uuid.UUID) -> Trial | None:
    """Return the trial that ``add`` has added under a key, deleted or not, if it has."""
    added = Trial.everything.filter(experiment=experiment, creation_key=_own(key, experiment))
    return added.first()


def repeat(trial: Trial, *, count: int, key: uuid.UUID, by: AbstractBaseUser) -> list[Trial]:
    """Run a trial again, ``count`` times (1 to ``MOST_REPEATS``), with the values that it used.

    The new trials run, and ``by`` has them. ``key`` names the act: sent again, it adds nothing.
    Raises ``Conflict`` if the trial was deleted, ``Refused`` while the experiment does not run.
    """
    if not 1 <= count <= MOST_REPEATS:
        raise Refused(f"Repeat it 1 to {MOST_REPEATS} times.")
    keys = [uuid.uuid5(key, f"{trial.pk} {count} {place}") for place in range(count)]
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_ADDED, by=by) as act:
        experiment = act.experiment
        made = Trial.everything.filter(experiment=experiment, creation_key__in=keys)
        if made.exists():
            return list(made.order_by("number"))
        _check_runs(experiment)
        found = experiment.trials.filter(pk=trial.pk).first()
        if found is None:
            raise Conflict(f"Trial {trial.number} was deleted meanwhile.")
        added = Trial.objects.bulk_create(
            Trial(
                experiment=experiment,
                number=experiment.trial_count + place,
                parameters=found.parameters,
                origin=TrialOrigin.REPEATED,
                taken_by_id=by.pk,
                creation_key=each,
            )
            for place, each in enumerate(keys)
        )
        experiment.trial_count += count
        act.added(added)
        act.reason = f"Repeats trial {found.number}."
    return added


def why_not(experiment: Experiment) -> str:
    """Say why no trial can be added, and how to mend it; blank while one can."""
    if experiment.deleted_at:
        return "This experiment is deleted: restore it to add trials."
    if experiment.status in _RUNNING:
        return ""
    verb = "start" if experiment.status == ExperimentStatus.DRAFT else "reopen"
    return f"This experiment is {experiment.get_status_display()}: {verb} it to add trials."


def _check_runs(experiment: Experiment) -> None:
    if reason := why_not(experiment):
        raise Refused(reason)


def _own(key: uuid.UUID, experiment: Experiment) -> uuid.UUID:
    """Bind a key that came with a form to its experiment: it may have been sent to another one."""
    return uuid.uuid5(key, f"experiment {experiment.pk}")
