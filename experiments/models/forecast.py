"""What somebody asks the model while moving sliders."""

from django.conf import settings
from django.db import models

from experiments.models.experiment import Experiment


class Forecast(models.Model):
    """One open page's newest question, and the answer to it once a worker has it.

    ``serial`` grows with each question: an answer counts only for the question that it was made
    for. ``answer`` is ``forecast.Answer`` as JSON, made from the rows as they were at ``revision``.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="forecasts")
    key = models.UUIDField(unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    parameters = models.JSONField()
    serial = models.PositiveIntegerField(default=1)
    answer = models.JSONField(null=True)
    error = models.TextField(blank=True)
    revision = models.PositiveIntegerField(null=True)
    asked_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Question {self.serial} of {self.user} about {self.experiment}"

    @property
    def is_answered(self) -> bool:
        """Whether a worker has answered the newest question, with an answer or an error."""
        return self.answer is not None or bool(self.error)
