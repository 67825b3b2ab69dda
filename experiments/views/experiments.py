"""The page of one experiment."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from experiments.permissions import check_can_run
from experiments.services import experiments
from experiments.views.access import get_experiment, signed_in
from experiments.views.panels import ExperimentPanels
from experiments.views.unchanged import STATE, is_known, state_of


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one experiment: the best, what runs, what was found."""
    state = state_of(request, pk)  # Before all that is shown: it knows no more than the page.
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    context = {"panels": panels, "experiment": experiment, "state": state}
    return render(request, "experiments/detail.html", context)


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the parts of the experiment page that change; 204 to a page that shows them already."""
    if is_known(request, state_of(request, pk)):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return live_parts(request, pk)


def live_parts(
    request: HttpRequest,
    pk: int,
    notice: dict[str, Any] | None = None,
    *,
    has_new_results: bool = True,
    may_be_brief: bool = False,
    count_error: str = "",
) -> HttpResponse:
    """Render the parts that change, with a notice of what was just done (``None``: none).

    Without ``has_new_results``, the parts that show results are left out; where there are very many
    and the answer ``may_be_brief``, they are left to the page, which asks for them at once.
    """
    state = state_of(request, pk)
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    ended = notice["change"].trial_numbers if may_be_brief and notice and notice["change"] else []
    is_brief = len(ended) == 1 and panels.is_large
    context = {
        "panels": panels,
        "experiment": experiment,
        "notice": notice,
        "has_new_results": has_new_results and not is_brief,
        "is_brief": is_brief,
        "count_error": count_error,
    }
    response = render(request, "experiments/_live.html", context)
    response["HX-Reswap"] = "none"  # Every part names its own place.
    response["Cache-Control"] = "no-store"
    # Read before all that is shown: no change up to this one is missing.
    response["AxDash-Revision"] = str(experiment.revision)
    if is_brief:
        # Its row goes at once; the other rows are not drawn again to find that they are the same.
        response["HX-Retarget"] = f"#run-{ended[0]}"
        response["HX-Reswap"] = "delete"
        response["HX-Trigger"] = "axdash:news"
    elif has_new_results:
        response[STATE] = state
    return response


@require_POST
def confirm_direction(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the answer that the best so far is the best indeed."""
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)
    experiments.confirm_direction(experiment, by=signed_in(request))
    if request.htmx:  # type: ignore[attr-defined]
        return live_parts(request, pk)
    return redirect(experiment)
