"""Taking any act on an experiment back."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from experiments.permissions import check_can_run
from experiments.services import undoing
from experiments.services.errors import Refused
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import done, refused

_LARGEST_REVISION = 2**31 - 1


@require_POST
def undo(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Undo one change, whatever it was; the undo can be undone as well.

    Without htmx, ``next`` may name the page to go back to.
    """
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)  # The service checks what the change itself needs.
    try:
        change = undoing.undo(
            experiment, revision=min(revision, _LARGEST_REVISION), by=signed_in(request)
        )
    except Refused as refusal:
        return refused(request, experiment, str(refusal))
    text = "That was undone." if change else "That was undone already."
    return done(request, experiment, {"text": text, "change": change, "has_notes": True})
