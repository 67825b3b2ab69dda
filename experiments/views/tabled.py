"""The page with the table of all trials, and its file."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from experiments.views.access import get_experiment
from experiments.views.files import csv_file
from experiments.views.many import BUTTONS, LOOKS
from experiments.views.panels import ExperimentPanels
from experiments.views.trial_table import TrialTable

_UNPROCESSABLE = 422


@require_safe
@vary_on_headers("HX-Request", "HX-History-Restore-Request")
def trials(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the trials that pass; with htmx, only what a filter changes."""
    context = _context(request, pk)
    table: TrialTable = context["table"]
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    is_whole = not htmx or htmx.history_restore_request
    context["arranged"] = arranged = _arranged(request)
    if arranged and is_whole:
        return redirect(f"{request.path}?{table.query(page=None)}#column-{slugify(arranged)}")
    status = _UNPROCESSABLE if table.form.errors else 200
    if is_whole:
        return render(request, "experiments/trials.html", context, status=status)
    response = render(request, "experiments/_trials_results.html", context, status=status)
    query = table.query()
    response["HX-Push-Url"] = f"{request.path}?{query}" if query else request.path
    return response


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the rows, for an open page to take in."""
    context = _context(request, pk)
    response = render(request, "experiments/_trials_live.html", context)
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    response["AxDash-Revision"] = str(context["experiment"].revision)
    return response


@require_safe
def data(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send all trials that pass as CSV, with every column."""
    context = _context(request, pk)
    return csv_file(f"{context['experiment'].name} trials", context["table"].data().chunks())


def _arranged(request: HttpRequest) -> str:
    """The key of the column that was moved, or that is to decide on the order, too; or ""."""
    return request.GET.get("move", "").partition(":")[0] or request.GET.get("then", "")


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    address = reverse("experiments:trials", args=[pk])
    table = TrialTable(panels, request)
    return {
        "experiment": experiment,
        "panels": panels,
        "table": table,
        "address": address,
        "acts": BUTTONS,
        "looks": [(name, look.label) for name, look in LOOKS.items()],
    }
