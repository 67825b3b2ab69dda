"""What ``serve`` understands of its environment, and how children are restarted."""

import sys

import pytest

from axdash.errors import StartError
from axdash.supervisor import Child, Configuration


def test_defaults() -> None:
    configuration = Configuration.from_environment({"PORT": ""})
    assert configuration == Configuration(host="127.0.0.1", port=8000, workers=1, analysts=1)
    assert configuration.url == "http://127.0.0.1:8000"
    assert not configuration.refuses_browsers


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT": "0"}, "PORT must be a whole number from 1 to 65535, not “0”."),
        ({"PORT": "65536"}, "PORT must be"),
        ({"PORT": "80.5"}, "PORT must be"),
        ({"PORT": "８０"}, "PORT must be"),
        ({"AXDASH_WORKERS": "many"}, "AXDASH_WORKERS must be a whole number from 0 to 64"),
        ({"AXDASH_WORKERS": "-1"}, "AXDASH_WORKERS must be"),
        ({"AXDASH_ANALYSTS": "65"}, "AXDASH_ANALYSTS must be"),
        ({"HOST": "no such host"}, "HOST “no such host” is not an address"),
    ],
)
def test_bad_values_are_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(StartError, match=words.replace("(", r"\(")):
        Configuration.from_environment(environment)


@pytest.mark.parametrize(
    ("environment", "url", "refuses"),
    [
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000", True),
        ({"HOST": "::"}, "http://[::1]:8000", True),
        ({"HOST": "::1", "PORT": "80"}, "http://[::1]:80", False),
        ({"HOST": "localhost"}, "http://127.0.0.1:8000", False),
        (
            {"HOST": "0.0.0.0", "AXDASH_ALLOWED_HOSTS": ".lan, lab.lan"},
            "http://lab.lan:8000",
            False,
        ),
        (
            {"HOST": "0.0.0.0", "AXDASH_PUBLIC_URL": "https://axdash.example.org/"},
            "https://axdash.example.org",
            False,
        ),
    ],
)
def test_address_can_be_clicked(environment: dict[str, str], url: str, refuses: bool) -> None:
    configuration = Configuration.from_environment(environment)
    assert configuration.url == url
    assert configuration.refuses_browsers is refuses


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "127.0.0.1"),
        ({"AXDASH_ALLOWED_HOSTS": "*"}, "127.0.0.1"),
        ({"AXDASH_ALLOWED_HOSTS": "*,.lab.lan"}, "lab.lan"),
        ({"AXDASH_PUBLIC_URL": "http://axdash.lan:8080"}, "axdash.lan:8080"),
    ],
)
def test_health_is_asked_for_under_an_allowed_name(environment: dict[str, str], host: str) -> None:
    assert Configuration.from_environment(environment).known_host == host


def test_pauses_grow_and_start_over(capsys: pytest.CaptureFixture[str]) -> None:
    child = Child("worker", [sys.executable, "-c", "raise SystemExit(3)"], {})
    now, pauses = 0.0, []
    for _ in range(8):
        now = _die(child, now)
        pauses.append(child.start_at - now)
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "The worker ended with code 3; starting it again in 0.5 s."

    now = _die(child, now, lives=61)
    assert child.start_at - now == pytest.approx(0.5)


def _die(child: Child, now: float, lives: float = 0) -> float:
    """Let the child start when it is due and end; return when that was noticed."""
    now = max(now, child.start_at)
    child.tend(now)
    assert child.process
    child.process.wait()
    child.tend(now + lives)
    return now + lives
