"""A stream that tells an open page, within moments, that its experiment has news.

One connection per web process listens to PostgreSQL; each open page waits on a queue of its own.
The stream says only *that* there is news: the page then asks for it through views that check who
is asking.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from experiments.services.recording import CHANNEL
from experiments.views.access import get_experiment

logger = logging.getLogger(__name__)

HEARTBEAT = 20.0
"""Seconds after which a silent stream says something, so that broken connections are noticed."""

NEWS = b"event: news\ndata: \n\n"


class Hub:
    """Passes PostgreSQL's notifications on to the pages that are open in this process."""

    def __init__(self) -> None:
        self._waiting: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    def subscribe(self, experiment_id: int) -> asyncio.Event:
        """Return an event that is set whenever the experiment has news."""
        event = asyncio.Event()
        self._waiting[experiment_id].add(event)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return event

    def unsubscribe(self, experiment_id: int, event: asyncio.Event) -> None:
        """Forget an event; the last one to leave ends the listening."""
        self._waiting[experiment_id].discard(event)
        if not self._waiting[experiment_id]:
            del self._waiting[experiment_id]
        if not self._waiting and self._listener:
            self._listener.cancel()
            self._listener = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except psycopg.OperationalError as error:
                logger.warning("Listening for news was interrupted: %s", error)
                await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        params = connections["default"].get_connection_params()
        params = {k: v for k, v in params.items() if k not in ("cursor_factory", "context")}
        async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as listening:
            await listening.execute(f"LISTEN {CHANNEL}")
            self._wake_all()  # Something may have happened before we listened.
            async for notification in listening.notifies():
                for event in self._waiting.get(int(notification.payload), ()):
                    event.set()

    def _wake_all(self) -> None:
        for events_ in self._waiting.values():
            for event in events_:
                event.set()


hub = Hub()


@sync_to_async
def _check_access(request: HttpRequest, pk: int) -> None:
    """Answer 404 to those who may not see it; give the connection back to the pool at once."""
    try:
        get_experiment(request.user, pk)
    finally:
        connection.close()  # The stream stays open for hours; a pooled connection must not.


async def _stream(pk: int) -> AsyncIterator[bytes]:
    event = hub.subscribe(pk)
    try:
        yield b"retry: 2000\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await event.wait()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            event.clear()
            yield NEWS
    finally:
        hub.unsubscribe(pk, event)


async def events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stream ``news`` events of one experiment (server-sent events)."""
    await _check_access(request, pk)
    response = StreamingHttpResponse(_stream(pk), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # Proxies such as nginx would hold the events back.
    return response
