"""Where the suggestions of one experiment stand, for one person."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from experiments.models import Change, ChangeKind, Experiment, Suggestion, SuggestionRequest
from experiments.services.jobs import worker_is_alive
from experiments.services.suggestions import why_stopped


class PoolState:
    """Where the suggestions of one experiment stand, for one person."""

    def __init__(self, experiment: Experiment, user: AbstractBaseUser | AnonymousUser) -> None:
        self.experiment = experiment
        self.user = user
        ready: list[Suggestion] = list(experiment.suggestions.ready())
        is_fresh = [s.revision >= experiment.model_revision for s in ready]
        self.fresh = [s for s, fresh in zip(ready, is_fresh, strict=True) if fresh]
        self.fresh_count = len(self.fresh)
        self.older = [s for s, fresh in zip(ready, is_fresh, strict=True) if not fresh]
        self.waiting = list(experiment.requests.waiting().select_related("user"))

    @cached_property
    def given_up(self) -> list[SuggestionRequest]:
        """What this person asked for last, with fixed values, if nothing could be made for it."""
        newest = self.experiment.requests.filter(user=self.user.pk).order_by("-pk")[:1]
        return [asked for asked in newest if asked.problem]

    @property
    def stopped(self) -> str:
        """Why no suggestions are computed; blank while they are."""
        return why_stopped(self.experiment)

    @property
    def mine(self) -> int:
        """How many suggestions this person waits for."""
        return sum(r.missing for r in self.waiting if r.user_id == self.user.pk)

    @property
    def since(self) -> Any:
        """Since when this person waits."""
        return min(r.created_at for r in self.waiting if r.user_id == self.user.pk)

    @property
    def others(self) -> int:
        """How many suggestions other people wait for."""
        return sum(r.missing for r in self.waiting if r.user_id != self.user.pk)

    @property
    def error(self) -> str:
        """The optimizer's error, while it stands between people and suggestions."""
        return "" if self.fresh_count else self.experiment.current_optimizer_error

    @property
    def has_worker(self) -> bool:
        """Whether any worker is at work."""
        return worker_is_alive()

    @cached_property
    def missed(self) -> str:
        """What the newest of the older suggestions did not know yet, in words."""
        newest = max(suggestion.revision for suggestion in self.older)
        changes = Change.objects.filter(
            experiment=self.experiment, revision__gt=newest, is_model_change=True
        )
        kinds = list(changes.values_list("kind", flat=True))
        what = "result" if set(kinds) == {ChangeKind.TRIAL_COMPLETED} else "change"
        return f"the last {what}" if len(kinds) == 1 else f"the last {len(kinds)} {what}s"
