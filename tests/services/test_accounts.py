import pytest
from django.contrib.auth.models import User

from experiments.models import Role
from experiments.services import accounts
from experiments.services.errors import Refused
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_newest_link_makes_the_first_account_once():
    old = accounts.new_setup_token()
    new = accounts.new_setup_token()
    assert not accounts.is_valid_setup_token(old)
    user = accounts.create_first_account(token=new, username="ada", password="pw-of-ada")
    assert user.is_superuser
    with pytest.raises(Refused):
        accounts.create_first_account(token=new, username="eve", password="pw-of-eve")
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]


def test_without_the_token_nobody_can():
    accounts.new_setup_token()
    with pytest.raises(Refused):
        accounts.create_first_account(token="guess", username="eve", password="pw-of-eve")


def test_no_token_once_an_account_exists():
    make_user("ada")
    assert accounts.new_setup_token() is None


def test_each_account_gets_a_team_that_it_owns():
    ada = make_user("ada")
    membership = ada.memberships.get()
    assert (membership.team.name, membership.role) == ("ada’s team", Role.OWNER)


def test_the_longest_username_gets_a_team_too():
    name = "n" * 150
    assert make_user(name).memberships.get().team.name == f"{name}’s team"
