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

from experiments.services.recording import CHANNEL, NEWS
from experiments.views.access import get_experiment

logger = logging.getLogger(__name__)

HEARTBEAT = 20.0
"""Seconds after which a silent stream says something, so that broken connections are noticed."""

TOPIC = "event: {}\ndata: \n\n"


class Inbox:
    """What one open page has not been told yet."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._event = asyncio.Event()

    def put(self, topic: str) -> None:
        """Note that there is something new; the same again is noted once."""
        self._topics.add(topic)
        self._event.set()

    async def take(self) -> list[str]:
        """Wait until there is something, and return all topics at once."""
        await self._event.wait()
        self._event.clear()
        topics, self._topics = sorted(self._topics), set()
        return topics


class Hub:
    """Passes PostgreSQL's notifications on to the pages that are open in this process."""

    def __init__(self) -> None:
        self._waiting: dict[int, set[Inbox]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    def subscribe(self, experiment_id: int) -> Inbox:
        """Return an inbox that gets the topics of all that is new in the experiment.

        It gets ``NEWS`` soon after the start: something may have happened since the page was made.
        """
        inbox = Inbox()
        self._waiting[experiment_id].add(inbox)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        else:
            inbox.put(NEWS)
        return inbox

    def unsubscribe(self, experiment_id: int, inbox: Inbox) -> None:
        """Forget an inbox; the last one to leave ends the listening."""
        self._waiting[experiment_id].discard(inbox)
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
                experiment_id, _, topic = notification.payload.partition(":")
                for inbox in self._waiting.get(int(experiment_id), ()):
                    inbox.put(topic)

    def _wake_all(self) -> None:
        for inboxes in self._waiting.values():
            for inbox in inboxes:
                inbox.put(NEWS)


hub = Hub()


@sync_to_async
def _check_access(request: HttpRequest, pk: int) -> None:
    """Answer 404 to those who may not see it; give the connection back to the pool at once."""
    try:
        get_experiment(request.user, pk)
    finally:
        connection.close()  # The stream stays open for hours; a pooled connection must not.


async def _stream(pk: int) -> AsyncIterator[bytes]:
    inbox = hub.subscribe(pk)
    try:
        yield b"retry: 2000\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    topics = await inbox.take()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            yield "".join(map(TOPIC.format, topics)).encode()
    finally:
        hub.unsubscribe(pk, inbox)


async def events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stream the topics of what is new in one experiment, as server-sent events."""
    await _check_access(request, pk)
    response = StreamingHttpResponse(_stream(pk), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # Proxies such as nginx would hold the events back.
    return response
