"""Who ran what when: a bar for each trial, a lane for each person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from experiments.domain import TrialStatus
from experiments.figures import Figure, Trace, escape, literal, scatter, short
from experiments.plots.times import local_time, time_axis

MOST = 400
"""How many bars are drawn at a time: more would lie on top of each other."""

_MOST_LANES = 8
"""Side by side within a person's lane."""

_ROLES = {
    TrialStatus.RUNNING: "running",
    TrialStatus.COMPLETED: "result",
    TrialStatus.EARLY_STOPPED: "result",
    TrialStatus.FAILED: "failed",
    TrialStatus.ABANDONED: "abandoned",
}
_ENDS = {"failed": "x", "abandoned": "circle-open", "running": "triangle-right"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One trial from when it was taken until it ended (``None``: it still runs)."""

    number: int
    status: str
    person: str
    start: datetime
    end: datetime | None


def timeline(runs: Sequence[Run], of: int, now: datetime) -> Figure:
    """Draw runs, some ``of`` so many, each from start to end; those under way end at ``now``."""
    in_order = sorted(runs, key=lambda run: run.start)
    people = list(dict.fromkeys(run.person for run in reversed(in_order)))
    heights = _heights(in_order, people, now)
    data: list[Trace] = []
    for status, role in _ROLES.items():
        of_status = [run for run in in_order if run.status == status]
        if of_status:
            data += _bars(status, role, of_status, heights, now)
    chosen = f" {len(runs):,} of {of:,} trials are drawn; choose others above."
    return {
        "name": "timeline",
        "help": "Each bar is a trial, from when it was taken to its result. Crosses: failed. "
        f"Arrows: still running.{chosen if len(runs) < of else ''}",
        "data": data,
        "layout": {
            "xaxis": time_axis(),
            "yaxis": {
                "tickvals": list(range(len(people))),
                "ticktext": [escape(short(person, 16)) for person in people],
                "range": [-0.6, len(people) - 0.4],
                "zeroline": False,
            },
            "meta": {"height": 110 + 70 * max(1, len(people))},
        },
    }


def _heights(runs: Sequence[Run], people: Sequence[str], now: datetime) -> Mapping[int, float]:
    """Where each run is drawn: what runs at the same time lies side by side."""
    ends: dict[str, list[datetime]] = {}
    heights = {}
    for run in runs:
        lanes = ends.setdefault(run.person, [])
        free = next((i for i, end in enumerate(lanes) if end <= run.start), len(lanes))
        lane = min(free, _MOST_LANES - 1)
        end = run.end or now
        if lane == len(lanes):
            lanes.append(end)
        else:
            lanes[lane] = max(lanes[lane], end)
        heights[run.number] = people.index(run.person) + 0.4 - 0.8 * lane / _MOST_LANES
    return heights


def _bars(
    status: str, role: str, runs: Sequence[Run], heights: Mapping[int, float], now: datetime
) -> list[Trace]:
    lines: list[tuple[str | None, float | None]] = []
    for run in runs:
        height = heights[run.number]
        ends = local_time(run.start), local_time(run.end or now)
        lines += [(ends[0], height), (ends[1], height), (None, None)]
    return [
        scatter(
            f"{status} (bars)", role, x=[x for x, _ in lines], y=[y for _, y in lines],
            mode="lines", line={"width": 5}, hoverinfo="skip",
        ),
        scatter(
            status, role, x=[local_time(run.end or now) for run in runs],
            y=[heights[run.number] for run in runs], mode="markers",
            marker={"symbol": _ENDS.get(role, "circle"), "size": 8},
            ids=[str(run.number) for run in runs], text=[literal(run.person) for run in runs],
            hovertemplate=f"trial %{{id}}, {status}<br>%{{text}}, %{{x}}<extra></extra>",
        ),
    ]  # fmt: skip
