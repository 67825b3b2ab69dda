"""Why a write was refused, in words for the person who asked for it."""


class Refused(Exception):
    """This cannot be done now."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class Conflict(Refused):
    """Somebody else changed this meanwhile."""
