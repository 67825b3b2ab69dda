"""Where the model expects the best, and how far it can tell that place from others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from experiments.domain import Parameterization, ParameterValue
from experiments.optimizer.analysis.places import explored
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import utility_of

_MOST_RANGES = 6
_GRID = 41


@dataclass(frozen=True, slots=True)
class Optimum:
    """The place that the model expects to be the best, weighed by its chance to be feasible.

    ``expected`` has one point by metric. ``ranges`` has, for the parameters that matter most, the
    values around it that the model cannot tell from it with 95 % certainty while all others stay
    as they are, in order; ``whole`` names those parameters of which these are all values.
    """

    point: Parameterization
    expected: Mapping[str, Predicted]
    feasible: float
    ranges: Mapping[str, Sequence[ParameterValue]]
    whole: frozenset[str]


@lru_cache(maxsize=1)
def optimum_of(study: Study) -> Optimum:
    """Return where the model expects the best; not for objectives that are traded off.

    Kept for the newest study: several cards ask for it.
    """
    places = explored(study)
    best = places.best()
    point = places.points[best]
    keys = [draft.spec.key for draft in study.leading[:_MOST_RANGES] if draft.spec.key in point]
    ranges = {key: _range(study, point, key) for key in keys}
    return Optimum(
        point=point,
        expected=study.predict([point]),
        feasible=float(places.feasible[best]),
        ranges={key: values for key, (values, _) in ranges.items()},
        whole=frozenset(key for key, (_, is_whole) in ranges.items() if is_whole),
    )


def _range(study: Study, best: Parameterization, key: str) -> tuple[list[ParameterValue], bool]:
    """Return the values of one parameter at which the best may lie as well; whether it is all."""
    utility = utility_of(study)
    assert utility is not None
    own = best[key]
    draft = study.parameter(key)
    values = study.grid(key, _GRID)
    if own not in values:
        values = sorted([*values, own])  # Of numbers: all labels are in the grid.
    points = [study.varying(best, key, value) for value in values]
    here = float(utility.of(study.predict([best])).means[0])
    along = utility.of(study.predict(points))
    may = along.means + Z95 * along.sds >= here
    if draft.spec.values and not draft.spec.is_ordered:
        found = [value for value, each in zip(values, may, strict=True) if each or value == own]
        return found, len(found) == len(values)
    first = last = values.index(own)
    while first > 0 and may[first - 1]:
        first -= 1
    while last < len(values) - 1 and may[last + 1]:
        last += 1
    return values[first : last + 1], last - first + 1 == len(values)
