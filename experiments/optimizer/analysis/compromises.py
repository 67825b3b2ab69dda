"""The Pareto points by observation and by the model: what a team can choose a compromise from."""

from collections.abc import Sequence
from itertools import combinations

from ax.adapter.adapter_utils import predicted_pareto_frontier
from ax.core.optimization_config import MultiObjectiveOptimizationConfig
from ax.exceptions.core import AxError
from ax.utils.common.random import with_rng_seed

from experiments.cards import CardBody, CardPage, Table
from experiments.domain import Direction
from experiments.drafts import MetricDraft
from experiments.figures import Figure, literal, scatter, step_line, titled, value_axis
from experiments.formatting import format_number
from experiments.optimizer.analysis.best import is_scalar
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.words import numbered
from experiments.optimizer.seeds import derived_seed
from experiments.ranking import Standing

_MOST_ROWS = 30
_MOST_PAIRS = 6


def front_by_model(study: Study) -> list[int]:
    """Return the trials on the front that the model expects, as Ax has it, by number.

    As ``Client.get_pareto_frontier`` does: among tried points of today's space, within the
    thresholds; where none is given, within those that Ax infers, if any point is feasible.
    """
    adapter, experiment = study.model.adapter, study.model.experiment
    config = experiment.optimization_config
    assert isinstance(config, MultiObjectiveOptimizationConfig)
    thresholds = None
    with with_rng_seed(derived_seed(study.spec.seed, len(study.trials))):
        if not config.objective_thresholds:
            try:
                thresholds = adapter.infer_objective_thresholds(
                    search_space=experiment.search_space, optimization_config=config,
                    fixed_features=None,
                )  # fmt: skip
            except AxError as error:
                if "no observed feasible points" not in str(error):
                    raise
                return []
        found = predicted_pareto_frontier(
            adapter=adapter, objective_thresholds=thresholds, optimization_config=config
        )
    places = (each.features.trial_index for each in found)
    return sorted({study.learnt[int(place)] for place in places if place is not None})


def _make(study: Study) -> CardBody:
    modelled = front_by_model(study)
    observed = list(study.ranking.front)
    first = study.objectives[0].spec
    sign = 1.0 if first.direction is Direction.MINIMIZE else -1.0
    both = sorted({*modelled, *observed}, key=lambda n: sign * study.means[n].get(first.key, 0.0))
    pairs = list(combinations(study.objectives, 2))[:_MOST_PAIRS]
    return CardBody(
        sentences=_sentences(study, observed, modelled),
        figures=[_figure(study, one, other, modelled) for one, other in pairs],
        table=_table(study, both, observed, modelled) if both else None,
        facts={"observed": observed, "model": modelled},
    )


def _sentences(study: Study, observed: Sequence[int], modelled: Sequence[int]) -> list[str]:
    said = []
    if study.ranking.standing is Standing.INFEASIBLE:
        said.append("No trial meets the constraints yet: these come closest.")
    elif study.ranking.is_beyond_thresholds:
        said.append("No trial is within all thresholds yet: these are the best without them.")
    lucky = sorted(set(observed) - set(modelled))
    hidden = sorted(set(modelled) - set(observed))
    if not lucky and not hidden:
        return [*said, "Results and model agree on which trials are the best compromises."]
    if lucky:
        said.append(
            f"By the results, but not by the model: {numbered(lucky, 8)}. What was measured there "
            "is better than the model expects, which may be luck, or its chance to meet "
            "constraints and thresholds is too small."
        )
    if hidden:
        said.append(
            f"By the model, but not by the results: {numbered(hidden, 8)}. The model expects them "
            "to do better than what was measured once."
        )
    return said


def _table(
    study: Study, numbers: Sequence[int], observed: Sequence[int], modelled: Sequence[int]
) -> Table:
    shown = list(numbers)[:_MOST_ROWS]
    known = {number: point for number in shown if (point := study.known_point(number))}
    predicted = study.predict(list(known.values()))
    head = ["Trial", "Best by"]
    for metric in study.objectives:
        head += [titled(metric.name, metric.unit), "Expected"]
    rows = []
    for number in shown:
        by = "both" if number in observed and number in modelled else (
            "results" if number in observed else "model"
        )  # fmt: skip
        row = [str(number), by]
        for metric in study.objectives:
            key = metric.spec.key
            value = study.means[number].get(key)
            row.append("–" if value is None else format_number(value))
            row.append(_expected(predicted[key], list(known), number))
        rows.append(row)
    return Table(head=head, rows=rows, trials=shown)


def _expected(predicted: Predicted, known: Sequence[int], number: int) -> str:
    """Write what the model expects in a trial, if it knows it."""
    if number not in known:
        return "–"
    place = known.index(number)
    mean, sd = float(predicted.means[place]), float(predicted.sds[place])
    return f"{format_number(mean)} ± {format_number(Z95 * sd, 2)}"


def _figure(study: Study, one: MetricDraft, other: MetricDraft, modelled: Sequence[int]) -> Figure:
    keys = one.spec.key, other.spec.key
    titles = titled(one.name, one.unit), titled(other.name, other.unit)
    head = "<b>{} %{{x:.4~g}}<br>{} %{{y:.4~g}}</b>".format(*map(literal, titles))
    all_results = {
        number: (means[keys[0]], means[keys[1]])
        for number, means in study.means.items()
        if set(keys) <= means.keys()
    }
    data = []
    if len(study.objectives) == 2 and study.ranking.standing is Standing.FEASIBLE:
        data.append(
            step_line("front by the results", [all_results[n] for n in study.ranking.front])
        )
    data.append(
        scatter(
            "result", "result", x=[x for x, _ in all_results.values()],
            y=[y for _, y in all_results.values()], mode="markers", marker={"size": 6},
            ids=[str(number) for number in all_results],
            hovertemplate=f"{head}<br>trial %{{id}}<extra></extra>",
        )
    )  # fmt: skip
    points = (study.known_point(number) for number in modelled)
    predicted = study.predict([point for point in points if point is not None])
    x, y = predicted[keys[0]], predicted[keys[1]]
    data.append(
        scatter(
            "front by the model", "model", x=x.means.tolist(), y=y.means.tolist(), mode="markers",
            marker={"size": 8, "symbol": "diamond"}, ids=[str(number) for number in modelled],
            error_x={"type": "data", "array": (Z95 * x.sds).tolist(), "thickness": 1, "width": 3},
            error_y={"type": "data", "array": (Z95 * y.sds).tolist(), "thickness": 1, "width": 3},
            hovertemplate=f"{head}<br>expected, trial %{{id}}<extra></extra>",
        )
    )  # fmt: skip
    return {
        "name": f"{one.name} against {other.name}",
        "help": "Dots: results. Line: the front by the results. Diamonds: what the model expects "
        "of the trials on its front, with 95 % intervals.",
        "data": data,
        "layout": {"xaxis": value_axis(titles[0]), "yaxis": value_axis(titles[1])},
    }


CARD = CardKind(
    name="compromises",
    title="Compromises to choose from",
    reading="In none of these trials can one objective get better without another getting worse. "
    "± is where the metric itself lies with 95 % certainty, as the model has it.",
    needs=needs_model,
    make=_make,
    applies=lambda study: not is_scalar(study),
    page=CardPage.DECIDE,
)
