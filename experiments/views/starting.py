"""Where the fields for a point start: from a trial, a suggestion, the center, or an address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from experiments.assignments import assigned
from experiments.domain import Parameterization, ParameterKind, ParameterSpec, ParameterValue
from experiments.drafts import ExperimentDraft
from experiments.forms.point import PointForm, is_chosen
from experiments.forms.values import value_text
from experiments.models import Experiment
from experiments.outside import outside, value_outside
from experiments.search_space import middle
from experiments.views.results import ExperimentResults

MOST_READY = 5
"""How many ready suggestions are offered to start from."""

_CENTER, _TRIAL, _SUGGESTION = "center", "trial", "suggestion"

Texts = dict[str, str]
"""What fields are filled with, by parameter key."""


@dataclass(frozen=True)
class Start:
    """Something to start from: its name in addresses and forms, and what people call it."""

    name: str
    label: str


@dataclass(frozen=True)
class Filled:
    """Fields filled in anew.

    ``kept`` are those that were changed by hand before and stay as typed: what the start has
    instead, by parameter key.
    """

    data: Texts
    texts: Texts
    kept: Texts


def point_named(request: HttpRequest, experiment: Experiment) -> PointForm:
    """Return the form with what the address names: values, a trial, a suggestion, or the best."""
    definition = experiment.definition
    keys = {draft.spec.key for draft in definition.parameters}
    if not request.GET.keys().isdisjoint(keys):
        return PointForm(request.GET, definition=definition, may_be_outside=True)
    texts = texts_of(experiment, start_named(request.GET, experiment))
    return PointForm(texts, definition=definition, may_be_outside=True)


def start_named(query: QueryDict, experiment: Experiment) -> str:
    """Return what an address names to start from, or else the best trial, or the center."""
    for kind in (_SUGGESTION, _TRIAL):
        if kind in query:
            return f"{kind}:{query[kind]}"
    best = best_trial_of(experiment)
    return _CENTER if best is None else f"{_TRIAL}:{best}"


def texts_of(experiment: Experiment, start: str) -> Texts:
    """Return what a start fills the fields with; 404 for what is no start.

    Parameters that it has no value for, such as those that do not apply there, are in the middle.
    """
    definition = experiment.definition
    specs = [draft.spec for draft in definition.parameters]
    texts = {key: value_text(value) for key, value in center_of(definition).items()}
    by_key = {spec.key: spec for spec in specs}
    return texts | {
        key: value_text(_rounded(value, by_key[key]))
        for key, value in assigned(specs, _stored(experiment, start)).items()
        if is_chosen(by_key[key])
    }


def filled_again(typed: Mapping[str, str], before: str, texts: Texts) -> Filled:
    """Fill fields with ``texts``, but for those that were changed by hand: nothing typed is lost.

    ``before`` is what the fields were filled with when they were typed in, as JSON.
    """
    was = _read(before)
    changed = {
        key: typed[key]
        for key in texts
        if key in typed and typed[key] != was.get(key) and typed[key] != texts[key]
    }
    return Filled(texts | changed, texts, {key: texts[key] for key in changed})


def starts_of(experiment: Experiment) -> list[Start]:
    """Return what fields can be filled in from."""
    numbers = experiment.trials.values_list("number", flat=True)
    named: dict[int, list[str]] = {}
    for what, number in (
        ("the best", best_trial_of(experiment)),
        ("the last", numbers.order_by("-number").first()),
        ("the baseline", numbers.filter(pk=experiment.baseline_id or 0).first()),
    ):
        if number is not None:
            named.setdefault(number, []).append(what)
    trials = [
        Start(f"{_TRIAL}:{number}", f"{' and '.join(whats)}, trial {number}")
        for number, whats in named.items()
    ]
    definition = experiment.definition
    is_inside = not outside(definition, assigned(_specs(definition), center_of(definition)))
    ready = experiment.suggestions.ready().values_list("pk", flat=True)[:MOST_READY]
    return [
        *trials,
        *([Start(_CENTER, "the center")] if is_inside else []),
        *(Start(f"{_SUGGESTION}:{pk}", f"suggestion {n}") for n, pk in enumerate(ready, 1)),
    ]


def label_of(start: str) -> str:
    """Return what a start is called: ``trial 3``."""
    kind, _, name = start.partition(":")
    if kind == _CENTER:
        return "the center"
    return f"trial {name}" if kind == _TRIAL else "the suggestion"


def why_look_again(request: HttpRequest, experiment: Experiment) -> str:
    """Say that the form was opened under another definition; blank if it was not."""
    if request.POST.get("definition", "") in ("", str(experiment.definition_revision)):
        return ""
    return (
        "The definition was changed meanwhile. Nothing was sent yet: look at the values and units "
        "once more."
    )


def best_trial_of(experiment: Experiment) -> int | None:
    """Return the number of the best trial so far, if there is one."""
    results = ExperimentResults(experiment)
    best = results.ranking.best
    return next((trial.number for trial in results.trials if trial.pk == best), None)


def center_of(definition: ExperimentDraft) -> dict[str, ParameterValue]:
    """Return the middle of each parameter, also of those that do not apply in the middle."""
    fixed = {
        spec.key: spec.value
        for spec in _specs(definition)
        if spec.kind is ParameterKind.FIXED and spec.value is not None
    }
    return fixed | {
        spec.key: middle(spec) if spec.pinned is None else spec.pinned
        for spec in _specs(definition)
        if is_chosen(spec)
    }


def _specs(definition: ExperimentDraft) -> list[ParameterSpec]:
    return [draft.spec for draft in definition.parameters]


def _stored(experiment: Experiment, start: str) -> Parameterization:
    kind, _, name = start.partition(":")
    if start == _CENTER:
        return {}
    if kind == _SUGGESTION:
        return get_object_or_404(experiment.suggestions, pk=_number(name)).parameters
    if kind == _TRIAL:
        return get_object_or_404(experiment.trials, number=_number(name)).parameters
    raise Http404


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Http404
    return int(text)


def _rounded(value: ParameterValue, spec: ParameterSpec) -> ParameterValue:
    """Return a float to six digits, where that is still in the space: nobody reads more."""
    if not isinstance(value, float) or spec.step or spec.kind is not ParameterKind.RANGE:
        return value
    short = float(f"{value:.6g}")
    return value if value_outside(spec, short) else short


def _read(text: str) -> Texts:
    """Read texts by key from JSON; what is nothing of the kind is left out."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}
