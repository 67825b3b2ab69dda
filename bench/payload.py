"""Bytes that an experiment's pages transfer, and milliseconds until their points are drawn.

Run as ``python -m bench.payload``. A real Chromium opens each page of a running server twice: with
nothing kept, and again. Bytes are those on the wire, compressed, as the browser's own tools count
them; “drawn” is counted from the click. Beside it, Optuna Dashboard with the same numbers of trials
sends 1.92 MB of JavaScript and 2.1 MB (100 trials) or 20.9 MB (10,000) in all, and takes 2.2 s or
10 s until the points are drawn.
"""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, chromium
from tests.house.serving import run_command, serving

COUNTS = (100, 10_000)
ROUNDS = 3
PAGES = {
    "Run": ("", "#progress .scatterlayer .point"),
    "Plots": ("plots/", ".js-plotly-plot .scatterlayer .point, .js-plotly-plot canvas"),
}
"""The pages below an experiment's address, and what is there once points are drawn."""

PREPARE = f"""
from bench.payload import make
make({COUNTS})
"""


def make(counts: Iterable[int], dimensions: Iterable[int] = (6,)) -> None:
    """Make an experiment for each number of trials and of floats, in this order."""
    import random

    from experiments.domain import Result
    from experiments.drafts import ExperimentDraft, ParameterDraft, TrialDraft
    from experiments.services import experiments
    from tests.factories import float_range, make_user, metric

    user, draw = make_user("ada"), random.Random(0)
    loss = metric("loss")
    for count, dimension in product(counts, dimensions):
        names = [f"x{number}" for number in range(1, dimension + 1)]
        draft = ExperimentDraft(
            name=f"{dimension} floats, {count} trials",
            metrics=(loss,),
            parameters=tuple(
                ParameterDraft(name=name, spec=float_range(0.0, 1.0, key=name)) for name in names
            ),
        )
        trials = [
            TrialDraft(
                parameters={name: draw.random() for name in names},
                results={loss.spec.key: Result(draw.lognormvariate(2 - place / count, 1.0))},
            )
            for place in range(count)
        ]
        experiments.create(draft=draft, team=user.teams.get(), by=user, trials=trials)  # type: ignore[attr-defined]


@dataclass
class Visit:
    """What one visit of a page transferred, in bytes, and when its points were there, in ms."""

    scripts: int = 0
    rest: int = 0
    drawn: float = 0.0
    kinds: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Print the table."""
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        with serving(data_dir) as serve:
            code, _, error = run_command(
                "shell", "-v0", "-c", PREPARE, timeout=300, AXDASH_DATA_DIR=data_dir
            )
            assert code == 0, error
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                _measure(browser, serve.url)
                browser.close()


def _measure(browser: Browser, url: str) -> None:
    head = ["JavaScript, kB", "rest, kB", "drawn, ms"]
    print(f"{'':34}" + "".join(f" {each:>14}" for each in head))
    for place, count in enumerate(COUNTS, start=1):
        for title, (path, points) in PAGES.items():
            address = f"{url}experiments/{place}/{path}"
            pairs = [_twice(browser, url, address, points) for _ in range(ROUNDS)]
            for which, visits in zip(("first", "again"), zip(*pairs, strict=True), strict=True):
                _print(f"{title}, {count:,} trials, {which}", list(visits))


def _print(what: str, visits: list[Visit]) -> None:
    scripts = statistics.median(visit.scripts for visit in visits) / 1000
    rest = statistics.median(visit.rest for visit in visits) / 1000
    drawn = statistics.median(visit.drawn for visit in visits)
    print(f"{what:34} {scripts:14,.1f} {rest:14,.1f} {drawn:14,.0f}", flush=True)


def _twice(browser: Browser, url: str, address: str, points: str) -> tuple[Visit, Visit]:
    """Visit a page with nothing kept but who one is, and again."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    _sign_in(context, url)
    visits = (_visit(context, address, points), _visit(context, address, points))
    context.close()
    return visits


def _sign_in(context: BrowserContext, url: str) -> None:
    """Sign in without a page, so that the browser keeps no file of it."""
    login = f"{url}accounts/login/"
    context.request.get(login)
    token = next(c["value"] for c in context.cookies() if c["name"] == "csrftoken")  # type: ignore[typeddict-item]
    form = {"username": "ada", "password": "ada-password", "csrfmiddlewaretoken": token}
    answer = context.request.post(login, form=form, headers={"Referer": login})
    assert answer.url == url, answer.url


def _visit(context: BrowserContext, address: str, points: str) -> Visit:
    page, visit = context.new_page(), Visit()
    _count(context, page, visit)
    page.goto(address, wait_until="commit")
    drawn = page.wait_for_function(
        "points => document.querySelector(points) && performance.now()", arg=points, timeout=60_000
    )
    visit.drawn = drawn.json_value()
    page.wait_for_load_state()
    page.close()
    return visit


def _count(context: BrowserContext, page: Page, visit: Visit) -> None:
    """Let a visit add up what the browser receives; what it has kept comes to nothing."""
    tools = context.new_cdp_session(page)

    def started(event: Mapping[str, Any]) -> None:
        visit.kinds[event["requestId"]] = event["type"]

    def finished(event: Mapping[str, Any]) -> None:
        size = int(event["encodedDataLength"])
        if visit.kinds.get(event["requestId"]) == "Script":
            visit.scripts += size
        else:
            visit.rest += size

    tools.on("Network.responseReceived", started)
    tools.on("Network.loadingFinished", finished)
    tools.send("Network.enable")


if __name__ == "__main__":
    main()
