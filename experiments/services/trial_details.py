"""What surrounds a trial's result: the values that were used, who has it, tags, notes, links."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from experiments.definition_rules import tags_problem
from experiments.domain import ParameterValue
from experiments.models import Change, ChangeKind, Experiment, Trial
from experiments.models.trial import LONGEST_NOTES, MOST_LINKS
from experiments.outside import outside
from experiments.services.acting import Act, acting, set_in_all
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import save

Values = Mapping[str, ParameterValue]

Held = tuple[int | None, date | None]
"""The id of whoever has a trial (``None``: nobody), and the day on which it is due."""


def correct_parameters(
    trial: Trial,
    *,
    values: Values,
    seen: Values,
    by: AbstractBaseUser,
    reason: str = "",
    is_outside: bool = False,
) -> Change | None:
    """Put right what was noted down wrongly: complete parameters by key.

    ``seen`` are those that the person had before them: ``Conflict`` if others stand there by now.
    ``Refused`` for values outside the space of today, unless ``is_outside`` says that they are
    meant. Returns ``None`` where nothing differs.
    """
    with acting(
        trial.experiment_id, kind=ChangeKind.PARAMETERS_CORRECTED, by=by, reason=reason
    ) as act:
        found = _one(act, trial)
        _check_values(act, found, values, seen, is_outside=is_outside)
        found.parameters = dict(values)
        found.save(update_fields=["parameters"])
    return act.change


def use(
    trial: Trial,
    *,
    values: Values,
    seen: Values,
    by: AbstractBaseUser,
    reason: str = "",
    is_outside: bool = False,
) -> Change | None:
    """Say which values the run really used; those that were asked for are kept beside them.

    Arguments and errors are those of ``correct_parameters``.
    """
    with acting(trial.experiment_id, kind=ChangeKind.VALUES_USED, by=by, reason=reason) as act:
        found = _one(act, trial)
        _check_values(act, found, values, seen, is_outside=is_outside)
        asked = found.requested or found.parameters
        found.parameters = dict(values)
        found.requested = None if asked == found.parameters else asked
        found.save(update_fields=["parameters", "requested"])
    return act.change


def assign(
    trials: Sequence[Trial], *, to: AbstractBaseUser | None, by: AbstractBaseUser
) -> Change | None:
    """Give trials of one experiment to a member of its team; ``None`` releases them."""
    if not trials:
        return None
    with acting(trials[0].experiment_id, kind=ChangeKind.TRIAL_ASSIGNED, by=by) as act:
        _check_member(act, to)
        found = act.trials(_all(act.experiment, trials))
        set_in_all(found, taken_by=None if to is None else to.pk, told_taken_by="")
    return act.change


def claim(trial: Trial, *, is_free: bool, seen: int | None, by: AbstractBaseUser) -> Change | None:
    """Take a trial, or release it if it ``is_free`` from now on.

    ``seen`` is the id of whoever had it when the person looked, ``None``: nobody. ``Conflict`` if
    somebody else has it by now.
    """
    to = None if is_free else by.pk
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_ASSIGNED, by=by) as act:
        _check_member(act, None if is_free else by)
        found = _one(act, trial)
        if found.taken_by_id not in (seen, to):
            raise Conflict(f"{_holding(found)} by now.")
        found.taken_by_id = to
        found.save(update_fields=["taken_by"])
    return act.change


def hand_over(
    trial: Trial,
    *,
    to: AbstractBaseUser | None,
    due_on: date | None,
    by: AbstractBaseUser,
    seen: Held | None = None,
) -> Change | None:
    """Say in one act who has a trial, a member of its team or nobody, and until which day.

    ``seen`` is what stood there when the person looked: ``Conflict`` if that has changed since.
    """
    wanted = to.pk if to else None, due_on
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_ASSIGNED, by=by) as act:
        _check_member(act, to)
        found = _one(act, trial)
        if seen is not None and (found.taken_by_id, found.due_on) not in (seen, wanted):
            due = f", due on {found.due_on:%Y-%m-%d}" if found.due_on else ""
            raise Conflict(
                f"Somebody has changed this meanwhile: {_holding(found)}{due}. "
                "Save again if it is to be as you say."
            )
        if found.taken_by_id == wanted[0]:
            act.kind = ChangeKind.TRIAL_DUE
        found.taken_by_id, found.due_on = wanted
        found.told_taken_by = ""
        found.save(update_fields=["taken_by", "told_taken_by", "due_on"])
    return act.change


def _holding(trial: Trial) -> str:
    holder = trial.taken_by
    name = (holder.get_full_name() or holder.get_username()) if holder else "nobody"
    return f"{name} has trial {trial.number}"


def _check_member(act: Act, to: AbstractBaseUser | None) -> None:
    if to is not None and not act.experiment.team.members.filter(pk=to.pk).exists():
        raise Refused(f"{to} is not a member of {act.experiment.team}.")


def set_due(trials: Sequence[Trial], *, due_on: date | None, by: AbstractBaseUser) -> Change | None:
    """Say until which day trials of one experiment are due; ``None``: no day."""
    if not trials:
        return None
    with acting(trials[0].experiment_id, kind=ChangeKind.TRIAL_DUE, by=by) as act:
        found = act.trials(_all(act.experiment, trials))
        set_in_all(found, due_on=due_on)
    return act.change


def tag(
    trials: Sequence[Trial],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
    by: AbstractBaseUser,
) -> Change | None:
    """Add tags to trials of one experiment, and remove others."""
    if problem := tags_problem(tuple(add)):
        raise Refused(problem)
    if not trials:
        return None
    with acting(trials[0].experiment_id, kind=ChangeKind.TRIAL_TAGGED, by=by) as act:
        found = act.trials(_all(act.experiment, trials))
        for trial in found:
            kept = [tag for tag in trial.tags if tag not in remove]
            trial.tags = [*kept, *(tag for tag in add if tag not in kept)]
            if problem := tags_problem(tuple(trial.tags)):
                raise Refused(f"Trial {trial.number}: {problem}")
        save(found, ["tags"])
    return act.change


def set_notes(trial: Trial, *, notes: str, seen: str, by: AbstractBaseUser) -> Change | None:
    """Replace a trial's notes (Markdown).

    ``seen`` are those that the person had before them: ``Conflict`` if others stand there by now.
    """
    if len(notes) > LONGEST_NOTES:
        raise Refused(f"Notes can have {LONGEST_NOTES:,} characters at most.")
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_NOTED, by=by) as act:
        found = _one(act, trial)
        if found.notes not in (seen, notes):
            raise Conflict("Somebody else has changed these notes meanwhile.")
        found.notes = notes
        found.save(update_fields=["notes"])
    return act.change


def set_links(
    trial: Trial, *, links: Sequence[tuple[str, str]], by: AbstractBaseUser
) -> Change | None:
    """Replace a trial's links: pairs of a checked http(s) address, and a label or ""."""
    if len(links) > MOST_LINKS:
        raise Refused(f"A trial can have {MOST_LINKS} links at most.")
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_LINKED, by=by) as act:
        found = _one(act, trial)
        found.links = [list(link) for link in links]
        found.save(update_fields=["links"])
    return act.change


def _one(act: Act, trial: Trial) -> Trial:
    for found in act.trials(act.experiment.trials.filter(pk=trial.pk)):
        return found
    raise Conflict(f"Trial {trial.number} was deleted meanwhile.")


def _all(experiment: Experiment, trials: Sequence[Trial]) -> "QuerySet[Trial]":
    return experiment.trials.filter(pk__in=[trial.pk for trial in trials]).order_by("number")


def _check_values(
    act: Act, trial: Trial, values: Values, seen: Values, *, is_outside: bool
) -> None:
    if trial.parameters not in (dict(seen), dict(values)):
        raise Conflict(f"The parameters of trial {trial.number} were changed meanwhile.")
    reasons = outside(act.experiment.definition, values)
    if reasons and not is_outside:
        raise Refused(f"These values lie outside the search space. {' '.join(reasons)}")
