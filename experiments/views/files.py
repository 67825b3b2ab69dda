"""Files that are made while they are sent."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.text import slugify


def csv_file(name: str, chunks: Iterator[str]) -> StreamingHttpResponse:
    """Send a CSV file in parts; ``name`` is what it is called, in words."""
    return StreamingHttpResponse(
        _streamed(chunks),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{slugify(name)[:80] or "trials"}.csv"',
            "Cache-Control": "no-store",
        },
    )


async def _streamed(chunks: Iterator[str]) -> AsyncIterator[str]:
    """Make each part while no other request has to wait for it."""
    read = sync_to_async(lambda: next(chunks, None))
    while (chunk := await read()) is not None:
        yield chunk
