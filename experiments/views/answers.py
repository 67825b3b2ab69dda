"""How an act on the experiment page is answered: with the live parts, or by going back to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from experiments.models import Experiment
from experiments.views.experiments import live_parts


def done(
    request: HttpRequest,
    experiment: Experiment,
    notice: dict[str, Any] | None = None,
    *,
    has_new_results: bool = True,
    may_be_brief: bool = False,
) -> HttpResponse:
    """Answer an act that worked.

    ``may_be_brief``: where very many trials make all that results say slow, the answer leaves it
    out, and the page asks for it at once. Who types in results does not wait for plots.

    ``notice`` has a ``text``, and may name the ``trial`` that can be reopened and whether to
    ``ask_reason``. Without htmx the text becomes a message on the page that is loaded next.
    """
    if request.htmx:  # type: ignore[attr-defined]
        return live_parts(
            request,
            experiment.pk,
            notice,
            has_new_results=has_new_results,
            may_be_brief=may_be_brief,
        )
    if notice:
        messages.success(request, notice["text"])
    return redirect(experiment)


def refused(request: HttpRequest, experiment: Experiment, text: str) -> HttpResponse:
    """Answer an act that was refused and has no field of its own to say so."""
    if request.htmx:  # type: ignore[attr-defined]
        notice = {"text": text, "is_error": True}
        return live_parts(request, experiment.pk, notice)
    messages.error(request, text)
    return redirect(experiment)
