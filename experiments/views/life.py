"""What the experiment page says about the experiment as a whole, for one person."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import reverse
from django.utils.safestring import SafeString

from experiments import notes
from experiments.models import Change, ChangeKind, Experiment, ExperimentStatus
from experiments.permissions import why_not_organize
from experiments.services.lifecycle import Move, fingerprint, moves_from


@dataclass
class LifePanel:
    """Status, name, tags and notes of an experiment, and what this person may do about them."""

    experiment: Experiment
    user: AbstractBaseUser | AnonymousUser

    @cached_property
    def why_not(self) -> str:
        """Why the person may change none of this; "" if they may."""
        return why_not_organize(self.user, self.experiment.team)

    @property
    def is_running(self) -> bool:
        """Whether suggestions are computed."""
        return self.experiment.status == ExperimentStatus.RUNNING

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the status may become."""
        return moves_from(self.experiment)

    @property
    def first_move(self) -> Move:
        """What the status is most likely to become next."""
        return self.moves[0]

    @property
    def pages(self) -> list[tuple[str, str]]:
        """The forms about the experiment as a whole: labels and addresses."""
        forms = {"Rename…": "name", "Edit tags…": "tags", "Command template…": "command"}
        forms |= {"Delete…": "delete"}
        return [
            (label, reverse(f"experiments:{name}", args=[self.experiment.pk]))
            for label, name in forms.items()
        ]

    @cached_property
    def last_move(self) -> Change | None:
        """Who brought the experiment into its status, and when."""
        moves = self.experiment.changes.filter(kind=ChangeKind.STATUS_CHANGED)
        return moves.select_related("user").first()

    @property
    def notes_html(self) -> SafeString:
        """The notes as sanitized HTML."""
        return SafeString(notes.to_html(self.experiment.notes))

    @property
    def notes_seen(self) -> str:
        """What tells these notes from later ones."""
        return fingerprint(self.experiment.notes)
