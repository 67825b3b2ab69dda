"""The plots of the Run page: small and quick, one figure a metric."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from experiments.figures import Figure
from experiments.models import Metric
from experiments.plots.marks import help_of
from experiments.plots.progress import Quantity, by_trial, progress, quantity_of, weighted_sum
from experiments.plots.rows import PlotRows
from experiments.plots.tradeoff import against

MOST = 500
"""How many results a figure shows: the panel is small, and is sent again with each result."""


@dataclass(frozen=True, kw_only=True)
class ProgressPlots(PlotRows):
    """One figure a metric: each result by trial number, the best so far, and the bounds.

    What several objectives come to, their trade-off or weighted sum, is the first figure.
    """

    def as_json(self) -> dict[str, Any]:
        """Return Plotly's JSON for each figure, with its name and what explains its marks.

        Each trace names the role of its colour in ``meta``. What hovering shows of the parameters
        comes once for all figures, by trial number.
        """
        drawn = [(name, draw()) for name, draw in self._figures]
        figures = [
            {**figure, "name": name, "help": f"{help_of(figure)} {figure['drawn']}".strip()}
            for name, figure in drawn
        ]
        numbers = {
            int(number) for f in figures for trace in f["data"] for number in trace.get("ids", ())
        }
        return {"figures": figures, "shown": self.shown(numbers)}

    @cached_property
    def _figures(self) -> list[tuple[str, Callable[[], Figure]]]:
        objectives = [metric for metric in self.metrics if metric.is_objective]
        figures: list[tuple[str, Callable[[], Figure]]] = []
        if len(objectives) > 1 and self.goals.is_weighted_sum:
            figures.append(("weighted sum", lambda: self._by_trial(weighted_sum(self))))
        if self.goals.has_front and len(objectives) == 2:
            one, other = objectives
            names = f"{one.name} against {other.name}"
            figures.append((names, lambda: against(self, one, other, MOST)))
        return figures + [
            (metric.name, partial(self._of_metric, metric)) for metric in self.metrics
        ]

    def _of_metric(self, metric: Metric) -> Figure:
        return self._by_trial(quantity_of(self, metric))

    def _by_trial(self, quantity: Quantity) -> Figure:
        return progress(self, quantity, by_trial(self), MOST)
