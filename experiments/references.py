"""How the parameters of a definition refer to each other: who depends on whom. Pure."""

from collections.abc import Mapping, Sequence

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.search_space import varies

NUMBERS = (ValueType.FLOAT, ValueType.INT)


def same(value: object, other: object) -> bool:
    """Compare two values without taking yes for 1."""
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def by_key(specs: Sequence[ParameterSpec]) -> dict[str, ParameterSpec]:
    """Return the parameters by key; of several with one key the first."""
    found: dict[str, ParameterSpec] = {}
    for spec in specs:
        found.setdefault(spec.key, spec)
    return found


def offered(spec: ParameterSpec) -> tuple[ParameterValue, ...]:
    """Return the values that suggestions can have for a parameter that has a list of them."""
    if spec.pinned is not None:
        return (spec.pinned,)
    if spec.kind is ParameterKind.CHOICE:
        return spec.values
    return () if spec.value is None else (spec.value,)


def circle(spec: ParameterSpec, specs: Mapping[str, ParameterSpec]) -> list[str]:
    """Return the keys along which a parameter depends on itself, it first; empty if on none."""
    path = [spec.key]
    while spec.condition is not None:
        parent = specs.get(spec.condition.parameter)
        if parent is None:
            return []
        if parent.key in path:
            return path if parent.key == path[0] else []
        path.append(parent.key)
        spec = parent
    return []


def can_apply(spec: ParameterSpec, specs: Mapping[str, ParameterSpec]) -> bool:
    """Tell whether any suggestion can have a value for a parameter."""
    seen = {spec.key}
    while spec.condition is not None:
        parent = specs.get(spec.condition.parameter)
        if parent is None or parent.key in seen:
            return False
        if not any(same(v, w) for v in offered(parent) for w in spec.condition.values):
            return False
        seen.add(parent.key)
        spec = parent
    return True


def anything_varies(specs: Sequence[ParameterSpec]) -> bool:
    """Tell whether two suggestions can differ at all."""
    found = by_key(specs)
    return any(varies(spec) and can_apply(spec, found) for spec in specs)
