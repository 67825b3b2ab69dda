from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.assignments import applies, assigned
from experiments.domain import (
    Condition,
    Direction,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    ParameterKind,
    Relation,
    TrialStatus,
    ValueType,
)
from experiments.optimizer import InfeasibleSpace, SearchSpaceExhausted, suggest
from tests.optimizer.examples import (
    at_least,
    at_most,
    choice,
    derived,
    experiment,
    fixed,
    float_range,
    int_range,
    trial,
)

TYPES = {ValueType.FLOAT: float, ValueType.INT: int, ValueType.TEXT: str, ValueType.BOOL: bool}


@st.composite
def parameters(draw, key):
    kind = draw(st.sampled_from(["float", "log", "step", "int", "text", "number", "bool", "fixed"]))
    lower = draw(st.integers(-1000, 1000))
    width = draw(st.sampled_from([1, 3, 50, 5000, 10**9]))
    if kind == "float":
        return float_range(key, float(lower), float(lower + width))
    if kind == "log":
        make = draw(st.sampled_from([float_range, int_range]))
        return make(key, 1 + abs(lower), 1 + abs(lower) + width, log_scale=True)
    if kind == "step":
        step = draw(st.sampled_from([0.1, 0.25, 0.007]))
        return float_range(key, float(lower), float(lower + min(width, 5000)), step=step)
    if kind == "int":
        return int_range(key, lower, lower + width, step=draw(st.sampled_from([None, 1, 7])))
    ordered = draw(st.booleans())
    if kind == "text":
        values = draw(st.lists(st.text(max_size=8), min_size=1, max_size=5, unique=True))
        return choice(key, ValueType.TEXT, *values, is_ordered=ordered)
    if kind == "number":
        numbers = draw(st.lists(st.integers(-99, 99), min_size=1, max_size=5, unique=True))
        return choice(key, ValueType.INT, *numbers, is_ordered=ordered)
    if kind == "bool":
        return choice(key, ValueType.BOOL, True, False)
    return fixed(key, ValueType.TEXT, draw(st.text(max_size=8)))


@st.composite
def experiments(draw):
    count = draw(st.integers(1, 4))
    return experiment(
        *(draw(parameters(f"p{number}")) for number in range(1, count + 1)),
        direction=draw(st.sampled_from(Direction)),
        initialization_budget=draw(st.integers(0, 4)),
        seed=draw(st.integers(0, 2**31 - 1)),
    )


def assert_allowed(parameter, value):
    assert type(value) is TYPES[parameter.value_type]
    if parameter.kind is ParameterKind.FIXED:
        assert value == parameter.value
    elif parameter.kind is ParameterKind.CHOICE:
        assert value in parameter.values
    else:
        assert parameter.lower <= value <= parameter.upper
        if parameter.step is not None:
            from_lower = Fraction(str(value)) - Fraction(str(parameter.lower))
            assert from_lower % Fraction(str(parameter.step)) == 0


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(spec=experiments(), means=st.lists(st.floats(-1e30, 1e30), min_size=4, max_size=4))
def test_suggestions_are_always_allowed(spec, means):
    trials = []
    try:
        for number, mean in enumerate(means):
            (made,) = suggest(spec, trials, count=1)
            trials.append(trial(number, made.parameters, mean, status=TrialStatus.COMPLETED))
        made = list(suggest(spec, trials, count=2))
    except SearchSpaceExhausted:
        made = []
    for suggested in [row.parameters for row in trials] + [each.parameters for each in made]:
        for parameter in spec.parameters:
            assert_allowed(parameter, suggested[parameter.key])
    points = [tuple(row.parameters.values()) for row in trials]
    points += [tuple(each.parameters.values()) for each in made]
    assert len(set(points)) == len(points)


def constrained(draw, numbers):
    """A constraint that the center of the box satisfies, with some room or none."""
    chosen = draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=3, unique=True))
    weights = {each.key: draw(st.sampled_from([-2.0, -0.5, 1.0, 3.0])) for each in chosen}
    middle = sum(weights[each.key] * middle_of(each) for each in chosen)
    make, sign = draw(st.sampled_from([(at_most, 1), (at_least, -1)]))
    room = draw(st.sampled_from([0.0, 0.1, 2.0])) * sum(map(abs, weights.values()))
    return make(middle + sign * room, **weights)


def middle_of(parameter):
    if parameter.values:
        return float(sorted(parameter.values)[len(parameter.values) // 2])
    if parameter.value_type is ValueType.INT:
        return float((parameter.lower + parameter.upper) // 2)
    return (parameter.lower + parameter.upper) / 2


@st.composite
def rich_experiments(draw):
    """Parents with dependents (some nested), derived parameters, constraints, several metrics."""
    parents = [choice("p1", ValueType.TEXT, "a", "b", "c")]
    if draw(st.booleans()):
        condition = Condition("p1", ("a", "b")) if draw(st.booleans()) else None
        parents.append(choice("p2", ValueType.BOOL, True, False, condition=condition))
    numbers = []
    for place in range(3, 3 + draw(st.integers(2, 4))):
        parent = draw(st.sampled_from([None, *parents]))
        taken = parent and draw(
            st.lists(st.sampled_from(parent.values), min_size=1, max_size=2, unique=True)
        )
        condition = Condition(parent.key, tuple(taken)) if parent else None
        options = {"condition": condition}
        kind = draw(st.sampled_from(["float", "int", "step", "number"]))
        if kind == "float":
            numbers.append(float_range(f"p{place}", -5.0, 5.0, **options))
        elif kind == "int":
            numbers.append(int_range(f"p{place}", 0, 20, **options))
        elif kind == "step":
            numbers.append(float_range(f"p{place}", 0.0, 1.0, step=0.25, **options))
        else:
            numbers.append(choice(f"p{place}", ValueType.INT, 1, 4, 16, **options))
    weights = {each.key: 1.5 for each in numbers[:2]}
    extra = [derived("p20", 0.5, **weights)] if draw(st.booleans()) else []
    if draw(st.booleans()):
        last = numbers.pop()
        numbers.append(replace(last, pinned=last.values[0] if last.values else last.lower))
    free = [each for each in numbers if each.pinned is None]
    constraints = [constrained(draw, free) for _ in range(draw(st.integers(0, 2)))]
    roles = draw(st.lists(st.sampled_from(MetricRole), max_size=2))
    return replace(
        experiment(*parents, *numbers, *extra),
        constraints=tuple(constraints),
        metrics=tuple(
            MetricSpec(key=f"m{number}", direction=Direction.MINIMIZE, role=role, bound=1.0)
            for number, role in enumerate([MetricRole.OBJECTIVE, *roles], start=1)
        ),
        is_weighted_sum=draw(st.booleans()),
        initialization_budget=3,
        seed=draw(st.integers(0, 1000)),
    )


def assert_satisfied(constraint, point):
    values = [point.get(term.parameter) for term in constraint.terms]
    if None in values:
        return
    total = sum(t.coefficient * v for t, v in zip(constraint.terms, values, strict=True))
    slack = constraint.bound - total
    assert (slack if constraint.relation is Relation.AT_MOST else -slack) >= -1e-6


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(spec=rich_experiments(), offsets=st.lists(st.floats(-9, 9), min_size=5, max_size=5))
def test_whatever_can_be_said_is_suggested_for(spec, offsets):
    trials = []
    try:
        for number, offset in enumerate(offsets):
            (made,) = suggest(spec, trials, count=1)
            observations = tuple(
                ObservationRecord(metric=metric.key, mean=offset * place + number)
                for place, metric in enumerate(spec.metrics)
            )
            trials.append(replace(trial(number, made.parameters, 0.0), observations=observations))
    except (InfeasibleSpace, SearchSpaceExhausted):
        assert spec.constraints
    points = [row.parameters for row in trials]
    by_key = {each.key: each for each in spec.parameters}
    for point in points:
        assert point == assigned(spec.parameters, point)
        for key, value in point.items():
            if by_key[key].pinned is not None:
                assert value == by_key[key].pinned
            elif by_key[key].kind is not ParameterKind.DERIVED:
                assert_allowed(by_key[key], value)
        missing = by_key.keys() - point.keys()
        assert not any(
            applies(by_key[key], by_key, point)
            for key in missing
            if by_key[key].kind is not ParameterKind.DERIVED
        )
        for constraint in spec.constraints:
            assert_satisfied(constraint, point)
    assert len({tuple(point.items()) for point in points}) == len(points)
