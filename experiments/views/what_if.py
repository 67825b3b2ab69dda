"""What the model expects of parameters that somebody chooses, before anybody runs them."""

import asyncio
import json
import time
import uuid
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from experiments import chances
from experiments.domain import Prediction
from experiments.forms.point import PointForm
from experiments.models import Experiment, Forecast, Metric
from experiments.permissions import can_run, check_can_run
from experiments.ranking import Goals, Means
from experiments.services import forecasts, own_trials
from experiments.services.errors import Refused
from experiments.services.jobs import worker_is_alive
from experiments.views.access import get_experiment, signed_in
from experiments.views.events import hub
from experiments.views.results import ExperimentResults
from experiments.views.starting import point_named

PATIENCE = 2.5
"""Seconds that a request waits for its answer; after that, the page asks again."""

_UNPROCESSABLE = 422


class Known(NamedTuple):
    """What an expectation is compared with: the goals, and the best results so far."""

    goals: Goals
    best: Means | None
    best_trial: int | None
    front: chances.Front


class ExpectedMetric(NamedTuple):
    """What is expected of one metric, with the ends of its 95 % interval."""

    metric: Metric
    mean: float
    low: float
    high: float


class Answer:
    """An answer as the page shows it."""

    def __init__(self, experiment: Experiment, forecast: Forecast) -> None:
        self.experiment = experiment
        self.forecast = forecast
        self.answer: dict[str, Any] = forecast.answer or {}
        self.known = _known(experiment.pk, experiment.revision)

    @property
    def error(self) -> str:
        """Why there is no answer."""
        return self.forecast.error

    @property
    def is_waiting(self) -> bool:
        """Whether a worker has not answered yet."""
        return not self.forecast.is_answered

    @property
    def has_worker(self) -> bool:
        """Whether any worker is at work."""
        return worker_is_alive()

    @cached_property
    def expected(self) -> list[ExpectedMetric]:
        """What is expected of each metric that the model knows, in their order."""
        found = _predictions(self.answer.get("expected", {}))
        return [
            ExpectedMetric(metric, each.mean, *chances.interval(each.mean, each.sd))
            for metric in self.experiment.metrics.all()
            if (each := found.get(metric.key))
        ]

    @property
    def feasible(self) -> str | None:
        """The chance to keep all bounds, in words; ``None`` without bounds."""
        chance = chances.feasible(self._here, self.known.goals.limits)
        return None if chance is None else _percent(chance)

    @property
    def better(self) -> str | None:
        """The chance of an improvement, in words."""
        chance = self._chance(self._here)
        return None if chance is None else _percent(chance)

    @cached_property
    def rank(self) -> tuple[int, int] | None:
        """The place among the ready suggestions by that chance, and how many there are in all."""
        others = [self._promise(_predictions(each)) for each in self._others]
        if not others or self._chance(self._here) is None:
            return None
        mine = self._promise(self._here)
        return 1 + sum(other > mine for other in others), 1 + len(others)

    @property
    def figures(self) -> str:
        """The slices as Plotly's JSON."""
        return json.dumps(self.answer.get("figures", []), separators=(",", ":"))

    @cached_property
    def _here(self) -> dict[str, Prediction]:
        return _predictions(self.answer.get("expected", {}))

    @property
    def _others(self) -> list[dict[str, list[float]]]:
        return list(self.answer.get("others", {}).values())

    def _chance(self, expected: dict[str, Prediction]) -> float | None:
        if self.known.goals.has_front:
            return self.known.front.chance(expected) if self.known.front.points else None
        if self.known.best is None:
            return None
        gain = chances.gain_over(self.known.best, expected, self.known.goals)
        return None if gain is None else gain.chance

    def _promise(self, expected: dict[str, Prediction]) -> float:
        """The chance of an improvement that keeps all bounds."""
        feasible = chances.feasible(expected, self.known.goals.limits)
        return (self._chance(expected) or 0.0) * (1.0 if feasible is None else feasible)


@lru_cache(maxsize=64)
def _known(experiment_id: int, revision: int) -> Known:
    """Read what expectations are compared with; once a revision, since people drag sliders."""
    results = ExperimentResults(Experiment.objects.get(pk=experiment_id))
    ranking = results.ranking
    numbers = {trial.pk: trial.number for trial in results.trials}
    best = ranking.best
    return Known(
        results.goals,
        None if best is None else results.means[best],
        None if best is None else numbers[best],
        chances.Front(
            [results.means[pk] for pk in ranking.front],
            results.goals,
            is_beyond_thresholds=ranking.is_beyond_thresholds,
        ),
    )


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show fields and sliders for each parameter, and what is expected there.

    The address may name a ``trial`` or a ready ``suggestion`` to start from, or the values.
    """
    experiment = get_experiment(request.user, pk)
    return _page(request, experiment, point_named(request, experiment))


@require_POST
async def predict(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Answer with what is expected at the values that were sent; waits a moment for a worker."""
    asked = await _ask(request, pk)
    if isinstance(asked, HttpResponse):
        return asked
    inbox = hub.subscribe(pk)
    try:
        until = time.monotonic() + PATIENCE
        while not asked.is_answered and (left := until - time.monotonic()) > 0:
            asked = await _find(asked)
            if not asked.is_answered:
                try:
                    async with asyncio.timeout(min(left, 0.5)):
                        await inbox.take()
                except TimeoutError:
                    continue
    finally:
        hub.unsubscribe(pk, inbox)
    return await _answered(request, asked)


@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the values a running trial of the person who asks."""
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)
    is_outside = "is_outside" in request.POST
    form = PointForm(request.POST, definition=experiment.definition, may_be_outside=is_outside)
    key = usable_key(request, "run_key")
    if form.is_valid():
        try:
            trial = own_trials.add(
                experiment, parameters=form.point, key=key, by=signed_in(request),
                is_outside=is_outside,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Trial {trial.number} is yours: it is running.")
            return redirect(experiment)
    return _page(request, experiment, form, status=_UNPROCESSABLE)


def _page(
    request: HttpRequest, experiment: Experiment, form: PointForm, status: int = 200
) -> HttpResponse:
    key = uuid.uuid4()
    answer = None
    if form.is_valid():
        user = signed_in(request)
        asked = forecasts.ask(experiment, key=key, parameters=form.point, by=user)
        answer = Answer(experiment, asked)
    known = _known(experiment.pk, experiment.revision)
    context = {
        "experiment": experiment,
        "tab": "what_if",
        "form": form,
        "answer": answer,
        "key": key,
        "run_key": uuid.uuid4(),
        "can_run": can_run(request.user, experiment.team),
        "best_trial": known.best_trial,
        "ready": list(experiment.suggestions.ready()),
    }
    return render(request, "experiments/what_if.html", context, status=status)


def usable_key(request: HttpRequest, name: str) -> uuid.UUID:
    """Return the key that a form brought along; a new one where it brought none that is usable."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        return uuid.uuid4()


def _predictions(found: dict[str, list[float]]) -> dict[str, Prediction]:
    """Return what is expected by metric key; what is no number is left out."""
    return {
        key: Prediction(metric=key, mean=mean, sd=sd)
        for key, (mean, sd) in found.items()
        if mean is not None and sd is not None
    }


def _percent(chance: float) -> str:
    """Write a chance in whole percent; what is possible is never 0 or 100."""
    if 0 < chance < 0.01:
        return "< 1 %"
    if 0.99 < chance < 1:
        return "> 99 %"
    return f"{chance:.0%}".replace("%", " %")


@sync_to_async
def _ask(request: HttpRequest, pk: int) -> Forecast | HttpResponse:
    """Note the question down, or answer at once where the values make no sense."""
    experiment = get_experiment(request.user, pk)
    form = PointForm(request.POST, definition=experiment.definition, may_be_outside=True)
    if not form.is_valid():
        errors = {name or "all": " ".join(map(str, texts)) for name, texts in form.errors.items()}
        context = {"experiment": experiment, "errors": json.dumps(errors)}
        return render(request, "experiments/_what_if_answer.html", context, status=_UNPROCESSABLE)
    return forecasts.ask(
        experiment, key=usable_key(request, "key"), parameters=form.point, by=signed_in(request)
    )


@sync_to_async
def _find(asked: Forecast) -> Forecast:
    return forecasts.find(asked)


@sync_to_async
def _answered(request: HttpRequest, asked: Forecast) -> HttpResponse:
    experiment = get_experiment(request.user, asked.experiment_id)
    context = {"experiment": experiment, "answer": Answer(experiment, asked)}
    response = render(request, "experiments/_what_if_answer.html", context)
    response["Cache-Control"] = "no-store"
    return response
