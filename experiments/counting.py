"""How many dimensions and combinations a search space has, dependent parameters included. Pure."""

import math
from collections.abc import Mapping, Sequence

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue
from experiments.references import by_key, can_apply, circle, offered
from experiments.search_space import cardinality, varies

_Children = Mapping[str, Sequence[ParameterSpec]]


def dimensions(specs: Sequence[ParameterSpec]) -> list[ParameterSpec]:
    """Return the parameters that vary in some suggestions."""
    found = by_key(specs)
    return [spec for spec in specs if varies(spec) and can_apply(spec, found)]


def combinations(specs: Sequence[ParameterSpec]) -> int | None:
    """Count what can be tried, constraints aside; ``None`` if a continuum is among it."""
    found = by_key(specs)
    children: dict[str, list[ParameterSpec]] = {}
    for spec in specs:
        if spec.condition is not None and not circle(spec, found):
            children.setdefault(spec.condition.parameter, []).append(spec)
    return _product([_count(s, children) for s in specs if s.condition is None])


def _count(spec: ParameterSpec, children: _Children) -> int | None:
    dependents = children.get(spec.key, ()) if spec.kind is not ParameterKind.DERIVED else ()
    own = cardinality(spec)
    if not dependents or own is None:
        return own
    total = 0
    counts = [(_values(d), _count(d, children)) for d in dependents]
    for value in offered(spec):
        branch = _product([count for values, count in counts if _typed(value) in values])
        if branch is None:
            return None
        total += branch
    return total


def _values(spec: ParameterSpec) -> frozenset[tuple[bool, ParameterValue]]:
    assert spec.condition is not None
    return frozenset(map(_typed, spec.condition.values))


def _typed(value: ParameterValue) -> tuple[bool, ParameterValue]:
    """Yes and 1 are equal in Python; here they are not."""
    return isinstance(value, bool), value


def _product(counts: Sequence[int | None]) -> int | None:
    finite = [count for count in counts if count is not None]
    return math.prod(finite) if len(finite) == len(counts) else None
