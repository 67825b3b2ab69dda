"""The list of experiments: search, filters, order, pages."""

from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from experiments.domain import WITH_RESULTS
from experiments.forms.listing import ANY_STATUS, ListForm
from experiments.models import Experiment, ExperimentStatus, Team
from experiments.models.experiment import ExperimentQuerySet
from experiments.permissions import can_organize
from experiments.views.access import signed_in
from experiments.views.summaries import rows_of

PER_PAGE = 25

_UNPROCESSABLE = 422


@require_safe
@vary_on_headers("HX-Request", "HX-History-Restore-Request")
def experiment_list(request: HttpRequest) -> HttpResponse:
    """Show the experiments of the person's teams; with htmx, the part that a filter changes."""
    visible = Experiment.objects.visible_to(request.user)
    form = _form(request, visible)
    context = {**_found(request, visible, form), "form": form}
    status = _UNPROCESSABLE if form.errors else 200
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if htmx and not htmx.history_restore_request:
        response = render(request, "experiments/_list_results.html", context, status=status)
        query = form.query(page=context["page"].number if context["page"].number > 1 else "")
        response["HX-Push-Url"] = f"{request.path}?{query}" if query else request.path
        return response
    context |= {
        "deleted_count": Experiment.objects.deleted_of(request.user).count(),
        "just_deleted": _just_deleted(request),
    }
    if not context["page"].object_list:
        context["is_new_here"] = not visible.exists()
    return render(request, "experiments/list.html", context, status=status)


class _CountedPages(Paginator):
    """Pages of rows that have been counted already."""

    def __init__(self, rows: ExperimentQuerySet, total: int) -> None:
        super().__init__(rows, PER_PAGE)
        self._total = total

    @cached_property
    def count(self) -> int:
        """How many rows there are on all pages."""
        return self._total


def _form(request: HttpRequest, visible: ExperimentQuerySet) -> ListForm:
    user = signed_in(request)
    creators = visible.order_by().values("created_by")
    owners = User.objects.filter(pk__in=creators).order_by("username")
    teams = Team.objects.filter(memberships__user=user).order_by("name", "pk")
    return ListForm(
        request.GET,
        tags=visible.tags_in_use(),
        owners=[(owner.pk, owner.get_full_name() or owner.username) for owner in owners],
        teams=list(teams.values_list("pk", "name")),
    )


def _found(request: HttpRequest, visible: ExperimentQuerySet, form: ListForm) -> dict[str, Any]:
    """Return the page of rows, and what is said about them."""
    narrowed = _narrowed(visible, form)
    listed = [status for status in ExperimentStatus if _is_listed(status, form)]
    found = _ordered(narrowed.filter(status__in=listed), form)
    found = found.select_related("team", "touched_by", "created_by").prefetch_related("metrics")
    counts = dict(narrowed.order_by().values_list("status").annotate(Count("pk")))
    total = sum(count for status, count in counts.items() if _is_listed(status, form))
    page = _CountedPages(found, total).get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": rows_of(list(page)),
        "hidden_count": 0 if form.value("status") else counts.get(ExperimentStatus.ARCHIVED, 0),
        "with_archived": form.query(status=ANY_STATUS),
        "previous_query": form.query(page=page.number - 1),
        "next_query": form.query(page=page.number + 1),
        "shows_teams": "team" in {field.name for field in form.shown},
    }


def _narrowed(experiments: ExperimentQuerySet, form: ListForm) -> ExperimentQuerySet:
    """Keep the experiments that were asked for, of whichever status."""
    if form.value("q"):
        experiments = experiments.matching(form.value("q"))
    if form.value("tag"):
        experiments = experiments.filter(tags__contains=[form.value("tag")])
    if form.value("owner"):
        experiments = experiments.filter(created_by_id=int(form.value("owner")))
    if form.value("team"):
        experiments = experiments.filter(team_id=int(form.value("team")))
    return experiments


def _is_listed(status: str, form: ListForm) -> bool:
    """Tell whether experiments of this status were asked for."""
    wanted = form.value("status")
    if not wanted:
        return status != ExperimentStatus.ARCHIVED
    return wanted in (ANY_STATUS, status)


def _ordered(experiments: ExperimentQuerySet, form: ListForm) -> ExperimentQuerySet:
    sort = form.value("sort")
    if sort == "name":
        return experiments.order_by(Lower("name"), "pk")
    if sort == "newest":
        return experiments.order_by("-created_at", "-pk")
    if sort == "trials":
        done = Count("trials", filter=Q(trials__status__in=WITH_RESULTS, trials__deleted_at=None))
        return experiments.annotate(done=done).order_by("-done", "-touched_at", "-pk")
    return experiments.order_by("-touched_at", "-pk")


def _just_deleted(request: HttpRequest) -> Experiment | None:
    """Return the experiment that the person has just deleted, to offer its return at once."""
    key = request.GET.get("deleted", "")
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        return None
    deleted = Experiment.objects.deleted_of(request.user).select_related("team")
    experiment = deleted.filter(pk=int(key)).first()
    return experiment if experiment and can_organize(request.user, experiment.team) else None
