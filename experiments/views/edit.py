"""Changing the definition of an experiment: the form, a review of what it does, and saving."""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from experiments.consequences import Consequences, Stored, changes_model, consequences
from experiments.differences import Difference, differences
from experiments.direction_check import with_other_direction
from experiments.documents import to_document
from experiments.domain import WITH_RESULTS
from experiments.drafts import ExperimentDraft
from experiments.forms.experiment import DefinitionForm, EditContext, typed_in
from experiments.forms.row_buttons import press
from experiments.merging import Clash, merge
from experiments.models import Change, Experiment, Observation
from experiments.permissions import check_can_define
from experiments.services import editing
from experiments.services.errors import Refused
from experiments.services.kept_data import data_problems
from experiments.services.versions import (
    definition_after,
    definition_at,
    definition_before,
    edits_since,
    normal,
    with_later_names,
)
from experiments.views.access import get_experiment, signed_in
from experiments.views.new import changed
from experiments.views.preview import preview_context
from experiments.widening import with_wider_bound

_UNPROCESSABLE, _CONFLICT = 422, 409
_LONGEST_REASON = 500
_ACTIONS = ("review", "save")


@dataclass(frozen=True, slots=True)
class Review:
    """What saving would do, for a look before it is done.

    ``unmeasured``: new objectives, and how many completed trials have no result for each.
    """

    differences: list[Difference]
    consequences: Consequences
    unmeasured: list[tuple[str, int]]
    ready_count: int
    is_model_change: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else made of the definition, and where it clashes with what was typed."""

    changes: list[tuple[Change, list[Difference]]]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page shows besides the form."""

    review: Review | None = None
    meanwhile: Meanwhile | None = None
    notices: list[str] = field(default_factory=list)
    reason_error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the definition to change it, say what the change would do, or save it."""
    experiment = get_experiment(request.user, pk)
    check_can_define(request.user, experiment.team)
    if request.method != "POST":
        return _first(request, experiment)
    context = EditContext(experiment, _base_revision(request, experiment))
    action = request.POST.get("action", "review")
    if action not in _ACTIONS:
        return _row_button(request, action, context)
    form = DefinitionForm.read(request.POST, context=context)
    draft = form.draft()
    if draft is None:
        form.focus_on_first_error()
        return _show(request, form, status=_UNPROCESSABLE)
    if action == "save":
        return _save(request, form, draft, context)
    return _review(request, form, draft, context)


def _first(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    """Show the form as the definition is, or with what was offered on the experiment's page.

    That is a bound widened that suggestions lie on, or the other direction of a metric.
    """
    draft = experiment.definition
    key, _, side = request.GET.get("widen", "").partition(":")
    if key:
        draft = with_wider_bound(draft, key, side)
    if turned := request.GET.get("turn"):
        draft = with_other_direction(draft, turned)
    notices = [
        f"Already filled in: {difference}. Review it, and save."
        for difference in differences(experiment.definition, draft)
    ]
    context = EditContext(experiment, experiment.revision)
    form = DefinitionForm.from_draft(draft, context=context)
    return _show(request, form, _Page(notices=notices))


def _row_button(request: HttpRequest, action: str, context: EditContext) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return changed(request, action, context=context)
    typed = typed_in(request.POST)
    _, focus = press(typed, action)
    form = DefinitionForm(typed, context=context)
    form.focus = focus
    return _show(request, form)


def _review(
    request: HttpRequest,
    form: DefinitionForm,
    draft: ExperimentDraft,
    context: EditContext,
    notices: tuple[str, ...] = (),
    reason_error: str = "",
) -> HttpResponse:
    """Say what saving would do, unless it would lose data or somebody else was faster."""
    experiment = context.experiment
    if meanwhile := edits_since(experiment, context.base_revision):
        return _merged(request, draft, context, meanwhile)
    draft = with_later_names(draft, experiment, context.base_revision)
    current = experiment.definition
    if problems := data_problems(experiment, current, draft):
        form.problems += [problem.message for problem in problems]
        return _show(request, form, status=_UNPROCESSABLE)
    found = differences(current, draft)
    if not found:
        return _show(request, form, _Page(notices=["Nothing differs from the definition yet."]))
    review = Review(
        differences=found,
        consequences=consequences(current, draft, _stored(experiment)),
        unmeasured=_unmeasured(experiment, current, draft),
        ready_count=experiment.suggestions.ready().count(),
        is_model_change=changes_model(current, draft),
        digest=_digest(draft),
    )
    page = _Page(review=review, notices=list(notices), reason_error=reason_error)
    return _show(request, form, page, status=_UNPROCESSABLE if reason_error else 200)


def _save(
    request: HttpRequest, form: DefinitionForm, draft: ExperimentDraft, context: EditContext
) -> HttpResponse:
    """Save what was reviewed; whatever else is in the form by now is reviewed first."""
    reason = request.POST.get("reason", "").strip()
    if len(reason) > _LONGEST_REASON:
        error = f"A reason has {_LONGEST_REASON} characters at most; this one has {len(reason)}."
        return _review(request, form, draft, context, reason_error=error)
    experiment = context.experiment
    followed = with_later_names(draft, experiment, context.base_revision)
    if request.POST.get("reviewed") not in (_digest(draft), _digest(followed)):
        again = "Something was changed after the review: this is what saving does now."
        return _review(request, form, draft, context, (again,))
    try:
        editing.edit(
            experiment,
            draft=draft,
            base_revision=context.base_revision,
            by=signed_in(request),
            reason=reason,
            # Going back and changing something else on the same page is another act.
            key=uuid.uuid5(form.key, _digest(draft)),
            abandon=[int(n) for n in request.POST.getlist("abandon") if _is_number(n)],
        )
    except editing.EditedMeanwhile as conflict:
        return _merged(request, draft, context, list(conflict.changes))
    except Refused as refusal:
        form.problems.append(str(refusal))
        return _show(request, form, status=_UNPROCESSABLE)
    messages.success(request, "The definition was changed. It can be undone under “Versions”.")
    return redirect(experiment)


def _merged(
    request: HttpRequest, draft: ExperimentDraft, context: EditContext, changes: list[Change]
) -> HttpResponse:
    """Tell what changed meanwhile, and show the form with both: what was typed stands."""
    experiment = context.experiment
    base = definition_at(experiment, context.base_revision)
    current = normal(experiment.definition)
    merged = merge(base, normal(draft), current)
    if not differences(current, merged.draft):
        messages.success(request, "The definition says this already.")
        return redirect(experiment)
    form = DefinitionForm.from_draft(
        merged.draft, context=EditContext(experiment, experiment.revision)
    )
    told = [(change, differences_of(change)) for change in changes]
    page = _Page(meanwhile=Meanwhile(told, merged.clashes))
    return _show(request, form.checked(), page, status=_CONFLICT)


def differences_of(change: Change) -> list[Difference]:
    """Return what a change did to the definition; nothing where it did not keep both."""
    before, after = definition_before(change), definition_after(change)
    return differences(before, after) if before and after else []


def _show(
    request: HttpRequest, form: DefinitionForm, page: _Page | None = None, status: int = 200
) -> HttpResponse:
    assert form.context is not None
    experiment = form.context.experiment
    context: dict[str, Any] = {"form": form, "experiment": experiment, "page": page or _Page()}
    context["reason"] = request.POST.get("reason", "")
    context["abandoned"] = set(request.POST.getlist("abandon"))
    context |= preview_context(form)
    return render(request, "experiments/edit.html", context, status=status)


def _stored(experiment: Experiment) -> list[Stored]:
    rows = experiment.trials.order_by("number").values_list("number", "status", "parameters")
    return [Stored(*row) for row in rows]


def _unmeasured(
    experiment: Experiment, current: ExperimentDraft, draft: ExperimentDraft
) -> list[tuple[str, int]]:
    before = {metric.spec.key for metric in current.objectives}
    completed = experiment.trials.filter(status__in=WITH_RESULTS)
    ids = {metric.key: metric.pk for metric in experiment.metrics.all()}
    counts = []
    for metric in draft.objectives:
        if metric.spec.key not in before:
            known = Observation.objects.filter(step=None, metric=ids.get(metric.spec.key))
            count = completed.exclude(pk__in=known.values("trial")).count()
            counts.append((metric.name, count))
    return [(name, count) for name, count in counts if count]


def _base_revision(request: HttpRequest, experiment: Experiment) -> int:
    """The revision that the form was made from; the oldest where that was not sent."""
    text = request.POST.get("base_revision", "")
    return min(int(text), experiment.revision) if _is_number(text) else 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _digest(draft: ExperimentDraft) -> str:
    document = json.dumps(to_document(draft, keys=True), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:24]
