"""Parameter constraints as inequalities between the parameters that vary."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain import (
    ExperimentSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
)


@dataclass(frozen=True)
class Inequality:
    """A weighted sum of parameters, at most ``bound``.

    Derived parameters are written out. It says nothing wherever one of the parameters that it
    ``needs`` does not apply.
    """

    weights: Mapping[str, float]
    bound: float
    needs: frozenset[str]

    def applies(self, values: Mapping[str, ParameterValue]) -> bool:
        """Tell whether all the parameters that it is about have a value."""
        return self.needs <= values.keys()

    def given(self, constants: Mapping[str, float]) -> "Inequality":
        """Return what it says about the other parameters where some have known values."""
        known = sum(self.weights[key] * constants[key] for key in self.weights if key in constants)
        weights = {key: weight for key, weight in self.weights.items() if key not in constants}
        return Inequality(weights, self.bound - known, self.needs)


def inequalities(spec: ExperimentSpec) -> tuple[Inequality, ...]:
    """Write out the constraints of an experiment.

    Raises ``ValueError`` for a constraint on a parameter that does not exist or has no numbers.
    """
    by_key = {parameter.key: parameter for parameter in spec.parameters}
    return tuple(_inequality(constraint, by_key) for constraint in spec.constraints)


def _inequality(constraint: ParameterConstraint, by_key: Mapping[str, ParameterSpec]) -> Inequality:
    sign = 1.0 if constraint.relation is Relation.AT_MOST else -1.0
    weights: dict[str, float] = {}
    needs: set[str] = set()
    bound = sign * constraint.bound
    for term in constraint.terms:
        bound -= _add(term.parameter, sign * term.coefficient, by_key, weights, needs)
    return Inequality(
        {key: weight for key, weight in weights.items() if weight}, bound, frozenset(needs)
    )


def _add(
    key: str,
    factor: float,
    by_key: Mapping[str, ParameterSpec],
    weights: dict[str, float],
    needs: set[str],
    within: tuple[str, ...] = (),
) -> float:
    """Add a multiple of a parameter to ``weights``; return the constant that it brings along."""
    parameter = by_key.get(key)
    if parameter is None or key in within:
        raise ValueError(f"A constraint on {key!r} makes no sense.")
    needs.add(key)
    if parameter.kind is not ParameterKind.DERIVED:
        weights[key] = weights.get(key, 0.0) + factor
        return 0.0
    constant = factor * parameter.intercept
    for term in parameter.terms:
        constant += _add(
            term.parameter, factor * term.coefficient, by_key, weights, needs, (*within, key)
        )
    return constant
