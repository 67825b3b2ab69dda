"""Linear expressions and constraints as people write them: “a + 2·b ≤ 1”. Pure."""

from collections.abc import Mapping, Sequence

from experiments.domain import ParameterConstraint, Relation, Term
from experiments.search_space import in_words

_SIGNS = {Relation.AT_MOST: "≤", Relation.AT_LEAST: "≥"}
_REMOVED = "(removed)"


def constraint_in_words(constraint: ParameterConstraint, names: Mapping[str, str]) -> str:
    """Write a constraint with the parameters' names (by key): “warmup ≤ steps”."""
    if order := _order_in_words(constraint, names):
        return order
    sign = _SIGNS[constraint.relation]
    return f"{terms_in_words(constraint.terms, names)} {sign} {number_in_words(constraint.bound)}"


def terms_in_words(
    terms: Sequence[Term], names: Mapping[str, str], intercept: float | None = None
) -> str:
    """Write a sum with the parameters' names (by key), and a constant at its end if not 0."""
    text = ""
    for term in terms:
        size = abs(term.coefficient)
        name = names.get(term.parameter, _REMOVED)
        factor = "" if size == 1 else f"{number_in_words(size)}·"
        text += _sign(term.coefficient, is_first=not text) + factor + name
    if intercept or not text:
        size = abs(intercept or 0)
        text += _sign(intercept or 0, is_first=not text) + number_in_words(size)
    return text


def number_in_words(number: float) -> str:
    """Write a number shortly, with a real minus sign."""
    return in_words(float(number)).replace("-", "−") if number else "0"


def _sign(number: float, *, is_first: bool) -> str:
    if is_first:
        return "−" if number < 0 else ""
    return " − " if number < 0 else " + "


def _order_in_words(constraint: ParameterConstraint, names: Mapping[str, str]) -> str:
    """Write a constraint that only says which of two parameters is larger; “” for others."""
    if constraint.bound != 0 or len(constraint.terms) != 2:
        return ""
    first, second = constraint.terms
    if first.coefficient != -second.coefficient:
        return ""
    sign = constraint.relation
    if abs(first.coefficient) != 1:
        return ""
    if first.coefficient < 0:
        first, second = second, first
    left, right = names.get(first.parameter, _REMOVED), names.get(second.parameter, _REMOVED)
    return f"{left} {_SIGNS[sign]} {right}"
