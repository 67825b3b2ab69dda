"""Two parameters at once: what the model expects over a plane through the best trial."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import floor, isfinite, log10
from typing import NamedTuple

import numpy as np

from experiments.cards import CardBody
from experiments.domain import Direction, Parameterization, ParameterValue
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.figures import Figure, Trace, literal, scatter, titled
from experiments.optimizer.analysis.drawing import drawn_trials, is_textual, parameter_axis, shown
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Z95
from experiments.optimizer.analysis.study import Study

GRID = 30
"""How many values of a range are predicted, of either parameter."""

_MOST_PARAMETERS = 4
_MOST_PAIRS = 6
_MOST_TRIALS = 150
_SHADES = 4
"""Significant digits of the differences over a plane: more than one can see."""

_MOST_FIGURES = 16
_MOST_VALUES = 120_000
"""Of parameters, at all points together: more take too long."""


class _Plane(NamedTuple):
    """The values of two parameters, and the complete points of the plane, row by row.

    Where a point makes no sense (a constraint, a parameter that does not apply) it is ``None``.
    """

    one: ParameterDraft
    other: ParameterDraft
    x: list[ParameterValue]
    y: list[ParameterValue]
    points: list[Parameterization | None]


def _make(study: Study) -> CardBody:
    planes = [_plane(study, *pair) for pair in pairs(study)]
    asked = [point for plane in planes for point in plane.points if point is not None]
    predicted = study.predict(asked)
    figures: list[Figure] = []
    for metric in study.modelled:
        means, sds = (iter(part.tolist()) for part in predicted[metric.spec.key])
        for plane in planes:
            expected, unsure = _grid(plane, means), _grid(plane, sds)
            figures += _figures(study, metric, plane, expected, unsure)
    note = drawn_trials(study, list(study.means), _MOST_TRIALS)[1]
    gaps = any(None in plane.points for plane in planes)
    notes = [note, "Blank: no trial can be there." if gaps else ""]
    return CardBody(
        sentences=[each for each in notes if each],
        figures=figures,
        facts={
            "pairs": [[plane.one.spec.key, plane.other.spec.key] for plane in planes],
            "anchor": study.anchor,
        },
    )


def pairs(study: Study) -> list[tuple[ParameterDraft, ParameterDraft]]:
    """Return the pairs of the parameters that matter most, the most important pairs first."""
    usable = [
        draft
        for draft in study.leading
        if draft.spec.key in study.anchor and not (is_textual(draft) and _is_long(study, draft))
    ]
    weights = {
        draft.spec.key: max(abs(found.get(draft.spec.key, 0.0)) for found in study.shares.values())
        for draft in usable
    }
    found = sorted(
        combinations(usable[:_MOST_PARAMETERS], 2),
        key=lambda pair: -weights[pair[0].spec.key] * weights[pair[1].spec.key],
    )
    by_figures = _MOST_FIGURES // 2 // len(study.modelled)
    by_values = _MOST_VALUES // (GRID * GRID * len(study.varied))
    return found[: max(1, min(_MOST_PAIRS, by_figures, by_values))]


def _applies(study: Study) -> bool:
    return len(study.varied) > 1


def _is_long(study: Study, draft: ParameterDraft) -> bool:
    return len(study.grid(draft.spec.key, GRID)) > GRID


def _plane(study: Study, one: ParameterDraft, other: ParameterDraft) -> _Plane:
    x, y = study.grid(one.spec.key, GRID), study.grid(other.spec.key, GRID)
    points: list[Parameterization | None] = []
    for second in y:
        for first in x:
            point = study.varying(study.anchor, one.spec.key, first)
            point = study.varying(point, other.spec.key, second)
            is_there = (
                point.get(one.spec.key) == first
                and point.get(other.spec.key) == second
                and study.space.satisfies(point)
            )
            points.append(point if is_there else None)
    return _Plane(one, other, x, y, points)


def _grid(plane: _Plane, values: Iterator[float]) -> list[list[float | None]]:
    """Return rows of values, in the order of the plane's points; blank where there is none."""
    flat = [None if point is None else next(values) for point in plane.points]
    known = [value for value in flat if value is not None and isfinite(value)]
    span = max(known) - min(known) if known else 0.0
    if span > 0 and isfinite(span):
        places = _SHADES - 1 - floor(log10(span))
        flat = [None if value is None else round(value, places) for value in flat]
    width = len(plane.x)
    return [flat[start : start + width] for start in range(0, len(flat), width)]


def _figures(
    study: Study,
    metric: MetricDraft,
    plane: _Plane,
    expected: list[list[float | None]],
    unsure: list[list[float | None]],
) -> Iterator[Figure]:
    title = titled(metric.name, metric.unit)
    halves = [[None if sd is None else Z95 * sd for sd in row] for row in unsure]
    marks = _marks(study, metric, plane)
    is_minimized = metric.spec.direction is Direction.MINIMIZE
    for what, z, is_reversed in (
        ("expected", expected, is_minimized),
        ("unsure by ±", halves, True),
    ):
        yield {
            "name": f"{metric.name} by {plane.one.name} and {plane.other.name}, {what}",
            "help": "Expected: the brighter, the better. Unsure: half the 95 % interval; the "
            "brighter, the surer. Dots: trials; diamond: the best one.",
            "data": [_surface(what, title, plane, z, is_reversed=is_reversed), *marks],
            "layout": {
                "xaxis": parameter_axis(plane.one),
                "yaxis": parameter_axis(plane.other),
                "meta": {
                    "metric": metric.name,
                    "group": f"{plane.one.name} and {plane.other.name}",
                    "caption": f"{what} {title}",
                },
            },
        }


def _surface(
    what: str, title: str, plane: _Plane, z: list[list[float | None]], *, is_reversed: bool
) -> Trace:
    """Return the coloured plane; with labels on an axis, there is nothing between its values."""
    is_smooth = not (is_textual(plane.one) or is_textual(plane.other))
    is_flat = len({value for row in z for value in row if value is not None}) < 2
    names = literal(plane.one.name), literal(plane.other.name)
    trace: Trace = {
        "type": "contour" if is_smooth and not is_flat else "heatmap",
        "name": what,
        "x": [shown(plane.one, value) for value in plane.x],
        "y": [shown(plane.other, value) for value in plane.y],
        "z": z,
        "meta": {"scale": True, "is_reversed": is_reversed},
        "colorbar": {"tickformat": "~g", "len": 1.0},
        "hoverongaps": False,
        "hovertemplate": f"{names[0]} %{{x}}<br>{names[1]} %{{y}}<br>"
        f"<b>{what} {literal(title)} %{{z:.4~g}}</b><extra></extra>",
    }
    if trace["type"] == "contour":
        trace |= {"ncontours": 14, "line": {"width": 0.5}, "contours": {"coloring": "heatmap"}}
    return trace


def _marks(study: Study, metric: MetricDraft, plane: _Plane) -> list[Trace]:
    """Return the trials with results, where both parameters have a value, and the best one."""
    numbers = list(study.means)
    kept = {numbers[place] for place in drawn_trials(study, numbers, _MOST_TRIALS)[0]}
    keys = plane.one.spec.key, plane.other.spec.key
    points = {
        trial.number: (values[keys[0]], values[keys[1]])
        for trial, values in zip(study.trials, study.rows.parameters, strict=True)
        if trial.number in kept and keys[0] in values and keys[1] in values
    }
    best = None if study.best is None else study.best.number
    others = [number for number in points if number != best]
    traces = [_dots(study, metric, plane, points, others, "result", {"size": 6})]
    if best in points:
        diamond: dict[str, object] = {"size": 11, "symbol": "diamond"}
        traces.append(_dots(study, metric, plane, points, [best], "best", diamond))
    return [trace for trace in traces if trace["x"]]


def _dots(
    study: Study,
    metric: MetricDraft,
    plane: _Plane,
    points: dict[int, tuple[ParameterValue, ParameterValue]],
    numbers: Sequence[int],
    color: str,
    marker: dict[str, object],
) -> Trace:
    means = [study.means[number].get(metric.spec.key, np.nan) for number in numbers]
    title = literal(titled(metric.name, metric.unit))
    trace = scatter(
        "trials" if color == "result" else "best so far", color,
        x=[shown(plane.one, points[number][0]) for number in numbers],
        y=[shown(plane.other, points[number][1]) for number in numbers],
        mode="markers", marker=marker, ids=[str(number) for number in numbers],
        customdata=["–" if np.isnan(mean) else f"{mean:.4g}" for mean in means],
        hovertemplate=f"trial %{{id}}<br><b>{title} %{{customdata}}</b><extra></extra>",
    )  # fmt: skip
    trace["meta"]["is_outlined"] = True
    return trace


CARD = CardKind(
    name="pairs",
    title="Two parameters at once",
    reading="Two parameters move, all others stay as in the best trial. Where trials are rare, the "
    "model is unsure.",
    applies=_applies,
    needs=needs_model,
    make=_make,
)
