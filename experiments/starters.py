"""Definitions to start from: an example, and templates of common experiments. Pure."""

from dataclasses import dataclass

from experiments.domain import (
    Condition,
    Direction,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft


@dataclass(frozen=True, slots=True)
class Starter:
    """A template: what it is for, what it varies, and the definition that it fills in."""

    slug: str
    title: str
    summary: str
    draft: ExperimentDraft


def _range(
    key: str,
    name: str,
    lower: float,
    upper: float,
    *,
    log: bool = False,
    only_when: Condition | None = None,
    unit: str = "",
    description: str = "",
) -> ParameterDraft:
    is_whole = isinstance(lower, int) and isinstance(upper, int)
    spec = ParameterSpec(
        key=key,
        kind=ParameterKind.RANGE,
        value_type=ValueType.INT if is_whole else ValueType.FLOAT,
        lower=lower,
        upper=upper,
        log_scale=log,
        condition=only_when,
    )
    return ParameterDraft(name=name, spec=spec, unit=unit, description=description)


def _choice(
    key: str, name: str, *values: ParameterValue, ordered: bool = False, description: str = ""
) -> ParameterDraft:
    spec = ParameterSpec(
        key=key,
        kind=ParameterKind.CHOICE,
        value_type=ValueType.INT if isinstance(values[0], int) else ValueType.TEXT,
        values=values,
        is_ordered=ordered,
    )
    return ParameterDraft(name=name, spec=spec, description=description)


def _metric(
    key: str, name: str, direction: Direction, *, unit: str = "", is_tracked: bool = False
) -> MetricDraft:
    role = MetricRole.TRACKED if is_tracked else MetricRole.OBJECTIVE
    return MetricDraft(
        name=name, spec=MetricSpec(key=key, direction=direction, role=role), unit=unit
    )


BOOTH = ExperimentDraft(
    name="Booth",
    description=(
        "The Booth function of two numbers, a classic test of optimizers. To run a trial, compute "
        "(x1 + 2·x2 − 7)² + (2·x1 + x2 − 5)², on a calculator for instance, and enter the result. "
        "Its least value is 0; let AxDash find where."
    ),
    parameters=(_range("n1", "x1", -10.0, 10.0), _range("n2", "x2", -10.0, 10.0)),
    metrics=(_metric("q1", "booth", Direction.MINIMIZE),),
    trial_budget=20,
)

_NEURAL_NETWORK = ExperimentDraft(
    name="Neural network",
    description=(
        "Train with the suggested settings, measure the loss on data that the network has not "
        "seen, and enter it. Momentum is only used by SGD, so only its trials have one."
    ),
    parameters=(
        _choice("n1", "optimizer", "adamw", "sgd"),
        _range("n2", "momentum", 0.0, 0.99, only_when=Condition("n1", ("sgd",))),
        _range("n3", "learning rate", 1e-5, 0.1, log=True),
        _range("n4", "weight decay", 1e-6, 0.1, log=True),
        _choice("n5", "batch size", 16, 32, 64, 128, 256, ordered=True),
        _range("n6", "layers", 1, 6),
        _range("n7", "units per layer", 16, 1024, log=True),
        _range("n8", "dropout", 0.0, 0.5),
    ),
    metrics=(
        _metric("q1", "validation loss", Direction.MINIMIZE),
        _metric("q2", "training time", Direction.MINIMIZE, unit="min", is_tracked=True),
    ),
    trial_budget=60,
)

_BOOSTED_TREES = ExperimentDraft(
    name="Gradient-boosted trees",
    description=(
        "Fit with the suggested settings and enter the error in cross-validation. The names are "
        "those of XGBoost; other libraries have the same settings under others."
    ),
    parameters=(
        _range("n1", "learning_rate", 0.005, 0.5, log=True),
        _range("n2", "n_estimators", 50, 2000, log=True),
        _range("n3", "max_depth", 2, 12),
        _range("n4", "min_child_weight", 1.0, 100.0, log=True),
        _range("n5", "subsample", 0.4, 1.0),
        _range("n6", "colsample_bytree", 0.3, 1.0),
        _range("n7", "reg_lambda", 0.001, 100.0, log=True),
        _range("n8", "reg_alpha", 0.0001, 10.0, log=True),
    ),
    metrics=(
        _metric("q1", "validation error", Direction.MINIMIZE),
        _metric("q2", "fit time", Direction.MINIMIZE, unit="s", is_tracked=True),
    ),
    trial_budget=50,
)

_RECIPE = ExperimentDraft(
    name="Recipe",
    description=(
        "Shares of a mixture that add up to 1: the polymer and the plasticizer are chosen, the "
        "filler is what is left. The constraint keeps at least 10 % filler. Replace the names by "
        "those of your ingredients."
    ),
    parameters=(
        _range("n1", "polymer", 0.2, 0.8),
        _range("n2", "plasticizer", 0.05, 0.4),
        ParameterDraft(
            name="filler",
            spec=ParameterSpec(
                key="n3",
                kind=ParameterKind.DERIVED,
                value_type=ValueType.FLOAT,
                terms=(Term("n1", -1.0), Term("n2", -1.0)),
                intercept=1.0,
            ),
            description="What is left of the whole.",
        ),
        _range("n4", "temperature", 120.0, 220.0, unit="°C"),
        _range("n5", "mixing time", 1.0, 30.0, unit="min", log=True),
    ),
    constraints=(
        ParameterConstraint(
            terms=(Term("n1", 1.0), Term("n2", 1.0)), relation=Relation.AT_MOST, bound=0.9
        ),
    ),
    metrics=(_metric("q1", "strength", Direction.MAXIMIZE, unit="MPa"),),
    trial_budget=30,
)

STARTERS = {
    starter.slug: starter
    for starter in (
        Starter(
            "neural-network",
            "A neural network",
            "Optimizer, learning rate, size and regularization; momentum only for SGD.",
            _NEURAL_NETWORK,
        ),
        Starter(
            "boosted-trees",
            "Gradient-boosted trees",
            "Learning rate, number and depth of trees, sampling and regularization.",
            _BOOSTED_TREES,
        ),
        Starter(
            "recipe",
            "A laboratory recipe",
            "Shares of a mixture that sum to one, a temperature and a time.",
            _RECIPE,
        ),
        Starter(
            "booth",
            "The Booth example",
            "Two numbers and a formula for a calculator, to see how it works.",
            BOOTH,
        ),
    )
}
"""By the part of the address that names them."""
