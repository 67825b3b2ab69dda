"""What happened: one row an act."""

import json
from collections.abc import Sequence

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from experiments.models.experiment import Experiment


class ChangeKind(models.TextChoices):
    """The kinds of acts."""

    EXPERIMENT_CREATED = "experiment_created", "created the experiment"
    DEFINITION_EDITED = "definition_edited", "changed the definition"
    DEFINITION_UNDONE = "definition_undone", "took a change of the definition back"
    STATUS_CHANGED = "status_changed", "changed the status"
    EXPERIMENT_RENAMED = "experiment_renamed", "renamed the experiment"
    TAGS_CHANGED = "tags_changed", "changed the tags"
    NOTES_EDITED = "notes_edited", "edited the notes"
    COMMAND_CHANGED = "command_changed", "changed the command template"
    EXPERIMENT_DELETED = "experiment_deleted", "deleted the experiment"
    EXPERIMENT_RESTORED = "experiment_restored", "restored the experiment"
    EXPERIMENT_BROUGHT = "experiment_brought", "restored the experiment from a file"
    SUGGESTIONS_TAKEN = "suggestions_taken", "took suggestions"
    SOURCES_CHANGED = "sources_changed", "changed what the model learns from"
    TRIAL_ADDED = "trial_added", "added a trial"
    TRIAL_COMPLETED = "trial_completed", "entered a result"
    TRIAL_CORRECTED = "trial_corrected", "corrected a result"
    TRIAL_FAILED = "trial_failed", "marked as failed"
    TRIAL_ABANDONED = "trial_abandoned", "abandoned"
    TRIAL_REOPENED = "trial_reopened", "reopened"
    TRIAL_STOPPED_EARLY = "trial_stopped_early", "stopped early"
    PARAMETERS_CORRECTED = "parameters_corrected", "corrected parameters"
    VALUES_USED = "values_used", "entered the values that were used"
    CURVE_ENTERED = "curve_entered", "entered intermediate results"
    TRIAL_ASSIGNED = "trial_assigned", "handed over"
    TRIAL_DUE = "trial_due", "set a due date"
    TRIAL_TAGGED = "trial_tagged", "changed a trial’s tags"
    TRIAL_NOTED = "trial_noted", "edited a trial’s notes"
    TRIAL_LINKED = "trial_linked", "changed a trial’s links"
    FILES_CHANGED = "files_changed", "changed a trial’s files"
    TRIAL_DELETED = "trial_deleted", "deleted"
    TRIALS_IMPORTED = "trials_imported", "imported a table"
    TRIALS_UNDONE = "trials_undone", "undid"
    TEAM_CHOICE_CHANGED = "team_choice_changed", "changed the team’s choice"
    TRIAL_COST_CHANGED = "trial_cost_changed", "changed what a trial costs"
    CONCLUDED = "concluded", "concluded"
    CONCLUSION_WITHDRAWN = "conclusion_withdrawn", "withdrew a conclusion"
    CONCLUSION_RESTORED = "conclusion_restored", "restored a conclusion"


_WRITTEN = ("reason", "notes", "tags", "links[*]", "name", "command", "parameters.*")
"""Where, in what changes keep as JSON, people have written words."""

_LOOKED_INTO = 50
"""What a change keeps is searched if it names up to as many trials: an import keeps megabytes."""


class ChangeQuerySet(models.QuerySet["Change"]):
    """Changes, filtered."""

    def of_kinds(self, kinds: Sequence[str], acts: "ChangeQuerySet") -> "ChangeQuerySet":
        """Keep acts of some kinds, and what took such ``acts`` of the experiment back."""
        named = acts.filter(kind__in=kinds).order_by().values("revision")
        return self.filter(models.Q(kind__in=kinds) | models.Q(undoes__in=named))

    def saying(self, text: str) -> "ChangeQuerySet":
        """Keep those in which each word of ``text`` occurs, in whichever case.

        It can stand in what people wrote (reasons, notes, tags, links, names, commands, choices),
        in what was done (“corrected”), or in the name of who did it.
        """
        found = self
        for word in text.split():
            found = found.filter(_says(word))
        return found


def _says(word: str) -> models.Q:
    done = [kind for kind, label in ChangeKind.choices if word.lower() in label.lower()]
    quoted = json.dumps(word)
    places = " || ".join(f'@.{place} like_regex {quoted} flag "iq"' for place in _WRITTEN)
    path = f"$.** ? ({places})"
    is_written = models.Case(
        models.When(
            trial_numbers__len__lte=_LOOKED_INTO,
            then=models.Q(_Matches("before", path)) | models.Q(_Matches("after", path)),
        ),
        default=False,
        output_field=models.BooleanField(),
    )
    return (
        models.Q(reason__icontains=word)
        | models.Q(kind__in=done)
        | models.Q(user__username__icontains=word)
        | models.Q(told_by__icontains=word)
        | models.Q(is_written)
    )


class _Matches(models.Func):
    """Whether something in a JSON column matches a path of PostgreSQL’s."""

    template = "jsonb_path_exists(%(expressions)s::jsonpath)"
    output_field = models.BooleanField()

    def __init__(self, column: str, path: str) -> None:
        super().__init__(models.F(column), models.Value(path, output_field=models.TextField()))


class Change(models.Model):
    """One act on an experiment: who, what, when, before, after, why. Each makes one revision.

    Where trials changed, ``trial_numbers`` names them, and ``before`` and ``after`` hold, as
    ``states``, what changed by number and field (``services/trial_states.py``).

    What only takes an act back, or does it again after that, names that act in ``undoes``.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="changes")
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=30, choices=ChangeKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    trial_numbers = ArrayField(models.PositiveIntegerField(), default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    told_by = models.CharField(
        max_length=150, blank=True, help_text="Whose act it was, as a restored file says."
    )
    is_model_change = models.BooleanField()
    undoes = models.PositiveIntegerField(
        null=True, help_text="The revision of the act that this takes back, or does again."
    )
    is_redo = models.BooleanField(
        default=False, help_text="It does the act again that had been taken back."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "revision"], name="change_revision_once"),
        ]
        indexes = [
            GinIndex(fields=["trial_numbers"], name="change_by_trial"),
            models.Index(
                fields=["experiment", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="change_by_undone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.experiment} r{self.revision}: {self.get_kind_display()}"

    @property
    def act(self) -> int:
        """The revision of the act that this is about: its own, unless it only takes one back."""
        return self.undoes or self.revision

    @property
    def takes_back(self) -> bool:
        """Whether it takes an act back, so that undoing it does the act again."""
        return self.undoes is not None and not self.is_redo
