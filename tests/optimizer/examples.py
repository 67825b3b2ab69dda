from collections.abc import Callable, Sequence

from experiments.domain import (
    Direction,
    ExperimentSpec,
    MetricSpec,
    ObservationRecord,
    ParameterConstraint,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    Suggestion,
    Term,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.optimizer import suggest
from experiments.optimizer.build import read
from experiments.optimizer.generators import FittedModel
from experiments.optimizer.goals import goals
from experiments.optimizer.space import Space


def float_range(key: str, lower: float, upper: float, **options) -> ParameterSpec:
    return ParameterSpec(
        key=key,
        kind=ParameterKind.RANGE,
        value_type=ValueType.FLOAT,
        lower=lower,
        upper=upper,
        **options,
    )


def int_range(key: str, lower: int, upper: int, **options) -> ParameterSpec:
    return ParameterSpec(
        key=key,
        kind=ParameterKind.RANGE,
        value_type=ValueType.INT,
        lower=lower,
        upper=upper,
        **options,
    )


def choice(key: str, value_type: ValueType, *values: ParameterValue, **options) -> ParameterSpec:
    return ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=value_type, values=values, **options
    )


def fixed(key: str, value_type: ValueType, value: ParameterValue) -> ParameterSpec:
    return ParameterSpec(key=key, kind=ParameterKind.FIXED, value_type=value_type, value=value)


def experiment(
    *parameters: ParameterSpec, direction: Direction = Direction.MINIMIZE, **options
) -> ExperimentSpec:
    return ExperimentSpec(
        parameters=parameters, metrics=(MetricSpec(key="m1", direction=direction),), **options
    )


def trial(
    number: int,
    parameters: Parameterization,
    mean: float | None = None,
    *,
    sem: float | None = None,
    status: TrialStatus | None = None,
) -> TrialRecord:
    observations = () if mean is None else (ObservationRecord(metric="m1", mean=mean, sem=sem),)
    return TrialRecord(
        number=number,
        status=status or (TrialStatus.RUNNING if mean is None else TrialStatus.COMPLETED),
        parameters=parameters,
        observations=observations,
    )


BOOTH = experiment(float_range("p1", -10.0, 10.0), float_range("p2", -10.0, 10.0))


def booth(parameters: Parameterization) -> float:
    x, y = parameters["p1"], parameters["p2"]
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def suggestions(spec: ExperimentSpec, trials: list[TrialRecord], count: int, **options) -> list:
    return list(suggest(spec, trials, count=count, **options))


def played(
    spec: ExperimentSpec,
    count: int,
    evaluate: Callable[[Parameterization], float | None],
    status: TrialStatus | None = None,
) -> tuple[list[TrialRecord], list[Suggestion]]:
    """Ask and answer, everything rebuilt from rows each time."""
    trials: list[TrialRecord] = []
    made = []
    for number in range(count):
        (suggestion,) = suggest(spec, trials, count=1)
        made.append(suggestion)
        mean = evaluate(suggestion.parameters)
        trials.append(trial(number, suggestion.parameters, mean, status=status))
    return trials, made


def fitted(
    spec: ExperimentSpec, trials: list[TrialRecord], others: Sequence[list[TrialRecord]] = ()
) -> FittedModel:
    """Fit the model that decides once exploration is over, to other experiments as well."""
    space = Space(spec)
    rows = read(spec, space, trials)
    elsewhere = [read(spec, space, each) for each in others]
    return FittedModel(spec, space, rows, goals(spec, trials, rows.left_out), elsewhere)


def at_most(bound: float, **coefficients: float) -> ParameterConstraint:
    return _constraint(Relation.AT_MOST, bound, coefficients)


def at_least(bound: float, **coefficients: float) -> ParameterConstraint:
    return _constraint(Relation.AT_LEAST, bound, coefficients)


def _constraint(relation, bound, coefficients):
    terms = tuple(Term(key, coefficient) for key, coefficient in coefficients.items())
    return ParameterConstraint(terms=terms, relation=relation, bound=bound)


def derived(key: str, intercept: float, **coefficients: float) -> ParameterSpec:
    return ParameterSpec(
        key=key,
        kind=ParameterKind.DERIVED,
        value_type=ValueType.FLOAT,
        terms=tuple(Term(name, coefficient) for name, coefficient in coefficients.items()),
        intercept=intercept,
    )
