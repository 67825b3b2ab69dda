"""What is measured."""

from django.db import models

from experiments.domain import Direction, MetricSpec
from experiments.models.experiment import Experiment


class Metric(models.Model):
    """One measured quantity of an experiment; its objective."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    name = models.CharField(max_length=100)
    direction = models.CharField(
        max_length=10, choices=[(direction.value, direction.value) for direction in Direction]
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "name"], name="metric_name_once"),
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
    def spec(self) -> MetricSpec:
        """The metric as the optimizer sees it."""
        return MetricSpec(key=self.key, direction=Direction(self.direction))
