"""Definitions as other tools write them, at random: most can be used, many are extreme."""

import json

import yaml
from hypothesis import strategies as st

_NAMES = ["x", "x1", "lambda", "a-b", "lr.max", "p1", "<b>", "学习率", "=1+1", "n" * 100]
_BOUNDS = [
    (0.0, 1.0), (-5.0, 10.0), (1e-6, 0.4), (0.5, 2), (1, 8), (0, 10**9), (-(2**53), 0), (0.0, 1e30),
    (1e-30, 1e-3), (-1e-9, 1e-9), (1000.0, 1000.5), (0, 1),
]  # fmt: skip
_VALUES = [
    ["adam", "sgd"], [True, False], ["true", "false"], [16, 32, 64], [0.1, 0.5, 1], [1e-30, 1e30],
    ["1", "0.5"], [0, 1], ["None", "nan", "é"], list(range(100)),
]  # fmt: skip


@st.composite
def _ax(draw, names: list[str]) -> list[dict]:
    found = []
    for place, name in enumerate(names):
        kind = draw(st.sampled_from(["range", "range", "choice", "fixed"]))
        if kind == "range":
            lower, upper = draw(st.sampled_from(_BOUNDS))
            row = {"bounds": [lower, upper], "log_scale": lower > 0 and draw(st.booleans())}
        elif kind == "choice":
            values = draw(st.sampled_from(_VALUES))
            row = {"values": values, "is_ordered": draw(st.booleans())}
            if place + 1 < len(names) and all(isinstance(v, str) for v in values):
                dependents = draw(st.lists(st.sampled_from(names[place + 1 :]), max_size=1))
                row["dependents"] = {values[0]: dependents} if dependents else {}
        else:
            row = {"value": draw(st.sampled_from([1, 0.5, "a", True]))}
        found.append({"name": name, "type": kind} | row)
    return found


@st.composite
def _sweep(draw, names: list[str]) -> dict:
    parameters = {}
    for name in names:
        kind = draw(st.sampled_from(["values", "uniform", "log", "int", "q", "value"]))
        lower, upper = draw(st.sampled_from(_BOUNDS))
        if kind == "values":
            parameters[name] = {"values": draw(st.sampled_from(_VALUES))}
        elif kind == "value":
            parameters[name] = {"value": draw(st.sampled_from([1, 0.5, "a", False]))}
        else:
            distribution = {
                "uniform": "uniform",
                "log": "log_uniform_values",
                "int": "int_uniform",
                "q": "q_uniform",
            }[kind]
            parameters[name] = {"distribution": distribution, "min": lower, "max": upper}
    method = draw(st.sampled_from(["bayes", "random", "grid"]))
    return {"method": method, "parameters": parameters}


@st.composite
def pasted_definitions(draw) -> str:
    """The text of a list of Ax parameters, a script that has it, or a W&B sweep."""
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=5, unique=True))
    form = draw(st.sampled_from(["json", "python", "yaml", "json sweep"]))
    if form == "json":
        return json.dumps(draw(_ax(names)))
    if form == "python":
        rows = draw(_ax(names))
        sums = draw(st.sampled_from([[], ["x + x1 <= 1.0"], ["x1 - x >= -3"], ["x <= 0.5*x1"]]))
        return f"create_experiment(parameters={rows!r}, parameter_constraints={sums!r})"
    sweep = draw(_sweep(names))
    return json.dumps(sweep) if form == "json sweep" else yaml.safe_dump(sweep, allow_unicode=True)
