"""Experiments with the same objective, side by side: how the best of each improved. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from experiments.domain import Direction
from experiments.figures import Figure, Trace, escape, literal, rounded, scatter, titled, value_axis

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
"""What tells experiments apart besides their colours, by their places."""

SVG_DASHES = ("none", "8 3", "2 3", "8 3 2 3", "14 4", "14 4 2 4")
"""The same dashes, in a small line in words."""

MOST = len(DASHES)
"""How many experiments can be told apart."""

_LONGEST_LABEL = 18


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is compared: an objective by its name, its unit, and which way it gets better."""

    name: str
    unit: str
    direction: Direction

    @property
    def title(self) -> str:
        """Its name, with its unit in brackets."""
        return titled(self.name, self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One experiment: its place among those compared, and its results in one quantity.

    ``results`` are the number of each trial, its result, and whether it keeps all constraints; in
    the order of the numbers. ``last`` is the newest trial's number, ``budget`` how many trials
    there are to be in all.
    """

    place: int
    name: str
    results: Sequence[tuple[int, float, bool]]
    last: int
    budget: int | None = None


def steps(run: Run, direction: Direction) -> list[tuple[int, float]]:
    """Return the trials that improved the best, with what it then was."""
    found: list[tuple[int, float]] = []
    for number, value, counts in run.results:
        is_better = not found or (
            value < found[-1][1] if direction is Direction.MINIMIZE else value > found[-1][1]
        )
        if counts and is_better:
            found.append((number, value))
    return found


def by_trial(quantity: Quantity, runs: Iterable[Run]) -> Figure:
    """Draw the best so far of each experiment by the trial's number."""
    lines = [_line(run, quantity, per=1.0) for run in runs]
    axis = {"title": {"text": "trial"}, "range": _room(lines)}
    return _figure(f"{quantity.name} by trial", quantity, lines, axis)


def by_budget(quantity: Quantity, runs: Iterable[Run]) -> Figure | None:
    """Draw the same by the share of each experiment's budget; those without one are left out."""
    lines = [_line(run, quantity, per=100 / run.budget, ahead=1) for run in runs if run.budget]
    axis = {"title": {"text": "share of the trial budget (%)"}, "range": _room(lines)}
    if sum(bool(line) for line in lines) < 2:
        return None
    return _figure(f"{quantity.name} by share of the budget", quantity, lines, axis)


def _line(run: Run, quantity: Quantity, *, per: float, ahead: int = 0) -> list[Trace]:
    """Make the line of one experiment, level until the next better trial; none without results."""
    found = steps(run, quantity.direction)
    if not found:
        return []
    ids = [str(number) for number, _ in found]
    if run.last > found[-1][0]:
        found.append((run.last, found[-1][1]))
        ids.append("")
    name = run.name if len(run.name) <= _LONGEST_LABEL else f"{run.name[: _LONGEST_LABEL - 1]}…"
    trace = scatter(
        run.name,
        f"series-{run.place + 1}",
        x=[(number + ahead) * per for number, _ in found],
        y=rounded([value for _, value in found]),
        mode="lines+markers+text",
        text=[*[""] * (len(found) - 1), escape(name)],
        textposition="top left",
        line={"shape": "hv", "width": 2, "dash": DASHES[run.place]},
        marker={"symbol": SYMBOLS[run.place], "size": 7},
        customdata=[number for number, _ in found],
        hovertemplate=f"<b>{literal(run.name)}</b><br>{literal(quantity.title)} %{{y:.4~g}}"
        "<br>trial %{customdata}<extra></extra>",
    )
    return [trace]


def _room(lines: Iterable[Sequence[Trace]]) -> list[float]:
    """Return where the axis begins and ends: from 0 on, with room for the marks at the ends."""
    last = max((trace["x"][-1] for traces in lines for trace in traces), default=1) or 1
    return [-last / 40, last * 41 / 40]


def _figure(
    name: str, quantity: Quantity, lines: Iterable[Sequence[Trace]], axis: Mapping[str, object]
) -> Figure:
    goal = "lower" if quantity.direction is Direction.MINIMIZE else "higher"
    return {
        "name": name,
        "help": "A line an experiment: its best result so far that keeps all constraints; "
        f"{goal} is better. Marks: where the best improved.",
        "data": [trace for traces in lines for trace in traces],
        "layout": {"xaxis": dict(axis), "yaxis": value_axis(quantity.title)},
    }
