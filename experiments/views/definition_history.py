"""The versions of an experiment's definition, and taking a change of it back."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from experiments.differences import Difference
from experiments.drafts import ExperimentDraft
from experiments.models import Change, ChangeKind, Experiment
from experiments.permissions import can_define
from experiments.services import editing
from experiments.services.errors import Refused
from experiments.services.versions import EDITS, definition_after, normal, versions
from experiments.views.access import get_experiment, signed_in
from experiments.views.edit import differences_of

_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the change that made it, what it changed, and why it cannot be undone."""

    change: Change
    differences: list[Difference]
    why_not: str

    @property
    def is_first(self) -> bool:
        """Whether this is where the definition started."""
        return self.change.kind == ChangeKind.EXPERIMENT_CREATED

    @property
    def undone(self) -> int | None:
        """The revision of the change that this one took back."""
        number = self.change.after.get("undone")
        return number if isinstance(number, int) else None

    @property
    def start(self) -> ExperimentDraft | None:
        """The definition at the start, where it is known."""
        return definition_after(self.change) if self.is_first else None


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show each version of the definition, newest first."""
    experiment = get_experiment(request.user, pk)
    page = Paginator(versions(experiment), _ON_A_PAGE).get_page(request.GET.get("page"))
    may = can_define(request.user, experiment.team)
    context = {
        "experiment": experiment,
        "can_define": may,
        "page": page,
        "versions": _versions(experiment, list(page.object_list), may=may),
    }
    return render(request, "experiments/definition_history.html", context)


@require_POST
def undo(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Take one change of the definition back."""
    experiment = get_experiment(request.user, pk)
    changes = experiment.changes.filter(kind__in=EDITS)
    change = get_object_or_404(changes, revision=min(revision, experiment.revision + 1))
    try:
        editing.undo(change, by=signed_in(request))
    except Refused as refusal:
        messages.error(request, f"Version {revision} was not undone. {refusal}")
    else:
        messages.success(request, f"Version {revision} was undone.")
    return redirect("experiments:definition", pk=pk)


def _versions(experiment: Experiment, changes: list[Change], *, may: bool) -> list[Version]:
    current = normal(experiment.definition)
    return [
        Version(
            change,
            differences_of(change),
            editing.why_not_undo(experiment, change, current) if may else "",
        )
        for change in changes
    ]
