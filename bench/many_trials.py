"""Milliseconds and compressed bytes of pages and acts on an experiment with 10,000 trials.

Run as ``python -m bench.many_trials``. Django's own client asks, so that neither network nor
browser counts; “first” is the first answer after something has changed.
"""

import gzip
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.apart import run_inside
from bench.filling import MANY, make_many

ROUNDS = 15


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("many_trials")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings
    from django.test import Client

    from tests.factories import make_user

    settings.ALLOWED_HOSTS = ["testserver"]
    user = make_user("bench")
    experiment = make_many(user, MANY, running=2 * ROUNDS + 5)
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(user)
    address = experiment.get_absolute_url()
    print(f"{f'{MANY:,} trials':40} {'ms':>8} {'best':>8} {'worst':>8} {'gzip bytes':>12}")
    running = iter(experiment.trials.running().values_list("number", flat=True))
    report(
        "the experiment’s page, first",
        lambda: client.get(address),
        before=_change(experiment, running, user),
    )
    report("the experiment’s page", lambda: client.get(address))
    report("what an open page asks for", lambda: client.get(f"{address}live/"))
    loss = experiment.metrics.first().key
    rate = experiment.parameters.first().key
    for what, query in {
        "the table of trials": "",
        "its last page": f"page={MANY}",
        "sorted by a metric": f"sort={loss}",
        "sorted by three columns": f"sort=tags&sort=-status&sort={loss}",
        "a range, of those completed": f"{rate}-from=0.2&{rate}-to=0.4&status=completed",
        "text search": "q=batch",
    }.items():
        report(what, lambda q=query: client.get(f"{address}trials/?{q}"))  # type: ignore[misc]
    report("the history", lambda: client.get(f"{address}history/"))
    state = {"AxDash-State": client.get(f"{address}live/").headers["AxDash-State"]}
    report("“anything new?” of an idle page", lambda: client.get(f"{address}live/", headers=state))
    values = {metric.key: "0.5" for metric in experiment.metrics.all()}
    htmx = {"HX-Request": "true"}
    report(
        "a result",
        lambda: client.post(f"{address}trials/{next(running)}/complete/", values, headers=htmx),
    )


def _change(experiment: Any, running: Iterator[int], user: Any) -> Callable[[], object]:
    """Return what changes an experiment: a trial fails."""
    from experiments.services import trials

    return lambda: trials.fail(experiment.trials.get(number=next(running)), by=user)


def report(what: str, ask: Callable[[], Any], before: Callable[[], object] | None = None) -> None:
    """Print how long an answer takes, and how large it is; ``before`` is done before each."""
    took = []
    for _ in range(ROUNDS):
        if before:
            before()
        start = time.perf_counter()
        answer = ask()
        took.append(1000 * (time.perf_counter() - start))
        assert answer.status_code in (200, 204, 302), answer.status_code
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    size = len(answer.content) if is_packed else len(gzip.compress(answer.content))
    print(
        f"{what:40} {statistics.median(took):8.1f} {min(took):8.1f} {max(took):8.1f} {size:12,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
