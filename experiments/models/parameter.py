"""What is varied."""

from typing import Any

from django.db import models

from experiments.assignments import cast
from experiments.domain import (
    Condition,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Term,
    ValueType,
)
from experiments.drafts import Notation, ParameterDraft
from experiments.models.experiment import Experiment


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
    terms = models.JSONField(default=list, blank=True, help_text="Pairs of key and coefficient.")
    intercept = models.FloatField(default=0.0)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="dependents"
    )
    parent_values = models.JSONField(default=list, blank=True)
    pinned = models.JSONField(null=True, blank=True)
    backfill = models.JSONField(null=True, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    description = models.TextField(blank=True)
    digits = models.PositiveSmallIntegerField(null=True, blank=True)
    notation = models.CharField(
        max_length=10,
        choices=[(notation.value, notation.value) for notation in Notation],
        default=Notation.AUTO.value,
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "name"],
                name="parameter_name_once",
                deferrable=models.Deferrable.DEFERRED,  # Two may swap their names.
            ),
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
        return cast(value, ValueType(self.value_type))

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
            value=self._cast_or_none(self.value),
            terms=tuple(Term(key, float(coefficient)) for key, coefficient in self.terms),
            intercept=self.intercept,
            condition=self._condition,
            pinned=self._cast_or_none(self.pinned),
            backfill=self._cast_or_none(self.backfill),
        )

    @property
    def draft(self) -> ParameterDraft:
        """The parameter as it can be edited."""
        return ParameterDraft(
            name=self.name,
            spec=self.spec,
            unit=self.unit,
            description=self.description,
            digits=self.digits,
            notation=Notation(self.notation),
        )

    @property
    def _condition(self) -> Condition | None:
        """When the parameter applies; the values keep the JSON's type, which is the parent's."""
        if self.parent_id is None:
            return None
        return Condition(f"p{self.parent_id}", tuple(self.parent_values))

    def _cast_or_none(self, value: Any) -> ParameterValue | None:
        return None if value is None else self.cast(value)

    def _number(self, value: float | int | None) -> float | int | None:
        if value is None:
            return None
        return int(value) if self.value_type == ValueType.INT else float(value)
