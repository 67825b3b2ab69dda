"""Any acts on an experiment and its trials, and undos of any, end where they should."""

import contextlib
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.curves import Point, lasts_of, version_of, version_of_ends
from experiments.domain import Result
from experiments.models import AuxiliarySource, Experiment, ExperimentStatus, Trial
from experiments.services import (
    auxiliary,
    conclusions,
    curves,
    decisions,
    editing,
    importing,
    lifecycle,
    many_trials,
    own_trials,
    tables,
    trial_details,
    trial_files,
    trials,
    undoing,
)
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import holds, kept_states, states_of
from experiments.tables.reading import read
from tests.factories import make_experiment, make_user, take
from tests.standing import standing


class Acts:
    """Random acts of one person on an experiment of a few trials."""

    def __init__(self, data, experiment, by) -> None:
        self.data, self.experiment, self.by = data, experiment, by
        self.keys = [parameter.key for parameter in experiment.parameters.all()]
        self.metric = experiment.objective

    def some(self, *choices):
        return self.data.draw(st.sampled_from(choices))

    def values(self):
        return {key: float(self.data.draw(st.integers(-10, 10))) for key in self.keys}

    def result(self) -> Result:
        mean = self.data.draw(st.floats(allow_nan=False, allow_infinity=False))
        return Result(mean, self.some(None, 0.5), self.some((), (1.0, 3.0)))

    def act(self) -> None:
        """Do one thing to one trial, if it can be done; who is too late is told."""
        trial = self.some(*(Trial.everything.all() or [None]))
        act = self.some(*(EVERY if trial else (Acts.add, Acts.take, Acts.imported)))
        with contextlib.suppress(Conflict, Refused), transaction.atomic():
            act(self, trial)

    def add(self, _) -> None:
        own_trials.add(self.experiment, parameters=self.values(), key=uuid.uuid4(), by=self.by)

    def take(self, _) -> None:
        take(self.experiment, self.by, *([(1.0, 2.0), (3.0, 4.0)][: self.some(1, 2)]))

    def imported(self, _) -> None:
        """A table of two new points, and of results for any trials that there are."""
        rows = [f",{x},{self.some(2, 5)},{self.some('', 0.5, 7)}" for x in (1.25, 2.25)]
        rows += [
            ",".join(map(str, (trial.number, *trial.parameters.values(), self.some(3, 4))))
            for trial in self.experiment.trials.all()
        ]
        names = [p.name for p in self.experiment.parameters.all()]
        heading = ",".join(["trial", *names, self.experiment.metrics.get().name])
        text = "\n".join([heading, *rows])
        upload = tables.store(text=text, table=read(text), encoding="", name="", by=self.by)
        digest = importing.plan(self.experiment, upload).digest
        importing.apply(self.experiment, upload, digest=digest, by=self.by)

    def complete(self, trial) -> None:
        trials.complete(trial, values={self.metric: self.result()}, by=self.by)

    def correct(self, trial) -> None:
        found = trial.observations.filter(step=None).first()
        seen = Result(found.mean, found.sem, tuple(found.raw or ())) if found else Result(0.0)
        trials.correct(
            trial, values={self.metric: self.result()}, seen={self.metric: seen}, by=self.by
        )

    def fail(self, trial) -> None:
        trials.fail(trial, by=self.by, reason="smoke", is_avoided=self.some(True, False))

    def abandon(self, trial) -> None:
        trials.abandon(trial, by=self.by, reason="no flour")

    def explain(self, trial) -> None:
        trials.explain(trial, by=self.by, reason=self.some("", "fire"), is_avoided=True)

    def reopen(self, trial) -> None:
        trials.reopen(trial, by=self.by)

    def delete(self, trial) -> None:
        trials.delete(trial, by=self.by)

    def use(self, trial) -> None:
        trial_details.use(trial, values=self.values(), seen=trial.parameters, by=self.by)

    def correct_parameters(self, trial) -> None:
        values = self.values()
        trial_details.correct_parameters(trial, values=values, seen=trial.parameters, by=self.by)

    def hand_over(self, trial) -> None:
        to, day = self.some(None, self.by), self.some(None, date(2031, 5, 1))
        trial_details.hand_over(trial, to=to, due_on=day, by=self.by)

    def release(self, trial) -> None:
        trial_details.assign([trial], to=None, by=self.by)

    def set_due(self, trial) -> None:
        trial_details.set_due([trial], due_on=date(2031, 5, 2), by=self.by)

    def tag(self, _) -> None:
        trial_details.tag(
            list(self.experiment.trials.all()), add=[self.some(*"abc")], remove=["c"], by=self.by
        )

    def note(self, trial) -> None:
        trial_details.set_notes(trial, notes=self.some("", "*x*"), seen=trial.notes, by=self.by)

    def link(self, trial) -> None:
        links = self.some([], [("log", "https://example.org/1")])
        trial_details.set_links(trial, links=links, by=self.by)

    def attach(self, trial) -> None:
        trial_files.add(trial, files=[trial_files.NewFile("log.txt", b"all well")], by=self.by)

    def detach(self, trial) -> None:
        if file := trial.files.first():
            trial_files.remove(trial, file=file.pk, by=self.by)

    def curve(self, trial) -> None:
        """Some points of a learning curve in place of those that there are."""
        points = [Point(float(step), self.result().mean) for step in range(self.some(0, 1, 3))]
        seen = version_of(curves.curves_of(trial))
        curves.enter(trial, points={self.metric: points}, seen=seen, by=self.by, is_whole=True)

    def end_with_curve(self, trial) -> None:
        found = curves.curves_of(trial)
        if self.some(True, False):
            seen = version_of_ends(lasts_of(found))
            curves.stop_early(trial, seen=seen, by=self.by, reason="flat")
        else:
            seen = version_of_ends(curves.bests_of(found, [self.metric]))
            curves.finish(trial, seen=seen, by=self.by, is_best=True)

    def numbers(self) -> list[int]:
        return list(self.experiment.trials.values_list("number", flat=True))

    def fail_many(self, _) -> None:
        many_trials.fail(self.experiment, self.numbers(), by=self.by, is_avoided=True)

    def abandon_many(self, _) -> None:
        many_trials.abandon(self.experiment, self.numbers(), by=self.by, reason="strike")

    def complete_many(self, _) -> None:
        values = {number: {self.metric: self.result()} for number in self.numbers()}
        many_trials.complete(self.experiment, values, by=self.by)

    def delete_many(self, _) -> None:
        many_trials.delete(self.experiment, self.numbers(), by=self.by)

    def edit(self, _) -> None:
        """Rename what trials have values of, and widen a range."""
        now = Experiment.objects.get(pk=self.experiment.pk)
        draft = now.definition
        first, *others = draft.parameters
        wider = replace(first.spec, upper=(first.spec.upper or 0.0) + 1)
        draft = replace(
            draft,
            parameters=(replace(first, name=self.some("x1", "heat"), spec=wider), *others),
            metrics=(replace(draft.metrics[0], name=self.some("booth", "loss")),),
        )
        editing.edit(now, draft=draft, base_revision=now.revision, by=self.by)

    def repeat(self, trial) -> None:
        own_trials.repeat(trial, count=self.some(1, 2), key=uuid.uuid4(), by=self.by)

    def claim(self, _) -> None:
        trial_details.assign(list(self.experiment.trials.running()), to=self.by, by=self.by)

    def change_status(self, _) -> None:
        status = self.some(*ExperimentStatus)
        lifecycle.change_status(self.experiment, status=status, by=self.by)

    def rename(self, _) -> None:
        lifecycle.rename(self.experiment, name=self.some("Booth", "Valley"), by=self.by)

    def set_tags(self, _) -> None:
        lifecycle.set_tags(self.experiment, tags=self.some([], ["a"], ["b", "a"]), by=self.by)

    def edit_notes(self, _) -> None:
        now = Experiment.objects.get(pk=self.experiment.pk)
        seen = lifecycle.fingerprint(now.notes)
        lifecycle.edit_notes(now, notes=self.some("", "*Hm*"), seen=seen, by=self.by)

    def set_command(self, _) -> None:
        lifecycle.set_command(self.experiment, template=self.some("", "run", "go"), by=self.by)

    def set_cost(self, _) -> None:
        cost = self.some(None, 2.0, 1e300)
        decisions.set_trial_cost(self.experiment, cost=cost, unit=self.some("", "h"), by=self.by)

    def choose(self, trial) -> None:
        now = decisions.current_choice(self.experiment)
        seen = now.revision if now else 0
        if self.some(True, True, False):
            decisions.choose(trial, reason=self.some("cheap", "fast"), seen=seen, by=self.by)
        else:
            decisions.withdraw_choice(self.experiment, seen=seen, by=self.by)

    def conclude(self, _) -> None:
        now = Experiment.objects.get(pk=self.experiment.pk)
        stands = self.some(*now.conclusions.all(), None)
        if stands is None:
            conclusions.conclude(
                now, document={}, revision=now.revision, seen=now.cards_revision,
                key=uuid.uuid4(), completes=self.some(True, False), by=self.by,
            )  # fmt: skip
        elif stands.withdrawn_at:
            conclusions.restore(stands, by=self.by)
        else:
            conclusions.withdraw(stands, by=self.by)

    def leave_out(self, _) -> None:
        row = self.experiment.auxiliary_sources.get()
        auxiliary.set_active(self.experiment, row=row.pk, is_active=not row.is_active, by=self.by)

    def undo(self, _) -> None:
        """Take any change back that is not the beginning."""
        change = self.some(*self.experiment.changes.filter(revision__gt=1))
        undoing.undo(self.experiment, revision=change.revision, by=self.by)
        now = states_of(self.experiment)
        for number, state in kept_states(change.before).items():
            assert all(holds(now[number], field, value) for field, value in state.items())


EVERY: tuple[Callable[[Acts, Trial | None], None], ...] = (
    Acts.add, Acts.take, Acts.imported, Acts.complete, Acts.correct, Acts.fail, Acts.abandon,
    Acts.explain, Acts.reopen, Acts.delete, Acts.use, Acts.correct_parameters, Acts.hand_over,
    Acts.release, Acts.set_due, Acts.tag, Acts.note, Acts.link, Acts.attach, Acts.detach,
    Acts.curve, Acts.end_with_curve, Acts.fail_many, Acts.abandon_many, Acts.complete_many,
    Acts.delete_many, Acts.repeat, Acts.claim,
    Acts.change_status, Acts.rename, Acts.set_tags, Acts.edit_notes, Acts.set_command,
    Acts.set_cost, Acts.choose, Acts.conclude, Acts.leave_out,
    Acts.edit, Acts.undo, Acts.undo, Acts.undo,
)  # fmt: skip


def check_all_lead_back(data, made: Counter[str]) -> None:
    """Do some acts, and take all back, newest first; ``made`` counts what was done."""
    ada = make_user("ada")
    experiment = make_experiment(ada)
    learnt = AuxiliarySource(experiment=experiment, source=make_experiment(ada), added_by=ada)
    learnt.save()
    acts = Acts(data, experiment, ada)
    known = {1: (standing(experiment), {})}
    for _ in range(data.draw(st.integers(1, 14))):
        acts.act()
        revision = experiment.changes.first().revision
        known[revision] = standing(experiment), states_of(experiment)
    changes = list(experiment.changes.filter(revision__gt=1))
    made.update(change.kind for change in changes)
    for change in changes:
        undoing.undo(experiment, revision=change.revision, by=ada)
        if change.revision - 1 not in known:
            continue  # An act of several changes: it is half taken back.
        whole, states = known[change.revision - 1]
        now = states_of(experiment)
        assert {n: s for n, s in now.items() if s["exists"] or n in states} == states
        assert standing(experiment) == whole


def test_any_acts_and_undos_end_where_they_should(db):
    """Each undo restores its fields exactly; all of them, newest first, lead back."""
    made: Counter[str] = Counter()

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def check(data) -> None:
        with transaction.atomic():
            check_all_lead_back(data, made)
            transaction.set_rollback(True)

    check()
    assert len(made) > 15, f"Too few kinds of acts were tried: {made}"
