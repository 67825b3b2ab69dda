"""Dependent parameters stand beneath the one that switches them on; the data stays a flat list."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.forms.parameters import ParameterRow
from experiments.forms.typed import TypedRow

Place = tuple[str, str]
"""Under which parameter (its key; blank: none), and for which of its values, a row stands."""


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next on the page: a row, the beginning of a group (its title), or its end."""

    row: ParameterRow | None = None
    title: str = ""
    ends: bool = False


def places(rows: Sequence[TypedRow]) -> list[Place]:
    """Return where each row stands; whose condition is broken or circular stands with the first."""
    parents = {row.texts["key"]: row.texts.get("parent", "").strip() for row in rows}

    def leads_somewhere(key: str) -> bool:
        seen = {key}
        while parents[key]:
            key = parents[key]
            if key in seen or key not in parents:
                return False
            seen.add(key)
        return True

    return [
        (parents[key], " ".join(row.texts.get("parent_values", "").split()))
        if parents[key := row.texts["key"]] and leads_somewhere(key)
        else ("", "")
        for row in rows
    ]


def arranged(rows: Sequence[ParameterRow], typed: Sequence[TypedRow]) -> list[Step]:
    """Return the rows in the order in which they are shown, in groups beneath their parents."""
    titles = {row.key: row.title for row in rows}
    groups: dict[str, dict[str, list[ParameterRow]]] = {}
    for row, (parent, values) in zip(rows, places(typed), strict=True):
        groups.setdefault(parent, {}).setdefault(values, []).append(row)
    steps: list[Step] = []
    # A stack of our own: a chain of dependents may be longer than Python's.
    waiting = [Step(row=row) for group in groups.get("", {}).values() for row in reversed(group)]
    while waiting:
        step = waiting.pop()
        steps.append(step)
        if step.row is None:
            continue
        for values, group in reversed(groups.get(step.row.key, {}).items()):
            waiting.append(Step(ends=True))
            waiting += [Step(row=row) for row in reversed(group)]
            title = f"when {titles[step.row.key]} is {values.replace(', ', ' or ') or '…'}"
            waiting.append(Step(title=title))
    return steps
