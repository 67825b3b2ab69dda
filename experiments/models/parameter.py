"""What is varied."""

from typing import Any

from django.db import models

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.models.experiment import Experiment

_CASTS = {ValueType.FLOAT: float, ValueType.INT: int, ValueType.TEXT: str, ValueType.BOOL: bool}


class Parameter(models.Model):
    """One parameter of an experiment's search space; its fields are ``domain.ParameterSpec``'s."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="parameters")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=10, choices=[(kind.value, kind.value) for kind in ParameterKind]
    )
    value_type = models.CharField(
        max_length=10, choices=[(type_.value, type_.value) for type_ in ValueType]
    )
    lower = models.JSONField(null=True, blank=True)
    upper = models.JSONField(null=True, blank=True)
    log_scale = models.BooleanField(default=False)
    step = models.JSONField(null=True, blank=True)
    values = models.JSONField(default=list, blank=True)
    is_ordered = models.BooleanField(default=False)
    value = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "name"], name="parameter_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The only name by which the optimizer knows the parameter; also its key in trials."""
        return f"p{self.pk}"

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers, which tables align to the right."""
        return self.value_type in (ValueType.FLOAT, ValueType.INT)

    def cast(self, value: Any) -> ParameterValue:
        """Give a stored value its declared type: JSON columns may turn 1e22 into an integer."""
        return _CASTS[ValueType(self.value_type)](value)

    @property
    def spec(self) -> ParameterSpec:
        """The parameter as the optimizer sees it."""
        return ParameterSpec(
            key=self.key,
            kind=ParameterKind(self.kind),
            value_type=ValueType(self.value_type),
            lower=self._number(self.lower),
            upper=self._number(self.upper),
            log_scale=self.log_scale,
            step=self._number(self.step),
            values=tuple(self.cast(value) for value in self.values),
            is_ordered=self.is_ordered,
            value=None if self.value is None else self.cast(self.value),
        )

    def _number(self, value: float | int | None) -> float | int | None:
        if value is None:
            return None
        return int(value) if self.value_type == ValueType.INT else float(value)
