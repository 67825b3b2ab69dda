"""What the web side and the optimizer share: enums and frozen dataclasses. No Django, no Ax.

Parameters and metrics are known by *keys* (``p12``, ``m3``) that AxDash makes up itself. The names
that people type never leave the rows: Ax would evaluate them as expressions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ParameterValue = float | int | str | bool
Parameterization = Mapping[str, ParameterValue]
"""Values by parameter key, one for each parameter of the search space."""


class ParameterKind(StrEnum):
    """How a parameter varies."""

    RANGE = "range"
    CHOICE = "choice"
    FIXED = "fixed"


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


class TrialStatus(StrEnum):
    """Where a trial stands. Failed parameters may be suggested again, abandoned ones never."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    EARLY_STOPPED = "early_stopped"


class GenerationMethod(StrEnum):
    """How suggestions are made; the names are Ax's."""

    FAST = "fast"
    QUALITY = "quality"
    RANDOM_SEARCH = "random_search"


class GenerationNode(StrEnum):
    """What made one suggestion."""

    CENTER = "center"
    SOBOL = "sobol"
    BOTORCH = "botorch"
    FALLBACK_SOBOL = "fallback_sobol"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec:
    """One parameter of a search space; which fields count depends on ``kind``.

    ``lower``, ``upper`` (both inclusive), ``log_scale`` and ``step`` belong to a range, ``values``
    and ``is_ordered`` to a choice, ``value`` to a fixed parameter. A step counts from ``lower``.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """One measured quantity, which is the objective."""

    key: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSpec:
    """All that the optimizer needs to know of an experiment besides its trials.

    ``initialization_budget`` is the number of trials that explore before the model decides.
    """

    parameters: tuple[ParameterSpec, ...]
    objective: MetricSpec
    generation_method: GenerationMethod = GenerationMethod.FAST
    initialization_budget: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """One metric's mean in its own unit, with the standard error of that mean if it is known."""

    mean: float
    sem: float | None = None


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
    """What the model expects of one metric: mean and standard deviation, in the metric's unit."""

    metric: str
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Parameters that are worth trying next, and how they came about."""

    parameters: Parameterization
    node: GenerationNode
    predictions: tuple[Prediction, ...] = ()
    acquisition_value: float | None = None
