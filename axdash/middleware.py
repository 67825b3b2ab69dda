"""Asking people to sign in, without losing what they typed; and smaller answers."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

SIGNED_OUT = (
    "<main><p>You are signed out. Sign in again in another tab, then reload this page; "
    "note down what you have typed.</p></main>"
)


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends people who are not signed in to the sign-in page, and scripts a 401.

    A script would take the sign-in page for its answer and put it in the middle of the page.
    """

    def handle_no_permission(  # type: ignore[override]  # Django's always redirects.
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Answer somebody who is not signed in."""
        if request.htmx or "text/event-stream" in request.headers.get("Accept", ""):  # type: ignore[attr-defined]
            return HttpResponse(SIGNED_OUT, status=401)
        return super().handle_no_permission(request, view_func)


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages, but no streams: a compressor would hold events back until it has more."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Return the answer, compressed where that saves something."""
        return response if response.streaming else super().process_response(request, response)
