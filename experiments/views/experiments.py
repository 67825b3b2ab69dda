"""The list of experiments, and the page of one."""

from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.domain import Direction, TrialStatus
from experiments.models import Experiment, Metric, Observation, Trial
from experiments.views.access import get_experiment
from experiments.views.panels import ExperimentPanels

_STATUSES = (TrialStatus.RUNNING, TrialStatus.COMPLETED, TrialStatus.FAILED)


def _with_summary(experiments: QuerySet[Experiment]) -> QuerySet[Experiment]:
    """Add to each experiment its objective, best value and counts, all in one query."""
    objective = Metric.objects.filter(experiment=OuterRef("pk")).order_by("pk")
    means = Observation.objects.filter(
        trial__experiment=OuterRef("pk"), trial__status=TrialStatus.COMPLETED, step__isnull=True
    ).values("trial__experiment")
    of_experiment = Trial.objects.filter(experiment=OuterRef("pk")).values("experiment")
    counts: dict[str, Any] = {
        f"{status.value}_count": Subquery(
            of_experiment.annotate(n=Count("pk", filter=Q(status=status.value))).values("n")
        )
        for status in _STATUSES
    }
    return experiments.select_related("team", "touched_by").annotate(
        objective_name=Subquery(objective.values("name")[:1]),
        direction=Subquery(objective.values("direction")[:1]),
        lowest=Subquery(means.annotate(v=Min("mean")).values("v")),
        highest=Subquery(means.annotate(v=Max("mean")).values("v")),
        **counts,
    )


@require_safe
def experiment_list(request: HttpRequest) -> HttpResponse:
    """Show the experiments of the person's teams, last touched first."""
    experiments = list(_with_summary(Experiment.objects.visible_to(request.user)))
    for experiment in experiments:
        is_minimized = experiment.direction == Direction.MINIMIZE  # type: ignore[attr-defined]
        experiment.best = (  # type: ignore[attr-defined]
            experiment.lowest if is_minimized else experiment.highest  # type: ignore[attr-defined]
        )
    has_teams = len({experiment.team_id for experiment in experiments}) > 1
    context = {"experiments": experiments, "shows_teams": has_teams}
    return render(request, "experiments/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one experiment: the best, what runs, what was found."""
    experiment = get_experiment(request.user, pk)
    panels = ExperimentPanels(experiment, request)
    return render(request, "experiments/detail.html", {"panels": panels, "experiment": experiment})


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the parts of the experiment page that change, for an open page to take in."""
    return live_parts(request, get_experiment(request.user, pk))


def live_parts(
    request: HttpRequest,
    experiment: Experiment,
    notice: dict[str, Any] | None = None,
    *,
    has_new_results: bool = True,
    count_error: str = "",
) -> HttpResponse:
    """Render the parts that change, with a notice of what was just done (``None``: none).

    Without ``has_new_results``, the parts that show results are left out.
    """
    panels = ExperimentPanels(experiment, request)
    context = {
        "panels": panels,
        "experiment": experiment,
        "notice": notice,
        "has_new_results": has_new_results,
        "count_error": count_error,
    }
    response = render(request, "experiments/_live.html", context)
    response["HX-Reswap"] = "none"  # Every part names its own place.
    response["Cache-Control"] = "no-store"
    return response
