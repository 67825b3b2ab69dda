"""An experiment: a search space, an objective, and the trials that were run in it."""

import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from experiments.cards import CARD_NAMES
from experiments.carrying import Carrying
from experiments.domain import (
    ExperimentSpec,
    GenerationMethod,
    MetricRole,
    ResultNoise,
    ValueType,
)
from experiments.drafts import ExperimentDraft
from experiments.models.team import Team

if TYPE_CHECKING:
    from experiments.models.metric import Metric


class ExperimentStatus(models.TextChoices):
    """The life of an experiment; suggestions are computed only while it runs."""

    DRAFT = "draft", "draft"
    RUNNING = "running", "running"
    PAUSED = "paused", "paused"
    COMPLETED = "completed", "completed"
    ARCHIVED = "archived", "archived"


def random_seed() -> int:
    """Return a seed that fits the optimizer's (a non-negative 31-bit number)."""
    return secrets.randbelow(2**31)


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    """Experiments, filtered."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "ExperimentQuerySet":
        """Keep those of the teams that ``user`` belongs to, without the deleted ones."""
        return self.of(user).filter(deleted_at__isnull=True)

    def deleted_of(self, user: AbstractBaseUser | AnonymousUser) -> "ExperimentQuerySet":
        """Keep the deleted ones, which can still be restored, of the teams of ``user``."""
        return self.of(user).filter(deleted_at__isnull=False)

    def of(self, user: AbstractBaseUser | AnonymousUser) -> "ExperimentQuerySet":
        """Keep those of the teams that ``user`` belongs to, deleted or not."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(team__memberships__user_id=user.pk)

    def matching(self, text: str) -> "ExperimentQuerySet":
        """Keep those in which each word of ``text`` occurs, in whichever case.

        Looks at the names of experiments, parameters and metrics, at descriptions and at tags.
        """
        found = self.annotate(
            _tags=models.Func(
                models.F("tags"),
                models.Value(", "),
                function="array_to_string",
                output_field=models.TextField(),
            )
        )
        for word in text.split():
            by_part = [
                models.Q(pk__in=Experiment.objects.filter(**{f"{part}__name__icontains": word}))
                for part in ("parameters", "metrics")
            ]
            found = found.filter(
                models.Q(name__icontains=word)
                | models.Q(description__icontains=word)
                | models.Q(_tags__icontains=word)
                | by_part[0]
                | by_part[1]
            )
        return found

    def tags_in_use(self) -> list[str]:
        """Return the tags of these experiments, each once, in alphabetical order."""
        tags = self.order_by().annotate(tag=models.Func(models.F("tags"), function="unnest"))
        return sorted(tags.values_list("tag", flat=True).distinct(), key=lambda t: (t.lower(), t))


class Experiment(models.Model):
    """One experiment.

    ``revision`` grows by one with each change that a reader could notice; ``model_revision`` is the
    revision of the newest change that the model would notice, so that a suggestion made from
    revision r is fresh exactly while ``r >= model_revision``. ``definition_revision`` is that of
    the newest change of the search space or the goals: two people who edit it are told.
    ``analysed_revision`` is the revision of the rows that all cards were made from, and
    ``analysed_kinds`` names the kinds of cards that there were then.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(
        max_length=10, choices=ExperimentStatus, default=ExperimentStatus.RUNNING
    )
    revision = models.PositiveIntegerField(default=0)
    model_revision = models.PositiveIntegerField(default=0)
    definition_revision = models.PositiveIntegerField(default=0)
    analysed_revision = models.PositiveIntegerField(default=0)
    analysed_kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    trial_count = models.PositiveIntegerField(default=0, help_text="Numbers handed out so far.")
    is_weighted_sum = models.BooleanField(default=False)
    is_direction_confirmed = models.BooleanField(
        default=False, help_text="Somebody has looked at results and said which way is better."
    )
    baseline = models.ForeignKey(
        "experiments.Trial", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noise = models.CharField(
        max_length=10,
        choices=[(noise.value, noise.value) for noise in ResultNoise],
        default=ResultNoise.NOISY.value,
    )
    seed = models.PositiveIntegerField(default=random_seed)
    generation_method = models.CharField(
        max_length=20,
        choices=[(method.value, method.value) for method in GenerationMethod],
        default=GenerationMethod.FAST.value,
    )
    initialization_budget = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    wanted_parallelism = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    trial_budget = models.PositiveIntegerField(null=True, blank=True)
    trial_cost = models.FloatField(null=True, blank=True, help_text="Of one more trial.")
    trial_cost_unit = models.CharField(max_length=30, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    import_uses = models.JSONField(
        default=dict, help_text="What the columns of imported tables were used for, by name."
    )
    import_sheet = models.CharField(
        max_length=200, blank=True, help_text="The sheet that was last chosen in a spreadsheet."
    )
    identity = models.UUIDField(
        default=uuid.uuid4, db_index=True,
        help_text="What it is known by on every server: a restored one has that of the original.",
    )  # fmt: skip
    told_until = models.PositiveIntegerField(
        default=0, help_text="The last revision of which only a restored file tells."
    )
    elsewhere = models.JSONField(
        default=dict,
        help_text="Experiments that a restored file names and that are not here, by negative ids.",
    )
    command = models.TextField(blank=True, help_text="A template: ``run --lr {lr}``.")
    notes = models.TextField(blank=True, help_text="Markdown.")
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    creation_key = models.UUIDField(
        null=True, unique=True, help_text="Of the form that made it: sent twice, it makes one."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    touched_at = models.DateTimeField(auto_now_add=True)
    optimizer_error = models.TextField(blank=True)
    optimizer_error_revision = models.PositiveIntegerField(null=True, blank=True)

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        ordering = ["-touched_at", "-pk"]
        indexes = [
            GinIndex(fields=["tags"], name="experiment_tags"),
            models.Index(fields=["team", "-touched_at"], name="experiment_by_team"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the experiment's page."""
        return reverse("experiments:detail", args=[self.pk])

    @property
    def objectives(self) -> "list[Metric]":
        """The metrics that are minimized or maximized, in order."""
        return [m for m in self.metrics.all() if m.role == MetricRole.OBJECTIVE]

    @property
    def objective(self) -> "Metric":
        """The first metric that is minimized or maximized."""
        return self.objectives[0]

    @property
    def carrying(self) -> Carrying:
        """How its trials are written as flags, commands and the like."""
        is_text = {p.name: p.value_type == ValueType.TEXT for p in self.parameters.all()}
        return Carrying(self.name, is_text, self.command)

    @property
    def spec(self) -> ExperimentSpec:
        """The experiment as the optimizer sees it."""
        return ExperimentSpec(
            parameters=tuple(parameter.spec for parameter in self.parameters.all()),
            metrics=tuple(metric.spec for metric in self.metrics.all()),
            constraints=tuple(constraint.spec for constraint in self.constraints.all()),
            is_weighted_sum=self.is_weighted_sum,
            baseline=self.baseline.number if self.baseline else None,
            noise=ResultNoise(self.noise),
            generation_method=GenerationMethod(self.generation_method),
            initialization_budget=self.initialization_budget,
            seed=self.seed,
        )

    @property
    def definition(self) -> ExperimentDraft:
        """The definition as it can be edited, compared, copied and exported."""
        return ExperimentDraft(
            name=self.name,
            description=self.description,
            parameters=tuple(parameter.draft for parameter in self.parameters.all()),
            metrics=tuple(metric.draft for metric in self.metrics.all()),
            constraints=tuple(constraint.spec for constraint in self.constraints.all()),
            is_weighted_sum=self.is_weighted_sum,
            baseline_trial=self.baseline.number if self.baseline else None,
            noise=ResultNoise(self.noise),
            trial_budget=self.trial_budget,
            wanted_parallelism=self.wanted_parallelism,
            generation_method=GenerationMethod(self.generation_method),
            initialization_budget=self.initialization_budget,
            seed=self.seed,
            tags=tuple(self.tags),
        )

    def is_told(self, revision: int) -> bool:
        """Whether only a restored file tells of a revision: nobody has seen it happen here."""
        return revision <= self.told_until

    @property
    def informing_count(self) -> int:
        """How many other experiments its model is to learn from, without those that are deleted."""
        chosen = self.auxiliary_sources.filter(is_active=True, source__isnull=False)
        return chosen.filter(source__deleted_at=None).count()

    @property
    def cards_revision(self) -> int:
        """The revision of the newest change that the cards of the analysis should know of."""
        return max(self.model_revision, self.definition_revision)

    @property
    def is_analysed(self) -> bool:
        """Whether the cards know all that they could know, and no kind of card is newer."""
        is_current = self.analysed_revision >= self.cards_revision
        return is_current and set(CARD_NAMES) <= set(self.analysed_kinds)

    @property
    def current_optimizer_error(self) -> str:
        """The optimizer's error, if it still speaks of the rows as they are."""
        return self.optimizer_error if self.optimizer_error_revision == self.model_revision else ""
