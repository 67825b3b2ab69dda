"""What the buttons between the rows do to what was typed: add, remove, move. Nothing is judged."""

import re
from collections.abc import Callable

from experiments.forms.arranging import places
from experiments.forms.constraints import LINEAR, ORDER, SUM
from experiments.forms.rows import Texts
from experiments.forms.typed import Typed, TypedRow

_ADDED_CONSTRAINTS = {"add-order": ORDER, "add-sum": SUM, "add-linear": LINEAR}
_ROW = re.compile(r"(remove|up|down|arrange|term|factors)-([pmc])(\d{1,6})")
_TERM = re.compile(r"remove-([pc])(\d{1,6})-t(\d{1,6})")
_PARTS = {"p": "parameters", "m": "metrics", "c": "constraints"}


def press(typed: Typed, action: str) -> tuple[str, str]:
    """Change the rows as a button says.

    Returns which rows changed (``parameters``, ``metrics``, ``constraints``, or ``""`` for an
    unknown button), and what then has the focus: the id of a field, or the value of a button.
    """
    if action == "add":
        return "parameters", _add_parameter(typed)
    if action == "add-metric":
        return "metrics", _add_metric(typed)
    if action in _ADDED_CONSTRAINTS:
        return "constraints", _add_constraint(typed, _ADDED_CONSTRAINTS[action])
    if match := _TERM.fullmatch(action):
        letter, number, term = match[1], int(match[2]), int(match[3])
        rows = typed.rows[letter]
        if 1 <= number <= len(rows) and 1 <= term <= len(rows[number - 1].terms):
            return _PARTS[letter], _remove_term(rows[number - 1], letter, number, term)
    if match := _ROW.fullmatch(action):
        verb, letter, number = match[1], match[2], int(match[3])
        if 1 <= number <= len(typed.rows[letter]):
            return _PARTS[letter], _VERBS[verb](typed.rows[letter], letter, number)
    return "", ""


def _add_parameter(typed: Typed) -> str:
    if typed.is_full("p"):
        return ""
    rows = typed.rows["p"]
    kind = rows[-1].texts.get("kind", "float") if rows else "float"
    # Most spaces have several parameters of one type.
    typed.add_row("p", {"kind": "float" if kind == "derived" else kind})
    return f"id_p{len(rows)}-name"


def _add_metric(typed: Typed) -> str:
    if typed.is_full("m"):
        return ""
    goal = "at_most" if typed.rows["m"] else "minimize"
    typed.add_row("m", {"goal": goal})
    return f"id_m{len(typed.rows['m'])}-name"


def _add_constraint(typed: Typed, shape: str) -> str:
    if typed.is_full("c"):
        return ""
    terms: list[Texts] = [{}, {}]
    typed.add_row("c", {"shape": shape, "relation": "at_most"}, terms)
    part = "coefficient" if shape == LINEAR else "parameter"
    return f"id_c{len(typed.rows['c'])}-t1-{part}"


def _remove_term(row: TypedRow, letter: str, number: int, term: int) -> str:
    del row.terms[term - 1]
    if not row.terms:
        return f"term-{letter}{number}"
    return f"id_{letter}{number}-t{min(term, len(row.terms))}-parameter"


def _remove(rows: list[TypedRow], letter: str, number: int) -> str:
    del rows[number - 1]
    first = "t1-parameter" if letter == "c" else "name"
    if rows:
        return f"id_{letter}{min(number, len(rows))}-{first}"
    return {"p": "add", "m": "add-metric", "c": "add-linear"}[letter]


def _up(rows: list[TypedRow], letter: str, number: int) -> str:
    return _swap(rows, letter, number, earlier=True)


def _down(rows: list[TypedRow], letter: str, number: int) -> str:
    return _swap(rows, letter, number, earlier=False)


def _swap(rows: list[TypedRow], letter: str, number: int, *, earlier: bool) -> str:
    """Change places with the neighbour that stands beneath the same parameter."""
    if letter == "p":
        here = places(rows)
        beside = [n for n, place in enumerate(here, 1) if place == here[number - 1]]
    else:
        beside = list(range(1, len(rows) + 1))
    index = beside.index(number)
    target = beside[max(index - 1, 0) if earlier else min(index + 1, len(beside) - 1)]
    rows[number - 1], rows[target - 1] = rows[target - 1], rows[number - 1]
    # At an end the button cannot be used any more: its neighbour takes the focus.
    is_end = target == (beside[0] if earlier else beside[-1])
    verb = "up" if earlier != is_end else "down"
    return f"{verb}-{letter}{target}"


def _arrange(rows: list[TypedRow], letter: str, number: int) -> str:
    return f"id_{letter}{number}-parent_values"


def _add_term(rows: list[TypedRow], letter: str, number: int) -> str:
    row = rows[number - 1]
    row.terms.append({})
    return f"id_{letter}{number}-t{len(row.terms)}-parameter"


def _factors(rows: list[TypedRow], letter: str, number: int) -> str:
    """Show the factors of an order or a sum, to be changed."""
    row = rows[number - 1]
    if row.texts.get("shape") == ORDER:
        row.texts["bound"] = "0"
        for term, factor in zip(row.terms, ("1", "-1"), strict=False):
            term["coefficient"] = factor
    row.texts["shape"] = LINEAR
    return f"id_{letter}{number}-t1-coefficient"


_VERBS: dict[str, Callable[[list[TypedRow], str, int], str]] = {
    "remove": _remove,
    "up": _up,
    "down": _down,
    "arrange": _arrange,
    "term": _add_term,
    "factors": _factors,
}
