"""The page of one trial."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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


@require_safe
def trial(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one trial: its parameters, its results, why it was suggested, what happened to it."""
    found = get_trial(request, pk, number)
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
        "story": story_of(found, panels.metrics),
        "previous": _beside(found, -1),
        "next": _beside(found, 1),
    }
    return render(request, "experiments/trial.html", context)


def _beside(trial: Trial, step: int) -> int | None:
    """Return the number of the trial before or after one."""
    numbers = trial.experiment.trials.values_list("number", flat=True)
    if step < 0:
        return numbers.filter(number__lt=trial.number).order_by("-number").first()
    return numbers.filter(number__gt=trial.number).order_by("number").first()
