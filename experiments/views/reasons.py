"""Why a suggestion was made, as pages say it: all of it from what was kept when it was made."""

from dataclasses import dataclass
from functools import cached_property

from experiments.chances import chance_to_keep, interval, noise_of, surprise
from experiments.domain import GenerationNode, Outlook, Prediction, Relation, Result
from experiments.formatting import format_number
from experiments.goal_words import SIGNS, with_unit
from experiments.models import Metric, Suggestion
from experiments.reason_words import (
    MADE_BY,
    NODES,
    Mode,
    Surprise,
    beside_others,
    learnt_elsewhere,
    mode_of,
    percent,
    surprise_of,
    to_be_better,
)
from experiments.services.history import added_by
from experiments.services.suggestions import fixed_in_words
from experiments.strips import WIDTH, Strip, strip
from experiments.views.results import ExperimentResults


@dataclass(frozen=True)
class Expectation:
    """What the model expected of one metric, beside the best of then and what came out."""

    metric: Metric
    expected: Prediction
    best: float | None = None
    believed: float | None = None
    limit: tuple[Relation, float] | None = None
    result: Result | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the metric itself lies with 95 % certainty."""
        return interval(self.expected.mean, self.expected.sd)

    @property
    def of_results(self) -> tuple[float, float] | None:
        """Where a single result lies with 95 % certainty; ``None`` if its noise is not known."""
        noise = noise_of(self.expected, self.result.sem if self.result else None)
        if noise is None:
            return None
        return interval(self.expected.mean, self.expected.sd, noise)

    @property
    def is_doubted(self) -> bool:
        """Whether the model took the best for something else than what was measured there."""
        if self.best is None or self.believed is None:
            return False
        return format_number(self.best) != format_number(self.believed)

    @property
    def bound(self) -> str:
        """The bound, in words; blank without one."""
        if self.limit is None:
            return ""
        relation, limit = self.limit
        return f"{SIGNS[relation]} {with_unit(limit, self.metric.unit)}"

    @property
    def chance(self) -> str:
        """The chance to keep the bound, in words; blank without one."""
        return percent(chance_to_keep(self.expected, *self.limit)) if self.limit else ""

    @property
    def surprise(self) -> Surprise | None:
        """How the result compares; ``None`` until there is one."""
        if self.result is None:
            return None
        z = surprise(self.expected, self.result.mean, self.result.sem)
        return surprise_of(z, is_minimized=self.metric.is_minimized)

    @property
    def strip(self) -> Strip:
        """The same as a drawing."""
        return strip(
            inner=self.interval,
            outer=self.of_results,
            mean=self.expected.mean,
            best=self.best,
            result=self.result.mean if self.result else None,
            limit=self.limit[1] if self.limit else None,
        )


class Reasons:
    """Why one suggestion was made."""

    strip_width = WIDTH

    def __init__(self, results: ExperimentResults, suggestion: Suggestion) -> None:
        self.suggestion = suggestion
        self._results = results
        self._node = GenerationNode(suggestion.node)

    @cached_property
    def known(self) -> Outlook | None:
        """What was known when it was made; ``None`` where that was not kept."""
        return self.suggestion.known

    @property
    def node(self) -> str:
        """What made it, in a word or so."""
        count = len(self.known.elsewhere) if self.known else 0
        return f"{NODES[self._node]}{beside_others(count)}"

    @property
    def fixed(self) -> str:
        """Who fixed which values when asking for it, in words; blank if nobody did."""
        said = fixed_in_words(self.suggestion.fixed, self._results.parameters)
        if not said:
            return ""
        trial = self.suggestion.trial
        added = added_by(trial) if trial else None
        who = added.user if added and added.user else "Somebody"
        return f"{who} asked for it with some values fixed: {said}."

    @property
    def made_by(self) -> str:
        """What made it."""
        return MADE_BY[self._node][0]

    @property
    def how(self) -> str:
        """How that makes suggestions, and from how many results it had learnt."""
        text = MADE_BY[self._node][1]
        if self.expectations and self.known:
            count = self.known.results
            text += f" It had learnt from {count} result{'' if count == 1 else 's'}."
            text += learnt_elsewhere([trials for _, trials in self.known.elsewhere])
        return text

    @cached_property
    def expectations(self) -> list[Expectation]:
        """What the model expected of each metric that it knew; empty if none was asked."""
        by_key = {each.metric: each for each in self.suggestion.expected}
        found = self._results.results.get(self.suggestion.trial_id or 0, {})
        known = self.known or Outlook()
        return [
            Expectation(
                metric,
                by_key[metric.key],
                best=known.best_means.get(metric.key),
                believed=known.believed.get(metric.key),
                limit=known.limits.get(metric.key),
                result=found.get(metric.pk),
            )
            for metric in self._results.metrics
            if metric.key in by_key
        ]

    @property
    def is_older(self) -> bool:
        """Whether the model was asked before AxDash kept what was known at that time."""
        return self.known is None

    @property
    def knows_noise(self) -> bool:
        """Whether it is known how single results scatter."""
        return all(each.expected.noise is not None for each in self.expectations)

    @property
    def chances(self) -> list[tuple[str, str]]:
        """What there was a chance of, and how large that was, in words."""
        if self.known is None:
            return []
        said = []
        weight = self.suggestion.acquisition_value
        if self._node is GenerationNode.THOMPSON and weight is not None:
            said.append(("to be the best combination", percent(weight)))
        if self.known.feasible is not None:
            said.append(("to keep all bounds", percent(self.known.feasible)))
        if self.known.better is not None:
            said.append((to_be_better(self.known), percent(self.known.better)))
        return said

    @property
    def unknown_bounds(self) -> str:
        """The names of metrics with a bound of which the model knew too little to count."""
        if self.known is None or not self.expectations:
            return ""
        expected = {each.metric.key for each in self.expectations}
        lacking = self.known.limits.keys() - expected
        return " and ".join(m.name for m in self._results.metrics if m.key in lacking)

    @cached_property
    def mode(self) -> Mode | None:
        """Whether it explores or exploits."""
        if self.known is None:
            return None
        if self._results.has_sum:
            return mode_of(self.known, "the weighted sum", "")
        objective = self._results.objectives[0]
        return mode_of(self.known, objective.name, objective.unit)

    @property
    def short(self) -> str:
        """All of it in one line."""
        parts = [self.node]
        if self.mode:
            parts.append(self.mode.word)
        if self.known and self.known.better is not None:
            parts.append(f"{percent(self.known.better)} {to_be_better(self.known)}")
        return ", ".join(parts)
