"""The marks that figures share: results by how they stand, ended trials, lines; and their help."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from experiments.domain import TrialStatus
from experiments.figures import Figure, Trace, escape, scatter
from experiments.formatting import format_number
from experiments.plots.rows import Drawn, PlotRows
from experiments.plots.thinning import rounded, thin
from experiments.ranking import Standing
from experiments.replicates import spread_of

SYMBOLS = {
    Standing.FEASIBLE: ("result", "result", "circle"),
    Standing.UNKNOWN: ("constraints not measured", "result", "circle-open"),
    Standing.INFEASIBLE: ("outside the constraints", "warn", "diamond-open"),
}
BEST, PARETO, REPEATS = "the best", "Pareto points", "repeats"
ENDS = {TrialStatus.FAILED: "x-thin-open", TrialStatus.ABANDONED: "circle-open"}

_HELP = {
    "result": "Dots: results.",
    "constraints not measured": "Hollow dots: not all constraints were measured.",
    "outside the constraints": "Hollow diamonds: outside the constraints.",
    BEST: "Filled diamond: the best.",
    PARETO: "Filled diamonds: the Pareto points.",
    REPEATS: "Bars: mean and standard deviation of repeats.",
    "best so far": "Line: the best so far.",
    "Pareto front": "Line: the Pareto front.",
    "line": "Dashed: targets and bounds.",
    "failed": "Crosses at the top: failed trials.",
    "abandoned": "Circles at the top: abandoned trials.",
}
"""What the marks mean, by the traces' names."""

_MOST_REPEATED = 100
_MOST_ENDED = 150
"""Of each kind: crosses side by side along the top."""


def help_of(figure: Figure) -> str:
    """Say what the marks in a figure mean."""
    names = {trace["name"] for trace in figure["data"]}
    return " ".join(words for name, words in _HELP.items() if name in names)


def drawn_of(drawn: int, of: int, what: str = "results") -> str:
    """Say how many of how many are drawn; nothing if all are."""
    if drawn >= of:
        return ""
    chosen = "the best, the extremes, and others spread evenly over the rest"
    return f"{drawn:,} of {of:,} {what} are drawn: {chosen}."


def results(
    rows: PlotRows, x: Mapping[int, float], y: Mapping[int, float], head: str
) -> list[Trace]:
    """Make one trace for each way in which results stand towards the constraints, and one of the
    best, on top."""
    best = rows.best if rows.ranking.standing is Standing.FEASIBLE else frozenset()
    groups = [
        (look, [pk for pk in y if rows.ranking.standings[pk] is standing and pk not in best])
        for standing, look in SYMBOLS.items()
    ]
    groups.append(
        (
            (PARETO if rows.ranking.front else BEST, "best", "diamond"),
            [pk for pk in y if pk in best],
        )
    )
    return [_marked(rows, x, y, look, group, head) for look, group in groups if group]


def _marked(
    rows: PlotRows,
    x: Mapping[int, float],
    y: Mapping[int, float],
    look: tuple[str, str, str],
    ids: Sequence[int],
    head: str,
) -> Trace:
    name, color, symbol = look
    return scatter(
        name,
        color,
        x=rounded([x[pk] for pk in ids]),
        y=rounded([y[pk] for pk in ids]),
        mode="markers",
        marker={"symbol": symbol, "size": 7 if symbol == "circle" else 8},
        ids=[str(rows.numbers[pk]) for pk in ids],
        hovertemplate=f"{head}<br>{rows.template}",
    )


def repeated(rows: PlotRows, x: Mapping[int, float], y: Mapping[int, float]) -> list[Trace]:
    """Make one mark for each combination that was repeated: the mean, with a bar for the spread."""
    groups = dict.fromkeys(tuple(rows.repeats[pk]) for pk in y if pk in rows.repeats)
    drawn = [[pk for pk in group if pk in x and pk in y] for group in groups]
    drawn = [group for group in drawn if len(group) > 1][:_MOST_REPEATED]
    if not drawn:
        return []
    spreads = [spread_of([y[pk] for pk in group]) for group in drawn]
    return [
        scatter(
            REPEATS,
            "muted",
            x=rounded([spread_of([x[pk] for pk in group]).mean for group in drawn]),
            y=rounded([spread.mean for spread in spreads]),
            error_y={
                "type": "data", "array": rounded([spread.deviation for spread in spreads]),
                "thickness": 1.5, "width": 4,
            },
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 11},
            text=[f"{len(group)} repeats: mean {format_number(spread.mean)}, "
                  f"standard deviation {format_number(spread.deviation, 2)}"
                  for group, spread in zip(drawn, spreads, strict=True)],
            hovertemplate="%{text}<extra></extra>",
        )
    ]  # fmt: skip


def ended(rows: PlotRows, x: Mapping[int, float]) -> list[Trace]:
    """Make the marks of failed and abandoned trials, at the top (the axis ``y2`` from 0 to 1)."""
    traces = []
    for status, symbol in ENDS.items():
        found = [trial for trial in rows.trials if trial.status == status and trial.pk in x]
        places = thin([[x[trial.pk] for trial in found]], _MOST_ENDED, pairs=((0, 0),))
        if places:
            traces.append(_ended(rows, [found[place] for place in places], x, status, symbol))
    return traces


def _ended(
    rows: PlotRows,
    trials: Sequence[Drawn],
    x: Mapping[int, float],
    status: TrialStatus,
    symbol: str,
) -> Trace:
    return scatter(
        status.value,
        status.value,
        x=[x[trial.pk] for trial in trials],
        y=[0.97] * len(trials),
        yaxis="y2",
        mode="markers",
        marker={"symbol": symbol, "size": 9},
        ids=[str(trial.number) for trial in trials],
        text=[f": {escape(trial.reason)}" if trial.reason else "" for trial in trials],
        hovertemplate=f"<b>{status.value}</b>%{{text}}<br>{rows.template}",
    )


def level(text: str, height: float, ends: tuple[float, float]) -> Trace:
    """Make a horizontal line that says what it is, from one end of the axis to the other."""
    return scatter(
        "line",
        "muted",
        x=list(ends),
        y=[height, height],
        mode="lines+text",
        text=["", escape(text)],
        textposition="top left",
        line={"dash": "dash", "width": 1},
        hoverinfo="skip",
    )


def room(values: Collection[float]) -> dict[str, Any]:
    """Room around results that are all the same; others set the range by themselves."""
    if not values or min(values) < max(values) or min(values) == 0:
        return {}
    value = min(values)
    half = abs(value) / 2
    return {"range": [value - half, value + half]}


def scale(values: Collection[float]) -> dict[str, bool]:
    """Tell whether a logarithmic axis is possible, and whether it shows more."""
    can_log = bool(values) and min(values) > 0
    return {"can_log": can_log, "is_log": can_log and max(values) / min(values) > 30}
