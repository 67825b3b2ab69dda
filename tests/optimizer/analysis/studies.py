"""Studies of all kinds, small ones, as workers make them of rows."""

import math
import random
from collections.abc import Callable, Mapping, Sequence

from experiments.domain import (
    Condition,
    Direction,
    ExperimentSpec,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    Parameterization,
    ParameterSpec,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.optimizer import Study
from experiments.optimizer.space import Space
from tests.optimizer.examples import at_most, choice, derived, fixed, float_range, int_range

Evaluate = Callable[[Parameterization], Mapping[str, float | tuple[float, float]] | None]
"""Returns results (means, or pairs of mean and SEM) by metric; ``None``: the trial failed."""


def definition(spec: ExperimentSpec, units: Mapping[str, str] | None = None) -> ExperimentDraft:
    """Name parameters ``x1`` …, metrics ``loss``, ``cost``, ``third`` …"""
    units = units or {}
    names = ["loss", "cost", "third", "fourth"]
    return ExperimentDraft(
        name="Study",
        parameters=tuple(
            ParameterDraft(name=f"x{p.key[1:]}", spec=p, unit=units.get(p.key, ""))
            for p in spec.parameters
        ),
        metrics=tuple(
            MetricDraft(name=names[place], spec=m, unit=units.get(m.key, ""))
            for place, m in enumerate(spec.metrics)
        ),
        constraints=spec.constraints,
        is_weighted_sum=spec.is_weighted_sum,
        baseline_trial=spec.baseline,
    )


def minimized(key: str = "m1", **options) -> MetricSpec:
    return MetricSpec(key=key, direction=Direction.MINIMIZE, **options)


def space_of(*parameters: ParameterSpec, metrics=(), **options) -> ExperimentSpec:
    metrics = metrics or (minimized(),)
    return ExperimentSpec(parameters=parameters, metrics=metrics, **options)


def drawn(spec: ExperimentSpec, count: int, seed: int = 1) -> list[dict]:
    """Draw points of the space that satisfy its constraints."""
    space, rng, points = Space(spec), random.Random(seed), []
    while len(points) < count:
        values = {}
        for key, axis in space.axes.items():
            if axis.cardinality is None:
                low, high = axis.ends()
                values[key] = rng.uniform(low, high)
            else:
                values[key] = axis.nth(rng.randrange(axis.cardinality))
        point = space.completed(values)
        if space.satisfies(point):
            points.append(point)
    return points


def completed(number: int, point: Parameterization, results) -> TrialRecord:
    pairs = {k: v if isinstance(v, tuple) else (v, None) for k, v in (results or {}).items()}
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED if results is not None else TrialStatus.FAILED,
        parameters=point,
        observations=tuple(
            ObservationRecord(metric=key, mean=mean, sem=sem) for key, (mean, sem) in pairs.items()
        ),
    )


def study(
    spec: ExperimentSpec,
    evaluate: Evaluate,
    count: int = 8,
    *,
    points: Sequence[Parameterization] | None = None,
    running: int = 0,
    units: Mapping[str, str] | None = None,
) -> Study:
    points = drawn(spec, count + running) if points is None else list(points)
    done = len(points) - running
    trials = [completed(n, p, evaluate(p)) for n, p in enumerate(points[:done], start=1)]
    trials += [
        TrialRecord(number=n, status=TrialStatus.RUNNING, parameters=p)
        for n, p in enumerate(points[done:], start=done + 1)
    ]
    return Study(definition(spec, units), spec, trials)


def bowl(point: Parameterization) -> float:
    """A smooth function of whatever parameters there are."""
    total = 0.0
    for place, (_, value) in enumerate(sorted(point.items()), start=1):
        number = ord(value[0]) % 7 if isinstance(value, str) else float(value)
        total += (number - place / 3) ** 2 / place
    return total


def by_bowl(*keys: str) -> Evaluate:
    """The bowl for the first metric, other smooth functions for others."""
    return lambda point: {
        key: math.sin(place) * bowl(point) + place for place, key in enumerate(keys or ["m1"], 1)
    }


FLOATS = (float_range("p1", 0.0, 1.0), float_range("p2", -5.0, 10.0))
CONSTRAINED = minimized("m2", role=MetricRole.CONSTRAINT, bound=3.0)


def _some_sems(point: Parameterization):
    return {"m1": (bowl(point), 0.1) if point["p1"] > 0.5 else bowl(point)}


def _sgd(lower: float, upper: float, **options) -> ParameterSpec:
    return float_range("p3", lower, upper, condition=Condition("p2", ("sgd",)), **options)


def _bandit(*parameters: ParameterSpec, sem: float | None = None) -> Study:
    """Each combination twice, with other results, and some running."""
    spec = space_of(*parameters, generation_method=GenerationMethod.BANDIT)
    points = list(Space(spec).combinations()) * 2
    noise = random.Random(7)
    return study(
        spec,
        lambda p: {"m1": (bowl(p) + noise.gauss(0, 0.3), sem)},
        points=[*points, *points[:2]],
        running=2,
    )


def _retired() -> Study:
    spec = space_of(float_range("p1", 0.0, 1.0), float_range("p2", 0.0, 1.0, pinned=0.5))
    rng = random.Random(4)
    points = [{"p1": rng.random(), "p2": rng.random()} for _ in range(8)]
    return study(spec, by_bowl(), points=points)


def _added() -> Study:
    spec = space_of(float_range("p1", 0.0, 1.0), float_range("p2", 0.0, 1.0, backfill=0.25))
    rng = random.Random(5)
    points = [{"p1": rng.random(), "p2": 0.25 if n < 5 else rng.random()} for n in range(8)]
    return study(spec, by_bowl(), points=points)


def _lacking_values() -> Study:
    """A parameter was added without a value for earlier trials: no model learns from those."""
    spec = space_of(float_range("p1", 0.0, 1.0), float_range("p2", 0.0, 1.0))
    rng = random.Random(5)
    points = [{"p1": rng.random()} | ({} if n < 3 else {"p2": rng.random()}) for n in range(8)]
    return study(spec, lambda p: {"m1": bowl(p)}, points=points)


def _outside() -> Study:
    spec = space_of(*FLOATS)
    rng = random.Random(6)
    points = [{"p1": rng.uniform(-1, 2), "p2": rng.uniform(-9, 20)} for _ in range(8)]
    return study(spec, by_bowl(), points=points)


def _removed_value() -> Study:
    spec = space_of(float_range("p1", 0.0, 1.0), choice("p2", ValueType.TEXT, "a", "b"))
    rng = random.Random(6)
    points = [{"p1": rng.random(), "p2": rng.choice("abc")} for _ in range(9)]
    return study(spec, by_bowl(), points=points)


def _never_varied() -> Study:
    spec = space_of(*FLOATS)
    points = [point | {"p2": 2.0} for point in drawn(spec, 8)]
    return study(spec, by_bowl(), points=points)


def _repeated() -> Study:
    points = drawn(space_of(*FLOATS), 4) * 2
    noise = iter(range(len(points)))
    return study(space_of(*FLOATS), lambda p: {"m1": bowl(p) + next(noise) / 10}, points=points)


def _partly_measured() -> Study:
    spec = space_of(*FLOATS, metrics=(minimized(), CONSTRAINED))
    return study(spec, lambda p: {"m1": bowl(p)} | ({"m2": p["p1"]} if p["p1"] > 0.4 else {}))


def _relative() -> Study:
    constraint = minimized("m2", role=MetricRole.CONSTRAINT, bound=20.0, is_relative=True)
    return study(
        space_of(*FLOATS, metrics=(minimized(), constraint), baseline=1), by_bowl("m1", "m2")
    )


def _front(**options) -> ExperimentSpec:
    metrics = (minimized("m1"), MetricSpec(key="m2", direction=Direction.MAXIMIZE, **options))
    return space_of(*FLOATS, metrics=metrics)


MIXED = (
    float_range("p1", 1e-5, 0.1, log_scale=True),
    choice("p2", ValueType.TEXT, "adam", "sgd"),
    _sgd(0.0, 0.99),
    int_range("p4", 1, 12),
    choice("p5", ValueType.BOOL, True, False),
    choice("p6", ValueType.INT, 16, 32, 64, is_ordered=True),
    choice("p7", ValueType.TEXT, "small", "medium", "large", is_ordered=True),
    float_range("p8", 0.0, 1.0, step=0.1),
    fixed("p9", ValueType.TEXT, "on"),
    derived("p10", 1.0, p8=2.0),
)

STUDIES: dict[str, Callable[[], Study]] = {
    "two floats": lambda: study(space_of(*FLOATS), by_bowl(), running=2),
    "one parameter": lambda: study(space_of(FLOATS[0]), by_bowl()),
    "no trial": lambda: study(space_of(*FLOATS), by_bowl(), 0),
    "one trial": lambda: study(space_of(*FLOATS), by_bowl(), 1),
    "two trials": lambda: study(space_of(*FLOATS), by_bowl(), 2),
    "only running": lambda: study(space_of(*FLOATS), by_bowl(), 0, running=3),
    "all equal": lambda: study(space_of(*FLOATS), lambda p: {"m1": 0.5}),
    "all failed": lambda: study(space_of(*FLOATS), lambda p: None),
    "some failed": lambda: study(
        space_of(*FLOATS), lambda p: {"m1": 1.0 + p["p1"]} if p["p1"] < 0.6 else None, 12
    ),
    "an SEM on half": lambda: study(space_of(*FLOATS), _some_sems),
    "SEMs": lambda: study(space_of(*FLOATS), lambda p: {"m1": (bowl(p), 0.2)}),
    "zero SEMs": lambda: study(space_of(*FLOATS), lambda p: {"m1": (bowl(p), 0.0)}),
    "mixed": lambda: study(space_of(*MIXED), by_bowl(), 12),
    "categories only": lambda: study(
        space_of(
            choice("p1", ValueType.TEXT, "a", "b", "c"), choice("p2", ValueType.TEXT, "u", "v")
        ),
        by_bowl(),
    ),
    "one choice": lambda: study(space_of(choice("p1", ValueType.TEXT, "a", "b", "c")), by_bowl()),
    "nothing varies": lambda: study(
        space_of(fixed("p1", ValueType.INT, 1), choice("p2", ValueType.TEXT, "a")), by_bowl()
    ),
    "all retired": lambda: study(
        space_of(float_range("p1", 0.0, 1.0, pinned=0.5)),
        by_bowl(),
        points=[{"p1": place / 8} for place in range(8)],
    ),
    "whole numbers": lambda: study(
        space_of(int_range("p1", 0, 9), int_range("p2", 1, 5)), by_bowl()
    ),
    "one point": lambda: study(space_of(*FLOATS), by_bowl(), points=[{"p1": 0.5, "p2": 1.0}] * 3),
    "bandit": lambda: _bandit(choice("p1", ValueType.TEXT, *"abcdef")),
    "bandit of two choices": lambda: _bandit(
        choice("p1", ValueType.TEXT, "a", "b", "c"), int_range("p2", 0, 2), sem=0.3
    ),
    "retired": _retired,
    "added": _added,
    "lacking values": _lacking_values,
    "outside": _outside,
    "removed value": _removed_value,
    "never varied": _never_varied,
    "repeated": _repeated,
    "constraint": lambda: study(
        space_of(*FLOATS, metrics=(minimized(), CONSTRAINED)), by_bowl("m1", "m2")
    ),
    "hopeless constraint": lambda: study(
        space_of(*FLOATS, metrics=(minimized(), CONSTRAINED)),
        lambda p: {"m1": bowl(p), "m2": 100.0 + p["p1"]},
    ),
    "constraint never measured": lambda: study(
        space_of(*FLOATS, metrics=(minimized(), CONSTRAINED)), by_bowl()
    ),
    "constraint partly measured": _partly_measured,
    "relative constraint": _relative,
    "trade-off": lambda: study(_front(), by_bowl("m1", "m2"), running=1),
    "trade-off beyond thresholds": lambda: study(_front(threshold=1e6), by_bowl("m1", "m2")),
    "hopeless trade-off": lambda: study(
        space_of(
            *FLOATS,
            metrics=(
                minimized("m1"),
                minimized("m2"),
                minimized("m3", role=MetricRole.CONSTRAINT, bound=-100.0),
            ),
        ),
        lambda p: {"m1": bowl(p), "m2": p["p1"] - p["p2"], "m3": p["p1"]},
    ),
    "three objectives": lambda: study(
        space_of(*FLOATS, metrics=tuple(minimized(f"m{n}") for n in (1, 2, 3))),
        by_bowl("m1", "m2", "m3"),
    ),
    "objective never measured": lambda: study(_front(), by_bowl("m1")),
    "weighted sum": lambda: study(
        space_of(
            *FLOATS, metrics=(minimized("m1", weight=2.0), minimized("m2")), is_weighted_sum=True
        ),
        by_bowl("m1", "m2"),
    ),
    "tracked": lambda: study(
        space_of(*FLOATS, metrics=(minimized(), minimized("m2", role=MetricRole.TRACKED))),
        lambda p: {"m1": bowl(p), "m2": 2 * bowl(p)},
        10,
    ),
    "parameter constraint": lambda: study(
        space_of(
            float_range("p1", 0.0, 1.0),
            float_range("p2", 0.0, 1.0),
            constraints=(at_most(1.0, p1=1.0, p2=1.0),),
        ),
        by_bowl(),
    ),
    "far from zero": lambda: study(space_of(*FLOATS), lambda p: {"m1": 1e9 + p["p1"]}),
    "huge": lambda: study(space_of(*FLOATS), lambda p: {"m1": 1e30 * p["p1"]}),
    "tiny range": lambda: study(
        space_of(float_range("p1", 0.0, 1e-7), FLOATS[1]), lambda p: {"m1": p["p2"]}
    ),
    "twenty parameters": lambda: study(
        space_of(*(float_range(f"p{n}", 0.0, 1.0) for n in range(1, 21))), by_bowl(), 12
    ),
}
"""One study of each kind; none takes much longer than a second."""
