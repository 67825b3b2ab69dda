"""Trials and what was observed in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from experiments.assignments import assigned
from experiments.domain import ObservationRecord, ParameterValue, TrialRecord, TrialStatus
from experiments.models.experiment import Experiment
from experiments.models.metric import Metric

if TYPE_CHECKING:
    from experiments.domain import ParameterSpec
    from experiments.models.parameter import Parameter


LONGEST_NOTES = 20_000
MOST_LINKS = 20


class TrialOrigin(models.TextChoices):
    """Where a trial's parameters come from."""

    SUGGESTED = "suggested", "suggested"
    BASELINE = "baseline", "baseline"
    IMPORTED = "imported", "imported"
    COPIED = "copied", "copied"
    OWN = "own", "added by hand"
    REPEATED = "repeated", "repeated"


class TrialQuerySet(models.QuerySet["Trial"]):
    """Trials, filtered."""

    def present(self) -> "TrialQuerySet":
        """Keep those that are not deleted."""
        return self.filter(deleted_at=None)

    def running(self) -> "TrialQuerySet":
        """Keep those that somebody is running, oldest first."""
        return self.filter(status=TrialStatus.RUNNING).order_by("number")


class PresentTrials(models.Manager.from_queryset(TrialQuerySet)):  # type: ignore[misc]
    """Trials but for the deleted ones, which ``everything`` still has."""

    def get_queryset(self) -> TrialQuerySet:
        """Return the trials that are not deleted."""
        return super().get_queryset().present()


class Trial(models.Model):
    """One set of parameters that somebody runs. ``parameters`` holds values by parameter key.

    They are the values that were used; where others had been asked for, those are kept as
    ``requested``. A deleted trial stays as a row, so that the history can bring it back.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=15,
        choices=[(status.value, status.value.replace("_", " ")) for status in TrialStatus],
        default=TrialStatus.RUNNING.value,
    )
    parameters = models.JSONField()
    requested = models.JSONField(
        null=True, help_text="The parameters that were asked for, where others were used."
    )
    origin = models.CharField(max_length=10, choices=TrialOrigin, default=TrialOrigin.SUGGESTED)
    source = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="copies",
        help_text="The trial of another experiment that it is a copy of.",
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed or was left.")
    is_avoided = models.BooleanField(
        default=False, help_text="It failed, and these parameters are never to be suggested again."
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    notes = models.TextField(blank=True, help_text="Markdown.")
    links = models.JSONField(default=list, help_text="Lists of two: an address, and its label.")
    created_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    creation_key = models.UUIDField(
        null=True, unique=True, help_text="Of the act that added it: sent twice, it adds one."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    deleted_at = models.DateTimeField(null=True, blank=True)
    told_taken_by = models.CharField(
        max_length=150, blank=True, help_text="Who took it, as a restored file says."
    )
    told_finished_by = models.CharField(
        max_length=150, blank=True, help_text="Who ended it, as a restored file says."
    )
    told_source = models.JSONField(
        default=dict, help_text="Experiment and number that a file says it is a copy of."
    )

    objects = PresentTrials()
    everything = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="trial_number_once"),
        ]
        indexes = [
            models.Index(fields=["experiment", "status", "-finished_at"], name="trial_by_status"),
        ]

    def __str__(self) -> str:
        return f"Trial {self.number}"

    @property
    def is_running(self) -> bool:
        """Whether the trial waits for its result."""
        return self.status == TrialStatus.RUNNING

    def values_of(self, parameters: "Sequence[Parameter]") -> dict[str, ParameterValue]:
        """Return the values by key of all ``parameters`` (a whole search space) that apply."""
        return assigned([parameter.spec for parameter in parameters], self.parameters)

    def named_parameters(self, parameters: "Sequence[Parameter]") -> dict[str, ParameterValue]:
        """Return the values by the parameters' names, in the search space's order."""
        values = self.values_of(parameters)
        return {p.name: values[p.key] for p in parameters if p.key in values}

    def record(self, specs: "Sequence[ParameterSpec]") -> TrialRecord:
        """Return the trial as the optimizer sees it (``observations`` should be prefetched)."""
        return TrialRecord(
            number=self.number,
            status=TrialStatus.ABANDONED if self.is_avoided else TrialStatus(self.status),
            parameters=assigned(specs, self.parameters),
            observations=tuple(
                ObservationRecord(metric=f"m{o.metric_id}", mean=o.mean, sem=o.sem)
                for o in self.observations.all()
                if o.step is None
            ),
        )


class Observation(models.Model):
    """One metric's mean in one trial, with its standard error and, for a curve, its step."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="observations")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="observations")
    mean = models.FloatField()
    sem = models.FloatField(null=True, blank=True)
    step = models.FloatField(null=True, blank=True)
    raw = models.JSONField(
        null=True, help_text="The single measurements that mean and standard error were made of."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "metric"],
                condition=models.Q(step__isnull=True),
                name="observation_once",
            ),
            models.UniqueConstraint(
                fields=["trial", "metric", "step"],
                condition=models.Q(step__isnull=False),
                name="observation_step_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial}: {self.mean}"


class TrialFile(models.Model):
    """A small file that belongs to a trial: an image, a log. One that was removed stays as a row.

    It is kept in the database, so that one backup holds everything.
    """

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    content = models.BinaryField()
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    told_by = models.CharField(
        max_length=150, blank=True, help_text="Who added it, as a restored file says."
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
