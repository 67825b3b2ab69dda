"""Figures that need no model, straight from rows. Colours are roles; the page knows the theme."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from experiments.domain import TrialStatus
from experiments.formatting import format_number, format_value
from experiments.models import Metric, Parameter, Trial

_MOST_IN_HOVER = 12


def progress(
    trials: Sequence[Trial], parameters: Sequence[Parameter], metric: Metric
) -> dict[str, Any]:
    """Plot each result and the best so far by trial number; failed trials as crosses on top.

    ``trials`` are in the order of their numbers, observations prefetched. Returns Plotly's JSON;
    each trace names the role of its colour in ``meta``.
    """
    results = [
        (trial, observation.mean)
        for trial in trials
        if trial.status == TrialStatus.COMPLETED
        for observation in trial.observations.all()
        if observation.metric_id == metric.pk and observation.step is None
    ]
    ended = [t for t in trials if t.status in (TrialStatus.FAILED, TrialStatus.ABANDONED)]
    figure = go.Figure()
    if results:
        figure.add_trace(_best_so_far(results, trials[-1].number, metric))
        figure.add_trace(_results(results, parameters, metric))
    for status, name in ((TrialStatus.FAILED, "failed"), (TrialStatus.ABANDONED, "abandoned")):
        of_status = [trial for trial in ended if trial.status == status]
        if of_status:
            figure.add_trace(_without_result(of_status, parameters, name))
    values = [value for _, value in results]
    is_log = bool(values) and min(values) > 0 and max(values) / min(values) > 100
    figure.update_layout(
        xaxis={"title": {"text": "trial"}, "rangemode": "tozero"},
        yaxis={
            "title": {"text": escape(metric.name)},
            "type": "log" if is_log else "linear",
            "exponentformat": "power",
        },
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        meta={"can_log": bool(values) and min(values) > 0, "is_log": is_log},
    )
    result: dict[str, Any] = figure.to_plotly_json()
    result["layout"].pop("template", None)
    return result


def _results(
    results: Sequence[tuple[Trial, float]], parameters: Sequence[Parameter], metric: Metric
) -> go.Scatter:
    return go.Scatter(
        x=[trial.number for trial, _ in results],
        y=[value for _, value in results],
        mode="markers",
        name="result",
        meta={"color": "result"},
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(metric.name)} {format_number(value)}</b><br>{_hover(trial, parameters)}"
            for trial, value in results
        ],
    )


def _best_so_far(
    results: Sequence[tuple[Trial, float]], last_number: int, metric: Metric
) -> go.Scatter:
    better = min if metric.is_minimized else max
    x: list[int] = []
    y: list[float] = []
    for trial, value in results:
        x.append(trial.number)
        y.append(better(y[-1], value) if y else value)
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
        hoverinfo="text",
        hovertext=[
            f"<b>{name}</b>{f': {escape(trial.reason)}' if trial.reason else ''}"
            f"<br>{_hover(trial, parameters)}"
            for trial in trials
        ],
    )


def _hover(trial: Trial, parameters: Sequence[Parameter]) -> str:
    lines = [f"trial {trial.number}"]
    for parameter in parameters[:_MOST_IN_HOVER]:
        if parameter.key in trial.parameters:
            value = parameter.cast(trial.parameters[parameter.key])
            lines.append(f"{escape(_short(parameter.name))}: {escape(_short(format_value(value)))}")
    if len(parameters) > _MOST_IN_HOVER:
        lines.append(f"and {len(parameters) - _MOST_IN_HOVER} more")
    return "<br>".join(lines)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
