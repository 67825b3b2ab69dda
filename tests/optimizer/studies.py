"""Studies for tests of cards: made of plain rows, with people's names on top."""

import random
from dataclasses import replace

from experiments.domain import (
    ExperimentSpec,
    ObservationRecord,
    Parameterization,
    TrialRecord,
    TrialStatus,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.optimizer import Study
from tests.optimizer.examples import BOOTH, booth


def study_of(
    spec: ExperimentSpec,
    trials: list[TrialRecord],
    targets: dict[str, float] | None = None,
    elsewhere: dict[int, list[TrialRecord]] | None = None,
) -> Study:
    """Return a study in which things are called as their keys: “metric m1”, “parameter p1”."""
    metrics = [
        MetricDraft(name=f"metric {m.key}", spec=m, unit="ms", target=(targets or {}).get(m.key))
        for m in spec.metrics
    ]
    draft = ExperimentDraft(
        name="Study",
        parameters=tuple(
            ParameterDraft(name=f"parameter {p.key}", spec=p) for p in spec.parameters
        ),
        metrics=tuple(metrics),
        is_weighted_sum=spec.is_weighted_sum,
    )
    return Study(draft, spec, trials, elsewhere=elsewhere)


def measured(
    number: int, parameters: Parameterization, sem: float | None = None, **means: float
) -> TrialRecord:
    """Return a completed trial with any metrics."""
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED,
        parameters=parameters,
        observations=tuple(
            ObservationRecord(metric=key, mean=mean, sem=sem) for key, mean in means.items()
        ),
    )


def booth_study(
    count: int = 14, noise: float = 0.0, target: float | None = None, **changes
) -> Study:
    """Return a study of random points on Booth's function."""
    draw = random.Random(5)
    points = [{"p1": draw.uniform(-10, 10), "p2": draw.uniform(-10, 10)} for _ in range(count)]
    trials = [
        measured(number, point, m1=booth(point) + draw.gauss(0, noise))
        for number, point in enumerate(points)
    ]
    targets = {} if target is None else {"m1": target}
    return study_of(replace(BOOTH, **changes), trials, targets)
