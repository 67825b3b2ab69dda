"""The page of one trial."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from experiments.models import Suggestion, Trial
from experiments.models.trial import TrialOrigin
from experiments.views.access import get_trial, visible_trials
from experiments.views.nearby import Nearby
from experiments.views.panels import ExperimentPanels
from experiments.views.reasons import Reasons
from experiments.views.rows import TrialRow
from experiments.views.trial_story import story_of

ORIGINS = {
    TrialOrigin.SUGGESTED: "It was suggested; the suggestion itself was not kept.",
    TrialOrigin.BASELINE: "It is the baseline that somebody set: nobody suggested it.",
    TrialOrigin.IMPORTED: "It came with a table of runs: nobody suggested it.",
    TrialOrigin.COPIED: "It was copied from another experiment, where its reasons stand.",
}
"""Why there are no reasons for a trial."""

PARTS = ("head", "choice", "values", "why", "story")
"""The parts of the page, from top to bottom; one that is blank is left out."""

_TIME = re.compile("(<time [^>]*>)[^<]*")


@dataclass(frozen=True)
class Part:
    """A part of the page, which an open page takes in where its ``version`` is another one."""

    name: str
    html: SafeString

    @property
    def version(self) -> str:
        """What changes with what the part says; that time goes by is no change."""
        return sha256(_TIME.sub(r"\1", self.html).encode()).hexdigest()[:16]


@require_safe
def trial(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one trial: its parameters, its results, why it was suggested, what happened to it."""
    found = get_trial(request, pk, number)
    return render(request, "experiments/trial.html", _context(request, found))


@require_safe
def live(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Send the parts of the page, for an open page to take in."""
    found = get_trial(request, pk, number)
    response = render(request, "experiments/_trial_live.html", _context(request, found))
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    response["AxDash-Revision"] = str(found.experiment.revision)
    return response


def _context(request: HttpRequest, found: Trial) -> dict[str, Any]:
    panels = ExperimentPanels(found.experiment, request)
    row = TrialRow(panels, found)
    suggestion = Suggestion.objects.filter(trial=found).first()
    source_ids = [] if found.source_id is None else [found.source_id]
    context = {
        "experiment": found.experiment,
        "panels": panels,
        "row": row,
        "reasons": None if suggestion is None else Reasons(panels, suggestion),
        "copied_from": next(iter(visible_trials(request.user, source_ids).values()), None),
        "why_none": ORIGINS[TrialOrigin(found.origin)],
        "nearby": Nearby(panels, row, suggestion=suggestion, pk=found.pk),
        "story": story_of(found),
        "previous": _beside(found, -1),
        "next": _beside(found, 1),
    }
    drawn = (
        Part(name, render_to_string(f"experiments/_trial_{name}.html", context, request))
        for name in PARTS
    )
    return context | {"parts": [part for part in drawn if part.html.strip()]}


def _beside(trial: Trial, step: int) -> int | None:
    """Return the number of the trial before or after one."""
    numbers = trial.experiment.trials.values_list("number", flat=True)
    if step < 0:
        return numbers.filter(number__lt=trial.number).order_by("-number").first()
    return numbers.filter(number__gt=trial.number).order_by("number").first()
