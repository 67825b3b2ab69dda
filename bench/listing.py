"""Milliseconds and bytes of the list with 1,000 experiments, and of a form with 100 parameters.

Run as ``python -m bench.listing``. Django's own client asks, so that neither network nor browser
counts. “First” is the first view of a page of the list after its experiments have changed.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.apart import run_inside

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EXPERIMENTS = 1000
TRIALS = 20
PARAMETERS = 100
ROUNDS = 20


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("listing")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings
    from django.core.cache import cache
    from django.test import Client

    from tests.factories import float_range, make_experiment, make_user

    settings.ALLOWED_HOSTS = ["testserver"]
    user = make_user("bench")
    parameters = {f"parameter {n}": float_range() for n in range(PARAMETERS)}
    large = make_experiment(user, name="Large", parameters=parameters)
    fill(user)
    client = Client()
    client.force_login(user)
    print(
        f"{f'{EXPERIMENTS} experiments × {TRIALS} trials':40} {'ms':>8} {'first':>8} {'bytes':>10}"
    )
    for what, address in {
        "the list": "/",
        "its last page": "/?page=40",
        "search": "/?q=tuning+rate",
        "a tag, most trials first": "/?tag=tag+3&sort=trials",
        "archived ones, by name": "/?status=archived&sort=name",
    }.items():
        _report(what, lambda a=address: client.get(a), before=cache.clear)  # type: ignore[misc]
    print(f"\n{f'{PARAMETERS} parameters':40} {'ms':>8} {'first':>8} {'bytes':>10}")
    copy = f"/experiments/{large.pk}/copy/"
    _report("the form, filled in by a copy", lambda: client.get(copy, follow=True))
    _report("the experiment’s page", lambda: client.get(large.get_absolute_url()))


def _report(what: str, ask: Callable[[], Any], before: Callable[[], None] | None = None) -> None:
    first, later = [], []
    for _ in range(ROUNDS):
        if before:
            before()
        first.append(_timed(ask))
        later.append(_timed(ask))
    answer = ask()
    assert answer.status_code == 200, answer.status_code
    print(
        f"{what:40} {statistics.median(later):8.1f} {statistics.median(first):8.1f}"
        f" {len(answer.content):10,}",
        flush=True,
    )


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)


def fill(user: "User", count: int = EXPERIMENTS, trials: int = TRIALS) -> None:
    """Make varied experiments of the user's team with results, straight into the tables."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from experiments.models import Experiment, ExperimentStatus, Metric, Parameter

    draw = random.Random(1)
    team = user.teams.get()  # type: ignore[attr-defined]
    owners = [user, *(User(username=f"colleague {n}") for n in range(4))]
    User.objects.bulk_create(owners[1:])
    statuses = [ExperimentStatus.RUNNING] * 6 + list(ExperimentStatus)
    now = timezone.now()
    made = Experiment.objects.bulk_create(
        Experiment(
            team=team,
            name=f"{draw.choice(['Tuning', 'Baking', 'Coating', 'Routing'])} number {n}",
            description="What it is for." * draw.randrange(10),
            status=draw.choice(statuses),
            tags=[f"tag {draw.randrange(12)}"],
            trial_budget=draw.choice([None, 30]),
            trial_count=trials,
            created_by=draw.choice(owners),
            touched_by=draw.choice(owners),
        )
        for n in range(count)
    )
    for n, experiment in enumerate(made):
        experiment.touched_at = now - timedelta(minutes=37 * n)
    Experiment.objects.bulk_update(made, ["touched_at"], batch_size=500)
    box = {"kind": "range", "value_type": "float", "lower": -10, "upper": 10}
    Parameter.objects.bulk_create(
        Parameter(experiment=experiment, position=place, name=name, **box)
        for experiment in made
        for place, name in enumerate(["learning rate", "batch", "depth", "dropout"])
    )
    metrics = Metric.objects.bulk_create(
        metric for n, experiment in enumerate(made) for metric in _metrics(experiment, n)
    )
    _add_results(made, metrics, trials, draw)


def _metrics(experiment: Any, number: int) -> list[Any]:
    """One goal, one with a constraint, or two goals, in turn."""
    from experiments.models import Metric

    goal = Metric(
        experiment=experiment, name="loss", direction="minimize", unit=["", "ms", "%"][number % 3]
    )
    if number % 4 == 1:
        limit = {"role": "constraint", "relation": "at_most", "bound": 50.0}
        return [goal, Metric(experiment=experiment, name="latency", direction="minimize", **limit)]
    if number % 4 == 2:
        return [goal, Metric(experiment=experiment, name="accuracy", direction="maximize")]
    return [goal]


def _add_results(
    experiments: list[Any], metrics: list[Any], trials: int, draw: random.Random
) -> None:
    from django.utils import timezone

    from experiments.models import Observation, Trial

    by_experiment: dict[int, list[Any]] = {}
    for metric in metrics:
        by_experiment.setdefault(metric.experiment_id, []).append(metric)
    rows = Trial.objects.bulk_create(
        (
            Trial(
                experiment=experiment,
                number=number,
                parameters={},
                status="completed" if number < trials - 2 else "running",
                finished_at=timezone.now() if number < trials - 2 else None,
            )
            for experiment in experiments
            for number in range(trials)
        ),
        batch_size=5000,
    )
    Observation.objects.bulk_create(
        (
            Observation(
                trial=trial,
                metric=metric,
                mean=draw.lognormvariate(3 - trial.number / 10, 1.0),
            )
            for trial in rows
            if trial.status == "completed"
            for metric in by_experiment[trial.experiment_id]
        ),
        batch_size=5000,
    )


if __name__ == "__main__":
    main()
