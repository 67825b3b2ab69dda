"""What people are called in lists from which one is chosen."""

from collections import Counter
from collections.abc import Iterable

from django.contrib.auth.models import User


def names_of(users: Iterable[User]) -> dict[int, str]:
    """Return names by the users’ ids, in alphabetical order; who shares a name is told apart."""
    called = {user: user.get_full_name() or user.get_username() for user in users}
    shared = Counter(called.values())
    names = {
        user.pk: f"{name} ({user.get_username()})" if shared[name] > 1 else name
        for user, name in called.items()
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))
