"""The page of one trial."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.views.access import get_trial
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import TrialRow


@require_safe
def trial(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one trial: its parameters, its results, and how it came about."""
    found = get_trial(request, pk, number)
    panels = ExperimentPanels(found.experiment, request)
    context = {"experiment": found.experiment, "panels": panels, "row": TrialRow(panels, found)}
    return render(request, "experiments/trial.html", context)
