"""The history: everything that happened, in words, with undo."""

import html
import re
import uuid
from datetime import date, datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import Result
from experiments.forms.history import GROUPS
from experiments.models import ChangeKind, ExperimentStatus, Membership, Role, Trial
from experiments.services import (
    decisions,
    lifecycle,
    own_trials,
    trial_details,
    trials,
    undoing,
)
from experiments.services.acting import acting
from tests.factories import finish, make_experiment, make_measured, make_user, metric, take
from tests.views.entries import entries


def history(page, experiment, query=""):
    return page.get(reverse("experiments:history", args=[experiment.pk]) + query)


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


def test_results_and_corrections_are_told_with_units(page, ada):
    made = make_measured(ada, metric("loss", unit="nats"))
    (trial,) = take(made, ada, (1,))
    finish(trial, ada, 0.231)
    loss = made.objective
    trials.correct(
        trial, values={loss: Result(0.213, 0.01)}, seen={loss: Result(0.231)}, by=ada,
        reason="read the wrong line",
    )  # fmt: skip
    corrected, entered, taken, created = entries(history(page, made))
    assert "you corrected a result “" not in corrected
    assert "you corrected a result read the wrong line" in corrected
    assert "trial 0 : loss 0.231 nats → 0.213 ± 0.01 nats" in corrected
    assert "you entered a result trial 0 : loss 0.231 nats" in entered
    assert "you took suggestions trial 0 : x 1" in taken
    assert "you created the experiment" in created


ACTS = {
    "used": (
        lambda t, ada: trial_details.use(
            t, values=dict.fromkeys(t.parameters, 3.0), seen=t.parameters, by=ada
        ),
        "entered the values that were used trial 0 : x1 1 → 3, x2 2 → 3",
    ),
    "tags": (
        lambda t, ada: trial_details.tag([t], add=["fast", "hot"], by=ada),
        "changed a trial’s tags trial 0 : tags +fast +hot",
    ),
    "due": (
        lambda t, ada: trial_details.set_due([t], due_on=date(2031, 5, 4), by=ada),
        "set a due date trial 0 : due on 4 May 2031",
    ),
    "released": (
        lambda t, ada: trial_details.assign([t], to=None, by=ada),
        "handed over trial 0 : released by ada",
    ),
    "notes": (
        lambda t, ada: trial_details.set_notes(t, notes="*Hm*", seen="", by=ada),
        "edited a trial’s notes trial 0",
    ),
    "links": (
        lambda t, ada: trial_details.set_links(t, links=[("https://x.example", "run 9")], by=ada),
        "changed a trial’s links trial 0 : links +run 9",
    ),
    "failed": (
        lambda t, ada: trials.fail(t, by=ada, reason="smoke", is_avoided=True),
        "marked as failed smoke trial 0 : never to be suggested again",
    ),
    "deleted": (lambda t, ada: trials.delete(t, by=ada), "deleted trial 0"),
    "paused": (
        lambda t, ada: lifecycle.change_status(
            t.experiment, status=ExperimentStatus.PAUSED, by=ada
        ),
        "changed the status: running → paused",
    ),
    "renamed": (
        lambda t, ada: lifecycle.rename(t.experiment, name="New", by=ada),
        "renamed the experiment: “Booth” → “New”",
    ),
    "cost": (
        lambda t, ada: decisions.set_trial_cost(t.experiment, cost=2.0, unit="€", by=ada),
        "changed what a trial costs: none → 2 €",
    ),
    "added": (
        lambda t, ada: own_trials.add(
            t.experiment, parameters=t.parameters, key=uuid.uuid4(), by=ada
        ),
        "added a trial trial 1 : x1 1, x2 2",
    ),
}


@pytest.mark.parametrize(("act", "told"), ACTS.values(), ids=ACTS.keys())
def test_each_act_is_told(page, ada, trial, act, told):
    act(trial, ada)
    newest = entries(history(page, trial.experiment))[0]
    assert f"you {told}" in newest
    assert newest.endswith("Undo")


def test_undoing_from_the_history(page, ada, trial):
    finish(trial, ada, 7.0)
    address = reverse("experiments:history", args=[trial.experiment_id])
    revision = trial.experiment.changes.first().revision
    undo = reverse("experiments:undo", args=[trial.experiment_id, revision])
    answer = page.post(undo, {"next": f"{address}?kind=results"}, follow=True)
    assert answer.redirect_chain == [(f"{address}?kind=results", 302)]
    undid, entered = entries(answer)
    assert f"Undone by change {revision + 1}" in entered
    assert f"undid “entered a result” ( change {revision} )" in undid
    assert "trial 0 : completed → running; took booth 7 back" in undid
    assert undid.endswith("Redo")


def test_what_cannot_be_undone_says_why(page, ada, trial):
    finish(trial, ada, 7.0)
    booth = trial.experiment.objective
    trials.correct(trial, values={booth: Result(0.7)}, seen={booth: Result(7.0)}, by=ada)
    corrected, entered, taken, created = entries(history(page, trial.experiment))
    assert corrected.endswith("Undo")
    for each in (entered, taken):
        assert "Cannot be undone. Trial 0 was changed again since" in each
    assert "Cannot be undone. This is where the experiment started" in created


@pytest.fixture
def busy(ada, experiment):
    """Two people's acts on three trials."""
    ben = make_user("ben")
    Membership.objects.create(team=experiment.team, user=ben, role=Role.RUNNER)
    one, two, _ = take(experiment, ada, (1, 1), (2, 2), (3, 3))
    finish(one, ada, 1.0)
    trials.fail(two, by=ben)
    lifecycle.rename(experiment, name="New", by=ada)
    return experiment


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("?trials=0", ["entered", "took"]),
        ("?trials=1-2", ["marked", "took"]),
        ("?trials=1,+7", ["marked", "took"]),
        ("?kind=ends", ["marked"]),
        ("?kind=results&trials=1", []),
        ("?kind=experiment", ["renamed", "created"]),
        ("?person=nobody", ["renamed", "marked", "entered", "took", "created"]),
    ],
)
def test_filters(page, busy, query, kinds):
    found = entries(history(page, busy, query))
    assert [re.search(r"\b(?:you|ben) (\w+)", each)[1] for each in found] == kinds


def test_by_person(page, busy):
    ben = busy.team.members.get(username="ben")
    (failed,) = entries(history(page, busy, f"?person={ben.pk}"))
    assert "ben marked as failed" in failed


@pytest.fixture
def written(busy, ada):
    """The same, with words in many places."""
    one, two, three = busy.trials.all()
    trials.explain(two, by=ada, reason="The 50% fuse: blew_up (again)", is_avoided=False)
    trial_details.tag([three], add=["Hot"], by=ada)
    trial_details.set_notes(three, notes='Said "no" \\ left', seen="", by=ada)
    trial_details.set_links(one, links=[("https://x.example/run", "run nine")], by=ada)
    lifecycle.set_command(busy, template="python train.py --x {x1}", by=ada)
    decisions.choose(one, reason="Cheapest", seen=0, by=ada)
    undoing.undo(busy, revision=busy.changes.first().revision, by=ada)
    return busy


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("50%", ["marked"]),
        ("fuse BLEW_up", ["marked"]),
        ("(again)", ["marked"]),
        ("blew.up", []),
        ("hot", ["changed"]),
        ('"no" \\', ["edited"]),
        ("nine", ["changed"]),
        ("train.py", ["changed"]),
        ("cheapest", ["undid", "changed"]),
        ("ben", ["marked"]),
        ("New", ["renamed"]),
        ("renamed Booth", ["renamed"]),
        ("renamed fuse", []),
        ("suggestions", ["took"]),
    ],
)
def test_by_words(page, written, words, found):
    told = entries(history(page, written, f"?{urlencode({'q': words})}"))
    assert [re.search(r"\b(?:you|ben) (\w+)", each)[1] for each in told] == found


def test_by_the_name_of_who_is_only_told_of(page, busy):
    busy.changes.filter(kind=ChangeKind.EXPERIMENT_RENAMED).update(user=None, told_by="Grace")
    (renamed,) = entries(history(page, busy, "?q=grace"))
    assert "Grace (file) renamed" in renamed


def test_every_kind_of_act_can_be_asked_for():
    asked = {kind for _, kinds in GROUPS.values() for kind in kinds}
    undone = {ChangeKind.TRIALS_UNDONE, ChangeKind.DEFINITION_UNDONE}  # Found by what they undid.
    assert asked | undone == set(ChangeKind)


def test_any_words_are_looked_for(page, written):
    @settings(max_examples=30, deadline=None)
    @given(words=st.text(max_size=30) | st.text("\"\\'%_.*(){}[]$|?^@", max_size=30))
    def check(words) -> None:
        answer = history(page, written, f"?{urlencode({'q': words})}")
        is_usable = "\0" not in words
        assert answer.status_code == (200 if is_usable else 422)

    check()


def test_by_day(page, busy):
    newest = busy.changes.first()
    old = busy.changes.exclude(pk=newest.pk)
    old.update(created_at=datetime(2026, 3, 1, 23, 59, 59, tzinfo=get_current_timezone()))
    busy.changes.filter(revision=1).update(
        created_at=datetime(2026, 2, 28, 0, 0, 0, tzinfo=get_current_timezone())
    )

    def shown(query):
        return [int(each.split()[0]) for each in entries(history(page, busy, query))]

    revisions = [*range(newest.revision, 0, -1)]
    assert shown("?since=2026-03-01") == revisions[:-1]
    assert shown("?since=2026-03-01&until=2026-03-01") == revisions[1:-1]
    assert shown("?until=2026-02-28") == [1]
    assert shown("?since=0001-01-01&until=9999-12-31") == revisions


def test_a_link_leads_to_the_page_that_shows_a_change(page, ada, experiment):
    for number in range(60):
        lifecycle.rename(experiment, name=f"Name {number}", by=ada)
    first = entries(history(page, experiment, "?change=61"))
    assert first[0].startswith("61 ")
    (eleventh, *_) = entries(history(page, experiment, "?change=11"))
    assert eleventh.startswith("11 ")
    assert len(entries(history(page, experiment, "?change=%00&page=zwei"))) == 50
    assert history(page, experiment, "?change=99999999999999").status_code == 200
    undoing.undo(experiment, revision=61, by=ada)
    decisions.set_trial_cost(experiment, cost=1.0, unit="", by=ada)
    told = history(page, experiment, "?kind=undone").content.decode()
    assert (
        f'href="{reverse("experiments:history", args=[experiment.pk])}?change=61#change-61"' in told
    )


def test_names_are_those_of_today_and_people_who_are_gone_are_nobody(page, ada, trial):
    ben = make_user("ben")
    Membership.objects.create(team=trial.experiment.team, user=ben, role=Role.RUNNER)
    trial_details.assign([trial], to=ben, by=ben)
    finish(trial, ben, 7.0)
    trial.experiment.metrics.update(name="loss")
    ben.delete()
    entered, handed, *_ = entries(history(page, trial.experiment))
    assert "somebody who is gone entered a result trial 0 : loss 7" in entered
    assert "handed over trial 0 : ada → somebody who is gone" in handed
    assert entered.endswith("Undo")
    undoing.undo(trial.experiment, revision=trial.experiment.changes.first().revision, by=ada)
    assert "took loss 7 back" in entries(history(page, trial.experiment))[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("trials=x", "Write numbers of trials: 7, 12-20."),
        ("trials=9-3", "“9-3” is no range of trials."),
        ("trials=0-99999999", "Name 1,000 trials at most."),
        ("trials=99999999999", "Write numbers of trials"),
        ("kind=x", "There is no such kind"),
        ("person=%00", "This person did nothing here"),
        ("since=yesterday", "Write a day as 2026-11-30."),
        ("until=2026-02-30", "Write a day as 2026-11-30."),
        ("since=2026-02-02&until=2026-02-01", "This is before the first day."),
        (f"q={'x' * 201}", "at most 200 characters"),
    ],
)
def test_bad_filters_are_told_and_kept(page, busy, query, said):
    answer = history(page, busy, f"?{query}")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in html.unescape(text)
    assert len(entries(answer)) == 5
    if query.startswith("trials"):
        assert f'value="{query.partition("=")[2]}"' in text


def test_a_viewer_sees_no_buttons(page, busy):
    Membership.objects.update(role=Role.VIEWER)
    text = history(page, busy).content.decode()
    assert "/undo/" not in text
    assert "You may look" in text


def test_names_that_look_like_markup(page, ada):
    made = make_experiment(ada, objective="<b>loss</b>")
    (trial,) = take(made, ada, (1, 2))
    finish(trial, ada, 1.0)
    trials.reopen(trial, by=ada)
    trials.fail(trial, by=ada, reason="<script>alert(1)</script>")
    text = history(page, made).content.decode()
    assert "<script>alert" not in text
    assert "<b>loss" not in text


def test_open_pages_follow(htmx, ada, trial):
    finish(trial, ada, 7.0)
    answer = htmx.get(reverse("experiments:history_live", args=[trial.experiment_id]))
    assert 'hx-swap-oob="keyed"' in answer.content.decode()
    assert answer["AxDash-Revision"] == str(trial.experiment.changes.first().revision)


def test_an_act_on_very_many_trials_is_one_short_entry(page, ada, experiment):
    with acting(experiment.pk, kind=ChangeKind.TRIALS_IMPORTED, by=ada) as act:
        act.experiment.trial_count = 3000
        key = experiment.parameters.first().key
        act.added(
            Trial.objects.bulk_create(
                Trial(experiment=experiment, number=n, parameters={key: n}) for n in range(3000)
            )
        )
    answer = history(page, experiment)
    imported, _ = entries(answer)
    assert "imported a table: 3000 trials trial 0 : x1 0" in imported
    assert "and 2995 more trials, up to trial 2999" in imported
    assert len(answer.content) < 20_000
    undoing.undo(experiment, revision=2, by=ada)
    undone, imported, _ = entries(history(page, experiment))
    assert "Undone by change 3" in imported
    assert "trial 0 : deleted" in undone
    undone, _ = entries(history(page, experiment, "?trials=2998"))
    assert "undid “imported a table”" in undone


def test_pages_of_a_long_history(page, ada, experiment):
    for number in range(60):
        lifecycle.rename(experiment, name=f"Name {number}", by=ada)
    first = history(page, experiment)
    assert len(entries(first)) == 50
    assert "page 1 of 2" in first.content.decode()
    last = entries(history(page, experiment, "?page=99"))
    assert "created the experiment" in last[-1]
