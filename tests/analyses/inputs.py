"""Real and well-known inputs: each with its space, its rows, and the same for Ax's own client."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

from bench.problems import branin, hartmann6
from bench.rich_problems import BRANIN_CURRIN
from experiments.domain import (
    Direction,
    MetricRole,
    ParameterKind,
    ParameterSpec,
    ValueType,
)
from experiments.drafts import MetricDraft
from tests.analyses.bare import Bare
from tests.analyses.making import drawn, measured
from tests.factories import float_range, metric

DIGITS = Path(__file__).resolve().parent.parent / "data" / "digits.csv"


@dataclass(frozen=True, kw_only=True)
class RealInput:
    """An experiment by names, and Ax's own client with the same rows."""

    space: Mapping[str, ParameterSpec]
    metrics: Sequence[MetricDraft]
    rows: Sequence[tuple[Mapping, Mapping]]
    objective: str
    constraints: Sequence[str] = ()

    def bare(self) -> Bare:
        """Return what Ax makes of it in a script."""
        return Bare(
            [_config(name, spec) for name, spec in self.space.items()],
            self.objective,
            self.rows,
            self.constraints,
        )


def _config(name: str, spec: ParameterSpec) -> RangeParameterConfig | ChoiceParameterConfig:
    if spec.values:
        return ChoiceParameterConfig(name, list(spec.values), "str", is_ordered=False)
    bounds = (spec.lower, spec.upper)
    return RangeParameterConfig(
        name, bounds, spec.value_type.value, scaling="log" if spec.log_scale else None
    )


def digits_rows() -> list[tuple[dict, dict]]:
    """Return the sweep as it stands in its table."""
    with DIGITS.open(newline="") as file:
        return [
            (
                {name: float(row[name]) for name in ("C", "gamma")},
                {"loss": (float(row["loss"]), float(row["loss sem"]))},
            )
            for row in csv.DictReader(file)
        ]


def branin_input() -> RealInput:
    space = {"x1": float_range(-5.0, 10.0), "x2": float_range(0.0, 15.0)}
    points = drawn(space, 20)
    return RealInput(
        space=space,
        metrics=[metric("loss")],
        rows=measured(points, lambda p: {"loss": branin(list(p.values()))}),
        objective="-loss",
    )


def hartmann6_input() -> RealInput:
    space = {f"x{number}": float_range(0.0, 1.0) for number in range(1, 7)}
    points = drawn(space, 25)
    return RealInput(
        space=space,
        metrics=[metric("loss")],
        rows=measured(points, lambda p: {"loss": hartmann6(list(p.values()))}),
        objective="-loss",
    )


def branin_currin_input() -> RealInput:
    space = {"x1": float_range(0.0, 1.0), "x2": float_range(0.0, 1.0)}

    def both(point: Mapping) -> dict[str, float]:
        found = BRANIN_CURRIN.measure({"p1": point["x1"], "p2": point["x2"]})
        return {"branin": found["m1"], "currin": found["m2"]}

    return RealInput(
        space=space,
        metrics=[metric("branin"), metric("currin")],
        rows=measured(drawn(space, 20), both),
        objective="-branin, -currin",
    )


def mixed_input() -> RealInput:
    space = {
        "rate": float_range(1e-5, 1e-1, log_scale=True),
        "layers": ParameterSpec(
            key="", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=1, upper=12
        ),
        "optimizer": ParameterSpec(
            key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT,
            values=("adamw", "sgd", "lion"),
        ),
    }  # fmt: skip

    def trained(point: Mapping) -> dict[str, float]:
        off = math.log10(point["rate"]) + 3
        worse = {"adamw": 0.0, "sgd": 3.0, "lion": 1.0}[point["optimizer"]]
        accuracy = 96 - 2 * off**2 - 0.2 * (point["layers"] - 7) ** 2 - worse
        return {"accuracy": accuracy, "latency": 6.0 * point["layers"] + off}

    return RealInput(
        space=space,
        metrics=[
            metric("accuracy", direction=Direction.MAXIMIZE),
            metric("latency", role=MetricRole.CONSTRAINT, bound=50.0),
        ],
        rows=measured(drawn(space, 22), trained),
        objective="accuracy",
        constraints=["latency <= 50.0"],
    )


INPUTS = {
    "Branin": branin_input,
    "Hartmann-6": hartmann6_input,
    "Branin–Currin": branin_currin_input,
    "mixed": mixed_input,
}
