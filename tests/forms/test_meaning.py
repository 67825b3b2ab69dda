import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Direction, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from experiments.meaning import Meaning, meaning_of


def parameter(name="x", kind="range", value_type="float", **kwargs) -> ParameterDraft:
    spec = ParameterSpec(
        key="", kind=ParameterKind(kind), value_type=ValueType(value_type), **kwargs
    )
    return ParameterDraft(name=name, spec=spec)


FLOAT = parameter(lower=-1.0, upper=1.0)
KERNEL = parameter("kernel", "choice", "text", values=("rbf", "poly"))
FIXED = parameter("f", "fixed", "int", value=3)


def mean(*parameters, direction=Direction.MINIMIZE, trial_budget=None) -> Meaning:
    return meaning_of(parameters, objective="loss", direction=direction, trial_budget=trial_budget)


def test_direction_is_said_back_in_numbers():
    assert mean(FLOAT).direction == "loss: 0.02 is better than 0.10, right?"
    up = mean(FLOAT, direction=Direction.MAXIMIZE)
    assert up.direction == "loss: 0.10 is better than 0.02, right?"


def test_dimensions_and_combinations():
    meaning = mean(FLOAT, KERNEL, FIXED)
    assert (meaning.dimensions, meaning.choices, meaning.combinations) == (2, 1, None)
    grid = parameter(lower=0.0, upper=1.0, step=0.1)
    assert mean(grid, KERNEL, FIXED).combinations == 22
    many = [parameter(f"i{n}", value_type="int", lower=0, upper=2**53) for n in range(200)]
    assert mean(*many).combinations_text == "about 1e3191"
    assert (
        mean(parameter(value_type="int", lower=1, upper=12345)).combinations_text == "12\u202f345"
    )
    assert mean().combinations is None


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (None, "The first 5 trials explore; then the model decides."),
        (5, "the model never gets to decide"),
        (20, "for the other 15 the model decides"),
    ],
)
def test_budget(budget, words):
    assert words in mean(FLOAT, trial_budget=budget).budget


def test_few_combinations_need_no_model():
    assert "trying each" in mean(KERNEL).budget


def test_advice():
    wide = parameter("C", lower=0.001, upper=100.0)
    assert mean(wide).advice == ("C spans 5 decades: use log scale?",)
    assert mean(parameter(lower=1e-320, upper=1e30)).advice
    log = parameter(lower=0.001, upper=100.0, log_scale=True)
    assert mean(log, FLOAT, KERNEL, parameter(lower=0.0, upper=1e9)).advice == ()
    sizes = parameter("batch", "choice", "int", values=(16, 32, 64))
    assert "tick Ordered" in mean(sizes).advice[0]


@given(st.integers(1, 30))
def test_samples_lie_in_the_space(count):
    specs = [
        parameter(lower=1e-5, upper=1.0, log_scale=True),
        parameter(lower=0.0, upper=0.7, step=0.1),
        parameter(value_type="int", lower=1, upper=3),
        parameter(value_type="int", lower=1, upper=1000, log_scale=True),
        KERNEL,
        FIXED,
    ]
    meaning = mean(*(specs * 5)[:count])
    assert len(meaning.samples) == min(count, 12)
    assert meaning.more_parameters == max(0, count - 12)
    for sample, drawn in zip(meaning.samples, specs * 5, strict=False):
        spec = drawn.spec
        for value in sample.values:
            if spec.lower is not None and spec.upper is not None:
                assert spec.lower <= value <= spec.upper
            else:
                assert value in (*spec.values, spec.value)
            if spec.step:
                assert value == round(value, 1)
