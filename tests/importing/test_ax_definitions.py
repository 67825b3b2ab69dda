"""Ax's own forms. The first ones have the facts of Ax's tutorials, documentation and tests."""

import pytest

from experiments.domain import GenerationMethod
from experiments.importing import read_definition
from tests.importing.saying import constraints, metrics, parameters, understood

AX = "an Ax definition"


def ax(text: str):
    return understood(text, AX)


def problems(text: str) -> str:
    return "\n".join(read_definition(text).problems)


HARTMANN_SERVICE = """
from ax.service.ax_client import AxClient, ObjectiveProperties
ax_client = AxClient()
ax_client.create_experiment(
    name="hartmann_test_experiment",
    parameters=[
        {"name": "x1", "type": "range", "bounds": [0.0, 1.0], "value_type": "float",
         "log_scale": False},
        {"name": "x2", "type": "range", "bounds": [0.0, 1.0]},
        {"name": "x3", "type": "range", "bounds": [0.0, 1.0]},
    ],
    objectives={"hartmann6": ObjectiveProperties(minimize=True)},
    parameter_constraints=["x1 + x2 <= 2.0"],  # Optional.
    outcome_constraints=["l2norm <= 1.25"],  # Optional.
)
"""


def test_hartmann_in_the_service_tutorial() -> None:
    draft = ax(HARTMANN_SERVICE)
    assert draft.name == "hartmann_test_experiment"
    assert parameters(draft) == dict.fromkeys(("x1", "x2", "x3"), "range float 0.0..1.0")
    assert constraints(draft) == ["+1.0*x1 +1.0*x2 <= 2.0"]
    assert metrics(draft) == {"hartmann6": "minimize", "l2norm": "<= 1.25"}
    assert problems(HARTMANN_SERVICE) == ""


def test_getting_started() -> None:
    draft = ax("""
import numpy as np
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
client = Client()
parameters = [
    RangeParameterConfig(name="x1", parameter_type="float", bounds=(0, 1)),
    RangeParameterConfig(name="x2", parameter_type="float", bounds=(0, 1)),
]
client.configure_experiment(parameters=parameters)
metric_name = "hartmann6"
objective = f"-{metric_name}"
client.configure_optimization(objective="-hartmann6")
def hartmann6(x1, x2):
    return -np.sum(x1)
for _ in range(10):
    trials = client.get_next_trials(max_trials=3)
""")
    assert parameters(draft) == dict.fromkeys(("x1", "x2"), "range float 0.0..1.0")
    assert metrics(draft) == {"hartmann6": "minimize"}


def test_booth_in_the_readme() -> None:
    draft = ax("""
>>> client.configure_experiment(
...     name="booth_function",
...     parameters=[
...         RangeParameterConfig(
...             name="x1", bounds=(-10.0, 10.0), parameter_type=ParameterType.FLOAT),
...         RangeParameterConfig("x2", (-10.0, 10.0), ParameterType.FLOAT),
...     ],
... )
>>> client.configure_optimization(objective="-1 * booth")
""")
    assert parameters(draft) == dict.fromkeys(("x1", "x2"), "range float -10.0..10.0")
    assert metrics(draft) == {"booth": "minimize"}


def test_loop_that_tunes_a_network() -> None:
    draft = ax("""
best_parameters, values, experiment, model = optimize(
    parameters=[
        {"name": "lr", "type": "range", "bounds": [1e-6, 0.4], "log_scale": True},
        {"name": "momentum", "type": "range", "bounds": [0.0, 1.0]},
    ],
    evaluation_function=train_evaluate,
    objective_name='accuracy',
    total_trials=20,
)
""")
    assert parameters(draft) == {
        "lr": "range float 1e-06..0.4 log",
        "momentum": "range float 0.0..1.0",
    }
    assert metrics(draft) == {"accuracy": "maximize"}
    assert draft.trial_budget == 20


MULTI_OBJECTIVE = """
ax_client.create_experiment(
    name="moo_experiment",
    parameters=[
        {"name": f"x{i+1}", "type": "range", "bounds": [0.0, 1.0]} for i in range(2)
    ] + [{"name": "x3", "type": "range", "bounds": [0.0, 1.0]}],
    objectives={
        "a": ObjectiveProperties(minimize=False, threshold=branin_currin.ref_point[0]),
        "b": ObjectiveProperties(minimize=False, threshold=-6.0),
    },
    overwrite_existing_experiment=True,
    is_test=True,
)
"""


def test_multi_objective_tutorial_with_what_only_python_could_work_out() -> None:
    draft = ax(MULTI_OBJECTIVE)
    assert parameters(draft) == {"x3": "range float 0.0..1.0"}
    assert metrics(draft) == {"a": "maximize", "b": "maximize threshold -6.0"}
    said = problems(MULTI_OBJECTIVE)
    assert "“threshold” is not usable as it stands: branin_currin.ref_point[0] (line 8)." in said
    assert 'left out: [ {"name": f"x{i+1}", "type": "range", "boun… (line 4).' in said


def test_pareto_weights_and_bounds_in_the_recipes() -> None:
    start = '[{"name": "x1", "type": "range", "bounds": [0.0, 1.0]}]'
    client = f"client.configure_experiment(parameters={start})\n"
    pareto = ax(f'{client}client.configure_optimization(objectives="-cost, utility")')
    assert metrics(pareto) == {"cost": "minimize", "utility": "maximize"}
    assert not pareto.is_weighted_sum
    weighted = ax(f'{client}client.configure_optimization(objective="ne1 - 2 * ne2")')
    assert metrics(weighted) == {"ne1": "maximize", "ne2": "minimize weight 2.0"}
    assert weighted.is_weighted_sum
    bounded = ax(f"""{client}
client.attach_baseline(parameters={{"x1": 0.5}})
client.configure_optimization(
    objective="test_objective",
    outcome_constraints=["qps >= 0.95 * baseline", "time <= 100", "size <= 5%"])
""")
    assert metrics(bounded) == {
        "test_objective": "maximize",
        "qps": ">= -5.0%",
        "time": "<= 100.0",
        "size": "<= 5.0%",
    }
    assert bounded.baseline_values == {"n1": 0.5}


def test_derived_and_dependent_parameters() -> None:
    draft = ax("""
LOW = 1e-5
x1 = RangeParameterConfig(name="x1", parameter_type="float", bounds=(0.0, 1.0))
x2 = RangeParameterConfig(name="x2", parameter_type="float", bounds=(0.0, 1.0), step_size=0.25)
derived = DerivedParameterConfig(
    name="x3", expression_str="1.0 - x1 - 2*x2", parameter_type="float")
client.configure_experiment(name="derived", parameters=[
    x1, x2, derived,
    ChoiceParameterConfig(name="optimizer", values=["adam", "sgd", "rmsprop"],
        parameter_type="str", is_ordered=False,
        dependent_parameters={"sgd": ["momentum", "decay"], "rmsprop": ["decay"]}),
    RangeParameterConfig(name="momentum", bounds=(0.0, 0.99), parameter_type="float"),
    RangeParameterConfig("decay", (LOW, 10 ** -1), "float", scaling="log"),
    ChoiceParameterConfig("batch", [16, 32], "int", is_ordered=True),
])
""")
    assert parameters(draft) == {
        "x1": "range float 0.0..1.0",
        "x2": "range float 0.0..1.0 step 0.25",
        "x3": "derived float 1.0 -1.0*x1 -2.0*x2",
        "optimizer": "choice text adam, sgd, rmsprop",
        "momentum": "range float 0.0..0.99 if optimizer = sgd",
        "decay": "range float 1e-05..0.1 log if optimizer = sgd or rmsprop",
        "batch": "choice int 16, 32 ordered",
    }


def test_a_bare_list_in_json() -> None:
    text = """[
      {"name": "x1", "type": "range", "bounds": [-10, 10]},
      {"name": "mode", "type": "choice", "values": ["a", "b"], "dependents": {"b": ["x1"]}},
      {"name": "on", "type": "choice", "values": [true, false], "is_ordered": false},
      {"name": "n", "type": "choice", "values": [3, 5, 9]},
      {"name": "fixed", "type": "fixed", "value": 3, "value_type": "float"}]"""
    assert parameters(ax(text)) == {
        "x1": "range int -10..10 if mode = b",
        "mode": "choice text a, b",
        "on": "choice bool True, False",
        "n": "choice int 3, 5, 9 ordered",
        "fixed": "fixed float 3.0",
    }
    assert "ordered: “n”. Numbers were taken as ordered, as Ax does it." in problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "[{'name': 'x1', 'type': 'range', 'bounds': [0.0, 1.0]}]",
        "parameters = [{'name': 'x1', 'type': 'range', 'bounds': (0.0, 1.0)}]",
        "    parameters=[{'name': 'x1', 'type': 'range', 'bounds': [0.0, 1.0]}],\n",
        "RangeParameterConfig(name='x1', bounds=(0.0, 1.0), parameter_type='float'),\n",
        "p = [dict(name='x1', type='range', bounds=[0.0, 1.0])]\nother = 3",
        "ps = []\nps.append(RangeParameterConfig('x1', (0.0, 1.0), 'float'))\nrun(ps)",
        "RangeParameter('x1', ParameterType.FLOAT, lower=0.0, upper=1.0)",
        "import ax\n%matplotlib inline\n!pip install ax\n"
        "x = {'name': 'x1', 'type': 'range', 'bounds': [0.0, 1.0]}",
        '{"parameters": [{"name": "x1", "type": "range", "bounds": [0.0, 1.0]}]}',
        "- name: x1\n  type: range\n  bounds: [0.0, 1.0]\n",
    ],
)
def test_pieces_of_definitions(text: str) -> None:
    assert parameters(ax(text)) == {"x1": "range float 0.0..1.0"}


def test_method_and_budget() -> None:
    draft = ax("""
client.configure_experiment(parameters=[RangeParameterConfig("x", (0.0, 1.0), "float")])
client.configure_generation_strategy(method="random_search", initialization_budget=8)
""")
    assert draft.generation_method is GenerationMethod.RANDOM_SEARCH
    assert draft.initialization_budget == 8


X = "{'name': 'x', 'type': 'range', 'bounds': [0.0, 1.0]}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[{'name': 'x', 'type': 'range', 'bounds': [low, 1.0]}]", "[low (line 1), 1.0]"),
        ("[{'name': 'x', 'type': 'range', 'bounds': [0, f(3)]}]", "[0, f(3) (line 1)]"),
        ("[{'name': 'x', 'type': 'range', 'bounds': [0.0, 1e400]}]", "“bounds” is not usable"),
        ("[{'name': n, 'type': 'range', 'bounds': [0.0, 1.0]}]", "“name” is not usable"),
        (f"create_experiment(parameters=[{X}, 3])", "no parameter, and was left out: 3."),
        (f"create_experiment(parameters=[{X}], foo=3)", "“foo” is not known and was left out."),
        (
            f"create_experiment(parameters=[{X}], parameter_constraints=['x + y <= 2'])",
            "“x + y <= 2” was left out: there is no parameter “y”.",
        ),
        (
            f"create_experiment(parameters=[{X}], parameter_constraints=['x * x <= 2'])",
            "“x * x <= 2” was left out: it is no linear inequality.",
        ),
        (
            f"create_experiment(parameters=[{X}], outcome_constraints=['a + b <= 2'])",
            "AxDash bounds one metric at a time.",
        ),
        (
            f"optimize(parameters=[{X}], objectives={{'a': 'minimize'}},"
            "outcome_constraints=['a <= 2'])",
            "its metric is an objective.",
        ),
        (
            f"configure_experiment(parameters=[{X}])\nconfigure_optimization('a + b, c')",
            "AxDash has either several objectives or one weighted sum, not both.",
        ),
        ("[{'name': 'x', 'type': 'range', 'bounds': [0, 9], 'digits': 2}]", "“digits” was left"),
        (
            "[{'name': 'x', 'type': 'choice', 'values': ['a', 'b'], 'dependents': {'c': ['y']}}]",
            "the dependents of “c” were left out.",
        ),
        (
            "[{'name': 'x', 'type': 'choice', 'values': ['a', 'b'], 'dependents': {'a': ['y']}}]",
            "there is no parameter “y”.",
        ),
        (
            "[DerivedParameterConfig('x', 'sin(y)', 'float')]",
            "“sin(y)”, was left out: it is no sum of parameters.",
        ),
        (f"create_experiment([{X}])\ncreate_experiment([{X}])", "2 experiments; this is the first"),
        (
            f"create_experiment([{X}], tracking_metric_names=['t'])",
            "Not said which way is better: “t”",
        ),
    ],
)
def test_what_is_said(text: str, said: str) -> None:
    ax(text)
    assert said in problems(text)


def test_what_may_run_or_not_is_not_followed() -> None:
    draft = ax("""
low, high = 0.0, 1.0
size = 3
if big:
    size = 8
for i in range(3):
    name = f"x{i}"
ps = [{"name": "x", "type": "range", "bounds": [0.0, 1.0]},
      {"name": "size", "type": "fixed", "value": size}]
high = 2.0
def main(high):
    more = {"name": "y", "type": "range", "bounds": [low, high]}
    create_experiment(parameters=[*ps, more])
""")
    assert parameters(draft) == {
        "x": "range float 0.0..1.0",
        "size": "fixed float None",
        "y": "range float None..None",
    }


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').mkdir('{path}')",
        "__import__('os').mkdir('{path}') + x",
        "x.__class__",
        "open('{path}', 'w')",
    ],
)
def test_nothing_is_executed(expression: str, tmp_path) -> None:
    path = tmp_path / "made"
    written = expression.format(path=path)
    text = f"""
create_experiment(
    parameters=[{{"name": "x", "type": "range", "bounds": [0.0, 1.0]}},
                {{"name": "d", "type": "derived", "expression_str": {written!r}}},
                {{"name": "v", "type": "fixed", "value": {written}}}],
    parameter_constraints=[{written + " <= 3"!r}],
    outcome_constraints=[{written + " <= 3"!r}],
)
configure_optimization(objective={written!r})
"""
    draft = ax(text)
    assert [p.name for p in draft.parameters] == ["x", "d", "v"]
    assert draft.constraints == ()
    assert not path.exists()
