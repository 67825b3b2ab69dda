"""Who may do what, in pairs: ``check_can_x`` raises with a human reason, ``can_x`` is the bool.

The reason is the text of the 403 page and the tooltip of the disabled button.
"""

from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied

from experiments.models import Membership, Role, Team

User = AbstractBaseUser | AnonymousUser


def role_of(user: User, team: Team) -> Role | None:
    """Return the user's role in the team, ``None`` for somebody outside it."""
    if user.pk is None:
        return None
    membership = Membership.objects.filter(team=team, user_id=user.pk).first()
    return Role(membership.role) if membership else None


def _check(user: User, team: Team, least: Role, act: str) -> None:
    role = role_of(user, team)
    if role is None:
        raise PermissionDenied(f"You are not a member of {team}.")
    if role.rank < least.rank:
        raise PermissionDenied(
            f"Your role in {team} is {role.value}; to {act}, you need to be {least.value} at least."
        )


def _can(check: Callable[[User, Team], None], user: User, team: Team) -> bool:
    try:
        check(user, team)
    except PermissionDenied:
        return False
    return True


def check_can_run(user: User, team: Team) -> None:
    """Raise ``PermissionDenied`` unless the user may take suggestions and enter results."""
    _check(user, team, Role.RUNNER, "take suggestions and enter results")


def can_run(user: User, team: Team) -> bool:
    """Tell whether the user may take suggestions and enter results."""
    return _can(check_can_run, user, team)


def check_can_define(user: User, team: Team) -> None:
    """Raise ``PermissionDenied`` unless the user may define experiments."""
    _check(user, team, Role.EDITOR, "define experiments")


def can_define(user: User, team: Team) -> bool:
    """Tell whether the user may define experiments."""
    return _can(check_can_define, user, team)


def check_can_organize(user: User, team: Team) -> None:
    """Raise ``PermissionDenied`` unless the user may pause, rename, tag or delete experiments."""
    _check(user, team, Role.EDITOR, "change an experiment’s status, name, tags or notes")


def can_organize(user: User, team: Team) -> bool:
    """Tell whether the user may pause, rename, tag or delete experiments."""
    return _can(check_can_organize, user, team)


def why_not_organize(user: User, team: Team) -> str:
    """Return why the user may not pause, rename, tag or delete experiments; "" if they may."""
    try:
        check_can_organize(user, team)
    except PermissionDenied as error:
        return str(error)
    return ""


def check_can_decide(user: User, team: Team) -> None:
    """Raise ``PermissionDenied`` unless the user may choose for the team, and conclude."""
    _check(user, team, Role.EDITOR, "choose a trial for the team or conclude")


def can_decide(user: User, team: Team) -> bool:
    """Tell whether the user may choose for the team, and conclude."""
    return _can(check_can_decide, user, team)


def why_not_decide(user: User, team: Team) -> str:
    """Return why the user may not choose for the team or conclude; "" if they may."""
    try:
        check_can_decide(user, team)
    except PermissionDenied as error:
        return str(error)
    return ""


def check_can_manage(user: User, team: Team) -> None:
    """Raise ``PermissionDenied`` unless the user may manage the team."""
    _check(user, team, Role.OWNER, "manage the team")


def can_manage(user: User, team: Team) -> bool:
    """Tell whether the user may manage the team."""
    return _can(check_can_manage, user, team)
