"""One conclusion: a page to print and to share with the team, and the same as files."""

import json
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from experiments.conclusion_text import to_markdown
from experiments.models import Conclusion, Experiment
from experiments.permissions import check_can_decide, why_not_decide
from experiments.services import conclusions
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import say

_LARGEST = 2**31 - 1


@require_safe
def conclusion(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show what was concluded, as it was then."""
    experiment, found = _get(request, pk, number)
    document = found.document
    context = {
        "experiment": experiment,
        "conclusion": found,
        "document": document,
        "is_told": experiment.is_told(found.revision),
        "progress": _figures(document["progress"]),
        "evidence": [
            {**card, "figures": _figures(card["figures"]), "table": _table(card["table"])}
            for card in document["evidence"]
        ],
        "front": _table(document["front"]),
        "why_not": why_not_decide(request.user, experiment.team),
    }
    return render(request, "experiments/conclusion.html", context)


@require_safe
def as_json(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Send the whole document, figures included."""
    experiment, found = _get(request, pk, number)
    text = json.dumps(found.document, ensure_ascii=False, indent=1)
    return _file(text, "application/json", experiment, number, "json")


@require_safe
def as_markdown(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Send what it says, without figures, as Markdown."""
    experiment, found = _get(request, pk, number)
    text = to_markdown(found.document, is_told=experiment.is_told(found.revision))
    return _file(text, "text/markdown; charset=utf-8", experiment, number, "md")


@require_POST
def withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take a conclusion back, or (``restore``) take that back."""
    experiment, found = _get(request, pk, number)
    check_can_decide(request.user, experiment.team)
    if "restore" in request.POST:
        change = conclusions.restore(found, by=signed_in(request))
        say(request, f"Conclusion {number} stands again.", change)
    else:
        change = conclusions.withdraw(found, by=signed_in(request))
        say(request, f"Conclusion {number} was withdrawn.", change)
    return redirect("experiments:conclusion", pk, number)


def _get(request: HttpRequest, pk: int, number: int) -> tuple[Experiment, Conclusion]:
    if number > _LARGEST:
        raise Http404
    experiment = get_experiment(request.user, pk)
    found = experiment.conclusions.select_related("concluded_by", "withdrawn_by")
    conclusion = found.filter(number=number).first()
    if conclusion is None:
        raise Http404
    return experiment, conclusion


def _figures(figures: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return names and Plotly's JSON, of figures that belong together at once.

    A figure that is alone needs no name: the title above it says what it is.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for figure in figures:
        group = figure["layout"].get("meta", {}).get("group") or figure["name"]
        groups.setdefault(group, []).append(figure)
    return [
        (name if len(groups) > 1 else "", json.dumps(group, separators=(",", ":")))
        for name, group in groups.items()
    ]


def _table(table: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a table whose rows come with the trials that they are about."""
    if not table:
        return None
    trials = table["trials"] or [None] * len(table["rows"])
    return {"head": table["head"], "rows": list(zip(trials, table["rows"], strict=True))}


def _file(
    text: str, content_type: str, experiment: Experiment, number: int, ending: str
) -> HttpResponse:
    name = (
        re.sub(r"[^A-Za-z0-9]+", "-", experiment.name).strip("-") or f"experiment-{experiment.pk}"
    )
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}-conclusion-{number}.{ending}"'
    return response
