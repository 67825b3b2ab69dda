"""What somebody wants to define, checked but not yet saved. No Django, no Ax.

Parameters and metrics refer to each other by their keys. Those that exist already have the key of
their row (``p12``, ``m3``); new ones have any other key of their own (``n1``), or a blank one if
nothing refers to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from experiments.domain import (
    Condition,
    ExperimentSpec,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterSpec,
    ParameterValue,
    Result,
    ResultNoise,
    Term,
    TrialStatus,
)


class Notation(StrEnum):
    """How a parameter's numbers are written."""

    AUTO = "auto"
    PLAIN = "plain"
    SCIENTIFIC = "scientific"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDraft:
    """A parameter: its name, how it varies, and how it is shown.

    ``digits`` is the number of significant digits (``None``: four).
    """

    name: str
    spec: ParameterSpec
    unit: str = ""
    description: str = ""
    digits: int | None = None
    notation: Notation = Notation.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDraft:
    """A metric: its name, what it is measured for, and the value that would be good enough."""

    name: str
    spec: MetricSpec
    unit: str = ""
    description: str = ""
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDraft:
    """A whole definition.

    ``seed`` is drawn if ``None``. The baseline is the number of an existing trial, or values by
    parameter key from which a trial is to be made, or neither.
    """

    name: str
    description: str = ""
    parameters: tuple[ParameterDraft, ...]
    metrics: tuple[MetricDraft, ...]
    constraints: tuple[ParameterConstraint, ...] = ()
    is_weighted_sum: bool = False
    baseline_trial: int | None = None
    baseline_values: Mapping[str, ParameterValue] | None = None
    noise: ResultNoise = ResultNoise.NOISY
    trial_budget: int | None = None
    wanted_parallelism: int = 3
    generation_method: GenerationMethod = GenerationMethod.FAST
    initialization_budget: int = 5
    seed: int | None = None
    tags: tuple[str, ...] = ()

    @property
    def objectives(self) -> tuple[MetricDraft, ...]:
        """The metrics that are minimized or maximized."""
        return tuple(m for m in self.metrics if m.spec.role is MetricRole.OBJECTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialDraft:
    """A trial that was run elsewhere: values and results by the keys of the draft.

    ``source`` is the id of the trial of another experiment that it is a copy of.
    """

    parameters: Mapping[str, ParameterValue]
    results: Mapping[str, Result] = field(default_factory=dict)
    status: TrialStatus = TrialStatus.COMPLETED
    reason: str = ""
    source: int | None = None


def spec_of(draft: ExperimentDraft) -> ExperimentSpec:
    """Return a definition as the optimizer sees it, with keys ``p1``, ``p2`` … and ``m1`` …

    Only for definitions whose keys differ from each other and whose references are whole. The
    baseline is left out.
    """
    keys = {p.spec.key: f"p{place}" for place, p in enumerate(draft.parameters, start=1)}
    return ExperimentSpec(
        parameters=tuple(_renamed(parameter.spec, keys) for parameter in draft.parameters),
        metrics=tuple(
            replace(metric.spec, key=f"m{place}")
            for place, metric in enumerate(draft.metrics, start=1)
        ),
        constraints=tuple(
            replace(constraint, terms=_renamed_terms(constraint.terms, keys))
            for constraint in draft.constraints
        ),
        is_weighted_sum=draft.is_weighted_sum,
        noise=draft.noise,
        generation_method=draft.generation_method,
        initialization_budget=draft.initialization_budget,
        seed=draft.seed or 0,
    )


def _renamed(spec: ParameterSpec, keys: Mapping[str, str]) -> ParameterSpec:
    condition = spec.condition
    if condition is not None:
        condition = Condition(keys[condition.parameter], condition.values)
    terms = _renamed_terms(spec.terms, keys)
    return replace(spec, key=keys[spec.key], terms=terms, condition=condition)


def _renamed_terms(terms: Sequence[Term], keys: Mapping[str, str]) -> tuple[Term, ...]:
    return tuple(Term(keys[term.parameter], term.coefficient) for term in terms)
