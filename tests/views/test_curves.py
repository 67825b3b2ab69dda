"""Learning curves in the browser's words: the trial's page, pasting, stopping early."""

import json
import re
from functools import partial

import pytest
from django.urls import reverse

from experiments.curves import Point, version_of
from experiments.models import Membership, Role, Trial
from experiments.services import curves, trials
from experiments.views.curve_figures import drawn_curves
from tests.factories import finish, make_measured, metric, take
from tests.views.streamed import read_csv


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


@pytest.fixture
def trial(ada, experiment, client):
    client.force_login(ada)
    return take(experiment, ada, (1, 2))[0]


def enter(trial, by, *means):
    points = [Point(float(step), mean) for step, mean in enumerate(means, 1)]
    seen = version_of(curves.curves_of(trial))
    curves.enter(trial, points={trial.experiment.objective: points}, seen=seen, by=by)


def hidden(name, text):
    """What a page has in a hidden field."""
    return re.search(rf'name="{name}" value="(\w+)"', text)[1]


def at(trial, step, value, **more):
    """What the fields of a step send."""
    return {"at-step": step, f"at-{trial.experiment.objective.key}": value} | more


def test_a_point_is_added_on_the_page_and_drawn(client, ada, trial):
    page = client.get(url("trial", trial)).content.decode()
    assert "No intermediate results" in page
    sent = at(trial, "1", "0,75", **{"at-seen": hidden("at-seen", page)})
    page = client.post(url("curve_step", trial), sent, follow=True).content.decode()
    assert "Trial 0, step 1: booth 0.75." in page
    assert "step 1: booth 0.75" in page  # In the history.
    assert 'value="2"' in page
    assert "curves of booth" in page


def test_a_pasted_block_is_shown_before_it_is_saved(client, ada, trial):
    sent = {"text": "step,booth\n1,0.9\n2,oops\n3,0.7"}
    answer = client.post(url("curve", trial), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 3: “oops” is not a number" in page
    assert "2,oops" in page
    page = client.post(url("curve", trial), sent | {"leaves_out": "1"}).content.decode()
    assert "Save 2 points" in page
    assert not trial.observations.exists()
    client.post(url("curve", trial), sent | {"leaves_out": "1", "save": "1"})
    assert [p.mean for p in curves.curves_of(trial)[trial.experiment.objective.key]] == [0.9, 0.7]


def test_a_block_says_what_it_replaces(client, ada, trial):
    enter(trial, ada, 0.5, 0.4, 0.3)
    sent = {"text": "1 0.5\n2 0.1\n7 0.2"}
    page = client.post(url("curve", trial), sent).content.decode()
    assert "1 of these steps has another value now, which is replaced." in page
    assert "of the curve go" not in page
    page = client.post(url("curve", trial), sent | {"is_whole": "1"}).content.decode()
    assert "1 other point of the curve goes." in page
    client.post(
        url("curve", trial), sent | {"is_whole": "1", "save": "1", "seen": hidden("seen", page)}
    )
    found = curves.curves_of(trial)[trial.experiment.objective.key]
    assert [p[:2] for p in found] == [(1.0, 0.5), (2.0, 0.1), (7.0, 0.2)]


def test_what_others_entered_is_told_and_what_was_typed_is_kept(client, ada, trial):
    enter(trial, ada, 0.5)
    sent = at(trial, "1", "0.6", **{"at-seen": "another"})
    page = client.post(url("curve_step", trial), sent).content.decode()
    assert "booth at step 1 is 0.5" in page
    assert 'value="0.6"' in page
    sent["at-seen"] = hidden("at-seen", page)
    page = client.post(url("curve_step", trial), sent, follow=True).content.decode()
    assert "Trial 0, step 1: booth 0.6 (it was booth 0.5)." in page
    assert trial.observations.get().mean == 0.6


def test_a_trial_is_stopped_early_and_counts_everywhere(client, ada, trial):
    enter(trial, ada, 0.5, 0.25)
    page = client.get(url("trial", trial)).content.decode()
    sent = {"how": "stop", "last": hidden("last", page)}
    page = client.post(url("curve_end", trial), sent, follow=True).content.decode()
    assert "stopped early: its last value is its result" in page
    assert "early stopped" in page
    page = client.get(trial.experiment.get_absolute_url()).content.decode()
    assert "1 done" in page
    assert re.search(r'class="best num[^>]*>0\.25<', page)
    assert client.get(url("correct", trial)).status_code == 200


def test_a_point_is_removed(client, ada, trial):
    enter(trial, ada, 0.5, 0.25)
    page = client.get(url("curve", trial)).content.decode()
    point = re.search(r'name="point" value="([^"]+)"', page)[1]
    client.post(url("curve_remove", trial), {"point": point, "seen": hidden("seen", page)})
    assert trial.observations.get().mean == 0.5


@pytest.mark.parametrize("is_htmx", [True, False])
@pytest.mark.parametrize(
    ("step", "value", "wrong", "said"),
    [
        ("-1", "1", "step", "negative"),
        ("1e999", "1", "step", "too large"),
        ("nan", "1", "step", "not a number"),
        ("", "1", "step", "Enter a number"),
        ("1", "1" * 400, "value", "too large"),
        ("1", "-inf", "value", "infinite"),
        ("1", "", "value", "Type the value"),
        ("1", "1,234", "value", "could be"),
        ("1", "3 ms", "value", "has the unit"),
    ],
)
def test_a_bad_step_is_told_beside_its_field(client, ada, trial, step, value, wrong, said, is_htmx):
    headers = {"HX-Request": "true"} if is_htmx else {}
    answer = client.post(url("curve_step", trial), at(trial, step, value), headers=headers)
    assert answer.status_code == 422
    page = answer.content.decode()
    ((field, typed),) = re.findall(r'id="([^"]+)"[^>]* value="([^"]*)"[^>]*aria-invalid', page)
    assert typed == (step if wrong == "step" else value)
    assert said in re.search(rf'id="{field}-error" role="alert">(.+?)</div>', page)[1]
    assert not trial.observations.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"text": "x\x00y"},
        {"text": "1 2", "metric": "m999999999999"},
        {"text": "7" * 500_001},
        {},
    ],
)
def test_a_bad_block_is_told_beside_its_field(client, ada, trial, sent):
    answer = client.post(url("curve", trial), sent | {"save": "1"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not trial.observations.exists()


def test_viewers_see_curves_and_enter_none(client, ada, trial):
    enter(trial, ada, 0.5)
    Membership.objects.filter(user=ada).update(role=Role.VIEWER)
    page = client.get(url("trial", trial)).content.decode()
    assert "Learning curve" in page
    assert "Stop early" not in page
    for name in ("curve", "curve_step", "curve_end", "curve_remove"):
        assert client.post(url(name, trial), {}).status_code == 403


def test_the_best_result_stands_behind_running_curves(client, ada, experiment, trial):
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    finish(trial, ada, 0.25)
    enter(other, ada, 0.6)
    page = client.get(url("trial", other)).content.decode()
    assert "Thin: other trials." in page
    assert Trial.objects.get(pk=other.pk).is_running


def test_all_curves_are_drawn_on_the_page_of_plots(client, ada, experiment, trial):
    page = reverse("experiments:plots", args=[experiment.pk])
    assert "Learning curves" not in client.get(page).content.decode()
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    finish(trial, ada, 0.25)
    enter(other, ada, 0.6, -0.5)
    figure = json.loads(client.get(page + "?curve-log-y=on").context["plots"].figures["curves"])
    assert [trace["name"] for trace in figure["data"]] == ["running", "the best trial"]
    assert figure["data"][0]["y"] == [0.6, None]
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_many_long_curves_are_drawn_with_few_points(ada, experiment, trial, monkeypatch):
    monkeypatch.setattr("experiments.views.curve_figures.MOST_DRAWN", 100)
    enter(trial, ada, *(-7.0 if step == 500 else float(step) for step in range(1000)))
    (curve,), of = drawn_curves(experiment.objective, most=5)
    assert of == 1
    assert len(curve.steps) <= 100
    assert (curve.steps[-1], min(curve.means), curve.of) == (1000, -7.0, 1000)


def as_htmx(client, name, trial, sent=None):
    headers = {"HX-Request": "true"}
    ask = client.get if sent is None else partial(client.post, data=sent)
    return ask(url(name, trial), headers=headers)


def test_the_row_of_a_running_trial_takes_a_step_and_tells_it(client, ada, experiment, trial):
    address = experiment.get_absolute_url()
    page = client.get(address).content.decode()
    assert f'hx-get="{url("curve_step", trial)}"' in page
    assert "Stop early" not in page
    fields = as_htmx(client, "curve_step", trial).content.decode()
    assert 'name="at-step" value="1"' in fields
    sent = at(trial, "10", "0,75", **{"at-seen": hidden("at-seen", fields)})
    answer = as_htmx(client, "curve_step", trial, sent)
    experiment.refresh_from_db()
    assert answer["AxDash-Revision"] == str(experiment.revision)
    told = answer.content.decode()
    assert "Trial 0, step 10: booth 0.75." in told
    assert f"/undo/{experiment.revision}/" in told
    assert 'name="at-step" value="11"' in told
    line = r'id="run-curve-0".*step 10: <b class="num">0\.75</b>.*Stop early'
    assert re.search(line, told, re.S)
    assert re.search(line, client.get(address).content.decode(), re.S)
    again = as_htmx(client, "curve_step", trial, sent).content.decode()
    assert "it was like that already" in again
    assert trial.observations.count() == 1


def test_a_step_without_htmx_leads_to_the_curve_and_back(client, ada, trial):
    assert client.get(url("curve_step", trial))["Location"] == url("curve", trial)
    page = client.post(url("curve_step", trial), at(trial, "1", "0.5", next="/experiments/"))
    assert page["Location"] == "/experiments/"


def test_several_metrics_are_entered_at_one_step_and_blank_ones_left_out(client, ada):
    client.force_login(ada)
    experiment = make_measured(ada, metric("loss", unit="nats"), metric("speed", unit="ms"))
    (trial,) = take(experiment, ada, (1,))
    loss, speed = (m.key for m in experiment.metrics.all())
    sent = {"at-step": "2,5", f"at-{loss}": "0.9 0.8 1.0", f"at-{speed}": "12 ms"}
    told = as_htmx(client, "curve_step", trial, sent).content.decode()
    assert "Trial 0, step 2.5: loss 0.9 nats, speed 12 ms." in told
    as_htmx(client, "curve_step", trial, {"at-step": "3", f"at-{loss}": "", f"at-{speed}": "11"})
    found = curves.curves_of(trial)
    assert [point.step for point in found[speed]] == [2.5, 3.0]
    ((step, mean, sem),) = found[loss]
    assert (step, round(mean, 9), round(sem, 3)) == (2.5, 0.9, 0.058)
    page = client.get(experiment.get_absolute_url()).content.decode()
    plain = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "loss 0.9 nats at step 2.5, speed 11 ms at step 3" in plain


def test_two_people_at_one_step_the_second_sees_both_and_decides(client, ada, trial):
    seen = hidden("at-seen", as_htmx(client, "curve_step", trial).content.decode())
    enter(trial, ada, 0.5)
    answer = as_htmx(client, "curve_step", trial, at(trial, "1", "0.6", **{"at-seen": seen}))
    assert answer.status_code == 422
    told = answer.content.decode()
    assert "booth at step 1 is 0.5. Save again to replace it with yours." in told
    assert 'value="0.6"' in told
    assert trial.observations.get().mean == 0.5
    # Another step is nobody else's: it needs no decision.
    other = as_htmx(client, "curve_step", trial, at(trial, "2", "1", **{"at-seen": seen}))
    assert other.status_code == 200
    sent = at(trial, "1", "0.6", **{"at-seen": hidden("at-seen", told)})
    assert as_htmx(client, "curve_step", trial, sent).status_code == 422  # Changed again since.
    sent["at-seen"] = version_of(curves.curves_of(trial))
    as_htmx(client, "curve_step", trial, sent)
    assert [p.mean for p in curves.curves_of(trial)[trial.experiment.objective.key]] == [0.6, 1.0]


def test_a_trial_is_stopped_in_its_row_and_brought_back(client, ada, experiment, trial):
    enter(trial, ada, 0.5, 0.25)
    page = client.get(experiment.get_absolute_url()).content.decode()
    sent = {"how": "stop", "last": hidden("last", page)}
    enter(trial, ada, 0.5, 0.25, 0.2)
    told = as_htmx(client, "curve_end", trial, sent).content.decode()
    assert "its curve was changed" in told
    sent["last"] = hidden("last", told)
    told = as_htmx(client, "curve_end", trial, sent).content.decode()
    assert "Trial 0 was stopped early: its last value is its result." in told
    (row,) = re.findall(r'<tr[^>]* id="finished-0".*?</tr>', told, re.S)
    assert re.search(r"\b0\.2\b", row)
    again = as_htmx(client, "curve_end", trial, sent)
    assert again.status_code == 200
    experiment.refresh_from_db()
    assert experiment.changes.filter(kind="trial_stopped_early").count() == 1
    client.post(reverse("experiments:undo", args=[experiment.pk, experiment.revision]))
    assert Trial.objects.get(pk=trial.pk).is_running
    assert len(curves.curves_of(trial)[experiment.objective.key]) == 3


def test_who_enters_a_step_too_late_is_told(client, ada, experiment, trial):
    as_htmx(client, "curve_step", trial)
    finish(trial, ada, 0.3)
    told = as_htmx(client, "curve_step", trial, at(trial, "1", "0.5")).content.decode()
    assert "Trial 0, step 1: booth 0.5. The trial is completed by now: its result stays." in told
    trials.delete(trial, by=ada)
    assert as_htmx(client, "curve_step", trial, at(trial, "2", "0.5")).status_code == 404
    assert client.post(url("curve_end", trial), {"how": "stop"}).status_code == 404


def test_a_value_of_a_metric_that_is_gone_is_asked_for_anew(client, ada, trial):
    sent = {"at-step": "1", "at-m99999999": "0.5"}
    answer = as_htmx(client, "curve_step", trial, sent)
    assert answer.status_code == 422
    assert "Type the value" in answer.content.decode()


def test_ten_thousand_pasted_points_with_bad_lines(client, ada, trial):
    lines = [f"{step}\t{1 / (step + 1):.5f}" for step in range(9_995)]
    bad = ["7\t1", "10001\tnan", "-4\t1", "10002", "oops\t3"]
    sent = {"text": "\n".join([*lines[:8], *bad * 100, *lines[8:]]), "leaves_out": "1"}
    page = client.post(url("curve", trial), sent | {"leaves_out": ""}).content.decode()
    assert "500 lines cannot be read" in page
    assert "Line 9: Step 7 stands in line 8 already." in page
    assert "And 480 more lines." in page
    assert "Save 9995 points" in client.post(url("curve", trial), sent).content.decode()
    client.post(url("curve", trial), sent | {"save": "1"})
    assert trial.observations.count() == 9_995
    page = client.get(url("trial", trial)).content.decode()
    drawn = re.search(r"up to ([\d,]+) points are drawn \(the longest has 9,995\)", page)[1]
    assert 1_000 < int(drawn.replace(",", "")) <= 2_000
    told = client.get(reverse("experiments:history", args=[trial.experiment_id])).content.decode()
    assert "curve of booth: 9,995 points added" in told


def test_the_curve_of_a_trial_is_drawn_on_the_axes_that_the_address_asks_for(client, ada, trial):
    enter(trial, ada, 0.5, 0.25)
    page = client.get(url("trial", trial) + "?curve-log-y=on").content.decode()
    assert re.search(r'name="curve-log-y" checked', page)
    assert "&quot;type&quot;:&quot;log&quot;" in page
    assert f"{url('trial_live', trial)}?curve-log-y=on" in page


def test_curves_follow_what_is_kept(client, ada, experiment, trial):
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    finish(trial, ada, 0.25)
    enter(other, ada, 0.6)
    x1, _ = experiment.parameters.all()
    page = reverse("experiments:plots", args=[experiment.pk])
    names = {
        query: [
            trace["name"]
            for trace in json.loads(client.get(page + query).context["plots"].figures["curves"])[
                "data"
            ]
        ]
        for query in ("", f"?b-{x1.key}=2:", f"?b-{x1.key}=:2", f"?b-{x1.key}=9:")
    }
    assert list(names.values()) == [
        ["running", "the best trial"],
        ["running"],
        ["the best trial"],
        [],
    ]


def test_all_points_of_the_trials_that_pass_are_a_file(client, ada, experiment, trial):
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    enter(other, ada, 1 / 3)
    address = reverse("experiments:plots_data", args=[experiment.pk])
    x1, _ = experiment.parameters.all()

    def lines(query):
        rows = read_csv(client.get(f"{address}?plot=curves{query}"))
        return [tuple(row.values()) for row in rows]

    every = [
        ("0", "running", "1.0", "0.5", ""),
        ("0", "running", "2.0", "0.25", ""),
        ("1", "running", "1.0", repr(1 / 3), ""),
    ]
    assert lines("") == every
    assert lines(f"&b-{x1.key}=2:") == every[2:]


def test_of_very_many_curves_the_best_and_running_ones_are_drawn(ada, experiment):
    made = take(experiment, ada, *[(float(x), 1.0) for x in range(-9, 10)])
    for trial in made:
        enter(trial, ada, 0.5)
    wanted = [made[17].pk, made[3].pk]
    drawn, of = drawn_curves(experiment.objective, first=wanted, most=6)
    numbers = {curve.number for curve in drawn}
    assert (len(drawn), of) == (6, 19)
    assert {3, 17} <= numbers
    only, of = drawn_curves(experiment.objective, first=wanted, only={made[3].pk}, most=6)
    assert ([curve.number for curve in only], of) == ([3], 1)
