"""What a definition means, said beside the form while it is filled in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from experiments.domain import ParameterValue
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.forms.experiment import DefinitionForm
from experiments.meaning import meaning_of
from experiments.models import SamplePreview
from experiments.services import jobs, samples

_MOST_SHOWN = 12
_READY = "samplesReady"
"""The event at which the page asks for the preview again, now with sample points."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One parameter's values in the sample points; ``None`` where it does not apply."""

    parameter: ParameterDraft
    values: list[ParameterValue | None]


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Say what the form means as far as it is filled in; its fields stay as they are."""
    form = DefinitionForm.read(request.POST)
    return render(request, "experiments/_new_preview.html", preview_context(form))


@require_GET
def drawn(request: HttpRequest, digest: str) -> HttpResponse:
    """Tell whether sample points are drawn: if they are, the page shows them in the preview."""
    found = samples.find(digest)
    if found is None or samples.is_finished(found):
        return HttpResponse(status=204, headers={"HX-Trigger": _READY})
    return render(request, "experiments/_samples.html", _waiting(found))


def preview_context(form: DefinitionForm) -> dict[str, Any]:
    """What the rows mean that are right; sample points only once all of them are."""
    form = form.checked()
    is_whole = _is_space_right(form)
    partial = form.partial()
    if not is_whole:
        right = {row.key for row in form.parameters if row.draft and not row.errors}
        partial = _without_wrong(partial, right)
    meaning = meaning_of(partial, is_whole=is_whole)
    context = {
        "meaning": meaning,
        "is_full": form.is_full,
        "is_complete": is_whole,
        "unclear": [*form.unclear, *_unclear_elsewhere(form)],
    }
    if is_whole and meaning.dimensions:
        context |= _sample_context(partial)
    return context


def _is_space_right(form: DefinitionForm) -> bool:
    rows = [*form.parameters, *form.constraints]
    wrong = any(row.errors for row in (*rows, *(term for row in rows for term in row.terms)))
    return not (wrong or form.space_errors or form.constraint_errors)


def _without_wrong(draft: ExperimentDraft, right: set[str]) -> ExperimentDraft:
    return replace(
        draft,
        parameters=tuple(p for p in draft.parameters if p.spec.key in right),
        constraints=(),
    )


def _unclear_elsewhere(form: DefinitionForm) -> Iterator[tuple[str, list[str]]]:
    """What is wrong with metrics and constraints that could be read."""
    for metric in form.metrics:
        if metric.draft and metric.errors and not metric.is_blank:
            yield metric.title, [text for texts in metric.errors.values() for text in texts]
    for constraint in form.constraints:
        if constraint.draft and constraint.errors:
            texts = [text for texts in constraint.errors.values() for text in texts]
            yield f"Constraint {constraint.number}", texts
    if form.constraint_errors:
        yield "Constraints", form.constraint_errors


def _sample_context(draft: ExperimentDraft) -> dict[str, Any]:
    found = samples.request(draft)
    if not samples.is_finished(found):
        return {"samples": found} | _waiting(found)
    shown = draft.parameters[:_MOST_SHOWN]
    return {
        "samples": found,
        "sample_rows": [
            SampleRow(parameter, [point[place] for point in found.points or ()])
            for place, parameter in enumerate(shown)
        ],
        "more_parameters": max(0, len(draft.parameters) - _MOST_SHOWN),
    }


def _waiting(found: SamplePreview) -> dict[str, Any]:
    return {"samples": found, "is_waiting": True, "has_worker": jobs.worker_is_alive()}
