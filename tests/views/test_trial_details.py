"""What surrounds a trial’s result: who has it, other values, notes, tags, links, files."""

import html
import json
import re
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from experiments.file_types import is_lying, plain_name, tail_of, type_of
from experiments.models import Membership, Role, TrialFile
from experiments.services import trial_details, trials, undoing
from experiments.services.trial_states import states_of
from tests.factories import finish, make_experiment, make_user, take

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


@pytest.fixture
def ben(experiment):
    made = make_user("ben")
    Membership.objects.create(team=experiment.team, user=made, role=Role.RUNNER)
    return made


def url(name, trial, *more):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number, *more])


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def send(page, name, trial, *more, **data):
    response = page.post(url(name, trial, *more), data, follow=True)
    trial.refresh_from_db()
    return response


def keys(trial):
    return [parameter.key for parameter in trial.experiment.parameters.all()]


def test_claim_and_release(page, ada, ben, trial):
    trial_details.assign([trial], to=ben, by=ada)
    assert "ben has it" in said(page.get(url("trial", trial)))
    assert "You have trial 0 now." in said(send(page, "trial_claim", trial, to="me", seen=ben.pk))
    assert trial.taken_by == ada
    again = send(page, "trial_claim", trial, to="me", seen=ben.pk)
    assert "Nothing was changed" in said(again)
    assert 'name="to" value="nobody"' in again.content.decode()
    free = send(page, "trial_claim", trial, to="nobody", seen=ada.pk)
    assert "Trial 0 is free." in said(free)
    assert trial.taken_by is None
    assert 'name="seen" value=""' in free.content.decode()


def test_who_claims_later_is_told_who_has_it(page, ada, ben, trial):
    ben.first_name = "Ben <i>"
    ben.save()
    trial_details.assign([trial], to=ben, by=ben)
    for data in ({"to": "me", "seen": ""}, {"to": "nobody", "seen": ada.pk}, {"seen": "x"}):
        assert "Ben <i> has trial 0 by now." in said(send(page, "trial_claim", trial, **data))
        assert trial.taken_by == ben


def test_who_hands_over_later_sees_both_and_decides(page, ada, ben, trial):
    form = page.get(url("trial_who", trial)).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', form)[1]
    trial_details.hand_over(trial, to=ben, due_on=date(2031, 5, 4), by=ben)
    data = {"to": "nobody", "due_on": "2031-06-07", "seen": seen}
    late = send(page, "trial_who", trial, **data)
    assert late.status_code == 422
    assert "meanwhile: ben has trial 0, due on 2031-05-04." in said(late)
    assert 'value="2031-06-07"' in late.content.decode()
    assert trial.taken_by == ben
    data["seen"] = re.search(r'name="seen" value="([^"]*)"', late.content.decode())[1]
    assert "was noted" in said(send(page, "trial_who", trial, **data))
    assert (trial.taken_by, trial.due_on) == (None, date(2031, 6, 7))
    assert "Nothing was changed" in said(send(page, "trial_who", trial, **data))


def test_hand_over_with_a_day_is_one_act(page, ada, ben, trial):
    before = trial.experiment.changes.count()
    form = said(page.get(url("trial_who", trial)))
    assert "Who has it ada ben nobody" in form
    done = send(page, "trial_who", trial, to=str(ben.pk), due_on="2031-05-04")
    assert "due on 4 May 2031" in said(done)
    assert (trial.taken_by, trial.due_on) == (ben, date(2031, 5, 4))
    assert trial.experiment.changes.count() == before + 1
    undoing.undo(trial.experiment, revision=trial.experiment.changes.first().revision, by=ada)
    trial.refresh_from_db()
    assert (trial.taken_by, trial.due_on) == (ada, None)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"to": "nobody", "due_on": "tomorrow"}, "Write a day such as 2031-05-04."),
        ({"to": "99999999999", "due_on": ""}, "not in the team any more"),
        ({"to": "\x00", "due_on": "\x00"}, "Write a day"),
    ],
)
def test_bad_hand_overs_keep_what_was_typed(page, trial, data, error):
    response = send(page, "trial_who", trial, **data)
    assert response.status_code == 422
    assert error in said(response)


@pytest.mark.parametrize(("zone", "is_overdue"), [("UTC", False), ("Pacific/Auckland", True)])
def test_overdue_ones_stand_out_by_the_day_that_pages_show(
    page, ada, trial, settings, monkeypatch, zone, is_overdue
):
    trial_details.set_due([trial], due_on=date(2031, 5, 4), by=ada)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2031, 5, 4, 23, 30, tzinfo=UTC))
    settings.TIME_ZONE = zone
    page.force_login(ada)
    assert ("overdue" in said(page.get(url("trial", trial)))) == is_overdue
    assert ("overdue" in said(page.get(trial.experiment.get_absolute_url()))) == is_overdue


def test_other_values_were_used(page, ada, trial):
    finish(trial, ada, 5.0)
    one, two = keys(trial)
    form = page.get(url("trial_values", trial)).content.decode()
    assert 'name="seen"' in form
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', form)[1])
    done = send(page, "trial_values", trial, **{one: "1,5", two: "2", "seen": seen,
                                                "meant": "used", "reason": "the knob"})  # fmt: skip
    text = said(done)
    assert "x1 1.5 asked for: 1" in text
    assert "the knob" in text
    assert trial.parameters == {one: 1.5, two: 2.0}
    assert trial.requested == {one: 1.0, two: 2.0}


def test_a_correction_keeps_nothing_beside_it(page, trial):
    one, two = keys(trial)
    seen = json.dumps({one: 1.0, two: 2.0})
    send(page, "trial_values", trial, **{one: "3", two: "2", "seen": seen, "meant": "wrong"})
    assert (trial.parameters[one], trial.requested) == (3.0, None)


def test_values_outside_need_a_yes(page, trial):
    one, two = keys(trial)
    data = {one: "50", two: "2", "meant": "used", "seen": json.dumps({one: 1.0, two: 2.0})}
    refused = send(page, "trial_values", trial, **data)
    assert refused.status_code == 422
    assert "Tick this if these values are meant." in said(refused)
    assert 'value="50"' in refused.content.decode()
    send(page, "trial_values", trial, **data, is_outside="on")
    assert trial.parameters[one] == 50.0
    assert "outside" in said(page.get(url("trial", trial)))


def test_the_second_sees_both_values_and_decides(page, ada, ben, trial):
    one, two = keys(trial)
    old = json.dumps({one: 1.0, two: 2.0})
    trial_details.use(trial, values={one: 4.0, two: 2.0}, seen=trial.parameters, by=ben)
    data = {one: "3", two: "2", "meant": "used"}
    clash = send(page, "trial_values", trial, **data, seen=old)
    assert clash.status_code == 422
    assert "were changed meanwhile" in said(clash)
    assert "As they are now: x1 4 asked for: 1 x2 2" in said(clash)
    assert 'value="3"' in clash.content.decode()
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', clash.content.decode())[1])
    send(page, "trial_values", trial, **data, seen=seen)
    assert trial.parameters[one] == 3.0


@pytest.mark.parametrize("value", ["", "x", "9" * 400, "inf", "\x00", "1,234"])
def test_values_that_are_none_are_told_beside_the_field(page, trial, value):
    one, two = keys(trial)
    before = states_of(trial.experiment)
    response = send(page, "trial_values", trial,
                    **{one: value, two: "2", "meant": "used", "seen": "{}"})  # fmt: skip
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    assert states_of(trial.experiment) == before


@pytest.mark.parametrize("seen", ["", "[", "[]", "null", '{"a": 1e999}', "\ud800"])
def test_a_seen_that_makes_no_sense_loses_nothing(page, trial, seen):
    one, two = keys(trial)
    response = page.post(
        url("trial_values", trial),
        {one: "3", two: "2", "meant": "used", "seen": seen.encode("utf-8", "surrogatepass")},
    )
    assert response.status_code == 422


def test_notes_are_markdown_without_scripts(page, trial):
    send(page, "trial_notes", trial, notes="**hot** <script>alert(1)</script>", seen="")
    text = page.get(url("trial", trial)).content.decode()
    assert "<strong>hot</strong>" in text
    assert "<script>alert" not in text


def test_the_second_sees_both_notes_and_decides(page, ben, trial):
    trial_details.set_notes(trial, notes="Ben’s", seen="", by=ben)
    clash = send(page, "trial_notes", trial, notes="Ada’s", seen="")
    assert clash.status_code == 422
    text = clash.content.decode()
    assert "Ben’s</textarea>" in text
    assert "Ada’s</textarea>" in text
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', text)[1])
    send(page, "trial_notes", trial, notes="Ada’s", seen=seen)
    assert trial.notes == "Ada’s"


def test_tags_and_links(page, trial):
    send(page, "trial_tags", trial, add="fast, hot", remove="")
    send(page, "trial_tags", trial, add="", remove="hot")
    send(page, "trial_links", trial, links="https://runs.example/7 run seven\nhttp://x.example")
    text = page.get(url("trial", trial)).content.decode()
    assert trial.tags == ["fast"]
    assert '<a href="https://runs.example/7" rel="noopener nofollow">run seven</a>' in text
    assert '<a href="http://x.example"' in text


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "runs.example", "https://", "http://[", "\x00"],
)
def test_links_that_lead_nowhere_are_refused(page, trial, link):
    response = send(page, "trial_links", trial, links=link)
    assert response.status_code == 422
    assert trial.links == []


def upload(page, trial, *files):
    sent = [SimpleUploadedFile(name, content, "image/png") for name, content in files]
    return send(page, "trial_upload", trial, files=sent)


def test_images_are_shown_logs_too_others_are_saved(page, trial):
    text = said(upload(page, trial, ("a.png", PNG), ("b.log", b"step 1\n"), ("c.bin", b"\x00\x01")))
    assert "3 files added." in text
    image, log, other = trial.files.all()
    shown = page.get(url("trial", trial)).content.decode()
    assert shown.count("<img") == 1
    answers = [page.get(url("trial_file", trial, each.pk)) for each in (image, log, other)]
    assert [a["Content-Type"] for a in answers] == [
        "image/png", "text/plain; charset=utf-8", "application/octet-stream",
    ]  # fmt: skip
    assert [a["Content-Disposition"].split(";")[0] for a in answers] == [
        "inline", "inline", "attachment",
    ]  # fmt: skip
    assert all(a["X-Content-Type-Options"] == "nosniff" for a in answers)
    assert all("sandbox" in a["Content-Security-Policy"] for a in answers)
    assert answers[0].content == PNG


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.png", b"<html><script>alert(1)</script>"),
        ("x.svg", b"<svg onload='alert(1)'/>"),
        ("x.html", b"<script>alert(1)</script>"),
    ],
)
def test_a_file_that_lies_about_its_type_is_never_rendered(page, trial, name, content):
    text = said(upload(page, trial, (name, content)))
    answer = page.get(url("trial_file", trial, trial.files.get().pk))
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "<img" not in page.get(url("trial", trial)).content.decode()
    if name == "x.png":
        assert "is not what its name says" in text
        assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ((), "Choose a file first."),
        ((("empty.log", b""),), "“empty.log” is empty."),
        ((("big.log", b"x" * 5_000_001),), "“big.log” has more than 5 MB."),
        (tuple((f"{n}.log", b"x") for n in range(21)), "A trial can have 20 files at most."),
    ],
)
def test_files_that_cannot_be_kept(page, trial, files, error):
    assert error in said(upload(page, trial, *files))
    assert not TrialFile.objects.exists()


def test_the_same_files_sent_twice_are_there_once(page, trial):
    for _ in range(2):
        text = said(upload(page, trial, ("a.png", PNG), ("b.log", b"x")))
    assert "Nothing was changed" in text
    assert trial.files.count() == 2
    upload(page, trial, ("b.log", b"y"))  # Another one of that name.
    assert trial.files.count() == 3


def test_removing_a_file_is_undone(page, ada, trial):
    upload(page, trial, ("a.png", PNG))
    pk = trial.files.get().pk
    send(page, "trial_remove_file", trial, pk)
    assert page.get(url("trial_file", trial, pk)).status_code == 404
    undoing.undo(trial.experiment, revision=trial.experiment.changes.first().revision, by=ada)
    assert page.get(url("trial_file", trial, pk)).status_code == 200


def test_files_of_others_are_not_there(client, page, trial):
    upload(page, trial, ("a.png", PNG))
    carl = make_user("carl")
    client.force_login(carl)
    assert client.get(url("trial_file", trial, trial.files.get().pk)).status_code == 404
    other = take(make_experiment(carl), carl, (1, 2))[0]
    assert client.get(url("trial_file", other, trial.files.get().pk)).status_code == 404


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\run\\log.txt", "log.txt"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\x00\x07", "file"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
        ("y" * 300, "y" * 100),
        ("", "file"),
    ],
)
def test_names_of_files(name, plain):
    assert plain_name(name) == plain


def test_types_of_files():
    assert type_of(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert type_of(b"GIF89a") == "image/gif"
    assert type_of("naïve\n".encode()) == "text/plain"
    assert type_of(b"\xff\xfe") == "application/octet-stream"
    assert is_lying("a.PNG", "text/plain")
    assert not is_lying("a.weird", "text/plain")


def test_a_deleted_trial_says_so_and_comes_back(page, ada, trial):
    finish(trial, ada, 1.0)
    assert "It can be undone." in said(page.get(url("trial_delete", trial)))
    done = page.post(url("trial_delete", trial), {"reason": "a test"}, follow=True)
    assert "Trial 0 was deleted." in said(done)
    gone = page.get(url("trial", trial))
    assert gone.status_code == 404
    assert "Trial 0 was deleted" in said(gone)
    assert "a test" in said(gone)
    undo = re.search(r'action="([^"]*/undo/[^"]*)"', gone.content.decode())[1]
    page.post(undo, {"next": url("trial", trial)})
    assert page.get(url("trial", trial)).status_code == 200
    assert trial.observations.get().mean == 1.0


def test_the_baseline_is_not_deleted(page, trial):
    trial.experiment.baseline = trial
    trial.experiment.save()
    refused = page.post(url("trial_delete", trial), {"reason": ""})
    assert refused.status_code == 422
    assert "Trial 0 is the baseline" in said(refused)


ACTS = {
    "trial_who": {"to": "nobody", "due_on": ""},
    "trial_claim": {},
    "trial_notes": {"notes": "x", "seen": ""},
    "trial_tags": {"add": "x"},
    "trial_links": {"links": "https://x.example"},
    "trial_delete": {"reason": ""},
    "trial_upload": {"files": [SimpleUploadedFile("a.log", b"x")]},
}


@pytest.mark.parametrize("name", ACTS)
def test_after_the_role_was_taken_away(page, trial, name):
    before = states_of(trial.experiment)
    Membership.objects.update(role=Role.VIEWER)
    assert page.post(url(name, trial), ACTS[name]).status_code == 403
    assert states_of(trial.experiment) == before


@pytest.mark.parametrize("name", ACTS)
def test_after_the_trial_was_deleted(page, ada, trial, name):
    trials.delete(trial, by=ada)
    assert page.post(url(name, trial), ACTS[name]).status_code == 404


def test_sent_twice_is_one_act(page, trial):
    for _ in range(2):
        response = send(page, "trial_tags", trial, add="fast", remove="")
    assert "Nothing was changed" in said(response)
    assert trial.experiment.changes.filter(kind="trial_tagged").count() == 1


def test_next_leads_nowhere_else(page, trial):
    text = page.get(url("trial_who", trial) + "?next=javascript:alert(1)").content.decode()
    assert "javascript:" not in text


def test_notes_are_previewed_before_they_are_saved(page, trial):
    data = {"notes": "**hot** <script>alert(1)</script>", "seen": "", "preview": "1"}
    response = page.post(url("trial_notes", trial), data)
    text = response.content.decode()
    assert response.status_code == 200
    assert "<strong>hot</strong>" in text
    assert "<script>alert" not in text
    assert "**hot** &lt;script&gt;" in text  # Still in the field.
    trial.refresh_from_db()
    assert trial.notes == ""


def test_how_a_log_ends_is_shown_as_text(page, trial):
    lines = "".join(f"step {n}\n" for n in range(2_000))
    upload(page, trial, ("run.log", f"{lines}\x1b[31m<script>alert(1)</script>\x1b[0m é".encode()))
    text = page.get(url("trial", trial)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; é</pre>" in text
    assert "step 1999\n" in text
    assert "step 1\n" not in text
    assert "How it ends" in text


def test_an_image_that_calls_itself_a_log_is_only_downloaded(page, trial):
    upload(page, trial, ("a.log", PNG))
    text = page.get(url("trial", trial)).content.decode()
    assert "<img" not in text
    assert "not what its name says: only downloaded" in text


def test_a_cut_text_begins_with_a_whole_line():
    assert tail_of(b"\xa9 broken\nwhole\n", is_cut=True) == "whole\n"
    assert tail_of(b"one long line", is_cut=True) == "one long line"
    assert tail_of("a\r\nb\u202ec\x00".encode(), is_cut=False) == "a\nbc"
