"""Accounts: the first one through the set-up link, and a team of its own for each."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import connection, transaction

from experiments.models import Membership, Role, SetupToken, Team
from experiments.services.errors import Refused

_SETUP_LOCK = 7_306_412  # Any number that nothing else in this database locks.


def new_setup_token() -> str | None:
    """Make the one-time token that allows the first account; earlier ones end.

    Returns ``None`` once an account exists.
    """
    with transaction.atomic():
        _lock_setup()
        SetupToken.objects.all().delete()
        if get_user_model().objects.exists():
            return None
        token = secrets.token_urlsafe(24)
        SetupToken.objects.create(digest=SetupToken.digest_of(token))
    return token


def is_valid_setup_token(token: str) -> bool:
    """Tell whether the token allows the first account now."""
    return (
        SetupToken.objects.filter(digest=SetupToken.digest_of(token)).exists()
        and not get_user_model().objects.exists()
    )


def create_first_account(*, token: str, username: str, password: str) -> User:
    """Create the first account, who also administers the site; uses up the token.

    Raises ``Refused`` if the token is not, or no longer, the right one.
    """
    with transaction.atomic():
        _lock_setup()
        if not is_valid_setup_token(token):
            raise Refused("This set-up link has been used or replaced by a newer one.")
        SetupToken.objects.all().delete()
        return User.objects.create_superuser(username=username, password=password)


def give_team(instance: User, *, created: bool, raw: bool = False, **kwargs: object) -> None:
    """Give a newly created account a team of its own (a receiver of ``post_save``)."""
    if created and not raw:
        team = Team.objects.create(name=f"{instance.get_username()}’s team")
        Membership.objects.create(team=team, user=instance, role=Role.OWNER)


def _lock_setup() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
