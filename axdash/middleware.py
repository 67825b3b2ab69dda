"""Asking people to sign in, without losing what they typed; their clocks; smaller answers."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone

ZONE_COOKIE = "axdash_zone"
"""Says which time zone this browser is in, such as ``Europe/Berlin``; a script sets it."""

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


class ZoneMiddleware:
    """Answers each request by the clock of the browser that asks.

    Its days and times are those of the zone that the browser’s cookie names; of the server’s
    where there is no such cookie, or no such zone.
    """

    sync_capable = async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer the request."""
        if iscoroutinefunction(self):
            return self._answer_later(request)
        with timezone.override(zone_of(request)):
            return self.get_response(request)

    async def _answer_later(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(zone_of(request)):
            answer: HttpResponseBase = await self.get_response(request)
            return answer


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """Return the zone that the browser says it is in; ``None`` if it names none that there is."""
    name = request.COOKIES.get(ZONE_COOKIE, "")
    return ZoneInfo(name) if name in _known_zones() else None


@cache
def _known_zones() -> frozenset[str]:
    """Only these are looked up: a zone’s name is part of a file’s path."""
    return frozenset(available_timezones())
