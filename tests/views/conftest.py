import pytest


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
