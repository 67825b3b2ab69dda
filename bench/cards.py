"""Seconds from a result to the first and to the last card, beside Ax's ``OverviewAnalysis``.

Run as ``python -m bench.cards``. A result is entered through the services, then the worker's own
task makes all cards, as an idle analyst with a warm process does; bare Ax has the same rows and a
model that is fitted already. Both have one thread, and take turns, so that the machine's noise
meets both alike; on a busy one, the processor's time (of this process) says more than the clock.
The second table says what each card takes by the clock, the fit being in the first of them.
"""

import os
import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import django

from axdash import embedded

COUNTS = (30, 100, 300)
DIMENSION = 6
ROUNDS = 3
FIRST_WITHIN = 1.5
"""Seconds in which the first card is wanted; the last is in half of what bare Ax takes."""


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        with embedded.running(data_dir) as server:
            os.environ |= {
                "AXDASH_DATA_DIR": str(data_dir),
                "DATABASE_URL": server.url,
                "DJANGO_SETTINGS_MODULE": "axdash.settings",
            }
            django.setup()
            _measure()


def _measure() -> None:
    from django.core.management import call_command
    from django.db import connection

    from experiments.optimizer import warm_up
    from tests.factories import make_user

    call_command("migrate", verbosity=0)
    warm_up()
    user = make_user("bench")
    warm = _experiment(user, 10)
    _until_the_last_card(warm)
    _overview(warm)
    head = ["bare", "first", "last", "last/bare", "bare, cpu", "last, cpu"]
    print(f"{f'{DIMENSION} floats, s':16}" + "".join(f" {each:>9}" for each in head))
    by_count = {count: _compare(user, count) for count in COUNTS}
    print(f"\n{'each card, s':16}" + "".join(f" {count:8}" for count in COUNTS))
    for card in by_count[COUNTS[0]]:
        taken = "".join(f" {by_count[count].get(card, 0.0):8.2f}" for count in COUNTS)
        print(f"{card:16}{taken}")
    connection.close_pool()  # type: ignore[attr-defined]


def _experiment(user: Any, count: int) -> Any:
    """Make an experiment with results at random points."""
    from experiments.domain import Result, TrialStatus
    from experiments.drafts import ExperimentDraft, ParameterDraft, TrialDraft
    from experiments.services import experiments
    from tests.factories import float_range, metric

    draw = random.Random(count)
    names = [f"x{index}" for index in range(1, DIMENSION + 1)]
    loss = metric("loss")
    draft = ExperimentDraft(
        name=f"{count} trials",
        metrics=(loss,),
        parameters=tuple(
            ParameterDraft(name=name, spec=float_range(0.0, 1.0, key=name)) for name in names
        ),
    )
    points = [{name: draw.random() for name in names} for _ in range(count)]
    trials = [
        TrialDraft(
            parameters=point,
            status=TrialStatus.COMPLETED,
            results={loss.spec.key: Result(_loss(list(point.values())))},
        )
        for point in points
    ]
    return experiments.create(draft=draft, team=user.teams.get(), by=user, trials=trials)


def _loss(values: Sequence[float]) -> float:
    """Return Hartmann's function with noise: without it, no fit is stable."""
    from bench.problems import hartmann6

    return hartmann6(values) + random.Random(repr(values)).gauss(0, 0.05)


def _compare(user: Any, count: int) -> dict[str, float]:
    """Print one row of medians, and return the median seconds of each card."""
    experiment = _experiment(user, count - 1 - ROUNDS // 2)
    _until_the_last_card(experiment)
    bare, ours, firsts = [], [], []
    cards: dict[str, list[float]] = {}
    for round_ in range(ROUNDS):
        first, last = _enter_one(experiment, user, round_)
        firsts.append(first)
        ours.append(last)
        for card in experiment.cards.all():
            cards.setdefault(card.name, []).append(card.seconds)
        bare.append(_overview(experiment))
    (bare_s, bare_cpu), (last_s, last_cpu) = _medians(bare), _medians(ours)
    first_s = statistics.median(firsts)
    missed = " missed" * (first_s > FIRST_WITHIN or last_s > bare_s / 2)
    print(
        f"{f'{count} trials':16} {bare_s:9.2f} {first_s:9.2f} {last_s:9.2f}"
        f" {last_s / bare_s:9.2f} {bare_cpu:9.2f} {last_cpu:9.2f}{missed}",
        flush=True,
    )
    return {card: statistics.median(taken) for card, taken in cards.items()}


def _medians(taken: Sequence["_Taken"]) -> tuple[float, float]:
    return (
        statistics.median(each.seconds for each in taken),
        statistics.median(each.processor for each in taken),
    )


class _Taken(NamedTuple):
    """Seconds by the clock, and of the processor."""

    seconds: float
    processor: float


def _timed(act: Callable[[], object]) -> _Taken:
    start, processor = time.perf_counter(), time.process_time()
    act()
    return _Taken(time.perf_counter() - start, time.process_time() - processor)


def _enter_one(experiment: Any, user: Any, round_: int) -> tuple[float, _Taken]:
    """Enter a result, make its cards, and return what the first and the last took."""
    from django.utils import timezone

    from tests.factories import finish, take

    draw = random.Random(round_)
    (trial,) = take(experiment, user, [draw.random() for _ in range(DIMENSION)])

    def enter() -> None:
        finish(trial, user, _loss(list(trial.parameters.values())))
        _until_the_last_card(experiment)

    now = timezone.now()
    last = _timed(enter)
    ready = [card.made_at for card in experiment.cards.all() if card.is_ready]
    return (min(ready) - now).total_seconds(), last


def _until_the_last_card(experiment: Any) -> None:
    from django.db import connection

    from experiments import tasks

    with connection.cursor() as cursor:  # No worker is there to make suggestions beside it.
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    tasks.analyse(experiment_id=experiment.pk)
    experiment.refresh_from_db()
    assert experiment.analysed_revision == experiment.cards_revision, "Cards are lacking."
    failed = [card.name for card in experiment.cards.all() if card.has_failed]
    assert not failed, f"These cards failed: {failed}."


def _overview(experiment: Any) -> _Taken:
    """Return what Ax takes for its overview of the same rows."""
    from ax.analysis.overview import OverviewAnalysis

    from bench.clients import float_client, load

    parameters = experiment.spec.parameters
    trials = [t.record(parameters) for t in experiment.trials.prefetch_related("observations")]
    client = float_client([(0.0, 1.0)] * len(parameters), [p.key for p in parameters])
    load(client, [trial for trial in trials if trial.observations])
    client.get_next_trials(max_trials=1)  # The model is fitted.
    return _timed(lambda: client.compute_analyses(analyses=[OverviewAnalysis()], display=False))


if __name__ == "__main__":
    main()
