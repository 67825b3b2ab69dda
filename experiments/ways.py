"""Which way to use earlier experiments: copies of their trials, or a model that learns from them.

Pure. What was measured stands in decision 29: where results differ by an offset, copies mislead.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.drafts import ExperimentDraft
from experiments.learning import why_not_elsewhere
from experiments.overlap import Overlap


class Recommendation(NamedTuple):
    """Whether the model had better learn how alike the experiments are, and why."""

    learns: bool
    why: str


def why_not_learn(draft: ExperimentDraft) -> str:
    """Say why no model of a definition can learn from other experiments; "" if one can."""
    specs = [parameter.spec for parameter in draft.parameters]
    return why_not_elsewhere(draft.generation_method, specs)


def recommend(
    draft: ExperimentDraft, overlaps: Mapping[str, Overlap], shifts: Sequence[str]
) -> Recommendation:
    """Say which way serves, given how experiments (by their names) overlap with the definition.

    ``shifts`` say in words which of them come out higher or lower than another.
    """
    if problem := why_not_learn(draft):
        return Recommendation(False, problem)
    if shifts:
        return Recommendation(True, shifts[0])
    for name, overlap in overlaps.items():
        others = [match.name for match in overlap.parameters if match.differs]
        if others:
            said = f"{', '.join(others)}: not as in “{name}”, so results may lie higher or lower."
            return Recommendation(True, said)
    return Recommendation(
        True,
        "Nobody knows before whether results here will lie where theirs do. Where they do, it is "
        "about as good as copies; where they do not, far better.",
    )
