"""How an act on the experiment page is answered: with the live parts, or by going back to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from experiments.models import Change, Experiment
from experiments.templatetags.axdash import undo_label
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

    ``notice`` has a ``text``, and may have the ``change`` that can be undone and the ``trial`` of
    which to ``ask_reason``. Without htmx the text becomes a message, with its “Undo”, on the page
    that is loaded next: the one whose address was sent as ``next``, or that of the experiment.

    ``may_be_brief``: where very many trials make all that results say slow, the answer leaves it
    out, and the page asks for it at once. Who types in results does not wait for plots.
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
        say(request, notice["text"], notice.get("change"))
    return redirect(next_address(request) or experiment.get_absolute_url())


def refused(request: HttpRequest, experiment: Experiment, text: str) -> HttpResponse:
    """Answer an act that was refused and has no field of its own to say so."""
    if request.htmx:  # type: ignore[attr-defined]
        notice = {"text": text, "is_error": True}
        return live_parts(request, experiment.pk, notice)
    messages.error(request, text)
    return redirect(next_address(request) or experiment.get_absolute_url())


def say(request: HttpRequest, text: str, change: Change | None = None) -> None:
    """Say on the page that is loaded next what was done, with “Undo” if a change is given."""
    undo = ""
    if change is not None:
        undo = f"{undo_label(change)}:{change.experiment_id}:{change.revision}"
    messages.success(request, text, extra_tags=undo)


def next_address(request: HttpRequest) -> str:
    """Return the path on this site that was sent, or asked for, as ``next``; else blank."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    # A bare word is no address, but could be the name of one.
    return wanted if is_ours and wanted.startswith("/") else ""
