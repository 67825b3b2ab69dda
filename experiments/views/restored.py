"""What an archive would make, as its preview says it."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User

from experiments.archiving.archive import Archive, Elsewhere
from experiments.domain import TrialStatus
from experiments.models import Experiment, Team
from experiments.services.restoring import counts, found_here, members_among


@dataclass(frozen=True)
class Learnt:
    """Another experiment that the model learnt from, and which one that is here."""

    told: Elsewhere | None
    here: Experiment | None

    @property
    def name(self) -> str:
        """What the file calls it."""
        name = self.told.name if self.told else None
        return f"“{name}”" if name else "an experiment without a name"


class Preview:
    """An archive beside a team."""

    def __init__(self, archive: Archive, *, team: Team, by: User) -> None:
        self.archive = archive
        self._team = team
        self._by = by

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """How many trials there are of each status."""
        return counts(self.archive)

    @property
    def deleted(self) -> int:
        """How many trials are deleted, and can be brought back."""
        return len(self.archive.trials) - len(self.archive.present)

    @property
    def people(self) -> list[str]:
        """The user names that the file mentions."""
        return sorted(self.archive.people)

    @cached_property
    def holders(self) -> list[tuple[str, int]]:
        """The members of the team who get running trials, and how many."""
        running = [t for t in self.archive.present if t.status is TrialStatus.RUNNING]
        names = [trial.taken_by for trial in running if trial.taken_by]
        members = members_among(set(names), self._team)
        return [(name, names.count(name)) for name in sorted(members)]

    @cached_property
    def learnt(self) -> list[Learnt]:
        """What the model learnt from."""
        here = found_here(self.archive, team=self._team, by=self._by)
        return [
            Learnt(
                self.archive.elsewhere.get(each.experiment or ""), here.get(each.experiment or "")
            )
            for each in self.archive.learns_from
        ]

    @property
    def file_count(self) -> int:
        """How many files of trials there are, without those that were removed."""
        return sum(file.removed_at is None for file in self.archive.files)
