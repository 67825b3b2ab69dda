"""Small experiments, made through the same services that the product uses."""

import uuid
from collections.abc import Sequence

from django.contrib.auth.models import User

from experiments.domain import (
    Direction,
    GenerationNode,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    Result,
    Suggestion,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.models import Experiment, Metric, Trial
from experiments.services import experiments, suggestions, trials


def float_range(
    lower: float = -10.0, upper: float = 10.0, *, key: str = "", **kwargs
) -> ParameterSpec:
    return ParameterSpec(
        key=key,
        kind=ParameterKind.RANGE,
        value_type=ValueType.FLOAT,
        lower=lower,
        upper=upper,
        **kwargs,
    )


def make_user(username: str = "ada") -> User:
    return User.objects.create_user(username=username, password=f"{username}-password")


def make_experiment(
    by: User,
    *,
    name: str = "Booth",
    objective: str = "booth",
    direction: Direction = Direction.MINIMIZE,
    parameters: dict[str, ParameterSpec] | None = None,
    **kwargs,
) -> Experiment:
    specs = parameters or {"x1": float_range(), "x2": float_range()}
    draft = ExperimentDraft(
        name=name,
        description=kwargs.pop("description", ""),
        metrics=(MetricDraft(name=objective, spec=MetricSpec(key="", direction=direction)),),
        trial_budget=kwargs.pop("trial_budget", None),
        parameters=tuple(ParameterDraft(name=n, spec=spec) for n, spec in specs.items()),
    )
    return experiments.create(draft=draft, team=by.teams.get(), by=by, **kwargs)


def store_ready(
    experiment: Experiment, *points: Sequence[float], revision: int | None = None, **kwargs
) -> None:
    """Put suggestions into the pool as a worker does; one number a parameter.

    Further arguments are those of each suggestion.
    """
    experiment.refresh_from_db()
    keys = [parameter.key for parameter in experiment.parameters.all()]
    for point in points:
        suggestions.store(
            experiment.pk,
            revision=experiment.revision if revision is None else revision,
            suggestion=Suggestion(
                parameters=dict(zip(keys, point, strict=True)),
                **{"node": GenerationNode.SOBOL, **kwargs},
            ),
        )


def ask(experiment: Experiment, by: User, wanted: int = 1):
    return suggestions.request(experiment, wanted=wanted, key=uuid.uuid4(), by=by)


def take(experiment: Experiment, by: User, *points: Sequence[float]) -> list[Trial]:
    """Make the points running trials."""
    before = set(experiment.trials.values_list("pk", flat=True))
    for start in range(0, len(points), suggestions.MOST_AT_ONCE):
        batch = points[start : start + suggestions.MOST_AT_ONCE]
        store_ready(experiment, *batch)
        ask(experiment, by, len(batch))
    return list(experiment.trials.exclude(pk__in=before))


def finish(trial: Trial, by: User, mean: float, sem: float | None = None) -> Trial:
    trials.complete(trial, values={trial.experiment.objective: Result(mean, sem)}, by=by)
    trial.refresh_from_db()
    return trial


def make_measured(
    by: User,
    *metrics: MetricDraft,
    parameters: Sequence[ParameterDraft] = (ParameterDraft(name="x", spec=float_range()),),
    name: str = "Measured",
    **kwargs,
) -> Experiment:
    """Make an experiment with any metrics; further arguments are the draft's."""
    draft = ExperimentDraft(name=name, metrics=metrics, parameters=tuple(parameters), **kwargs)
    return experiments.create(draft=draft, team=by.teams.get(), by=by)


def measured(experiment: Experiment, **means: float) -> dict[Metric, Result]:
    """Return results by metric; the names may have underscores for blanks."""
    by_name = {metric.name: metric for metric in experiment.metrics.all()}
    return {by_name[name.replace("_", " ")]: Result(mean) for name, mean in means.items()}


def metric(name: str, *, direction: Direction = Direction.MINIMIZE, **kwargs) -> MetricDraft:
    """Return a metric; ``unit`` and ``target`` are the draft's, further arguments the spec's."""
    own = {field: kwargs.pop(field) for field in ("unit", "target") if field in kwargs}
    return MetricDraft(
        name=name, spec=MetricSpec(key=f"new {name}", direction=direction, **kwargs), **own
    )
