"""Whole experiments, exported and restored: everything is there again, and told by the file."""

import html
import json
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.archiving.archive import NotAnArchive
from experiments.archiving.reader import read_archive
from experiments.models import (
    ArchiveUpload,
    Experiment,
    Membership,
    Parameter,
    Role,
    StoppingAdvice,
    Suggestion,
    Team,
    Trial,
    TrialFile,
)
from experiments.services import archive_uploads, experiments, restoring, trials, undoing
from experiments.services.errors import Refused
from experiments.services.trial_states import states_of
from tests.factories import make_experiment, make_user
from tests.views.test_deciding import conclude, store_enough
from tests.views.test_trial_table import read_csv
from tests.whole import PNG, full, restored, rich, text_of, without_restoring
from tests.whole_text import TEXT, edited, mangled


@pytest.fixture
def bob(ada):
    made = make_user("bob")
    Membership.objects.create(team=ada.teams.get(), user=made, role=Role.EDITOR)
    return made


def made_by(page):
    def concluded(experiment):
        experiment.refresh_from_db()
        store_enough(experiment)
        conclude(page, experiment, summary="It is done.")
        experiment.cards.all().delete()  # Workers make them afresh.

    return concluded


@pytest.fixture
def whole(page, ada, bob):
    return full(ada, bob, made_by(page))


_texts: list[str] = []


@pytest.fixture
def text(page, ada, bob, request):
    """The export of such an experiment, which is made once; what is made of it stays apart."""
    if not _texts:
        with transaction.atomic():
            _texts.append(text_of(full(ada, bob, made_by(page)), ada))
            transaction.set_rollback(True)
    return _texts[0]


@pytest.fixture
def carol(db):
    """Somebody in a team of her own, who has nothing of Ada's."""
    return make_user("carol")


def words(text: str) -> str:
    """What a reader sees of some HTML, but for times."""
    text = re.sub(r"<(script|style|time)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def said(response) -> str:
    """The main part of a page as a reader sees it."""
    return words(response.content.decode().partition("<main")[2].partition("</main>")[0])


def as_told(text: str) -> str:
    """The same without what tells a file's word from what happened here."""
    text = re.sub(r"\byou\b", "ada", text.replace(" (file)", ""))
    text = re.sub(r" ?Cannot be undone\. It came with a file[^.]*\.", "", text)
    text = re.sub(r"\b(Undo|Redo) ?", "", text)
    return " ".join(text.replace(" ,", ",").split())


def entries(client, experiment) -> list[str]:
    """The history, oldest first, in words."""
    found = []
    for number in (1, 2, 3):
        answer = client.get(reverse("experiments:history", args=[experiment.pk]), {"page": number})
        text = answer.content.decode()
        for each in re.findall(r'<div class="history-what">(.*?)</div>', text, re.S):
            found.append(as_told(words(each)))
        if answer.context["page"].paginator.num_pages == number:
            break
    return found[::-1]


def test_export_restore_export_gives_the_same_text(ada, whole):
    text = text_of(whole, ada)
    first = restored(text, ada)
    second = text_of(first, ada)
    assert without_restoring(second) == without_restoring(text)
    third = text_of(restored(second, ada), ada)
    assert json.loads(third)["history"][:-1] == json.loads(second)["history"]
    newest = json.loads(third)["history"][-1]
    assert (newest["kind"], newest["by"]) == ("experiment_brought", "ada")


def test_it_is_the_same_in_a_team_where_nobody_and_nothing_is_known(ada, carol, text):
    made = restored(text, carol)
    assert made.team == carol.teams.get()
    assert without_restoring(text_of(made, carol)) == without_restoring(text)
    assert made.auxiliary_sources.get().source is None
    assert made.trials.get(number=5).source is None


def test_the_history_says_the_same_and_whose_word_it_is(page, ada, whole):
    there = entries(page, whole)
    made = restored(text_of(whole, ada), ada)
    here = entries(page, made)
    assert len(there) == whole.revision
    assert here[:-1] == there
    assert "restored the experiment from a file with" in here[-1]
    shown = said(page.get(reverse("experiments:history", args=[made.pk])))
    assert "bob (file) entered a result" in shown
    assert "you restored the experiment from a file" in shown
    assert not made.changes.filter(revision__lt=made.revision).exclude(user=None).exists()
    only = page.get(reverse("experiments:history", args=[made.pk]), {"person": "told bob"})
    assert only.context["form"].errors == {}
    assert {each.change.told_by for each in only.context["entries"]} == {"bob"}


def test_pages_say_the_same(page, ada, whole):
    made = restored(text_of(whole, ada), ada)
    for name in ("definition", "learns_from", "decide", "notes"):
        there, here = (
            as_told(said(page.get(reverse(f"experiments:{name}", args=[each.pk]))))
            for each in (whole, made)
        )
        if name == "definition":  # One version more: that it was restored.
            there, here = (text.partition("Changed the definition")[2] for text in (there, here))
        assert here == there, name
    there, here = (
        read_csv(page.get(reverse("experiments:trials_csv", args=[each.pk])))
        for each in (whole, made)
    )
    assert str(here).replace(" (file)", "") == str(there)


def test_each_trial_says_the_same_about_how_it_came_about(page, ada, whole):
    made = restored(text_of(whole, ada), ada)
    for number in (0, 1, 2, 3, 5, 6):
        there, here = (
            page.get(reverse("experiments:trial", args=[each.pk, number])).context
            for each in (whole, made)
        )
        for name in ("why", "choice", "values", "curve", "story"):
            old, new = (
                {part.name: as_told(words(part.html)) for part in each["parts"]}
                for each in (there, here)
            )
            assert new.get(name) == old.get(name), (number, name)
    kept = Suggestion.objects.get(trial__experiment=made, trial__number=1)
    assert kept.expected[0].metric == made.objective.key
    assert kept.known is not None
    assert kept.known.best_means == {made.objective.key: 1.0}


def test_conclusions_choice_and_files_are_there_and_marked(page, ada, whole):
    made = restored(text_of(whole, ada), ada)
    there, here = (
        said(page.get(reverse("experiments:conclusion", args=[each.pk, 1])))
        for each in (whole, made)
    )
    note = "Nobody concluded it here: its names and numbers are those of the file."
    assert note in here
    assert note not in there
    assert "It is done." in here
    assert here.partition("What we conclude")[2] == there.partition("What we conclude")[2]
    markdown = page.get(reverse("experiments:conclusion_markdown", args=[made.pk, 1]))
    assert "It came with a file" in markdown.content.decode()
    choice = made.choice
    assert (choice.trial.number, choice.reason, choice.told_by) == (0, "It is the best.", "ada")
    assert choice.chosen_by is None
    files = TrialFile.objects.filter(trial__experiment=made)
    plot, log = files.order_by("pk")
    assert (plot.name, bytes(plot.content), plot.content_type) == ("plot.png", PNG, "image/png")
    assert (log.name, log.content_type, log.removed_at is None) == ("log.txt", "text/plain", False)
    address = reverse("experiments:trial_file", args=[made.pk, 0, plot.pk])
    assert page.get(address).status_code == 200
    assert made.is_direction_confirmed
    assert list(made.import_uses.values())[-1] == f"metric:{made.objective.key}"
    assert StoppingAdvice.objects.filter(experiment=made).exists()


def test_states_are_the_same_but_for_who_is_told(ada, whole):
    made = restored(text_of(whole, ada), ada)
    there, here = states_of(whole), states_of(made)
    assert there.keys() == here.keys()
    for number, old in there.items():
        new = here[number]
        same = ("exists", "status", "reason", "tags", "notes", "links", "due_on", "finished_at")
        assert {n: old[n] for n in same} == {n: new[n] for n in same}
        assert list(old["results"].values()) == list(new["results"].values())
        assert list(old["curves"].values()) == list(new["curves"].values())
        assert list(old["parameters"].values()) == list(new["parameters"].values())
        assert len(old["files"]) == len(new["files"])


def test_what_happened_to_trials_can_be_undone_here_and_nothing_else(page, ada, text):
    made = restored(text, ada)
    deleted = made.changes.get(kind="trial_deleted")
    gone = page.get(reverse("experiments:trial", args=[made.pk, 4]))
    assert gone.status_code == 404
    assert "bob (file) deleted" in said(gone)
    undoing.undo(made, revision=deleted.revision, by=ada)
    assert made.trials.filter(number=4).exists()
    removed = made.changes.filter(kind="files_changed").order_by("revision")[1]
    undoing.undo(made, revision=removed.revision, by=ada)
    assert TrialFile.objects.get(trial__experiment=made, name="log.txt").removed_at is None
    corrected = made.changes.get(kind="trial_corrected")
    undoing.undo(made, revision=corrected.revision, by=ada)
    for change in made.changes.filter(revision__lte=made.told_until):
        if "states" not in change.after:
            with pytest.raises(Refused):
                undoing.undo(made, revision=change.revision, by=ada)
    shown = said(page.get(reverse("experiments:history", args=[made.pk])))
    assert "only what happened to trials can be taken back from there" in shown
    for each in made.changes.all():
        answer = page.post(reverse("experiments:undo", args=[made.pk, each.revision]))
        assert answer.status_code == 302


def test_nobody_here_is_made_the_author_of_anything(page, ada, bob, text):
    text = text.replace('"ada"', '"bob"')
    made = restored(text, ada)
    assert not made.changes.filter(user=bob).exists()
    assert not Trial.everything.filter(experiment=made, finished_by=bob).exists()
    held = Trial.everything.filter(experiment=made, taken_by=bob)
    assert {(t.status, t.told_taken_by) for t in held} == {("running", "")}
    table = page.get(reverse("experiments:trials", args=[made.pk])).content.decode()
    assert "(file)</span>" in table
    assert page.get(made.get_absolute_url()).status_code == 200
    assert page.get(reverse("experiments:plots", args=[made.pk])).status_code == 200


def test_a_running_trial_can_be_taken_from_whom_the_file_names(ada, carol, text):
    made = restored(text, carol)
    three = made.trials.get(number=3)
    assert (three.taken_by, three.told_taken_by) == (None, "bob")
    results = dict.fromkeys((), 1.0)
    assert results == {}
    trials.abandon(three, by=carol)
    three.refresh_from_db()
    assert (three.finished_by, three.told_finished_by) == (carol, "")
    trials.reopen(made.trials.get(number=0), by=carol)
    zero = made.trials.get(number=0)
    assert (zero.told_finished_by, zero.finished_by) == ("", None)


def test_what_a_model_learnt_from_is_found_by_its_identity(page, ada, carol, whole):
    text = text_of(whole, ada)
    source = whole.auxiliary_sources.get().source
    made = restored(text, ada)
    assert made.auxiliary_sources.get().source == source
    assert made.trials.get(number=5).source.experiment == source
    assert "Source" in json.loads(text)["elsewhere"]["e1"]["name"]
    away = restored(text, carol)
    page.force_login(carol)
    shown = said(page.get(reverse("experiments:learns_from", args=[away.pk])))
    assert "Source, which is not here" in shown
    trial = said(page.get(reverse("experiments:trial", args=[away.pk, 5])))
    assert "of “Source”, which is not here" in trial
    brought = restored(text_of(source, ada), carol)
    assert brought.identity == source.identity
    again = restored(text, carol)
    assert again.auxiliary_sources.get().source == brought


def test_names_of_experiments_that_one_may_not_see_are_not_exported(ada, bob, whole):
    hidden = make_experiment(make_user("eve"), name="Secret")
    row = whole.auxiliary_sources.get()
    row.source = hidden
    row.save()
    elsewhere = json.loads(text_of(whole, ada))["elsewhere"]
    assert elsewhere["e1"] == {"identity": str(hidden.identity), "name": None}


def test_keys_of_parameters_that_are_gone_are_nobody_elses(ada, text):
    made = restored(text, ada)
    taken = {row.key for row in Parameter.objects.all()}
    newest = make_experiment(ada, name="After")
    later = {row.key for row in newest.parameters.all()}
    documents = made.changes.filter(kind="definition_edited").values_list("before", flat=True)
    keys = {each["key"] for side in documents for each in side["definition"]["parameters"]}
    gone = keys - {row.key for row in made.parameters.all()}
    assert len(gone) == 1
    assert not gone & (taken | later)


def test_the_preview_says_what_it_makes_and_makes_it_once(page, ada, bob, text):
    file = SimpleUploadedFile("e.json", text.encode())
    address = reverse("experiments:restore_archive")
    count = Experiment.objects.count()
    preview = page.post(address, {"file": file, "team": ada.teams.get().pk})
    shown = said(preview)
    assert "1 deleted trial, which the history can bring back" in shown
    assert "1 file of trials" in shown
    assert "The model learnt from “Source”: that is not here" in shown
    assert "for bob, who is in this team" in shown
    assert "ada, bob" in shown
    assert "kept for 60 minutes, for you alone" in shown
    assert Experiment.objects.count() == count
    upload = preview.context["upload"]
    sent = {"key": str(upload.key), "team": ada.teams.get().pk, "action": "restore"}
    page.force_login(bob)
    refused = page.post(address, sent)
    assert refused.status_code == 422
    assert "not kept any more" in said(refused)
    page.force_login(ada)
    first, second = page.post(address, sent), page.post(address, sent)
    assert first.status_code == 302
    assert first["Location"] == second["Location"]
    assert Experiment.objects.count() == count + 1
    assert not ArchiveUpload.objects.exists()
    for rest in ("", "history/", "decide/"):
        assert page.get(f"{first['Location']}{rest}").status_code == 200


def test_large_uploads_stay_on_the_disk_and_are_cleared_away(page, ada, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000
    text = text_of(rich(ada), ada)
    file = SimpleUploadedFile("e.json", b"\xef\xbb\xbf" + text.encode())
    address = reverse("experiments:restore_archive")
    preview = page.post(address, {"file": file, "team": ada.teams.get().pk})
    upload = preview.context["upload"]
    assert bytes(archive_uploads.source_of(upload)[:]) == b"\xef\xbb\xbf" + text.encode()
    old = upload.created_at - 2 * archive_uploads.KEPT
    ArchiveUpload.objects.update(created_at=old)
    sent = {"key": str(upload.key), "team": ada.teams.get().pk, "action": "restore"}
    assert page.post(address, sent).status_code == 422
    archive_uploads.purge()
    assert not ArchiveUpload.objects.exists()


def test_nobody_restores_into_a_team_of_others(page, ada):
    other = make_user("charlie").teams.get()
    address = reverse("experiments:restore_archive")
    text = text_of(rich(ada), ada)
    assert page.post(address, {"text": text, "team": other.pk}).status_code == 422
    shown = page.post(address, {"text": text, "team": ada.teams.get().pk})
    key = str(shown.context["upload"].key)
    sent = {"key": key, "team": other.pk, "action": "restore"}
    assert page.post(address, sent).status_code == 422
    assert Experiment.objects.count() == 1


def test_wrong_files_are_answered_beside_the_field(page, ada):
    address = reverse("experiments:restore_archive")
    for content in (b"\xff\xfe", b"", b"{}", b'{"format": "axdash-experiment/2"}'):
        file = SimpleUploadedFile("e.json", content)
        answer = page.post(address, {"file": file, "team": ada.teams.get().pk})
        assert answer.status_code == 422
        assert "id_file_error" in answer.content.decode()
    answer = page.post(address, {"action": "restore", "key": "x", "team": "y"})
    assert answer.status_code == 422


def test_archives_of_the_former_format_are_still_read(page, ada):
    document = json.loads(text_of(rich(ada), ada))
    kept = (
        "format", "definition", "status", "notes", "command", "trial_cost", "trial_cost_unit",
        "trial_count", "trials",
    )  # fmt: skip
    former = {name: document[name] for name in kept} | {"format": "axdash-experiment/1"}
    former["definition"] = {
        name: [{k: v for k, v in each.items() if k != "key"} for each in value]
        if name in ("parameters", "metrics")
        else value
        for name, value in former["definition"].items()
    }
    former["trials"] = [
        {k: v for k, v in trial.items() if k not in ("suggestion", "deleted_at")}
        for trial in former["trials"]
        if "deleted_at" not in trial
    ]
    made = restored(json.dumps(former), ada)
    assert [t.number for t in made.trials.all()] == [0, 1, 3]
    assert (made.trial_count, made.changes.count()) == (4, 1)
    again = json.loads(text_of(made, ada))
    for name, value in former.items():
        if name not in ("format", "definition"):
            assert again[name] == value, name
    for rest in ("", "history/", "definition/"):
        assert page.get(f"{made.get_absolute_url()}{rest}").status_code == 200
    with pytest.raises(NotAnArchive, match="history: it is not known"):
        read_archive(json.dumps(former | {"history": []}))


FORGED = [
    (("history", 3, "reason"), "<script>alert(1)</script>"),
    (("history", 0, "after", "definition", "name"), "<b>other</b>"),
    (("command",), "run {gone} $(rm)"),
    (("conclusions", 0, "document", "name"), "<script>alert(1)</script>"),
    (("conclusions", 0, "document", "summary"), "</p><script>alert(1)</script>"),
    (("conclusions", 0, "document", "front"), {"head": [], "rows": [], "trials": []}),
    (("conclusions", 0, "document", "progress"), []),
    (("files", 0, "name"), "../../<b>.html"),
    (("trials", 1, "taken_by"), "<i>ada</i>"),
    (("trials", 1, "finished_by"), "you"),
    (("trials", 0, "suggestion", "predictions"), []),
    (("trials", 0, "suggestion", "node"), "thompson"),
    (("elsewhere", "e1", "name"), "<script>alert(1)</script>"),
    (("import_uses",), {"x": "metric:m99", "y": "nonsense"}),
]


def check_pages(page, made) -> None:
    names = [
        "detail",
        "history",
        "definition",
        "decide",
        "learns_from",
        "trials",
        "plots",
        "export",
    ]
    addresses = [reverse(f"experiments:{name}", args=[made.pk]) for name in names]
    addresses += [
        reverse("experiments:trial", args=[made.pk, trial.number]) for trial in made.trials.all()
    ]
    addresses += [
        reverse(f"experiments:{name}", args=[made.pk, each.number])
        for each in made.conclusions.all()
        for name in ("conclusion", "conclusion_json", "conclusion_markdown")
    ]
    for address in addresses:
        answer = page.get(address)
        assert answer.status_code == 200, address
        if answer["Content-Type"].startswith("text/html"):
            assert "<script>alert" not in answer.content.decode()
            assert "<i>ada</i>" not in answer.content.decode()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_read_of_mangled_archives_can_be_looked_at(page, ada, data):
    """Most are refused; whatever is not makes an experiment like any other."""
    for _ in range(4):
        try:
            archive = read_archive(mangled(TEXT, data))
        except NotAnArchive:
            continue
        with transaction.atomic():
            team, key = ada.teams.get(), uuid.uuid4()
            made = restoring.restore(archive, team=team, key=key, by=ada)
            check_pages(page, made)
            for change in made.changes.all():
                page.post(reverse("experiments:undo", args=[made.pk, change.revision]))
            assert without_restoring(text_of(made, ada))
            transaction.set_rollback(True)
        return


def test_pages_of_forged_archives_stay_whole(page, ada, text):
    for path, value in FORGED:
        text = edited(text, *path, value=value)
    made = restored(text, ada)
    check_pages(page, made)


def test_the_direction_stays_open_where_it_was(ada):
    made = rich(ada)
    assert not restored(text_of(made, ada), ada).is_direction_confirmed
    experiments.confirm_direction(made, by=ada)
    assert restored(text_of(made, ada), ada).is_direction_confirmed
    assert Team.objects.count() == 1
