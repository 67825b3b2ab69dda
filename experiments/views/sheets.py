"""Paper: a sheet a trial, with blank boxes for its results; and the page its code leads to."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from experiments.domain import ResultNoise
from experiments.models import Trial
from experiments.views.access import get_experiment, get_trial
from experiments.views.assigned import AssignedValues
from experiments.views.carried import Selection
from experiments.views.panels import ExperimentPanels
from experiments.views.results import ExperimentResults
from experiments.views.rows import TrialRow

MOST_SHEETS = 100
"""How many trials are printed at once."""

_HERE_ALONE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Sheet:
    """One trial on paper; ``address`` is that of the form for its results."""

    trial: Trial
    values: AssignedValues
    address: str

    @property
    def code(self) -> SafeString:
        """The address as a QR code, in SVG."""
        return qr_code(self.address)


def qr_code(address: str) -> SafeString:
    """Return a QR code as SVG that grows with its box: dark on light, with its quiet zone.

    A quarter of it may be smudged (level Q) before phones stop reading it.
    """
    code = segno.make_qr(address, error="q")
    drawn = code.svg_inline(dark="#000", light="#fff", border=4, omitsize=True)
    return SafeString(drawn)  # segno writes nothing of the address into it.


def public_address(request: HttpRequest, path: str) -> str:
    """Return the whole address of a path, as other devices reach it."""
    return (
        f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    )


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a page to print: each of some trials with its parameters and boxes for results."""
    experiment = get_experiment(request.user, pk)
    selection = Selection(request, experiment)
    results = ExperimentResults(experiment)
    trials = list(selection.trials.select_related("taken_by")[: MOST_SHEETS + 1])
    context = {
        "experiment": experiment,
        "selection": selection,
        "sheets": [_sheet(request, results, trial) for trial in trials[:MOST_SHEETS]],
        "more": len(trials) > MOST_SHEETS,
        "most": MOST_SHEETS,
        "metrics": results.metrics,
        "has_sems": experiment.noise != ResultNoise.EXACT,
        "now": timezone.now(),
        "host": _host_of_here_alone(request),
    }
    return render(request, "experiments/sheet.html", context)


def _sheet(request: HttpRequest, results: ExperimentResults, trial: Trial) -> Sheet:
    path = reverse("experiments:enter", args=[results.experiment.pk, trial.number])
    values = AssignedValues(results, trial.parameters)
    return Sheet(trial, values, public_address(request, path))


def _host_of_here_alone(request: HttpRequest) -> str:
    """Return the host that the codes name, where only this machine knows it by that; or ""."""
    host = urlsplit(public_address(request, "/")).netloc
    return host if host.rpartition(":")[0] in _HERE_ALONE or host in _HERE_ALONE else ""


@require_safe
def enter(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show the fields for a trial's results and little else: the page that a code leads to."""
    trial = get_trial(request, pk, number)
    if not trial.is_running:
        return redirect("experiments:trial", pk, number)
    panels = ExperimentPanels(trial.experiment, request)
    row = TrialRow(panels, trial)
    context = {"experiment": trial.experiment, "panels": panels, "row": row, "form": row.form}
    return render(request, "experiments/enter.html", context)
