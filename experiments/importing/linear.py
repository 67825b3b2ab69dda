"""Linear expressions as people write them: ``x1 + 2*x2 <= 3``. Read token by token, never run."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.domain import Relation

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d](?:\w|\.(?=\w))*)"
    r"|(?P<sign>[-+])"
    r"|(?P<times>\*(?!\*))"
    r"|(?P<relation><=|>=|≤|≥)"
    r"|(?P<comma>,)"
    r")"
)
_RELATIONS = {
    "<=": Relation.AT_MOST,
    "≤": Relation.AT_MOST,
    ">=": Relation.AT_LEAST,
    "≥": Relation.AT_LEAST,
}
_LONGEST = 20_000

Tokens = list[tuple[str, str]]


class NotLinear(ValueError):
    """The text is no linear expression of the form that is asked for."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Coefficients by name, in order of appearance, and a constant."""

    terms: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Inequality:
    """What has to be at most or at least what."""

    left: Sum
    relation: Relation
    right: Sum

    @property
    def gathered(self) -> tuple[dict[str, float], float]:
        """All terms on the left, and the bound on the right."""
        terms = dict(self.left.terms)
        for name, coefficient in self.right.terms.items():
            terms[name] = terms.get(name, 0.0) - coefficient
        bound = self.right.constant - self.left.constant
        return {name: c for name, c in terms.items() if c != 0}, bound


def parse_sum(text: str) -> Sum:
    """Read a sum such as ``1 - x1 - 2*x2``."""
    return _sum(_tokens(text))


def parse_sums(text: str) -> list[Sum]:
    """Read sums that commas separate, such as ``-cost, utility``."""
    return [_sum(tokens) for tokens in _split(_tokens(text), "comma")]


def parse_inequality(text: str) -> Inequality:
    """Read an inequality such as ``x1 + x2 <= 2.0``."""
    tokens = _tokens(text)
    sides = _split(tokens, "relation")
    if len(sides) != 2:
        raise NotLinear
    relation = next(written for kind, written in tokens if kind == "relation")
    return Inequality(_sum(sides[0]), _RELATIONS[relation], _sum(sides[1]))


def _tokens(text: str) -> Tokens:
    if len(text) > _LONGEST:
        raise NotLinear
    tokens, place, text = [], 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotLinear
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


def _split(tokens: Tokens, kind: str) -> list[Tokens]:
    parts: list[Tokens] = [[]]
    for token in tokens:
        if token[0] == kind:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _sum(tokens: Tokens) -> Sum:
    """Add up products, each with the signs before it."""
    terms: dict[str, float] = {}
    constant, place = 0.0, 0
    while place < len(tokens):
        sign, has_sign = 1.0, False
        while place < len(tokens) and tokens[place][0] == "sign":
            sign = -sign if tokens[place][1] == "-" else sign
            place, has_sign = place + 1, True
        if not has_sign and place > 0:
            raise NotLinear  # Two products with nothing between them.
        factor, name, place = _product(tokens, place)
        if name is None:
            constant += sign * factor
        else:
            terms[name] = terms.get(name, 0.0) + sign * factor
    if not tokens or not all(map(math.isfinite, [constant, *terms.values()])):
        raise NotLinear
    return Sum(terms, constant)


def _product(tokens: Tokens, place: int) -> tuple[float, str | None, int]:
    """Read numbers and at most one name with ``*`` between them; return also where it ends."""
    factor, name = 1.0, None
    while place < len(tokens):
        kind, written = tokens[place]
        if kind == "number":
            factor *= float(written)
        elif kind == "name" and name is None:
            name = written
        else:
            raise NotLinear
        place += 1
        if place == len(tokens) or tokens[place][0] != "times":
            return factor, name, place
        place += 1
    raise NotLinear
