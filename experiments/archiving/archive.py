"""What an archive holds, once it was read.

Parameters and metrics have the names of the definition in trials and results. Where the past is
told, in which names changed, they have keys of the archive's own (``p1``, ``m1``): those of the
definition first, then those that the definition had once. People are user names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from experiments.archiving.contents import Content
from experiments.domain import ParameterValue, TrialStatus
from experiments.drafts import ExperimentDraft

FORMAT = "axdash-experiment/2"
FORMER = "axdash-experiment/1"
"""Without history, files, deleted trials, conclusions and what comes from elsewhere."""
FAMILY = "axdash-experiment/"

MOST_TRIALS = 100_000
STATUSES = ("draft", "running", "paused", "completed", "archived")
ORIGINS = ("suggested", "baseline", "imported", "copied", "own", "repeated")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionArchive:
    """How a suggested trial came about; ``outlook`` is as the database keeps it."""

    revision: int
    node: str
    created_at: datetime
    parameters: Mapping[str, ParameterValue]
    predictions: tuple[Mapping[str, Any], ...] = ()
    acquisition_value: float | None = None
    fixed: Mapping[str, ParameterValue] = field(default_factory=dict)
    outlook: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArchive:
    """One trial; parameters are by name, results (mean, SEM, raw) and curves by metric.

    ``former`` are values of parameters that the definition no longer has, by key, of the values
    that were used and those that were asked for. ``copied_from`` is another experiment and the
    number of a trial there.
    """

    number: int
    status: TrialStatus
    parameters: Mapping[str, ParameterValue]
    requested: Mapping[str, ParameterValue] | None = None
    former: Mapping[str, Mapping[str, ParameterValue]] = field(default_factory=dict)
    origin: str
    reason: str = ""
    is_avoided: bool = False
    tags: tuple[str, ...] = ()
    notes: str = ""
    links: tuple[tuple[str, str], ...] = ()
    due_on: date | None = None
    created_at: datetime
    finished_at: datetime | None = None
    taken_by: str | None = None
    finished_by: str | None = None
    deleted_at: datetime | None = None
    copied_from: Mapping[str, Any] | None = None
    suggestion: SuggestionArchive | None = None
    results: Mapping[str, Mapping[str, Any]]
    curves: Mapping[str, list[list[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileArchive:
    """A file of a trial, known by a number of the archive's own."""

    id: int
    trial: int
    name: str
    added_at: datetime
    added_by: str | None = None
    removed_at: datetime | None = None
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeArchive:
    """One act; ``before`` and ``after`` are as the database keeps them, but for all ids."""

    revision: int
    kind: str
    by: str | None = None
    at: datetime
    reason: str = ""
    trials: tuple[int, ...] = ()
    is_model_change: bool
    undoes: int | None = None
    is_redo: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionArchive:
    """One conclusion, with the document that its page shows."""

    number: int
    revision: int
    document: Mapping[str, Any]
    concluded_by: str | None = None
    concluded_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceArchive:
    """The trial that the team chose."""

    trial: int
    reason: str
    revision: int
    chosen_by: str | None = None
    chosen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceArchive:
    """Another experiment that the model learns from; ``None`` where it was gone already."""

    experiment: str | None = None
    is_active: bool
    without: tuple[int, ...] = ()
    only_inside: bool = False
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Another experiment that an archive names."""

    identity: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A whole experiment. ``trial_count`` is how many numbers of trials were handed out.

    The revisions are those of the newest change, the newest one for the model, and the newest one
    of the definition; all are 0 in the former format. What the model learns from is among
    ``elsewhere``. The former keys are those that the definition lacks.
    """

    draft: ExperimentDraft
    former_parameters: tuple[str, ...] = ()
    former_metrics: tuple[str, ...] = ()
    status: str
    notes: str
    command: str
    trial_cost: float | None
    trial_cost_unit: str
    trial_count: int
    identity: str | None = None
    created_at: datetime | None = None
    is_direction_confirmed: bool = False
    import_uses: Mapping[str, str] = field(default_factory=dict)
    import_sheet: str = ""
    revision: int = 0
    model_revision: int = 0
    definition_revision: int = 0
    choice: ChoiceArchive | None = None
    learns_from: tuple[SourceArchive, ...] = ()
    trials: tuple[TrialArchive, ...]
    conclusions: tuple[ConclusionArchive, ...] = ()
    history: tuple[ChangeArchive, ...] = ()
    files: tuple[FileArchive, ...] = ()
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)

    @property
    def has_history(self) -> bool:
        """Whether it tells what happened; one of the former format does not."""
        return bool(self.history)

    @property
    def present(self) -> list[TrialArchive]:
        """The trials that are not deleted."""
        return [trial for trial in self.trials if trial.deleted_at is None]

    @property
    def people(self) -> set[str]:
        """The user names that it mentions."""
        trials = {name for t in self.trials for name in (t.taken_by, t.finished_by)}
        names = trials | {change.by for change in self.history}
        names |= {file.added_by for file in self.files}
        return {name for name in names if name}


class NotAnArchive(Exception):
    """The text is no archive that can be read; ``problems`` say why, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems


def is_archive(value: object) -> bool:
    """Tell whether an object says that it is a whole experiment."""
    if not isinstance(value, dict):
        return False
    written = value.get("format")
    return isinstance(written, str) and written.startswith(FAMILY)
