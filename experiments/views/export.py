"""Experiments as files to take along, and back again."""

import json
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments.forms.archive import ArchiveForm
from experiments.models import AxSnapshot, Experiment, TrialFile
from experiments.services import archives, snapshots
from experiments.services.copies import exported
from experiments.views import new
from experiments.views.access import get_experiment, signed_in

_UNPROCESSABLE = 422
_LOOKED_AT = 1_000
"""Of how many trials the page looks at what Ax cannot say; the script tells of all."""


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Say in which forms the experiment can be taken along, and what each is for."""
    experiment = get_experiment(request.user, pk)
    trials = experiment.trials.all()
    in_ax = snapshots.script_of(experiment, most=_LOOKED_AT)
    context = {
        "experiment": experiment,
        "trial_count": trials.count(),
        "file_count": TrialFile.objects.filter(trial__in=trials, removed_at=None).count(),
        "renamed": in_ax.renamed,
        "untold": in_ax.untold,
        "looked_at": _LOOKED_AT,
        "snapshot": _snapshot(experiment),
    }
    return render(request, "experiments/export.html", context)


@require_safe
def definition(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an experiment's definition as JSON, which can be pasted to start another one."""
    experiment = get_experiment(request.user, pk)
    text = json.dumps(exported(experiment), ensure_ascii=False, indent=2)
    return _file(experiment, f"{text}\n", "json", "application/json")


@require_safe
def whole(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the whole experiment as JSON, from which an equal one can be made."""
    experiment = get_experiment(request.user, pk)
    text = archives.text_of(experiment)
    return _file(experiment, text, "axdash.json", "application/json")


@require_safe
def script(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a Python script that rebuilds the experiment in Ax alone."""
    experiment = get_experiment(request.user, pk)
    return _file(
        experiment, snapshots.script_of(experiment).text, "py", "text/x-python; charset=utf-8"
    )


@require_POST
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Have Ax’s own file made of the experiment as it is now."""
    experiment = get_experiment(request.user, pk)
    snapshots.ask(experiment)
    if request.htmx:  # type: ignore[attr-defined]
        return _state(request, experiment)
    return redirect("experiments:export", pk)


@require_safe
def prepared(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far Ax’s own file is; the fragment asks again as long as it is being made."""
    return _state(request, get_experiment(request.user, pk))


def _state(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    context = {"experiment": experiment, "snapshot": _snapshot(experiment)}
    response = render(request, "experiments/_export_snapshot.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _snapshot(experiment: Experiment) -> AxSnapshot | None:
    return AxSnapshot.objects.filter(experiment=experiment).defer("content").first()


@require_safe
def snapshot(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the JSON that ``ax.Client.load_from_json_file`` reads."""
    experiment = get_experiment(request.user, pk)
    kept = get_object_or_404(AxSnapshot.objects.exclude(content=""), experiment=experiment)
    return _file(experiment, kept.content, "ax.json", "application/json")


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest) -> HttpResponse:
    """Ask for a whole experiment, show what it would make, and make it."""
    teams = new.teams_of(request)
    if request.method != "POST":
        return _asked(request, ArchiveForm(teams=teams))
    form = ArchiveForm(request.POST, request.FILES, teams=teams)
    if not form.is_valid():
        return _asked(request, form, status=_UNPROCESSABLE)
    archive, team = form.archive, form.cleaned_data["team"]
    missing = sorted(archive.people - archives.members_among(archive.people, team).keys())
    if request.POST.get("action") != "restore":
        context = {
            "archive": archive,
            "text": form.source,
            "team": team,
            "key": uuid.uuid4(),
            "counts": archives.counts(archive),
            "missing": missing,
        }
        return render(request, "experiments/restore_preview.html", context)
    key = uuid.uuid5(form.cleaned_data["key"] or uuid.uuid4(), f"{team.pk}/{form.source}")
    made = archives.restore(archive, team=team, key=key, by=signed_in(request))
    messages.success(request, f"The experiment is here again, with {len(archive.trials)} trials.")
    return redirect(made)


def _asked(request: HttpRequest, form: ArchiveForm, status: int = 200) -> HttpResponse:
    return render(request, "experiments/restore.html", {"form": form}, status=status)


def _file(experiment: Experiment, text: str, ending: str, content_type: str) -> HttpResponse:
    """Send a text as a file that is named after the experiment."""
    name = slugify(experiment.name)[:80] or f"experiment-{experiment.pk}"
    return HttpResponse(
        text,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{ending}"',
            "Cache-Control": "no-store",
        },
    )
