"""Experiments as files to take along, and back again."""

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments.archiving.reader import read_archive
from experiments.forms.archive import ArchiveForm, RestoreForm
from experiments.models import AxSnapshot, Experiment, Team, Trial, TrialFile
from experiments.services import archive_uploads, archives, restoring, snapshots
from experiments.services.copies import exported
from experiments.views import new
from experiments.views.access import get_experiment, signed_in
from experiments.views.restored import Preview

_UNPROCESSABLE = 422
_PIECE = 256 * 1024
_LOOKED_AT = 1_000
"""Of how many trials the page looks at what Ax cannot say; the script tells of all."""


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Say in which forms the experiment can be taken along, and what each is for."""
    experiment = get_experiment(request.user, pk)
    trials = experiment.trials.all()
    in_ax = snapshots.script_of(experiment, most=_LOOKED_AT)
    files = TrialFile.objects.filter(trial__experiment=experiment)
    context = {
        "experiment": experiment,
        "trial_count": trials.count(),
        "deleted_count": Trial.everything.filter(experiment=experiment).count() - trials.count(),
        "file_count": files.filter(trial__deleted_at=None, removed_at=None).count(),
        "file_size": files.aggregate(size=Sum("size"))["size"],
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
def whole(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the whole experiment as JSON, from which an equal one can be made."""
    experiment = get_experiment(request.user, pk)
    file = TemporaryFile()  # noqa: SIM115  # Closed once all of it is sent.
    archives.write_to(file, experiment, by=signed_in(request))
    return _streamed(request, file, _headers(experiment, "axdash.json"))


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
    if request.POST.get("action") == "restore":
        return _restored(request, teams)
    form = ArchiveForm(request.POST, request.FILES, teams=teams)
    if not form.is_valid():
        return _asked(request, form, status=_UNPROCESSABLE)
    by, team = signed_in(request), form.cleaned_data["team"]
    context = {
        "shown": Preview(form.archive, team=team, by=by),
        "team": team,
        "upload": archive_uploads.store(form.source, by=by),
        "kept_minutes": archive_uploads.KEPT.seconds // 60,
    }
    return render(request, "experiments/restore_preview.html", context)


def _restored(request: HttpRequest, teams: list[Team]) -> HttpResponse:
    """Make the experiment that the preview showed, once."""
    form, by = RestoreForm(request.POST, teams=teams), signed_in(request)
    if not form.is_valid():
        return _gone(request, teams)
    team, key = form.cleaned_data["team"], form.cleaned_data["key"]
    made = archive_uploads.made_of(key, team, by=by)
    if made is None:
        upload = archive_uploads.find(key, by=by)
        if upload is None:
            return _gone(request, teams)
        archive = read_archive(archive_uploads.source_of(upload))
        creation_key = archive_uploads.creation_key(key, team)
        made = restoring.restore(archive, team=team, key=creation_key, by=by)
        archive_uploads.forget(upload)
        count = len(archive.present)
        said = f"{count} trial{'' if count == 1 else 's'}"
        messages.success(request, f"The experiment is here again, with {said}.")
    return redirect(made)


def _gone(request: HttpRequest, teams: list[Team]) -> HttpResponse:
    """Say that an upload is kept no more, and ask for it again."""
    form = ArchiveForm({"team": request.POST.get("team")}, teams=teams)
    form.full_clean()
    form.errors.clear()
    form.add_error("file", "What you uploaded is not kept any more: choose the file again.")
    return _asked(request, form, status=_UNPROCESSABLE)


def _asked(request: HttpRequest, form: ArchiveForm, status: int = 200) -> HttpResponse:
    return render(request, "experiments/restore.html", {"form": form}, status=status)


def _file(experiment: Experiment, text: str, ending: str, content_type: str) -> HttpResponse:
    """Send a text as a file that is named after the experiment."""
    return HttpResponse(text, content_type=content_type, headers=_headers(experiment, ending))


def _headers(experiment: Experiment, ending: str) -> dict[str, str]:
    name = slugify(experiment.name)[:80] or f"experiment-{experiment.pk}"
    return {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Cache-Control": "no-store",
    }


def _streamed(request: HttpRequest, file: BinaryIO, headers: dict[str, str]) -> HttpResponseBase:
    """Send a JSON file that was just written, a piece at a time; it is closed in the end."""
    size = file.tell()
    file.seek(0)
    return StreamingHttpResponse(
        _apace(file) if isinstance(request, ASGIRequest) else _pieces(file),
        content_type="application/json",
        headers=headers | {"Content-Length": str(size)},
    )


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, _PIECE), b"")


async def _apace(file: BinaryIO) -> AsyncIterator[bytes]:
    """Read from the disk beside the other work of the server."""
    with file:
        while piece := await sync_to_async(file.read)(_PIECE):
            yield piece
