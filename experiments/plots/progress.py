"""Results as they came: each metric by trial or by time, with the best so far and the bounds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments import ranking
from experiments.domain import Direction, Relation
from experiments.figures import Figure, Trace, literal, step_line, value_axis
from experiments.formatting import format_number
from experiments.models import Metric
from experiments.plots.marks import drawn_of, ended, level, results, room, scale
from experiments.plots.rows import PlotRows, title_of
from experiments.plots.thinning import thin
from experiments.plots.times import local_milliseconds, time_axis
from experiments.ranking import Standing


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What progress is made in: a metric, or the weighted sum of the objectives.

    ``values`` are by the trials' ids; without a ``direction`` there is no best. ``lines`` are what
    horizontal lines say, and where they are.
    """

    title: str
    values: Mapping[int, float]
    direction: Direction | None
    lines: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, kw_only=True)
class Across:
    """The horizontal axis: where each trial is on it, by id, and where the axis begins and ends."""

    axis: Mapping[str, Any]
    places: Mapping[int, float]
    ends: tuple[float, float]
    last: float
    meta: Mapping[str, Any] = field(default_factory=dict)


def quantity_of(rows: PlotRows, metric: Metric) -> Quantity:
    """Return what is to be drawn of a metric."""
    return Quantity(
        title=title_of(metric),
        values=rows.values_of(metric),
        direction=Direction(metric.direction) if metric.is_objective else None,
        lines=_lines(rows, metric),
    )


def weighted_sum(rows: PlotRows) -> Quantity:
    """Return what is to be drawn of the objectives' weighted sum."""
    objectives = rows.goals.objectives
    sums = {pk: ranking.weighted_sum(means, objectives) for pk, means in rows.means.items()}
    return Quantity(
        title="weighted sum",
        values={pk: value for pk, value in sums.items() if value is not None},
        direction=ranking.sum_direction(objectives),
    )


def by_trial(rows: PlotRows) -> Across:
    """Return the axis of the trials' numbers: whole, with room for the first and the last dot."""
    last = rows.last_number
    margin = max(0.5, last / 60)
    ends = (-margin, last + margin)
    axis = {"title": {"text": "trial"}, "range": list(ends)} | ({"dtick": 1} if last < 10 else {})
    places = {trial.pk: trial.number for trial in rows.trials}
    return Across(axis=axis, places=places, ends=ends, last=last)


def by_time(rows: PlotRows) -> Across:
    """Return the axis of the moments at which trials ended, in milliseconds of local time."""
    places = {
        trial.pk: local_milliseconds(trial.finished_at)
        for trial in rows.trials
        if trial.finished_at
    }
    low, high = (min(places.values()), max(places.values())) if places else (0.0, 0.0)
    margin = (high - low) / 60 or 1000.0
    ends = (low - margin, high + margin)
    axis = time_axis() | ({"range": list(ends)} if places else {})
    return Across(axis=axis, places=places, ends=ends, last=high)


def progress(rows: PlotRows, quantity: Quantity, across: Across, most: int) -> Figure:
    """Draw at most ``most`` results, give or take a few, with the best so far."""
    values = _as_they_came(quantity, across)
    steps = _improvements(rows, values, quantity.direction)
    drawn = _drawn(rows, values, across, most, steps)
    data: list[Trace] = []
    if values:
        data += [level(text, height, across.ends) for text, height in quantity.lines]
        data += _best_so_far(steps, across)
        head = f"<b>{literal(quantity.title)} %{{y:.4~g}}</b>"
        data += results(rows, across.places, {pk: values[pk] for pk in drawn}, head)
    heights = [*values.values(), *(height for _, height in quantity.lines)]
    return {
        "data": data + ended(rows, across.places),
        "drawn": drawn_of(len(drawn), len(values)),
        "layout": {
            "xaxis": dict(across.axis),
            "yaxis": value_axis(quantity.title) | room(heights),
            "yaxis2": {
                "overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True,
            },
            "meta": scale(values.values()),
        },
    }  # fmt: skip


def best_so_far(rows: PlotRows, quantity: Quantity, across: Across) -> dict[int, float]:
    """Return the best so far after each result, by the trials' ids; before the first there is
    none."""
    values = _as_they_came(quantity, across)
    steps = _improvements(rows, values, quantity.direction)
    best: float | None = None
    reached = {}
    for pk in values:
        best = steps.get(pk, best)
        if best is not None:
            reached[pk] = best
    return reached


def _as_they_came(quantity: Quantity, across: Across) -> dict[int, float]:
    """The values of those on the axis, along it."""
    known = [pk for pk in quantity.values if pk in across.places]
    return {pk: quantity.values[pk] for pk in sorted(known, key=across.places.__getitem__)}


def _lines(rows: PlotRows, metric: Metric) -> list[tuple[str, float]]:
    """The horizontal lines: what they say, and where they are."""
    lines = []
    unit = f" {metric.unit}" if metric.unit else ""
    if metric.key in rows.goals.limits:
        relation, limit = rows.goals.limits[metric.key]
        sign = "≤" if relation is Relation.AT_MOST else "≥"
        lines.append((f"bound {sign} {format_number(limit)}{unit}", limit))
    if metric.is_objective and rows.goals.has_front and metric.threshold is not None:
        lines.append((f"threshold {format_number(metric.threshold)}{unit}", metric.threshold))
    if metric.target is not None:
        lines.append((f"target {format_number(metric.target)}{unit}", metric.target))
    return lines


def _improvements(
    rows: PlotRows, values: Mapping[int, float], direction: Direction | None
) -> dict[int, float]:
    """The results that were the best when they came, by the trials' ids."""
    if direction is None:
        return {}
    standings = rows.ranking.standings
    pairs = [(value, standings[pk] is Standing.FEASIBLE) for pk, value in values.items()]
    steps: dict[int, float] = {}
    newest: float | None = None
    for pk, best in zip(values, ranking.best_so_far(pairs, direction), strict=True):
        if best is not None and best != newest:
            steps[pk] = newest = best
    return steps


def _drawn(
    rows: PlotRows,
    values: Mapping[int, float],
    across: Across,
    most: int,
    steps: Mapping[int, float],
) -> list[int]:
    """The ids of the results that are drawn, on whichever scale."""
    ids = list(values)
    heights = list(values.values())
    columns = [[across.places[pk] for pk in ids], heights]
    pairs = [(0, 1)]
    if heights and min(heights) > 0:
        columns.append([math.log(height) for height in heights])
        pairs.append((0, 2))
    keep = [place for place, pk in enumerate(ids) if pk in rows.best or pk in steps]
    return [ids[place] for place in thin(columns, most, pairs=pairs, keep=keep)]


def _best_so_far(steps: Mapping[int, float], across: Across) -> list[Trace]:
    points = [(across.places[pk], value) for pk, value in steps.items()]
    if not points:
        return []
    if across.last > points[-1][0]:
        points.append((across.last, points[-1][1]))
    return [step_line("best so far", points)]
