"""Changing a definition in the browser: review, save, conflicts, versions and wider bounds."""

import html
import re

import pytest
from django.urls import reverse

from experiments.definition_rules import definition_problems
from experiments.domain import (
    Condition,
    Direction,
    GenerationNode,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.models import Experiment, Membership, Role, Suggestion
from experiments.services import experiments, lifecycle
from tests.factories import finish, float_range, make_experiment, make_user, store_ready, take

pytestmark = pytest.mark.django_db


def choice(key: str, *values: str) -> ParameterSpec:
    return ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=values
    )


def url(experiment: Experiment, name: str = "edit", *more: int) -> str:
    return reverse(f"experiments:{name}", args=[experiment.pk, *more])


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the page: its fields as they are, by name."""
    text = re.sub(r"<noscript>.*?</noscript>", "", text, flags=re.S)
    sent = {}
    for tag in re.findall(r"<input\b[^>]*>", text):
        name, value = (re.search(rf'\b{a}="([^"]*)"', tag) for a in ("name", "value"))
        kind = re.search(r'type="(\w+)"', tag)
        is_box = kind and kind[1] in ("checkbox", "radio")
        if name and (not is_box or re.search(r"\bchecked\b", tag)):
            sent[name[1]] = html.unescape(value[1]) if value else ("on" if is_box else "")
    for name, options in re.findall(
        r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.S
    ):
        chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        sent[name] = html.unescape((chosen or first)[1])
    for name, typed in re.findall(
        r'<textarea\b[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', text, re.S
    ):
        sent[name] = html.unescape(typed).strip("\n")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def _elements(tag: str, text: str) -> list[tuple[str, str]]:
    return re.findall(rf'<{tag}\b[^>]*name="([^"]*)"[^>]*>(.*?)</{tag}>', text, re.S)


def shown(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", response.content.decode())))


def opened(page, experiment: Experiment, query: str = "") -> dict[str, str]:
    response = page.get(url(experiment) + query)
    assert response.status_code == 200
    return fields(response.content.decode())


def review(page, experiment: Experiment, typed: dict[str, str]):
    return page.post(url(experiment), typed | {"action": "review"})


def save(page, experiment: Experiment, typed: dict[str, str], **more: str):
    reviewed = fields(review(page, experiment, typed).content.decode())
    return page.post(url(experiment), reviewed | more | {"action": "save"})


def fresh(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


@pytest.fixture
def mixed(ada):
    kernel = choice("", "rbf", "poly")
    rate = float_range(1e-5, 0.1, log_scale=True)
    depth = ParameterSpec(
        key="", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=1, upper=9
    )
    return make_experiment(
        ada, trial_budget=20, parameters={"lr": rate, "kernel": kernel, "depth": depth}
    )


def test_the_form_untouched_changes_nothing(page, mixed):
    response = review(page, mixed, opened(page, mixed))
    assert response.status_code == 200
    assert "Nothing differs from the definition yet." in shown(response)


def test_a_definition_with_everything_untouched(page, ada):
    draft = ExperimentDraft(
        name="All",
        parameters=(
            ParameterDraft(name="model", spec=choice("n1", "svm", "tree"), unit="kg"),
            ParameterDraft(
                name="C",
                spec=float_range(
                    1e-3, 1e3, log_scale=True, condition=Condition("n1", ("svm",)), key="n2"
                ),
                digits=2,
            ),
            ParameterDraft(name="a", spec=float_range(0.0, 1.0, step=0.25, key="n3", pinned=0.5)),
            ParameterDraft(name="b", spec=float_range(0.1, 1e22, key="n4", backfill=3.25)),
            ParameterDraft(
                name="sum",
                spec=ParameterSpec(
                    key="n5",
                    kind=ParameterKind.DERIVED,
                    value_type=ValueType.FLOAT,
                    terms=(Term("n3", 2.0), Term("n4", -0.1)),
                    intercept=1e-7,
                ),
            ),
        ),
        metrics=(
            MetricDraft(
                name="loss",
                spec=MetricSpec(key="q1", direction=Direction.MINIMIZE, weight=2.5),
                target=0.1,
            ),
            MetricDraft(name="acc", spec=MetricSpec(key="q2", direction=Direction.MAXIMIZE)),
            MetricDraft(
                name="time",
                spec=MetricSpec(
                    key="q3",
                    direction=Direction.MINIMIZE,
                    role=MetricRole.CONSTRAINT,
                    bound=10.0,
                    is_relative=True,
                ),
            ),
            MetricDraft(
                name="seen",
                spec=MetricSpec(key="q4", direction=Direction.MAXIMIZE, role=MetricRole.TRACKED),
            ),
        ),
        constraints=(
            ParameterConstraint(
                terms=(Term("n3"), Term("n4", -1.0)), relation=Relation.AT_MOST, bound=0.0
            ),
        ),
        is_weighted_sum=True,
        baseline_values={"n1": "tree", "n3": 0.5, "n4": 2.0},
        tags=("x y", "z"),
        seed=7,
    )
    assert not definition_problems(draft)
    experiment = experiments.create(draft=draft, team=ada.teams.get(), by=ada)
    response = review(page, experiment, opened(page, experiment))
    assert "Nothing differs from the definition yet." in shown(response)


def test_review_says_what_it_does_and_saves_nothing(page, ada, experiment):
    completed, running = take(experiment, ada, (9.0, 2.0), (8.0, 1.0))
    finish(completed, ada, 3.0)
    store_ready(experiment, (4.0, 5.0), (4.0, 6.0))
    before = fresh(experiment).revision
    text = shown(review(page, experiment, opened(page, experiment) | {"p1-upper": "5"}))
    assert "x1: upper bound 10 → 5" in text
    assert "1 completed trial lies outside from now on" in text
    assert f"Trial {completed.number}: x1: 9 lies above 5." in text
    assert "1 running trial lies outside from now on" in text
    assert f"Trial {running.number}: x1: 8 lies above 5." in text
    assert "2 ready suggestions will be computed again" in text
    assert fresh(experiment).revision == before


def test_saving_leads_back_with_the_reason_kept(page, experiment):
    typed = opened(page, experiment) | {"p1-upper": "50"}
    response = save(page, experiment, typed, reason="too <narrow>")
    assert response["Location"] == experiment.get_absolute_url()
    assert fresh(experiment).spec.parameters[0].upper == 50.0
    text = page.get(url(experiment, "definition")).content.decode()
    assert "too &lt;narrow&gt;" in text
    assert "upper bound 10 → 50" in text


def test_running_trials_that_now_lie_outside_can_be_ended(page, ada, experiment):
    take(experiment, ada, (9.0, 2.0), (1.0, 1.0))
    save(page, experiment, opened(page, experiment) | {"p1-upper": "5"}, abandon="0")
    assert [t.status for t in experiment.trials.all()] == ["abandoned", "running"]


def test_trials_that_lie_outside_are_marked_with_the_reason(page, ada, experiment):
    inside, best = take(experiment, ada, (1, 1), (9, 1))
    finish(inside, ada, 2.0)
    finish(best, ada, 1.0)
    take(experiment, ada, (8, 2))
    assert "outside" not in shown(page.get(experiment.get_absolute_url()))
    save(page, experiment, opened(page, experiment) | {"p1-upper": "5"})
    text = re.sub(r"\s+", " ", page.get(experiment.get_absolute_url()).content.decode())
    assert text.count(">outside<") == 2  # The best one and the running one.
    assert "It lies outside the search space as it is now. x1: 9 lies above 5." in text
    assert 'title="x1: 8 lies above 5. The model still learns from it."' in text


def test_trials_that_the_model_cannot_learn_from_are_marked(page, ada, experiment):
    finish(take(experiment, ada, (1, 1))[0], ada, 2.0)
    more = {"p3-name": "x3", "p3-kind": "float", "p3-lower": "0", "p3-upper": "9"}
    save(page, experiment, opened(page, experiment) | more)
    text = shown(page.get(experiment.get_absolute_url()))
    assert "not in the model: It has no value for “x3”." in text
    assert "The model does not learn from it. It has no value for “x3”." in text


def test_trials_without_a_result_for_a_new_objective_are_counted(page, ada, experiment):
    for trial in take(experiment, ada, (1, 1), (2, 2)):
        finish(trial, ada, 2.0)
    typed = opened(page, experiment) | {"m2-name": "latency", "m2-goal": "minimize"}
    assert "2 completed trials have no result for latency" in shown(review(page, experiment, typed))
    save(page, experiment, typed)
    text = shown(page.get(experiment.get_absolute_url()))
    assert "once a trial has a result for each objective" in text
    again = opened(page, experiment) | {"m2-goal": "maximize"}
    assert "no result for" not in shown(review(page, experiment, again))


def test_a_retired_parameter_puts_no_trial_outside(page, ada, experiment):
    finish(take(experiment, ada, (1, 1))[0], ada, 2.0)
    save(page, experiment, opened(page, experiment) | {"p1-pinned": "5"})
    assert "outside" not in shown(page.get(experiment.get_absolute_url()))


def test_saving_something_else_than_was_reviewed_is_reviewed_first(page, experiment):
    typed = opened(page, experiment) | {"p1-upper": "50"}
    reviewed = fields(review(page, experiment, typed).content.decode())
    response = page.post(url(experiment), reviewed | {"p1-upper": "60", "action": "save"})
    assert "changed after the review" in shown(response)
    assert "upper bound 10 → 60" in shown(response)
    assert fresh(experiment).spec.parameters[0].upper == 10.0


def test_saving_twice_is_one_change(page, experiment):
    typed = opened(page, experiment) | {"p1-upper": "50"}
    reviewed = fields(review(page, experiment, typed).content.decode()) | {"action": "save"}
    page.post(url(experiment), reviewed)
    assert page.post(url(experiment), reviewed).status_code == 302
    assert experiment.changes.count() == 2


def test_a_new_parameter_offers_the_value_of_earlier_trials(page, ada, experiment):
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    typed = opened(page, experiment)
    more = fields(page.post(url(experiment), typed | {"action": "add"}).content.decode())
    assert "p3-backfill" in more
    assert "p1-backfill" not in more
    more |= {"p3-name": "depth", "p3-kind": "int", "p3-lower": "3", "p3-upper": "10"}
    text = shown(review(page, experiment, more))
    assert "1 completed trial has none and will be left out of the model" in text
    more |= {"p3-backfill": "5"}
    text = shown(review(page, experiment, more))
    assert "depth: new parameter, integer from 3 to 10; earlier trials had 5" in text
    assert "left out" not in text
    save(page, experiment, more)
    assert fresh(experiment).spec.parameters[2].backfill == 5


def test_retiring_a_parameter(page, ada, experiment):
    [trial] = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 3.0)
    typed = opened(page, experiment) | {"p2-pinned": "0.5"}
    text = shown(review(page, experiment, typed))
    assert "x2: retired: fixed at 0.5 from now on" in text
    assert "lies outside" not in text
    save(page, experiment, typed)
    assert fresh(experiment).spec.parameters[1].pinned == 0.5


def test_what_would_lose_data_is_refused_with_what_was_typed(page, ada, experiment):
    take(experiment, ada, (1.5, 2.0))
    typed = opened(page, experiment) | {"p1-upper": "77"}
    less = fields(page.post(url(experiment), typed | {"action": "remove-p2"}).content.decode())
    response = review(page, experiment, less)
    assert response.status_code == 422
    assert "1 trial has a value for “x2”, so it cannot be removed. Retire it" in shown(response)
    assert fields(response.content.decode())["p1-upper"] == "77"


def test_mistakes_stand_beside_their_fields(page, experiment):
    response = review(page, experiment, opened(page, experiment) | {"p1-upper": "-11"})
    assert response.status_code == 422
    assert "must lie above" in shown(response)


def test_a_reason_that_is_too_long(page, experiment):
    typed = opened(page, experiment) | {"p1-upper": "50"}
    response = save(page, experiment, typed, reason="x" * 501)
    assert response.status_code == 422
    assert "at most; this one has 501" in shown(response)
    assert fresh(experiment).spec.parameters[0].upper == 10.0


@pytest.fixture
def bob(ada):
    user = make_user("bob")
    Membership.objects.create(team=ada.teams.get(), user=user, role=Role.EDITOR)
    return user


def test_the_second_of_two_is_told_and_keeps_what_they_typed(client, page, ada, bob, experiment):
    typed = opened(page, experiment)
    client.force_login(bob)
    save(client, experiment, typed | {"p1-upper": "20", "p2-lower": "-5"}, reason="hot")
    client.force_login(ada)
    response = review(page, experiment, typed | {"p1-upper": "30", "description": "New."})
    assert response.status_code == 409
    text = shown(response)
    assert "changed meanwhile" in text
    assert "bob" in text
    assert "“hot”" in text
    assert "x1: upper bound 10 → 20" in text
    assert "x1: upper bound 30 (meanwhile 10 → 20)" in text
    merged = fields(response.content.decode())
    assert (merged["p1-upper"], merged["p2-lower"]) == ("30", "-5")
    assert merged["description"] == "New."
    save(page, experiment, merged)
    first, second = fresh(experiment).spec.parameters
    assert (first.upper, second.lower) == (30.0, -5.0)
    assert fresh(experiment).description == "New."


def test_the_second_of_two_between_review_and_save(client, page, ada, bob, experiment):
    typed = opened(page, experiment)
    reviewed = fields(review(page, experiment, typed | {"p1-upper": "30"}).content.decode())
    client.force_login(bob)
    save(client, experiment, typed | {"p2-lower": "-5"})
    client.force_login(ada)
    response = page.post(url(experiment), reviewed | {"action": "save", "reason": "at the edge"})
    assert response.status_code == 409
    told = fields(response.content.decode())
    assert told["p1-upper"] == "30"
    again = fields(review(page, experiment, told).content.decode())
    assert again["reason"] == "at the edge"
    assert fresh(experiment).spec.parameters[0].upper == 10.0


def test_a_rename_meanwhile_is_no_conflict(page, ada, experiment):
    typed = opened(page, experiment) | {"p1-upper": "30"}
    lifecycle.rename(experiment, name="Better", by=ada)
    assert save(page, experiment, typed).status_code == 302
    assert fresh(experiment).name == "Better"


@pytest.mark.parametrize("base", ["", "x", "-1", "999999999999", "²"])
def test_any_base_revision_is_answered(page, experiment, base):
    typed = opened(page, experiment) | {"base_revision": base, "p1-upper": "30"}
    assert review(page, experiment, typed).status_code in (200, 409)


def test_runners_and_strangers(client, ada, experiment):
    bob, eve = make_user("bob"), make_user("eve")
    Membership.objects.create(team=ada.teams.get(), user=bob, role=Role.RUNNER)
    client.force_login(bob)
    assert client.get(url(experiment)).status_code == 403
    assert client.post(url(experiment)).status_code == 403
    assert client.get(url(experiment, "definition")).status_code == 200
    assert url(experiment) not in client.get(experiment.get_absolute_url()).content.decode()
    client.force_login(eve)
    for name in ("edit", "definition"):
        assert client.get(url(experiment, name)).status_code == 404


def test_versions_that_have_not_begun(page, experiment):
    text = shown(page.get(url(experiment, "definition")))
    assert "has not been changed yet" in text
    assert "2 parameters" in text


def test_undo_from_the_versions(page, experiment):
    typed = opened(page, experiment) | {"p1-upper": "30"}
    save(page, experiment, typed)
    save(page, experiment, opened(page, experiment) | {"p1-upper": "40"})
    text = shown(page.get(url(experiment, "definition")))
    assert "Cannot be undone. Changed again since: x1: upper bound 30 → 40." in text
    response = page.post(url(experiment, "undo", 3), follow=True)
    assert "That was undone." in shown(response)
    assert fresh(experiment).spec.parameters[0].upper == 30.0
    refused = page.post(url(experiment, "undo", 3), follow=True)
    assert "undone already" in shown(refused)
    page.post(url(experiment, "undo", 2))
    assert fresh(experiment).spec.parameters[0].upper == 10.0
    started = page.post(url(experiment, "undo", 1), follow=True)
    assert "This is where the experiment started" in shown(started)


def on_the_edge(experiment: Experiment, *points: tuple[float, float]) -> None:
    keys = [parameter.key for parameter in experiment.parameters.all()]
    for point in points:
        Suggestion.objects.create(
            experiment=experiment,
            revision=1,
            parameters=dict(zip(keys, point, strict=True)),
            node=GenerationNode.BOTORCH.value,
        )


def test_suggestions_on_an_edge_offer_a_wider_bound(page, experiment):
    on_the_edge(experiment, (10.0, 1.0), (10.0, 2.0))
    assert "Widen" not in shown(page.get(experiment.get_absolute_url()))
    on_the_edge(experiment, (10.0, 3.0), (0.0, 3.0))
    response = page.get(experiment.get_absolute_url())
    assert "3 of the last 4 suggestions lie on the upper bound of x1 (10). Widen it?" in shown(
        response
    )
    link = re.search(r'href="([^"]*widen=[^"]*)"', response.content.decode())[1]
    response = page.get(html.unescape(link))
    assert "x1: upper bound 10 → 30" in shown(response)
    save(page, experiment, fields(response.content.decode()))
    assert fresh(experiment).spec.parameters[0].upper == 30.0
    assert "Widen it?" not in shown(page.get(experiment.get_absolute_url()))


@pytest.mark.parametrize("query", ["?widen=p999:upper", "?widen=x", "?widen=:", "?widen=p1:side"])
def test_nothing_to_widen(page, experiment, query):
    assert page.get(url(experiment) + query).status_code == 200


def test_every_combination_tried_offers_the_form(page, experiment):
    Experiment.objects.filter(pk=experiment.pk).update(
        optimizer_error="Every combination has been tried or is running.",
        optimizer_error_revision=experiment.model_revision,
    )
    text = page.get(experiment.get_absolute_url()).content.decode()
    notice = text[text.index("Every combination") :]
    assert url(experiment) in notice[: notice.index("</form>")]
