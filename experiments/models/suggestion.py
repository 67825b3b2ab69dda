"""What the optimizer proposes, and what people asked it for."""

from django.conf import settings
from django.db import models
from django.db.models import F

from experiments.domain import GenerationNode, Outlook, Prediction, Relation
from experiments.models.experiment import Experiment
from experiments.models.trial import Trial


class SuggestionStatus(models.TextChoices):
    """The life of a suggestion."""

    READY = "ready", "ready"
    TAKEN = "taken", "taken"
    SUPERSEDED = "superseded", "superseded"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Suggestions, filtered."""

    def ready(self) -> "SuggestionQuerySet":
        """Keep those that nobody has taken yet, in the order in which they were made."""
        return self.filter(status=SuggestionStatus.READY).order_by("pk")

    def fresh(self) -> "SuggestionQuerySet":
        """Keep those that know all that the model could know."""
        return self.filter(revision__gte=F("experiment__model_revision"))

    def stale(self) -> "SuggestionQuerySet":
        """Keep those made before something the model would now take into account."""
        return self.filter(revision__lt=F("experiment__model_revision"))


class Suggestion(models.Model):
    """Parameters worth trying next, made from the rows as they were at ``revision``."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="suggestions")
    revision = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=SuggestionStatus, default=SuggestionStatus.READY
    )
    parameters = models.JSONField()
    node = models.CharField(
        max_length=20, choices=[(node.value, node.value) for node in GenerationNode]
    )
    predictions = models.JSONField(default=list)
    acquisition_value = models.FloatField(null=True)
    outlook = models.JSONField(
        default=dict, help_text="As domain.Outlook; blank where it was not kept."
    )
    fixed = models.JSONField(
        default=dict, help_text="Values by key that whoever asked for it had fixed."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    trial = models.OneToOneField(
        Trial, on_delete=models.SET_NULL, null=True, related_name="suggestion"
    )

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["experiment", "status"], name="suggestion_by_status")]

    def __str__(self) -> str:
        return f"Suggestion {self.pk} ({self.node}, revision {self.revision})"

    @property
    def expected(self) -> tuple[Prediction, ...]:
        """What the model expected of each metric; empty where none was asked."""
        return tuple(Prediction(**each) for each in self.predictions)

    @property
    def known(self) -> Outlook | None:
        """What was known when it was made; ``None`` where that was not kept."""
        if not self.outlook:
            return None
        limits = {key: (Relation(r), bound) for key, (r, bound) in self.outlook["limits"].items()}
        elsewhere = tuple((key, count) for key, count in self.outlook.get("elsewhere", ()))
        return Outlook(**(self.outlook | {"limits": limits, "elsewhere": elsewhere}))


class SuggestionRequestQuerySet(models.QuerySet["SuggestionRequest"]):
    """Requests, filtered."""

    def waiting(self) -> "SuggestionRequestQuerySet":
        """Keep those that still want suggestions, oldest first."""
        return self.filter(cancelled=False, filled__lt=F("wanted")).order_by("pk")

    def free(self) -> "SuggestionRequestQuerySet":
        """Keep those that take any suggestion of the pool."""
        return self.filter(fixed={})

    def fixing(self) -> "SuggestionRequestQuerySet":
        """Keep those that have fixed some parameters, for which suggestions are made apart."""
        return self.exclude(fixed={})


class SuggestionRequest(models.Model):
    """Somebody asked for ``wanted`` suggestions and has got ``filled`` of them.

    ``key`` comes with the form, so that a double click or a repeated request stays one.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="requests")
    key = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    wanted = models.PositiveSmallIntegerField()
    filled = models.PositiveSmallIntegerField(default=0)
    cancelled = models.BooleanField(default=False)
    fixed = models.JSONField(
        default=dict, help_text="Values by key that each suggestion is to have."
    )
    problem = models.TextField(blank=True, help_text="Why nothing could be made for it.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SuggestionRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="request_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.filled} of {self.wanted} for {self.user}"

    @property
    def missing(self) -> int:
        """How many suggestions are still wanted."""
        return 0 if self.cancelled else self.wanted - self.filled
