"""Importing tables into an experiment: matching, a look at every row, one act."""

import csv
import html
import re
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from experiments import tasks
from experiments.domain import GenerationNode, MetricRole, Result
from experiments.drafts import ParameterDraft
from experiments.models import Membership, Role
from experiments.services import editing, lifecycle, trial_details, trials, undoing
from experiments.services.trial_states import states_of
from tests.factories import (
    ParameterKind,
    ParameterSpec,
    ValueType,
    float_range,
    make_measured,
    measured,
    metric,
    take,
)
from tests.spreadsheets import formula, xlsx
from tests.views.test_trial_table import read_csv

DIGITS = Path(__file__).parent.parent / "data" / "digits.csv"

COLOUR = ParameterSpec(
    key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("red", "=blue")
)


@pytest.fixture
def tuned(ada):
    """Trial 0 completed, trial 1 running; parameters with more digits than people write."""
    made = make_measured(
        ada,
        metric("loss", unit="nats"),
        metric("size", unit="MB", role=MetricRole.TRACKED),
        parameters=[
            ParameterDraft(name="rate", spec=float_range(0, 1)),
            ParameterDraft(name="colour", spec=COLOUR),
        ],
        name="Tuned",
    )
    done, _ = take(made, ada, (0.123456, "red"), (0.5, "=blue"))
    trials.complete(done, values=measured(made, loss=0.25, size=7.0), by=ada)
    made.refresh_from_db()
    return made


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def preview(page, experiment, text, **options):
    """Paste a table and go to its rows; returns the page with them."""
    answer = page.post(reverse("experiments:import", args=[experiment.pk]), {"text": text})
    assert answer.status_code == 302, said(answer)
    if "columns" in answer["Location"]:
        form = page.get(answer["Location"]).content.decode()
        uses = dict(re.findall(r'name="(use-\d+)".*?value="([^"]*)" selected', form, re.S))
        answer = page.post(answer["Location"], uses | options)
        assert answer.status_code == 302, said(answer)
    return page.get(answer["Location"])


def run(page, experiment, shown):
    """Import what a preview shows."""
    text = shown.content.decode()
    action = re.search(r'action="([^"]*/run/)"', text)[1]
    digest = re.search(r'name="digest" value="([^"]*)"', text)[1]
    return page.post(action, {"digest": digest}, follow=True)


def rows(shown):
    """What each row comes to."""
    found = re.findall(r'<tr class="is-\w+">\s*<td.*?</td>\s*<td>(.*?)</td>',
                       shown.content.decode(), re.S)  # fmt: skip
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in found]


CASES = [
    ("0,,,0.2,,", "changed trial 0 loss: 0.25 nats → 0.2 nats"),
    ("0,,,0.25,,", "duplicate trial 0"),
    ("0,,,0.250001,,", "changed trial 0 loss: 0.25 nats → 0.250001 nats"),
    ("0,,,0.3,0.1,", "changed trial 0 loss: 0.25 nats → 0.3 ± 0.1 nats"),
    ("0,,,,,", "duplicate trial 0"),
    (",0.123,red,0.25,,", "duplicate trial 0"),
    (",0.12,red,0.4,,", "changed trial 0 loss: 0.25 nats → 0.4 nats"),
    (",0.124,red,0.4,,", "new completed"),
    (",0.5,'=blue,0.9,,", "changed trial 1 loss: none → 0.9 nats"),
    (",0.5,=blue,,,", "duplicate trial 1"),
    (",0.7,red,,,", "new running"),
    (",0.7,red,,,failed", "new failed"),
    ("1,,,,,failed", "changed trial 1 status: running → failed"),
    ("7,,,0.2,,", "rejected : there is no trial 7; leave the number blank to add one."),
    (",0.7,,0.2,,", "rejected : no value: “colour” is blank or not in the table."),
    (",7,red,0.2,,", "rejected : outside the search space:"),
    (",0.7,green,0.2,,", "rejected : outside the search space:"),
    (",0.7,red,x,,", "rejected : loss: “x” is not a number that can be used."),
    (",0.7,red,-inf,,", "rejected : loss: “-inf” is no number that can be used."),
    (",0.7,red,#DIV/0!,,", "rejected : loss: “#DIV/0!” is no number that can be used."),
    (",0.7,red," + "9" * 400 + ",,", "rejected : loss:"),
    ("0,,,0.2,-1,", "rejected : SEM of loss: a standard error cannot be negative."),
    ("0,,,,0.1,", "rejected : SEM of loss stands there without its mean."),
    ("0,,,,,running", "rejected : trial 0 has a result here"),
    (",0.7,red,0.2,,running", "rejected : the status says that it is running"),
    (",0.7,red,,,exploded", "rejected : status: the status “exploded” is not known."),
    (",0.7,red,,,completed", "rejected : no result: “loss” is blank."),
    ("x,0.7,red,0.2,,", "rejected : trial number: “x” is no number of a trial."),
    (",0.7,\x01re\x02d,0.2,,", "rejected : outside the search space:"),
]
"""Rows of a table, each on its own, and what it comes to where there is what is ``tuned``."""


def test_what_a_row_comes_to(page, tuned):
    head = "trial,rate,colour,loss (nats),SEM of loss (nats),status"
    found = [(row, rows(preview(page, tuned, f"{head}\n{row}\n"))) for row, _ in CASES]
    for (row, (said_of,)), (_, outcome) in zip(found, CASES, strict=True):
        assert said_of.startswith(outcome), row


def test_one_import_is_one_change_and_one_undo(page, ada, tuned):
    before = states_of(tuned)
    shown = preview(
        page, tuned,
        "trial,rate,colour,loss,size,status,tags,notes,due date,reason\n"
        "0,,,0.2,,,\"fast, hot\",odd one,,\n"
        "1,,,0.9,8,,,,,\n"
        ",0.7,red,,,,,,2031-05-04,\n"
        ",0.8,red,0.8,,,,,,\n"
        ",0.9,=blue,,,failed,,,,smoke\n"
        ",9,red,1,,,,,,\n",
    )  # fmt: skip
    assert "3 new, 2 changed. 1 rejected row will be left out." in said(shown)
    done = run(page, tuned, shown)
    assert "5 trials imported." in said(done)
    zero, one, two, three, four = tuned.trials.all()
    assert (zero.tags, zero.notes, zero.observations.get(metric__name="loss").mean) == (
        ["fast", "hot"], "odd one", 0.2,
    )  # fmt: skip
    assert zero.observations.get(metric__name="size").mean == 7.0
    assert (one.status, one.finished_by) == ("completed", ada)
    assert (two.status, two.due_on, two.taken_by) == ("running", date(2031, 5, 4), ada)
    assert (three.status, three.origin) == ("completed", "imported")
    assert (four.status, four.reason) == ("failed", "smoke")
    change = tuned.changes.first()
    assert (change.kind, change.trial_numbers) == ("trials_imported", [0, 1, 2, 3, 4])
    assert change.is_model_change
    undoing.undo(tuned, revision=change.revision, by=ada)
    now = states_of(tuned)
    assert {number: now[number] for number in before} == before
    assert [t.number for t in tuned.trials.all()] == [0, 1]


def test_sent_twice_is_one_import(page, tuned):
    shown = preview(page, tuned, "rate,colour,loss\n0.7,red,1\n")
    run(page, tuned, shown)
    run(page, tuned, shown)
    assert tuned.trials.count() == 3
    assert "This table was imported" in said(page.get(shown.request["PATH_INFO"]))


def test_what_changed_since_the_look_is_told(page, ada, tuned):
    shown = preview(page, tuned, "trial,loss\n0,0.2\n")
    loss = tuned.metrics.get(name="loss")
    size = tuned.metrics.get(name="size")
    trials.correct(
        tuned.trials.get(number=0), by=ada,
        values={loss: Result(0.3), size: Result(7.0)},
        seen={loss: Result(0.25), size: Result(7.0)},
    )  # fmt: skip
    answer = run(page, tuned, shown)
    assert "Meanwhile, somebody has changed trials that this table is about" in said(answer)
    assert rows(answer) == ["changed trial 0 loss: 0.3 nats → 0.2 nats"]
    run(page, tuned, answer)
    assert tuned.trials.get(number=0).observations.get(metric=loss).mean == 0.2


def edited(experiment, change):
    """Change the definition, as somebody else might."""
    draft = change(experiment.definition)
    by = experiment.team.members.get()
    editing.edit(experiment, draft=draft, base_revision=experiment.revision, by=by)


def without(experiment, name):
    """Take a metric or parameter away that has no data yet."""

    def change(draft):
        return replace(
            draft,
            parameters=tuple(p for p in draft.parameters if p.name != name),
            metrics=tuple(m for m in draft.metrics if m.name != name),
        )

    edited(experiment, change)


@pytest.mark.parametrize("gone", ["size", "colour"])
def test_what_is_gone_since_the_look_is_told(page, ada, gone):
    made = make_measured(
        ada, metric("loss"), metric("size", role=MetricRole.TRACKED),
        parameters=[
            ParameterDraft(name="rate", spec=float_range(0, 1)),
            ParameterDraft(name="colour", spec=COLOUR),
        ],
    )  # fmt: skip
    shown = preview(page, made, "rate,colour,loss,size\n0.5,red,1,2\nx,red,1,2\n")
    without(made, gone)
    answer = run(page, made, shown)
    assert "Meanwhile, what a column is used for has gone: choose again." in said(answer)
    assert answer.redirect_chain[-1][0].endswith("/columns/")
    rejected = page.get(shown.request["PATH_INFO"] + "rejected.csv")
    assert rejected["Location"].endswith("/columns/")
    assert made.trials.count() == 0


def test_an_edited_definition_is_judged_anew(page, ada, tuned):
    shown = preview(page, tuned, "rate,colour,loss\n0.7,red,1\n0.95,red,1\n")
    assert rows(shown) == ["new completed", "new completed"]

    def narrower(draft):
        rate, *others = draft.parameters
        rate = replace(rate, spec=replace(rate.spec, upper=0.9))
        loss, size = draft.metrics
        return replace(draft, parameters=(rate, *others), metrics=(replace(loss, name="L"), size))

    edited(tuned, narrower)
    answer = run(page, tuned, shown)
    assert "look again" in said(answer)
    now = rows(answer)
    assert now[0] == "new completed"
    assert now[1].startswith("rejected : outside the search space")
    run(page, tuned, answer)
    assert tuned.trials.get(number=2).observations.get().metric.name == "L"


def test_columns_are_chosen_once(page, tuned):
    text = "Rate used,c,Verlust\n0.7,red,1\n"
    start = page.post(reverse("experiments:import", args=[tuned.pk]), {"text": text})
    assert "columns" in start["Location"]
    keys = {p.name: p.key for p in tuned.parameters.all()} | {
        m.name: m.key for m in tuned.metrics.all()
    }
    none = page.post(start["Location"], {"use-0": "ignore", "use-1": "ignore", "use-2": "ignore"})
    assert none.status_code == 422
    assert "Choose the column with the trials’ numbers" in said(none)
    twice = {"use-0": f"parameter:{keys['rate']}", "use-1": f"parameter:{keys['rate']}",
             "use-2": f"metric:{keys['loss']}"}  # fmt: skip
    assert "Two columns are used for the same" in said(page.post(start["Location"], twice))
    right = twice | {"use-1": f"parameter:{keys['colour']}"}
    assert page.post(start["Location"], right).status_code == 302
    again = page.post(reverse("experiments:import", args=[tuned.pk]), {"text": text})
    assert "columns" not in again["Location"]
    assert rows(page.get(again["Location"])) == ["new completed"]


def test_rows_outside_need_a_yes(page, tuned):
    text = "rate,colour,loss\n7,red,1\n"
    shown = preview(page, tuned, text, takes_outside="on")
    assert rows(shown) == ["new outside completed"]
    run(page, tuned, shown)
    assert tuned.trials.get(number=2).parameters[tuned.parameters.first().key] == 7.0


def test_repeats_on_demand(page, tuned):
    text = "rate,colour,loss\n0.123456,red,0.3\n"
    shown = preview(page, tuned, text)
    assert rows(shown) == ["changed trial 0 loss: 0.25 nats → 0.3 nats"]
    start = page.post(reverse("experiments:import", args=[tuned.pk]), {"text": text})
    columns = start["Location"].rstrip("/") + "/columns/"
    form = page.get(columns).content.decode()
    uses = dict(re.findall(r'name="(use-\d+)".*?value="([^"]*)" selected', form, re.S))
    shown = page.get(page.post(columns, uses | {"repeats": "on"})["Location"])
    assert rows(shown) == ["new completed"]


def test_what_the_table_page_writes_comes_back_without_a_difference(page, ada, tuned):
    trials.fail(tuned.trials.get(number=1), by=ada, reason="=smoke")
    used = tuned.trials.get(number=0)
    values = used.parameters | {tuned.parameters.get(name="rate").key: 0.15}
    trial_details.use(used, values=values, seen=used.parameters, by=ada)
    before = states_of(tuned)
    answer = page.get(reverse("experiments:trials_csv", args=[tuned.pk]))
    text = StringIO()
    found = read_csv(answer)
    writer = csv.DictWriter(text, found[0].keys())
    writer.writeheader()
    writer.writerows(found)
    shown = preview(page, tuned, text.getvalue())
    assert rows(shown) == ["duplicate trial 0", "duplicate trial 1"]
    assert "every row is here already" in said(shown)
    assert states_of(tuned) == before


def test_ten_thousand_rows_with_five_hundred_bad_ones(page, tuned):
    lines = [
        f"0.{number:05d},red,{'x' if number % 20 == 0 else number / 7}" for number in range(10_000)
    ]
    shown = preview(page, tuned, "rate,colour,loss\n" + "\n".join(lines))
    assert "9,500 new, 0 changed. 500 rejected rows" in said(shown)
    assert len(rows(shown)) == 50
    run(page, tuned, shown)
    assert tuned.trials.count() == 9_502
    left = page.get(shown.request["PATH_INFO"] + "rejected.csv").content.decode("utf-8-sig")
    assert len(left.splitlines()) == 501


def upload(page, experiment, name, content):
    file = SimpleUploadedFile(name, content)
    return page.post(reverse("experiments:import", args=[experiment.pk]), {"file": file})


def uses_in(answer):
    """What the page of the columns proposes, as its form would send it."""
    form = answer.content.decode()
    return dict(re.findall(r'name="((?:use|mark)-\d+)".*?value="([^"]*)" selected', form, re.S))


def test_a_number_that_can_be_read_in_two_ways_is_asked_about(page, tuned):
    address = reverse("experiments:import", args=[tuned.pk])
    for _ in range(2):  # Though the columns are remembered by the second time.
        start = page.post(address, {"text": "trial;loss;size\n0;7;1,234\n"})
        assert "columns" in start["Location"]
        asked = page.get(start["Location"])
        assert "Its numbers can be read in two ways: 1,234 is 1234 1,234 is 1.234" in said(asked)
        uses = uses_in(asked)
        assert [name for name in uses if "mark" in name] == ["mark-2"]
        for decimal, size in (("comma", "1.234"), ("point", "1234")):
            answer = page.post(start["Location"], uses | {"mark-2": decimal})
            shown = page.get(answer["Location"])
            (found,) = rows(shown)
            assert f"size: 7 MB → {size} MB" in found
            assert f"size 1,234 is {size}" in said(shown)
    wrong = page.post(start["Location"], uses | {"mark-2": "both"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()


def test_each_column_has_its_own_decimal_mark(page, tuned):
    text = "rate\tcolour\tloss\tsize\n0,75\tred\t0.5\t1.234\n0,8\tred\t-1,000.25\t2.345\n"
    start = page.post(reverse("experiments:import", args=[tuned.pk]), {"text": text})
    asked = page.get(start["Location"])
    assert "Its numbers can be read in two ways: 1.234 is 1.234 1.234 is 1234" in said(asked)
    shown = page.get(page.post(start["Location"], uses_in(asked))["Location"])
    assert "rate 0,75 is 0.75" in said(shown)
    assert "loss -1,000.25 is -1000.25" in said(shown)
    run(page, tuned, shown)
    rate = tuned.parameters.get(name="rate").key
    two, three = tuned.trials.filter(number__gte=2)
    assert [each.parameters[rate] for each in (two, three)] == [0.75, 0.8]
    means = [o.mean for each in (two, three) for o in each.observations.order_by("metric")]
    assert means == [0.5, 1.234, -1000.25, 2.345]


def test_columns_that_agree_settle_an_open_one_without_a_question(page, tuned):
    preview(page, tuned, "trial;loss;size\n0;7;8\n")
    for text, size in (("0;0,5;1.234", "1234"), ("0;0.5;1.234", "1.234"), ("0;0.5;1,234", "1234")):
        start = page.post(
            reverse("experiments:import", args=[tuned.pk]), {"text": f"trial;loss;size\n{text}\n"}
        )
        assert "columns" not in start["Location"]
        (found,) = rows(page.get(start["Location"]))
        assert f"size: 7 MB → {size} MB" in found
        columns = page.get(start["Location"] + "columns/")
        assert "Read like the other columns:" in said(columns)


def test_a_blank_error_keeps_the_one_that_there_is(page, ada, tuned):
    run(page, tuned, preview(page, tuned, "trial,loss,SEM of loss\n0,0.25,0.1\n"))
    shown = preview(page, tuned, "trial,loss,SEM of loss\n0,0.3,\n")
    assert rows(shown) == ["changed trial 0 loss: 0.25 ± 0.1 nats → 0.3 ± 0.1 nats"]
    run(page, tuned, shown)
    found = tuned.trials.get(number=0).observations.get(metric__name="loss")
    assert (found.mean, found.sem) == (0.3, 0.1)


def test_values_used_stand_beside_those_that_were_suggested(page, tuned):
    rate = tuned.parameters.get(name="rate").key
    tuned.trials.update(origin="suggested")
    run(page, tuned, preview(page, tuned, "trial,rate,loss\n1,0.48,0.9\n"))
    one = tuned.trials.get(number=1)
    assert (one.parameters[rate], one.requested[rate]) == (0.48, 0.5)
    run(page, tuned, preview(page, tuned, "trial,rate,loss\n1,0.500,0.9\n"))
    one.refresh_from_db()
    assert (one.parameters[rate], one.requested) == (0.5, None)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("rate\tcolour\tloss\n0.7\tred\t1\n\n\n".encode("utf-16"), ["new completed"]),
        (b"rate;colour;loss;;\n0,7;red;1,5;;\n;;;;\n", ["new completed loss 1.5"]),
        (b"rate,colour,loss\n0.7,r\x00ed,1\n", ["new completed"]),
        (b"rate,colour,loss,loss\n0.7,red,1,2\n", ["new completed"]),
        ("trial,rate,colour,loss\n9" + "9" * 400 + ",0.7,red,1\n", ["rejected :"]),
        ("trial,rate,colour,loss\n-1,0.7,red,1\n", ["rejected :"]),
        ("größe,rate,colour,loss\r\n1,0.7,red,1\r\n".encode("latin-1"), ["new completed"]),
        ("trial,rate,colour,loss\n1.0,,,0.3\n#0,,,0.25\ntrial 7,,,1\n",
         ["changed trial 1", "duplicate trial 0", "rejected : there is no trial 7"]),
        ("rate,colour,loss,SEM of loss\n0.7,red,1,0\n0.8,red,1,-1\n0.9,red,1,\n",
         ["new completed", "rejected : SEM of loss: a standard error cannot be negative.",
          "new completed"]),
        ("rate,colour,loss\n=1/2,red,1\n0.7,=cmd|x,1\n0.7,red,=SUM(A1)\n",
         ["rejected : rate: “=1/2”", "rejected : outside", "rejected : loss: “=SUM(A1)”"]),
        ("trial,rate,colour,loss\n0,,,0.2\n0,,,0.3\n",
         ["changed", "rejected : row 2 is about trial 0 already."]),
    ],
)  # fmt: skip
def test_tables_as_they_come(page, tuned, content, outcome):
    content = content.encode() if isinstance(content, str) else content
    answer = upload(page, tuned, "runs.csv", content)
    assert answer.status_code == 302, said(answer)
    form = page.get(answer["Location"]).content.decode()
    uses = dict(re.findall(r'name="(use-\d+)".*?value="([^"]*)" selected', form, re.S))
    shown = page.get(page.post(answer["Location"], uses)["Location"])
    assert [found[: len(said)] for found, said in zip(rows(shown), outcome, strict=True)] == outcome


@pytest.mark.parametrize("text", ["", "rate,colour,loss\n", 'rate,"colour\n1,2\n', "\ud800"])
def test_what_is_no_table_is_told_beside_the_field(page, tuned, text):
    answer = page.post(
        reverse("experiments:import", args=[tuned.pk]),
        "text=" + quote(text, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_nothing_is_imported_into_a_deleted_experiment(page, ada, tuned):
    shown = preview(page, tuned, "rate,colour,loss\n0.7,red,1\n")
    lifecycle.delete(tuned, by=ada)
    answer = run(page, tuned, shown)
    assert answer.status_code == 404
    assert tuned.trials.count() == 2


def test_spreadsheets_are_read_without_computing(page, tuned):
    content = xlsx(
        {"Runs": [["rate", "colour", "loss"], [0.7, "red", formula(0.75)], [0.8, "red", 1]]}
    )
    answer = upload(page, tuned, "runs.xlsx", content)
    assert answer.status_code == 302
    page.get(answer["Location"])
    form = page.get(answer["Location"]).content.decode()
    uses = dict(re.findall(r'name="(use-\d+)".*?value="([^"]*)" selected', form, re.S))
    shown = page.get(page.post(answer["Location"], uses)["Location"])
    run(page, tuned, shown)
    found = tuned.trials.filter(number__gte=2)
    assert [t.observations.get().mean for t in found] == [0.75, 1.0]


HEAD = ["rate", "colour", "loss"]


def book_of_two():
    """A spreadsheet in which the runs stand in the second sheet that is to be seen."""
    cover, runs = [["Our runs"], ["of May"]], [HEAD, [0.7, "red", 1]]
    sheets = {"Lists": [["red"]], "Cover": cover, "Runs": runs, "Blank": []}
    return xlsx(sheets, hidden=["Lists"])


def test_another_sheet_can_be_chosen_and_is_taken_the_next_time(page, tuned):
    start = upload(page, tuned, "runs.xlsx", book_of_two())
    assert "columns" in start["Location"]
    shown = page.get(start["Location"])
    assert "sheet “Cover” 1 row Hidden sheets are left out: “Lists”." in said(shown)
    options = re.findall(r'<option value="(\w+)"( selected)?>\w+</option>', shown.content.decode())
    assert options[:3] == [("Cover", " selected"), ("Runs", ""), ("Blank", "")]
    for wrong, error in (("Blank", "There is nothing in this table"), ("Lists", "not there")):
        answer = page.post(start["Location"], {"action": "sheet", "sheet": wrong})
        assert answer.status_code == 422
        assert error in said(answer)
    answer = page.post(start["Location"], {"action": "sheet", "sheet": "Runs"}, follow=True)
    assert "sheet “Runs” 1 row" in said(answer)
    rows_page = page.get(page.post(start["Location"], uses_in(answer))["Location"])
    assert rows(rows_page) == ["new completed"]
    assert "sheet “Runs” of 3: choose another" in said(rows_page)
    run(page, tuned, rows_page)
    answer = page.post(start["Location"], {"action": "sheet", "sheet": "Cover"}, follow=True)
    assert "This table was imported already" in said(answer)
    again = upload(page, tuned, "runs.xlsx", book_of_two())
    assert "columns" not in again["Location"]
    assert rows(page.get(again["Location"])) == ["duplicate trial 2"]


def test_several_sheets_are_asked_about_though_the_columns_are_known(page, tuned):
    preview(page, tuned, "rate,colour,loss\n0.7,red,1\n")
    runs = [HEAD, [0.8, "red", 1]]
    one = upload(page, tuned, "runs.xlsx", xlsx({"Runs": runs}))
    assert "columns" not in one["Location"]
    assert "sheet “Runs”" in said(page.get(one["Location"]))
    two = upload(page, tuned, "runs.xlsx", xlsx({"Runs": runs, "More": runs}))
    assert "columns" in two["Location"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("x.xlsx", b"PK\x03\x04 no zip at all", "This packed file is broken."),
        ("x.xlsx", b"rate,colour\n", ""),
        ("x.xlsx", b"", ""),
        ("x.csv", b"\xd0\xcf\x11\xe0", "This is an old spreadsheet"),
        ("x.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "This file is not text."),
        ("x.xlsx", b"%PDF-1.7 rate,loss", "This is not a text file."),
        ("x.csv", xlsx({"Runs": "no sheet"}), "This spreadsheet cannot be read"),
        ("x.xlsx", xlsx({"Runs": [], "More": []}), "There is nothing in this table."),
    ],
)
def test_files_that_lie(page, tuned, name, content, error):
    answer = upload(page, tuned, name, content)
    assert answer.status_code == 422
    assert error in said(answer)


def test_a_viewer_imports_nothing(page, tuned):
    shown = preview(page, tuned, "rate,colour,loss\n0.7,red,1\n")
    Membership.objects.update(role=Role.VIEWER)
    assert run(page, tuned, shown).status_code == 403
    assert page.get(reverse("experiments:import", args=[tuned.pk])).status_code == 403
    assert tuned.trials.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_digits_runs_go_and_come_without_a_difference(page, ada):
    made = make_measured(
        ada, metric("loss"),
        parameters=[
            ParameterDraft(name="C", spec=float_range(1e-3, 1e3, log_scale=True)),
            ParameterDraft(name="gamma", spec=float_range(1e-6, 1e2, log_scale=True)),
        ],
        seed=1,  # What the model suggests is the same each time.
    )  # fmt: skip
    shown = preview(page, made, DIGITS.read_text())
    assert "200 new, 0 changed." in said(shown)
    run(page, made, shown)
    tasks.suggest(experiment_id=made.pk)
    ready = made.suggestions.ready().first()
    assert ready.node == GenerationNode.BOTORCH
    assert ready.predictions[0]["mean"] < 0.9  # As in the table, from 0.01 to 0.9.
    assert set(ready.parameters) == {p.key for p in made.parameters.all()}
    before = states_of(made)
    found = read_csv(page.get(reverse("experiments:trials_csv", args=[made.pk])))
    text = StringIO()
    writer = csv.DictWriter(text, found[0].keys())
    writer.writeheader()
    writer.writerows(found)
    shown = preview(page, made, text.getvalue())
    assert "every row is here already" in said(shown)
    assert rows(shown)[0] == "duplicate trial 0"
    without_numbers = "\n".join(line.partition(",")[2] for line in text.getvalue().splitlines())
    assert "every row is here already" in said(preview(page, made, without_numbers))
    assert states_of(made) == before
    with DIGITS.open() as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert [float(row["loss"]) for row in found] == losses
