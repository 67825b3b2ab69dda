"""A whole definition in words, part by part, as the page of an experiment shows it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from experiments.constraint_words import constraint_in_words
from experiments.definition_words import (
    EXPERIMENT_FIELDS,
    condition_in_words,
    names_of,
    quoted,
    shape_in_words,
)
from experiments.domain import Direction, MetricRole
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.goal_words import SIGNS_OF_BETTER, bound_in_words, target_in_words, with_unit

DEEPEST = 4
"""Dependents of dependents are indented up to so many times: a phone is narrow."""

_SETTINGS = ("generation_method", "initialization_budget", "wanted_parallelism", "noise", "seed")


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or metric: its name and unit, what is said of it, and what it is.

    ``depth`` is how often it is indented: dependents stand below what switches them on.
    """

    name: str
    unit: str
    words: str
    description: str
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is varied, what has to hold, what is measured, and how suggestions are made."""

    parameters: tuple[Line, ...]
    constraints: tuple[str, ...]
    metrics: tuple[Line, ...]
    settings: tuple[tuple[str, str], ...]


def outline_of(draft: ExperimentDraft, *, limits: Mapping[str, float]) -> Outline:
    """Put a definition whose references are whole into words.

    ``limits`` are the constraints' bounds in the metrics' units, by key, as far as they are known.
    """
    names = names_of(draft)
    has_sum = draft.is_weighted_sum and len(draft.objectives) > 1
    has_trade = not draft.is_weighted_sum and len(draft.objectives) > 1
    return Outline(
        parameters=tuple(_parameters(draft, names)),
        constraints=tuple(constraint_in_words(c, names) for c in draft.constraints),
        metrics=tuple(
            Line(
                m.name,
                m.unit,
                ", ".join(_metric(m, limits, has_sum=has_sum, has_trade=has_trade)),
                m.description,
            )
            for m in draft.metrics
        ),
        settings=tuple(_settings(draft)),
    )


def _parameters(draft: ExperimentDraft, names: Mapping[str, str]) -> Iterator[Line]:
    dependents: dict[str, list[ParameterDraft]] = {}
    for parameter in draft.parameters:
        condition = parameter.spec.condition
        dependents.setdefault(condition.parameter if condition else "", []).append(parameter)
    # A stack of our own: a chain of dependents may be longer than Python's.
    waiting = [(parameter, 0) for parameter in reversed(dependents.get("", []))]
    while waiting:
        parameter, depth = waiting.pop()
        words = ", ".join(_parameter(parameter, names))
        yield Line(parameter.name, parameter.unit, words, parameter.description, depth)
        below = min(depth + 1, DEEPEST)
        waiting += [(p, below) for p in reversed(dependents.get(parameter.spec.key, []))]


def _parameter(parameter: ParameterDraft, names: Mapping[str, str]) -> Iterator[str]:
    spec = parameter.spec
    if spec.pinned is None:
        yield shape_in_words(spec, names)
    else:
        yield f"fixed from now on at {quoted(spec.pinned)}"
    if spec.condition is not None:
        yield condition_in_words(spec.condition, names)


def _metric(
    metric: MetricDraft, limits: Mapping[str, float], *, has_sum: bool, has_trade: bool
) -> Iterator[str]:
    spec = metric.spec
    if spec.role is MetricRole.OBJECTIVE:
        yield spec.direction.value
        if has_sum:
            yield f"weight {quoted(spec.weight)}"
        if has_trade and spec.threshold is not None:
            sign = SIGNS_OF_BETTER[spec.direction]
            yield f"of interest {sign} {with_unit(spec.threshold, metric.unit)}"
    elif spec.role is MetricRole.CONSTRAINT:
        yield f"keep {bound_in_words(metric, limits)}"
    else:
        better = "smaller" if spec.direction is Direction.MINIMIZE else "larger"
        yield f"only tracked, {better} is better"
    if metric.target is not None:
        yield f"good enough: {target_in_words(metric, metric.target)}"


def _settings(draft: ExperimentDraft) -> Iterator[tuple[str, str]]:
    for field in _SETTINGS:
        title, words = EXPERIMENT_FIELDS[field]
        yield title, words(getattr(draft, field), {})
    if draft.baseline_trial is not None:
        yield "Baseline", f"trial {draft.baseline_trial}"
