"""What a team decides about an experiment: its choice among the trials, and what a trial costs."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User

from experiments.models import Change, ChangeKind, Experiment, TeamChoice, Trial
from experiments.permissions import check_can_decide
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import locked, record
from experiments.services.standing import why_not_standing

_OF_CHOICE = ("trial", "reason")
"""What a choice is; who made it, and when, is kept beside it."""


def current_choice(experiment: Experiment) -> TeamChoice | None:
    """Return the team's choice, if it has made one."""
    chosen = TeamChoice.objects.filter(experiment=experiment)
    return chosen.select_related("trial", "chosen_by").first()


def choose(trial: Trial, *, reason: str, seen: int, by: AbstractBaseUser) -> Change | None:
    """Make a trial the team's choice; ``None`` if it is that already, for this reason.

    ``seen`` is the revision of the choice that the person had before them (0: none): ``Conflict``
    says what it is by now if somebody else has changed it. ``Refused`` for a trial without results
    or a blank reason.
    """
    with locked(trial.experiment_id) as experiment:
        check_can_decide(by, experiment.team)
        if not experiment.trials.filter(pk=trial.pk).exists():
            raise Conflict(f"Trial {trial.number} was deleted meanwhile.")
        if not reason.strip():
            raise Refused("Say why: others will read it.")
        if not trial.observations.filter(step__isnull=True).exists():
            raise Refused(f"Trial {trial.number} has no results: there is nothing to choose yet.")
        now = current_choice(experiment)
        wanted = _state(trial, reason.strip())
        if _chosen(_state_of(now)) == wanted:
            return None
        _check_seen(now, seen)
        return _choose(experiment, now, wanted, by)


def withdraw_choice(experiment: Experiment, *, seen: int, by: AbstractBaseUser) -> Change | None:
    """Take the team's choice away; ``None`` if there is none. ``seen`` as in ``choose``."""
    with locked(experiment.pk) as experiment:
        check_can_decide(by, experiment.team)
        now = current_choice(experiment)
        if now is None:
            return None
        _check_seen(now, seen)
        return _choose(experiment, now, {}, by)


def set_trial_cost(
    experiment: Experiment, *, cost: float | None, unit: str, by: AbstractBaseUser
) -> Change | None:
    """Say what one more trial costs, in any unit (``None``: not known); ``None`` if it is that."""
    with locked(experiment.pk) as experiment:
        check_can_decide(by, experiment.team)
        if cost is not None and not cost > 0:
            raise Refused("What a trial costs has to be above 0.")
        wanted = {"cost": cost, "unit": unit if cost is not None else ""}
        return _set_cost(experiment, wanted, by)


def undo_choice(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Take back one change of the choice; ``None`` if it is as before already.

    Raises ``Conflict`` if it was changed again since, or the trial is gone.
    """
    with locked(change.experiment_id) as experiment:
        check_can_decide(by, experiment.team)
        now = current_choice(experiment)
        if _chosen(_state_of(now)) == _chosen(change.before):
            return None
        if obstacle := why_not_undo_choice(experiment, change):
            raise Conflict(obstacle)
        return _choose(experiment, now, change.before, by, reason=reason, undoes=change)


def why_not_undo_choice(experiment: Experiment, change: Change) -> str:
    """Return why a change of the choice cannot be taken back; "" if it can."""
    now = _chosen(_state_of(current_choice(experiment)))
    before, after = _chosen(change.before), _chosen(change.after)
    obstacle = why_not_standing("team’s choice", now=now, before=before, after=after)
    if not obstacle and before and not experiment.trials.filter(number=before["trial"]).exists():
        return f"Trial {before['trial']}, which was chosen before, is deleted."
    return obstacle


def undo_cost(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Take back one change of what a trial costs; ``None`` if it is as before already.

    Raises ``Conflict`` if it was changed again since.
    """
    with locked(change.experiment_id) as experiment:
        check_can_decide(by, experiment.team)
        before = _kept_cost(change.before)
        if _cost_of(experiment) == before:
            return None
        if obstacle := why_not_undo_cost(experiment, change):
            raise Conflict(obstacle)
        return _set_cost(experiment, before, by, reason=reason, undoes=change)


def why_not_undo_cost(experiment: Experiment, change: Change) -> str:
    """Return why a change of what a trial costs cannot be taken back; "" if it can."""
    before, after = _kept_cost(change.before), _kept_cost(change.after)
    now = _cost_of(experiment)
    return why_not_standing("cost of a trial", now=now, before=before, after=after)


def _state(trial: Trial, reason: str) -> dict[str, Any]:
    return {"trial": trial.number, "reason": reason}


def _state_of(choice: TeamChoice | None) -> dict[str, Any]:
    if choice is None:
        return {}
    made = {"by": choice.chosen_by_id or choice.told_by or None, "at": choice.chosen_at.isoformat()}
    return _state(choice.trial, choice.reason) | made


def _chosen(state: Mapping[str, Any]) -> dict[str, Any]:
    return {field: state[field] for field in _OF_CHOICE if field in state}


def _cost_of(experiment: Experiment) -> dict[str, Any]:
    return {"cost": experiment.trial_cost, "unit": experiment.trial_cost_unit}


def _kept_cost(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cost as a change has kept it; the database writes large floats as integers."""
    cost = state["cost"]
    return {"cost": None if cost is None else float(cost), "unit": state["unit"]}


def _check_seen(now: TeamChoice | None, seen: int) -> None:
    if (now.revision if now else 0) == seen:
        return
    if now is None:
        raise Conflict("Meanwhile, the team’s choice was taken away.")
    who = now.chosen_by or now.told_by or "somebody"
    raise Conflict(f"Meanwhile, {who} chose trial {now.trial.number}: {now.reason}")


def _choose(
    experiment: Experiment,
    now: TeamChoice | None,
    wanted: dict[str, Any],
    by: AbstractBaseUser,
    reason: str = "",
    undoes: Change | None = None,
) -> Change:
    """Make the choice what is ``wanted``: of this person and now, unless that says otherwise."""
    trial = experiment.trials.get(number=wanted["trial"]) if wanted else None
    change = record(
        experiment, kind=ChangeKind.TEAM_CHOICE_CHANGED, by=by, is_model_change=False,
        trial_numbers=[trial.number] if trial else [], before=_state_of(now), after=wanted,
        reason=reason or wanted.get("reason", ""), undoes=undoes,
    )  # fmt: skip
    if trial is None:
        TeamChoice.objects.filter(experiment=experiment).delete()
        return change
    who = wanted.get("by", by.pk)
    is_told = isinstance(who, str)
    known = User.objects.filter(pk=0 if is_told else who)
    TeamChoice.objects.update_or_create(
        experiment=experiment,
        defaults={
            "trial": trial,
            "reason": wanted["reason"],
            "chosen_by": known.first(),
            "told_by": who if is_told else "",
            "chosen_at": wanted.get("at", change.created_at),
            "revision": change.revision,
        },
    )
    return change


def _set_cost(
    experiment: Experiment,
    wanted: dict[str, Any],
    by: AbstractBaseUser,
    reason: str = "",
    undoes: Change | None = None,
) -> Change | None:
    before = _cost_of(experiment)
    if before == wanted:
        return None
    experiment.trial_cost, experiment.trial_cost_unit = wanted["cost"], wanted["unit"]
    experiment.save(update_fields=["trial_cost", "trial_cost_unit"])
    return record(
        experiment, kind=ChangeKind.TRIAL_COST_CHANGED, by=by, is_model_change=False,
        before=before, after=wanted, reason=reason, undoes=undoes,
    )  # fmt: skip
