import uuid

import pytest
from django.core.exceptions import PermissionDenied

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.models import ChangeKind, Experiment, Membership, Role
from tests.factories import float_range, make_experiment, make_user

pytestmark = pytest.mark.django_db


def test_creating_stores_what_was_defined():
    ada = make_user("ada")
    kernel = ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("rbf", "poly")
    )
    made = make_experiment(
        ada,
        objective="acc%",
        trial_budget=40,
        parameters={"lambda": float_range(1e-5, 1.0, log_scale=True), "kernel": kernel},
    )
    experiment = Experiment.objects.get(pk=made.pk)
    assert experiment.objective.name == "acc%"
    assert [p.name for p in experiment.parameters.all()] == ["lambda", "kernel"]
    first, second = experiment.spec.parameters
    assert (first.lower, first.upper, first.log_scale) == (1e-5, 1.0, True)
    assert second.values == ("rbf", "poly")
    assert experiment.changes.get().kind == ChangeKind.EXPERIMENT_CREATED


def test_no_typed_name_is_in_what_the_optimizer_gets():
    ada = make_user("ada")
    names = ["__import__('os')", "lambda", "a**2"]
    experiment = make_experiment(
        ada, objective="log(acc)", parameters={name: float_range() for name in names}
    )
    said = repr(experiment.spec)
    assert not any(name in said for name in [*names, "log(acc)"])


def test_the_same_form_twice_makes_one():
    ada = make_user("ada")
    key = uuid.uuid4()
    assert make_experiment(ada, key=key) == make_experiment(ada, key=key)
    assert Experiment.objects.count() == 1


def test_runners_may_not_define():
    ada, bob = make_user("ada"), make_user("bob")
    bob.memberships.all().delete()
    Membership.objects.create(team=ada.teams.get(), user=bob, role=Role.RUNNER)
    with pytest.raises(PermissionDenied, match="editor"):
        make_experiment(bob)


def test_experiments_of_other_teams_are_not_visible():
    ada, bob = make_user("ada"), make_user("bob")
    mine = make_experiment(ada)
    make_experiment(bob)
    assert list(Experiment.objects.visible_to(ada)) == [mine]
