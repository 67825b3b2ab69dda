"""Experiments with very many trials, written straight into the tables."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from experiments.models import Experiment

MANY = 10_000
_ENDINGS = ("completed",) * 18 + ("failed", "abandoned")


def make_many(
    user: "User", count: int = MANY, *, running: int = 5, is_constrained: bool = True
) -> "Experiment":
    """Make an experiment of four parameters with ``count`` trials.

    It has one objective and, if it ``is_constrained``, a bound on a second metric.

    The newest ``running`` of them wait for their results; of the others, one in twenty has failed
    and one was abandoned. Every tenth carries a tag.
    """
    from django.utils import timezone

    from experiments.domain import MetricRole
    from experiments.drafts import ParameterDraft
    from experiments.models import Observation, Trial
    from experiments.services.acting import acting
    from tests.factories import float_range, make_measured, metric

    names = ("learning rate", "dropout", "weight decay", "momentum")
    bounded = metric("latency", unit="ms", role=MetricRole.CONSTRAINT, bound=60.0)
    experiment = make_measured(
        user,
        metric("loss", unit="nats"),
        *([bounded] if is_constrained else []),
        parameters=[ParameterDraft(name=name, spec=float_range(0, 1)) for name in names],
        name="Very many",
    )
    keys = [parameter.key for parameter in experiment.parameters.all()]
    metrics = list(experiment.metrics.all())
    draw, now = random.Random(1), timezone.now()
    with acting(experiment.pk, kind="trials_imported", by=user) as act:
        act.experiment.trial_count = count
        trials = Trial.objects.bulk_create(
            (
                _trial(act.experiment, number, keys, user, draw, now, running >= count - number)
                for number in range(count)
            ),
            batch_size=2_000,
        )
        Observation.objects.bulk_create(
            (
                Observation(trial=trial, metric=metric, mean=draw.lognormvariate(place * 3, 0.5))
                for trial in trials
                if trial.status == "completed"
                for place, metric in enumerate(metrics)
            ),
            batch_size=5_000,
        )
        act.added(trials)
    experiment.refresh_from_db()
    return experiment


def _trial(experiment, number, keys, user, draw, now, is_running):  # type: ignore[no-untyped-def]
    from experiments.models import Trial

    ending = None if is_running else now - timedelta(minutes=20_000 - number)
    return Trial(
        experiment=experiment,
        number=number,
        parameters={key: draw.random() for key in keys},
        status="running" if is_running else draw.choice(_ENDINGS),
        finished_at=ending,
        finished_by=None if is_running else user,
        taken_by=user,
        tags=[] if number % 10 else [f"batch {number // 1000}"],
    )
