"""The worker's tasks on real rows with the real optimizer."""

import uuid

import pytest
from django.db import connection
from scipy.stats import norm

from experiments import tasks
from experiments.domain import GenerationNode, ParameterKind, ParameterSpec, ValueType
from experiments.known import Choice, Taken
from experiments.models import Experiment
from experiments.optimizer.build import build_experiment
from experiments.services import auxiliary, own_trials, suggestions, trial_details, trials
from tests.browser.living import rows_of
from tests.factories import ask, finish, float_range, make_experiment, take

pytestmark = pytest.mark.django_db(transaction=True)


def is_queued(experiment_id):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s",
            [f"experiment:{experiment_id}"],
        )
        return cursor.fetchone() is not None


def test_the_pool_is_filled_and_those_who_wait_are_served(ada, experiment):
    ask(experiment, ada, 4)
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.trials.running().count() == 4
    assert experiment.suggestions.ready().fresh().count() == experiment.wanted_parallelism


def test_the_first_suggestion_is_the_center_then_it_explores(experiment):
    tasks.suggest(experiment_id=experiment.pk)
    nodes = list(experiment.suggestions.order_by("pk").values_list("node", flat=True))
    assert nodes == [GenerationNode.CENTER, GenerationNode.SOBOL, GenerationNode.SOBOL]


def test_the_model_takes_over_and_says_what_it_expects(ada, experiment):
    points = [(0, 0), (5, 5), (-5, 5), (5, -5), (-5, -5)]
    for trial in take(experiment, ada, *points):
        x, y = trial.parameters.values()
        finish(trial, ada, (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2)
    tasks.suggest(experiment_id=experiment.pk)
    made = experiment.suggestions.ready().fresh().first()
    assert made.node == GenerationNode.BOTORCH
    assert made.predictions[0]["metric"] == experiment.objective.key
    assert made.revision == Experiment.objects.get().revision
    (expected,), known = made.expected, made.known
    assert expected.noise is not None
    assert (known.best, known.best_means) == (0, {expected.metric: 74.0})
    assert known.better == pytest.approx(
        norm.cdf(known.believed[expected.metric], expected.mean, expected.sd)
    )


def test_a_study_knows_what_was_expected_of_suggestions_when_they_were_made(ada, experiment):
    points = [(0, 0), (5, 5), (-5, 5), (5, -5), (-5, -5)]
    for trial in take(experiment, ada, *points):
        finish(trial, ada, sum(trial.parameters.values()))
    tasks.suggest(experiment_id=experiment.pk)
    ask(experiment, ada, 1)
    trial = experiment.trials.get(number=5)
    finish(trial, ada, 1.0)
    experiment.refresh_from_db()
    study = tasks.study_of(experiment).study
    assert study.expected[5] == trial.suggestion.expected
    assert study.expected[5][0].sd > 0
    assert study.expected[0] == ()


def test_names_are_never_executed(ada, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trap = "executed"
    name = f'__import__("os").mkdir("{trap}")'
    experiment = make_experiment(
        ada, objective=name, parameters={name: float_range(), f"{name} + 1": float_range()}
    )
    for number, trial in enumerate(take(experiment, ada, *[(i, -i) for i in range(6)])):
        finish(trial, ada, float(number))
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.suggestions.ready().fresh().first().node == GenerationNode.BOTORCH
    assert list(tmp_path.iterdir()) == []


def test_a_full_pool_is_left_alone(experiment):
    tasks.suggest(experiment_id=experiment.pk)
    made = list(experiment.suggestions.values_list("pk", flat=True))
    tasks.suggest(experiment_id=experiment.pk)
    assert list(experiment.suggestions.values_list("pk", flat=True)) == made


def test_a_space_that_is_used_up_says_so(ada):
    choice = ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.BOOL, values=(True, False)
    )
    experiment = make_experiment(ada, parameters={"dropout": choice})
    ask(experiment, ada, 3)
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.trials.count() == 2
    experiment.refresh_from_db()
    assert "Every combination has been tried" in experiment.current_optimizer_error


def test_a_failed_trial_brings_its_combination_back(ada):
    choice = ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.BOOL, values=(True, False)
    )
    experiment = make_experiment(ada, parameters={"dropout": choice})
    ask(experiment, ada, 3)
    tasks.suggest(experiment_id=experiment.pk)
    first = experiment.trials.get(number=0)
    trials.fail(first, by=ada)
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.trials.get(number=2).parameters == first.parameters


def test_trouble_is_shown_and_tried_again_later(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    broken = dict.fromkeys(trial.parameters, "broken")  # Nothing the product writes.
    trial.parameters = broken
    trial.save(update_fields=["parameters"])
    suggestions.retry(experiment, by=ada)
    ask(experiment, ada, 50)
    with pytest.raises(ValueError, match="broken"):
        tasks.suggest(experiment_id=experiment.pk)
    assert is_queued(experiment.pk)
    experiment.refresh_from_db()
    assert "It tries again in a few seconds." in experiment.current_optimizer_error


def test_a_trial_without_values_is_left_out(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    trial.parameters = {}
    trial.save(update_fields=["parameters"])
    suggestions.retry(experiment, by=ada)
    ask(experiment, ada, 2)
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.trials.running().count() == 3


def test_the_model_learns_from_the_values_that_were_used(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 5.0)
    one, _ = trial.parameters
    used = trial.parameters | {one: 1.5}
    trial_details.use(trial, values=used, seen=trial.parameters, by=ada)
    (again,) = own_trials.repeat(trial, count=1, key=uuid.uuid4(), by=ada)
    finish(again, ada, 7.0)
    spec = experiment.spec
    records = [each.record(spec.parameters) for each in experiment.trials.all()]
    assert rows_of(build_experiment(spec, records)) == [
        ((1.5, 2.0), "COMPLETED", 5.0),
        ((1.5, 2.0), "COMPLETED", 7.0),
    ]


def yes_or_no():
    return ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.BOOL, values=(True, False)
    )


def ask_around(experiment, by, wanted, **values):
    keys = {parameter.name: parameter.key for parameter in experiment.parameters.all()}
    fixed = {keys[name]: value for name, value in values.items()}
    return suggestions.request(
        experiment, wanted=wanted, key=uuid.uuid4(), by=by, fixed=fixed
    ), set(fixed.items())


def test_the_pool_does_not_stand_in_the_way_of_fixed_values(ada):
    experiment = make_experiment(ada, parameters={"one": yes_or_no(), "two": yes_or_no()})
    tasks.suggest(experiment_id=experiment.pk)
    assert experiment.suggestions.ready().count() == 3  # Of the four that there are.
    asked, fixed = ask_around(experiment, ada, 3, one=True)
    tasks.suggest(experiment_id=experiment.pk)
    made = [trial.parameters for trial in experiment.trials.all()]
    assert len(made) == 2
    assert all(fixed <= set(each.items()) for each in made)
    asked.refresh_from_db()
    assert (asked.filled, asked.missing) == (2, 0)
    assert "Every combination with the fixed values has been tried" in asked.problem


def test_values_that_a_newer_definition_does_not_have_are_given_up(ada, experiment):
    asked, _ = ask_around(experiment, ada, 2, x1=9.0)
    experiment.parameters.filter(name="x1").update(upper=5.0)
    tasks.suggest(experiment_id=experiment.pk)
    asked.refresh_from_db()
    assert asked.problem == "The definition was changed meanwhile. x1: 9 lies above 5."
    assert not experiment.trials.exists()
    assert experiment.suggestions.ready().fresh().count() == experiment.wanted_parallelism


def test_an_experiment_that_is_gone_is_nothing_to_do():
    tasks.suggest(experiment_id=999_999)
    assert not is_queued(999_999)


def test_the_model_learns_from_another_experiment_until_it_is_left_out(ada, monkeypatch):
    monkeypatch.setattr(tasks, "SLICE", 600.0)  # The other experiment’s job waits.
    points = [(0, 0), (5, 5), (-5, 5), (5, -5), (-5, -5)]

    def booth(trial):
        x, y = trial.parameters.values()
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    source = make_experiment(ada, name="Earlier")
    for trial in take(source, ada, *points):
        finish(trial, ada, booth(trial) + 1000)
    own = make_experiment(ada, learns_from=Choice((Taken(source.pk),), learns=True))
    for trial in take(own, ada, (1, 0), (0, 4)):
        finish(trial, ada, booth(trial))
    tasks.suggest(experiment_id=own.pk)
    ready = own.suggestions.ready().fresh()
    assert [made.known.elsewhere for made in ready] == [((source.pk, 5),)] * 3
    assert {made.node for made in ready} == {GenerationNode.BOTORCH}
    row = own.auxiliary_sources.get().pk
    auxiliary.set_active(own, row=row, is_active=False, by=ada)
    tasks.suggest(experiment_id=own.pk)
    assert {made.node for made in own.suggestions.ready().fresh()} == {GenerationNode.SOBOL}
    assert own.suggestions.ready().count() == 3
