"""What was learned: the cards that workers make of the results."""

from typing import Any

from django.db import models

from experiments.cards import CardPage, CardState
from experiments.models.experiment import Experiment


class StoppingAdvice(models.Model):
    """Which running trials Ax's rule would stop early; there once there is a learning curve.

    ``body`` is what ``optimizer.early_stopping`` returns, or has a ``message`` that says why there
    is no advice. It was made from the rows as they were at ``revision``; ``wanted_revision`` is
    that of the newest change that it should know.
    """

    experiment = models.OneToOneField(
        Experiment, on_delete=models.CASCADE, related_name="stopping_advice"
    )
    revision = models.PositiveIntegerField(default=0)
    wanted_revision = models.PositiveIntegerField(default=0)
    body = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Advice for {self.experiment} (revision {self.revision})"

    @property
    def is_fresh(self) -> bool:
        """Whether it knows all that it should."""
        return self.revision >= self.wanted_revision

    def of(self, number: int) -> dict[str, Any]:
        """Return what it says of a running trial: whether it ``stops``, and the ``text``."""
        found: dict[str, Any] = self.body.get("trials", {}).get(str(number), {})
        return found


class AnalysisCard(models.Model):
    """The newest card of its name, made from the rows as they were at ``revision``.

    Its fields are ``cards.Card``'s. It stays until a newer one takes its place.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="cards")
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=100)
    reading = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()
    page = models.CharField(
        max_length=10,
        choices=[(page.value, page.value) for page in CardPage],
        default=CardPage.INSIGHTS.value,
    )
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in CardState]
    )
    message = models.TextField(blank=True)
    body = models.JSONField(default=dict)
    revision = models.PositiveIntegerField()
    seconds = models.FloatField(default=0.0)
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "name"], name="card_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.experiment} (revision {self.revision})"

    @property
    def is_ready(self) -> bool:
        """Whether it shows something."""
        return self.state == CardState.READY

    @property
    def has_failed(self) -> bool:
        """Whether it could not be made."""
        return self.state == CardState.FAILED
