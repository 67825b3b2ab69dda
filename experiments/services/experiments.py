"""Defining experiments."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from experiments.documents import to_document
from experiments.domain import ParameterValue, TrialStatus
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.known import NOTHING, Choice
from experiments.models import ChangeKind, Experiment, ExperimentStatus, Team, TrialOrigin
from experiments.permissions import check_can_define, check_can_run
from experiments.services import auxiliary
from experiments.services.definitions import add_trials, write
from experiments.services.recording import announce, locked, record


def create(
    *,
    draft: ExperimentDraft,
    team: Team,
    by: AbstractBaseUser,
    key: uuid.UUID | None = None,
    status: ExperimentStatus = ExperimentStatus.RUNNING,
    trials: Sequence[TrialDraft] = (),
    origin: TrialOrigin = TrialOrigin.IMPORTED,
    learns_from: Choice = NOTHING,
    command: str = "",
) -> Experiment:
    """Create an experiment from a checked definition and start thinking about its first trials.

    ``trials`` come along from elsewhere, with the draft's keys; ``baseline_trial`` counts within
    them. A baseline that the draft gives by its values is the one of them that has these, or else
    becomes a running trial. ``learns_from``: other experiments that its model learns from; raises
    ``Refused`` if ``by`` may not see them.
    ``key`` names the act: sent twice, the first experiment is returned.
    """
    check_can_define(by, team)
    earlier = key and Experiment.objects.filter(creation_key=key, created_by_id=by.pk).first()
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return _create(draft, team, by, key, status, trials, origin, learns_from, command)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        return Experiment.objects.get(creation_key=key, created_by_id=by.pk)


def _create(
    draft: ExperimentDraft,
    team: Team,
    by: AbstractBaseUser,
    key: uuid.UUID | None,
    status: ExperimentStatus,
    trials: Sequence[TrialDraft],
    origin: TrialOrigin,
    learns_from: Choice,
    command: str,
) -> Experiment:
    experiment = Experiment.objects.create(
        team=team,
        status=status,
        command=command,
        creation_key=key,
        created_by_id=by.pk,
        touched_by_id=by.pk,
    )
    keys = write(experiment, draft)
    made = add_trials(experiment, trials, keys, by=by, origin=origin)
    place = _among(trials, draft.baseline_values)
    if place is not None:
        draft = replace(draft, baseline_values=None, baseline_trial=place)
    if draft.baseline_values is not None:
        wanted = TrialDraft(parameters=draft.baseline_values, status=TrialStatus.RUNNING)
        made += add_trials(experiment, [wanted], keys, by=by, origin=TrialOrigin.BASELINE)
        draft = replace(draft, baseline_values=None, baseline_trial=made[-1].number)
    if draft.baseline_trial is not None:
        experiment.baseline = made[draft.baseline_trial]
    auxiliary.attach(experiment, learns_from, by=by)
    experiment.definition_revision = experiment.revision + 1
    experiment.save(update_fields=["baseline", "definition_revision"])
    record(
        experiment,
        kind=ChangeKind.EXPERIMENT_CREATED,
        by=by,
        is_model_change=True,
        after={
            "definition": to_document(experiment.definition, keys=True),
            "trials": len(made),
            "learns_from": list(learns_from.ids),
        },
    )
    return experiment


def _among(trials: Sequence[TrialDraft], values: Mapping[str, ParameterValue] | None) -> int | None:
    """Return the place of a trial with just these values, one with results if there are several."""
    if values is None:
        return None
    alike = [place for place, t in enumerate(trials) if values.items() <= t.parameters.items()]
    return next((p for p in alike if trials[p].results), alike[0] if alike else None)


def confirm_direction(experiment: Experiment, *, by: AbstractBaseUser) -> None:
    """Note down that the best so far is the best indeed: nobody is asked again."""
    with locked(experiment.pk) as experiment:
        check_can_run(by, experiment.team)
        experiment.is_direction_confirmed = True
        experiment.save(update_fields=["is_direction_confirmed"])
        announce(experiment.pk)
