"""A real AxDash (database, web server, worker) and a real Chromium for the tests in here."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from tests.house.serving import Serve, run_command, serving

PASSWORD = "a long enough phrase"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_PATIENCE = 15_000  # Milliseconds; other tests keep the processors busy.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str:
    """Return the system's browser; ``make test`` has made sure that there is one."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or _MAC


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop running in this thread, in which Django would refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axdash(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """AxDash with one worker; Ada has set it up, Bob is a runner in her team."""
    data_dir = tmp_path_factory.mktemp("browser") / "data"
    with serving(data_dir, AXDASH_WORKERS=1) as serve:
        link = serve.wait_for("Set up AxDash:").split(" ")[-1]
        page = browser.new_page()
        page.goto(link)
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password confirmation").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
        page.close()
        _add_runner(data_dir, "bob")
        yield serve


def _add_runner(data_dir: Path, username: str) -> None:
    """Inviting has no pages yet."""
    code = (
        "from django.contrib.auth.models import User;"
        "from experiments.models import Membership, Role, Team;"
        f"bob = User.objects.create_user({username!r}, password={PASSWORD!r});"
        "Membership.objects.create("
        "team=Team.objects.get(name='ada’s team'), user=bob, role=Role.RUNNER)"
    )
    done, _, said = run_command("shell", "-c", code, AXDASH_DATA_DIR=data_dir)
    assert done == 0, said


@pytest.fixture
def problems() -> list[str]:
    """What the browser's console complains about; it has to be empty at the end."""
    return []


@pytest.fixture(scope="session")
def sessions() -> dict[str, list[Any]]:
    """The cookies of those who have signed in before: checking a password takes its time."""
    return {}


@pytest.fixture
def sign_in(
    browser: Browser,
    axdash: Serve,
    problems: list[str],
    sessions: dict[str, list[Any]],
) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own and sign in; scripts that break fail the test."""
    contexts: list[BrowserContext] = []

    def opened(username: str = "ada", **options) -> Page:
        context = browser.new_context(base_url=axdash.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text)
                if message.type == "error" and not re.search("status of 4(09|22)", message.text)
                else None
            ),
        )
        context.add_cookies(sessions.get(username, []))
        page.goto("/")
        if username not in sessions:
            page.get_by_label("Username").fill(username)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
        sessions[username] = [
            {"name": cookie["name"], "value": cookie["value"], "url": axdash.url}
            for cookie in context.cookies()
            if cookie["name"] in ("sessionid", "csrftoken")
        ]
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(sign_in: Callable[..., Page]) -> Page:
    """Ada's browser."""
    return sign_in()


@pytest.fixture
def define() -> Callable[..., None]:
    """Define an experiment through the form, as a person would, and land on its page."""

    def through_the_form(
        page: Page,
        name: str,
        objective: str = "booth",
        parameters: tuple[tuple[str, str, str], ...] = (("x1", "-10", "10"), ("x2", "-10", "10")),
    ) -> None:
        page.goto("/experiments/new/")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Objective", exact=True).fill(objective)
        page.get_by_label("Minimize").check()
        for index, (parameter, lower, upper) in enumerate(parameters):
            if index:
                page.get_by_role("button", name="Add parameter").click()
            names = page.get_by_label("Parameter name")
            expect(names).to_have_count(index + 1)
            names.nth(index).fill(parameter)
            page.get_by_label("Lower bound").nth(index).fill(lower)
            page.get_by_label("Upper bound").nth(index).fill(upper)
        page.get_by_role("button", name="Create experiment").click()
        expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.wait_for_load_state()  # Until its scripts are there, forms reload the page.

    return through_the_form
