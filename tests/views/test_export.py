"""Exports: each is tested by doing with it what it is for."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from experiments.archive import NotAnArchive, read_archive
from experiments.domain import (
    Condition,
    MetricRole,
    ParameterKind,
    ParameterSpec,
    Relation,
    Result,
    ValueType,
)
from experiments.drafts import ParameterDraft
from experiments.models import Experiment, Membership, Observation, Role, Trial
from experiments.services import archives, lifecycle, trials
from tests.factories import (
    float_range,
    make_measured,
    make_user,
    metric,
    take,
)


def rich(ada) -> Experiment:
    """An experiment with something of everything."""
    made = make_measured(
        ada,
        metric("loss", unit="%"),
        metric("cost", role=MetricRole.CONSTRAINT, relation=Relation.AT_MOST, bound=3.0),
        metric("memory", role=MetricRole.TRACKED),
        name="Größe / “rich”",
        parameters=(
            ParameterDraft(name="x", spec=float_range(0.0, 1e22, key="a")),
            ParameterDraft(
                name="kind",
                spec=ParameterSpec(
                    key="b", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT,
                    values=("é", "<b>"),
                ),
            ),
            ParameterDraft(
                name="deep",
                spec=float_range(0.0, 1.0, key="c", condition=Condition("b", ("é",))),
            ),
        ),
        tags=("tag",),
    )  # fmt: skip
    lifecycle.set_command(made, template="run {x}", by=ada)
    lifecycle.edit_notes(
        made, notes="**notes**\n</textarea>", seen=lifecycle.fingerprint(made.notes), by=ada
    )
    runs = take(made, ada, (1.0, "é", 0.5), (1e22, "<b>", 0.1), (3.0, "é", 0.1), (4.0, "é", 0.2))
    by_name = {each.name: each for each in made.metrics.all()}
    results = {
        by_name["loss"]: Result(1e22, 0.5, (1e22, 1e22)),
        by_name["cost"]: Result(0.1 + 0.2),
        by_name["memory"]: Result(7.0),
    }
    trials.complete(runs[0], values=results, by=ada)
    trials.fail(runs[1], reason="it broke", is_avoided=True, by=ada)
    trials.delete(runs[2], by=ada)
    Trial.objects.filter(pk=runs[3].pk).update(tags=["later"])
    Observation.objects.create(trial=runs[0], metric=by_name["loss"], step=1, mean=2.5, sem=0.1)
    made.refresh_from_db()
    return made


def text_of(experiment: Experiment) -> str:
    return archives.text_of(experiment)


def restored(text: str, by, key=None) -> Experiment:
    team = by.teams.get()
    return archives.restore(read_archive(text), team=team, key=key or uuid.uuid4(), by=by)


def test_a_restored_experiment_is_equal_to_what_was_exported(ada):
    text = text_of(rich(ada))
    made = restored(text, ada)
    assert text_of(made) == text
    assert [t.number for t in made.trials.all()] == [0, 1, 3]
    assert made.trial_count == 4
    assert made.changes.count() == 1


def test_the_page_offers_all_forms_and_the_files_are_named_after_the_experiment(page, ada):
    made = rich(ada)
    shown = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    for name in ("export_whole", "export_script", "export_definition", "trials_csv"):
        address = reverse(f"experiments:{name}", args=[made.pk])
        assert address in shown
        assert page.get(address).status_code == 200
    answer = page.get(reverse("experiments:export_whole", args=[made.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="groe-rich.axdash.json"'
    assert answer["Cache-Control"] == "no-store"
    assert "“deep” applies only under a condition" in shown
    assert (
        reverse("experiments:export", args=[made.pk])
        in page.get(made.get_absolute_url()).content.decode()
    )


def test_a_viewer_may_export(client, ada):
    made = rich(ada)
    vera = make_user("vera")
    Membership.objects.create(team=made.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    for name in ("export", "export_whole", "export_script"):
        assert client.get(reverse(f"experiments:{name}", args=[made.pk])).status_code == 200


def test_restoring_shows_what_it_makes_and_makes_it_once(page, ada):
    text = text_of(rich(ada)).replace('"finished_by": "ada"', '"finished_by": "bob"')
    address = reverse("experiments:restore_archive")
    file = SimpleUploadedFile("e.json", text.encode())
    preview = page.post(address, {"file": file, "team": ada.teams.get().pk})
    shown = preview.content.decode()
    assert "3 trials (1 running, 1 completed, 1 failed)" in shown
    assert "their names are not kept: bob" in shown
    assert Experiment.objects.count() == 1
    sent = {
        "text": preview.context["text"].replace("\n", "\r\n"),
        "team": preview.context["team"].pk,
        "key": str(preview.context["key"]),
        "action": "restore",
    }
    first, second = page.post(address, sent), page.post(address, sent)
    assert first.status_code == 302
    assert first["Location"] == second["Location"]
    assert Experiment.objects.count() == 2
    assert page.get(first["Location"]).status_code == 200
    assert page.get(f"{first['Location']}history/").status_code == 200


def test_nobody_restores_into_a_team_of_others(page, ada):
    other = make_user("charlie").teams.get()
    sent = {"text": text_of(rich(ada)), "team": other.pk, "action": "restore"}
    assert page.post(reverse("experiments:restore_archive"), sent).status_code == 422
    assert Experiment.objects.count() == 1


def test_an_archive_pasted_as_a_definition_is_told_where_it_belongs(page, ada):
    answer = page.post(reverse("experiments:paste"), {"text": text_of(rich(ada))})
    assert answer.status_code == 422
    assert "Restore an export" in answer.content.decode()


def edited(text: str, *path, value) -> str:
    document = json.loads(text)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(document)


WRONG = [
    (("format",), "axdash-experiment/2", "newer"),
    (("status",), "gone", "status: “gone” is none of"),
    (("notes",), "\ud800", "half characters"),
    (("notes",), "a\x00", "NUL"),
    (("definition", "name"), "\ud800", "half characters"),
    (("definition", "description"), "\x00", "definition.description: the text has a NUL"),
    (("definition", "parameters"), [], "definition: "),
    (("trials", 1, "number"), 0, "trials[1].number: trial 0 is there twice"),
    (("trials", 0, "number"), 2**40, "trials[0].number"),
    (("trials", 0, "number"), True, "trials[0].number"),
    (("trials", 0, "created_at"), "2026-01-01", "trials[0].created_at"),
    (("trials", 0, "created_at"), None, "trials[0].created_at: it is missing"),
    (("trials", 0, "parameters", "x"), "1", "trials[0].parameters.x: 1 is no number"),
    (("trials", 0, "parameters", "y"), 1, "trials[0].parameters.y: there is no such parameter"),
    (("trials", 0, "results", "loss"), {"mean": 10**400}, "trials[0].results.loss.mean"),
    (("trials", 0, "results", "loss", "sem"), -1, "trials[0].results.loss.sem: -1 is negative"),
    (("trials", 0, "results", "gain"), {"mean": 1}, "there is no such metric"),
    (("trials", 0, "curves", "loss"), [[1, 2, 0], [1, 3, 0]], "a step is there twice"),
    (("trials", 0, "links"), [["javascript:alert(1)", "x"]], "trials[0].links[0]: a link starts"),
    (("trials", 0, "more"), 1, "trials[0].more: it is not known"),
    (("trials", 0), 7, "trials[0]: a trial is an object"),
    (("trials",), {}, "trials"),
    (("trial_count",), 1, "trial_count: 1 is too few"),
]


def test_what_is_wrong_is_told_with_its_place(ada):
    text = text_of(rich(ada))
    for path, value, expected in WRONG:
        with pytest.raises(NotAnArchive) as caught:
            read_archive(edited(text, *path, value=value))
        assert any(expected in each for each in caught.value.problems), caught.value.problems
    for bad in ("", "[" * 100_000, "{}", '{"a": 1, "a": 2}', "[NaN]", "7" * 10_000, "{"):
        with pytest.raises(NotAnArchive):
            read_archive(bad)


def test_wrong_files_are_answered_beside_the_field(page):
    address = reverse("experiments:restore_archive")
    for content in (b"\xff\xfe", b"{}", b'{"format": "axdash-experiment/1"}'):
        file = SimpleUploadedFile("e.json", content)
        answer = page.post(address, {"file": file, "team": page_team(page)})
        assert answer.status_code == 422
        assert "id_file_error" in answer.content.decode()


def page_team(page) -> int:
    return page.get(reverse("experiments:restore_archive")).context["form"].fields["team"].initial
