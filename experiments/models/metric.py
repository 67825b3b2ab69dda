"""What is measured."""

from django.db import models

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.drafts import MetricDraft
from experiments.models.experiment import Experiment


class Metric(models.Model):
    """One measured quantity of an experiment; its fields are ``domain.MetricSpec``'s."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    name = models.CharField(max_length=100)
    direction = models.CharField(
        max_length=10, choices=[(direction.value, direction.value) for direction in Direction]
    )

    position = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(
        max_length=10,
        choices=[(role.value, role.value) for role in MetricRole],
        default=MetricRole.OBJECTIVE.value,
    )
    weight = models.FloatField(default=1.0)
    threshold = models.FloatField(null=True, blank=True)
    relation = models.CharField(
        max_length=10,
        choices=[(relation.value, relation.value) for relation in Relation],
        default=Relation.AT_MOST.value,
    )
    bound = models.FloatField(null=True, blank=True)
    is_relative = models.BooleanField(default=False)
    unit = models.CharField(max_length=30, blank=True)
    description = models.TextField(blank=True)
    target = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "name"],
                name="metric_name_once",
                deferrable=models.Deferrable.DEFERRED,  # Two may swap their names.
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The only name by which the optimizer knows the metric."""
        return f"m{self.pk}"

    @property
    def is_minimized(self) -> bool:
        """Whether smaller is better."""
        return self.direction == Direction.MINIMIZE

    @property
    def is_objective(self) -> bool:
        """Whether it is minimized or maximized."""
        return self.role == MetricRole.OBJECTIVE

    @property
    def spec(self) -> MetricSpec:
        """The metric as the optimizer sees it."""
        return MetricSpec(
            key=self.key,
            direction=Direction(self.direction),
            role=MetricRole(self.role),
            weight=self.weight,
            threshold=self.threshold,
            relation=Relation(self.relation),
            bound=self.bound,
            is_relative=self.is_relative,
        )

    @property
    def draft(self) -> MetricDraft:
        """The metric as it can be edited."""
        return MetricDraft(
            name=self.name,
            spec=self.spec,
            unit=self.unit,
            description=self.description,
            target=self.target,
        )
