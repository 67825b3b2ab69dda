"""Finds columns that are filled only where a choice has certain values: dependent parameters."""

from collections.abc import Callable, Mapping, Sequence

from experiments.domain import ParameterValue

Read = Callable[[str], ParameterValue | None]
_MOST_VALUES = 20


def conditions(
    rows: Sequence[Sequence[str]], readers: Mapping[int, Read], choices: Sequence[int]
) -> dict[int, tuple[int, tuple[ParameterValue, ...]]]:
    """Return by column the choice (a column) and its values on which it depends.

    ``readers`` tell for each parameter's column what a cell says, ``None`` for nothing. A column
    depends on the first of ``choices`` for each value of which it is either always filled or
    always blank.
    """
    filled = [row for row in rows if row]
    values = {index: [read(row[index]) for row in filled] for index, read in readers.items()}
    whole = [
        index
        for index in choices
        if None not in values[index] and 2 <= len(set(values[index])) <= _MOST_VALUES
    ]
    found = {}
    for index, cells in values.items():
        is_there = [value is not None for value in cells]
        if all(is_there) or not any(is_there):
            continue
        for parent in whole:
            active = _separates(values[parent], is_there)
            if parent != index and active:
                found[index] = (parent, active)
                break
    return found


def _separates(
    parent: Sequence[ParameterValue | None], is_there: Sequence[bool]
) -> tuple[ParameterValue, ...]:
    """Return the parent's values with which a cell is there, if it never is with the others."""
    pairs = dict.fromkeys(zip(parent, is_there, strict=True))
    active = [value for value, there in pairs if there and value is not None]
    is_clear = len(pairs) == len({value for value, _ in pairs})
    return tuple(active) if is_clear else ()
