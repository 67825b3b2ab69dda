"""What the web side and the optimizer share: enums and frozen dataclasses. No Django, no Ax.

Parameters and metrics are known by *keys* (``p12``, ``m3``) that AxDash makes up itself. The names
that people type never leave the rows: Ax would evaluate them as expressions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ParameterValue = float | int | str | bool
Parameterization = Mapping[str, ParameterValue]
"""Values by parameter key, one for each parameter of the search space that applies."""


class ParameterKind(StrEnum):
    """How a parameter varies."""

    RANGE = "range"
    CHOICE = "choice"
    FIXED = "fixed"
    DERIVED = "derived"


class ValueType(StrEnum):
    """The type of each of a parameter's values."""

    FLOAT = "float"
    INT = "int"
    TEXT = "text"
    BOOL = "bool"


class Direction(StrEnum):
    """Which way an objective gets better."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


class MetricRole(StrEnum):
    """What a metric is measured for."""

    OBJECTIVE = "objective"
    CONSTRAINT = "constraint"
    TRACKED = "tracked"


class Relation(StrEnum):
    """On which side of its bound a constrained quantity has to stay, the bound included."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


class ResultNoise(StrEnum):
    """What people say about the noise of results that come without a standard error."""

    NOISY = "noisy"
    EXACT = "exact"
    GIVEN = "given"


class TrialStatus(StrEnum):
    """Where a trial stands. Failed parameters may be suggested again, abandoned ones never."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    EARLY_STOPPED = "early_stopped"


WITH_RESULTS = (TrialStatus.COMPLETED, TrialStatus.EARLY_STOPPED)
"""The statuses of trials whose observations count."""


class GenerationMethod(StrEnum):
    """How suggestions are made; the names are Ax's, but for the bandit: Ax has none for it."""

    FAST = "fast"
    QUALITY = "quality"
    BANDIT = "bandit"
    RANDOM_SEARCH = "random_search"


class GenerationNode(StrEnum):
    """What made one suggestion."""

    CENTER = "center"
    SOBOL = "sobol"
    BOTORCH = "botorch"
    FALLBACK_SOBOL = "fallback_sobol"
    FACTORIAL = "factorial"
    THOMPSON = "thompson"


@dataclass(frozen=True, slots=True)
class Term:
    """A coefficient times a parameter (by its key), in a linear expression."""

    parameter: str
    coefficient: float = 1.0


@dataclass(frozen=True, slots=True)
class Condition:
    """A parameter applies only where another one (by its key) has one of some values."""

    parameter: str
    values: tuple[ParameterValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec:
    """One parameter of a search space; which fields count depends on ``kind``.

    ``lower``, ``upper`` (both inclusive), ``log_scale`` and ``step`` belong to a range, ``values``
    and ``is_ordered`` to a choice, ``value`` to a fixed parameter, ``terms`` and ``intercept`` to a
    derived one (the sum of the terms, plus the intercept). A step counts from ``lower``.

    A parameter with a ``condition`` is dependent: where the condition does not hold, a trial has no
    value for it. ``pinned`` is set for a range or choice that is retired: suggestions have this
    value from now on, while the model still learns from the values that earlier trials had.
    ``backfill`` is the value that trials from before the parameter was added had.
    """

    key: str
    kind: ParameterKind
    value_type: ValueType
    lower: float | int | None = None
    upper: float | int | None = None
    log_scale: bool = False
    step: float | int | None = None
    values: tuple[ParameterValue, ...] = ()
    is_ordered: bool = False
    value: ParameterValue | None = None
    terms: tuple[Term, ...] = ()
    intercept: float = 0.0
    condition: Condition | None = None
    pinned: ParameterValue | None = None
    backfill: ParameterValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterConstraint:
    """A linear inequality between parameters: the sum of the terms, at most or least the bound."""

    terms: tuple[Term, ...]
    relation: Relation
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """One measured quantity; which fields count depends on ``role``.

    ``direction`` says which way is better (also of a metric that is only tracked). ``weight``
    (positive) belongs to an objective in a weighted sum; ``threshold``, in the metric's unit, to
    one of several objectives: a Pareto point beyond it is of no interest. An outcome constraint
    has ``relation`` and ``bound``: in the metric's unit, or, if ``is_relative``, in percent of
    change against the baseline's mean (10 with at most: no more than 10 % above it).
    """

    key: str
    direction: Direction
    role: MetricRole = MetricRole.OBJECTIVE
    weight: float = 1.0
    threshold: float | None = None
    relation: Relation = Relation.AT_MOST
    bound: float | None = None
    is_relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSpec:
    """All that the optimizer needs to know of an experiment besides its trials.

    Several objectives are traded off against each other (Pareto) unless ``is_weighted_sum``.
    ``baseline`` is the number of the trial that relative outcome constraints compare with.
    ``initialization_budget`` is the number of trials that explore before the model decides.
    """

    parameters: tuple[ParameterSpec, ...]
    metrics: tuple[MetricSpec, ...]
    constraints: tuple[ParameterConstraint, ...] = ()
    is_weighted_sum: bool = False
    baseline: int | None = None
    noise: ResultNoise = ResultNoise.NOISY
    generation_method: GenerationMethod = GenerationMethod.FAST
    initialization_budget: int = 5
    seed: int = 0

    @property
    def objectives(self) -> tuple[MetricSpec, ...]:
        """The metrics that are minimized or maximized."""
        return tuple(metric for metric in self.metrics if metric.role is MetricRole.OBJECTIVE)

    @property
    def outcome_constraints(self) -> tuple[MetricSpec, ...]:
        """The metrics that have to stay on one side of a bound."""
        return tuple(metric for metric in self.metrics if metric.role is MetricRole.CONSTRAINT)


@dataclass(frozen=True, slots=True)
class Result:
    """One metric's mean in its own unit, with the standard error of that mean if it is known.

    ``raw`` are the single measurements that both were made of, where they were entered.
    """

    mean: float
    sem: float | None = None
    raw: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRecord:
    """One metric's mean, with the standard error of that mean (``None``: not known)."""

    metric: str
    mean: float
    sem: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One trial as the optimizer sees it."""

    number: int
    status: TrialStatus
    parameters: Parameterization
    observations: tuple[ObservationRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the model expects of one metric: mean and standard deviation, in the metric's unit.

    ``sd`` is that of the metric itself; a single result scatters around it by ``noise``, another
    standard deviation (``None``: not known).
    """

    metric: str
    mean: float
    sd: float
    noise: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What could be said of a suggestion when it was made, in the light of the results so far.

    ``results`` counts the trials that had a result for each objective. ``best`` is the number of
    the best of them, or of the nearest of ``front`` Pareto points; ``best_means`` are its results
    by metric key, ``believed`` what the model took them for (noise makes some results look better
    than they are), and ``is_feasible`` tells whether they kept all outcome constraints.

    ``limits`` are the constraints that counted, by metric key. ``feasible`` is the chance to keep
    those of which the model had learnt, ``better`` that to be the new best, or a new Pareto point
    (either is ``None`` where there is no saying). ``gain`` is by how much the one objective, or the
    weighted sum, was expected to beat what was ``believed`` of the best (negative: to fall short of
    it), with the standard deviation ``spread``; ``is_expected_better`` tells whether the expected
    values alone would be better.

    ``elsewhere`` are the other experiments that the model had learnt from: the id of each, and how
    many of its trials.
    """

    results: int = 0
    best: int | None = None
    best_means: Mapping[str, float] = field(default_factory=dict)
    believed: Mapping[str, float] = field(default_factory=dict)
    is_feasible: bool = True
    front: int = 0
    limits: Mapping[str, tuple[Relation, float]] = field(default_factory=dict)
    feasible: float | None = None
    better: float | None = None
    gain: float | None = None
    spread: float | None = None
    is_expected_better: bool | None = None
    elsewhere: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Parameters that are worth trying next, how they came about, and what was known then."""

    parameters: Parameterization
    node: GenerationNode
    predictions: tuple[Prediction, ...] = ()
    acquisition_value: float | None = None
    outlook: Outlook | None = None
