"""What somebody wants to define, checked but not yet saved. No Django, no Ax."""

from dataclasses import dataclass

from experiments.domain import Direction, ParameterSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDraft:
    """A parameter's name and how it varies; the spec has no key yet (``key=""``)."""

    name: str
    spec: ParameterSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDraft:
    """A whole definition; ``objective`` is the metric's name."""

    name: str
    description: str
    objective: str
    direction: Direction
    trial_budget: int | None
    parameters: tuple[ParameterDraft, ...]
