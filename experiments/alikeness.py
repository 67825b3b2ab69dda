"""Whether two experiments come out alike where both tried nearly the same. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.domain import Parameterization
from experiments.drafts import ExperimentDraft
from experiments.formatting import format_number
from experiments.neighbours import Distances

NEAR = 0.1
"""Trials within this distance count as nearly the same; 1 is the whole range of one parameter."""

_FEWEST = 3
"""Fewer pairs of trials say nothing."""

_MOST = 200
"""Of more trials, every second, third, … is looked at."""

_NOTABLE = 0.1
"""A shift below this share of how far all results lie apart is none."""

Measured = Sequence[tuple[Parameterization, float]]
"""Values of trials, each with its result."""


class Alikeness(NamedTuple):
    """By how much results here lie above those there, in ``pairs`` of trials that are near.

    ``shift`` is the median of the differences. It is one where most lie on the same side, and it is
    not small beside how far results lie apart.
    """

    pairs: int
    shift: float
    is_shifted: bool

    def in_words(self, metric: str, unit: str, here: str, there: str) -> str:
        """Say it of a metric in its unit; ``here`` and ``there`` say where: “in A”."""
        near = f"Where both tried nearly the same ({self.pairs} pairs of trials), {metric} {here}"
        if not self.is_shifted:
            return f"{near} lies on the whole where it does {there}."
        size = f"{format_number(abs(self.shift), 2)} {unit}".rstrip()
        return f"{near} lies some {size} {'above' if self.shift > 0 else 'below'} that {there}."


def compared(
    draft: ExperimentDraft,
    here: Mapping[str, Measured],
    there: Mapping[str, Measured],
    *,
    names: tuple[str, str],
) -> list[tuple[Alikeness, str]]:
    """Compare the objectives of a sound definition, by their keys, and say how they compare.

    ``names`` say where *here* and *there* are.
    """
    distances = Distances([parameter.spec for parameter in draft.parameters])
    found = [
        (metric, alikeness(distances, here.get(key, ()), there.get(key, ())))
        for metric in draft.objectives
        for key in [metric.spec.key]
    ]
    return [(each, each.in_words(m.name, m.unit, *names)) for m, each in found if each]


def alikeness(distances: Distances, here: Measured, there: Measured) -> Alikeness | None:
    """Compare results; ``None`` where too few trials are near each other."""
    here, there = _some(here), _some(there)
    if not here or not there:
        return None
    points = [(place, values) for place, (values, _) in enumerate(here)]
    differences = []
    for values, mean in there:
        (nearest,) = distances.nearest(values, points, 1)
        if nearest.distance <= NEAR:
            differences.append(here[nearest.trial][1] - mean)
    if len(differences) < _FEWEST:
        return None
    low, shift, high = statistics.quantiles(differences, n=4, method="inclusive")
    means = [mean for _, mean in (*here, *there)]
    is_shifted = low * high > 0 and abs(shift) > _NOTABLE * (max(means) - min(means))
    return Alikeness(len(differences), shift, is_shifted)


def _some(measured: Measured) -> Measured:
    return measured[:: 1 + (len(measured) - 1) // _MOST] if measured else measured
