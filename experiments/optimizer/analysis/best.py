"""The best by observation and by the model, and why they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from ax.core.types import TModelPredictArm, TParameterization
from ax.service.utils.best_point import (
    get_best_parameters_from_model_predictions_with_trial_index,
)
from ax.utils.common.random import with_rng_seed

from experiments.cards import CardBody, CardPage, Table
from experiments.domain import Parameterization, ResultNoise
from experiments.formatting import format_number, format_parameter
from experiments.optimizer.analysis.joint import joint
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.places import Places, explored, places_at
from experiments.optimizer.analysis.study import Z95, Study
from experiments.optimizer.analysis.utility import Utility, utility_of
from experiments.optimizer.seeds import derived_seed
from experiments.ranking import Standing

_WORTH_SAYING = 1.0
"""The optimum is called better than what was tried from so many standard deviations on."""


@dataclass(frozen=True)
class ModelBest:
    """The trial that Ax calls the best by its model (``None``: none is).

    ``is_observed`` says that the model predicts so poorly that Ax takes the best result instead.
    """

    trial: int | None
    is_observed: bool = False


@lru_cache(maxsize=1)
def best_by_model(study: Study) -> ModelBest:
    """Ask Ax, as ``Client.get_best_parameterization`` does; kept for the newest study."""
    if _is_one_point(study):  # Ax cannot validate its model, and looks no further.
        return ModelBest(study.ranking.best, is_observed=True)
    with with_rng_seed(derived_seed(study.spec.seed, len(study.trials))):
        found = get_best_parameters_from_model_predictions_with_trial_index(
            experiment=study.model.experiment, adapter=study.model.adapter
        ) or _moved_best(study)
    if found is None:
        return ModelBest(None)
    index, _, said = found
    trial = study.by_number[study.learnt[index]]
    means = {each.metric: each.mean for each in trial.observations}
    expected = said[0] if said else {}
    is_observed = bool(expected) and all(expected[key] == means.get(key) for key in expected)
    return ModelBest(trial.number, is_observed)


def _moved_best(study: Study) -> tuple[int, TParameterization, TModelPredictArm | None] | None:
    """Find the trial that Ax missed: to its log scale and back, a value may move by a last digit.

    ``Client.get_best_parameterization`` then takes the best result, and does not say so.
    """
    best = study.model.adapter.model_best_point()
    if best is None:
        return None
    arm, said = best
    for index, trial in study.model.experiment.trials.items():
        if _is_same(trial.arms[0].parameters, arm.parameters):
            return index, arm.parameters, said
    return None


def _is_same(one: Parameterization, other: Parameterization) -> bool:
    """Tell whether values are the same but for the last digits of numbers."""
    return one.keys() == other.keys() and all(
        np.isclose(value, other[key], rtol=1e-9, atol=0.0)
        if isinstance(value, float)
        else value == other[key]
        for key, value in one.items()
    )


def _is_one_point(study: Study) -> bool:
    """Tell whether all results that the model knows are of the same parameters."""
    points = {
        study.space.signature(study.space.coerced(study.by_number[number].parameters))
        for number in study.learnt
        if number in study.means
    }
    return len(points) < 2


def noise_sd(study: Study, utility: Utility) -> float | None:
    """Return the standard deviation that the model gives a single result, near the best trial.

    ``None`` where the model says nothing of it.
    """
    if study.spec.noise is ResultNoise.EXACT:
        return 0.0
    belief = joint(study, utility, [study.anchor])
    return None if belief is None else float(np.sqrt(belief.noise[0]))


def observed_utility(study: Study, utility: Utility, number: int) -> float | None:
    """Return what a trial's results come to; ``None`` if one is missing."""
    means = study.means.get(number, {})
    if not utility.weights.keys() <= means.keys():
        return None
    return sum(weight * means[key] for key, weight in utility.weights.items())


def repeats(study: Study, number: int) -> int:
    """Return how many trials with results have the parameters of one of them, itself included."""
    wanted = study.space.signature(study.space.coerced(study.by_number[number].parameters))
    return sum(
        study.space.signature(study.space.coerced(study.by_number[each].parameters)) == wanted
        for each in study.means
    )


def _make(study: Study) -> CardBody:
    utility = utility_of(study)
    assert utility is not None
    model = best_by_model(study)
    observed = study.ranking.best
    places = explored(study)
    optimum = places.best()
    rows = _rows(study, utility, observed, model.trial, places.points[optimum])
    tried = observed if model.trial is None else model.trial
    gap = _beyond_tried(study, utility, tried, optimum)
    sentences = [
        *_by_observation(study, utility, observed),
        *_by_model(study, utility, observed, model),
        *gap,
    ]
    return CardBody(
        sentences=sentences,
        table=_table(study, utility, rows),
        facts={
            "observed": observed,
            "model": model.trial,
            "is_observed": model.is_observed,
            "optimum": dict(places.points[optimum]),
            "optimum_mean": utility.shown(float(places.utility.means[optimum])),
            "optimum_sd": float(places.utility.sds[optimum]),
        },
    )


@dataclass(frozen=True)
class _Row:
    title: str
    trial: int | None
    point: Parameterization


def _rows(
    study: Study,
    utility: Utility,
    observed: int | None,
    model: int | None,
    optimum: Parameterization,
) -> list[_Row]:
    def tried(title: str, number: int) -> _Row:
        return _Row(title, number, study.space.coerced(study.by_number[number].parameters))

    rows = []
    if observed is not None and observed == model:
        rows.append(tried("Best by both", observed))
    else:
        rows += [] if observed is None else [tried("Best by observation", observed)]
        rows += [] if model is None else [tried("Best by the model", model)]
    return [*rows, _Row("Optimum by the model", None, optimum)]


def _table(study: Study, utility: Utility, rows: Sequence[_Row]) -> Table:
    known = [row.point for row in rows if study.known_point(row.trial) or row.trial is None]
    places = iter(places_at(study, utility, known).each())
    has_limits = bool(study.aims.constraints)
    unit = f" ({utility.unit})" if utility.unit else ""
    head = ["", "Trial", f"{utility.name}{unit}", "Expected"]
    head += ["Meets constraints"] * has_limits
    head += [draft.name for draft in study.varied]
    cells = []
    for row in rows:
        value = None if row.trial is None else observed_utility(study, utility, row.trial)
        expected, chance = "–", "–"
        if row.point in known:
            mean, sd, feasible = next(places)
            expected = f"{format_number(utility.shown(mean))} ± {format_number(Z95 * sd, 2)}"
            chance = percent(feasible)
        line = [
            row.title,
            "not tried" if row.trial is None else str(row.trial),
            "–" if value is None else format_number(utility.shown(value)),
            expected,
        ]
        line += [chance] * has_limits
        line += [
            format_parameter(row.point[d.spec.key], d) if d.spec.key in row.point else "–"
            for d in study.varied
        ]
        cells.append(line)
    return Table(head=head, rows=cells, trials=[row.trial for row in rows])


def _by_observation(study: Study, utility: Utility, observed: int | None) -> list[str]:
    if observed is None:
        return ["No trial has a result of each objective yet."]
    value = observed_utility(study, utility, observed)
    assert value is not None
    said = f"By observation, trial {observed} is the best: {utility.name} {utility.said(value)}."
    if study.ranking.standing is Standing.INFEASIBLE:
        said = (
            f"No trial meets the constraints. Trial {observed} comes closest, with "
            f"{utility.name} {utility.said(value)}."
        )
    return [said]


def _by_model(study: Study, utility: Utility, observed: int | None, model: ModelBest) -> list[str]:
    if model.trial is None:
        return ["By the model, no tried point is likely enough to meet the constraints."]
    if model.is_observed:
        return [
            "The model predicts results that it has not seen so poorly that Ax trusts the results "
            f"alone: trial {model.trial}."
        ]
    if model.trial == observed:
        return ["The model agrees: nothing that was tried is expected to be better."]
    if observed is None:
        return [f"By the model, it is trial {model.trial}."]
    here_is, there_is = study.known_point(model.trial), study.known_point(observed)
    if here_is is None or there_is is None:
        return [
            f"By the model, it is trial {model.trial}: trial {observed} is none that it can learn "
            "from."
        ]
    places = places_at(study, utility, [here_is, there_is])
    here, there = (float(mean) for mean in places.utility.means)
    said = (
        f"By the model, it is trial {model.trial}: it expects {utility.said(here)} there, and "
        f"{utility.said(there)} in trial {observed}."
    )
    return [said, _why_they_differ(study, utility, observed, model.trial, places)]


def _why_they_differ(
    study: Study, utility: Utility, observed: int, model: int, places: Places
) -> str:
    """Say what the most likely reason is: constraints, noise with few repeats, or smoothness."""
    if study.ranking.standing is Standing.INFEASIBLE:
        return (
            "They differ because no trial meets the constraints: the results rank trials by how "
            "close they come, the model by what they promise and their chance."
        )
    ahead = observed_utility(study, utility, observed)
    behind = observed_utility(study, utility, model)
    feasible = places.feasible
    if feasible[0] > feasible[1] + 0.05:
        return (
            f"They differ because trial {model} is more likely to meet the constraints: "
            f"{percent(float(feasible[0]))} against {percent(float(feasible[1]))}."
        )
    noise = noise_sd(study, utility)
    if noise and ahead is not None and behind is not None and 0 < ahead - behind < 2 * noise:
        times = repeats(study, observed)
        measured = "once" if times == 1 else f"{times} times"
        return (
            f"They differ because results are noisy: the same point, run again, varies by about "
            f"{utility.size(noise)} (one standard deviation), and the two results lie "
            f"{utility.size(ahead - behind)} apart. Trial {observed} was measured {measured}: part "
            "of its lead may be luck."
        )
    if ahead is not None and places.utility.means[1] < ahead:
        return (
            "They differ because the model takes the neighbours into account: near trial "
            f"{observed}, results are worse than its own, so it expects less there than was "
            "measured."
        )
    return (
        f"They differ because the model expects more of trial {model} than was measured there: "
        "results near it are better than its own."
    )


def _beyond_tried(study: Study, utility: Utility, tried: int | None, optimum: int) -> list[str]:
    """Say what the model expects of the best place of the whole space."""
    places = explored(study)
    mean, sd = float(places.utility.means[optimum]), float(places.utility.sds[optimum])
    within = f"{utility.said(mean)} ± {utility.size(Z95 * sd)}"
    point = study.known_point(tried)
    if point is None:
        return [f"Over the whole space, the model expects the best to be {within}."]
    known = places_at(study, utility, [point])
    gain = mean - float(known.utility.means[0])
    if gain <= _WORTH_SAYING * max(sd, float(known.utility.sds[0])):
        return ["Nowhere in the space does the model expect anything clearly better."]
    return [
        f"Over the whole space, the model expects the best at a place that nobody has tried: "
        f"{within}, {utility.size(gain)} better than trial {tried}."
    ]


def percent(chance: float) -> str:
    """Write a chance without pretending to know it exactly."""
    if chance < 0.01:
        return "under 1\u00a0%"
    if chance > 0.99:
        return "over 99\u00a0%"
    return f"{100 * chance:.0f}\u00a0%"


def is_scalar(study: Study) -> bool:
    """Tell whether there is one best trial, and no front."""
    return len(study.objectives) == 1 or study.spec.is_weighted_sum


CARD = CardKind(
    name="best",
    title="Best by observation and by the model",
    reading="A result can be lucky; the model weighs it against all others. ± is where the metric "
    "itself lies with 95 % certainty, as the model has it.",
    needs=needs_model,
    make=_make,
    applies=is_scalar,
    page=CardPage.DECIDE,
)
