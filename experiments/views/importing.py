"""Importing a table into an experiment: the table, its columns, a look at every row, one act."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments.forms.importing import ImportForm, UsesForm
from experiments.models import Experiment, TableUpload
from experiments.permissions import check_can_run
from experiments.services import importing, progress, tables
from experiments.services.errors import Conflict, Refused
from experiments.tables.cells import Decimal
from experiments.tables.matching import Kind
from experiments.tables.reading import Delimiter, Table
from experiments.tables.spreadsheets import Unreadable
from experiments.tables.trials import LeftOut
from experiments.tables.uses import is_numeric, uses_of
from experiments.tables.writing import left_out_as_csv
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import say
from experiments.views.progress import followed

PER_PAGE = 50
_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a table, and read it."""
    experiment = _get(request, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent, sheet=experiment.import_sheet)
    if not form.is_bound or not form.is_valid():
        context = {"experiment": experiment, "form": form}
        status = _UNPROCESSABLE if form.is_bound else 200
        return render(request, "experiments/import_new.html", context, status=status)
    upload = tables.store(
        text=form.content, table=form.table, encoding=form.encoding, name=form.table_name,
        book=form.book, file=form.data_of_book, by=signed_in(request),
    )  # fmt: skip
    book = form.book
    is_usual = not book or len(book.sheets) == 1 or book.sheet == experiment.import_sheet
    known = is_usual and set(upload.header) <= set(experiment.import_uses)
    known = known and importing.is_settled(experiment, upload)
    uses, _ = importing.settings_of(experiment, upload)
    known = known and not any(
        each.is_asked and is_numeric(uses[each.column]) for each in form.table.unclear
    )
    page = "experiments:import_preview" if known else "experiments:import_columns"
    return redirect(page, pk, upload.key)


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Show what each column is taken for, and keep what is chosen."""
    experiment, upload = _both(request, pk, key)
    if request.POST.get("action") == "sheet":
        return _other_sheet(request, experiment, upload)
    return _columns(request, experiment, upload)


def _other_sheet(request: HttpRequest, experiment: Experiment, upload: TableUpload) -> HttpResponse:
    try:
        importing.choose_sheet(experiment, upload, request.POST.get("sheet", ""))
    except Unreadable as error:
        return _columns(request, experiment, upload, sheet_error=str(error))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("experiments:import_columns", experiment.pk, upload.key)


def _columns(
    request: HttpRequest, experiment: Experiment, upload: TableUpload, *, sheet_error: str = ""
) -> HttpResponse:
    uses, options = importing.settings_of(experiment, upload)
    read = tables.opened(upload)
    labels = uses_of(experiment.definition)
    form = UsesForm(
        request.POST if request.method == "POST" and not sheet_error else None,
        header=read.table.header,
        labels=labels, uses=[use if use in labels else "ignore" for use in uses], options=options,
        decimals=read.table.decimals, unclear=read.table.unclear,
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        try:
            importing.choose(
                experiment, upload, uses=form.uses, options=form.options, decimals=form.decimals
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("experiments:import_preview", experiment.pk, upload.key)
    rows = [(*fields, facts) for fields, facts in zip(form.columns, read.facts, strict=True)]
    context = {"experiment": experiment, "upload": upload, "form": form, "columns": rows,
               "notes": read.table.notes, "count": sum(map(bool, read.table.rows)),
               "sheet_error": sheet_error}  # fmt: skip
    status = _UNPROCESSABLE if form.is_bound or sheet_error else 200
    return render(request, "experiments/import_columns.html", context, status=status)


@require_safe
def preview(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Show what each row comes to."""
    experiment, upload = _both(request, pk, key)
    if not importing.is_settled(experiment, upload):
        return redirect("experiments:import_columns", pk, key)
    return render(request, "experiments/import_preview.html", _shown(request, experiment, upload))


def _shown(request: HttpRequest, experiment: Experiment, upload: TableUpload) -> dict[str, Any]:
    plan = importing.plan(experiment, upload)
    kind = request.GET.get("kind", "")
    rows = [row for row in plan.rows if row.kind.value == kind] if kind else plan.rows
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    table = plan.opened.table
    cells = [table.rows[row.place - table.first_place] for row in page.object_list]
    return {
        "experiment": experiment,
        "upload": upload,
        "plan": plan,
        "kinds": [(each.value, plan.counts[each.value]) for each in Kind],
        "kind": kind,
        "page": page,
        "rows": list(zip(page.object_list, cells, strict=True)),
        "header": [
            (name, facts.reading if is_numeric(use) else "")
            for name, use, facts in zip(table.header, plan.uses, plan.opened.facts, strict=True)
        ],
        "done": importing.done_by(experiment, upload),
        "at_work": progress.read(signed_in(request).pk, str(upload.key)),
        "address": reverse("experiments:import_preview", args=[experiment.pk, upload.key]),
    }


@require_POST
@followed
def run(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Import the table."""
    experiment, upload = _both(request, pk, key)
    try:
        change = importing.apply(
            experiment, upload, digest=request.POST.get("digest", ""), by=signed_in(request)
        )
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("experiments:import_preview", pk, key)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(experiment)
    if change is None:
        say(request, "There was nothing to import: every row is here already.")
    else:
        count = len(change.trial_numbers)
        say(request, f"{count:,} trial{'' if count == 1 else 's'} imported.", change)
    return redirect("experiments:trials", pk)


@require_safe
def rejected(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Send the rows that are not imported, with the reasons, as a file."""
    experiment, upload = _both(request, pk, key)
    if not importing.is_settled(experiment, upload):
        return redirect("experiments:import_columns", pk, key)
    plan = importing.plan(experiment, upload)
    left = [LeftOut(row.place, row.reason) for row in plan.rows if row.kind is Kind.REJECTED]
    text = left_out_as_csv(plan.opened.table, left, _delimiter(plan.opened.table))
    return HttpResponse(
        text.encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="rows-rejected.csv"'},
    )


def _delimiter(table: Table) -> Delimiter:
    """What separates the cells of a CSV file: tabs are for pasting, commas may be in numbers."""
    if table.reading.delimiter is not Delimiter.TAB:
        return table.reading.delimiter
    return Delimiter.SEMICOLON if Decimal.COMMA in table.decimals else Delimiter.COMMA


def _get(request: HttpRequest, pk: int) -> Experiment:
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)
    return experiment


def _both(request: HttpRequest, pk: int, key: uuid.UUID) -> tuple[Experiment, TableUpload]:
    """Return the experiment, and a table that the person has uploaded in the last day."""
    experiment = _get(request, pk)
    upload = tables.find(key, by=signed_in(request))
    if upload is None:
        raise Http404
    return experiment, upload
