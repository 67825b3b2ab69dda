"""Other experiments that the model of an experiment learns from."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from experiments.models.experiment import Experiment


class AuxiliarySource(models.Model):
    """An experiment whose trials stay its own, and tell the model of another one something.

    Its rows are read anew for each suggestion. ``source`` is ``None`` where it is gone for good, or
    where a restored file names one that is not here: then ``elsewhere`` is its id in
    ``Experiment.elsewhere``.
    ``without`` are the numbers of its trials that are left out, ``only_inside`` leaves out what
    lies outside the search space, and one that is not active is left out whole. What the person who
    ``added_by`` names may not see is not read, unless it belongs to the same team.
    """

    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="auxiliary_sources"
    )
    source = models.ForeignKey(
        Experiment, on_delete=models.SET_NULL, null=True, related_name="informed"
    )
    elsewhere = models.IntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    without = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    only_inside = models.BooleanField(default=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "source"], name="auxiliary_source_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} for {self.experiment}"
