"""What was learned: the cards that workers have made, and how current each of them is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.cards import CardPage
from experiments.domain import WITH_RESULTS
from experiments.models import AnalysisCard, Change, Experiment
from experiments.services import jobs
from experiments.views.access import get_experiment


@dataclass(frozen=True)
class CardView:
    """One card as the page shows it; ``behind`` counts the changes that it does not know of."""

    card: AnalysisCard
    behind: int

    @property
    def version(self) -> str:
        """What changes where the card has to be shown anew."""
        return f"{self.card.revision}/{self.behind}"

    @property
    def figures(self) -> str:
        """The figures as Plotly's JSON; blank if there are none."""
        figures = self.card.body.get("figures")
        return json.dumps(figures, separators=(",", ":")) if figures else ""

    @property
    def sentences(self) -> Sequence[str]:
        """What the card says in words."""
        return self.card.body.get("sentences", ())

    @property
    def doubts(self) -> Sequence[str]:
        """What looks wrong, in words."""
        return self.card.body.get("doubts", ())

    @property
    def table(self) -> dict[str, Any] | None:
        """The card's table: a head, and rows with the trials that they are about."""
        table = self.card.body.get("table")
        if not table:
            return None
        trials = table["trials"] or [None] * len(table["rows"])
        return {"head": table["head"], "rows": list(zip(trials, table["rows"], strict=True))}


class CardPanels:
    """The cards of one page."""

    def __init__(self, experiment: Experiment, page: CardPage) -> None:
        self.experiment = experiment
        self.page = page

    @cached_property
    def cards(self) -> list[CardView]:
        """The cards, the important ones first."""
        changes = self._model_changes
        return [
            CardView(card, sum(revision > card.revision for revision in changes))
            for card in self._rows
        ]

    @property
    def is_current(self) -> bool:
        """Whether all cards are there, and know all that they could know."""
        return self.experiment.is_analysed

    @property
    def has_worker(self) -> bool:
        """Whether any worker is at work."""
        return jobs.worker_is_alive()

    @property
    def done(self) -> int:
        """How many cards are current."""
        return sum(not view.behind for view in self.cards)

    @cached_property
    def has_results(self) -> bool:
        """Whether any trial is completed."""
        return self.experiment.trials.filter(status__in=WITH_RESULTS).exists()

    @cached_property
    def _model_changes(self) -> list[int]:
        """The revisions that a card may not know of."""
        changes = Change.objects.filter(experiment=self.experiment)
        newer = changes.filter(revision__gt=self._oldest, is_model_change=True)
        revisions = set(newer.values_list("revision", flat=True))
        return sorted(revisions | {self.experiment.definition_revision})

    @cached_property
    def _oldest(self) -> int:
        return min((card.revision for card in self._rows), default=0)

    @cached_property
    def _rows(self) -> list[AnalysisCard]:
        return list(self.experiment.cards.filter(page=self.page.value))


@require_safe
def insights(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the cards of an experiment's analysis."""
    experiment = get_experiment(request.user, pk)
    if not experiment.is_analysed:
        jobs.queue_analyse(experiment.pk)  # It may be older than this version of AxDash.
    return render(request, "experiments/insights.html", _context(experiment))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the parts of the page that change, for an open page to take in."""
    experiment = get_experiment(request.user, pk)
    response = render(request, "experiments/_insights_live.html", _context(experiment))
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    return response


def _context(experiment: Experiment) -> dict[str, Any]:
    return {
        "experiment": experiment,
        "panels": CardPanels(experiment, CardPage.INSIGHTS),
        "tab": "insights",
    }
