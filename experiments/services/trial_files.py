"""Small files that belong to a trial: images, logs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet, Sum
from django.utils import timezone

from experiments.file_types import (
    LARGEST,
    LARGEST_OF_EXPERIMENT,
    MOST_FILES,
    plain_name,
    type_of,
)
from experiments.models import Change, ChangeKind, Experiment, Trial, TrialFile
from experiments.services.acting import acting
from experiments.services.errors import Conflict, Refused


@dataclass(frozen=True)
class NewFile:
    """A file that somebody wants to add."""

    name: str
    content: bytes


def add(trial: Trial, *, files: Sequence[NewFile], by: AbstractBaseUser) -> Change | None:
    """Add files to a trial; what they are is told from their content. ``None`` if it has them all.

    Raises ``Refused`` for empty or too large files, and where there would be too many.
    """
    for file in files:
        if not file.content:
            raise Refused(f"“{plain_name(file.name)}” is empty.")
        if len(file.content) > LARGEST:
            raise Refused(f"“{plain_name(file.name)}” has more than {LARGEST // 10**6} MB.")
    with acting(trial.experiment_id, kind=ChangeKind.FILES_CHANGED, by=by) as act:
        found = _here(act.trials(act.experiment.trials.filter(pk=trial.pk)), trial)
        there = found.files.filter(removed_at=None)
        if all(_is_there(there, file) for file in files):
            return None
        if there.count() + len(files) > MOST_FILES:
            raise Refused(f"A trial can have {MOST_FILES} files at most.")
        if _size(act.experiment) + sum(len(f.content) for f in files) > LARGEST_OF_EXPERIMENT:
            most = LARGEST_OF_EXPERIMENT // 10**6
            raise Refused(f"The files of an experiment can have {most} MB at most.")
        for file in files:
            TrialFile.objects.create(
                trial=found,
                name=plain_name(file.name),
                content_type=type_of(file.content),
                size=len(file.content),
                content=file.content,
                added_by_id=by.pk,
            )
    return act.change


def remove(trial: Trial, *, file: int, by: AbstractBaseUser) -> Change | None:
    """Take a file away; the history can bring it back. ``None`` if it is away already."""
    with acting(trial.experiment_id, kind=ChangeKind.FILES_CHANGED, by=by) as act:
        found = _here(act.trials(act.experiment.trials.filter(pk=trial.pk)), trial)
        found.files.filter(pk=file, removed_at=None).update(removed_at=timezone.now())
    return act.change


def _here(found: list[Trial], trial: Trial) -> Trial:
    if not found:
        raise Conflict(f"Trial {trial.number} was deleted meanwhile.")
    return found[0]


def _is_there(there: "QuerySet[TrialFile]", file: NewFile) -> bool:
    alike = there.filter(name=plain_name(file.name), size=len(file.content))
    return alike.filter(content=file.content).exists()


def _size(experiment: Experiment) -> int:
    files = TrialFile.objects.filter(trial__experiment=experiment)
    return files.aggregate(size=Sum("size"))["size"] or 0
