"""What a team decides: the trial that it chooses, and what it concludes."""

from django.conf import settings
from django.db import models

from experiments.models.experiment import Experiment
from experiments.models.trial import Trial


class TeamChoice(models.Model):
    """The trial that the team chose, and why; at most one an experiment.

    ``revision`` is that of the change that made it: two people who choose at once are told.
    """

    experiment = models.OneToOneField(Experiment, on_delete=models.CASCADE, related_name="choice")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    told_by = models.CharField(
        max_length=150, blank=True, help_text="Who chose it, as a restored file says."
    )
    chosen_at = models.DateTimeField()
    revision = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Trial {self.trial.number} of {self.experiment}"


class Conclusion(models.Model):
    """What an experiment came to, frozen: ``document`` is all that its page shows.

    It tells of the rows as they were at ``revision``; no later change alters it. ``number`` counts
    an experiment's conclusions from 1. ``key`` came with the form, so that a double click concludes
    once. A withdrawn one can be restored.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="conclusions")
    number = models.PositiveIntegerField()
    key = models.UUIDField()
    revision = models.PositiveIntegerField()
    document = models.JSONField()
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    told_by = models.CharField(
        max_length=150, blank=True, help_text="Who concluded it, as a restored file says."
    )
    concluded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    told_withdrawn_by = models.CharField(
        max_length=150, blank=True, help_text="Who withdrew it, as a restored file says."
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="conclusion_number_once"),
            models.UniqueConstraint(fields=["experiment", "key"], name="conclusion_key_once"),
        ]

    def __str__(self) -> str:
        return f"Conclusion {self.number} of {self.experiment}"
