"""Acts on one trial besides its result: who has it, its values, notes, tags, links, files."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments.asked import numbers
from experiments.file_types import (
    IMAGE_TYPES,
    LARGEST,
    MOST_FILES,
    TEXT,
    is_lying,
    plain_name,
    type_of,
)
from experiments.forms.many import ReasonForm, TagForm
from experiments.forms.point import PointForm, is_chosen
from experiments.forms.trial_details import (
    LinksForm,
    NotesForm,
    ReasonedForm,
    WhoForm,
    seen_text,
)
from experiments.forms.values import value_text
from experiments.models import Change, Trial, TrialFile
from experiments.notes import to_html
from experiments.permissions import check_can_run
from experiments.services import trial_details, trial_files, trials
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_files import NewFile
from experiments.views.access import get_trial, signed_in
from experiments.views.answers import next_address, say
from experiments.views.panels import ExperimentPanels
from experiments.views.people import names_of
from experiments.views.rows import TrialRow
from experiments.views.starting import why_look_again

_UNPROCESSABLE = 422
_LARGEST_ID = 2**31 - 1

Save = Callable[[Any], Change | None]


def _get(request: HttpRequest, pk: int, number: int) -> Trial:
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    return trial


def _page_of(trial: Trial) -> str:
    return reverse("experiments:trial", args=[trial.experiment_id, trial.number])


def _done(request: HttpRequest, trial: Trial, change: Change | None, text: str) -> HttpResponse:
    say(request, text if change else "Nothing was changed: it was like that already.", change)
    return redirect(next_address(request) or _page_of(trial))


def _ask(
    request: HttpRequest, trial: Trial, title: str, form: forms.Form, **context: Any
) -> HttpResponse:
    """Show a form on a page of its own, again with its errors if it was sent."""
    shown = {
        "experiment": trial.experiment, "trial": trial, "title": title, "form": form,
        "back": next_address(request) or _page_of(trial),
    }  # fmt: skip
    status = _UNPROCESSABLE if form.errors else 200
    return render(request, "experiments/trial_act.html", shown | context, status=status)


def _act(
    request: HttpRequest, trial: Trial, title: str, form: forms.Form, save: Save, text: str,
    **context: Any,
) -> HttpResponse:  # fmt: skip
    """Ask with a form, or do what it says."""
    if form.is_bound and form.is_valid():
        try:
            return _done(request, trial, save(form.cleaned_data), text)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _ask(request, trial, title, form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
def who(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Claim a trial, hand it over, release it, or say until when it is due."""
    trial = _get(request, pk, number)
    members = {user.pk: user for user in trial.experiment.team.members.all()}
    held = seen_text(trial.taken_by_id, trial.due_on)
    initial = {"to": trial.taken_by_id or "nobody", "due_on": trial.due_on, "seen": held}
    names = names_of(members.values())
    form = WhoForm(request.POST or None, members=names.items(), initial=initial)

    def save(cleaned: dict[str, Any]) -> Change | None:
        to: User | None = members[form.person] if form.person else None
        try:
            return trial_details.hand_over(trial, to=to, by=signed_in(request), **{
                name: cleaned[name] for name in ("due_on", "seen")
            })  # fmt: skip
        except Conflict:
            form.data = request.POST.copy()
            form.data["seen"] = held  # Whoever saves again has seen it.
            raise

    text = f"Trial {number}: who has it, and until when, was noted."
    return _act(request, trial, "Who has it, and until when", form, save, text, button="Save")


@require_POST
def claim(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take a trial, or release it (``to``: nobody), unless somebody else was faster."""
    trial = _get(request, pk, number)
    is_free = request.POST.get("to") == "nobody"
    seen = next(iter(numbers([request.POST.get("seen", "")])), None)
    try:
        change = trial_details.claim(trial, is_free=is_free, seen=seen, by=signed_in(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect(next_address(request) or _page_of(trial))
    text = f"Trial {number} is free." if is_free else f"You have trial {number} now."
    return _done(request, trial, change, text)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Ask why a trial is to be deleted, and do it."""
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _ask(request, trial, f"Delete trial {number}", form, button="Delete",
                    why="Nothing shows or learns from it any more. It can be undone.")  # fmt: skip
    try:
        change = trials.delete(trial, by=signed_in(request), **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _ask(request, trial, f"Delete trial {number}", form, button="Delete")
    say(request, f"Trial {number} was deleted.", change)
    return redirect(trial.experiment)


@require_http_methods(["GET", "HEAD", "POST"])
def values(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say which values a run really used, or put right what was noted down wrongly."""
    trial = _get(request, pk, number)
    definition = trial.experiment.definition
    is_sent = request.method == "POST"
    drafts = {draft.spec.key: draft for draft in definition.parameters}
    written = {
        key: value_text(value)
        for key, value in trial.parameters.items()
        if key in drafts and is_chosen(drafts[key].spec)
    }
    point = PointForm(
        request.POST if is_sent else written, definition=definition, may_be_outside=True
    )
    reasoned = ReasonedForm(request.POST if is_sent else None, initial={"seen": trial.parameters})
    if is_sent and _save_values(request, trial, point, reasoned):
        return redirect(next_address(request) or _page_of(trial))
    panels = ExperimentPanels(trial.experiment, request)
    context = {
        "experiment": trial.experiment, "trial": trial, "point": point, "form": reasoned,
        "row": TrialRow(panels, trial), "panels": panels, "is_sent": is_sent,
        "asks_outside": bool(point.reasons),
        "seen": request.POST.get("seen") if is_sent and not reasoned.conflict
        else json.dumps(trial.parameters),
        "back": _page_of(trial),
    }  # fmt: skip
    status = _UNPROCESSABLE if is_sent else 200
    return render(request, "experiments/trial_values.html", context, status=status)


def _save_values(request: HttpRequest, trial: Trial, point: PointForm, form: ReasonedForm) -> bool:
    """Save other parameters; ``False`` where something stands against it, which the form says."""
    are_valid = point.is_valid() & form.is_valid()
    if moved := why_look_again(request, trial.experiment):
        form.add_error(None, moved)
        return False
    if not are_valid:
        return False
    if point.reasons and not form.cleaned_data["is_outside"]:
        form.add_error("is_outside", "Tick this if these values are meant.")
        return False
    seen = form.cleaned_data["seen"]
    is_used = form.cleaned_data["meant"] == ReasonedForm.USED
    act = trial_details.use if is_used else trial_details.correct_parameters
    # What is typed are the parameters of today; what else is stored of the trial stays.
    kept = {k: v for k, v in trial.parameters.items() if k not in {p.key for p in _all(trial)}}
    try:
        change = act(
            trial,
            values=kept | point.point,
            seen=seen if isinstance(seen, dict) else {},
            by=signed_in(request),
            reason=form.cleaned_data["reason"],
            is_outside=form.cleaned_data["is_outside"],
        )
    except Conflict as conflict:
        form.conflict = True
        form.add_error(None, f"{conflict} They stand below; save again to replace them with yours.")
        return False
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    what = "the values that were used" if is_used else "the corrected parameters"
    say(request, f"Trial {trial.number}: {what} were saved.", change)
    return True


def _all(trial: Trial) -> list[Any]:
    return list(trial.experiment.parameters.all())


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Edit a trial’s notes; who is second sees both texts, and decides."""
    trial = _get(request, pk, number)
    form = NotesForm(
        request.POST if request.method == "POST" else None,
        initial={"notes": trial.notes, "seen": trial.notes},
    )
    if not form.is_bound or not form.is_valid():
        return _ask(request, trial, f"Notes on trial {number}", form, previews=True)
    if "preview" in request.POST:
        drawn = mark_safe(to_html(form.cleaned_data["notes"]))  # noqa: S308  # Cleaned by nh3.
        return _ask(request, trial, f"Notes on trial {number}", form, previews=True, preview=drawn)
    try:
        change = trial_details.set_notes(trial, by=signed_in(request), **form.cleaned_data)
    except Conflict as conflict:
        now = Trial.objects.get(pk=trial.pk).notes
        again = NotesForm(request.POST.dict() | {"seen": now})
        again.add_error("notes", f"{conflict} Theirs stand below; save again to replace them.")
        return _ask(request, trial, f"Notes on trial {number}", again, previews=True, theirs=now)
    return _done(request, trial, change, f"The notes on trial {number} were saved.")


@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Add and remove tags."""
    trial = _get(request, pk, number)
    form = TagForm(request.POST if request.method == "POST" else None)

    def save(cleaned: dict[str, Any]) -> Change | None:
        return trial_details.tag([trial], by=signed_in(request), **cleaned)

    why = f"It has: {', '.join(trial.tags)}." if trial.tags else "It has none yet."
    text = f"The tags of trial {number} were saved."
    return _act(request, trial, f"Tags of trial {number}", form, save, text, why=why, button="Save")


@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Change the links."""
    trial = _get(request, pk, number)
    written = "\n".join(" ".join(filter(None, link)) for link in trial.links)
    form = LinksForm(request.POST if request.method == "POST" else None, initial={"links": written})

    def save(cleaned: dict[str, Any]) -> Change | None:
        return trial_details.set_links(trial, links=cleaned["links"], by=signed_in(request))

    text = f"The links of trial {number} were saved."
    return _act(request, trial, f"Links of trial {number}", form, save, text, button="Save")


@require_POST
def upload(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Add files."""
    trial = _get(request, pk, number)
    sent = request.FILES.getlist("files")
    try:
        if not sent:
            raise Refused("Choose a file first.")
        if len(sent) > MOST_FILES:
            raise Refused(f"A trial can have {MOST_FILES} files at most.")
        for each in sent:
            if (each.size or 0) > LARGEST:
                most = LARGEST // 10**6
                raise Refused(f"“{plain_name(each.name or '')}” has more than {most} MB.")
        files = [NewFile(each.name or "", each.read()) for each in sent]
        change = trial_files.add(trial, files=files, by=signed_in(request))
    except Refused as refusal:
        return _refused(request, trial, f"Nothing was added. {refusal}")
    lying = [f.name for f in files if is_lying(f.name, type_of(f.content))]
    text = f"{len(files)} file{'' if len(files) == 1 else 's'} added."
    if lying:
        text += f" “{plain_name(lying[0])}” is not what its name says, and is only downloaded."
    return _done(request, trial, change, text)


def _refused(request: HttpRequest, trial: Trial, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect(next_address(request) or _page_of(trial))


@require_POST
def remove(request: HttpRequest, pk: int, number: int, file: int) -> HttpResponse:
    """Take a file away."""
    trial = _get(request, pk, number)
    change = trial_files.remove(trial, file=min(file, _LARGEST_ID), by=signed_in(request))
    return _done(request, trial, change, "The file was removed.")


@require_safe
def file(request: HttpRequest, pk: int, number: int, file: int) -> HttpResponse:
    """Send a file: images and texts to be shown, anything else to be saved."""
    trial = get_trial(request, pk, number)
    there = TrialFile.objects.filter(trial=trial, removed_at=None)
    found = there.filter(pk=min(file, _LARGEST_ID)).first()
    if found is None:
        raise Http404
    is_shown = found.content_type in (*IMAGE_TYPES, TEXT) and not is_lying(
        found.name, found.content_type
    )
    kind = f"{TEXT}; charset=utf-8" if found.content_type == TEXT else found.content_type
    response = HttpResponse(bytes(found.content), content_type=kind)
    response.headers["Content-Disposition"] = (
        content_disposition_header(not is_shown, found.name) or "attachment"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
