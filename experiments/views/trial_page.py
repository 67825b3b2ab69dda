"""The page of one trial."""

import re
import uuid
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from experiments.models import Suggestion, Trial
from experiments.models.trial import TrialOrigin
from experiments.notes import to_html
from experiments.permissions import can_run
from experiments.views.access import get_experiment, get_trial, signed_in, visible_trials
from experiments.views.curve_panels import CurvePanel, logs_of
from experiments.views.nearby import Nearby
from experiments.views.panels import ExperimentPanels
from experiments.views.reasons import Reasons
from experiments.views.repeats import repeated
from experiments.views.rows import TrialRow, is_overdue
from experiments.views.shown_files import shown_files
from experiments.views.trial_story import story_of

ORIGINS = {
    TrialOrigin.SUGGESTED: "It was suggested; the suggestion itself was not kept.",
    TrialOrigin.BASELINE: "It is the baseline that somebody set: nobody suggested it.",
    TrialOrigin.IMPORTED: "It came with a table of runs: nobody suggested it.",
    TrialOrigin.OWN: "Somebody added it: nobody suggested it.",
    TrialOrigin.REPEATED: "It repeats another trial: nobody suggested it.",
    TrialOrigin.COPIED: "It was copied from another experiment, where its reasons stand.",
}
"""Why there are no reasons for a trial."""

PARTS = ("head", "work", "choice", "values", "curve", "notes", "why", "story")
"""The parts of the page, from top to bottom; one that is blank is left out."""

_LARGEST_NUMBER = 2**31 - 1
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
    try:
        found = get_trial(request, pk, number)
    except Http404:
        return _deleted(request, pk, number)
    return render(request, "experiments/trial.html", _context(request, found))


@require_safe
def live(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Send the parts of the page, for an open page to take in."""
    return live_parts(request, get_trial(request, pk, number))


def live_parts(
    request: HttpRequest, found: Trial, notice: dict[str, Any] | None = None
) -> HttpResponse:
    """Render the parts of a trial's page, with a notice of what was just done, if anything was."""
    context = _context(request, found) | {"notice": notice}
    response = render(request, "experiments/_trial_live.html", context)
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    response["AxDash-Revision"] = str(found.experiment.revision)
    return response


def _deleted(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say that a trial was deleted, with a way to bring it back; 404 if there never was one."""
    experiment = get_experiment(request.user, pk)
    gone = Trial.everything.filter(experiment=experiment, number=min(number, _LARGEST_NUMBER))
    found = gone.exclude(deleted_at=None).first()
    if found is None:
        raise Http404
    context = {
        "experiment": experiment,
        "trial": found,
        "story": story_of(found, signed_in(request)),
        "can_run": can_run(request.user, experiment.team),
    }
    return render(request, "experiments/trial_deleted.html", context, status=HTTPStatus.NOT_FOUND)


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
        "told_source": _told_source(found),
        "why_none": ORIGINS[TrialOrigin(found.origin)],
        "nearby": Nearby(panels, row, suggestion=suggestion, pk=found.pk),
        "curve": CurvePanel(found, panels.metrics, logs_of(request.GET)),
        "story": story_of(found, signed_in(request)),
        "notes_html": mark_safe(to_html(found.notes)),  # noqa: S308  # Cleaned by nh3.
        "files": shown_files(found),
        "repeat_key": _repeat_key(found),
        "repeated": repeated(panels, found.pk),
        "is_overdue": row.trial.is_running and is_overdue(found.due_on),
        "previous": _beside(found, -1),
        "next": _beside(found, 1),
    }
    drawn = (
        Part(name, render_to_string(f"experiments/_trial_{name}.html", context, request))
        for name in PARTS
    )
    return context | {"parts": [part for part in drawn if part.html.strip()]}


def _told_source(trial: Trial) -> dict[str, Any] | None:
    """What a restored file says that the trial is a copy of, where that is not here."""
    if not trial.told_source:
        return None
    named = trial.experiment.elsewhere.get(str(trial.told_source["experiment"]), {})
    return {"trial": trial.told_source["trial"], "name": named.get("name")}


def _repeat_key(trial: Trial) -> uuid.UUID:
    """Name the next repetition: the same until something has happened, so that the part stays."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"repeat {trial.pk} at {trial.experiment.trial_count}")


def _beside(trial: Trial, step: int) -> int | None:
    """Return the number of the trial before or after one."""
    numbers = trial.experiment.trials.values_list("number", flat=True)
    if step < 0:
        return numbers.filter(number__lt=trial.number).order_by("-number").first()
    return numbers.filter(number__gt=trial.number).order_by("number").first()
