import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    """Hide the loop that Playwright leaves in a thread that has driven a browser before."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture
def page(client, ada):
    """A client that is signed in as Ada."""
    client.force_login(ada)
    return client


@pytest.fixture
def htmx(page):
    """The same, asking as htmx does."""
    page.defaults["HTTP_HX_REQUEST"] = "true"
    return page
