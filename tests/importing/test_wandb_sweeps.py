"""W&B sweeps. The first ones have the parameters of public examples, said in short.

They are those of wandb/examples (PointNet, Keras on Fashion-MNIST, boolean parameters, the launch
quickstart, llama.cpp, Hydra) and of the documentation of sweep configurations.
"""

import math

import pytest

from experiments.domain import Direction, GenerationMethod
from experiments.importing import read_definition
from tests.importing.saying import metrics, parameters, understood

SWEEP = "a W&B sweep configuration"


def sweep(text: str):
    return understood(text, SWEEP)


def problems(text: str) -> str:
    return "\n".join(read_definition(text).problems)


def one(fields: str, name: str = "x") -> str:
    return parameters(sweep(f"parameters:\n  {name}: {fields}\n"))[name]


def test_point_net() -> None:
    draft = sweep("""
program: train.py
method: bayes
metric: {name: Validation/Accuracy, goal: maximize}
parameters:
    batch_size: {values: [8, 16, 32]}
    sample_points: {values: [512, 1024, 2048]}
    set_abstraction_ratio_1: {min: 0.1, max: 0.9}
    set_abstraction_radius_1: {min: 0.1, max: 0.5}
    dropout:
        min: 0.1
        max: 0.7""")
    assert parameters(draft) == {
        "batch_size": "choice int 8, 16, 32 ordered",
        "sample_points": "choice int 512, 1024, 2048 ordered",
        "set_abstraction_ratio_1": "range float 0.1..0.9",
        "set_abstraction_radius_1": "range float 0.1..0.5",
        "dropout": "range float 0.1..0.7",
    }
    assert metrics(draft) == {"Validation/Accuracy": "maximize"}
    assert draft.generation_method is GenerationMethod.FAST


KERAS = """
program: train.py
method: random
metric:
  goal: minimize
  name: val_loss
parameters:
  dropout:
    values: [0.15, 0.2, 0.25, 0.3, 0.4]
  learn_rate:
    values: [0.001, 0.01, 0.003]
  decay:
    values: [1e-5, 1e-6, 1e-7]
  epochs:
    value: 27
early_terminate:
  type: hyperband
  s: 2
  eta: 3
  max_iter: 27
"""


def test_keras_on_fashion_mnist() -> None:
    draft = sweep(KERAS)
    assert parameters(draft) == {
        "dropout": "choice float 0.15, 0.2, 0.25, 0.3, 0.4 ordered",
        "learn_rate": "choice float 0.001, 0.01, 0.003 ordered",
        "decay": "choice float 1e-05, 1e-06, 1e-07 ordered",
        "epochs": "fixed int 27",
    }
    assert draft.generation_method is GenerationMethod.RANDOM_SEARCH
    said = problems(KERAS)
    assert "“early_terminate” was left out: AxDash does not stop runs early." in said
    assert "“program” was left out" in said
    assert "Not said whether the values are ordered: “dropout”, “learn_rate”, “decay”." in said


def test_boolean_parameters_without_a_metric() -> None:
    text = """
program: train-bool.py
method: grid
parameters:
  optimizer: {values: ["sgd", "adam"]}
  flag1:
    values:
    - false
    - true
"""
    draft = sweep(text)
    assert parameters(draft) == {
        "optimizer": "choice text sgd, adam",
        "flag1": "choice bool False, True",
    }
    assert draft.metrics == ()
    assert "add the objective" in problems(text)
    assert "“grid”" in problems(text)


def test_launch_quickstart() -> None:
    draft = sweep("""
description: sweeps on launch quickstart
method: grid
run_cap: 10
job: 'wandb/jobs/Hello World 2:latest'
parameters:
  learning_rate:
    values: [0, 0.0001, 0.001, 0.01, 0.1, 1]
  epochs:
    max: 20
    min: 0
    distribution: int_uniform
scheduler:
  num_workers: 8  # concurrent sweep runs""")
    assert parameters(draft) == {
        "learning_rate": "choice float 0.0, 0.0001, 0.001, 0.01, 0.1, 1.0 ordered",
        "epochs": "range int 0..20",
    }
    assert draft.trial_budget == 10
    assert draft.description == "sweeps on launch quickstart"


def test_llama_cpp() -> None:
    draft = sweep("""
method: random
metric: {goal: maximize, name: diff_score}
parameters:
  model:
    distribution: categorical
    values:
      - codellama-13b-instruct.Q4_K_M.gguf
      - gpt-3.5-turbo
  temperature: {distribution: uniform, max: 0.6, min: 0}""")
    assert parameters(draft) == {
        "model": "choice text codellama-13b-instruct.Q4_K_M.gguf, gpt-3.5-turbo",
        "temperature": "range float 0.0..0.6",
    }


def test_hydra_with_dots_and_a_tag() -> None:
    draft = sweep("""
program: main.py
metric: {name: val_loss, goal: minimize}
method: bayes
parameters:
  optimizer.config.learning_rate:
    min: !!float 1e-5
    max: 0.1
  experiment: {values: [expt001, expt002]}
command:
- ${env}
- ${program}""")
    assert parameters(draft) == {
        "optimizer.config.learning_rate": "range float 1e-05..0.1",
        "experiment": "choice text expt001, expt002",
    }


def test_documented_dictionary_in_python() -> None:
    """The documentation puts the dictionary together in steps."""
    draft = sweep("""
import math
import wandb
sweep_config = {'method': 'random'}
metric = {'name': 'loss', 'goal': 'minimize'}
sweep_config['metric'] = metric
parameters_dict = {'optimizer': {'values': ['adam', 'sgd']}, 'dropout': {'values': [0.3, 0.5]}}
sweep_config['parameters'] = parameters_dict
parameters_dict.update({'epochs': {'value': 1}})
sweep_config['parameters'] = parameters_dict
parameters_dict.update({
    'learning_rate': {'distribution': 'uniform', 'min': 0, 'max': 0.1},
    'batch_size': {'distribution': 'q_log_uniform_values', 'q': 8, 'min': 32, 'max': 256}})
sweep_config['parameters'] = parameters_dict
sweep_id = wandb.sweep(sweep_config, project="pytorch-sweeps-demo")
""")
    assert parameters(draft) == {
        "optimizer": "choice text adam, sgd",
        "dropout": "choice float 0.3, 0.5 ordered",
        "epochs": "fixed int 1",
        "learning_rate": "range float 0.0..0.1",
        "batch_size": "range int 32..256 log",
    }


def test_json_with_nested_parameters() -> None:
    draft = sweep("""{"method": "bayes", "name": "nested",
      "metric": {"name": "val_acc", "goal": "maximize", "target": 0.95},
      "parameters": {"optimizer": {"parameters": {
        "learning_rate": {"values": [0.01, 0.001]}, "momentum": {"value": 0.9}}}}}""")
    assert parameters(draft) == {
        "optimizer.learning_rate": "choice float 0.01, 0.001 ordered",
        "optimizer.momentum": "fixed float 0.9",
    }
    assert draft.name == "nested"
    assert draft.metrics[0].target == 0.95
    assert draft.metrics[0].spec.direction is Direction.MAXIMIZE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{value: 1.618}", "fixed float 1.618"),
        ("{distribution: constant, value: relu}", "fixed text relu"),
        ("{values: [only]}", "fixed text only"),
        ("{min: 1, max: 8}", "range int 1..8"),
        ("{min: 1, max: 8.0}", "range float 1.0..8.0"),
        ("{distribution: int_uniform, min: 4.0, max: 10.0}", "range int 4..10"),
        ("{distribution: q_uniform, min: 0, max: 256, q: 1}", "range int 0..256"),
        ("{distribution: q_uniform, min: 16, max: 1024, q: 16}", "range int 16..1024 step 16"),
        ("{distribution: q_uniform, min: 0, max: 1, q: 0.1}", "range float 0.0..1.0 step 0.1"),
        (
            "{distribution: log_uniform_values, min: 1e-5, max: 1e-3}",
            "range float 1e-05..0.001 log",
        ),
        (
            f"{{distribution: log_uniform, min: {math.log(1e-4)}, max: {math.log(0.1)}}}",
            "range float 0.0001..0.1 log",
        ),
        (
            f"{{distribution: inv_log_uniform, min: {math.log(10)}, max: {math.log(1e4)}}}",
            "range float 0.0001..0.1 log",
        ),
        (
            "{distribution: inv_log_uniform_values, min: 0.0001, max: 0.1}",
            "range float 0.0001..0.1 log",
        ),
        (
            f"{{distribution: q_log_uniform, q: 1, min: {math.log(32)}, max: {math.log(256)}}}",
            "range int 32..256 log",
        ),
        (
            "{distribution: q_log_uniform_values, min: 9.5, max: 3000.5, q: 1}",
            "range int 10..3000 log",
        ),
        ("{distribution: normal, mu: 100, sigma: 10}", "range float None..None"),
        ("{values: [yes, no]}", "choice bool True, False"),
        ("{values: [0x10, 1_000]}", "choice int 16, 1000 ordered"),
        ("{values: [1:30, 2:00]}", "choice text 1:30, 2:00"),
        ("{values: [sqrt, 0.5, null]}", "choice text sqrt, 0.5, null"),
        ("{values: [[64, 64], [128]]}", "choice text [64, 64], [128]"),
    ],
)
def test_distributions(fields: str, expected: str) -> None:
    assert one(fields) == expected


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("{distribution: normal, mu: 100}", "“normal” has no counterpart in AxDash; choose bounds"),
        ("{distribution: uniform, min: 1}", "needs “min” and “max”"),
        ("{values: [1, 2], probabilities: [0.5, 0.5]}", "“probabilities” was left out"),
        ("{distribution: q_log_uniform_values, q: 8, min: 32, max: 256}", "“q” = 8 was left out"),
        ("{distribution: q_uniform, q: 16, min: 10, max: 100}", "rounded to multiples of 16"),
        ("{distribution: q_uniform, q: 0, min: 10, max: 100}", "“q” is not usable"),
        ("{distribution: log_uniform, min: 0, max: 1000}", "too large a bound"),
        ("{min: .nan, max: 3}", "“min” is not usable as it stands: nan"),
        ("{min: 0, max: 1e400}", "“max” is not usable as it stands"),
        ("{min: 0, max: 1, colour: red}", "“colour” is not known and was left out."),
        ("{values: [[64], [128]]}", "They were written out as texts."),
        ("3", "Parameter “x” was left out: 3 says nothing about it."),
    ],
)
def test_what_is_said(fields: str, said: str) -> None:
    text = f"parameters:\n  y: {{min: 0, max: 1}}\n  x: {fields}\n"
    assert said in problems(text)


def test_anchors_are_followed() -> None:
    draft = sweep("""
base: &base {distribution: log_uniform_values, min: 0.001}
parameters:
  a: &unit {min: 0.0, max: 1.0}
  b: *unit
  c: {<<: *base, max: 1.0}
""")
    assert parameters(draft) == {
        "a": "range float 0.0..1.0",
        "b": "range float 0.0..1.0",
        "c": "range float 0.001..1.0 log",
    }


def test_doubles_unknown_tags_and_more_documents_are_said() -> None:
    text = """
parameters:
  a: {min: 0.0, max: 1.0}
  a: {min: 0.0, max: 2.0}
  b: {value: !!python/object/apply:os.system [rm]}
  c: {value: !mine 3}
---
parameters: {z: {value: 1}}
"""
    assert parameters(sweep(text))["a"] == "range float 0.0..2.0"
    said = problems(text)
    assert "“a” stands there twice; the last one counts." in said
    assert "YAML’s tag “tag:yaml.org,2002:python/object/apply:os.system” in line 5" in said
    assert "YAML’s tag “!mine” in line 6 was not followed." in said
    assert "Only the first of the YAML documents was read." in said


def test_bombs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{inner}]")
    reading = read_definition("\n".join([*lines, "parameters: {x: {values: *a9}}"]))
    assert reading.draft is None
    assert reading.problems == ("This YAML repeats itself too often for a definition.",)
