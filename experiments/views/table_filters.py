"""Which trials pass the search and the filters of the table."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from django.contrib.auth.models import User
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from experiments.domain import TrialStatus
from experiments.forms.history import TOLD
from experiments.forms.trial_table import MINE, NOBODY, TableForm
from experiments.models import Experiment, Trial
from experiments.plots.columns import Column
from experiments.views.kept import TrialPoint
from experiments.views.rows import is_overdue

Test = Callable[[TrialPoint], bool]


class TableFilters:
    """The filters of a form, as tests of one trial each."""

    def __init__(
        self,
        form: TableForm,
        *,
        experiment: Experiment,
        trials: Sequence[TrialPoint],
        axes: Mapping[str, Column],
        people: Mapping[int, User],
        reader: User,
    ) -> None:
        self.form = form
        self.experiment = experiment
        self.trials = trials
        self.axes = axes
        self.people = people
        self.reader = reader

    @cached_property
    def kept(self) -> list[TrialPoint]:
        """The trials that pass all of them, by number."""
        tests = list(self._tests())
        return [trial for trial in self.trials if all(test(trial) for test in tests)]

    def _tests(self) -> Sequence[Test]:
        form, tests = self.form, list[Test]()
        if statuses := set(form.value("status") or ()):
            tests.append(lambda t: t.status in statuses)
        if person := form.value("person"):
            wanted = {MINE: str(self.reader.pk), NOBODY: "None"}.get(person, person)
            tests.append(lambda t: str(holder_of(t)) == wanted)
        if tag := form.value("tag"):
            tests.append(lambda t: tag in t.tags)
        if form.value("overdue"):
            tests.append(lambda t: t.status == TrialStatus.RUNNING and is_overdue(t.due_on))
        for key, (low, high) in form.ranges.items():
            tests.append(_between(self.axes[key].places, low, high))
        for key, picked in form.picked.items():
            tests.append(_among(self.axes[key].places, picked))
        if words := set((form.value("q") or "").lower().split()):
            tests.append(self._saying(words))
        return tests

    def _saying(self, words: set[str]) -> Test:
        """Return what tells whether each word occurs in a trial's texts, or is its number."""
        written = self._written(words)
        labelled = [axis for axis in self.axes.values() if axis.labels]

        def test(trial: TrialPoint) -> bool:
            values = (axis.labels[int(axis.places[trial.pk])] for axis in labelled
                      if trial.pk in axis.places)  # fmt: skip
            people = (self._called(pk) for pk in (trial.taken_by, trial.finished_by) if pk)
            told = (trial.told_taken_by, trial.told_finished_by)
            texts = (trial.reason, *trial.tags, *people, *told, *values)
            said = "\n".join((written.get(trial.pk, ""), *texts)).lower()
            return all(word in said or word == str(trial.number) for word in words)

        return test

    def _written(self, words: set[str]) -> dict[int, str]:
        """The notes and links in which some word occurs, by the trials’ ids: nobody keeps all."""
        asked = Q(pk__in=[])
        for word in words:
            asked |= Q(notes__icontains=word) | Q(_links__icontains=word)
        trials = Trial.objects.filter(experiment=self.experiment)
        found = trials.annotate(_links=Cast("links", TextField())).filter(asked)
        return {pk: f"{notes}\n{links}" for pk, notes, links in
                found.values_list("pk", "notes", "_links")}  # fmt: skip

    def _called(self, pk: int) -> str:
        user = self.people.get(pk)
        return f"{user.get_username()} {user.get_full_name()}" if user else ""


def holder_of(trial: TrialPoint) -> int | str | None:
    """Who has a trial that runs, or finished one that does not: an id, or a ``told_key``."""
    finished = (trial.finished_by, trial.told_finished_by)
    has_ended = trial.status != TrialStatus.RUNNING and any(finished)
    pk, told = finished if has_ended else (trial.taken_by, trial.told_taken_by)
    return told_key(told) if pk is None and told else pk


def told_key(name: str) -> str:
    """Return what stands for somebody of whom only a restored file tells."""
    return f"{TOLD} {name}"


def _between(places: Mapping[int, float], low: float | None, high: float | None) -> Test:
    def test(trial: TrialPoint) -> bool:
        place = places.get(trial.pk)
        if place is None:
            return False
        return (low is None or place >= low) and (high is None or place <= high)

    return test


def _among(places: Mapping[int, float], picked: set[float]) -> Test:
    return lambda trial: places.get(trial.pk) in picked
