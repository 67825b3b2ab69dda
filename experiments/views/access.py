"""Looking things up for the person who asks: what belongs to other teams does not exist."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from experiments.models import Experiment, Suggestion, Trial

_LARGEST_ID = 2**31 - 1  # Larger numbers are not ids; the database would refuse to compare them.


class Deleted(Http404):
    """The experiment was deleted, and can still be restored; for members of its team alone."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment


def signed_in(request: HttpRequest) -> User:
    """Return the person who asks; the middleware has made sure that there is one."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


def get_experiment(user: AbstractBaseUser | AnonymousUser, pk: int) -> Experiment:
    """Return the experiment if ``user`` may see it, or answer 404."""
    if pk > _LARGEST_ID:
        raise Http404
    visible = Experiment.objects.visible_to(user).select_related("team", "touched_by")
    found = visible.prefetch_related("parameters", "metrics").filter(pk=pk).first()
    if found is None:
        deleted = Experiment.objects.deleted_of(user).filter(pk=pk).first()
        raise Deleted(deleted) if deleted else Http404
    return found


def get_deleted(user: AbstractBaseUser | AnonymousUser, pk: int) -> Experiment:
    """Return the experiment, deleted or not any more, if ``user`` may see it, or answer 404."""
    if pk > _LARGEST_ID:
        raise Http404
    return get_object_or_404(Experiment.objects.of(user).select_related("team"), pk=pk)


def get_trial(request: HttpRequest, pk: int, number: int) -> Trial:
    """Return the trial of an experiment that the person may see, or answer 404."""
    if number > _LARGEST_ID:
        raise Http404
    experiment = get_experiment(request.user, pk)
    trial = get_object_or_404(
        experiment.trials.select_related("taken_by", "finished_by"), number=number
    )
    trial.experiment = experiment
    return trial


def get_suggestion(request: HttpRequest, pk: int, suggestion: int) -> Suggestion:
    """Return a suggestion of an experiment that the person may see, or answer 404."""
    if suggestion > _LARGEST_ID:
        raise Http404
    experiment = get_experiment(request.user, pk)
    found = get_object_or_404(experiment.suggestions.select_related("trial"), pk=suggestion)
    found.experiment = experiment
    return found


def visible_trials(user: AbstractBaseUser | AnonymousUser, ids: Iterable[int]) -> dict[int, Trial]:
    """Return those of some trials that ``user`` may see, by id, each with its experiment."""
    wanted = set(ids)
    if not wanted:
        return {}
    visible = Experiment.objects.visible_to(user)
    found = Trial.objects.filter(pk__in=wanted, experiment__in=visible)
    return {trial.pk: trial for trial in found.select_related("experiment")}
