"""Asking for suggestions, handing them out, and the pool that workers keep filled."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.contrib.auth.models import AbstractBaseUser

from experiments import domain
from experiments.domain import ParameterValue
from experiments.fixing import fixing_problems
from experiments.formatting import format_parameter
from experiments.models import (
    ChangeKind,
    Experiment,
    ExperimentStatus,
    Parameter,
    Suggestion,
    SuggestionRequest,
    SuggestionStatus,
    Trial,
)
from experiments.permissions import can_run, check_can_run
from experiments.services import jobs
from experiments.services.acting import Act
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import announce, locked

MOST_AT_ONCE = 50
"""How many suggestions one request may ask for."""

_STOPPED = {
    ExperimentStatus.DRAFT: "This experiment is a draft: start it to get suggestions.",
    ExperimentStatus.PAUSED: "This experiment is paused: resume it to get suggestions.",
    ExperimentStatus.COMPLETED: "This experiment is completed: reopen it to get suggestions.",
    ExperimentStatus.ARCHIVED: "This experiment is archived: reopen it to get suggestions.",
}


def request(
    experiment: Experiment,
    *,
    wanted: int,
    key: uuid.UUID,
    by: AbstractBaseUser,
    fixed: Mapping[str, ParameterValue] | None = None,
) -> SuggestionRequest:
    """Ask for ``wanted`` suggestions (1 to ``MOST_AT_ONCE``); ready fresh ones become trials now.

    What is missing becomes trials as workers make it. With ``fixed`` values by parameter key, each
    has those values, and a worker makes them for this request alone. ``key`` names the act: asked
    again with the same key, the first request is returned and nothing more is handed out. Raises
    ``Refused`` unless the experiment is running.
    """
    if not 1 <= wanted <= MOST_AT_ONCE:
        raise ValueError(f"wanted must lie between 1 and {MOST_AT_ONCE}")
    with locked(experiment.pk) as experiment:
        check_can_run(by, experiment.team)
        _check_runs(experiment)
        made, is_new = SuggestionRequest.objects.get_or_create(
            experiment=experiment,
            key=key,
            defaults={"user_id": by.pk, "wanted": wanted, "fixed": dict(fixed or {})},
        )
        if is_new:
            _fill(experiment)
            made.refresh_from_db()
            announce(experiment.pk)
            jobs.queue_suggest(experiment.pk)
    return made


def take_older(experiment: Experiment, *, by: AbstractBaseUser) -> int:
    """Fill what ``by`` waits for with older ready suggestions; return how many became trials."""
    with locked(experiment.pk) as experiment:
        check_can_run(by, experiment.team)
        taken = 0
        older = list(experiment.suggestions.ready().stale())
        for waiting in experiment.requests.waiting().free().filter(user_id=by.pk):
            batch = older[taken : taken + waiting.missing]
            if not batch:
                break
            # The pool in the making does not know of these trials: it has to be made again.
            _hand_out(experiment, waiting, batch, is_model_change=True)
            taken += len(batch)
    return taken


def take(suggestion: Suggestion, *, by: AbstractBaseUser) -> Trial:
    """Make one ready suggestion a running trial of ``by``; taken twice by the same, it is one.

    Raises ``Conflict`` if somebody else has it by now, and ``Refused`` if it has been replaced by
    newer ones or the experiment is not running.
    """
    with locked(suggestion.experiment_id) as experiment:
        check_can_run(by, experiment.team)
        suggestion = experiment.suggestions.select_related("trial__taken_by").get(pk=suggestion.pk)
        if trial := suggestion.trial:
            if trial.taken_by_id == by.pk:
                return trial
            who = trial.taken_by or "somebody"
            raise Conflict(f"This suggestion was taken meanwhile by {who}: trial {trial.number}.")
        if suggestion.status != SuggestionStatus.READY:
            raise Refused("Newer suggestions, which know more, have taken the place of this one.")
        _check_runs(experiment)
        is_older = suggestion.revision < experiment.model_revision
        (trial,) = _make_trials(experiment, [suggestion], by, is_model_change=is_older)
    return trial


def cancel(experiment: Experiment, *, by: AbstractBaseUser) -> int:
    """Stop waiting for what ``by`` has asked for and not got; return how many requests ended."""
    with locked(experiment.pk) as experiment:
        check_can_run(by, experiment.team)
        ended = experiment.requests.waiting().filter(user_id=by.pk).update(cancelled=True)
        announce(experiment.pk)
    return ended


def retry(experiment: Experiment, *, by: AbstractBaseUser) -> None:
    """Let the optimizer try again after an error."""
    with locked(experiment.pk) as experiment:
        check_can_run(by, experiment.team)
        _set_error(experiment, "")
        jobs.queue_suggest(experiment.pk)


def missing_count(experiment: Experiment) -> int:
    """Return how many suggestions the pool lacks: what people wait for, and the ready ones."""
    waiting = sum(request.missing for request in experiment.requests.waiting().free())
    ready = experiment.suggestions.ready().fresh().count()
    return max(0, waiting + experiment.wanted_parallelism - ready)


def store(experiment_id: int, *, revision: int, suggestion: domain.Suggestion) -> bool:
    """Keep a suggestion made from the rows at ``revision``; whoever waits longest gets it.

    Returns ``False``, keeping nothing, if the model would by now say something else or the
    experiment has been stopped.
    """
    with locked(experiment_id) as experiment:
        if revision < experiment.model_revision or why_stopped(experiment):
            return False
        experiment.suggestions.ready().stale().update(status=SuggestionStatus.SUPERSEDED)
        _create(experiment, revision, suggestion)
        if experiment.optimizer_error:
            _set_error(experiment, "")
        _fill(experiment)
        announce(experiment.pk)
    return True


def _create(
    experiment: Experiment,
    revision: int,
    suggestion: domain.Suggestion,
    fixed: Mapping[str, ParameterValue] | None = None,
) -> Suggestion:
    return Suggestion.objects.create(
        experiment=experiment,
        revision=revision,
        parameters=dict(suggestion.parameters),
        node=suggestion.node.value,
        predictions=[asdict(prediction) for prediction in suggestion.predictions],
        acquisition_value=suggestion.acquisition_value,
        outlook=asdict(suggestion.outlook) if suggestion.outlook else {},
        fixed=dict(fixed or {}),
    )


def store_for(request_id: int, *, revision: int, suggestion: domain.Suggestion) -> bool:
    """Hand out a suggestion that was made for one request, with the values that it has fixed.

    Returns ``False``, keeping nothing, as ``store`` does, or if nobody waits for it any more.
    """
    asked = SuggestionRequest.objects.get(pk=request_id)
    with locked(asked.experiment_id) as experiment:
        waiting = experiment.requests.waiting().filter(pk=request_id).first()
        if waiting is None or revision < experiment.model_revision or why_stopped(experiment):
            return False
        if not _may_still_run(experiment, waiting):
            return False
        made = _create(experiment, revision, suggestion, waiting.fixed)
        # The pool does not know of this trial: it has to be made again.
        _hand_out(experiment, waiting, [made], is_model_change=True)
    return True


def why_not_fixed(experiment: Experiment, asked: SuggestionRequest) -> str:
    """Say why nothing can have the values of a request by now; blank where something can.

    They were checked when it was asked: what stands against them is a newer definition.
    """
    names = {parameter.key: parameter.name for parameter in experiment.parameters.all()}
    problems = fixing_problems(experiment.definition, asked.fixed)
    said = [f"{names[key]}: {said}" if key in names else said for key, said in problems.items()]
    return " ".join(["The definition was changed meanwhile.", *said]) if said else ""


def give_up(request_id: int, *, problem: str) -> None:
    """End a request for which nothing can be made, and say why."""
    asked = SuggestionRequest.objects.get(pk=request_id)
    with locked(asked.experiment_id) as experiment:
        experiment.requests.filter(pk=request_id).update(cancelled=True, problem=problem)
        announce(experiment.pk)


def fixed_in_words(fixed: Mapping[str, ParameterValue], parameters: Sequence[Parameter]) -> str:
    """Write fixed values: ``furnace at 800 °C, gas at argon``, but for parameters that are gone."""
    return ", ".join(
        f"{p.name} at {format_parameter(fixed[p.key], p)} {p.unit}".rstrip()
        for p in parameters
        if p.key in fixed
    )


def why_stopped(experiment: Experiment) -> str:
    """Say why no suggestions are computed, and how to mend it; blank while they are."""
    if experiment.deleted_at:
        return "This experiment is deleted: restore it to get suggestions."
    return _STOPPED.get(ExperimentStatus(experiment.status), "")


def _check_runs(experiment: Experiment) -> None:
    if reason := why_stopped(experiment):
        raise Refused(reason)


def report_error(experiment_id: int, *, revision: int, message: str) -> None:
    """Show why no suggestion could be made from the rows at ``revision``."""
    with locked(experiment_id) as experiment:
        if revision >= experiment.model_revision:
            _set_error(experiment, message)


def _set_error(experiment: Experiment, message: str) -> None:
    experiment.optimizer_error = message
    experiment.optimizer_error_revision = experiment.model_revision
    experiment.save(update_fields=["optimizer_error", "optimizer_error_revision"])
    announce(experiment.pk)


def _fill(experiment: Experiment) -> None:
    """Hand fresh ready suggestions to those who wait, first come, first served."""
    fresh = list(experiment.suggestions.ready().fresh())
    for waiting in experiment.requests.waiting().free().select_related("user"):
        if not _may_still_run(experiment, waiting):
            continue
        batch, fresh = fresh[: waiting.missing], fresh[waiting.missing :]
        if batch:
            _hand_out(experiment, waiting, batch, is_model_change=False)


def _may_still_run(experiment: Experiment, waiting: SuggestionRequest) -> bool:
    """Tell whether who asked may still run trials; else the request ends here."""
    if can_run(waiting.user, experiment.team):
        return True
    waiting.cancelled = True
    waiting.save(update_fields=["cancelled"])
    return False


def _hand_out(
    experiment: Experiment,
    waiting: SuggestionRequest,
    batch: list[Suggestion],
    *,
    is_model_change: bool,
) -> None:
    """Give suggestions to the person who asked for them."""
    waiting.filled += len(batch)
    waiting.save(update_fields=["filled"])
    reason = fixed_in_words(waiting.fixed, list(experiment.parameters.all()))
    _make_trials(
        experiment, batch, waiting.user, is_model_change=is_model_change,
        reason=f"Fixed: {reason}." if reason else "",
    )  # fmt: skip


def _make_trials(
    experiment: Experiment,
    batch: list[Suggestion],
    user: AbstractBaseUser,
    *,
    is_model_change: bool,
    reason: str = "",
) -> list[Trial]:
    """Turn suggestions into somebody's running trials; one act, one ``Change``."""
    made = []
    for suggestion in batch:
        trial = Trial.objects.create(
            experiment=experiment,
            number=experiment.trial_count,
            parameters=suggestion.parameters,
            taken_by_id=user.pk,
        )
        suggestion.trial = trial
        suggestion.status = SuggestionStatus.TAKEN
        suggestion.save(update_fields=["trial", "status"])
        made.append(trial)
        experiment.trial_count += 1
    act = Act(experiment, ChangeKind.SUGGESTIONS_TAKEN, user)
    act.added(made)
    act.reason = reason[:500]
    act.record(is_known_to_model=not is_model_change)
    return made
