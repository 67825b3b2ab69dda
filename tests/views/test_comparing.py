"""Trials, and experiments, side by side."""

import json
import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Direction, MetricRole, Result
from experiments.races import Quantity, Run, by_budget, by_trial, steps
from experiments.services import trials as trial_services
from tests.factories import (
    finish,
    float_range,
    make_experiment,
    make_measured,
    make_user,
    measured,
    metric,
    take,
)
from tests.views.test_starts import text_of

SIDE = "/experiments/compare/"


def beside(page, experiment, *trials: object) -> str:
    asked = {"trials": [str(trial) for trial in trials]}
    return text_of(page.get(reverse("experiments:compare", args=[experiment.pk]), asked))


def line(text: str, name: str) -> str:
    """The row of a table that begins with a name."""
    rows = re.findall(r"<tr.*?</tr>", text, re.S)
    return next(row for row in rows if re.search(rf'scope="row">{re.escape(name)}[ <]', row))


class TestTrials:
    @pytest.fixture
    def several(self, ada):
        made = make_measured(
            ada,
            metric("loss", unit="nat"),
            metric("latency", unit="ms", role=MetricRole.TRACKED, direction=Direction.MINIMIZE),
        )
        one, other, failed, _ = take(made, ada, (1,), (2,), (1,), (3,))
        trial_services.complete(one, values=measured(made, loss=0.5, latency=3.0), by=ada)
        (loss,) = made.objectives
        trial_services.complete(other, values={loss: Result(0.25, 0.125)}, by=ada)
        trial_services.fail(failed, by=ada, reason="It <b>broke</b>.")
        return made

    def test_results_parameters_and_what_differs(self, page, several):
        text = beside(page, several, 0, 1)
        loss = line(text, "loss")
        assert "nat" in loss
        assert "0.125" in loss
        assert "(−0.25)" in loss
        assert loss.count("best of these") == 1
        assert loss.index("best of these") > loss.index("0.25")
        assert "differs" in line(text, "x")
        assert "Not measured" in line(text, "latency")
        assert line(text, "from").count("exploring") == 2
        assert "best of these" not in line(text, "latency")
        assert f"{reverse('experiments:what_if', args=[several.pk])}?trial=1" in text

    def test_failed_and_running_ones(self, page, several):
        response = page.get(
            reverse("experiments:compare", args=[several.pk]), {"trials": "0,2 3;99"}
        ).content.decode()
        assert "It &lt;b&gt;broke&lt;/b&gt;." in response
        assert "There is no trial 99 in this experiment." in response
        assert "running" in line(response, "status")

    def test_equal_values_are_not_marked(self, page, several):
        assert "differs" not in line(beside(page, several, 0, 2), "x")

    def test_with_nothing_asked_it_offers_some(self, page, several, experiment):
        assert "Compare trials 1, 0" in beside(page, several)
        assert "Name two to 6 trials" in beside(page, experiment)

    def test_six_at_most(self, page, several, ada):
        take(several, ada, *[(n,) for n in range(5)])
        assert "6 trials fit side by side: 6, 7 are left out." in beside(page, several, *range(8))

    def test_they_are_ticked_in_the_table(self, page, several):
        text = text_of(page.get(several.get_absolute_url()))
        assert re.search(r'name="trials" value="1" form="compare-form"', text)

    def test_a_dependent_or_added_parameter_says_why_it_has_no_value(self, page, several, ada):
        several.parameters.create(
            name="later", position=1, kind="range", value_type="float", lower=0, upper=1
        )
        assert "the parameter was added later" in line(beside(page, several, 0, 1), "later")


def sided(page, *experiments) -> str:
    return text_of(page.get(SIDE, {"ids": [str(each.pk) for each in experiments]}))


def figures(text: str) -> list[dict]:
    found = re.search(r'data-figures="(.*?)"></div>', text, re.S)
    return json.loads(found[1]) if found else []


class TestExperiments:
    @pytest.fixture
    def rivals(self, ada):
        """Two that minimize booth, one with a narrower range, one with a budget."""
        found = []
        for name, upper, budget, results in (
            ("A <i>", 10.0, 10, (3.0, 5.0, 1.0)),
            ("B", 5.0, 4, (2.0, 0.5)),
        ):
            ranges = {"x1": float_range(-10, upper), "x2": float_range()}
            made = make_experiment(ada, name=name, parameters=ranges, trial_budget=budget)
            points = [(float(place), 1.0) for place in range(len(results))]
            for trial, mean in zip(take(made, ada, *points), results, strict=True):
                finish(trial, ada, mean)
            found.append(made)
        return found

    def test_the_best_of_each_and_of_all(self, page, rivals):
        text = sided(page, *rivals)
        best = line(text, "best booth")
        assert best.count("best of these") == 1
        assert "trial 2</a>" in best
        assert re.search(r"0\.5.*trial 1</a>.*best of these", best, re.S)
        assert "differs" in line(text, "x1")
        assert "differs" not in line(text, "x2")

    def test_the_figures(self, page, rivals):
        response = page.get(SIDE, {"ids": ",".join(str(each.pk) for each in rivals)})
        assert "A <i>" not in response.content.decode()
        trials, budget = figures(text_of(response))
        assert [trace["x"] for trace in trials["data"]] == [[0, 2], [0, 1]]
        assert [trace["y"] for trace in trials["data"]] == [[3.0, 1.0], [2.0, 0.5]]
        assert [trace["x"] for trace in budget["data"]] == [[10, 30], [25, 50]]
        assert len({trace["line"]["dash"] for trace in trials["data"]}) == 2
        assert len({trace["marker"]["symbol"] for trace in trials["data"]}) == 2

    def test_other_goals_are_not_drawn_together(self, page, ada, rivals):
        other = make_experiment(ada, name="Up", direction=Direction.MAXIMIZE)
        text = sided(page, rivals[0], other)
        assert "No two of them have an objective in common" in text
        assert figures(text) == []

    def test_too_few(self, page, rivals):
        for asked in ({}, {"ids": str(rivals[0].pk)}, {"ids": "x,²,99999999999"}):
            assert "Tick two to 6 experiments" in text_of(page.get(SIDE, asked))

    def test_none_of_other_teams(self, page, rivals):
        theirs = make_experiment(make_user("charlie"), name="Secret")
        text = sided(page, *rivals, theirs)
        assert "Secret" not in text
        assert "Tick two" in sided(page, rivals[0], theirs)

    def test_they_are_ticked_in_the_list(self, page, rivals):
        text = text_of(page.get("/"))
        assert f'name="ids" value="{rivals[0].pk}" form="compare-form"' in text
        assert f'action="{SIDE}"' in text

    def test_without_results(self, page, ada):
        text = sided(page, make_experiment(ada), make_experiment(ada, name="Other"))
        assert "There is nothing to draw yet" in text
        assert "no result yet" in text


results = st.lists(st.tuples(st.floats(-1e300, 1e300), st.booleans()), max_size=30).map(
    lambda pairs: [(place, *pair) for place, pair in enumerate(pairs)]
)


class TestRaces:
    @given(results, st.sampled_from(Direction))
    def test_steps_only_improve_and_end_at_the_best(self, found, direction):
        made = steps(Run(place=0, name="a", results=found, last=30), direction)
        counting = [value for _, value, counts in found if counts]
        values = [value for _, value in made]
        assert values == sorted(values, reverse=direction is Direction.MINIMIZE)
        assert len(set(values)) == len(values)
        pick = min if direction is Direction.MINIMIZE else max
        assert values[-1:] == ([pick(counting)] if counting else [])

    @given(results, st.text(max_size=300), st.integers(1, 1000))
    def test_any_names_and_results_can_be_drawn(self, found, name, budget):
        quantity = Quantity(name, name, Direction.MAXIMIZE)
        runs = [Run(place=p, name=name, results=found, last=40, budget=budget) for p in (0, 1)]
        for figure in (by_trial(quantity, runs), by_budget(quantity, runs)):
            assert figure is None or all(
                len(trace["x"]) == len(trace["y"]) == len(trace["text"]) for trace in figure["data"]
            )
