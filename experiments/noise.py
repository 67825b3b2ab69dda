"""How standard errors that some results have and others lack become one consistent column.

Ax needs a standard error with each observation of a metric or with none: a single row that differs
makes every later generation fail. People enter what they have, so one rule makes the column.
"""

from collections.abc import Sequence
from enum import StrEnum

from experiments.domain import ResultNoise


class NoiseTreatment(StrEnum):
    """What the model does about the noise of one metric."""

    NO_RESULTS = "no_results"
    ESTIMATED = "estimated"
    ESTIMATED_SOME_GIVEN = "estimated_some_given"
    GIVEN = "given"
    GIVEN_ZEROS_RAISED = "given_zeros_raised"
    EXACT = "exact"


def consistent_sems(
    sems: Sequence[float | None],
    noise: ResultNoise = ResultNoise.NOISY,
) -> tuple[list[float | None], NoiseTreatment]:
    """Make one column of standard errors: all known, or all ``None`` (the model estimates them).

    ``sems``: one entry a result, in the metric's unit, ``None`` where nobody gave one; each is
    finite and not negative. Errors of zero among positive ones (which Ax refuses) become the
    smallest positive one; a column of zeros only says that results are exact, and stays.
    Where people say that results are exact, those without an error have one of 0.
    """
    if noise is ResultNoise.EXACT and sems:
        sems = [sem or 0.0 for sem in sems]
        if not any(sems):
            return list(sems), NoiseTreatment.EXACT
    given = [sem for sem in sems if sem is not None]
    if not sems:
        return [], NoiseTreatment.NO_RESULTS
    if not given:
        return [None] * len(sems), NoiseTreatment.ESTIMATED
    if len(given) < len(sems):
        return [None] * len(sems), NoiseTreatment.ESTIMATED_SOME_GIVEN
    positive = [sem for sem in given if sem > 0]
    if positive and len(positive) < len(given):
        smallest = min(positive)
        return [sem or smallest for sem in given], NoiseTreatment.GIVEN_ZEROS_RAISED
    return list(given), NoiseTreatment.GIVEN
