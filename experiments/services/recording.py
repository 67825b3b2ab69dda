"""What every write shares: the experiment's lock, its next revision, a ``Change``, and the news."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from experiments.models import Change, ChangeKind, Experiment, StoppingAdvice
from experiments.services import jobs

CHANNEL = "axdash_experiments"
"""PostgreSQL's NOTIFY channel; the payload is the id of an experiment and a topic: ``12:news``."""

NEWS = "news"
"""The topic of what happens to an experiment and its trials."""


_OF_CURVES = (
    ChangeKind.CURVE_ENTERED,
    ChangeKind.TRIALS_UNDONE,
    ChangeKind.EXPERIMENT_BROUGHT,
)


@contextmanager
def locked(experiment_id: int) -> Iterator[Experiment]:
    """Open a transaction that holds the experiment's row: writers come one after another."""
    with transaction.atomic():
        yield Experiment.objects.select_for_update().get(pk=experiment_id)


def record(
    experiment: Experiment,
    *,
    kind: ChangeKind,
    by: AbstractBaseUser,
    is_model_change: bool,
    trial_numbers: Sequence[int] = (),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    undoes: Change | None = None,
) -> Change:
    """Make the next revision of a locked experiment and say what happened in it.

    ``is_model_change`` says that suggestions made before this revision do not know all that the
    model could know. ``trial_numbers`` are those of the trials that it is about, ``undoes`` is the
    change that it takes back. Also tells open pages and queues the thinking ahead.
    """
    experiment.revision += 1
    if is_model_change:
        experiment.model_revision = experiment.revision
        experiment.optimizer_error = ""
    experiment.touched_by_id = by.pk
    experiment.touched_at = timezone.now()
    experiment.save(
        update_fields=[
            "revision", "model_revision", "optimizer_error", "touched_by", "touched_at",
            "trial_count",
        ]
    )  # fmt: skip
    change = Change.objects.create(
        experiment=experiment,
        revision=experiment.revision,
        kind=kind,
        user_id=by.pk,
        trial_numbers=list(trial_numbers),
        before=before or {},
        after=after or {},
        reason=reason,
        is_model_change=is_model_change,
        undoes=undoes.act if undoes else None,
        is_redo=bool(undoes and undoes.takes_back),
    )
    announce(experiment.pk)
    jobs.queue_suggest(experiment.pk)
    if is_model_change or kind in _OF_CURVES:
        advice = StoppingAdvice.objects.filter(experiment=experiment)
        if advice.update(wanted_revision=experiment.revision):
            jobs.queue_advise(experiment.pk)
    if not experiment.is_analysed:
        jobs.queue_analyse(experiment.pk)
    return change


def announce(experiment_id: int, topic: str = NEWS) -> None:
    """Tell open pages, once the transaction is through, that the experiment has news.

    ``topic`` says of what: pages that show nothing of it stay as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{experiment_id}:{topic}"])
