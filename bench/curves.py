"""Milliseconds and compressed bytes of learning curves: 1,000 trials with 1,000 points each.

Run as ``python -m bench.curves``. Django's own client asks, so that neither network nor browser
counts; the advice is computed as a worker does it. Twenty of the trials run, half way through.
"""

import time
from typing import TYPE_CHECKING, Any

from bench.apart import run_inside
from bench.filling import make_many
from bench.many_trials import report

if TYPE_CHECKING:
    from experiments.models import Experiment

TRIALS, POINTS, RUNNING = 1_000, 1_000, 20


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("curves")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings
    from django.test import Client

    from tests.factories import make_user

    settings.ALLOWED_HOSTS = ["testserver"]
    user = make_user("bench")
    experiment = make_many(user, TRIALS, running=RUNNING, is_constrained=False)
    add_curves(experiment)
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(user)
    address = experiment.get_absolute_url()
    number = experiment.trials.running().values_list("number", flat=True)[0]
    trial = f"{address}trials/{number}/"
    heading = f"{TRIALS:,} trials × {POINTS:,} points"
    print(f"{heading:40} {'ms':>8} {'best':>8} {'worst':>8} {'gzip bytes':>12}")
    steps = iter(range(POINTS, 2 * POINTS))
    key = experiment.objective.key
    report("the experiment’s page", lambda: client.get(address))
    report("what an open page asks for", lambda: client.get(f"{address}live/"))
    report("a running trial’s page", lambda: client.get(trial))
    report("the plots", lambda: client.get(f"{address}plots/"))
    report(
        "a point, in the row of its trial",
        lambda: client.post(
            f"{trial}curve/step/",
            {"at-step": str(next(steps)), f"at-{key}": "0.5"},
            headers={"HX-Request": "true"},
        ),
    )
    _advice(experiment)


def _advice(experiment: Any) -> None:
    from django.db import connection

    from experiments import tasks

    connection.close()
    for what in ("the advice, in the worker, first", "the advice, in the worker"):
        start = time.perf_counter()
        tasks.advise(experiment_id=experiment.pk)
        print(f"{what:40} {1000 * (time.perf_counter() - start):8.1f}", flush=True)


def add_curves(experiment: "Experiment", points: int = POINTS) -> None:
    """Give each trial with a result, and each that runs, a curve of the first metric.

    Written straight into the tables; those that run are half way through.
    """
    import numpy as np
    from django.db import connection

    from experiments.models import StoppingAdvice

    draw = np.random.default_rng(1)
    metric = experiment.objective
    with connection.cursor() as cursor:
        for trial in experiment.trials.filter(status__in=("completed", "running")):
            count = points // 2 if trial.is_running else points
            end = draw.lognormal(0, 0.5)
            noise = draw.normal(0, 0.02, count)
            means = end + 2 * np.exp(-np.arange(count) / (0.2 * points)) + noise
            cursor.execute(
                "INSERT INTO experiments_observation (trial_id, metric_id, step, mean)"
                " SELECT %s, %s, place, mean FROM unnest(%s::float8[])"
                " WITH ORDINALITY AS each(mean, place)",
                [trial.pk, metric.pk, means.tolist()],
            )
        cursor.execute("ANALYZE experiments_observation")
    StoppingAdvice.objects.get_or_create(experiment=experiment)


if __name__ == "__main__":
    main()
