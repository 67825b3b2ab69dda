"""A constraint, two objectives, a mixed space with a dependent pair: each with its Ax client."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from botorch.test_functions.multi_objective import BraninCurrin
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated

from bench.clients import float_client
from bench.problems import BOOTH, METRIC, booth, float_spec
from experiments.domain import (
    Condition,
    Direction,
    ExperimentSpec,
    MetricSpec,
    ParameterConstraint,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)


@dataclass(frozen=True)
class RichProblem:
    """An experiment, the client that has the same one, and how far results are from the best."""

    name: str
    trials: int
    space: ExperimentSpec
    client: Callable[[], Client]
    measure: Callable[[Parameterization], dict[str, float]]
    regret: Callable[[Sequence[Mapping[str, float]]], float]

    def spec(self, seed: int) -> ExperimentSpec:
        """Return the experiment, with a seed."""
        return replace(self.space, seed=seed)


def _above(minimum: float) -> Callable[[Sequence[Mapping[str, float]]], float]:
    return lambda results: min(result[METRIC] for result in results) - minimum


def _constrained_client() -> Client:
    return float_client(BOOTH.bounds, constraints=["p1 + p2 <= 3"])


CONSTRAINED_BOOTH = RichProblem(
    name="Booth, a+b≤3",
    trials=20,
    space=replace(
        float_spec(BOOTH.bounds),
        constraints=(
            ParameterConstraint(
                terms=(Term("p1"), Term("p2")), relation=Relation.AT_MOST, bound=3.0
            ),
        ),
    ),
    client=_constrained_client,
    measure=lambda p: {METRIC: booth([float(p["p1"]), float(p["p2"])])},
    regret=_above(4.5),
)

_BRANIN_CURRIN = BraninCurrin(negate=True).to(torch.double)
_REFERENCE = {"m1": 18.0, "m2": 6.0}  # Where the hypervolume is counted from, without the sign.


def _branin_currin(parameters: Parameterization) -> dict[str, float]:
    point = torch.tensor([float(parameters["p1"]), float(parameters["p2"])], dtype=torch.double)
    first, second = _BRANIN_CURRIN(point).tolist()
    return {"m1": -first, "m2": -second}


def _hypervolume_regret(results: Sequence[Mapping[str, float]]) -> float:
    values = -torch.tensor([[each["m1"], each["m2"]] for each in results], dtype=torch.double)
    front = values[is_non_dominated(values)]
    return _BRANIN_CURRIN.max_hv - Hypervolume(_BRANIN_CURRIN.ref_point).compute(front)


def _two_objectives_client() -> Client:
    return float_client(
        ((0.0, 1.0),) * 2,
        objective="-m1, -m2",
        thresholds=[f"{key} <= {bound}" for key, bound in _REFERENCE.items()],
    )


BRANIN_CURRIN = RichProblem(
    name="Branin–Currin",
    trials=20,
    space=replace(
        float_spec(((0.0, 1.0),) * 2),
        metrics=tuple(
            MetricSpec(key=key, direction=Direction.MINIMIZE, threshold=bound)
            for key, bound in _REFERENCE.items()
        ),
    ),
    client=_two_objectives_client,
    measure=_branin_currin,
    regret=_hypervolume_regret,
)


def _range(key: str, kind: ValueType, lower: float, upper: float, **more) -> ParameterSpec:
    return ParameterSpec(
        key=key, kind=ParameterKind.RANGE, value_type=kind, lower=lower, upper=upper, **more
    )


def _choice(key: str, kind: ValueType, *values: str | bool) -> ParameterSpec:
    return ParameterSpec(key=key, kind=ParameterKind.CHOICE, value_type=kind, values=values)


_MIXED_SPACE = (
    _choice("p1", ValueType.TEXT, "adam", "sgd"),
    _range("p2", ValueType.FLOAT, 0.0, 1.0, condition=Condition("p1", ("sgd",))),
    _range("p3", ValueType.FLOAT, 1e-5, 1.0, log_scale=True),
    _range("p4", ValueType.INT, 1, 8),
    _range("p5", ValueType.FLOAT, 0.0, 0.8),
    _choice("p6", ValueType.TEXT, "relu", "tanh", "gelu"),
    _range("p7", ValueType.INT, 16, 512),
    _choice("p8", ValueType.BOOL, True, False),
)


def _mixed(parameters: Parameterization) -> dict[str, float]:
    """Return a made-up loss: 0 for one setting of sgd with momentum, at least 0.15 for adam."""
    number = {key: float(parameters[key]) for key in ("p3", "p4", "p5", "p7")}
    own = 3 * (float(parameters["p2"]) - 0.9) ** 2 if parameters["p1"] == "sgd" else 0.15
    return {
        METRIC: own
        + 0.3 * (math.log10(number["p3"]) + 3) ** 2
        + ((number["p4"] - 4) / 4) ** 2
        + 4 * (number["p5"] - 0.2) ** 2
        + {"relu": 0.1, "tanh": 0.3, "gelu": 0.0}[str(parameters["p6"])]
        + 0.5 * ((number["p7"] - 300) / 200) ** 2
        + (0.0 if parameters["p8"] else 0.2)
    }


def _mixed_client() -> Client:
    client = Client()
    parameters = []
    for spec in _MIXED_SPACE:
        if spec.kind is ParameterKind.RANGE:
            made = RangeParameterConfig(
                name=spec.key,
                bounds=(spec.lower, spec.upper),
                parameter_type=spec.value_type.value,
                scaling="log" if spec.log_scale else None,
            )
        else:
            made = ChoiceParameterConfig(
                name=spec.key,
                values=list(spec.values),
                parameter_type="bool" if spec.value_type is ValueType.BOOL else "str",
                is_ordered=False,
                dependent_parameters={"sgd": ["p2"]} if spec.key == "p1" else None,
            )
        parameters.append(made)
    client.configure_experiment(parameters=parameters)
    client.configure_optimization(objective=f"-{METRIC}")
    return client


MIXED = RichProblem(
    name="mixed, 8",
    trials=25,
    space=replace(float_spec(((0.0, 1.0),)), parameters=_MIXED_SPACE),
    client=_mixed_client,
    measure=_mixed,
    regret=_above(0.0),
)

RICH_PROBLEMS = (CONSTRAINED_BOOTH, BRANIN_CURRIN, MIXED)
