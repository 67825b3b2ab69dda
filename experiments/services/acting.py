"""How trials are changed: their states before and after an act make its ``Change``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from experiments.models import Change, ChangeKind, Experiment, Trial
from experiments.permissions import check_can_run
from experiments.services import progress
from experiments.services.curve_points import Points
from experiments.services.progress import Step
from experiments.services.recording import locked, record
from experiments.services.trial_states import (
    ABSENT,
    State,
    differences,
    is_model_change,
    states_of,
)

_BATCH = 2_000


class Act:
    """One act of a person on trials of a locked experiment, while it happens."""

    def __init__(self, experiment: Experiment, kind: ChangeKind, by: AbstractBaseUser) -> None:
        self.experiment = experiment
        self.kind = kind
        self.by = by
        self.reason = ""
        self.undoes: Change | None = None
        self.change: Change | None = None
        self._before: dict[int, State] = {}
        self._points: dict[int, tuple[Points, Points]] = {}

    def trial(self, pk: int) -> Trial:
        """Read a trial again, under the lock, to change it; raises ``Trial.DoesNotExist``."""
        (trial,) = self.trials(self.experiment.trials.filter(pk=pk)) or (None,)
        if trial is None:
            raise Trial.DoesNotExist
        return trial

    def trials(self, wanted: "QuerySet[Trial]") -> list[Trial]:
        """Read trials of the experiment again, under the lock, to change them."""
        found = list(wanted.select_related("finished_by", "taken_by"))
        self.watch([trial.number for trial in found])
        return found

    def watch(self, numbers: Sequence[int]) -> None:
        """Note down the states of trials, by number, before they are changed."""
        new = [number for number in numbers if number not in self._before]
        self._before |= self._states(new, Step.BEFORE)

    def curves_changed(self, number: int, before: Points, after: Points) -> None:
        """Say which points of a trial's curves were others, and what they are now."""
        self._points[number] = before, after

    def added(self, trials: Sequence[Trial]) -> None:
        """Say that these trials are new."""
        self._before |= {trial.number: ABSENT for trial in trials}

    def record(self, *, is_known_to_model: bool = False) -> Change | None:
        """Record what became of the trials: one ``Change``, or ``None`` if nothing did.

        ``is_known_to_model``: suggestions that are ready were made in the knowledge of this.
        """
        after = self._states(list(self._before), Step.HISTORY)
        pairs = {n: differences(self._before[n], after[n]) for n in sorted(self._before)}
        for number, (old, new) in self._points.items():
            was, now = pairs[number]
            pairs[number] = was | {"points": old}, now | {"points": new}
        pairs = {number: pair for number, pair in pairs.items() if pair[1]}
        if not pairs:
            return None
        self.change = record(
            self.experiment,
            kind=self.kind,
            by=self.by,
            is_model_change=not is_known_to_model
            and is_model_change(changed for _, changed in pairs.values()),
            trial_numbers=list(pairs),
            before={"states": {str(number): old for number, (old, _) in pairs.items()}},
            after={"states": {str(number): new for number, (_, new) in pairs.items()}},
            reason=self.reason,
            undoes=self.undoes,
        )
        return self.change

    def _states(self, numbers: Sequence[int], step: Step) -> dict[int, State]:
        found: dict[int, State] = {}
        for some in progress.batches(numbers, _BATCH, step):
            found |= states_of(self.experiment, some, has_curves=False)
        return found


@contextmanager
def acting(
    experiment_id: int, *, kind: ChangeKind, by: AbstractBaseUser, reason: str = ""
) -> Iterator[Act]:
    """Lock an experiment, check that the person may run trials, and record what the block does.

    Raises ``PermissionDenied`` for those who may not; what the block raises undoes all of it.
    """
    with locked(experiment_id) as experiment:
        check_can_run(by, experiment.team)
        act = Act(experiment, kind, by)
        act.reason = reason
        yield act
        act.record()


def set_in_all(trials: Sequence[Trial], **values: object) -> None:
    """Write the same values to the rows of many trials, in one statement.

    The trials in hand keep what they had. ``bulk_update`` would take seconds for thousands.
    """
    Trial.everything.filter(pk__in=[trial.pk for trial in trials]).update(**values)
