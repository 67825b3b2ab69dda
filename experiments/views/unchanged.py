"""Whether the experiment page would look any different: an idle page asks, and is told quickly."""

from hashlib import sha256
from typing import Any

from django.db.models import Aggregate, Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone

from experiments.models import Experiment, Membership, Suggestion, SuggestionRequest
from experiments.services.jobs import worker_is_alive
from experiments.views.carried import last_form

STATE = "AxDash-State"
"""With it an answer names the state that it shows, and a page the one that it has."""


def state_of(request: HttpRequest, pk: int) -> str:
    """Return what is another text whenever the page of an experiment would show something else.

    It is blank for those who may not see the experiment. All that pages show follows from the
    revision, the suggestions, who waits for some, the person’s role, whether anybody computes, the
    form that this browser copied last, its time zone, and the day there. Three milliseconds instead
    of all rows.
    """
    user = request.user
    mine = Membership.objects.filter(team=OuterRef("team"), user=user.pk)
    made = Suggestion.objects.filter(experiment=OuterRef("pk"))
    waiting = SuggestionRequest.objects.waiting().filter(experiment=OuterRef("pk"))
    asked = SuggestionRequest.objects.filter(experiment=OuterRef("pk"))
    found = Experiment.objects.visible_to(user).filter(pk=pk)
    row = found.values_list(
        "revision",
        "optimizer_error",
        "optimizer_error_revision",
        "is_direction_confirmed",
        Subquery(mine.values("role")[:1]),
        "stopping_advice__revision",
        _aggregate(made, Max("pk")),
        _aggregate(made.ready(), Count("pk")),
        _aggregate(waiting, Max("pk")),
        _aggregate(waiting, Sum(F("wanted") - F("filled"))),
        _aggregate(asked.exclude(problem=""), Max("pk")),
    ).first()
    if row is None:
        return ""
    clock = timezone.get_current_timezone_name(), timezone.localdate()
    told = (user.pk, *row, worker_is_alive(), last_form(request), *clock)
    return sha256(repr(told).encode()).hexdigest()[:20]


def _aggregate(rows: "QuerySet[Any]", what: Aggregate) -> Subquery:
    return Subquery(rows.order_by().values("experiment").annotate(it=what).values("it"))


def is_known(request: HttpRequest, state: str) -> bool:
    """Tell whether the page that asks shows this state already."""
    return bool(state) and request.headers.get(STATE) == state
