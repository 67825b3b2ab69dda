import csv
import io
import re
import time
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from experiments.domain import TrialStatus
from experiments.models import Experiment, Observation, TableUpload, Trial, TrialOrigin
from tests.factories import make_user
from tests.spreadsheets import xlsx

URL = reverse("experiments:table")
MESSY = """﻿lr;layers;opt;momentum;const;loss;loss;loss sem;accuracy;state;note
0,001;3;sgd;0,9;5;0,5;1;0,01;85 %;done;"first;
two lines"
0,01;4;adam;;5;0,4;1;0,02;88 %;done;ok

0,1;5;sgd;0,5;5;;1;;;failed;=cmd|'x'!A1
1;2;adam;;5;n/a;1;;;;"<b>bold</b>"
many;2;adam;;5;0,3;1;;;done;
0,0001;3;adam;;5;0,2;1;;80 %;done
"""


def upload(page, text: str = MESSY, encoding: str = "utf-8", **fields):
    file = SimpleUploadedFile(fields.pop("filename", "my_runs.csv"), text.encode(encoding))
    return page.post(URL, {"file": file} | fields)


def stored(page, text: str = MESSY, **fields) -> TableUpload:
    answer = upload(page, text, **fields)
    assert answer.status_code == 302, answer.content.decode()
    return TableUpload.objects.latest("pk")


def at(name: str, table: TableUpload) -> str:
    return reverse(f"experiments:table_{name}", args=[table.key])


def fields_of(html: str) -> dict[str, str]:
    """Return what a browser would send of the definition's form, as it is filled in."""
    form = re.search(r'<form[^>]*id="new-form".*?</form>', html, re.S)
    assert form
    return sent_by(form[0])


def sent_by(form: str) -> dict[str, str]:
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_off = attributes.get("type") in ("checkbox", "radio") and " checked" not in tag
        if "name" in attributes and not is_off:
            sent[attributes["name"]] = unescape(attributes.get("value", "on"))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        sent[name] = unescape(text.removeprefix("\n"))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        if values:
            sent[name] = unescape(next((v for v, on in values if on), values[0][0]))
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def create(page, table: TableUpload, **changes):
    html = page.get(at("definition", table)).content.decode()
    sent = fields_of(html) | {"action": "create"} | changes
    return page.post(reverse("experiments:new"), sent, follow=True)


def test_table_becomes_an_experiment_with_its_trials(page, ada) -> None:
    table = stored(page)
    html = page.get(at("columns", table)).content.decode()
    assert "semicolons between cells, decimal comma, UTF-8" in html
    assert "4 rows become trials (3 completed, 1 failed)" in html
    assert "“many” is not a number" in html
    assert "no result: “loss” is blank" in html
    assert "loss (2)" in html

    answer = page.post(at("columns", table), sent_by(html) | {"go": "on"})
    assert answer["Location"] == at("definition", table)
    html = page.get(at("definition", table)).content.decode()
    assert "4 rows become trials" in html
    assert "rounded outward" in html
    assert "my runs" in html

    answer = create(page, table)
    assert answer.status_code == 200
    experiment = Experiment.objects.get()
    assert experiment.name == "my runs"
    assert answer.redirect_chain[-1][0] == experiment.get_absolute_url()
    shown = answer.content.decode()
    assert "4 trials came along. 2 rows were left out" in shown
    assert at("rejected", table) in shown

    trials = list(experiment.trials.all())
    assert [trial.status for trial in trials] == ["completed", "completed", "failed", "completed"]
    assert {trial.origin for trial in trials} == {TrialOrigin.IMPORTED}
    assert trials[0].named_parameters(list(experiment.parameters.all())) == {
        "lr": 0.001, "layers": 3, "opt": "sgd", "momentum": 0.9, "const": 5,
    }  # fmt: skip
    metrics = {metric.name: metric.role for metric in experiment.metrics.all()}
    assert metrics == {"loss": "objective", "loss (2)": "tracked", "accuracy": "tracked"}
    observed = {o.metric.name: (o.mean, o.sem) for o in trials[0].observations.all()}
    assert observed["loss"] == (0.5, 0.01)
    assert observed["accuracy"] == (85.0, None)
    momentum = experiment.parameters.get(name="momentum")
    assert momentum.parent is not None
    assert momentum.parent.name == "opt"
    assert momentum.key not in trials[1].parameters


def test_left_out_rows_are_shown_and_downloaded_harmlessly(page) -> None:
    table = stored(page)
    shown = page.get(at("rejected", table)).content.decode()
    assert "2 of 6 rows" in shown
    assert "<b>bold</b>" not in shown
    assert "&lt;b&gt;bold" in shown
    answer = page.get(at("rejected_csv", table))
    assert 'filename="rows-left-out.csv"' in answer["Content-Disposition"]
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][-2:] == ["row", "reason"]
    assert [row[-2] for row in rows[1:]] == ["6", "7"]
    assert "is not a number" in rows[2][-1]


def test_left_out_rows_with_tabs_are_not_called_csv(page) -> None:
    table = stored(page, "lr\tloss\n0.1\t1\n0.2\t2\n0.3\t\n")
    answer = page.get(at("rejected_csv", table))
    assert 'filename="rows-left-out.tsv"' in answer["Content-Disposition"]
    assert answer["Content-Type"].startswith("text/tab-separated-values")
    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("0.3\t\t4\t")


def test_left_out_rows_after_creation_follow_the_definition(page) -> None:
    text = "lr,layers,loss\n0.1,1,1\n0.2,2,2\n0.3,2.5,3\n"
    table = stored(page, text)
    html = page.get(at("definition", table)).content.decode()
    fields = fields_of(html)
    kind = next(n for n in fields if n.endswith("-kind") and fields[n[:-4] + "name"] == "layers")
    prefix = kind[:-4]
    create(page, table, **{kind: "int", f"{prefix}lower": "1", f"{prefix}upper": "4"})
    experiment = Experiment.objects.get()
    assert experiment.trials.count() == 2
    answer = page.get(at("rejected", table))
    assert "“2.5” is not a whole number" in answer.content.decode()


def test_trials_outside_are_kept_and_said(page) -> None:
    table = stored(page, "lr,loss\n0.1,1\n0.2,2\n0.9,3\n")
    fields = fields_of(page.get(at("definition", table)).content.decode())
    upper = next(name for name in fields if name.endswith("-upper"))
    answer = create(page, table, **{upper: "0.5"})
    assert "1 of them outside the search space" in answer.content.decode()
    assert Trial.objects.count() == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_pasted_cells(page, encoding) -> None:
    text = "Wärme\tloss\n1,5\t1\n2,5\t2\n"
    assert stored(page, text, encoding=encoding).header == ["Wärme", "loss"]
    assert page.post(URL, {"text": text, "name": "Pasted"}).status_code == 302
    pasted = TableUpload.objects.latest("pk")
    assert (pasted.header, pasted.name) == (["Wärme", "loss"], "Pasted")


def test_reading_can_be_changed(page) -> None:
    table = stored(page, "größe;loss\n1,234;1\n2,345;2\n", encoding="cp1252")
    html = page.get(at("columns", table)).content.decode()
    assert "is read as 1.234" in html
    sent = {
        "action": "read", "delimiter": "SEMICOLON", "decimal": "point",
        "first_row": "names", "encoding": "Windows-1251",
    }  # fmt: skip
    assert page.post(at("columns", table), sent).status_code == 302
    table.refresh_from_db()
    assert table.header[0] == "grцЯe"
    assert "decimal point, Windows-1251" in page.get(at("columns", table)).content.decode()
    answer = page.post(at("columns", table), sent | {"encoding": "UTF-8"})
    assert answer.status_code == 422
    assert "not written in UTF-8" in answer.content.decode()


def test_another_sheet_of_a_spreadsheet_can_be_chosen(page) -> None:
    runs = [["x", "loss"], [0.1, 1], [0.2, 2]]
    book = xlsx({"Cover": [["Our runs"], ["of May"]], "Runs": runs, "Blank": []})
    page.post(URL, {"file": SimpleUploadedFile("runs.xlsx", book)})
    table = TableUpload.objects.get()
    assert table.header == ["Our runs"]
    assert '<option value="Cover" selected>' in page.get(at("columns", table)).content.decode()
    for wrong in ("Blank", "Lists"):
        answer = page.post(at("columns", table), {"action": "sheet", "sheet": wrong})
        assert answer.status_code == 422
        assert 'id="sheet-error" role="alert"' in answer.content.decode()
    answer = page.post(at("columns", table), {"action": "sheet", "sheet": "Runs"})
    assert answer.status_code == 302
    table.refresh_from_db()
    assert (table.header, len(table.rows)) == (["x", "loss"], 2)
    page.post(at("columns", table), {"action": "read", "delimiter": "TAB", "first_row": "values"})
    html = page.get(at("columns", table)).content.decode()
    assert '<option value="Runs" selected>' in html
    assert "The first row has values" in html


def test_choices_are_judged_and_kept(page) -> None:
    table = stored(page, "x,loss,loss sem,kind\n0.1,1,0.1,a\n0.2,2,0.2,b\n")
    sent = sent_by(page.get(at("columns", table)).content.decode())
    wrong = sent | {"use-0": "ignore", "use-1": "lower", "use-3": "minimize", "go": "on"}
    answer = page.post(at("columns", table), wrong)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "at least one column that is a parameter" in html
    assert "There are no numbers in this column" in html
    again = sent_by(page.get(at("columns", table)).content.decode())
    assert again["use-0"] == "ignore"
    assert page.get(at("definition", table))["Location"] == at("columns", table)


def test_each_change_is_answered_with_what_the_rows_come_to(htmx) -> None:
    del htmx.defaults["HTTP_HX_REQUEST"]
    table = stored(htmx, "x,n,loss\n0.1,1,1\n0.2,2.5,2\n")
    sent = sent_by(htmx.get(at("columns", table)).content.decode())
    answer = htmx.post(
        at("columns", table), sent | {"type-1": "int"}, headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert "<html" not in html
    assert "1 row becomes a trial" in html
    assert "“2.5” is not a whole number" in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file or paste a table"),
        ({"text": "lr,loss"}, "no run in it yet"),
        ({"text": "lr,loss\n1,2", "name": "x" * 300}, "200 characters at most"),
        ({"text": "a\n" + "1\n" * 20_001}, "at most 20000"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(page, data, words) -> None:
    answer = page.post(URL, data)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert words in html
    if "text" in data:
        assert data["text"][:7] in html


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing in this table"),
        (b"PK\x03\x04" + bytes(100), "CSV"),
        (bytes(range(256)) * 20, "not text"),
        (b"x" * (50 * 1024 * 1024), "50 MB; a table can have 10 MB at most"),
    ],
)
def test_files_that_are_no_table_are_refused_in_words(page, content, words) -> None:
    answer = page.post(URL, {"file": SimpleUploadedFile("t.csv", content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not TableUpload.objects.exists()


def test_file_and_pasted_text_at_once_are_refused(page) -> None:
    file = SimpleUploadedFile("t.csv", b"a,loss\n1,2\n")
    answer = page.post(URL, {"file": file, "text": "b,loss\n1,2\n"})
    assert answer.status_code == 422
    assert "leave out one of them" in answer.content.decode()


def test_too_much_pasted_text_is_refused_in_words(page) -> None:
    answer = page.post(URL, {"text": "x" * (11 * 1024 * 1024)})
    assert answer.status_code == 422
    assert "10 MB at most" in answer.content.decode()
    answer = page.post(URL, {"text": "x" * (13 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "10 MB at most" in answer.content.decode()


def test_tables_are_their_owners_alone_and_for_a_day(page, client) -> None:
    table = stored(page)
    source = f"table:{table.key}"
    definition = fields_of(page.get(at("definition", table)).content.decode())
    assert definition["source"] == source
    client.force_login(make_user("eve"))
    for name in ("columns", "definition", "rejected", "rejected_csv"):
        assert client.get(at(name, table)).status_code == 404
    answer = client.post(reverse("experiments:new"), definition | {"action": "create"})
    assert answer.status_code == 422
    assert "not kept any more" in answer.content.decode()
    assert not Experiment.objects.exists()

    client.force_login(table.user)
    TableUpload.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert client.get(at("columns", table)).status_code == 404
    stored(client)
    assert not TableUpload.objects.filter(pk=table.pk).exists()


def test_strangers_and_wrong_keys_get_nowhere(page, client) -> None:
    missing = reverse("experiments:table_columns", args=[uuid.uuid4()])
    assert page.get(missing).status_code == 404
    client.logout()
    assert client.get(URL).status_code == 302


def test_only_the_latest_tables_are_kept(page) -> None:
    for _ in range(12):
        stored(page, "a,loss\n1,2\n3,4\n")
    assert TableUpload.objects.count() == 10


def test_ten_thousand_rows_come_through_quickly(page) -> None:
    rows = [
        f"{n % 977 / 1000},{1e-5 * 1.0013 ** (n % 7000):.6g},{n % 8},{'ab'[n % 2]},{n * 0.37 % 1}"
        for n in range(10_000)
    ]
    start = time.process_time()
    table = stored(page, "\n".join(["dropout,lr,layers,kind,loss", *rows]))
    html = page.get(at("columns", table)).content.decode()
    assert len(html) < 40_000
    assert "10000 rows become trials" in html
    answer = create(page, table)
    assert "10000 trials came along" in answer.content.decode()
    spent = time.process_time() - start
    assert Trial.objects.filter(status=TrialStatus.COMPLETED).count() == 10_000
    assert Observation.objects.count() == 10_000
    assert spent < 10, f"{spent:.1f} s"


def test_two_hundred_columns_come_through(page) -> None:
    names = [*(f"x{n}" for n in range(199)), "loss"]
    rows = [",".join(f"{(n * 7 + row * 3) % 10 / 10}" for n in range(200)) for row in range(5)]
    table = stored(page, "\n".join([",".join(names), *rows]))
    html = page.get(at("columns", table)).content.decode()
    answer = page.post(at("columns", table), sent_by(html) | {"go": "on"})
    assert answer["Location"] == at("definition", table)
    assert "5 trials came along" in create(page, table).content.decode()
    assert Experiment.objects.get().parameters.count() == 199


def test_forged_source_is_refused_in_words(page) -> None:
    table = stored(page)
    definition = fields_of(page.get(at("definition", table)).content.decode())
    answer = page.post(
        reverse("experiments:new"), definition | {"action": "create", "source": "table:odd"}
    )
    assert answer.status_code == 422
    assert "Upload it again" in answer.content.decode()
