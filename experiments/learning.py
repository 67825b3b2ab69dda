"""Which trials a model cannot learn from, and why; and which it learns from where they are many.

All others stay in it, wherever they lie.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice

from experiments.assignments import applies
from experiments.domain import (
    WITH_RESULTS,
    ExperimentSpec,
    GenerationMethod,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    TrialRecord,
)
from experiments.ranking import Goals, Means, preferred

MOST_LEARNT = 1_000
"""More results than this are not all learnt from: time grows with the cube of their number.

One suggestion in two dimensions took 10 s with 1,000 of them, 98 s with 2,000, and hours with more.
"""

MOST_ELSEWHERE = 200
"""More results of other experiments than this are not learnt from: one model learns from all."""

MOST_TOGETHER = 500
"""With the own results, there are no more than this: from so many on, those elsewhere do not count.

One suggestion in six dimensions took 4 s with 200 elsewhere and 50 here, 13 s with 300 here.
"""

EXPLORING_BESIDE_OTHERS = 2
"""How many trials explore where a model learns from other experiments as well."""


def why_not_elsewhere(method: GenerationMethod, parameters: Iterable[ParameterSpec]) -> str:
    """Say why no model can learn how alike other experiments are; "" if one can."""
    if method is not GenerationMethod.FAST:
        return "The generation method “fast” alone learns how alike experiments are."
    if not any(each.kind is ParameterKind.RANGE and each.pinned is None for each in parameters):
        return "Nothing but choices is varied: no model learns how alike experiments are there."
    return ""


def needed_results(initialization_budget: int) -> int:
    """Return how many trials must have results before a model decides; the rule is Ax's."""
    return max(1, initialization_budget // 2)


def left_out(
    spec: ExperimentSpec, trials: Sequence[TrialRecord], names: Mapping[str, str] | None = None
) -> dict[int, str]:
    """Return why trials are left out of the model, in words, by trial number.

    ``names``: what people call the parameters, by key.
    """
    by_key = {parameter.key: parameter for parameter in spec.parameters}
    reasons = {
        trial.number: reason_left_out(by_key, trial.parameters, names or {}) for trial in trials
    }
    return {number: reason for number, reason in reasons.items() if reason}


def reason_left_out(
    by_key: Mapping[str, ParameterSpec],
    values: Parameterization,
    names: Mapping[str, str] | None = None,
) -> str | None:
    """Return why a trial with these values is left out of the model, or ``None`` if it is not."""
    for key, parameter in by_key.items():
        if parameter.kind is ParameterKind.DERIVED:
            continue
        name = f"“{names[key]}”" if names and key in names else "one of the parameters"
        value = values.get(key)
        if value is None:
            if parameter.condition is None or applies(parameter, by_key, values):
                return f"It has no value for {name}."
        elif parameter.log_scale and not isinstance(value, str) and value <= 0:
            return f"Its value of {name} is not above 0, and so has no place on a log scale."
    return None


def too_many(
    spec: ExperimentSpec, trials: Iterable[TrialRecord], most: int = MOST_LEARNT
) -> frozenset[int]:
    """Return the numbers of trials that are left out because ``most`` with results are enough.

    Half of those that stay are the best; the others are spread evenly over the rest, so that the
    model still knows where it is no use to look. Where results are repeated, the best of them are
    so by luck: there, all that stay are spread evenly.
    """
    means = {
        trial.number: {each.metric: each.mean for each in trial.observations}
        for trial in trials
        if trial.status in WITH_RESULTS and trial.observations
    }
    if len(means) <= most:
        return frozenset()
    goals = Goals(
        metrics=spec.metrics,
        is_weighted_sum=spec.is_weighted_sum,
        baseline={} if spec.baseline is None else means.get(spec.baseline, {}),
    )
    is_repeated = spec.generation_method is GenerationMethod.BANDIT
    best = frozenset() if is_repeated else _best(means, goals, most // 2)
    rest = [number for number in means if number not in best]
    count = most - len(best)
    spread = {rest[place * len(rest) // count] for place in range(count)}
    return frozenset(means) - best - spread


def _best(means: Mapping[int, Means], goals: Goals, count: int) -> frozenset[int]:
    """Return the best trials, by each objective in turn."""
    by_objective = preferred(means, goals)
    in_turn = dict.fromkeys(chain.from_iterable(zip(*by_objective, strict=True)))
    return frozenset(islice(in_turn, count))
