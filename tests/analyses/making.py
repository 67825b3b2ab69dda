"""Lets the worker's own task make the cards of experiments."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from django.contrib.auth.models import User
from django.db import connection

from experiments import tasks
from experiments.domain import ParameterSpec, Result, TrialStatus
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft, TrialDraft
from experiments.models import Experiment
from experiments.services import experiments
from tests.factories import float_range, metric

Means = Mapping[str, float | tuple[float, float]]
"""Results by metric name: means, or pairs of mean and SEM."""


def make_cards(experiment: Experiment) -> None:
    """Let the worker go on until all cards are made: it stops after each while others wait."""
    for _ in range(40):
        tasks.analyse(experiment_id=experiment.pk)
        experiment.refresh_from_db()
        if experiment.analysed_revision == experiment.cards_revision:
            return
    raise AssertionError("The cards are never all made.")


def forget_jobs() -> None:
    """Delete what waits for a worker: with nothing waiting, one task makes all cards."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def cards_of(experiment: Experiment) -> dict[str, dict]:
    """Make the cards, none of which may fail, and return their facts by name."""
    make_cards(experiment)
    cards = list(experiment.cards.all())
    assert {card.name: card.message for card in cards if card.has_failed} == {}
    return {card.name: card.body["facts"] for card in cards}


def floats(count: int) -> dict[str, ParameterSpec]:
    """Return a box of floats between 0 and 1: x1, x2 …"""
    return {f"x{number}": float_range(0.0, 1.0) for number in range(1, count + 1)}


def drawn(space: Mapping[str, ParameterSpec], count: int, seed: int = 0) -> list[dict]:
    """Draw points of independent parameters, by name."""
    draw = random.Random(seed)

    def value(spec: ParameterSpec):
        if spec.values:
            return draw.choice(spec.values)
        low, high = float(spec.lower or 0), float(spec.upper or 0)
        if spec.value_type.value == "int":
            return draw.randint(int(low), int(high))
        if spec.log_scale:
            return float(low * (high / low) ** draw.random())
        return draw.uniform(low, high)

    return [{name: value(spec) for name, spec in space.items()} for _ in range(count)]


def with_trials(
    by: User,
    space: Mapping[str, ParameterSpec],
    trials: Iterable[tuple[Mapping, Means | None]],
    *,
    metrics: Sequence[MetricDraft] = (metric("loss"),),
    **definition,
) -> Experiment:
    """Make an experiment with trials (points and results by name; ``None``: it failed)."""
    keys = {each.name: each.spec.key for each in metrics}
    draft = ExperimentDraft(
        name=definition.pop("name", "Analysed"),
        metrics=tuple(metrics),
        parameters=tuple(
            ParameterDraft(name=name, spec=replace(spec, key=name)) for name, spec in space.items()
        ),
        **{"seed": 1, **definition},
    )
    brought = [
        TrialDraft(
            parameters=point,
            status=TrialStatus.FAILED if means is None else TrialStatus.COMPLETED,
            results={keys[name]: _result(mean) for name, mean in (means or {}).items()},
        )
        for point, means in trials
    ]
    return experiments.create(draft=draft, team=by.teams.get(), by=by, trials=brought)


def measured(points: Iterable[Mapping], function: Callable[[Mapping], Means | None]) -> list:
    """Return points with what a function says of each."""
    return [(point, function(point)) for point in points]


def _result(mean: float | tuple[float, float]) -> Result:
    return Result(*mean) if isinstance(mean, tuple) else Result(mean)
