"""What taking an act back needs to know, whatever it was about: whether it still stands."""


def why_not_standing(what: str, *, now: object, before: object, after: object) -> str:
    """Return why ``what`` cannot get back what it was ``before`` an act; "" if it can.

    It can while it is what the act led to: what was changed since is not taken away with it.
    """
    if now == after:
        return ""
    if now == before:
        return f"The {what} is as before already."
    return f"The {what} changed again since: take that back first."
