"""AxDash's own JSON, which every experiment can export."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.archiving.archive import is_archive
from experiments.documents import from_document
from experiments.importing.reading import Reading

_WHOLE = (
    "This is a whole experiment with its trials, not a definition alone: bring it back on the page "
    "New experiment → Restore an export."
)


def is_own(value: Any) -> bool:
    """Tell whether an object was written by AxDash, or in its form."""
    if not isinstance(value, dict):
        return False
    written = value.get("format")
    if is_archive(value):
        return True
    is_named = isinstance(written, str) and written.startswith("axdash/")
    return is_named or isinstance(value.get("metrics"), list)


def read_own(value: Mapping[str, Any]) -> Reading:
    """Read a definition in AxDash's own form; the keys of rows elsewhere mean nothing here."""
    if is_archive(value):
        return Reading(None, "a whole experiment exported from AxDash", (_WHOLE,))
    document = dict(value)
    for part in ("parameters", "metrics"):
        if isinstance(document.get(part), list):
            document[part] = [_without_key(source) for source in document[part]]
    draft, problems = from_document(document)
    if draft is not None and draft.baseline_trial is not None:
        draft = replace(draft, baseline_trial=None)
        problems.append("The baseline was left out: it is a trial of another experiment.")
    return Reading(draft, "a definition exported from AxDash", tuple(problems))


def _without_key(source: Any) -> Any:
    if not isinstance(source, dict):
        return source
    return {name: value for name, value in source.items() if name != "key"}
