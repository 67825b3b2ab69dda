"""Reading files that are sent in parts."""

import csv
from io import StringIO

from asgiref.sync import async_to_sync


def read_csv(answer) -> list[dict[str, str]]:
    """Return the rows of a file that is streamed."""

    @async_to_sync
    async def received():
        return b"".join([part async for part in answer.streaming_content]).decode()

    return list(csv.DictReader(StringIO(received())))
