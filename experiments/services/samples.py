"""Points that the optimizer would explore first in a space that somebody is still defining.

A worker draws them; they are kept for a day, by the space alone, so that a new name or goal, or
somebody else's form with the same space, needs no new ones.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from experiments.documents import Document, from_document, to_document
from experiments.domain import Condition, Direction, MetricSpec, ParameterSpec, ParameterValue, Term
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.models import SamplePreview, TableUpload
from experiments.services import jobs

POINTS = 5
KEPT = timedelta(days=1)
_LOST_AFTER = timedelta(seconds=60)
"""A job that has not answered by then may have died with its worker: another one is queued."""


def request(draft: ExperimentDraft) -> SamplePreview:
    """Return the sample points of a definition without problems; they are drawn soon if new."""
    document = _space_document(draft)
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    preview, is_new = SamplePreview.objects.get_or_create(
        digest=digest, defaults={"document": document}
    )
    if is_new or _is_lost(preview):
        jobs.queue_sample(digest)
    return preview


def find(digest: str) -> SamplePreview | None:
    """Return what was requested, drawn or not; ``None`` if it is kept no longer."""
    preview = SamplePreview.objects.filter(digest=digest).first()
    if preview is not None and _is_lost(preview):
        jobs.queue_sample(digest)
    return preview


def is_finished(preview: SamplePreview) -> bool:
    """Tell whether a worker has answered, with points or an error."""
    return preview.points is not None or bool(preview.error)


def load(digest: str) -> ExperimentDraft | None:
    """Return the definition to draw points for; ``None`` if nobody waits for them any more."""
    waiting = SamplePreview.objects.filter(digest=digest, points__isnull=True, error="")
    preview = waiting.first()
    return from_document(preview.document)[0] if preview is not None else None


def store(digest: str, points: Sequence[Sequence[ParameterValue | None]]) -> None:
    """Keep the points: values in the order of the parameters, ``None`` where one does not apply."""
    SamplePreview.objects.filter(digest=digest).update(points=[list(point) for point in points])


def report_error(digest: str, message: str) -> None:
    """Keep the reason why no points could be drawn."""
    SamplePreview.objects.filter(digest=digest).update(error=message)


def purge() -> None:
    """Forget samples, and tables of runs that nobody went on with, after a day."""
    oldest = timezone.now() - KEPT
    SamplePreview.objects.filter(created_at__lt=oldest).delete()
    TableUpload.objects.filter(created_at__lt=oldest).delete()


def _is_lost(preview: SamplePreview) -> bool:
    return not is_finished(preview) and preview.created_at < timezone.now() - _LOST_AFTER


def _space_document(draft: ExperimentDraft) -> Document:
    """Write down what the points depend on: the space with plain names, the method and the seed."""
    names = {p.spec.key: f"p{place}" for place, p in enumerate(draft.parameters, start=1)}
    space = ExperimentDraft(
        name="",
        parameters=tuple(
            ParameterDraft(name=names[p.spec.key], spec=_renamed(p.spec, names))
            for p in draft.parameters
        ),
        metrics=(MetricDraft(name="m1", spec=MetricSpec(key="m1", direction=Direction.MINIMIZE)),),
        constraints=tuple(
            replace(constraint, terms=_terms(constraint.terms, names))
            for constraint in draft.constraints
        ),
        seed=draft.seed,
    )
    return to_document(space)


def _renamed(spec: ParameterSpec, names: dict[str, str]) -> ParameterSpec:
    condition = spec.condition
    if condition is not None:
        condition = Condition(names[condition.parameter], condition.values)
    return replace(
        spec,
        key=names[spec.key],
        terms=_terms(spec.terms, names),
        condition=condition,
        backfill=None,
    )


def _terms(terms: Sequence[Term], names: dict[str, str]) -> tuple[Term, ...]:
    return tuple(Term(names[term.parameter], term.coefficient) for term in terms)
