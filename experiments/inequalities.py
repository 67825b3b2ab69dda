"""The arithmetic of linear inequalities between parameters. Pure."""

from collections.abc import Mapping, Sequence

from experiments.domain import (
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    Term,
)

SLACK = 1e-9
"""By how much a sum may miss its bound, relative to its largest part: decimals are rounded."""


def holds(constraint: ParameterConstraint, values: Mapping[str, ParameterValue]) -> bool:
    """Tell whether values by key satisfy a constraint; one without all its numbers does not bind.

    Derived parameters count by their own value.
    """
    parts = []
    for term in constraint.terms:
        value = values.get(term.parameter)
        if value is None or isinstance(value, bool | str):
            return True
        parts.append(term.coefficient * value)
    slack = SLACK * max([abs(constraint.bound), *map(abs, parts)])
    if constraint.relation is Relation.AT_MOST:
        return sum(parts) <= constraint.bound + slack
    return sum(parts) >= constraint.bound - slack


def substituted(
    terms: Sequence[Term], specs: Mapping[str, ParameterSpec]
) -> tuple[dict[str, float], float]:
    """Return coefficients by key, and a constant: derived, fixed and retired parameters put in.

    What cancels out is left out.
    """
    coefficients: dict[str, float] = {}
    constant = 0.0
    for term in terms:
        spec = specs[term.parameter]
        if spec.kind is ParameterKind.DERIVED:
            inner, offset = substituted(spec.terms, specs)
            constant += term.coefficient * (spec.intercept + offset)
            for key, coefficient in inner.items():
                total = coefficients.get(key, 0.0) + term.coefficient * coefficient
                coefficients[key] = total
        elif (known := _constant(spec)) is not None:
            constant += term.coefficient * known
        else:
            coefficients[spec.key] = coefficients.get(spec.key, 0.0) + term.coefficient
    return {key: c for key, c in coefficients.items() if c != 0}, constant


def _constant(spec: ParameterSpec) -> float | None:
    value = spec.value if spec.kind is ParameterKind.FIXED else spec.pinned
    return None if value is None or isinstance(value, str) else float(value)
