"""What people see when something is not there, not theirs, or broken; and the health check."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from experiments.services.lifecycle import gone_at
from experiments.views.access import Deleted


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"title": title, "text": text}
    return render(request, "error.html", context, status=status)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer ``ok`` if the web side and its database work."""
    connection.ensure_connection()
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 to somebody who sent too much."""
    if isinstance(exception, RequestDataTooBig):
        return _page(
            request,
            413,
            "That was too much at once",
            "A form, or a table pasted into it, can have 10 MB at most. Go back and leave out what "
            "is not needed.",
        )
    if isinstance(exception, TooManyFieldsSent):
        return _page(
            request,
            413,
            "That was too much at once",
            "No form has as many fields. Go back and leave out what is not needed: constraints, or "
            "parameters in them.",
        )
    return _page(request, 400, "That request was not understood", "Go back and try again.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403, with the reason that the check gave."""
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _page(request, 403, "This is not open to you", reason or "Ask an owner of the team.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that came without the proof that it is the person's own."""
    return _page(
        request,
        403,
        "This form is out of date",
        "Reload the page, check what you entered and send it again.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404; of what was deleted, say who did it and where it can be restored."""
    if isinstance(exception, Deleted):
        experiment = exception.experiment
        since = experiment.deleted_at or timezone.now()
        who = "You" if experiment.deleted_by_id == request.user.pk else experiment.deleted_by
        context = {
            "title": "This experiment was deleted",
            "text": f"{who or 'Somebody'} deleted “{experiment.name}” "
            f"({naturaltime(since)}). Until {gone_at(experiment):%Y-%m-%d}, "
            "it can be restored from “Deleted experiments”.",
            "has_trash": True,
        }
        return render(request, "error.html", context, status=404)
    return _page(
        request,
        404,
        "There is nothing here",
        "It does not exist, or belongs to a team you are not in.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database, which may be what is broken."""
    return render(
        None,
        "error.html",
        {
            "title": "AxDash made a mistake",
            "text": "What you entered was not stored. The log has the details.",
        },
        status=500,
    )
