"""What the model expects at one point that somebody asks about."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.domain import Parameterization
from experiments.optimizer.analysis.effects import slices
from experiments.optimizer.analysis.kinds import needs_model
from experiments.optimizer.analysis.study import Predicted, Study
from experiments.optimizer.errors import OptimizerError

POINTS = 25
"""How many values of a range are predicted along each parameter: enough for a smooth line."""


class NoModelYet(OptimizerError):
    """There are too few results for a model."""


def forecast(
    study: Study, point: Parameterization, others: Mapping[int, Parameterization]
) -> dict[str, Any]:
    """Return what the model expects at a point and at others, by their ids, as plain JSON.

    ``expected`` has mean and standard deviation by metric key; ``others`` the same by id;
    ``figures`` are slices through the point. Points outside the space of today are predicted too.
    Raises ``NoModelYet``, and ``ValueError`` for a point that lacks values.
    """
    if lacking := needs_model(study):
        raise NoModelYet(lacking)
    at = study.space.coerced(point)
    if missing := study.space.missing(at):
        raise ValueError(f"No value for {study.parameter(missing[0]).name}.")
    known = {key: study.space.coerced(other) for key, other in others.items()}
    complete = {key: other for key, other in known.items() if not study.space.missing(other)}
    predicted = study.predict([at, *complete.values()])
    figures, _ = slices(study, at, points=POINTS, here="these values")
    return {
        "expected": _row(predicted, 0, study.modelled_keys),
        "others": {
            str(key): _row(predicted, place, study.modelled_keys)
            for place, key in enumerate(complete, start=1)
        },
        "figures": figures,
    }


def _row(
    predicted: Mapping[str, Predicted], place: int, keys: Sequence[str]
) -> dict[str, list[float]]:
    return {
        key: [float(predicted[key].means[place]), float(predicted[key].sds[place])] for key in keys
    }
