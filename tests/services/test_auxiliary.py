"""Experiments that a model learns from: what is read of them, for whom, and leaving them out."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from experiments.known import Choice, Taken
from experiments.models import (
    AuxiliarySource,
    ChangeKind,
    Experiment,
    ExperimentStatus,
    Membership,
    Role,
    Team,
)
from experiments.services import auxiliary, experiments, lifecycle, trials, undoing
from experiments.services.errors import Refused
from tests.factories import finish, make_experiment, make_user, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(ada):
    made = make_experiment(ada, name="Source")
    one, other, failed, _ = take(made, ada, (1, 2), (30, 4), (3, 3), (4, 4))
    finish(one, ada, 5.0, sem=0.5)
    finish(other, ada, 7.0)
    trials.fail(failed, by=ada)
    return made


def learner(by, *sources, only_inside=False, without=()):
    taken = tuple(Taken(each.pk, frozenset(without)) for each in sources)
    return make_experiment(by, name="Own", learns_from=Choice(taken, only_inside, learns=True))


def read(experiment):
    """What the model learns: values in the order of the parameters, means and errors."""
    return {
        key: [
            (tuple(each.parameters.values()), [(o.mean, o.sem) for o in each.observations])
            for each in found
        ]
        for key, found in auxiliary.records(experiment).items()
    }


def row_of(experiment):
    return experiment.auxiliary_sources.get()


def why(experiment):
    (found,) = auxiliary.all_of(experiment)
    return found.why_unread


def test_trials_with_results_are_read_with_the_keys_of_the_experiment(ada, source):
    own = learner(ada, source)
    assert read(own) == {source.pk: [((1.0, 2.0), [(5.0, 0.5)]), ((30.0, 4.0), [(7.0, None)])]}
    (first, _) = auxiliary.records(own)[source.pk]
    assert set(first.parameters) == {parameter.key for parameter in own.parameters.all()}
    assert first.observations[0].metric == own.objective.key
    assert own.trials.count() == 0
    assert own.changes.get().after["learns_from"] == [source.pk]


def test_what_was_left_out_is_not_read(ada, source):
    assert len(read(learner(ada, source, only_inside=True))[source.pk]) == 1
    assert len(read(learner(ada, source, without=[0]))[source.pk]) == 1
    assert read(learner(ada, source, without=[0], only_inside=True)) == {}


def test_the_rows_of_now_are_read(ada, source):
    own = learner(ada, source)
    (running,) = source.trials.filter(status="running")
    finish(running, ada, 9.0)
    assert len(read(own)[source.pk]) == 3
    trials.reopen(source.trials.get(number=0), by=ada)
    assert [means for _, means in read(own)[source.pk]] == [[(7.0, None)], [(9.0, None)]]


def test_what_two_have_in_common_or_has_been_copied_counts_once(ada, source):
    twin = make_experiment(ada, name="Twin")
    finish(take(twin, ada, (1, 2))[0], ada, 5.0, sem=0.5)
    own = learner(ada, source, twin)
    assert list(read(own)) == [source.pk]
    auxiliary.set_active(
        own, row=own.auxiliary_sources.get(source=source).pk, is_active=False, by=ada
    )
    assert list(read(own)) == [twin.pk]
    own.trials.create(number=0, parameters={}, source=twin.trials.get())
    assert read(own) == {}


class TestLeavingOut:
    def test_it_is_a_change_that_makes_suggestions_old_and_can_be_undone(self, ada, source):
        own = learner(ada, source)
        change = auxiliary.set_active(own, row=row_of(own).pk, is_active=False, by=ada)
        own.refresh_from_db()
        assert (change.kind, change.is_model_change) == (ChangeKind.SOURCES_CHANGED, True)
        assert own.model_revision == own.revision == change.revision
        assert (read(own), own.informing_count) == ({}, 0)
        again = auxiliary.undo(change, by=ada)
        assert (again.undoes, again.is_redo) == (change.revision, False)
        assert list(read(own)) == [source.pk]
        assert auxiliary.undo(change, by=ada) is None
        assert undoing.undo(own, revision=again.revision, by=ada).after["is_active"] is False

    def test_the_same_again_changes_nothing(self, ada, source):
        own = learner(ada, source)
        assert auxiliary.set_active(own, row=row_of(own).pk, is_active=True, by=ada) is None

    def test_nothing_else_is_left_out(self, ada, source):
        own, other = learner(ada, source), learner(ada, source)
        with pytest.raises(Refused):
            auxiliary.set_active(own, row=row_of(other).pk, is_active=False, by=ada)

    def test_it_needs_the_role(self, ada, source):
        own = learner(ada, source)
        change = auxiliary.set_active(own, row=row_of(own).pk, is_active=False, by=ada)
        runner = make_user("rita")
        runner.memberships.all().delete()
        Membership.objects.create(team=own.team, user=runner, role=Role.RUNNER)
        with pytest.raises(PermissionDenied):
            auxiliary.set_active(own, row=row_of(own).pk, is_active=True, by=runner)
        with pytest.raises(PermissionDenied):
            auxiliary.undo(change, by=runner)


class TestAccess:
    @pytest.fixture
    def theirs(self, ada):
        """An experiment of another team, that Ada belongs to as well."""
        charlie = make_user("charlie")
        made = make_experiment(charlie, name="Theirs")
        finish(take(made, charlie, (1, 1))[0], charlie, 3.0)
        Membership.objects.create(team=made.team, user=ada, role=Role.VIEWER)
        return made

    def made_by(self, ada, theirs):
        taken = Choice((Taken(theirs.pk),), learns=True)
        team = Team.objects.exclude(pk=theirs.team_id).get(members=ada)
        return experiments.create(draft=theirs.definition, team=team, by=ada, learns_from=taken)

    def test_whoever_may_see_it_can_learn_from_it_for_as_long(self, ada, theirs):
        own = self.made_by(ada, theirs)
        assert list(read(own)) == [theirs.pk]
        theirs.team.memberships.filter(user=ada).delete()
        assert read(own) == {}
        assert "may not see it any more" in why(own)

    def test_whoever_left_altogether_may_not_either(self, ada, theirs):
        own = self.made_by(ada, theirs)
        AuxiliarySource.objects.update(added_by=None)
        assert read(own) == {}

    def test_others_cannot_be_learnt_from(self, ada, theirs):
        theirs.team.memberships.filter(user=ada).delete()
        with pytest.raises(Refused, match="not yours to see"):
            self.made_by(ada, theirs)
        assert not Experiment.objects.filter(auxiliary_sources__isnull=False).exists()


class TestSourcesThatGo:
    def test_an_archived_one_is_still_read(self, ada, source):
        own = learner(ada, source)
        lifecycle.change_status(source, status=ExperimentStatus.ARCHIVED, by=ada)
        assert list(read(own)) == [source.pk]

    def test_a_deleted_one_is_not_until_it_is_restored(self, ada, source):
        own = learner(ada, source)
        lifecycle.delete(source, by=ada)
        assert (read(own), why(own)[:13]) == ({}, "It is deleted")
        lifecycle.restore(source, by=ada)
        assert list(read(own)) == [source.pk]

    def test_one_that_is_gone_for_good_breaks_nothing(self, ada, source):
        own = learner(ada, source)
        lifecycle.delete(source, by=ada)
        lifecycle.purge(timezone.now() + timedelta(days=lifecycle.KEPT_DAYS + 1))
        assert not Experiment.objects.filter(pk=source.pk).exists()
        assert (read(own), why(own)) == ({}, "It is gone for good.")

    def test_one_that_no_longer_fits_tells_nothing(self, ada, source):
        own = learner(ada, source)
        source.metrics.update(name="other")
        assert read(own) == {}
        (found,) = auxiliary.all_of(own)
        assert found.source.overlap.problem == "No metric is measured in both."
