"""Milliseconds from a question of the What-if page to its answer, on a warm worker.

Run as ``python -m bench.what_if``. A running server and its workers answer; questions are sent as
the page sends them, each at another point, the next when the one before is answered. Wanted: 300 ms
from a change to its prediction.
"""

import random
import re
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import OpenerDirector

from bench.web import read, sign_in
from tests.house.serving import run_command, serving

DIMENSIONS = (2, 6)
TRIALS = 100
ROUNDS = 30
PATIENCE = 120.0

PREPARE = f"""
from bench.payload import make
make([{TRIALS}], {DIMENSIONS})
"""


def main() -> None:
    """Print the table."""
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        with serving(data_dir, AXDASH_WORKERS=1, AXDASH_ANALYSTS=1) as serve:
            code, _, error = run_command(
                "shell", "-v0", "-c", PREPARE, timeout=300, AXDASH_DATA_DIR=data_dir
            )
            assert code == 0, error
            browser = sign_in(serve.url)
            pages = [f"{serve.url}experiments/{n}/" for n in range(1, len(DIMENSIONS) + 1)]
            for page in pages:
                _wait_for_cards(browser, page)
            print(f"{f'{TRIALS} trials, ms':20} {'median':>8} {'best':>8} {'worst':>8}")
            for dimension, page in zip(DIMENSIONS, pages, strict=True):
                taken = sorted(_ask(browser, page))
                print(
                    f"{f'{dimension} floats':20} {statistics.median(taken):8.0f}"
                    f" {taken[0]:8.0f} {taken[-1]:8.0f}",
                    flush=True,
                )


def _wait_for_cards(browser: OpenerDirector, page: str) -> None:
    """Let the worker make all cards first; the one for decisions is the last."""
    deadline = time.perf_counter() + PATIENCE
    while b"Is it enough" not in read(browser, f"{page}decide/"):
        assert time.perf_counter() < deadline, "The cards were not made."
        time.sleep(0.5)


def _ask(browser: OpenerDirector, page: str) -> list[float]:
    """Return the milliseconds that answers took, without those that still had to fit the model."""
    form = read(browser, f"{page}what-if/").decode()
    hidden = dict(re.findall(r'name="(key|csrfmiddlewaretoken)" value="([^"]+)"', form))
    keys = re.findall(r'name="(p\d+)"', form)
    draw, taken = random.Random(0), []
    warm = False
    deadline = time.perf_counter() + PATIENCE
    while len(taken) < ROUNDS:
        assert time.perf_counter() < deadline, "Questions were not answered."
        values = {key: f"{draw.random():.4f}" for key in keys}
        start = time.perf_counter()
        answer = read(browser, f"{page}what-if/predict/", hidden | values)
        passed = 1000 * (time.perf_counter() - start)
        if warm:
            assert b"data-slices" in answer, answer.decode()
            taken.append(passed)
        warm = warm or b"data-slices" in answer
    return taken


if __name__ == "__main__":
    main()
