"""From a table of runs to the form that defines their experiment."""

import uuid
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from experiments.forms.columns import ColumnsForm
from experiments.forms.tables import ReadingForm, UploadForm
from experiments.models import TableUpload
from experiments.services import tables
from experiments.tables.reading import Delimiter
from experiments.tables.spreadsheets import Unreadable
from experiments.tables.writing import left_out_as_csv
from experiments.views import new
from experiments.views.access import signed_in

_UNPROCESSABLE = 422
_MOST_SHOWN = 200
_SEPARATED = ("text/csv", "csv")
_TABBED = ("text/tab-separated-values", "tsv")


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest) -> HttpResponse:
    """Ask for a table of runs, and read it."""
    user = signed_in(request)
    if request.method != "POST":
        return render(request, "experiments/table_new.html", {"form": UploadForm()})
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": form}
        return render(request, "experiments/table_new.html", context, status=_UNPROCESSABLE)
    upload = tables.store(
        text=form.content,
        table=form.table,
        encoding=form.encoding,
        name=form.experiment_name,
        book=form.book,
        file=form.data_of_book,
        by=user,
    )
    return redirect("experiments:table_columns", upload.key)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def columns(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show what each column is taken for; keep what was chosen, or read the table differently."""
    upload = _upload(request, key)
    if request.method == "POST" and request.POST.get("action") == "read":
        return _read_again(request, upload)
    if request.method == "POST" and request.POST.get("action") == "sheet":
        return _other_sheet(request, upload)
    opened = tables.opened(upload)
    if request.method != "POST":
        form = ColumnsForm(opened.table.header, opened.facts, opened.columns, is_checked=True)
        return _page(request, opened, form)
    form = ColumnsForm.read(request.POST, opened.table.header, opened.facts, opened.columns)
    tables.choose(upload, form.columns)
    is_done = request.POST.get("go") == "on"
    if is_done and form.is_right:
        return redirect("experiments:table_definition", key)
    chosen = replace(opened, columns=form.columns)
    return _page(request, chosen, form, status=_UNPROCESSABLE if is_done else 200)


@require_safe
def definition(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Open the form of a new experiment, filled in from the columns, for a last look."""
    upload = _upload(request, key)
    opened = tables.opened(upload)
    form = ColumnsForm(opened.table.header, opened.facts, opened.columns, is_checked=True)
    if not form.is_right:
        return redirect("experiments:table_columns", key)
    proposal = opened.proposal
    runs = opened.runs(proposal.draft)
    notices = [f"{tables.in_words(runs)} when you create the experiment."]
    if runs.left_out:
        notices.append(f"Rows that are left out: {len(runs.left_out)}.")
    return new.filled(
        request,
        proposal.draft,
        source=tables.source_of(upload),
        notices=[*notices, *proposal.notices],
    )


@require_safe
def rejected(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show the rows that are no trials, with the reasons."""
    upload = _upload(request, key)
    opened = tables.opened(upload)
    left_out = tables.left_out(opened)
    table = opened.table
    shown = [(row, table.rows[row.place - table.first_place]) for row in left_out[:_MOST_SHOWN]]
    context = {
        "upload": upload,
        "left_out": left_out,
        "shown": shown,
        "header": table.header,
        "row_count": sum(map(bool, table.rows)),
    }
    return render(request, "experiments/table_rejected.html", context)


@require_safe
def rejected_csv(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Send the same rows as a file that spreadsheets open."""
    opened = tables.opened(_upload(request, key))
    is_tabbed = opened.table.reading.delimiter is Delimiter.TAB
    content_type, ending = _TABBED if is_tabbed else _SEPARATED
    text = left_out_as_csv(opened.table, tables.left_out(opened))
    return HttpResponse(
        text.encode("utf-8-sig"),
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rows-left-out.{ending}"'},
    )


def _upload(request: HttpRequest, key: uuid.UUID) -> TableUpload:
    """Return a table that the person has uploaded, or answer 404."""
    upload = tables.find(key, by=signed_in(request))
    if upload is None:
        raise Http404
    return upload


def _reading_form(upload: TableUpload, opened: tables.Opened, data: object) -> ReadingForm:
    stored = upload.reading
    return ReadingForm(
        data, reading=opened.table.reading, decimals=opened.table.decimals,
        encoding=stored["encoding"], text=stored["text"],
    )  # fmt: skip


def _read_again(request: HttpRequest, upload: TableUpload) -> HttpResponse:
    opened = tables.opened(upload)
    reading = _reading_form(upload, opened, request.POST)
    if not reading.is_valid():
        form = ColumnsForm(opened.table.header, opened.facts, opened.columns)
        return _page(request, opened, form, reading=reading, status=_UNPROCESSABLE)
    tables.read_again(
        upload, text=reading.text, table=reading.table, encoding=reading.encoding_read
    )
    return redirect(reverse("experiments:table_columns", args=[upload.key]))


def _other_sheet(request: HttpRequest, upload: TableUpload) -> HttpResponse:
    try:
        tables.read_sheet(upload, request.POST.get("sheet", ""))
    except Unreadable as error:
        opened = tables.opened(upload)
        form = ColumnsForm(opened.table.header, opened.facts, opened.columns)
        return _page(request, opened, form, sheet_error=str(error), status=_UNPROCESSABLE)
    return redirect("experiments:table_columns", upload.key)


def _page(
    request: HttpRequest,
    opened: tables.Opened,
    form: ColumnsForm,
    *,
    reading: ReadingForm | None = None,
    sheet_error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page; for htmx, which sends each change, only what the rows come to."""
    runs = opened.runs(opened.proposal.draft) if form.is_right else None
    context = {
        "upload": opened.upload,
        "form": form,
        "runs": runs,
        "words": tables.in_words(runs) if runs else "",
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "experiments/_table_rows.html", context)
    context |= {
        "reading": reading or _reading_form(opened.upload, opened, None),
        "notes": [*opened.table.notes, *opened.table.doubts],
        "sheet_error": sheet_error,
        "row_count": sum(map(bool, opened.table.rows)),
    }
    return render(request, "experiments/table_columns.html", context, status=status)
