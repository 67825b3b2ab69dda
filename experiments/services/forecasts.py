"""What people ask the model, one question a page: the newest replaces the one before it."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from experiments.domain import ParameterValue
from experiments.jsons import finite
from experiments.models import Experiment, Forecast
from experiments.services import jobs
from experiments.services.recording import announce

FORECASTS = "forecasts"
"""The topic under which those who wait are told of answers."""

KEPT = timedelta(hours=6)


def ask(
    experiment: Experiment,
    *,
    key: uuid.UUID,
    parameters: Mapping[str, ParameterValue],
    by: AbstractBaseUser,
) -> Forecast:
    """Ask what the model expects at complete parameters; ``key`` is that of the open page.

    The answer comes later (``find``). A question with the same key that has no answer yet is
    forgotten: dragging a slider does not pile up work. The same question again keeps its answer
    while that is current.
    """
    with transaction.atomic():
        asked, is_new = Forecast.objects.select_for_update().get_or_create(
            key=key,
            experiment=experiment,
            user_id=by.pk,
            defaults={"parameters": dict(parameters)},
        )
        is_same = asked.parameters == dict(parameters) and not asked.error
        is_current = asked.revision is None or asked.revision >= experiment.cards_revision
        if not is_new and not (is_same and is_current):
            asked.parameters = dict(parameters)
            asked.serial += 1
            asked.answer, asked.error, asked.revision = None, "", None
            asked.save()
        if not asked.is_answered:
            jobs.queue_forecast(experiment.pk)
    return asked


def find(asked: Forecast) -> Forecast:
    """Read a question again, with its answer if it has one by now."""
    return Forecast.objects.get(pk=asked.pk)


def open_questions(experiment_id: int) -> list[Forecast]:
    """Return what waits for an answer, the oldest first."""
    waiting = Forecast.objects.filter(experiment_id=experiment_id, answer__isnull=True, error="")
    return list(waiting.order_by("asked_at"))


def answer(
    asked: Forecast, *, revision: int, answer: dict[str, Any] | None = None, error: str = ""
) -> None:
    """Keep the answer to a question, or why there is none, unless it was replaced meanwhile."""
    Forecast.objects.filter(pk=asked.pk, serial=asked.serial).update(
        answer=None if answer is None else finite(answer), error=error, revision=revision
    )
    announce(asked.experiment_id, FORECASTS)


def purge() -> None:
    """Forget questions that nobody has come back to."""
    Forecast.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
