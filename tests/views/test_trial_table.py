"""The table of all trials: filters, order, columns, pages, the file, and acts on a selection."""

import csv
import html
import re
from datetime import date, timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.domain import MetricRole, Result, TrialStatus
from experiments.drafts import ParameterDraft
from experiments.models import Membership, Role
from experiments.services import trial_details, trials, undoing
from experiments.services.trial_states import states_of
from experiments.views.table_order import TableOrder
from tests.factories import (
    ParameterKind,
    ParameterSpec,
    ValueType,
    finish,
    float_range,
    make_measured,
    make_user,
    measured,
    metric,
    store_ready,
    take,
)


@pytest.fixture
def tuned(ada):
    """Six trials: three with results, a failed one of Ben's, two that run."""
    colour = ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("red", "=blue")
    )
    made = make_measured(
        ada,
        metric("loss", unit="nats"),
        metric("size", unit="MB", role=MetricRole.TRACKED),
        parameters=[
            ParameterDraft(name="rate", spec=float_range(0, 1)),
            ParameterDraft(name="colour", spec=colour),
        ],
        name="Tuned",
    )
    ben = make_user("ben")
    Membership.objects.create(team=made.team, user=ben, role=Role.RUNNER)
    points = [
        (0.1, "red"),
        (0.2, "=blue"),
        (0.3, "red"),
        (0.4, "red"),
        (0.5, "=blue"),
        (0.6, "red"),
    ]
    all_of_them = take(made, ada, *points)
    for trial, loss, size in zip(all_of_them[:3], (3.0, 1.0, 2.0), (10.0, None, 30.0), strict=True):
        results = {"loss": loss} | ({"size": size} if size else {})
        trials.complete(trial, values=measured(made, **results), by=ada)
    trials.fail(all_of_them[3], by=ben, reason="oven broke")
    trial_details.tag([all_of_them[1], all_of_them[4]], add=["fast"], by=ada)
    trial_details.set_notes(all_of_them[2], notes="smelled of *burnt*", seen="", by=ada)
    trial_details.assign([all_of_them[5]], to=ben, by=ada)
    yesterday = timezone.localdate() - timedelta(days=1)
    trial_details.set_due([all_of_them[4]], due_on=yesterday, by=ada)
    made.refresh_from_db()
    return made


def ask(page, experiment, query="", name="trials", **kwargs):
    return page.get(reverse(f"experiments:{name}", args=[experiment.pk]) + query, **kwargs)


def read_csv(answer):
    """The rows of a file that is streamed."""

    @async_to_sync
    async def received():
        return b"".join([part async for part in answer.streaming_content]).decode()

    return list(csv.DictReader(StringIO(received())))


def numbers_of(response):
    """The trials that are shown, from top to bottom."""
    return [int(n) for n in re.findall(r'<tr id="trial-(\d+)"', response.content.decode())]


def keys(experiment):
    found = {p.name: p.key for p in experiment.parameters.all()}
    return found | {m.name: m.key for m in experiment.metrics.all()}


def test_the_newest_stand_first(page, tuned):
    answer = ask(page, tuned)
    assert numbers_of(answer) == [5, 4, 3, 2, 1, 0]
    text = answer.content.decode()
    assert "oven broke<" not in text  # A column that has to be chosen.
    assert text.count(">overdue</span>") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=running", [5, 4]),
        ("status=running&status=failed", [5, 4, 3]),
        ("tag=fast", [4, 1]),
        ("overdue=on", [4]),
        ("person=mine", [4, 2, 1, 0]),
        ("person=nobody", []),
        ("q=burnt", [2]),
        ("q=oven", [3]),
        ("q=fast", [4, 1]),
        ("q=4", [4]),
        ("q=ben", [5, 3]),
        ("q=red", [5, 3, 2, 0]),
        ("q=RED%20oven", [3]),
        ("q=%25", []),
        ("q=%27%3B--%20%5C_%F0%9F%98%80", []),
        ("{rate}-from=0.2&{rate}-to=0,4", [3, 2, 1]),
        ("{loss}-to=2", [2, 1]),
        ("{size}-from=0", [2, 0]),
        ("{colour}=1", [4, 1]),
        ("{colour}=0&{colour}=1&status=completed", [2, 1, 0]),
        ("q=burnt&tag=fast", []),
    ],
)
def test_filters(page, tuned, query, found):
    answer = ask(page, tuned, "?" + query.format(**keys(tuned)))
    assert answer.status_code == 200
    assert numbers_of(answer) == found
    assert "Nothing matches" in answer.content.decode()


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("number", [0, 1, 2, 3, 4, 5]),
        ("{loss}", [1, 2, 0, 3, 4, 5]),
        ("-{loss}", [0, 2, 1, 3, 4, 5]),
        ("-{size}", [2, 0, 1, 3, 4, 5]),
        ("{rate}", [0, 1, 2, 3, 4, 5]),
        ("status", [0, 1, 2, 3, 4, 5]),
        ("due", [4, 0, 1, 2, 3, 5]),
        ("tags", [1, 4, 0, 2, 3, 5]),
        ("nonsense", [5, 4, 3, 2, 1, 0]),
        ("notes", [5, 4, 3, 2, 1, 0]),
        ("status&sort=-number", [2, 1, 0, 3, 5, 4]),
        ("{colour}&sort=-{loss}", [0, 2, 3, 5, 1, 4]),
        ("{colour}&sort={size}&sort=-{rate}", [0, 2, 5, 3, 4, 1]),
        ("-{colour}&sort=-{rate}", [4, 1, 5, 3, 2, 0]),
        ("tags&sort=-who&sort=number", [1, 4, 3, 5, 0, 2]),
        ("{colour}&sort=nonsense&sort=-{colour}&sort=-number", [5, 3, 2, 0, 4, 1]),
    ],
)
def test_order_and_missing_values_last(page, tuned, sort, found):
    answer = ask(page, tuned, f"?sort={sort.format(**keys(tuned))}")
    assert answer.status_code == 200
    assert numbers_of(answer) == found


def heads_of(response):
    """What each head says, and what a click on it asks for: alone, and with the others."""
    text = response.content.decode()
    return {
        " ".join(re.sub(r"<[^>]+>", "", said).split()): (
            re.findall(r'aria-sort="(\w+)"', head),
            *(parse_qs(urlsplit(html.unescape(link)).query).get("sort") for link in links),
        )
        for head, *links, said in re.findall(
            r'<th( [^>]*)?><a href="([^"]*)" data-then="([^"]*)">(.*?)</a>', text
        )
    }


def test_heads_order_alone_or_beside_others(page, tuned):
    k = keys(tuned)
    loss, rate = k["loss"], k["rate"]
    usual = heads_of(ask(page, tuned))
    assert usual["trial ↓"] == (["descending"], ["number"], ["number"])
    assert usual["rate"] == ([], [rate], [rate])
    alone = heads_of(ask(page, tuned, f"?sort={loss}"))
    assert alone["loss (nats) ↑"] == (["ascending"], [f"-{loss}"], [f"-{loss}"])
    assert alone["rate"] == ([], [rate], [loss, rate])
    two = heads_of(ask(page, tuned, f"?sort=-{loss}&sort={rate}"))
    assert two["loss (nats) ↓1"] == (["descending"], [loss], [rate])
    assert two["rate ↑2, then by this, ascending"] == ([], [rate], [f"-{loss}", f"-{rate}"])


def test_eight_columns_decide_at_most(page, tuned):
    text = ask(page, tuned, "?" + "&".join(f"sort=-{key}" for key in (
        "status", "who", "ended", "tags", "due", "taken", "origin", "reason", "number"
    ))).content.decode()  # fmt: skip
    assert text.count('<input type="hidden" name="sort"') == 8


def test_without_scripts_a_button_of_the_column_orders_too(page, htmx, tuned):
    k = keys(tuned)
    page.defaults.pop("HTTP_HX_REQUEST", None)
    text = ask(page, tuned, f"?sort={k['loss']}").content.decode()
    assert f'name="then" value="{k["rate"]}"' in text
    assert 'aria-label="Then order by rate"' in text
    answer = ask(page, tuned, f"?q=&sort={k['loss']}&then={k['rate']}")
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?sort={k['loss']}&sort={k['rate']}#column-{k['rate']}")
    text = page.get(answer["Location"]).content.decode()
    assert "rate is number 2 of the order, ascending: turn the order round" in text
    assert text.count('name="sort"') == 2


def test_htmx_gets_the_columns_anew_when_one_is_arranged(htmx, tuned):
    rate = keys(tuned)["rate"]
    answer = ask(htmx, tuned, f"?then={rate}")
    assert answer["HX-Push-Url"].endswith(f"?sort={rate}")
    assert 'id="trial-columns" hx-swap-oob="true"' in answer.content.decode()
    assert "Ordered by rate ↑." in answer.content.decode()
    moved = ask(htmx, tuned, f"?move={rate}:first")
    assert "rate is column 1 of 9." in moved.content.decode()
    assert f"?col={rate}&col=number" in moved["HX-Push-Url"]
    assert "trial-columns" not in ask(htmx, tuned, "?q=x").content.decode()


def test_the_usual_columns_come_back_and_the_filters_stay(page, htmx, tuned):
    asked = "?q=&tag=fast&col=number&sort=status&move=usual"
    answer = ask(htmx, tuned, asked)
    assert answer["HX-Push-Url"].endswith("trials/?tag=fast&sort=status")
    assert "The usual columns are shown." in answer.content.decode()
    page.defaults.pop("HTTP_HX_REQUEST")
    answer = ask(page, tuned, asked, follow=True)
    assert numbers_of(answer) == [1, 4]
    assert len(heads_of(answer)) == 9


@pytest.mark.parametrize(
    ("query", "said", "found"),
    [
        ("page=-1", "There is no such page: this is page 1.", [5, 4, 3, 2, 1, 0]),
        ("page=77", "There is no such page: this is page 1.", [5, 4, 3, 2, 1, 0]),
        ("page=x", "There is no such page: this is page 1.", [5, 4, 3, 2, 1, 0]),
        ("page=1e9&per=1e9", "There is no such page: this is page 1.", [5, 4, 3, 2, 1, 0]),
        ("page=" + "9" * 5000, "There is no such page: this is page 1.", [5, 4, 3, 2, 1, 0]),
        ("page=01", "", [5, 4, 3, 2, 1, 0]),
        ("sort=m999", "Nothing can be ordered by a column that is not there", [5, 4, 3, 2, 1, 0]),
        ("p999-from=3", "A filter is on a column that is not there any more", [5, 4, 3, 2, 1, 0]),
        ("col=p999&col=number", "A column that the address names is not there", [5, 4, 3, 2, 1, 0]),
        ("move=%22%3E:up&then=%22%3E", "", None),
        ("{rate}-from=1e-300&{rate}-to=1e300", "is too large", [5, 4, 3, 2, 1, 0]),
        ("{rate}-from=nan", "is not a number", [5, 4, 3, 2, 1, 0]),
        ("{loss}-from=-1e29&{loss}-to=1e29", "", [2, 1, 0]),
        ("q=%00", "Null characters", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_an_address_with_nonsense_is_answered_in_plain_words(page, tuned, query, said, found):
    answer = ask(page, tuned, "?" + query.format(**keys(tuned)), follow=True)
    assert answer.status_code in (200, 422)
    text = html.unescape(answer.content.decode())
    assert said in text
    assert said or 'class="caveat"' not in text
    assert found is None or numbers_of(answer) == found


def test_htmx_brings_what_is_wrong_with_a_field(htmx, tuned):
    key = keys(tuned)["rate"]
    text = html.unescape(ask(htmx, tuned, f"?{key}-from=x").content.decode())
    assert f'<p class="error" data-for="{key}-from">“x” is not a number.</p>' in text


@settings(max_examples=100)
@given(st.data())
def test_an_order_is_that_of_all_its_columns(data):
    """What comes first does so in the first column in which two trials differ."""
    cell = st.one_of(st.none(), st.integers(0, 2))
    rows = data.draw(st.lists(st.tuples(cell, cell, cell), max_size=12))
    asked = data.draw(st.lists(st.sampled_from(["a", "-a", "b", "-b", "c", "x", ""]), max_size=5))
    order = TableOrder.of(asked, {"a", "b", "c", "number"})
    places = {"a": 0, "b": 1, "c": 2}
    found = order.sorted(
        range(len(rows)),
        lambda key: lambda n: n if key == "number" else rows[n][places[key]],
    )

    def rank(n):
        values = [
            (n if r.key == "number" else rows[n][places[r.key]], r.is_down) for r in order.ranks
        ]
        return [(v is None, (-v if down else v) if v is not None else 0) for v, down in values], n

    assert found == sorted(range(len(rows)), key=rank)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{rate}-from=x", "“x” is not a number."),
        ("{rate}-from=2&{rate}-to=1", "This is below the beginning."),
        ("{loss}-to=1,234", "1,234"),
        ("{colour}=9", "There is no such value"),
        ("status=x", "There is no such status"),
        ("tag=gone", "No trial has this tag any more"),
        ("person=99999999", "This person has no trial here"),
    ],
)
def test_what_makes_no_sense_is_told_and_left_out(page, tuned, query, said):
    answer = ask(page, tuned, "?" + query.format(**keys(tuned)))
    assert answer.status_code == 422
    assert said in html.unescape(answer.content.decode())
    assert 4 in numbers_of(answer) or "from=2" in query


def test_columns_are_chosen_moved_and_kept(page, tuned):
    k = keys(tuned)
    query = f"?col=number&col={k['loss']}&col={k['rate']}&sort={k['loss']}"
    text = ask(page, tuned, query).content.decode()
    heads = re.findall(r"<th[^>]*><a[^>]*>\s*([^<]+?)\s*<", text)
    assert heads == ["trial", "loss (nats)", "rate"]
    moved = ask(page, tuned, f"{query}&move={k['rate']}:left")
    assert moved.status_code == 302
    assert f"col=number&col={k['rate']}&col={k['loss']}" in moved["Location"]


def test_each_filter_can_be_taken_away(page, tuned):
    k = keys(tuned)
    answer = ask(page, tuned, f"?tag=fast&{k['rate']}-from=0.3")
    assert numbers_of(answer) == [4]
    links = re.findall(r'<a class="tag" href="([^"]+)"', answer.content.decode())
    found = [numbers_of(page.get(html.unescape(link))) for link in links]
    assert found == [[5, 4, 3, 2], [4, 1]]


def test_the_order_is_told_and_can_be_taken_away(page, tuned):
    k = keys(tuned)
    answer = ask(page, tuned, f"?tag=fast&sort={k['rate']}&sort=-status")
    assert "by rate ↑, then status ↓" in answer.content.decode()
    *_, link = re.findall(r'<a class="tag" href="([^"]+)"', answer.content.decode())
    assert numbers_of(page.get(html.unescape(link))) == [4, 1]
    assert numbers_of(answer) == [1, 4]


def test_htmx_gets_the_rows_and_the_address_follows(htmx, tuned):
    answer = ask(htmx, tuned, "?q=burnt&status=")
    assert "<html" not in answer.content.decode()
    assert answer["HX-Push-Url"].endswith("?q=burnt")


def test_repeats_show_mean_and_spread(page, ada, tuned):
    again = take(tuned, ada, (0.1, "red"), (0.1, "red"))
    for trial, loss in zip(again, (4.0, 5.0), strict=True):
        trials.complete(trial, values=measured(tuned, loss=loss), by=ada)
    text = " ".join(re.sub(r"<[^>]+>", " ", ask(page, tuned).content.decode()).split())
    assert text.count("3×: 4 ± 1") == 3


def test_what_was_asked_for_stands_beside_what_was_used(page, ada, tuned):
    trial = tuned.trials.get(number=0)
    values = trial.parameters | {keys(tuned)["rate"]: 0.15}
    trial_details.use(trial, values=values, seen=trial.parameters, by=ada)
    text = " ".join(re.sub(r"<[^>]+>", " ", ask(page, tuned).content.decode()).split())
    assert "0.15 asked for: 0.1" in text


def test_the_file_has_all_that_pass_in_full(page, ada, tuned):
    trial = tuned.trials.get(number=0)
    loss = tuned.metrics.get(name="loss")
    trials.correct(
        trial, values=measured(tuned, size=10.0) | {loss: Result(0.1 + 0.2, 0.05)},
        seen=measured(tuned, loss=3.0, size=10.0), by=ada,
    )  # fmt: skip
    answer = ask(page, tuned, "?status=completed&status=failed", name="trials_csv")
    rows = read_csv(answer)
    assert [row["trial"] for row in rows] == ["0", "1", "2", "3"]
    assert rows[0]["loss (nats)"] == "0.30000000000000004"
    assert rows[0]["SEM of loss (nats)"] == "0.05"
    assert rows[1]["size (MB)"] == ""
    assert rows[1]["colour"] == "'=blue"
    assert rows[1]["tags"] == "fast"
    assert rows[2]["notes"] == "smelled of *burnt*"
    told = [rows[3][name] for name in ("status", "reason", "person")]
    assert told == ["failed", "oven broke", "ben"]


def test_pages_and_live_rows(page, htmx, ada, tuned):
    take(tuned, ada, *[(n / 100, "red") for n in range(60)])
    first = ask(page, tuned)
    assert len(numbers_of(first)) == 50
    assert numbers_of(ask(page, tuned, "?page=2")) == list(range(15, -1, -1))
    assert numbers_of(ask(page, tuned, "?page=999"))[-1] == 0
    live = ask(htmx, tuned, "?page=2", name="trials_live")
    assert 'hx-swap-oob="keyed"' in live.content.decode()


def test_an_empty_table_says_what_to_do(page, experiment):
    assert "No trial yet" in ask(page, experiment).content.decode()


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.dictionaries(st.sampled_from(["q", "status", "person", "tag", "sort", "col", "page",
                                        "move", "overdue", "rate-from", "loss-to", "colour"]),
                       st.text(max_size=8)))  # fmt: skip
def test_any_question_is_answered(page, tuned, query):
    k = keys(tuned)
    data = {
        "-".join([k.get(name.split("-")[0], name.split("-")[0]), *name.split("-")[1:]]): text
        for name, text in query.items()
    }
    for name in ("trials", "trials_live", "trials_csv"):
        assert page.get(reverse(f"experiments:{name}", args=[tuned.pk]), data).status_code < 500


def act(page, experiment, name, numbers=(), **data):
    return page.post(
        reverse("experiments:trials_act", args=[experiment.pk]),
        {"act": name, "trials": list(numbers), **data},
        follow=True,
    )


@pytest.mark.parametrize(
    ("name", "data", "said", "field", "value"),
    [
        ("fail", {"reason": "smoke", "is_avoided": "on"}, "2 trials failed.", "status", "failed"),
        ("abandon", {"reason": ""}, "2 trials abandoned.", "status", "abandoned"),
        ("assign", {"to": "nobody"}, "2 trials handed over.", "taken_by", None),
        ("due", {"due_on": "2031-05-04"}, "2 trials given a due date.", "due_on", date(2031, 5, 4)),
        (
            "tag",
            {"add": "slow, hot", "remove": "fast"},
            "2 trials tagged.",
            "tags",
            ["slow", "hot"],
        ),
    ],
)
def test_one_act_on_many_is_one_change_and_one_undo(page, tuned, name, data, said, field, value):
    before = states_of(tuned)
    question = act(page, tuned, name, [4, 5])
    assert "2 trials" in question.content.decode()
    done = act(page, tuned, name, ["4,5"], do="1", **data)
    assert said in done.content.decode()
    found = [getattr(trial, field) for trial in tuned.trials.filter(number__in=[4, 5])]
    assert found == [value, value]
    change = tuned.changes.first()
    assert change.trial_numbers == [4, 5]
    undoing.undo(tuned, revision=change.revision, by=tuned.team.members.get(username="ada"))
    assert states_of(tuned) == before


def test_results_of_many_at_once(page, tuned):
    k = keys(tuned)
    question = act(page, tuned, "complete", [0, 4, 5]).content.decode()
    assert "Enter the results of 2 trials" in question
    typed = {f"t4-{k['loss']}": "0,5", f"t5-{k['loss']}": "much"}
    bad = act(page, tuned, "complete", ["4,5"], do="1", **typed)
    assert bad.status_code == 422
    assert "“much” is not a number." in html.unescape(bad.content.decode())
    assert 'value="0,5"' in bad.content.decode()
    assert tuned.trials.running().count() == 2
    typed = {f"t4-{k['loss']}": "0,5", f"t4-{k['size']}": "7", f"t4-{k['loss']}-sem": "0.1"}
    done = act(page, tuned, "complete", ["4,5"], do="1", **typed)
    assert "1 trial completed. 1 stayed as before." in done.content.decode()
    four = tuned.trials.get(number=4)
    assert sorted(four.observations.values_list("mean", "sem")) == [(0.5, 0.1), (7.0, None)]
    assert tuned.trials.get(number=5).is_running


def test_all_that_match(page, tuned):
    done = act(page, tuned, "tag", all="1", query="status=completed", do="1", add="old")
    assert "3 trials tagged." in done.content.decode()
    assert [t.number for t in tuned.trials.filter(tags__contains=["old"])] == [0, 1, 2]


@pytest.mark.parametrize("name", ["compare", "carry"])
def test_a_selection_is_looked_at_by_viewers_too(page, tuned, name):
    Membership.objects.update(role=Role.VIEWER)
    for asked in ({"trials": ["0", "2"]}, {"all": "1", "query": "q=0 "}):
        numbers = "0,2" if "trials" in asked else "0"
        address = reverse("experiments:trials_act", args=[tuned.pk])
        answer = page.post(address, {"act": name, **asked})
        assert answer.url == f"{reverse(f'experiments:{name}', args=[tuned.pk])}?trials={numbers}"
        assert page.get(answer.url).status_code == 200
    assert "Select at least one trial first." in act(page, tuned, name).content.decode()


def test_too_many_to_compare_is_said(page, ada, tuned):
    take(tuned, ada, (0.7, "red"))
    said = act(page, tuned, "compare", all="1", query="").content.decode()
    assert "7 trials are selected. 6 can be compared at most." in said


def test_deleting_leaves_the_baseline(page, tuned):
    tuned.baseline = tuned.trials.get(number=0)
    tuned.save(update_fields=["baseline"])
    done = act(page, tuned, "delete", [0, 1, 2], do="1")
    assert "2 trials deleted. 1 stayed as before." in done.content.decode()
    assert "Undo" in done.content.decode()
    assert [t.number for t in tuned.trials.all()] == [0, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "numbers", "data", "said"),
    [
        ("fail", [], {}, "Select at least one trial first."),
        ("fail", [0, 1], {}, "None of the selected trials is running any more."),
        ("explode", [4], {}, "There is no such act."),
        ("assign", [4], {"do": "1", "to": "77"}, "not in the team any more"),
        ("due", [4], {"do": "1", "due_on": "soon"}, "Write a day such as 2031-05-04."),
        ("tag", [4], {"do": "1"}, "Type a tag"),
        ("tag", [4], {"do": "1", "add": "x" * 60}, "tag"),
        ("complete", [4], {"do": "1"}, "Type at least one trial’s results."),
        ("fail", [4], {"do": "1", "reason": "x" * 501}, "500 characters at most"),
        ("fail", ["x", "-1", "9" * 30], {}, "Select at least one trial first."),
    ],
)
def test_what_cannot_be_done_is_said(page, tuned, name, numbers, data, said):
    before = states_of(tuned)
    assert said in html.unescape(act(page, tuned, name, numbers, **data).content.decode())
    assert states_of(tuned) == before


def test_a_selection_says_what_has_become_of_it(page, ada, tuned):
    trials.delete(tuned.trials.get(number=0), by=ada)
    question = act(page, tuned, "tag", ["4", "1,2,0"], query="tag=fast&sort=number")
    text = html.unescape(question.content.decode())
    assert "Tag: 3 trials" in text
    assert "Trial 0 is not there any more, and left out." in text
    assert "Trial 2 is selected although the filters leave it out." in text
    assert "are selected although" not in act(page, tuned, "tag", [4, 2]).content.decode()
    grid = act(page, tuned, "complete", [0, 4, 5], query="q=fast").content.decode()
    assert "Trial 0 is not there any more" in grid
    assert "Trial 5 is selected although the filters leave it out." in grid
    look = html.unescape(act(page, tuned, "compare", [0, 1, 2], query="tag=fast").content.decode())
    assert "Trial 0 is not there any more" in look
    trials.delete(tuned.trials.get(number=1), by=ada)
    gone = act(page, tuned, "delete", [0, 1]).content.decode()
    assert "None of the selected trials is there any more: they were deleted." in gone
    assert "left out" not in act(page, tuned, "tag", all="1", query="tag=fast").content.decode()


def test_after_an_act_the_page_is_told_to_forget_the_selection(page, tuned):
    done = act(page, tuned, "tag", [4], do="1", add="new", query="tag=fast")
    assert done.redirect_chain[-1][0].endswith("trials/?tag=fast#done")
    assert act(page, tuned, "tag", [4]).redirect_chain == []


def test_sent_twice_is_one_act(page, tuned):
    act(page, tuned, "abandon", [4, 5], do="1")
    again = act(page, tuned, "abandon", [4, 5], do="1")
    assert "None of the selected trials is running any more." in again.content.decode()
    assert tuned.changes.filter(kind="trial_abandoned").count() == 1


def test_a_viewer_sees_the_table_and_acts_on_nothing(page, tuned):
    Membership.objects.update(role=Role.VIEWER)
    assert 'value="delete"' not in ask(page, tuned).content.decode()
    assert act(page, tuned, "delete", [4], do="1").status_code == 403
    assert tuned.trials.count() == 6


def test_statuses_are_all_offered(page, tuned):
    store_ready(tuned, (0.9, "red"))
    text = ask(page, tuned).content.decode()
    assert all(f'value="{status.value}"' in text for status in TrialStatus)
    finish(tuned.trials.get(number=4), tuned.team.members.get(username="ada"), 1.0)
