"""Trials that a new experiment brings along, from wherever its definition came from.

A form that was filled from somewhere carries a *source* (``copy:12``, ``table:<key>``) until the
experiment is created; the module that knows about that kind of source registers its loader here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.known import NOTHING, Choice
from experiments.models import TrialOrigin
from experiments.services.errors import Refused


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that did not become a trial, by its place in the source, and why.

    The place is a trial's number, ``of`` an experiment where there are several, or a row from 1.
    """

    place: int
    reason: str
    of: str = ""

    @property
    def in_words(self) -> str:
        """Which trial it was."""
        return f"Trial {self.place} of “{self.of}”" if self.of else f"Trial {self.place}"


@dataclass(frozen=True, slots=True)
class Brought:
    """What a source has for a definition; the trials use the draft's keys.

    ``outside`` counts those whose values lie outside the search space. ``learns_from`` are
    experiments whose trials stay there, and from which the model learns. ``command`` is the
    template of the command that trials are run with.
    """

    trials: Sequence[TrialDraft]
    origin: TrialOrigin
    rejected: Sequence[Rejected] = ()
    outside: int = 0
    learns_from: Choice = NOTHING
    command: str = ""


Loader = Callable[[str, ExperimentDraft, User], Brought]
"""Called with the part of the source behind the colon, the checked definition, and who asks.

Raises ``Refused`` where the person may not see it, or it is gone.
"""

_LOADERS: dict[str, Loader] = {}


def register(kind: str) -> Callable[[Loader], Loader]:
    """Let a loader answer for the sources of one kind."""

    def wrapped(loader: Loader) -> Loader:
        _LOADERS[kind] = loader
        return loader

    return wrapped


def load(source: str, draft: ExperimentDraft, by: User) -> Brought:
    """Return what the source has for the definition; nothing for a blank source."""
    if not source:
        return Brought((), TrialOrigin.IMPORTED)
    kind, _, reference = source.partition(":")
    if kind not in _LOADERS:
        raise Refused("Nobody knows any more where these trials came from; start again.")
    return _LOADERS[kind](reference, draft, by)
