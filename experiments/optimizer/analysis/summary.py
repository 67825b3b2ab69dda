"""The whole in a few sentences, computed from what other cards show."""

from collections.abc import Iterator, Sequence

from experiments.cards import CardBody
from experiments.definition_words import quoted
from experiments.domain import MetricRole, ParameterValue, TrialStatus
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.formatting import format_number
from experiments.goal_words import with_unit
from experiments.optimizer.analysis.best import percent as chance
from experiments.optimizer.analysis.checks import verdicts
from experiments.optimizer.analysis.drawing import is_textual
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.optimum import Optimum, optimum_of
from experiments.optimizer.analysis.predicted import Z95
from experiments.optimizer.analysis.slices import Shape
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import utility_of
from experiments.optimizer.analysis.validation import Validation
from experiments.optimizer.analysis.words import (
    counted,
    joined,
    numbered,
    percent,
    plus_minus,
    score,
    setting,
)
from experiments.optimizer.build import learnt
from experiments.ranking import Standing, weighted_sum

_MOST_DOUBTS = 6
_ALMOST_ALL, _MUCH, _LITTLE = 0.95, 0.1, 0.02
"""Shares of all variation: how a parameter matters is said with these in mind."""

_MOST_NAMED = 3
_LEVELS = ((0.8, "well"), (0.5, "fairly well"), (0.1, "roughly"))
"""From which R² on the model predicts how well; 0.1 is where Ax warns."""


def _make(study: Study) -> CardBody:
    sentences = [*_state(study), *_best(study)]
    lacking = needs_model(study)
    if not lacking:
        sentences += [*_elsewhere(study), *_importance(study), *_place(study), *_quality(study)]
    elif study.means:
        sentences.append(f"There is no model yet. {lacking}")
    doubts = [doubt for _, verdict in verdicts(study) for doubt in verdict.doubts]
    shown = doubts[:_MOST_DOUBTS]
    if len(doubts) > _MOST_DOUBTS:
        shown.append(f"{len(doubts) - _MOST_DOUBTS} more are under “Checks”.")
    return CardBody(sentences=sentences, doubts=shown, facts=_facts(study))


def _facts(study: Study) -> dict[str, object]:
    if needs_model(study) or study.goals.has_front:
        return {}
    optimum = optimum_of(study)
    return {
        "optimum": dict(optimum.point),
        "ranges": {key: [values[0], values[-1]] for key, values in optimum.ranges.items()},
    }


def _elsewhere(study: Study) -> Iterator[str]:
    counts = [len(learnt(rows)) for rows in study.others.values()]
    if counts:
        where = "another experiment" if len(counts) == 1 else f"{len(counts)} other experiments"
        yield f"The model also learns from {counted(sum(counts), 'result')} of {where}."


def _state(study: Study) -> Iterator[str]:
    if not study.means:
        yield "No trial has a result yet."
        return
    said = f"{counted(len(study.means), 'trial')} {'has' if len(study.means) == 1 else 'have'}"
    running = sum(trial.status is TrialStatus.RUNNING for trial in study.trials)
    failed = sum(trial.status is TrialStatus.FAILED for trial in study.trials)
    others = [f"{running} running"] * bool(running) + [f"{failed} failed"] * bool(failed)
    yield f"{said} results{f', {joined(others)}' if others else ''}."


def _best(study: Study) -> Iterator[str]:
    ranking = study.ranking
    if ranking.standing is None:
        return
    if ranking.standing is Standing.INFEASIBLE:
        yield "No trial satisfies all outcome constraints yet."
        return
    if study.goals.has_front:
        front = sorted(ranking.front)
        verb = "is the best compromise" if len(front) == 1 else "are the best compromises (Pareto)"
        yield f"{numbered(front, 8).capitalize()} {verb} so far."
    elif ranking.best is not None:
        yield f"The best result is {_value(study, ranking.best)}, in trial {ranking.best}."


def _value(study: Study, number: int) -> str:
    means = study.means[number]
    if len(study.objectives) == 1:
        metric = study.objectives[0]
        return f"{metric.name} {with_unit(means[metric.spec.key], metric.unit)}"
    total = weighted_sum(means, study.spec.objectives)
    return f"a weighted sum of {format_number(total or 0.0)}"


def _importance(study: Study) -> Iterator[str]:
    """Say what each objective depends on, and how."""
    for metric in study.objectives:
        found = study.shares.get(metric.spec.key, {})
        ordered = sorted(found, key=lambda key: -abs(found[key]))
        much = [key for key in ordered if abs(found[key]) >= _MUCH][:_MOST_NAMED]
        if much and abs(found[much[0]]) >= _ALMOST_ALL:
            name = quoted(study.parameter(much[0]).name)
            yield f"{metric.name} depends almost only on {name}{_ways(study, metric, much[:1])}."
        elif much:
            named = [f"{quoted(study.parameter(k).name)} ({percent(abs(found[k]))})" for k in much]
            yield f"{metric.name} depends most on {joined(named)}{_ways(study, metric, much)}."
    yield from _unimportant(study)


def _ways(study: Study, metric: MetricDraft, keys: Sequence[str]) -> str:
    """Say how a metric goes along parameters, through the best trial."""
    names: dict[Shape, list[str]] = {}
    for key in keys:
        draft = study.parameter(key)
        along = study.cut.slices.get(metric.spec.key, {}).get(key)
        is_unordered = bool(draft.spec.values) and not draft.spec.is_ordered
        if along is not None and not is_unordered and along.shape is not Shape.UNCLEAR:
            names.setdefault(along.shape, []).append(quoted(draft.name))
    said = [f"it {shape.value} along {joined(each)}" for shape, each in names.items()]
    return f": {'; '.join(said)}" if said else ""


def _unimportant(study: Study) -> Iterator[str]:
    names = [
        quoted(draft.name)
        for draft in study.varied
        if all(
            abs(study.shares.get(metric.spec.key, {}).get(draft.spec.key, 1.0)) < _LITTLE
            for metric in study.objectives
        )
    ]
    is_known = any(any(shares.values()) for shares in study.shares.values())
    if names and is_known:
        shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
        yield f"{joined(shown)} {'makes' if len(names) == 1 else 'make'} hardly any difference."


def _place(study: Study) -> Iterator[str]:
    """Say where the model expects the best, and how far it can tell."""
    if study.goals.has_front or not any(any(each.values()) for each in study.shares.values()):
        return
    optimum = optimum_of(study)
    near = [_near(study, optimum, key) for key in optimum.ranges if key not in optimum.whole]
    anywhere = [quoted(study.parameter(key).name) for key in optimum.whole]
    if not near:
        yield "The model cannot yet tell where the best is."
        return
    said = f"The model expects the best at {joined(near)}: {_expected(study, optimum)}."
    if anywhere:
        said += f" It cannot tell which {joined(sorted(anywhere), 'or')} is best there."
    yield said
    if optimum.feasible < 0.5:
        yield f"The chance that the constraints hold there is {chance(optimum.feasible)}."


def _near(study: Study, optimum: Optimum, key: str) -> str:
    draft, values = study.parameter(key), optimum.ranges[key]
    here = f"{quoted(draft.name)} {setting(optimum.point[key], draft)}"
    return here if len(values) == 1 else f"{here} ({_span(draft, values)})"


def _span(draft: ParameterDraft, values: Sequence[ParameterValue]) -> str:
    if is_textual(draft):
        return f"or {joined([setting(value, draft) for value in values[:6]], 'or')}"
    return f"{setting(values[0], draft)} to {setting(values[-1], draft)}"


def _expected(study: Study, optimum: Optimum) -> str:
    utility = utility_of(study)
    assert utility is not None
    expected = utility.of(optimum.expected)
    mean = utility.shown(float(expected.means[0]))
    return f"{utility.name} {plus_minus(mean, Z95 * float(expected.sds[0]), utility.unit)}"


def _quality(study: Study) -> Iterator[str]:
    """Say how good the model is, by cross-validation."""
    aimed = [m for m in study.modelled if m.spec.role is not MetricRole.TRACKED]
    said = [
        _predicted(metric, study.validation[metric.spec.key])
        for metric in aimed
        if metric.spec.key in study.validation
    ]
    said = [each for each in said if each]
    if said:
        yield f"Asked for each result without knowing it, the model predicts {joined(said)}."


def _predicted(metric: MetricDraft, validation: Validation) -> str:
    if validation.r2 is None:
        return ""
    level = next((word for least, word in _LEVELS if validation.r2 >= least), "poorly")
    error = with_unit(float(f"{validation.error:.2g}"), metric.unit)
    return f"{metric.name} {level} (R² {score(validation.r2)}, usually off by {error})"


CARD = CardKind(
    name="summary",
    title="In short",
    reading="Computed from the results and the model; the cards below show where it comes from. "
    "In brackets: what the model cannot tell from the best with 95 % certainty, all else equal.",
    make=_make,
)
