"""Figures that need no model, straight from rows. Colours are roles; the page knows the theme."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape as escape_html
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go

from experiments.domain import Result, TrialStatus, ValueType
from experiments.formatting import format_value
from experiments.models import Metric, Parameter, Trial

_MOST_IN_HOVER = 12

escape = partial(escape_html, quote=False)
"""Plotly reads tags, and shows the entities of quotes as they are."""


def progress(
    trials: Sequence[Trial],
    results: Mapping[int, Result],
    parameters: Sequence[Parameter],
    metric: Metric,
) -> dict[str, Any]:
    """Plot each result and the best so far by trial number; failed trials as crosses on top.

    ``trials`` are in the order of their numbers, ``results`` the metric's by the trials' ids.
    Returns Plotly's JSON; each trace names the role of its colour in ``meta``.
    """
    completed = [t for t in trials if t.status == TrialStatus.COMPLETED and t.pk in results]
    values = [results[trial.pk].mean for trial in completed]
    figure = go.Figure()
    if completed:
        numbers = [trial.number for trial in completed]
        figure.add_trace(_best_so_far(numbers, values, trials[-1].number, metric))
        figure.add_trace(_results(completed, values, parameters, metric))
    for status, name in ((TrialStatus.FAILED, "failed"), (TrialStatus.ABANDONED, "abandoned")):
        of_status = [trial for trial in trials if trial.status == status]
        if of_status:
            figure.add_trace(_without_result(of_status, parameters, name))
    figure.update_layout(
        xaxis=_trial_axis(trials[-1].number if trials else 0),
        yaxis={"title": {"text": escape(metric.name)}, "exponentformat": "power", **_range(values)},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        meta=_scale(values),
    )
    result: dict[str, Any] = figure.to_plotly_json()
    result["layout"].pop("template", None)
    return result


def _trial_axis(last_number: int) -> dict[str, Any]:
    """Whole numbers, with room for the first and the last dot."""
    margin = max(0.5, last_number / 60)
    axis = {"title": {"text": "trial"}, "range": [-margin, last_number + margin]}
    return axis | ({"dtick": 1} if last_number < 10 else {})


def _range(values: Sequence[float]) -> dict[str, Any]:
    """Room around results that are all the same; others set the range by themselves."""
    if not values or min(values) < max(values) or values[0] == 0:
        return {}
    half = abs(values[0]) / 2
    return {"range": [values[0] - half, values[0] + half]}


def _scale(values: Sequence[float]) -> dict[str, bool]:
    """Tell whether a logarithmic axis is possible, and whether it shows more."""
    can_log = bool(values) and min(values) > 0
    return {"can_log": can_log, "is_log": can_log and max(values) / min(values) > 30}


def _results(
    trials: Sequence[Trial],
    values: Sequence[float],
    parameters: Sequence[Parameter],
    metric: Metric,
) -> go.Scatter:
    return go.Scatter(
        x=[trial.number for trial in trials],
        y=values,
        mode="markers",
        name="result",
        meta={"color": "result"},
        customdata=_shown_values(trials, parameters),
        hovertemplate=f"<b>{_literal(metric.name)} %{{y:.4~g}}</b><br>{_template(parameters)}",
    )


def _best_so_far(
    numbers: Sequence[int], values: Sequence[float], last_number: int, metric: Metric
) -> go.Scatter:
    better = min if metric.is_minimized else max
    x, y = list(numbers), list(accumulate(values, better))
    if last_number > x[-1]:
        x.append(last_number)
        y.append(y[-1])
    return go.Scatter(
        x=x, y=y, mode="lines", line={"shape": "hv"}, name="best so far",
        meta={"color": "best"}, hoverinfo="skip",
    )  # fmt: skip


def _without_result(
    trials: Sequence[Trial], parameters: Sequence[Parameter], name: str
) -> go.Scatter:
    return go.Scatter(
        x=[trial.number for trial in trials],
        y=[0.97] * len(trials),
        yaxis="y2",
        mode="markers",
        marker={"symbol": "x-thin-open" if name == "failed" else "circle-open"},
        name=name,
        meta={"color": name},
        customdata=_shown_values(trials, parameters),
        text=[f": {escape(trial.reason)}" if trial.reason else "" for trial in trials],
        hovertemplate=f"<b>{name}</b>%{{text}}<br>{_template(parameters)}",
    )


def _template(parameters: Sequence[Parameter]) -> str:
    """What hovering shows of a trial: the page fills in the values, which saves sending words."""
    lines = ["trial %{x}"]
    for index, parameter in enumerate(parameters[:_MOST_IN_HOVER]):
        number_format = ":.4~g" if parameter.value_type == ValueType.FLOAT else ""
        name = _literal(_short(parameter.name))
        lines.append(f"{name}: %{{customdata[{index}]{number_format}}}")
    if len(parameters) > _MOST_IN_HOVER:
        lines.append(f"and {len(parameters) - _MOST_IN_HOVER} more")
    return "<br>".join(lines) + "<extra></extra>"


def _shown_values(trials: Sequence[Trial], parameters: Sequence[Parameter]) -> list[list[Any]]:
    shown = [(parameter.key, parameter.is_number) for parameter in parameters[:_MOST_IN_HOVER]]
    return [
        [
            value if is_number else escape(_short(format_value(value)))
            for key, is_number in shown
            for value in (trial.parameters.get(key, ""),)
        ]
        for trial in trials
    ]


def _literal(text: str) -> str:
    """Return text that a hover template shows as it is."""
    return escape(text).replace("%{", "%&#123;")


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
