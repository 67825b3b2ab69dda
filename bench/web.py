"""Seconds from ``serve`` to the first page, and what the web process weighs.

Run as ``python -m bench.web``. It works on a data directory of its own.
"""

import re
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.house.serving import Serve, get, run_command, serving

STARTS = 5
VIEWS = 100
TRIALS = 300

PREPARE = f"""
from tests.factories import finish, make_experiment, make_user, take
user = make_user()
experiment = make_experiment(user)
points = [(i % 20 - 10, i % 19 - 9) for i in range({TRIALS})]
for number, trial in enumerate(take(experiment, user, *points)):
    if number < {TRIALS} - 5:
        finish(trial, user, (number * 7919) % 1000 / 10)
"""


def main() -> None:
    """Measure starts, then memory, and print both."""
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        first = _start(data_dir)
        code, _, error = run_command(
            "shell", "-v0", "-c", PREPARE, timeout=300, AXDASH_DATA_DIR=data_dir
        )
        assert code == 0, error
        later = [_start(data_dir) for _ in range(STARTS)]
        print(f"{'from serve to the first page':40} {'median':>8} {'best':>8} {'worst':>8}")
        print(f"{'first start, s':40} {first:8.2f}")
        print(
            f"{'later starts, s':40} {statistics.median(later):8.2f}"
            f" {min(later):8.2f} {max(later):8.2f}"
        )
        with serving(data_dir) as serve:
            _measure_pages(serve)


def _start(data_dir: Path) -> float:
    before = time.perf_counter()
    with serving(data_dir, ready=False) as serve:
        while get(serve.url) != 200:
            time.sleep(0.02)
        return time.perf_counter() - before


def _measure_pages(serve: Serve) -> None:
    browser = sign_in(serve.url)
    page = browser.open(serve.url).read().decode()
    experiment = re.search(r'href="(/experiments/\d+/)"', page)
    assert experiment, page
    paths = ["", "experiments/new/", experiment[1].lstrip("/")]
    print(f"\n{f'web process with {TRIALS} trials':40} {'MB':>8}")
    print(f"{'after 1 page view':40} {_megabytes(serve):8.0f}")
    timings: dict[str, list[float]] = {path: [] for path in paths}
    for path in _around(paths, VIEWS):
        before = time.perf_counter()
        read(browser, serve.url + path)
        timings[path].append(1000 * (time.perf_counter() - before))
    print(f"{f'after {VIEWS} page views':40} {_megabytes(serve):8.0f}")
    print(f"\n{'pages, ms':40} {'median':>8} {'best':>8} {'worst':>8}")
    for path, taken in timings.items():
        print(f"/{path:39} {statistics.median(taken):8.0f} {min(taken):8.0f} {max(taken):8.0f}")


def read(
    browser: urllib.request.OpenerDirector, url: str, form: Mapping[str, str] | None = None
) -> bytes:
    """Return a page, or the answer to a form that is sent."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with browser.open(url, data) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{url} answered {error.code}.") from error


def _around(paths: list[str], count: int) -> Iterator[str]:
    for number in range(count):
        yield paths[number % len(paths)]


def sign_in(url: str) -> urllib.request.OpenerDirector:
    """Return a browser of sorts in which Ada is signed in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    login = f"{url}accounts/login/"
    page = browser.open(login).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "ada", "password": "ada-password"}
    with browser.open(login, urllib.parse.urlencode(form).encode()) as answer:
        assert answer.url == url, answer.url
    return browser


def _megabytes(serve: Serve) -> float:
    return serve.web_process().memory_info().rss / 1e6


if __name__ == "__main__":
    main()
