"""What an experiment is after, as Ax's client is told it: an objective and inequalities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.ax_script.parameters import Space
from experiments.ax_script.telling import Untold
from experiments.domain import (
    WITH_RESULTS,
    Direction,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    Relation,
    TrialRecord,
)
from experiments.drafts import ExperimentDraft


@dataclass(frozen=True, slots=True)
class Goals:
    """Expressions of Ax's names and numbers: nothing that people typed is part of them.

    ``metrics`` are the keys of those that are in one of them.
    """

    objective: str
    outcomes: Sequence[str]
    metrics: frozenset[str]


def goals(
    draft: ExperimentDraft,
    trials: Sequence[TrialRecord],
    names: Mapping[str, str],
    untold: Untold,
) -> Goals:
    """Write objectives, thresholds and outcome constraints; ``names`` are Ax's, by key."""
    objectives = [metric.spec for metric in draft.objectives]
    outcomes = []
    used = {spec.key for spec in objectives}
    if draft.is_weighted_sum and len(objectives) > 1:
        weights = [(_sign(spec) * float(spec.weight), names[spec.key]) for spec in objectives]
        objective = " + ".join(f"{weight!r} * {name}" for weight, name in weights)
    else:
        signs = ["-" if _sign(spec) < 0 else "" for spec in objectives]
        pairs = zip(signs, objectives, strict=True)
        objective = ", ".join(f"{sign}{names[spec.key]}" for sign, spec in pairs)
        for spec in objectives if len(objectives) > 1 else ():
            if spec.threshold is not None:
                relation = Relation.AT_MOST if _sign(spec) < 0 else Relation.AT_LEAST
                outcomes.append(_bounded(names[spec.key], relation, spec.threshold))
    for metric in draft.metrics:
        spec = metric.spec
        if spec.role is MetricRole.CONSTRAINT and spec.bound is not None:
            bound = _bound(spec, f"“{metric.name}”", _baseline(draft, trials), untold)
            if bound is not None:
                outcomes.append(_bounded(names[spec.key], spec.relation, bound))
                used.add(spec.key)
    if draft.baseline_trial is not None:
        untold.tell(
            f"Trial {draft.baseline_trial} is the baseline; here it is a trial like any other."
        )
    return Goals(objective, outcomes, frozenset(used))


def _sign(spec: MetricSpec) -> float:
    return -1.0 if spec.direction is Direction.MINIMIZE else 1.0


def _bounded(name: str, relation: Relation, bound: float) -> str:
    return f"{name} {'<=' if relation is Relation.AT_MOST else '>='} {float(bound)!r}"


def _bound(
    spec: MetricSpec, word: str, baseline: Mapping[str, float], untold: Untold
) -> float | None:
    """Return the bound of an outcome constraint in the metric's unit, if it is known."""
    assert spec.bound is not None
    if not spec.is_relative:
        return spec.bound
    base = baseline.get(spec.key)
    if base is None:
        untold.tell(f"The constraint on {word} is left out: the baseline has no result.")
        return None
    untold.tell(f"The constraint on {word} counts from the baseline’s result as it is today.")
    return base + spec.bound / 100 * abs(base)


def _baseline(draft: ExperimentDraft, trials: Sequence[TrialRecord]) -> Mapping[str, float]:
    of = next((trial for trial in trials if trial.number == draft.baseline_trial), None)
    if of is None or of.status not in WITH_RESULTS:
        return {}
    return {each.metric: each.mean for each in of.observations}


@dataclass(frozen=True, slots=True)
class _Row:
    """A weighted sum of parameters by key, at most ``bound``."""

    weights: Mapping[str, float]
    bound: float

    @property
    def opposite(self) -> "_Row":
        return _Row({key: -weight for key, weight in self.weights.items()}, -self.bound)


def constraints(
    wanted: Sequence[ParameterConstraint],
    space: Space,
    words: Mapping[str, str],
    untold: Untold,
) -> list[str]:
    """Return what makes Ax's parameter constraints; two opposite ones are an equation to it."""
    rows: list[_Row] = []
    for constraint in wanted:
        row = _row(constraint, space)
        if not row.weights:
            continue
        if all(space.parameters[key].is_addable for key in row.weights):
            rows.append(row)
        else:
            named = " and ".join(words[key] for key in row.weights)
            untold.tell(f"The constraint on {named} is left out: Ax can add up numbers in order.")
    if any(space.parameters[key].is_listed for row in rows for key in row.weights):
        untold.tell(
            "Constraints on whole numbers, steps and choices make Ax slow: the next trial may take "
            "it minutes."
        )
    made = []
    for place, row in enumerate(rows):
        if row.opposite in rows[:place] or row in rows[:place]:
            continue
        kind, sign = ("equality", "==") if row.opposite in rows else ("inequality", "<=")
        made.append(f"{kind}={_expression(row, sign, space)!r}")
    return made


def _row(constraint: ParameterConstraint, space: Space) -> _Row:
    """Write a constraint as “at most”, with constant and computed parameters written out."""
    weights: dict[str, float] = {}
    sign = 1.0 if constraint.relation is Relation.AT_MOST else -1.0
    bound = sign * constraint.bound
    todo = [(term.parameter, sign * term.coefficient) for term in constraint.terms]
    while todo:
        key, weight = todo.pop()
        spec, constant = space.specs[key], space.constant(key)
        if spec.kind is ParameterKind.DERIVED:
            bound -= weight * spec.intercept
            todo += [(term.parameter, weight * term.coefficient) for term in spec.terms]
        elif constant is not None:
            bound -= weight * float(constant)
        else:
            weights[key] = weights.get(key, 0.0) + weight
    return _Row({key: weight for key, weight in weights.items() if weight}, bound)


def _expression(row: _Row, sign: str, space: Space) -> str:
    """Write a row in Ax's units, so that its numbers are of a size that Ax can compare."""
    units = {key: space.parameters[key].unit for key in row.weights}
    weights = {key: weight * units[key] for key, weight in row.weights.items()}
    bound = row.bound
    if any(unit != 1.0 for unit in units.values()):
        largest = max(map(abs, weights.values()))
        weights, bound = {key: w / largest for key, w in weights.items()}, bound / largest
    total = " + ".join(f"{w!r} * {space.parameters[key].name}" for key, w in weights.items())
    return f"{total} {sign} {bound!r}"
