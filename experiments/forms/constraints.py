"""The rows in which people say what must hold between parameters."""

from collections.abc import Mapping
from typing import ClassVar

from experiments.domain import ParameterConstraint, Relation, Term
from experiments.forms.linear import LinearRow, References
from experiments.forms.rows import Field
from experiments.forms.typed import TypedRow

ORDER, SUM, LINEAR = "order", "sum", "linear"
RELATIONS = ((Relation.AT_MOST.value, "≤"), (Relation.AT_LEAST.value, "≥"))
TWO = 2


class ConstraintRow(LinearRow):
    """One linear inequality.

    An order has two terms without factors and no bound, a sum terms without factors; only the
    linear shape shows all.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "key": Field(label="", control="hidden"),
        "shape": Field(label="", control="hidden", initial=LINEAR),
        "relation": Field(
            label="Relation", control="select", options=RELATIONS, initial=Relation.AT_MOST.value
        ),
        "bound": Field(label="Bound", inputmode="decimal"),
    }

    def __init__(self, typed: TypedRow, *, number: int) -> None:
        super().__init__(typed, prefix=f"c{number}-", number=number)
        self.draft: ParameterConstraint | None = None

    @property
    def layout(self) -> str:
        """Which of its parts are shown: ``order``, ``sum`` or ``linear``."""
        shape = self.text("shape")
        is_order = shape == ORDER and len(self.terms) == TWO
        return shape if is_order or shape == SUM else LINEAR

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row does not count."""
        return not self.text("bound") and all(
            not term.text("parameter") and not term.text("name") for term in self.terms
        )

    def field_of(self, field: str) -> str:
        """Return the field of this row that shows what the rules call ``field``."""
        return field if field in self.FIELDS else "terms"

    def read(self, references: References) -> None:
        """Read the row; wrong fields get their errors."""
        terms = self.read_terms(references)
        relation = self.chosen("relation")
        bound = 0.0 if self.layout == ORDER else self.float_of("bound")
        if bound is None:
            self.add_error("bound", "Enter a number.")
        if self.layout == ORDER and len(terms) < TWO and not self.has_wrong_terms:
            self.add_error("terms", "Choose both parameters.")
        if self.errors or self.has_wrong_terms or bound is None:
            return
        self.draft = ParameterConstraint(
            terms=self._with_factors(terms), relation=Relation(relation), bound=bound
        )

    def _with_factors(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        if self.layout == ORDER:
            return Term(terms[0].parameter, 1.0), Term(terms[1].parameter, -1.0)
        if self.layout == SUM:
            return tuple(Term(term.parameter, 1.0) for term in terms)
        return terms


def shape_of(constraint: ParameterConstraint) -> str:
    """Return the simplest shape that says all of a constraint."""
    factors = [term.coefficient for term in constraint.terms]
    if factors == [1.0, -1.0] and constraint.bound == 0:
        return ORDER
    return SUM if len(factors) > 1 and set(factors) == {1.0} else LINEAR
