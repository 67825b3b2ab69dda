"""Figures that need no model, straight from rows. Colours are roles; the page knows the theme.

They are written as Plotly's JSON: its objects would check each number, which takes longer than all
the rest of the page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from experiments import ranking
from experiments.assignments import assigned
from experiments.domain import Direction, ParameterKind, Relation, TrialStatus
from experiments.figures import (
    Figure,
    Trace,
    escape,
    literal,
    scatter,
    short,
    step_line,
    titled,
    value_axis,
)
from experiments.formatting import format_number, format_parameter
from experiments.models import Metric, Parameter
from experiments.ranking import Goals, Ranking, Standing

_MOST_IN_HOVER = 12


class Drawn(Protocol):
    """A trial, or as much of it as plots need."""

    @property
    def pk(self) -> int:
        """Its id."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def status(self) -> str:
        """Where it stands."""

    @property
    def reason(self) -> str:
        """Why it failed or was abandoned."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is stored of its parameters, by key."""


@dataclass(frozen=True, kw_only=True)
class ProgressPlots:
    """One figure a metric: each result by trial number, the best so far, and the bounds.

    What several objectives come to, their trade-off or weighted sum, is the first figure.
    ``trials`` are in the order of their numbers, ``means`` the completed ones' by metric key, by
    the trials' ids. Without ``goals.limits`` every result counts.
    """

    trials: Sequence[Drawn]
    means: Mapping[int, ranking.Means]
    parameters: Sequence[Parameter]
    metrics: Sequence[Metric]
    goals: Goals
    ranking: Ranking

    def as_json(self) -> dict[str, Any]:
        """Return Plotly's JSON for each figure, with its name and what explains its marks.

        Each trace names the role of its colour in ``meta``. What hovering shows of the parameters
        comes once for all figures, by trial number.
        """
        drawn = [(name, draw()) for name, draw in self._figures]
        figures = [{"name": name, "help": _help(figure), **figure} for name, figure in drawn]
        return {"figures": figures, "shown": self._shown()}

    @cached_property
    def _figures(self) -> list[tuple[str, Callable[[], Figure]]]:
        objectives = [metric for metric in self.metrics if metric.is_objective]
        figures: list[tuple[str, Callable[[], Figure]]] = []
        if len(objectives) > 1 and self.goals.is_weighted_sum:
            figures.append(("weighted sum", self._weighted_sum))
        if self.goals.has_front and len(objectives) == 2:
            names = f"{objectives[0].name} against {objectives[1].name}"
            figures.append((names, partial(self._against, *objectives)))
        figures += [(metric.name, partial(self._of_metric, metric)) for metric in self.metrics]
        return figures

    def _of_metric(self, metric: Metric) -> Figure:
        key = metric.key
        values = {pk: means[key] for pk, means in self.means.items() if key in means}
        direction = Direction(metric.direction) if metric.is_objective else None
        return self._by_trial(_titled(metric), values, direction, self._lines(metric))

    def _weighted_sum(self) -> Figure:
        objectives = self.goals.objectives
        sums = {pk: ranking.weighted_sum(means, objectives) for pk, means in self.means.items()}
        values = {pk: value for pk, value in sums.items() if value is not None}
        return self._by_trial("weighted sum", values, ranking.sum_direction(objectives), [])

    def _lines(self, metric: Metric) -> list[tuple[str, float]]:
        """The horizontal lines: what they say, and where they are."""
        lines = []
        unit = f" {metric.unit}" if metric.unit else ""
        if metric.key in self.goals.limits:
            relation, limit = self.goals.limits[metric.key]
            sign = "≤" if relation is Relation.AT_MOST else "≥"
            lines.append((f"bound {sign} {format_number(limit)}{unit}", limit))
        if metric.is_objective and self.goals.has_front and metric.threshold is not None:
            lines.append((f"threshold {format_number(metric.threshold)}{unit}", metric.threshold))
        if metric.target is not None:
            lines.append((f"target {format_number(metric.target)}{unit}", metric.target))
        return lines

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The completed trials' numbers, by their ids."""
        return {trial.pk: trial.number for trial in self.trials if trial.pk in self.means}

    def _by_trial(
        self,
        title: str,
        values: Mapping[int, float],
        direction: Direction | None,
        lines: Sequence[tuple[str, float]],
    ) -> Figure:
        last = self.trials[-1].number if self.trials else 0
        data: list[Trace] = []
        if values:
            data += [_line(text, height, last) for text, height in lines]
            if direction:
                data += self._best_so_far(values, last, direction)
            head = f"<b>{literal(title)} %{{y:.4~g}}</b>"
            data += self._results(self._numbers, values, head)
        heights = [*values.values(), *(height for _, height in lines)]
        return {
            "data": data + self._ended,
            "layout": {
                "xaxis": _trial_axis(last),
                "yaxis": value_axis(title) | _range(heights),
                "yaxis2": {
                    "overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True,
                },
                "meta": _scale(list(values.values())),
            },
        }  # fmt: skip

    def _against(self, one: Metric, other: Metric) -> Figure:
        """Two objectives against each other, with the Pareto front as steps."""
        keys = one.key, other.key
        both = {
            pk: (means[keys[0]], means[keys[1]])
            for pk, means in self.means.items()
            if keys[0] in means and keys[1] in means
        }
        x, y = ({pk: pair[place] for pk, pair in both.items()} for place in (0, 1))
        data: list[Trace] = []
        if self.ranking.front and self.ranking.standing is Standing.FEASIBLE:
            data.append(step_line("Pareto front", [both[pk] for pk in self.ranking.front]))
        titles = _titled(one), _titled(other)
        head = "<b>{} %{{x:.4~g}}<br>{} %{{y:.4~g}}</b>".format(*map(literal, titles))
        return {
            "data": data + self._results(x, y, head),
            "layout": {
                "xaxis": value_axis(titles[0]) | _range(list(x.values())),
                "yaxis": value_axis(titles[1]) | _range(list(y.values())),
                "meta": _scale([]),
            },
        }

    def _results(self, x: Mapping[int, float], y: Mapping[int, float], head: str) -> list[Trace]:
        """One trace for each way in which results stand towards the constraints."""
        traces = []
        for standing, (name, color, symbol) in _SYMBOLS.items():
            stand = [pk for pk in y if self.ranking.standings[pk] is standing]
            if stand:
                trace = scatter(
                    name,
                    color,
                    x=[x[pk] for pk in stand],
                    y=[y[pk] for pk in stand],
                    mode="markers",
                    marker={"symbol": symbol, "size": 7 if symbol == "circle" else 8},
                    ids=[str(self._numbers[pk]) for pk in stand],
                    hovertemplate=f"{head}<br>{self._template}",
                )
                traces.append(trace)
        return traces

    def _best_so_far(
        self, values: Mapping[int, float], last_number: int, direction: Direction
    ) -> list[Trace]:
        standings = self.ranking.standings
        pairs = [(value, standings[pk] is Standing.FEASIBLE) for pk, value in values.items()]
        best = zip(values, ranking.best_so_far(pairs, direction), strict=True)
        steps = [(self._numbers[pk], value) for pk, value in best if value is not None]
        if not steps:
            return []
        if last_number > steps[-1][0]:
            steps.append((last_number, steps[-1][1]))
        return [step_line("best so far", steps)]

    @cached_property
    def _ended(self) -> list[Trace]:
        """Failed and abandoned trials, at the top."""
        traces = []
        for status, symbol in _ENDS.items():
            ended = [trial for trial in self.trials if trial.status == status]
            if ended:
                trace = scatter(
                    status.value,
                    status.value,
                    x=[trial.number for trial in ended],
                    y=[0.97] * len(ended),
                    yaxis="y2",
                    mode="markers",
                    marker={"symbol": symbol, "size": 9},
                    ids=[str(trial.number) for trial in ended],
                    text=[f": {escape(t.reason)}" if t.reason else "" for t in ended],
                    hovertemplate=f"<b>{status.value}</b>%{{text}}<br>{self._template}",
                )
                traces.append(trace)
        return traces

    @cached_property
    def _template(self) -> str:
        """What hovering shows of a trial: the page fills in the values."""
        lines = ["trial %{id}"]
        for index, parameter in enumerate(self.parameters[:_MOST_IN_HOVER]):
            name = literal(short(parameter.name))
            unit = f" {literal(parameter.unit)}" if parameter.unit else ""
            lines.append(f"{name}: %{{customdata[{index}]}}{unit}")
        if len(self.parameters) > _MOST_IN_HOVER:
            lines.append(f"and {len(self.parameters) - _MOST_IN_HOVER} more")
        return "<br>".join(lines) + "<extra></extra>"

    def _shown(self) -> dict[int, list[str]]:
        """The values of the first parameters, by the numbers of the trials that are drawn."""
        specs = [parameter.spec for parameter in self.parameters]
        is_plain = not any(
            spec.condition or spec.backfill is not None or spec.kind is ParameterKind.DERIVED
            for spec in specs
        )
        shown = [(parameter.key, parameter) for parameter in self.parameters[:_MOST_IN_HOVER]]
        drawn = {TrialStatus.FAILED, TrialStatus.ABANDONED}
        return {
            trial.number: [
                escape(short(format_parameter(values[key], parameter))) if key in values else "–"
                for key, parameter in shown
            ]
            for trial in self.trials
            if trial.pk in self.means or trial.status in drawn
            for values in (trial.parameters if is_plain else assigned(specs, trial.parameters),)
        }


_SYMBOLS = {
    Standing.FEASIBLE: ("result", "result", "circle"),
    Standing.UNKNOWN: ("constraints not measured", "result", "circle-open"),
    Standing.INFEASIBLE: ("outside the constraints", "warn", "diamond-open"),
}
_HELP = {
    "result": "Dots: results.",
    "constraints not measured": "Hollow dots: not all constraints were measured.",
    "outside the constraints": "Hollow diamonds: outside the constraints.",
    "best so far": "Line: the best so far.",
    "Pareto front": "Line: the Pareto front.",
    "line": "Dashed: targets and bounds.",
    "failed": "Crosses at the top: failed trials.",
    "abandoned": "Circles at the top: abandoned trials.",
}
"""What the marks mean, by the traces' names."""

_ENDS = {TrialStatus.FAILED: "x-thin-open", TrialStatus.ABANDONED: "circle-open"}


def _help(figure: Figure) -> str:
    names = {trace["name"] for trace in figure["data"]}
    return " ".join(words for name, words in _HELP.items() if name in names)


def _titled(metric: Metric) -> str:
    return titled(metric.name, metric.unit)


def _line(text: str, height: float, last_number: int) -> Trace:
    margin = _margin(last_number)
    return scatter(
        "line",
        "muted",
        x=[-margin, last_number + margin],
        y=[height, height],
        mode="lines+text",
        text=["", escape(text)],
        textposition="top left",
        line={"dash": "dash", "width": 1},
        hoverinfo="skip",
    )


def _margin(last_number: int) -> float:
    return max(0.5, last_number / 60)


def _trial_axis(last_number: int) -> dict[str, Any]:
    """Whole numbers, with room for the first and the last dot."""
    margin = _margin(last_number)
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
