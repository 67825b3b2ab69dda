"""Linear inequalities between parameters."""

from django.db import models

from experiments.domain import ParameterConstraint, Relation, Term
from experiments.models.experiment import Experiment


class Constraint(models.Model):
    """A parameter constraint; its fields are ``domain.ParameterConstraint``'s."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="constraints")
    position = models.PositiveSmallIntegerField()
    terms = models.JSONField(help_text="Pairs of parameter key and coefficient.")
    relation = models.CharField(
        max_length=10, choices=[(relation.value, relation.value) for relation in Relation]
    )
    bound = models.FloatField()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"Constraint {self.position + 1} of {self.experiment}"

    @property
    def spec(self) -> ParameterConstraint:
        """The constraint as the optimizer sees it."""
        return ParameterConstraint(
            terms=tuple(Term(key, float(coefficient)) for key, coefficient in self.terms),
            relation=Relation(self.relation),
            bound=self.bound,
        )
