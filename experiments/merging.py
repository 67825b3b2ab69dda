"""Two people changed one definition: a three-way merge by item and field. Pure.

What one side left as it was takes the other side's state. Where both changed the same field to
different values, mine stands and the clash is told. Taking a change back is the same merge: from
what it led to (base), to what there is now (mine) and to what there was before (theirs).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from typing import Any, TypeVar

from experiments.definition_words import (
    EXPERIMENT_FIELDS,
    METRIC_FIELDS,
    PARAMETER_FIELDS,
    Words,
    baseline_of,
    names_of,
    shape_in_words,
)
from experiments.differences import SHAPE
from experiments.domain import MetricSpec, ParameterConstraint, ParameterSpec
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft

Item = TypeVar("Item", ParameterDraft, MetricDraft)
Thing = TypeVar("Thing", bound=Hashable)
State = Mapping[str, Any]
"""The values of an item's fields, those of its spec included."""

_WHENEVER = ("condition", "pinned", "backfill")
"""The fields of a parameter's spec that do not say how it varies."""

IN_USE = "in use"
"""What becomes of an item that something else refers to."""

_LISTS = ("values", "tags")
"""Fields whose entries are merged one by one."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Both sides changed ``field`` (in words) of ``what`` to different values, written out."""

    what: str
    field: str
    base: str
    mine: str
    theirs: str
    _: KW_ONLY
    is_whole: bool = False
    """Whether it is about all of it: one side removed it, and the other one needs it."""

    @property
    def since(self) -> str:
        """What mine is by now, for somebody who wants back to theirs."""
        if self.is_whole:
            return f"{self.what} {'is' if self.mine == IN_USE else 'was'} {self.mine}"
        return " ".join(f"{self.what}: {self.field} {self.base} → {self.mine}".split())

    def __str__(self) -> str:
        if self.is_whole:
            return f"{self.what}: {self.mine} (meanwhile {self.theirs})"
        return " ".join(
            f"{self.what}: {self.field} {self.mine} (meanwhile {self.base} → {self.theirs})".split()
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged definition, and what had to be decided."""

    draft: ExperimentDraft
    clashes: tuple[Clash, ...]


def merge(base: ExperimentDraft, mine: ExperimentDraft, theirs: ExperimentDraft) -> Merged:
    """Merge what ``mine`` and ``theirs`` made of ``base``."""
    return _Merge(base, mine, theirs).run()


def merged_list(
    base: Sequence[Thing], mine: Sequence[Thing], theirs: Sequence[Thing]
) -> list[Thing]:
    """Merge lists: what one side added is in, what one side removed is out.

    The order is that of the side that changed it (mine, if both did); additions of the other side
    follow the entry that they follow there.
    """
    if list(mine) == list(base) or list(theirs) == list(base):
        return list(theirs if list(mine) == list(base) else mine)
    kept = set(mine) & set(theirs)
    added = (set(mine) | set(theirs)) - set(base)
    return _ordered(kept | added, base, mine, theirs)


def _ordered(
    members: set[Thing], base: Sequence[Thing], mine: Sequence[Thing], theirs: Sequence[Thing]
) -> list[Thing]:
    common = set(base) & set(mine) & set(theirs)
    if [e for e in mine if e in common] == [e for e in base if e in common]:
        first, second = theirs, mine
    else:
        first, second = mine, theirs
    result = [entry for entry in first if entry in members]
    placed = set(result)
    for place, entry in enumerate(second):
        if entry in members and entry not in placed:
            before = next((e for e in reversed(second[:place]) if e in placed), None)
            result.insert(0 if before is None else result.index(before) + 1, entry)
            placed.add(entry)
    return result


class _Merge:
    """One merge; collects the clashes on the way."""

    def __init__(
        self, base: ExperimentDraft, mine: ExperimentDraft, theirs: ExperimentDraft
    ) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.names = names_of(base, theirs, mine)
        self.clashes: list[Clash] = []

    def run(self) -> Merged:
        sides = (self.base, self.mine, self.theirs)
        metrics = self._items([s.metrics for s in sides], METRIC_FIELDS, "metric")
        constraints = merged_list(*(s.constraints for s in sides))
        parameters = self._items([s.parameters for s in sides], PARAMETER_FIELDS, "parameter")
        parameters = self._with_needed(parameters, constraints)
        return Merged(
            self._experiment(tuple(parameters), tuple(metrics), tuple(constraints)),
            tuple(self.clashes),
        )

    def _experiment(
        self,
        parameters: tuple[ParameterDraft, ...],
        metrics: tuple[MetricDraft, ...],
        constraints: tuple[ParameterConstraint, ...],
    ) -> ExperimentDraft:
        states = [_experiment_state(side) for side in (self.base, self.mine, self.theirs)]
        for side in states[1:]:
            if side["seed"] is None:  # It keeps what there was.
                side["seed"] = states[0]["seed"]
        merged = {
            field: self._field(EXPERIMENT_FIELDS[field][0], field, EXPERIMENT_FIELDS, *states)
            for field in states[0]
        }
        baseline = merged.pop("baseline")
        is_new = isinstance(baseline, dict)
        there = {parameter.spec.key for parameter in parameters}
        return ExperimentDraft(
            parameters=parameters,
            metrics=metrics,
            constraints=constraints,
            baseline_trial=None if is_new else baseline,
            baseline_values={k: v for k, v in baseline.items() if k in there} if is_new else None,
            **merged,
        )

    def _items(self, lists: Sequence[Sequence[Item]], words: Words, kind: str) -> list[Item]:
        """Merge items by key. One that was changed here and removed there stays if it was mine
        that changed it, and goes if it was theirs: a clash either way."""
        sides: list[dict[str, Item]] = [{item.spec.key: item for item in s} for s in lists]
        made: dict[str, Item] = {}
        for key in dict.fromkeys((*sides[1], *sides[2])):
            old, own, other = (side.get(key) for side in sides)
            if own is not None and other is not None:
                made[key] = self._item(old or other, own, other, words)
            elif own is not None and (old is None or old != own):
                made[key] = own
                if old is not None:
                    self._tell(own.name, kind, "changed", "removed")
            elif other is not None and old is None:
                made[key] = other
            elif other is not None and old != other:
                self._tell(other.name, kind, "removed", "changed")
        return [made[key] for key in _ordered(set(made), *(list(side) for side in sides))]

    def _tell(self, name: str, kind: str, mine: str, theirs: str) -> None:
        self.clashes.append(Clash(name, kind, "as it was", mine, theirs, is_whole=True))

    def _item(self, base: Item, mine: Item, theirs: Item, words: Words) -> Item:
        if mine in (base, theirs):
            return theirs
        if theirs == base:
            return mine
        states = [_state(item) for item in (base, mine, theirs)]
        merged: dict[str, Any] = {}
        units = [*_WHENEVER, *(f.name for f in fields(base) if f.name != "spec")]
        if _is_reshaped(*states):
            merged |= self._shape(mine.name, [item.spec for item in (base, mine, theirs)])
        else:
            units = list(states[0])
        for field in units:
            if field in states[0]:
                merged[field] = self._field(mine.name, field, words, *states)
        return _rebuilt(mine, merged)

    def _shape(self, name: str, specs: Sequence[Any]) -> dict[str, Any]:
        """Merge how a parameter varies as one whole: parts of two kinds make no third."""
        base, mine, theirs = (_shape_of(spec) for spec in specs)
        if mine not in (base, theirs) and theirs != base:
            self.clashes.append(
                Clash(name, "type", *(shape_in_words(spec, self.names) for spec in specs))
            )
        return theirs if mine == base else mine

    def _field(
        self, name: str, field: str, words: Words, base: State, mine: State, theirs: State
    ) -> Any:
        values = [side[field] for side in (base, mine, theirs)]
        if values[1] == values[0] or values[1] == values[2]:
            return values[2]
        if values[2] == values[0]:
            return values[1]
        if field in _LISTS:
            return tuple(merged_list(*values))
        label, write = words[field]
        texts = [write(value, self.names) for value in values]
        self.clashes.append(Clash(name, "" if label == name else label, *texts))
        return values[1]

    def _with_needed(
        self, parameters: list[ParameterDraft], constraints: Iterable[ParameterConstraint]
    ) -> list[ParameterDraft]:
        """Put back parameters that one side removed and the other side refers to."""
        known = {p.spec.key: p for p in (*self.theirs.parameters, *self.mine.parameters)}
        result = list(parameters)
        there = {parameter.spec.key for parameter in result}
        wanted = [key for c in constraints for key in _terms_of(c.terms)]
        wanted += [key for parameter in result for key in _references(parameter.spec)]
        while wanted:
            key = wanted.pop()
            if key in there or key not in known:
                continue
            there.add(key)
            result.append(known[key])
            wanted += _references(known[key].spec)
            is_mine = any(p.spec.key == key for p in self.mine.parameters)
            self._tell(
                known[key].name,
                "parameter",
                IN_USE if is_mine else "removed",
                "removed" if is_mine else IN_USE,
            )
        return result


def _references(spec: ParameterSpec) -> list[str]:
    condition = [spec.condition.parameter] if spec.condition else []
    return condition + _terms_of(spec.terms)


def _terms_of(terms: Iterable[Any]) -> list[str]:
    return [term.parameter for term in terms]


def _state(item: ParameterDraft | MetricDraft) -> dict[str, Any]:
    own = {f.name: getattr(item, f.name) for f in fields(item) if f.name != "spec"}
    spec: ParameterSpec | MetricSpec = item.spec
    return own | {f.name: getattr(spec, f.name) for f in fields(spec) if f.name != "key"}


def _experiment_state(draft: ExperimentDraft) -> dict[str, Any]:
    plain = {field: getattr(draft, field) for field in EXPERIMENT_FIELDS if field != "baseline"}
    return plain | {"baseline": baseline_of(draft)}


def _shape_of(spec: ParameterSpec) -> dict[str, Any]:
    names = [f.name for f in fields(spec) if f.name not in ("key", *_WHENEVER)]
    return {name: getattr(spec, name) for name in names}


def _is_reshaped(base: State, *others: State) -> bool:
    is_parameter = all(field in base for field in SHAPE)
    return is_parameter and any(side[field] != base[field] for side in others for field in SHAPE)


def _rebuilt(item: Item, state: State) -> Item:
    """Return the item with other values in its fields, and in those of its spec."""
    names = {f.name for f in fields(item.spec)}
    spec: Any = replace(item.spec, **{k: v for k, v in state.items() if k in names})
    return replace(item, spec=spec, **{k: v for k, v in state.items() if k not in names})
