"""What people see when something is not there, not theirs, or broken; and the health check."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"title": title, "text": text}
    return render(request, "error.html", context, status=status)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer ``ok`` if the web side and its database work."""
    connection.ensure_connection()
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
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
    """Answer 404."""
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
