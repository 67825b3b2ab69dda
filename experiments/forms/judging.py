"""The rules judge a form that may be half right, and each problem finds its field."""

from collections.abc import Sequence
from dataclasses import replace

from experiments.definition_rules import DefinitionProblem, definition_problems
from experiments.domain import (
    Direction,
    MetricRole,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.forms.constraints import ConstraintRow
from experiments.forms.metrics import MetricRow
from experiments.forms.parameters import ParameterRow
from experiments.forms.settings import ExperimentRow
from experiments.problems import CONSTRAINT, EXPERIMENT, METRIC, PARAMETER

Row = ParameterRow | MetricRow | ConstraintRow


def judge(
    settings: ExperimentDraft,
    experiment: ExperimentRow,
    parameters: Sequence[ParameterRow],
    metrics: Sequence[MetricRow],
    constraints: Sequence[ConstraintRow],
) -> dict[str, list[str]]:
    """Note each problem at its field; return those that belong to none, by part.

    Something harmless stands in for a row that could not be read, so that its name is judged all
    the same; what refers to it waits until it is right.
    """
    pending = {row.key for row in parameters if row.draft is None}
    drafts = [_parameter(row, pending) for row in parameters]
    known = [row for row in constraints if _is_known(row, pending)]
    counted = [row for row in metrics if not row.is_blank]
    draft = replace(
        settings,
        parameters=tuple(drafts),
        metrics=tuple(row.draft or _metric(row) for row in counted),
        constraints=tuple(row.draft for row in known if row.draft),
    )
    rows: dict[str, Sequence[Row]] = {PARAMETER: parameters, METRIC: counted, CONSTRAINT: known}
    whole: dict[str, list[str]] = {PARAMETER: [], METRIC: [], CONSTRAINT: [], EXPERIMENT: []}
    is_half = any(row.draft is None and not row.is_blank for row in parameters)
    for problem in definition_problems(draft):
        if problem.place is not None:
            _note(rows[problem.part][problem.place], problem)
        elif problem.part == EXPERIMENT and (field := experiment.field_of(problem.field)):
            experiment.add_error(field, problem.message)
        # A parameter that is wrong may be the one that varies once it is right.
        elif problem.part != PARAMETER or not is_half:
            whole[problem.part].append(problem.message)
    return whole


def _note(row: Row, problem: DefinitionProblem) -> None:
    if row.is_blank or (row.draft is None and problem.field != "name"):
        return
    row.add_error(row.field_of(problem.field), problem.message)


def _parameter(row: ParameterRow, pending: set[str]) -> ParameterDraft:
    draft = row.draft
    if draft is None or any(term.parameter in pending for term in draft.spec.terms):
        return ParameterDraft(name="" if row.is_blank else row.typed_name, spec=_harmless(row.key))
    condition = draft.spec.condition
    if condition is not None and condition.parameter in pending:
        return replace(draft, spec=replace(draft.spec, condition=None))
    return draft


def _harmless(key: str) -> ParameterSpec:
    return ParameterSpec(key=key, kind=ParameterKind.FIXED, value_type=ValueType.BOOL, value=True)


def _metric(row: MetricRow) -> MetricDraft:
    role = MetricRole.OBJECTIVE if row.is_objective else MetricRole.TRACKED
    spec = MetricSpec(key=row.texts["key"], direction=Direction.MINIMIZE, role=role)
    return MetricDraft(name=row.text("name"), spec=spec)


def _is_known(row: ConstraintRow, pending: set[str]) -> bool:
    """Tell whether a constraint is read, and so is all that it refers to."""
    return row.draft is not None and not any(term.parameter in pending for term in row.draft.terms)
