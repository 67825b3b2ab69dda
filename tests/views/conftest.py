import pytest

# Django's models can only be imported once the tests' database has been named: hence inside.


@pytest.fixture
def ada(db):
    from tests.factories import make_user

    return make_user("ada")


@pytest.fixture
def experiment(ada):
    from tests.factories import make_experiment

    return make_experiment(ada)


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
