"""The life of an experiment: moves, names, tags, notes, deleting, restoring, undoing."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from experiments import notes
from experiments.models import (
    Change,
    ChangeKind,
    Experiment,
    ExperimentStatus,
    Membership,
    Role,
    Trial,
)
from experiments.services import lifecycle, suggestions
from experiments.services.errors import Conflict, Refused
from tests.factories import ask, finish, make_experiment, make_user, store_ready, take

pytestmark = pytest.mark.django_db

RUNNING, PAUSED = ExperimentStatus.RUNNING, ExperimentStatus.PAUSED


def fresh(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def move(experiment, status, by):
    return lifecycle.change_status(experiment, status=status, by=by)


@pytest.mark.parametrize("start", ExperimentStatus)
@pytest.mark.parametrize("end", ExperimentStatus)
def test_a_status_can_be_reached_exactly_by_its_moves(ada, start, end):
    experiment = make_experiment(ada, status=start)
    if end in {move.to for move in lifecycle.MOVES[start]}:
        change = move(experiment, end, ada)
        assert change.before == {"status": start}
        assert change.after == {"status": end}
        assert not change.is_model_change
        assert fresh(experiment).status == end
    elif end == start:
        assert move(experiment, end, ada) is None
    else:
        with pytest.raises(Conflict, match=f"cannot become {end.label}"):
            move(experiment, end, ada)
        assert fresh(experiment).status == start


def test_every_status_is_left_again_and_leads_back_to_running():
    assert set(lifecycle.MOVES) == set(ExperimentStatus)
    for start, moves in lifecycle.MOVES.items():
        assert start is RUNNING or RUNNING in {move.to for move in moves}
        assert all(move.label and move.meaning.endswith(".") for move in moves)


def test_pausing_ends_the_waiting_and_nothing_is_handed_out(ada, experiment):
    waiting = ask(experiment, ada, 2)
    move(experiment, PAUSED, ada)
    waiting.refresh_from_db()
    assert waiting.missing == 0
    with pytest.raises(Refused, match="paused"):
        ask(experiment, ada)
    store_ready(experiment, (1, 1))  # A worker that was just done with one.
    assert not experiment.suggestions.exists()


def test_results_can_be_entered_while_paused(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    move(experiment, PAUSED, ada)
    assert finish(trial, ada, 3.0).status == "completed"


def test_resuming_queues_suggestions_and_keeps_the_ready_ones(ada, experiment):
    store_ready(experiment, (1, 1))
    move(experiment, PAUSED, ada)
    ProcrastinateJob.objects.all().delete()
    move(experiment, RUNNING, ada)
    waiting = ProcrastinateJob.objects.filter(queueing_lock=f"experiment:{experiment.pk}")
    assert waiting.count() == 1
    assert suggestions.missing_count(fresh(experiment)) == 2


def test_renaming_and_tagging_are_recorded_and_repeated_they_change_nothing(ada, experiment):
    change = lifecycle.rename(experiment, name="Better", by=ada)
    assert (change.before, change.after) == ({"name": "Booth"}, {"name": "Better"})
    assert lifecycle.rename(experiment, name="Better", by=ada) is None
    change = lifecycle.set_tags(experiment, tags=["a", "b"], by=ada)
    assert (change.before, change.after) == ({"tags": []}, {"tags": ["a", "b"]})
    assert lifecycle.set_tags(experiment, tags=["a", "b"], by=ada) is None
    assert fresh(experiment).revision == 3


@pytest.mark.parametrize("tags", [["x" * 51], [""], ["a,b"], ["a", "a"], list(map(str, range(21)))])
def test_tags_that_break_the_rules_are_refused(ada, experiment, tags):
    with pytest.raises(Refused):
        lifecycle.set_tags(experiment, tags=tags, by=ada)


def test_notes_edited_by_two_are_not_lost(ada, experiment):
    seen = lifecycle.fingerprint("")
    lifecycle.edit_notes(experiment, notes="mine", seen=seen, by=ada)
    with pytest.raises(Conflict):
        lifecycle.edit_notes(experiment, notes="theirs", seen=seen, by=ada)
    assert lifecycle.edit_notes(experiment, notes="mine", seen=seen, by=ada) is None
    assert fresh(experiment).notes == "mine"
    lifecycle.edit_notes(experiment, notes="both", seen=lifecycle.fingerprint("mine"), by=ada)
    assert fresh(experiment).notes == "both"


def test_each_change_can_be_undone_and_undone_again_is_nothing(ada, experiment):
    changes = [
        move(experiment, PAUSED, ada),
        lifecycle.rename(experiment, name="Other", by=ada),
        lifecycle.set_tags(experiment, tags=["t"], by=ada),
        lifecycle.edit_notes(experiment, notes="n", seen=lifecycle.fingerprint(""), by=ada),
    ]
    for change in changes:
        undone = lifecycle.undo(change, by=ada)
        assert (undone.kind, undone.undoes) == (change.kind, change.revision)
        assert lifecycle.undo(change, by=ada) is None
    now = fresh(experiment)
    assert (now.status, now.name, now.tags, now.notes) == (RUNNING, "Booth", [], "")


def test_undo_never_takes_away_what_came_later(ada, experiment):
    first = lifecycle.rename(experiment, name="First", by=ada)
    lifecycle.rename(experiment, name="Second", by=ada)
    with pytest.raises(Conflict, match="name changed again"):
        lifecycle.undo(first, by=ada)
    assert fresh(experiment).name == "Second"


def test_a_deleted_experiment_is_out_of_sight_until_it_is_restored(ada, experiment):
    waiting = ask(experiment, ada)
    for _ in range(2):
        lifecycle.delete(experiment, by=ada)
    deleted = fresh(experiment)
    assert not Experiment.objects.visible_to(ada).exists()
    assert list(Experiment.objects.deleted_of(ada)) == [experiment]
    assert deleted.deleted_by == ada
    assert lifecycle.days_left(deleted) == 30
    waiting.refresh_from_db()
    assert waiting.cancelled
    for _ in range(2):
        lifecycle.restore(experiment, by=ada)
    assert list(Experiment.objects.visible_to(ada)) == [experiment]
    assert fresh(experiment).deleted_by is None
    kinds = list(experiment.changes.order_by("revision").values_list("kind", flat=True))
    assert kinds[1:] == [ChangeKind.EXPERIMENT_DELETED, ChangeKind.EXPERIMENT_RESTORED]


def test_after_thirty_days_it_is_gone_with_all_that_belongs_to_it(ada, experiment):
    done, _ = take(experiment, ada, (1, 1), (2, 2))
    finish(done, ada, 1.0)
    Experiment.objects.filter(pk=experiment.pk).update(baseline=done)
    kept = make_experiment(ada, name="Kept")
    lifecycle.delete(experiment, by=ada)
    now = timezone.now()
    assert lifecycle.purge(now + timedelta(days=29, hours=23)) == 0
    assert lifecycle.purge(now + timedelta(days=30, hours=1)) == 1
    assert list(Experiment.objects.all()) == [kept]
    assert not Trial.objects.exists()
    assert not Change.objects.exclude(experiment=kept).exists()


@pytest.mark.django_db(transaction=True)  # As workers do, it lets go of its connection.
def test_the_worker_removes_what_is_due(ada, experiment):
    from experiments import tasks

    lifecycle.delete(experiment, by=ada)
    Experiment.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    tasks.purge(timestamp=0)
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RUNNER])
def test_only_editors_and_above_may(ada, experiment, role):
    renamed = lifecycle.rename(experiment, name="Other", by=ada)
    user = make_user("vera")
    Membership.objects.create(team=experiment.team, user=user, role=role)
    acts = [
        lambda: move(experiment, PAUSED, user),
        lambda: lifecycle.rename(experiment, name="x", by=user),
        lambda: lifecycle.set_tags(experiment, tags=["x"], by=user),
        lambda: lifecycle.edit_notes(experiment, notes="x", seen="", by=user),
        lambda: lifecycle.undo(renamed, by=user),
        lambda: lifecycle.delete(experiment, by=user),
        lambda: lifecycle.restore(experiment, by=user),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied, match=f"Your role .* is {role}"):
            act()
    assert fresh(experiment).revision == renamed.revision


# Notes as HTML.


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox(1))",
        "![x](javascript:alert(1))",
        '[x](http://a "onmouseover=alert(1) x=\\"")',
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        '<a href="http://a" onclick="alert(1)">x</a>',
        "<style>body{display:none}</style>",
        "<svg/onload=alert(1)>",
        '[a](http://x/"onmouseover="alert(1))',
    ],
)
def test_notes_never_run_anything(evil):
    from html.parser import HTMLParser

    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append(tag)
            for name, value in attrs:
                assert name in ("href", "title", "rel", "class", "start")
                assert name != "href" or value.lower().startswith(("http", "mailto:"))

    Reader().feed(notes.to_html(evil))
    assert not {"script", "img", "svg", "style", "iframe"} & set(found)


def test_notes_say_what_markdown_says():
    html = notes.to_html(
        "# Title\n\n**bold** [link](https://a.example) ![plot](https://a.example/p.png)\n\n"
        "| a | b |\n|---|--:|\n| 1 | 2 |\n"
    )
    assert "<h3>Title</h3>" in html
    assert "<strong>bold</strong>" in html
    assert '<a href="https://a.example" rel="noopener nofollow">link</a>' in html
    assert '<a href="https://a.example/p.png" rel="noopener nofollow">plot</a>' in html
    assert "<img" not in html
    assert '<td class="r">2</td>' in html


@given(st.text(alphabet=st.sampled_from("[]()<>!*_`#|-\\\"'&;:/ \n\tax1é\x00"), max_size=300))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_notes_of_any_text_are_harmless(text):
    html = notes.to_html(text)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html.lower()
