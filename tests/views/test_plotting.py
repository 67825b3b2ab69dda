"""The page of plots: what is drawn, of which trials, along which axes."""

import json
import re
from datetime import UTC, datetime

import pytest

from axdash.middleware import ZONE_COOKIE
from experiments.domain import Direction, MetricRole, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from experiments.services import trials
from tests.factories import (
    finish,
    float_range,
    make_measured,
    make_user,
    measured,
    metric,
    take,
)
from tests.views.streamed import read_csv

pytestmark = pytest.mark.django_db


def address(experiment, query=""):
    return f"/experiments/{experiment.pk}/plots/{query}"


def figures(response):
    return {name: json.loads(text) for name, text in response.context["plots"].figures.items()}


def numbers(figure):
    return sorted(int(n) for trace in figure["data"] for n in trace.get("ids", ()))


@pytest.fixture
def traded(ada):
    colour = ParameterSpec(
        key="n1",
        kind=ParameterKind.CHOICE,
        value_type=ValueType.TEXT,
        values=("<b>red</b>", "blue"),
    )
    rate = float_range(0.001, 1.0, key="n2", log_scale=True)
    experiment = make_measured(
        ada,
        metric("error", unit="%"),
        metric("speed", direction=Direction.MAXIMIZE),
        metric("memory", role=MetricRole.CONSTRAINT, bound=5.0),
        parameters=[
            ParameterDraft(name="colour", spec=colour),
            ParameterDraft(name="rate", spec=rate, unit="1/s"),
        ],
    )
    rows = [("<b>red</b>", 0.01, 9, 1, 1), ("blue", 0.1, 5, 5, 9), ("blue", 0.5, 3, 2, 2)]
    for trial, row in zip(take(experiment, ada, *[row[:2] for row in rows]), rows, strict=True):
        values = measured(experiment, error=row[2], speed=row[3], memory=row[4])
        trials.complete(trial, values=values, by=ada)
    return experiment


def test_each_plot_names_its_axes_and_says_how_to_read_it(page, traded):
    found = figures(page.get(address(traded)))
    assert set(found) == {
        "progress", "parallel", "by-parameter", "metrics", "hypervolume", "spread", "timeline",
    }  # fmt: skip
    assert all(figure["help"] for figure in found.values())
    layout = found["by-parameter"]["layout"]
    assert layout["yaxis"]["title"]["text"] == "error (%)"
    assert layout["xaxis"]["ticktext"] == ["&lt;b&gt;red&lt;/b&gt;", "blue"]
    assert numbers(found["metrics"]) == [0, 1, 2]


def test_axes_are_chosen_in_the_address(page, traded):
    rate = traded.parameters.get(name="rate").key
    memory = traded.metrics.get(name="memory").key
    found = figures(page.get(address(traded, f"?x={rate}&y={memory}&spread={rate}&across=time")))
    assert found["by-parameter"]["layout"]["xaxis"]["type"] == "log"
    assert found["by-parameter"]["layout"]["yaxis"]["title"]["text"] == "memory"
    assert found["progress"]["layout"]["xaxis"]["type"] == "date"
    assert sum(found["spread"]["data"][0]["y"]) == 3


def test_a_kept_range_filters_the_table_and_the_other_plots(page, traded):
    rate = traded.parameters.get(name="rate").key
    found = page.get(address(traded, f"?b-{rate}=0.08:"))
    assert numbers(figures(found)["progress"]) == [1, 2]
    assert [row.trial.number for row in found.context["plots"].table[1]] == [2, 1]
    assert "2 of 3 pass" in found.content.decode()
    nothing = page.get(address(traded, f"?b-{rate}=5:6"))
    assert "No trial passes through all that is kept." in nothing.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?x=nothing&y=%00&progress=m999",
        "?b-p1=a:b,,:,nan:1&b-=&page=x",
        "?page=99999999999999999999",
    ],
)
def test_what_makes_no_sense_does_not_count(page, traded, query):
    assert page.get(address(traded, query)).status_code == 200
    assert page.get(f"{address(traded)}live/{query}").status_code == 200


def test_without_results_the_page_says_what_to_do(page, ada, experiment):
    assert "No trial yet." in page.get(address(experiment)).content.decode()
    (trial,) = take(experiment, ada, (1.0, 2.0))
    trials.fail(trial, by=ada)
    answer = page.get(address(experiment))
    assert "No result yet." in answer.content.decode()
    assert numbers(figures(answer)["progress"]) == [0]


def test_one_result_and_equal_results_are_drawn(page, ada, experiment):
    for trial in take(experiment, ada, (1.0, 2.0), (1.0, 2.0)):
        finish(trial, ada, 3.0)
        found = figures(page.get(address(experiment)))
        assert all(figure["data"] for figure in found.values())


def test_others_do_not_see_it(client, experiment):
    client.force_login(make_user("bob"))
    assert client.get(address(experiment)).status_code == 404
    assert client.get(f"{address(experiment)}live/").status_code == 404


@pytest.fixture
def mixed(ada, experiment):
    """Results at x1 = 1, 2 and 3; one trial failed at 2.5, one runs at 9."""
    for trial, mean in zip(take(experiment, ada, (1, 0), (2, 0), (3, 0)), (1, 2, 3), strict=True):
        finish(trial, ada, mean / 3)
    failed, _ = take(experiment, ada, (2.5, 0), (9, 0))
    trials.fail(failed, by=ada, reason="=HYPERLINK(1)")
    return experiment


def keys_of(experiment):
    return experiment.parameters.get(name="x1").key, experiment.objective.key


def listed(answer):
    return [row.trial.number for row in answer.context["plots"].table[1]]


def test_a_range_of_a_parameter_keeps_what_failed_or_runs_and_one_of_a_metric_does_not(page, mixed):
    x1, booth = keys_of(mixed)
    assert listed(page.get(address(mixed))) == [4, 3, 2, 1, 0]
    by_parameter = page.get(address(mixed, f"?b-{x1}=2:"))
    assert listed(by_parameter) == [4, 3, 2, 1]
    assert numbers(figures(by_parameter)["progress"]) == [1, 2, 3]
    assert set(numbers(figures(by_parameter)["timeline"])) == {1, 2, 3, 4}
    assert "keeps only trials with a result" not in by_parameter.content.decode()
    by_metric = page.get(address(mixed, f"?b-{booth}=0.5:"))
    assert listed(by_metric) == [2, 1]
    assert "keeps only trials with a result" in by_metric.content.decode()
    assert listed(page.get(address(mixed, f"?b-{booth}=none"))) == [4, 3]


def test_a_typed_range_is_kept_and_let_go_without_a_script(page, mixed):
    x1, _ = keys_of(mixed)
    typed = page.get(address(mixed, f"?keep_axis={x1}&keep_from=1,5&keep_to=2.5&keep=1"))
    assert listed(typed) == [3, 1]
    assert f'<input type="hidden" name="b-{x1}" value="1.5:2.5">' in typed.content.decode()
    assert "from 1.5 to 2.5" in typed.content.decode()
    both = page.get(address(mixed, f"?b-{x1}=1.5:2.5&drop={x1}"))
    assert listed(both) == listed(page.get(address(mixed, f"?b-{x1}=9:&drop=all")))


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ("keep_from=abc&keep_to=2", "keep_from", "“abc” is not a number."),
        ("keep_from=3&keep_to=2", "keep_to", "This comes before the beginning."),
        ("keep_from=&keep_to=", "keep_from", "Say where the range begins"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field_and_stays_typed(
    page, mixed, typed, field, said
):
    x1, _ = keys_of(mixed)
    answer = page.get(address(mixed, f"?keep_axis={x1}&{typed}&keep=1"))
    form = answer.context["plots"].keeping
    assert said in form.errors[field][0]
    assert said in answer.content.decode()
    assert form["keep_to"].value() == typed.rpartition("=")[2]
    assert len(listed(answer)) == 5


def test_labels_are_typed_by_their_names(page, traded):
    colour = traded.parameters.get(name="colour").key
    blue = page.get(address(traded, f"?keep_axis={colour}&keep_from=Blue&keep_to=blue"))
    assert listed(blue) == [2, 1]
    green = page.get(address(traded, f"?keep_axis={colour}&keep_from=green"))
    assert "is not on this axis. It has: &lt;b&gt;red&lt;/b&gt;, blue." in green.content.decode()


def test_an_open_or_odd_end_stays_readable_for_the_browser(page, mixed):
    x1, _ = keys_of(mixed)
    for query in (f"?b-{x1}=2:", f"?b-{x1}=nan:3", f"?b-{x1}=-inf:inf", f"?b-{x1}=3:2"):
        text = page.get(address(mixed, query)).context["plots"].figures["parallel"]
        assert "Infinity" not in text
        assert "NaN" not in text


def test_the_file_holds_all_rows_that_pass_with_all_digits_and_no_formula(page, mixed):
    x1, _ = keys_of(mixed)
    rows = read_csv(page.get(f"{address(mixed)}data.csv?plot=progress"))
    assert [row["trial"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["booth"] for row in rows] == [repr(1 / 3), repr(2 / 3), "1.0", "", ""]
    assert [row["best so far"] for row in rows] == [repr(1 / 3)] * 3 + ["", ""]
    assert rows[3]["reason"] == "'=HYPERLINK(1)"
    assert {row["person"] for row in rows} == {"ada"}
    kept = read_csv(page.get(f"{address(mixed)}data.csv?b-{x1}=2.5:"))
    assert [row["trial"] for row in kept] == ["2", "3", "4"]


def test_the_file_of_several_objectives_has_the_hypervolume_and_how_constraints_stand(page, traded):
    rows = read_csv(page.get(f"{address(traded)}data.csv?plot=hypervolume"))
    assert [row["constraints"] for row in rows] == ["kept", "violated", "kept"]
    # The front is the last one, (3, 2): a tenth beyond it lies (3.3, 1.8).
    assert [float(row["hypervolume"]) for row in rows] == pytest.approx([0, 0, 0.3 * 0.2])
    said = figures(page.get(address(traded)))["hypervolume"]["help"]
    assert "Counted from error 3.3 %, speed 1.8: the thresholds, or else a tenth" in said


def test_times_are_those_of_the_time_zone_that_the_axis_names(page, mixed):
    moment = datetime(2024, 7, 1, 23, 30, tzinfo=UTC)
    mixed.trials.filter(status="completed").update(finished_at=moment, created_at=moment)
    page.cookies[ZONE_COOKIE] = "Asia/Tokyo"
    found = figures(page.get(address(mixed, "?across=time")))
    for name in ("progress", "timeline"):
        assert found[name]["layout"]["xaxis"]["title"]["text"] == "time (Asia/Tokyo)"
    (trace,) = [t for t in found["progress"]["data"] if t["name"] == "the best"]
    local = datetime.fromtimestamp(min(trace["x"]) / 1000, UTC)
    assert local == datetime(2024, 7, 2, 8, 30, tzinfo=UTC)
    starts = [x for t in found["timeline"]["data"] for x in t["x"] if x]
    assert "2024-07-02T08:30:00.000" in starts


def test_the_timeline_has_pages_of_trials(page, mixed, monkeypatch):
    monkeypatch.setattr("experiments.views.plot_panels.MOST_RUNS", 2)
    newest = page.get(address(mixed))
    assert set(numbers(figures(newest)["timeline"])) == {3, 4}
    assert "2 of 5 trials are drawn" in figures(newest)["timeline"]["help"]
    assert [value for value, _ in newest.context["plots"].run_choices] == ["0", "1", "2"]
    assert numbers(figures(page.get(address(mixed, "?runs=2")))["timeline"]) == [0]


def test_a_live_answer_names_each_row_so_that_the_others_stay(htmx, mixed):
    text = htmx.get(f"{address(mixed)}live/").content.decode()
    assert '<tbody id="plotted-rows" hx-swap-oob="keyed">' in text
    keys = re.findall(r'id="plotted-\d+" data-key="(\d+)"', text)
    assert keys == ["4", "3", "2", "1", "0"]
