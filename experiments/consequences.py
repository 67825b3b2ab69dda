"""What another definition means for the trials that there are, before it is saved. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from experiments.assignments import applies, assigned
from experiments.domain import WITH_RESULTS, ParameterKind, ParameterSpec, TrialStatus
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.outside import Space
from experiments.references import by_key


class Stored(NamedTuple):
    """One trial: its number, its status, and the values by key that are stored with it."""

    number: int
    status: str
    parameters: Mapping[str, Any]


class Beyond(NamedTuple):
    """A trial that lies outside the new search space, and why."""

    number: int
    reasons: list[str]


@dataclass(slots=True)
class Consequences:
    """What becomes of trials.

    ``outside`` are completed and ``running`` are running trials that lie outside the new space and
    lay inside the old one. ``incomplete`` are the numbers of the completed trials without a value
    for a parameter that now applies (those in ``lacking``).
    """

    outside: list[Beyond] = field(default_factory=list)
    running: list[Beyond] = field(default_factory=list)
    incomplete: list[int] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


def consequences(
    before: ExperimentDraft, after: ExperimentDraft, trials: Iterable[Stored]
) -> Consequences:
    """Compare trials with both search spaces; the values must be of the types declared in both."""
    old, new = _affected(before, after)
    if not new.parameters and not new.constraints:
        return Consequences()
    comparison = _Comparison(old, new)
    for trial in trials:
        if trial.status in (*WITH_RESULTS, TrialStatus.RUNNING):
            comparison.add(trial)
    return comparison.found


def changes_model(before: ExperimentDraft, after: ExperimentDraft) -> bool:
    """Tell whether the model would notice: names, units and the order of rows are nothing to it."""
    return _to_the_model(before) != _to_the_model(after)


class _Comparison:
    def __init__(self, old: ExperimentDraft, new: ExperimentDraft) -> None:
        self._old, self._new = Space(old), Space(new)
        self._specs = [parameter.spec for parameter in new.parameters]
        self._by_key = by_key(self._specs)
        self._known = {parameter.spec.key for parameter in old.parameters}
        self._names = {parameter.spec.key: parameter.name for parameter in new.parameters}
        self.found = Consequences()

    def add(self, trial: Stored) -> None:
        if lacking := self._lacking(trial.parameters):
            if trial.status in WITH_RESULTS:
                self.found.incomplete.append(trial.number)
            names = [self._names[key] for key in lacking]
            self.found.lacking += [name for name in names if name not in self.found.lacking]
            return
        reasons = self._new.reasons(trial.parameters)
        if reasons and not self._old.reasons(trial.parameters):
            is_running = trial.status == TrialStatus.RUNNING
            kind = self.found.running if is_running else self.found.outside
            kind.append(Beyond(trial.number, reasons))

    def _lacking(self, stored: Mapping[str, Any]) -> list[str]:
        """The parameters that apply to a trial, but that it has no value for."""
        if all(spec.key in stored for spec in self._specs):
            return []
        values = assigned(self._specs, stored)
        return [
            spec.key
            for spec in self._specs
            if spec.key not in values
            and spec.kind is not ParameterKind.DERIVED
            and applies(spec, self._by_key, values)
        ]


def _affected(
    before: ExperimentDraft, after: ExperimentDraft
) -> tuple[ExperimentDraft, ExperimentDraft]:
    """Keep what differs, with what it refers to: most edits touch little of a large space."""
    before, after = unpinned(before), unpinned(after)
    old = {parameter.spec.key: parameter.spec for parameter in before.parameters}
    constraints = tuple(c for c in after.constraints if c not in before.constraints)
    wanted = [p.spec.key for p in after.parameters if p.spec != old.get(p.spec.key)]
    wanted += [term.parameter for constraint in constraints for term in constraint.terms]
    specs = {parameter.spec.key: parameter.spec for parameter in after.parameters}
    kept: set[str] = set()
    while wanted:
        key = wanted.pop()
        if key not in kept and key in specs:
            kept.add(key)
            wanted += _references(specs[key])
            # Where another value decides whether they apply, those that depend on it count too.
            wanted += [s.key for s in specs.values() if key in _references(s)]
    return (
        replace(before, parameters=_of(before.parameters, kept), constraints=()),
        replace(after, parameters=_of(after.parameters, kept), constraints=constraints),
    )


def _references(spec: ParameterSpec) -> list[str]:
    condition = [spec.condition.parameter] if spec.condition else []
    return condition + [term.parameter for term in spec.terms]


def _of(parameters: Sequence[ParameterDraft], keys: set[str]) -> tuple[ParameterDraft, ...]:
    return tuple(parameter for parameter in parameters if parameter.spec.key in keys)


def unpinned(draft: ExperimentDraft) -> ExperimentDraft:
    """A retired parameter puts no earlier trial outside: the model learns from all its values."""
    return replace(
        draft,
        parameters=tuple(replace(p, spec=replace(p.spec, pinned=None)) for p in draft.parameters),
    )


def _to_the_model(draft: ExperimentDraft) -> tuple[Any, ...]:
    return (
        sorted((p.spec for p in draft.parameters), key=lambda spec: spec.key),
        sorted((m.spec for m in draft.metrics), key=lambda spec: spec.key),
        sorted(draft.constraints, key=repr),
        draft.is_weighted_sum,
        draft.baseline_trial,
        draft.baseline_values,
        draft.noise,
        draft.generation_method,
        draft.initialization_budget,
        draft.seed,
    )
