"""Taking any act on an experiment back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from experiments.permissions import check_can_run
from experiments.services import undoing
from experiments.services.errors import Refused
from experiments.views import deciding
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import done, next_address, refused
from experiments.views.progress import followed

_LARGEST_REVISION = 2**31 - 1


@require_POST
@followed
def undo(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Undo one change, whatever it was; the undo can be undone as well.

    ``next`` may name the page that asks: it is gone back to, or its parts are the answer to htmx.
    """
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)  # The service checks what the change itself needs.
    is_decide = next_address(request) == reverse("experiments:decide", args=[pk])
    try:
        change = undoing.undo(
            experiment, revision=min(revision, _LARGEST_REVISION), by=signed_in(request)
        )
    except Refused as refusal:
        answer = deciding.refused if is_decide else refused
        return answer(request, experiment, str(refusal))
    text = "That was undone already."
    if change:
        text = "That was done again." if change.is_redo else "That was undone."
    if is_decide:
        return deciding.done(request, experiment, change, text)
    return done(request, experiment, {"text": text, "change": change, "has_notes": True})
