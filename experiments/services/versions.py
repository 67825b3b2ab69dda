"""The versions of an experiment's definition, as its changes tell them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from experiments.documents import from_document, to_document
from experiments.drafts import ExperimentDraft
from experiments.models import Change, ChangeKind, Experiment

EDITS = (ChangeKind.DEFINITION_EDITED, ChangeKind.DEFINITION_UNDONE)
VERSIONS = (ChangeKind.EXPERIMENT_CREATED, ChangeKind.EXPERIMENT_BROUGHT, *EDITS)

_FIELDS = {ChangeKind.EXPERIMENT_RENAMED.value: "name", ChangeKind.TAGS_CHANGED.value: "tags"}
"""Acts of their own that change one field of the definition."""


def definition_before(change: Change) -> ExperimentDraft | None:
    """Return the definition before a change of it; ``None`` if the change did not keep it."""
    return _draft(change.before)


def definition_after(change: Change) -> ExperimentDraft | None:
    """Return the definition that a change led to; ``None`` if the change did not keep it."""
    return _draft(change.after)


def versions(experiment: Experiment) -> QuerySet[Change]:
    """Return the changes that each made a version of the definition, newest first."""
    made = experiment.changes.filter(kind__in=VERSIONS).select_related("user")
    return made.order_by("-revision")


def edits_since(experiment: Experiment, revision: int) -> list[Change]:
    """Return the changes of the definition after a revision, oldest first."""
    since = experiment.changes.filter(kind__in=EDITS, revision__gt=revision)
    return list(since.select_related("user").order_by("revision"))


def definition_at(experiment: Experiment, revision: int) -> ExperimentDraft:
    """Return the definition as it was at a revision.

    Where no change kept it (older experiments), the oldest definition that is known.
    """
    earlier = versions(experiment).filter(revision__lte=revision).first()
    if earlier and (draft := definition_after(earlier)):
        for change in _other_acts(experiment, earlier.revision, revision):
            draft = _with(draft, change, change.after)
        return draft
    later = edits_since(experiment, revision)
    draft = definition_before(later[0]) if later else None
    until = later[0].revision if draft else experiment.revision
    draft = draft or experiment.definition
    for change in reversed(_other_acts(experiment, revision, until)):
        draft = _with(draft, change, change.before)
    return draft


def with_later_names(
    draft: ExperimentDraft, experiment: Experiment, revision: int
) -> ExperimentDraft:
    """Let the name and the tags follow what became of them after a revision.

    Only where the draft still has what they were then: what was typed stands.
    """
    then: dict[str, Any] = {}
    for change in _other_acts(experiment, revision, experiment.revision):
        field = _FIELDS[change.kind]
        then.setdefault(field, change.before[field])
    untouched: dict[str, Any] = {
        field: _frozen(getattr(experiment, field))
        for field, value in then.items()
        if getattr(draft, field) == _frozen(value)
    }
    return replace(draft, **untouched)


def known_keys(experiment: Experiment) -> set[str]:
    """Return the keys of all parameters and metrics that the definition ever had."""
    documents = experiment.changes.filter(kind__in=EDITS).values_list("before", "after")
    return {
        item["key"]
        for pair in documents
        for side in pair
        for part in ("parameters", "metrics")
        for item in side.get("definition", {}).get(part, ())
    }


def normal(draft: ExperimentDraft) -> ExperimentDraft:
    """Return a definition as the changes keep it, to be compared with theirs."""
    return _read(to_document(draft, keys=True)) or draft


def _draft(state: Mapping[str, Any]) -> ExperimentDraft | None:
    return _read(state.get("definition"))


def _read(document: object) -> ExperimentDraft | None:
    return from_document(document)[0]


def _other_acts(experiment: Experiment, after: int, until: int) -> list[Change]:
    """The changes of name and tags alone, between two revisions, oldest first."""
    acts = experiment.changes.filter(kind__in=_FIELDS, revision__gt=after, revision__lte=until)
    return list(acts.order_by("revision"))


def _with(draft: ExperimentDraft, change: Change, state: Mapping[str, Any]) -> ExperimentDraft:
    field = _FIELDS[change.kind]
    changed: dict[str, Any] = {field: _frozen(state[field])}
    return replace(draft, **changed)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
