"""Why a suggestion was made: on the page of a trial, in rows, and before it is taken."""

import pytest
from django.urls import reverse

from experiments.domain import (
    Direction,
    GenerationNode,
    MetricRole,
    Outlook,
    Prediction,
    Relation,
    Result,
)
from experiments.drafts import ParameterDraft
from experiments.models import Membership, Role, SuggestionStatus
from experiments.services import trials
from tests.factories import (
    ask,
    finish,
    float_range,
    make_experiment,
    make_measured,
    make_user,
    measured,
    metric,
    store_ready,
    take,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tuned(ada):
    """One trial with a loss of 3, which is the best."""
    made = make_measured(
        ada,
        metric("loss", unit="nat"),
        metric("latency", unit="ms", role=MetricRole.CONSTRAINT, bound=50.0),
        parameters=(
            ParameterDraft(name="x", spec=float_range(0.0, 10.0), unit="mm"),
            ParameterDraft(name="y", spec=float_range(0.0, 10.0)),
        ),
    )
    (first,) = take(made, ada, (2.0, 5.0))
    trials.complete(first, values=measured(made, loss=3.0, latency=40.0), by=ada)
    return made


def suggest(experiment, point=(4.0, 5.0), *, noise=0.5, **known):
    """Store what a worker makes of a model that expects a loss of 2 ± 0.5 and a latency of 45."""
    loss, latency = (m.key for m in experiment.metrics.all())
    outlook = Outlook(
        results=1, best=0, best_means={loss: 3.0, latency: 40.0},
        believed={loss: 2.8, latency: 40.0},
        limits={latency: (Relation.AT_MOST, 50.0)}, feasible=0.9, better=0.85, gain=0.8, spread=0.5,
        is_expected_better=True,
    )  # fmt: skip
    store_ready(
        experiment,
        point,
        node=GenerationNode.BOTORCH,
        predictions=(
            Prediction(metric=loss, mean=2.0, sd=0.5, noise=noise),
            Prediction(metric=latency, mean=45.0, sd=4.0, noise=noise),
        ),
        outlook=known.get("outlook", outlook),
    )
    return experiment.suggestions.ready().last()


def taken(experiment, ada, **kwargs):
    suggestion = suggest(experiment, **kwargs)
    ask(experiment, ada)
    suggestion.refresh_from_db()
    return suggestion.trial


def trial_text(page, trial):
    answer = page.get(reverse("experiments:trial", args=[trial.experiment_id, trial.number]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_trial_tells_what_the_model_expected_and_what_it_stands_beside(page, ada, tuned):
    text = trial_text(page, taken(tuned, ada))
    assert "<b>The model.</b>" in text
    assert "It had learnt from 1 result." in text
    assert "<b>Exploiting.</b> The model expected loss to beat the best by 0.8 nat" in text
    assert '<b class="num">90 %</b> chance to keep all bounds' in text
    assert '<b class="num">85 %</b> chance to beat the best' in text
    assert "It has to stay ≤ 50 ms: 89 % chance." in text
    assert "The best then:" in text
    assert "the model took it for" in text
    assert "Beside the best of then" in text
    assert '<td class="num r">+2</td>' in text  # x: 4 here, 2 in trial 0
    assert "same" in text
    assert "No result yet: it is running." in text


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (2.1, "As expected: 0.1 standard deviations above"),
        (3.0, "Within what was to be expected: 1.4 standard deviations above"),
        (3.8, "A surprise, for the worse: 2.5 standard deviations above"),
        (-1.0, "A great surprise, for the better: 4.2 standard deviations below"),
    ],
)
def test_the_result_says_whether_it_was_a_surprise(page, ada, tuned, loss, said):
    trial = taken(tuned, ada)
    trials.complete(trial, values=measured(tuned, loss=loss), by=ada)
    assert said in trial_text(page, trial)


def test_a_standard_error_of_its_own_counts_instead_of_the_noise(page, ada, tuned):
    trial = taken(tuned, ada)
    loss = tuned.metrics.first()
    trials.complete(trial, values={loss: Result(3.8, 2.0)}, by=ada)
    assert "As expected: 0.9 standard deviations above" in trial_text(page, trial)


def test_what_was_not_kept_is_not_made_up(page, ada, tuned):
    text = trial_text(page, taken(tuned, ada, outlook=None, noise=None))
    assert "It was made before AxDash kept what the best" in text
    assert "chance to beat the best" not in text
    assert "How single results scatter was not kept then." in text
    assert "Beside the best of today" in text


def test_a_goal_that_was_dropped_since_is_left_out(page, ada, tuned):
    trial = taken(tuned, ada)
    tuned.metrics.filter(name="latency").delete()
    assert "latency" not in trial_text(page, trial)


def test_the_best_of_then_stays_the_best_of_then(page, ada, tuned):
    trial = taken(tuned, ada)
    (better,) = take(tuned, ada, (9.0, 9.0))
    trials.complete(better, values=measured(tuned, loss=-5.0, latency=1.0), by=ada)
    text = trial_text(page, trial)
    assert "Beside the best of then" in text
    assert f'<th scope="col" class="r"><a href="/experiments/{tuned.pk}/trials/0/">' in text
    assert '<span class="tag">later</span>' in text


def test_neighbours_are_the_nearest_with_results(page, ada, experiment):
    points = [(x, 0.0) for x in (-9.0, -6.0, 0.5, 1.0, 3.0, 6.0, 9.0)]
    for trial in take(experiment, ada, *points):
        finish(trial, ada, 1.0)
    (here,) = take(experiment, ada, (0.0, 0.0))
    answer = page.get(reverse("experiments:trial", args=[experiment.pk, here.number]))
    found = answer.context["nearby"].neighbours
    assert [each.number for each in found] == [2, 3, 4, 1, 5]
    assert found[0].distance == pytest.approx(0.5 / 20)


def test_the_first_trial_has_nothing_to_stand_beside(page, ada, experiment):
    store_ready(experiment, (0.0, 0.0), node=GenerationNode.CENTER, outlook=Outlook())
    ask(experiment, ada)
    text = trial_text(page, experiment.trials.get())
    assert "The middle of the search space" in text
    assert "There was no result yet to compare with." in text
    assert "No other trial has a result yet." in text


def test_a_trial_that_nobody_suggested_says_where_it_comes_from(page, ada, tuned):
    trial = tuned.trials.get()
    tuned.suggestions.all().delete()
    trial.origin = "imported"
    trial.save(update_fields=["origin"])
    text = trial_text(page, trial)
    assert "It came with a table of runs" in text
    assert "Why this suggestion" not in text


def test_a_trial_leads_to_the_ones_beside_it(page, ada, experiment):
    take(experiment, ada, (1, 1), (2, 2), (3, 3))
    text = trial_text(page, experiment.trials.get(number=1))
    assert "← Trial 0" in text
    assert "Trial 2 →" in text
    assert "← Trial" not in trial_text(page, experiment.trials.get(number=0))


def test_what_happened_stands_in_lines(page, ada, tuned):
    trial = tuned.trials.get()
    loss = tuned.metrics.first()
    before = measured(tuned, loss=3.0, latency=40.0)
    trials.correct(
        trial, values={**before, loss: Result(2.5, 0.1)}, seen=before, by=ada, reason="typo <b>"
    )
    trials.reopen(tuned.trials.get(), by=ada)
    trials.fail(tuned.trials.get(), by=ada, reason="oven broke")
    text = trial_text(page, trial)
    assert "you took suggestions: " in text
    assert "you entered a result: loss 3 nat, latency 40 ms" in text
    assert "you corrected a result: loss 3 nat → 2.5 ± 0.1 nat <q>typo &lt;b&gt;</q>" in text
    assert "you reopened: took loss 2.5 ± 0.1 nat back, took latency 40 ms back" in text
    assert "you marked as failed <q>oven broke</q>" in text


def test_ready_suggestions_can_be_looked_at(page, ada, tuned):
    suggestion = suggest(tuned)
    text = " ".join(page.get(tuned.get_absolute_url()).content.decode().split())
    assert "1 suggestion ready: look at it" in text
    assert "Why: model, exploiting, 85 % to beat the best" in text
    address = reverse("experiments:suggestion", args=[tuned.pk, suggestion.pk])
    shown = page.get(address).content.decode()
    assert "Why this suggestion" in shown
    assert ">Take<" in shown
    part = page.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_one_is_taken_and_the_others_stay(page, ada, tuned):
    wanted = suggest(tuned, (4.0, 5.0))
    other = suggest(tuned, (5.0, 5.0))
    answer = page.post(reverse("experiments:take", args=[tuned.pk, wanted.pk]), follow=True)
    assert "Trial 1 is yours" in answer.content.decode()
    wanted.refresh_from_db()
    assert (wanted.status, wanted.trial.number) == (SuggestionStatus.TAKEN, 1)
    assert [each.pk for each in tuned.suggestions.ready()] == [other.pk]
    # Its page is the trial's from now on.
    found = page.get(reverse("experiments:suggestion", args=[tuned.pk, wanted.pk]))
    assert found["Location"].endswith("/trials/1/")


def test_a_running_trial_says_why_in_its_row(page, ada, tuned):
    taken(tuned, ada)
    text = page.get(tuned.get_absolute_url()).content.decode()
    link = f'href="/experiments/{tuned.pk}/trials/1/#why">'
    assert f"{link}Why: model, exploiting, 85 % to beat the best</a>" in text


def test_others_see_nothing_of_it(client, ada, tuned):
    suggestion = suggest(tuned)
    mine = make_experiment(make_user("bob"), name="Bob’s")
    client.force_login(make_user("charlie"))
    for name in ("suggestion", "take"):
        for pk in (tuned.pk, mine.pk):
            address = reverse(f"experiments:{name}", args=[pk, suggestion.pk])
            asked = client.post if name == "take" else client.get
            assert asked(address).status_code == 404


def test_a_suggestion_is_not_found_under_another_experiment(page, ada, tuned, experiment):
    suggestion = suggest(tuned)
    address = reverse("experiments:suggestion", args=[experiment.pk, suggestion.pk])
    assert page.get(address).status_code == 404


def test_a_viewer_looks_and_does_not_take(client, ada, tuned):
    suggestion = suggest(tuned)
    vera = make_user("vera")
    Membership.objects.create(team=tuned.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    shown = client.get(reverse("experiments:suggestion", args=[tuned.pk, suggestion.pk]))
    assert ">Take<" not in shown.content.decode()
    answer = client.post(reverse("experiments:take", args=[tuned.pk, suggestion.pk]))
    assert answer.status_code == 403


def test_several_objectives_speak_of_pareto_points(page, ada):
    made = make_measured(ada, metric("loss"), metric("gain", direction=Direction.MAXIMIZE))
    for trial, means in zip(take(made, ada, (1.0,), (9.0,)), ((1.0, 1.0), (2.0, 3.0)), strict=True):
        trials.complete(trial, values=measured(made, loss=means[0], gain=means[1]), by=ada)
    known = Outlook(results=2, best=1, front=2, better=0.3, is_expected_better=False)
    store_ready(made, (8.0,), node=GenerationNode.BOTORCH, outlook=known)
    ask(made, ada)
    text = trial_text(page, made.trials.get(number=2))
    assert "30 %</b> chance to be a new Pareto point" in text
    assert "would add nothing to the 2 Pareto points" in text
    assert "Beside the nearest Pareto point of then" in text
