"""Experiments of every kind, to be given to Ax alone; each with what it is told Ax cannot say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from experiments.ax_script import Besides
from experiments.curves import Point
from experiments.domain import (
    Condition,
    Direction,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    Parameterization,
    ParameterSpec,
    Relation,
    ResultNoise,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from tests.optimizer.examples import (
    at_least,
    at_most,
    choice,
    derived,
    fixed,
    float_range,
    int_range,
)

X, Y = float_range("x", 0.0, 1.0), float_range("y", 0.0, 1.0)
LOSS = MetricSpec(key="loss", direction=Direction.MINIMIZE)
GAIN = MetricSpec(key="gain", direction=Direction.MAXIMIZE)
COST = MetricSpec(
    key="cost", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT,
    relation=Relation.AT_MOST, bound=-2.5,
)  # fmt: skip
SPEED = replace(COST, key="speed", relation=Relation.AT_LEAST, bound=1e-7)
SEEN = MetricSpec(key="seen", direction=Direction.MAXIMIZE, role=MetricRole.TRACKED)

Results = Mapping[str, float | tuple[float, float | None]]


def run(
    number: int,
    parameters: Parameterization,
    status: TrialStatus | None = None,
    **results: float | tuple[float, float | None],
) -> TrialRecord:
    """Return a trial; results are means, or pairs of mean and standard error."""
    pairs = {key: r if isinstance(r, tuple) else (r, None) for key, r in results.items()}
    return TrialRecord(
        number=number,
        status=status or (TrialStatus.COMPLETED if results else TrialStatus.RUNNING),
        parameters=parameters,
        observations=tuple(
            ObservationRecord(metric=key, mean=mean, sem=sem) for key, (mean, sem) in pairs.items()
        ),
    )


@dataclass(frozen=True)
class Case:
    """One experiment.

    ``told`` are pieces of what is said that Ax cannot be told, one a line; ``missing`` are numbers
    of trials and ``absent`` keys of parameters that Ax is not given. ``sems`` are those that Ax has
    instead of what the trials say, ``bounds`` those of outcome constraints and thresholds by
    metric; the space ``is_wider`` in Ax where a parameter has only one value from now on.
    """

    parameters: Sequence[ParameterSpec] = (X, Y)
    metrics: Sequence[MetricSpec] = (LOSS,)
    trials: Sequence[TrialRecord] = ()
    told: Sequence[str] = ()
    missing: Sequence[int] = ()
    absent: Sequence[str] = ()
    sems: Mapping[int, float | None] | None = None
    bounds: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    is_wider: bool = False
    besides: Besides | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    options: Mapping = field(default_factory=dict)

    @property
    def draft(self) -> ExperimentDraft:
        def word(spec):
            return self.names.get(spec.key, spec.key)

        return ExperimentDraft(
            name="Case",
            parameters=tuple(ParameterDraft(name=word(s), spec=s) for s in self.parameters),
            metrics=tuple(MetricDraft(name=word(m), spec=m) for m in self.metrics),
            seed=7,
            **self.options,
        )


def xy(*points: tuple[float, float], **results: Sequence) -> list[TrialRecord]:
    """Return trials at points; each metric has a result a point, or ``None``."""
    return [
        run(n, {"x": x, "y": y}, **{m: r[n] for m, r in results.items() if r[n] is not None})
        for n, (x, y) in enumerate(points)
    ]


CORNERS = ((0.0, 0.25), (0.25, 0.5), (1.0, 1.0))
EXACT = (0.1 + 0.2, 1.2345678901234567e-20, -1.2345678901234567e22)
S = TrialStatus
RETIRED = replace(float_range("y", 0.0, 1.0), pinned=2.5)

CASES = {
    "no trial": Case(),
    "one running trial": Case(trials=[run(0, {"x": 0.5, "y": 0.5})]),
    "no result": Case(trials=[run(n, {"x": n / 4, "y": 0.5}) for n in range(4)]),
    "one result": Case(trials=xy((0.5, 0.5), loss=[1.0])),
    "results with all digits": Case(trials=xy(*CORNERS, loss=EXACT)),
    "every status, and gaps": Case(
        trials=[
            run(0, {"x": 0.1, "y": 0.1}, loss=1.0),
            run(2, {"x": 0.2, "y": 0.1}, S.FAILED),
            run(3, {"x": 0.3, "y": 0.1}, S.ABANDONED),
            run(5, {"x": 0.4, "y": 0.1}, S.EARLY_STOPPED, loss=2.0),
            run(6, {"x": 0.5, "y": 0.1}, S.EARLY_STOPPED),
            run(7, {"x": 0.6, "y": 0.1}, S.COMPLETED),
            run(9, {"x": 0.7, "y": 0.1}),
        ],
        besides=Besides(curves={}, has_avoided=True, elsewhere=2),
        told=[
            "Ax explores until 2 completed trials",
            "Failed trials whose values",
            "from other experiments",
        ],
    ),
    "repeats": Case(
        trials=xy((0.5, 0.5), (0.5, 0.5), (0.25, 0.5), (0.5, 0.5), loss=[1.0, 2.0, 3.0, None])
    ),
    "outside the space": Case(trials=xy((-3.0, 0.5), (0.5, 1e6), loss=[1.0, 2.0])),
    "against a constraint": Case(
        trials=xy((1.0, 1.0), (0.1, 0.1), loss=[1.0, 2.0]),
        options={"constraints": (at_most(1.0, x=1.0, y=1.0),)},
    ),
    "a standard error each": Case(trials=xy(*CORNERS, loss=[(1.0, 0.1), (2.0, 0.2), (3.0, 1e-9)])),
    "standard errors of some": Case(
        trials=xy(*CORNERS, loss=[(1.0, 0.1), 2.0, 3.0]),
        sems=dict.fromkeys(range(3)),
        told=["Only some results of “loss”"],
    ),
    "standard errors of 0": Case(
        trials=xy(*CORNERS, loss=[(1.0, 0.0), (2.0, 0.5), (3.0, 0.25)]),
        sems={0: 0.25, 1: 0.5, 2: 0.25},
        told=["errors of 0 of “loss” become the smallest"],
    ),
    "exact": Case(
        trials=xy(*CORNERS, loss=[1.0, (2.0, 0.0), 3.0]),
        options={"noise": ResultNoise.EXACT},
        sems=dict.fromkeys(range(3), 0.0),
        told=["Results of “loss” without a standard error have one of 0"],
    ),
    "a weighted sum": Case(
        metrics=[replace(LOSS, weight=0.3), replace(GAIN, weight=1e-5), SEEN],
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0], gain=[3.0, 2.0, 1.0], seen=[5.0, None, None]),
        options={"is_weighted_sum": True},
    ),
    "a trade-off": Case(
        metrics=[replace(LOSS, threshold=-0.5), replace(GAIN, threshold=1e-6), SEEN],
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0], gain=[3.0, None, 1.0]),
        bounds={"loss": ("<=", -0.5), "gain": (">=", 1e-6)},
    ),
    "a trade-off with one threshold": Case(
        metrics=[LOSS, replace(GAIN, threshold=2.0)], bounds={"gain": (">=", 2.0)}
    ),
    "maximized": Case(metrics=[GAIN], trials=xy(*CORNERS, gain=[1.0, 2.0, 3.0])),
    "outcome constraints": Case(
        metrics=[LOSS, COST, SPEED],
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0], cost=[1.0, None, 2.0], speed=[None, 1.0, 2.0]),
        bounds={"cost": ("<=", -2.5), "speed": (">=", 1e-7)},
        told=["Ax explores until 2 completed trials"],
    ),
    "a weighted sum within bounds": Case(
        metrics=[LOSS, GAIN, COST],
        options={"is_weighted_sum": True},
        bounds={"cost": ("<=", -2.5)},
    ),
    "relative to the baseline": Case(
        metrics=[LOSS, replace(COST, bound=10.0, is_relative=True)],
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0], cost=[1.0, -4.0, 2.0]),
        options={"baseline_trial": 1},
        bounds={"cost": ("<=", -3.6)},
        told=["on “cost” counts from the baseline", "Trial 1 is the baseline"],
    ),
    "relative to nothing": Case(
        metrics=[LOSS, replace(COST, bound=10.0, is_relative=True)],
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0], cost=[None, 1.0, 2.0]),
        options={"baseline_trial": 0},
        told=["on “cost” is left out: the baseline has no result", "Trial 0 is the baseline"],
    ),
    "names that Ax takes for code": Case(
        names={"loss": "baseline", "cost": "my baseline - cost", "x": "lambda", "y": "'\"\\\n"},
        metrics=[LOSS, COST],
        options={"constraints": (at_most(1.5, x=1.0, y=1.0),)},
        bounds={"cost": ("<=", -2.5)},
    ),
    "a name that ends the comment it stands in": Case(
        [float_range("x", 0.0, 1e-9)],
        names={"x": "a\nraise SystemExit\r\u2028'''"},
        told=["is too narrow for Ax"],
    ),
    "log scale": Case(
        [float_range("x", 1e-6, 1e-3, log_scale=True), int_range("n", 1, 1024, log_scale=True)],
        trials=[run(0, {"x": 1e-4, "n": 8}, loss=1.0), run(1, {"x": 1.0, "n": 2000}, loss=2.0)],
    ),
    "no place on a log scale": Case(
        [float_range("x", 1e-6, 1.0, log_scale=True)],
        trials=[run(0, {"x": 0.0}, loss=1.0), run(1, {"x": 0.5}, loss=2.0)],
        missing=[0],
        told=["Trial 0 is left out: Its value of “x” is not above 0"],
    ),
    "steps": Case(
        [float_range("x", 1.0, 1.3, step=0.1), int_range("n", 2, 11, step=3)],
        trials=[run(0, {"x": 1.3, "n": 5}, loss=1.0), run(1, {"x": 1.15, "n": 4}, loss=2.0)],
    ),
    "many steps": Case(
        [
            float_range("x", 0.0, 1000.0, step=0.1),
            int_range("n", 0, 10_000_000),
            int_range("w", 0, 2**53, step=2),
        ],
        trials=[run(0, {"x": 0.3, "n": 3, "w": 2**53}, loss=1.0)],
        told=[
            "“x” has too many steps",
            "“n” has too many whole",
            "“w” has too many steps",
            "The range of “w”",
        ],
    ),
    "narrow and wide ranges": Case(
        [
            float_range("x", 0.0, 1e-12),
            float_range("y", -1e30, 1e30),
            float_range("z", 1e-8, 1e-6, log_scale=True),
        ],
        trials=[run(0, {"x": 1e-13, "y": 1e29, "z": 1e-7}, loss=1.0)],
        told=[
            "The range of “x” is too narrow",
            "The range of “y” is too wide",
            "The range of “z” is too narrow",
        ],
    ),
    "constraints of all kinds": Case(
        [
            X,
            Y,
            int_range("n", 1, 10),
            choice("c", ValueType.INT, 1, 2, 5, is_ordered=True),
            float_range("s", 0.0, 3.0, step=0.5),
            fixed("f", ValueType.FLOAT, 0.5),
            derived("d", 0.5, x=2.0, n=1.0),
        ],
        options={
            "constraints": (
                at_most(1.5, x=1.0, y=1.0, f=1.0),
                at_least(5.0, n=1.0, c=1.0),
                at_most(4.0, x=1.0, s=1.5),
                at_least(3.0, d=1.0),
                at_most(100.0, f=1.0),
            )
        },
        trials=[
            run(0, {"x": 0.5, "y": 0.25, "n": 5, "c": 5, "s": 1.5, "f": 0.5, "d": 6.5}, loss=1.0)
        ],
        told=["make Ax slow"],
    ),
    "a mixture": Case(
        [X, Y, float_range("z", 0.0, 1.0)],
        options={
            "constraints": (at_most(1.0, x=1.0, y=1.0, z=1.0), at_least(1.0, x=1.0, y=1.0, z=1.0))
        },
        trials=[run(0, {"x": 0.5, "y": 0.25, "z": 0.25}, loss=1.0)],
    ),
    "wide ranges in constraints": Case(
        [float_range("x", 0.0, 1e22), float_range("y", 0.0, 1e-9)],
        options={"constraints": (at_most(1e22, x=1.0, y=1e31),)},
        trials=[run(0, {"x": 1e21, "y": 1e-10}, loss=1.0)],
        told=["The range of “x”", "The range of “y”"],
    ),
    "fixed and computed": Case(
        [
            X,
            Y,
            fixed("f", ValueType.TEXT, "é\"'"),
            fixed("g", ValueType.BOOL, False),
            derived("d", -0.1, x=2.0, y=-1.0),
            replace(derived("e", 1.0, n=2.0), value_type=ValueType.INT),
            int_range("n", 0, 5),
        ],
        trials=[
            run(
                0,
                {"x": 0.1, "y": 0.2, "f": "é\"'", "g": False, "n": 3, "d": -0.1, "e": 7},
                loss=1.0,
            )
        ],
    ),
    "computed from what is wide": Case(
        [float_range("x", 0.0, 1e7), derived("d", 0.0, x=1.0)],
        trials=[run(0, {"x": 0.5, "d": 0.5}, loss=1.0)],
        absent="d",
        told=["“d” is computed from others"],
    ),
    "fixed to another value since": Case(
        [X, fixed("f", ValueType.FLOAT, 0.5), fixed("k", ValueType.TEXT, "a")],
        trials=[
            run(0, {"x": 0.5, "f": 0.5, "k": "a"}, loss=1.0),
            run(1, {"x": 0.25, "f": 3.0, "k": "b"}, loss=2.0),
        ],
        is_wider=True,
        told=["“f” is always 0.5 from now on", "“k” is always a from now on"],
    ),
    "retired": Case(
        [
            X,
            RETIRED,
            replace(choice("k", ValueType.TEXT, "a", "b"), pinned="c"),
            replace(int_range("n", 1, 9), pinned=3),
            replace(float_range("z", 1e-3, 1.0, log_scale=True), pinned=0.0),
        ],
        trials=[run(0, {"x": 0.5, "y": 0.5, "k": "b", "n": 4, "z": 0.1}, loss=1.0)],
        options={"constraints": (at_most(3.0, x=1.0, y=1.0),)},
        is_wider=True,
        told=["“y” is always 2.5", "“k” is always c", "“n” is always 3", "“z” is always 0"],
    ),
    "choices": Case(
        [
            choice("b", ValueType.BOOL, True, False),
            choice("t", ValueType.TEXT, "z", "a", "é"),
            choice("o", ValueType.TEXT, "small", "large", "huge", is_ordered=True),
            choice("i", ValueType.INT, 8, 2, 4, is_ordered=True),
            choice("f", ValueType.FLOAT, 0.5, 0.1),
        ],
        trials=[run(0, {"b": False, "t": "é", "o": "large", "i": 4, "f": 0.1}, loss=1.0)],
    ),
    "values removed since": Case(
        [
            X,
            choice("t", ValueType.TEXT, "a", "b"),
            choice("i", ValueType.INT, 1, 2, is_ordered=True),
        ],
        trials=[run(0, {"x": 0.5, "t": "c", "i": 4}, loss=1.0)],
        told=["“t” has no value c any more"],
    ),
    "dependent": Case(
        [X, choice("k", ValueType.TEXT, "a", "b"), replace(Y, condition=Condition("k", ("a",)))],
        trials=[
            run(0, {"x": 0.5, "k": "a", "y": 0.1}, loss=1.0),
            run(1, {"x": 0.5, "k": "b"}, loss=2.0),
        ],
        told=["“y” applies only under a condition"],
    ),
    "a value that is not known": Case(
        trials=[run(n, {"x": n / 8}, loss=1.0) for n in range(8)]
        + [run(8, {"x": 0.5, "y": 0.5}, loss=1.0)],
        missing=range(8),
        told=["Trials 0, 1, 2, 3, 4 and 3 more are left out: It has no value for “y”"],
    ),
    "random search": Case(
        trials=xy((0.5, 0.5), (0.25, 0.75), loss=[1.0, 2.0]),
        options={"generation_method": GenerationMethod.RANDOM_SEARCH},
    ),
    "more results than AxDash’s model learns from": Case(
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0]),
        besides=Besides(curves={}, results=1001),
        told=["learns from 1,000 results at most"],
    ),
    "quality": Case(
        trials=xy(*CORNERS, loss=[1.0, 2.0, 3.0]),
        options={"generation_method": GenerationMethod.QUALITY},
        told=["needs the Python packages jax and numpyro"],
    ),
    "bandit": Case(
        [choice("k", ValueType.TEXT, "a", "b", "c")],
        trials=[run(n, {"k": "ab"[n % 2]}, loss=float(n)) for n in range(3)],
        options={"generation_method": GenerationMethod.BANDIT},
        told=["The bandit method is AxDash’s own"],
    ),
    "curves": Case(
        metrics=[LOSS, SEEN],
        trials=[
            run(0, {"x": 0.1, "y": 0.1}, loss=1.0),
            run(1, {"x": 0.2, "y": 0.1}, S.EARLY_STOPPED, loss=(2.0, 0.5)),
            run(2, {"x": 0.3, "y": 0.1}),
        ],
        besides=Besides(
            curves={
                0: {"loss": [Point(1, 9.0), Point(2, 0.5, 0.25)], "seen": [Point(1, 3.0)]},
                1: {"loss": [Point(0.5, 2.5)]},
                2: {"loss": [Point(1.0, 7.0)]},
            }
        ),
        sems=dict.fromkeys(range(3)),
        told=[
            "Only some results of “loss”",
            "Learning curves of trials without a result",
            "Ax explores until 2 completed trials",
        ],
    ),
}
