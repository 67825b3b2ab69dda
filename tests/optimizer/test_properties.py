from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.domain import Direction, ParameterKind, TrialStatus, ValueType
from experiments.optimizer import SearchSpaceExhausted, suggest
from tests.optimizer.examples import choice, experiment, fixed, float_range, int_range, trial

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
    max_examples=12,
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
