"""Acts on an experiment as a whole: its status, name, tags, notes; deleting and restoring it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments import notes as markdown
from experiments.carrying import Carried, CarryForm
from experiments.forms.lifecycle import CommandForm, NameForm, NotesForm, StatusForm, TagsForm
from experiments.models import Change, Experiment
from experiments.permissions import check_can_organize, why_not_organize
from experiments.services import lifecycle
from experiments.services.errors import Conflict, Refused
from experiments.views.access import get_deleted, get_experiment, signed_in
from experiments.views.answers import done, refused
from experiments.views.carried import choice_of

PER_PAGE = 25

_LONGEST_EXAMPLE = 300

_UNPROCESSABLE = 422


def _get(request: HttpRequest, pk: int) -> Experiment:
    experiment = get_experiment(request.user, pk)
    check_can_organize(request.user, experiment.team)
    return experiment


def _done(
    request: HttpRequest, experiment: Experiment, change: Change | None, text: str, **more: Any
) -> HttpResponse:
    """Say what was done, with a way to take it back."""
    notice = {"text": text, "change": change, **more}
    return done(request, experiment, notice, has_new_results=False)


@require_POST
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, pause, resume, complete, archive or reopen."""
    experiment = _get(request, pk)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return refused(request, experiment, form.problem)
    try:
        change = lifecycle.change_status(experiment, status=form.wanted, by=signed_in(request))
    except Refused as refusal:
        return refused(request, experiment, str(refusal))
    return _done(request, experiment, change, f"The experiment is {form.wanted.label} now.")


@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename the experiment."""
    experiment = _get(request, pk)
    if request.method != "POST":
        form = NameForm(initial={"name": experiment.name})
        return _dialog(request, experiment, form, "rename")
    form = NameForm(request.POST)
    if not form.is_valid():
        return _dialog(request, experiment, form, "rename")
    new_name = form.cleaned_data["name"]
    change = lifecycle.rename(experiment, name=new_name, by=signed_in(request))
    return _done(request, experiment, change, f"The experiment’s name is “{new_name}”.")


@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the tags."""
    experiment = _get(request, pk)
    if request.method != "POST":
        form = TagsForm(initial={"tags": ", ".join(experiment.tags)})
        return _dialog(request, experiment, form, "tags")
    form = TagsForm(request.POST)
    if not form.is_valid():
        return _dialog(request, experiment, form, "tags")
    new_tags = form.cleaned_data["tags"]
    change = lifecycle.set_tags(experiment, tags=new_tags, by=signed_in(request))
    text = f"Tags: {', '.join(new_tags)}." if new_tags else "The experiment has no tags now."
    return _done(request, experiment, change, text)


@require_http_methods(["GET", "HEAD", "POST"])
def command(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the template of the command that a trial is run with."""
    experiment = _get(request, pk)
    is_text = experiment.carrying.is_text
    if request.method != "POST":
        form = CommandForm(initial={"command": experiment.command}, is_text=is_text)
        return _dialog(request, experiment, form, "command")
    form = CommandForm(request.POST, is_text=is_text)
    if not form.is_valid():
        return _dialog(request, experiment, form, "command")
    template = form.cleaned_data["command"]
    try:
        change = lifecycle.set_command(experiment, template=template, by=signed_in(request))
    except Refused as refusal:
        form.add_error("command", str(refusal))
        return _dialog(request, experiment, form, "command")
    text = "There is no command template now."
    if template:
        text = f"The command template was saved. {_example(experiment, template)}".rstrip()
    return _done(request, experiment, change, text)


def _example(experiment: Experiment, template: str) -> str:
    """Say what a template comes to for the newest trial, if there is one."""
    trial = experiment.trials.last()
    if trial is None:
        return ""
    taken = Carried(trial.number, trial.named_parameters(list(experiment.parameters.all())))
    choice = choice_of(replace(experiment.carrying, command=template), CarryForm.COMMAND, taken)
    said = choice.problem or f"For trial {trial.number}: {choice.text}"
    return said if len(said) <= _LONGEST_EXAMPLE else f"{said[:_LONGEST_EXAMPLE]}…"


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to delete the experiment, and do it."""
    experiment = _get(request, pk)
    if request.method != "POST":
        return _dialog(request, experiment, None, "delete")
    lifecycle.delete(experiment, by=signed_in(request))
    return redirect(f"{reverse('experiments:list')}?deleted={experiment.pk}")


def _dialog(
    request: HttpRequest, experiment: Experiment, form: forms.Form | None, what: str
) -> HttpResponse:
    """Show a small form: in the page's dialog with htmx, on a page of its own without."""
    body = f"experiments/_dialog_{what}.html"
    context = {
        "experiment": experiment,
        "form": form,
        "body": body,
        "kept_days": lifecycle.KEPT_DAYS,
        "known_tags": _known_tags(experiment) if what == "tags" else (),
    }
    code = _UNPROCESSABLE if form is not None and form.is_bound else 200
    template = body if request.htmx else "experiments/dialog.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=code)


def _known_tags(experiment: Experiment) -> list[str]:
    """Return the tags that the team uses on other experiments."""
    of_team = Experiment.objects.filter(team=experiment.team, deleted_at=None)
    return [tag for tag in of_team.tags_in_use() if tag not in experiment.tags]


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the notes."""
    experiment = _get(request, pk)
    if request.method != "POST":
        seen = lifecycle.fingerprint(experiment.notes)
        form = NotesForm(initial={"notes": experiment.notes, "seen": seen})
        return _editor(request, experiment, form)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return _editor(request, experiment, form, code=_UNPROCESSABLE)
    text = form.cleaned_data["notes"]
    if "preview" in request.POST:
        return _editor(request, experiment, form, preview=text)
    seen = form.cleaned_data["seen"]
    try:
        change = lifecycle.edit_notes(experiment, notes=text, seen=seen, by=signed_in(request))
    except Conflict:
        return _after_conflict(request, experiment, form)
    return _done(request, experiment, change, "The notes were saved.", has_notes=True)


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what notes will look like, before they are saved."""
    experiment = _get(request, pk)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return render(
            request, "experiments/_notes_preview.html", {"form": form}, status=_UNPROCESSABLE
        )
    html = SafeString(markdown.to_html(form.cleaned_data["notes"]))
    context = {"experiment": experiment, "preview": html, "has_preview": True}
    return render(request, "experiments/_notes_preview.html", context)


def _editor(
    request: HttpRequest,
    experiment: Experiment,
    form: NotesForm,
    *,
    code: int = 200,
    preview: str | None = None,
    theirs: Experiment | None = None,
) -> HttpResponse:
    context = {
        "experiment": experiment,
        "form": form,
        "theirs": theirs,
        "has_preview": preview is not None,
        "preview": SafeString(markdown.to_html(preview or "")),
    }
    is_part = request.htmx  # type: ignore[attr-defined]
    template = "experiments/_notes_editor.html" if is_part else "experiments/notes.html"
    return render(request, template, context, status=code)


def _after_conflict(request: HttpRequest, experiment: Experiment, form: NotesForm) -> HttpResponse:
    """Keep what was typed, show what the other person wrote, and let a second save decide."""
    theirs = get_experiment(request.user, experiment.pk)
    data = {"notes": form.cleaned_data["notes"], "seen": lifecycle.fingerprint(theirs.notes)}
    again = NotesForm(data)
    again.add_error(
        "notes",
        "Somebody edited the notes meanwhile: theirs stand below. Take over what you need, and "
        "save again to replace them with yours.",
    )
    return _editor(request, experiment, again, code=_UNPROCESSABLE, theirs=theirs)


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    """Show the deleted experiments, which can still be restored."""
    deleted = Experiment.objects.deleted_of(request.user).select_related("team", "deleted_by")
    page = Paginator(deleted.order_by("-deleted_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    reasons = {team: why_not_organize(request.user, team) for team in {e.team for e in page}}
    rows = [(e, lifecycle.days_left(e), reasons[e.team]) for e in page]
    context = {"page": page, "rows": rows, "kept_days": lifecycle.KEPT_DAYS}
    return render(request, "experiments/trash.html", context)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the deletion of an experiment back."""
    experiment = get_deleted(request.user, pk)
    check_can_organize(request.user, experiment.team)
    lifecycle.restore(experiment, by=signed_in(request))
    messages.success(request, f"“{experiment.name}” was restored.")
    return redirect(experiment)
