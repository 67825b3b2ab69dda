"""Trials and results of one experiment, read from rows; of very large ones kept in memory.

Reading ten thousand trials takes longer than all the rest of a page. So what was read stays for the
next request, and only the trials that have changed since are read again: the history names them.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from experiments import ranking
from experiments.assignments import assigned
from experiments.domain import (
    WITH_RESULTS,
    Parameterization,
    ParameterSpec,
    ParameterValue,
    Result,
)
from experiments.models import ChangeKind, Experiment, Observation, Trial

FEWEST = 1_000
"""How many trials an experiment must have to be kept: smaller ones are read in no time."""
MOST = 100_000
"""How many trials are kept in all, some 2 kB each; the experiments looked at last stay."""
MOST_CHANGED = 500
"""If more trials than this have changed, all are read again."""

_TOUCH_NO_TRIAL = frozenset(
    (
        ChangeKind.STATUS_CHANGED,
        ChangeKind.EXPERIMENT_RENAMED,
        ChangeKind.TAGS_CHANGED,
        ChangeKind.NOTES_EDITED,
        ChangeKind.COMMAND_CHANGED,
        ChangeKind.SOURCES_CHANGED,
        ChangeKind.TEAM_CHOICE_CHANGED,
        ChangeKind.TRIAL_COST_CHANGED,
        ChangeKind.CONCLUDED,
        ChangeKind.CONCLUSION_WITHDRAWN,
        ChangeKind.CONCLUSION_RESTORED,
    )
)


class TrialPoint(NamedTuple):
    """What plots and rankings need of a trial; whole rows would take three times as long."""

    pk: int
    number: int
    status: str
    parameters: dict[str, ParameterValue]
    requested: dict[str, ParameterValue] | None
    reason: str
    finished_at: datetime | None
    created_at: datetime
    taken_by: int | None
    finished_by: int | None
    due_on: date | None
    tags: list[str]
    origin: str
    told_taken_by: str
    told_finished_by: str


@dataclass(frozen=True)
class TrialsRead:
    """The trials by number, and their results by the trials' ids, by the metrics' ids.

    They know every change up to ``revision``, if not more. Nobody may change what is in them.
    """

    revision: int
    trials: Sequence[TrialPoint]
    results: dict[int, dict[int, Result]]
    means_by_id: dict[int, dict[str, float]]

    @property
    def is_large(self) -> bool:
        """Whether there are so many that an act should not wait for all that results say."""
        return len(self.trials) >= FEWEST

    @cached_property
    def means(self) -> dict[int, dict[str, float]]:
        """The completed trials' means by metric key, by the trials' ids, in the trials' order."""
        known = self.means_by_id
        return {
            trial.pk: known[trial.pk]
            for trial in self.trials
            if trial.status in WITH_RESULTS and trial.pk in known
        }

    def repeats(self, specs: Sequence[ParameterSpec]) -> dict[int, tuple[int, ...]]:
        """Return the ids of completed trials with the same parameters, by the id of each, if
        several; ``specs`` are the search space."""
        found = self.__dict__.get("_repeats")
        if found is None or found[0] != specs:
            found = self.__dict__["_repeats"] = (list(specs), self._repeated(specs))
        return found[1]

    def _repeated(self, specs: Sequence[ParameterSpec]) -> dict[int, tuple[int, ...]]:
        groups: dict[Hashable, list[int]] = defaultdict(list)
        name, means = combinations(specs), self.means
        for trial in self.trials:
            if trial.pk in means:
                groups[name(trial.parameters)].append(trial.pk)
        return {pk: tuple(group) for group in groups.values() if len(group) > 1 for pk in group}

    def ranked(self, goals: ranking.Goals) -> ranking.Ranking:
        """Return how the completed trials compare, by the goals that the experiment has."""
        found = self.__dict__.get("_ranking")
        if found is None or found[0] != goals:
            found = self.__dict__["_ranking"] = (goals, ranking.rank(self.means, goals))
        return found[1]


def combinations(specs: Sequence[ParameterSpec]) -> Callable[[Parameterization], Hashable]:
    """Return what names the combination of a trial in a search space, by its stored parameters.

    Trials from before a parameter was added have its backfill. All else is stored as it counts.
    """
    added = [spec.key for spec in specs if spec.backfill is not None]

    def name(stored: Parameterization) -> Hashable:
        is_older = any(key not in stored for key in added)
        return frozenset((assigned(specs, stored) if is_older else stored).items())

    return name


_kept: OrderedDict[int, TrialsRead] = OrderedDict()
_lock = Lock()


def trials_read(experiment: Experiment) -> TrialsRead:
    """Return the trials of an experiment, with all that has happened up to its revision."""
    with _lock:
        kept = _kept.get(experiment.pk)
    if kept is not None and kept.revision == experiment.revision:
        return kept
    # One with a higher revision is no use: a database may have been put back.
    is_older = kept is not None and kept.revision < experiment.revision
    read = _caught_up(kept, experiment) if kept and is_older else _whole(experiment)
    if read.is_large:
        _keep(experiment.pk, read)
    return read


def forget() -> None:
    """Read everything afresh from now on: the rows were changed by other means than acts."""
    with _lock:
        _kept.clear()


def _keep(pk: int, read: TrialsRead) -> None:
    with _lock:
        _kept[pk] = read
        _kept.move_to_end(pk)
        count = sum(len(each.trials) for each in _kept.values())
        while count > MOST and len(_kept) > 1:
            count -= len(_kept.popitem(last=False)[1].trials)


def _whole(experiment: Experiment) -> TrialsRead:
    trials = _points(experiment)
    results = _results(experiment)
    means = {pk: _means(found) for pk, found in results.items()}
    return TrialsRead(experiment.revision, trials, results, means)


def _caught_up(kept: TrialsRead, experiment: Experiment) -> TrialsRead:
    """Read again what the changes since then name, or everything if they do not say."""
    changes = experiment.changes.filter(revision__gt=kept.revision).order_by()
    named = list(changes.values_list("kind", "trial_numbers")[: MOST_CHANGED + 1])
    changed = {number for _, numbers in named for number in numbers}
    is_named = all(numbers or kind in _TOUCH_NO_TRIAL for kind, numbers in named)
    if not is_named or len(named) > MOST_CHANGED or len(changed) > MOST_CHANGED:
        return _whole(experiment)
    if not changed:
        return replace(kept, revision=experiment.revision)
    return _with_changed(kept, experiment, changed)


def _with_changed(kept: TrialsRead, experiment: Experiment, changed: set[int]) -> TrialsRead:
    newer = {point.number: point for point in _points(experiment, changed)}
    gone = {trial.pk for trial in kept.trials if trial.number in changed}
    trials = [
        newer.pop(t.number, t) for t in kept.trials if t.number not in changed or t.number in newer
    ]
    if newer:
        trials = sorted([*trials, *newer.values()], key=lambda trial: trial.number)
    found = _results(experiment, changed)
    results, means = dict(kept.results), dict(kept.means_by_id)
    for pk in gone:
        results.pop(pk, None)
        means.pop(pk, None)
    results |= found
    means |= {pk: _means(own) for pk, own in found.items()}
    return TrialsRead(experiment.revision, trials, results, means)


def _points(experiment: Experiment, numbers: Iterable[int] | None = None) -> list[TrialPoint]:
    rows = Trial.objects.filter(experiment=experiment).order_by("number")
    if numbers is not None:
        rows = rows.filter(number__in=numbers)
    return [TrialPoint._make(row) for row in rows.values_list(*TrialPoint._fields)]


def _results(
    experiment: Experiment, numbers: Iterable[int] | None = None
) -> dict[int, dict[int, Result]]:
    rows = Observation.objects.filter(trial__experiment=experiment, step__isnull=True)
    if numbers is not None:
        rows = rows.filter(trial__number__in=numbers)
    results: dict[int, dict[int, Result]] = defaultdict(dict)
    for trial, metric, mean, sem, raw in rows.values_list("trial", "metric", "mean", "sem", "raw"):
        results[trial][metric] = Result(mean, sem, tuple(map(float, raw)) if raw else ())
    return dict(results)


def _means(results: dict[int, Result]) -> dict[str, float]:
    return {f"m{metric}": result.mean for metric, result in results.items()}
