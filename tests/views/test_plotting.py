"""The page of plots: what is drawn, of which trials, along which axes."""

import json

import pytest

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
