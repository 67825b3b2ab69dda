"""What all tests share: a PostgreSQL server of their own, made before Django reads its settings."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import django
import hypothesis
import pytest
from django.conf import settings

from axdash import embedded

# The same examples each time, for as long as they take: whether a test passes depends on the code
# alone. Now and then, --hypothesis-profile=search looks for examples that nobody thought of.
_PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("search", **_PATIENT)
hypothesis.settings.register_profile("steady", derandomize=True, **_PATIENT)
hypothesis.settings.load_profile("steady")

# Nothing is kept, so nothing needs to reach the disk.
_CARELESS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_OURS = ("HOST", "PORT", "DATABASE_URL")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server, or use the one that TEST_DATABASE_URL names; stop it at the end.

    Where several processes run the tests, each has a server, or at least a database, of its own.
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # This process hands the tests out, and runs none.
    for name in [n for n in os.environ if n.startswith("AXDASH_") or n in _OURS]:
        del os.environ[name]
    stack = ExitStack()
    config.add_cleanup(stack.close)
    data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="axdash-tests-")))
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        url = stack.enter_context(embedded.running(data_dir, _CARELESS)).url
    os.environ |= {
        "AXDASH_DATA_DIR": str(data_dir),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "axdash.settings",
    }
    django.setup()
    # Hundreds of accounts are made here; a slow hash would protect none of them.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# Django's models can only be imported once the tests' database has been named: hence inside.


@pytest.fixture
def ada(db):
    from tests.factories import make_user

    return make_user("ada")


@pytest.fixture
def experiment(ada):
    from tests.factories import make_experiment

    return make_experiment(ada)
