"""The page of plots that need no model: which ones, along which axes, of which trials."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.views.access import get_experiment
from experiments.views.files import csv_file
from experiments.views.panels import ExperimentPanels
from experiments.views.plot_panels import PlotPanels


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the plots."""
    return render(request, "experiments/plots.html", _context(request, pk))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send all figures and the table, for an open page to take in."""
    response = render(request, "experiments/_plots_live.html", _context(request, pk))
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def data(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send all trials that pass as CSV, with what was computed for the plot that is named.

    For that of learning curves, all of their points.
    """
    context = _context(request, pk)
    plot = request.GET.get("plot", "")
    chunks = context["plots"].file(plot)
    return csv_file(f"{context['experiment'].name} {plot}", chunks)


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    plots = PlotPanels(panels, request.GET)
    return {"experiment": experiment, "panels": panels, "plots": plots, "tab": "plots"}
