"""The versions of an experiment's definition, and taking a change of it back."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.differences import Difference
from experiments.drafts import ExperimentDraft
from experiments.models import Change, ChangeKind, Experiment
from experiments.permissions import can_define
from experiments.services.undoing import Undoing
from experiments.services.versions import definition_after, versions
from experiments.views.access import get_experiment, signed_in
from experiments.views.edit import differences_of

_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the change that made it, what it changed, and what became of that.

    ``undone_by`` is the revision that took it back, ``why_not`` says why the person cannot.
    """

    change: Change
    differences: list[Difference]
    undone_by: int | None
    why_not: str

    @property
    def is_first(self) -> bool:
        """Whether this is where the definition started."""
        return self.change.kind in (ChangeKind.EXPERIMENT_CREATED, ChangeKind.EXPERIMENT_BROUGHT)

    @property
    def start(self) -> ExperimentDraft | None:
        """The definition at the start, where it is known."""
        return definition_after(self.change) if self.is_first else None


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show each version of the definition, newest first."""
    experiment = get_experiment(request.user, pk)
    page = Paginator(versions(experiment), _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "experiment": experiment,
        "can_define": can_define(request.user, experiment.team),
        "page": page,
        "versions": _versions(experiment, list(page.object_list), signed_in(request)),
    }
    return render(request, "experiments/definition_history.html", context)


def _versions(experiment: Experiment, changes: list[Change], by: User) -> list[Version]:
    undoing = Undoing(experiment, changes, by)
    return [
        Version(change, differences_of(change), undoing.undone_by(change), undoing.why_not(change))
        for change in changes
    ]
