"""Ax's own file of an experiment, made by a worker for whoever asks."""

from django.db import models

from experiments.models.experiment import Experiment


class AxSnapshot(models.Model):
    """What ``ax.Client.load_from_json_file`` reads, of the rows as they were at ``revision``.

    ``asked_revision`` is that of the newest wish; until ``revision`` has reached it, a worker is at
    it, or says in ``problem`` why there is none.
    """

    experiment = models.OneToOneField(
        Experiment, on_delete=models.CASCADE, related_name="ax_snapshot"
    )
    asked_revision = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(null=True)
    content = models.TextField(blank=True)
    problem = models.TextField(blank=True)
    asked_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Snapshot of {self.experiment}"

    @property
    def is_being_made(self) -> bool:
        """Whether a worker has still to answer the newest wish."""
        return not self.problem and (self.revision or 0) < self.asked_revision

    @property
    def behind(self) -> int:
        """How many changes it does not know."""
        return self.experiment.revision - (self.revision or 0)
