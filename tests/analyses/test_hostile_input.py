"""Inputs that must not hurt: no card fails, no page breaks, whatever the results are like."""

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction
from django.db.models.signals import post_save
from django.urls import reverse

from experiments import tasks
from experiments.cards import CardState
from experiments.domain import MetricRole, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from experiments.models import AnalysisCard, Experiment
from experiments.services import editing, forecasts
from tests.analyses.making import (
    cards_of,
    drawn,
    floats,
    forget_jobs,
    make_cards,
    measured,
    with_trials,
)
from tests.factories import float_range, metric

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),  # Ax warns of its own deprecations.
]

TWO = floats(2)


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def bowl(point) -> dict[str, float]:
    return {"loss": sum((value - 0.3) ** 2 for value in point.values())}


def text_choice(*values: str) -> ParameterSpec:
    return ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=values
    )


def no_trial(ada) -> Experiment:
    return with_trials(ada, TWO, [])


def one_trial(ada) -> Experiment:
    return with_trials(ada, TWO, measured(drawn(TWO, 1), bowl))


def all_equal(ada) -> Experiment:
    return with_trials(ada, TWO, measured(drawn(TWO, 7), lambda point: {"loss": 0.5}))


def all_failed(ada) -> Experiment:
    return with_trials(ada, TWO, [(point, None) for point in drawn(TWO, 6)])


def one_place(ada) -> Experiment:
    """Every trial has the same parameters."""
    noise = iter(range(7))
    points = [{"x1": 0.5, "x2": 0.5}] * 7
    return with_trials(ada, TWO, measured(points, lambda point: {"loss": float(next(noise))}))


def never_reported(ada) -> Experiment:
    limited = metric("memory", role=MetricRole.CONSTRAINT, bound=2.0)
    rows = measured(drawn(TWO, 7), bowl)
    return with_trials(ada, TWO, rows, metrics=[metric("loss"), limited])


def objective_never_reported(ada) -> Experiment:
    rows = measured(drawn(TWO, 7), bowl)
    return with_trials(ada, TWO, rows, metrics=[metric("loss"), metric("cost")])


def sem_on_half(ada) -> Experiment:
    rows = [
        (point, {"loss": (bowl(point)["loss"], 0.1) if place % 2 else bowl(point)["loss"]})
        for place, point in enumerate(drawn(TWO, 8))
    ]
    return with_trials(ada, TWO, rows)


def twenty_parameters(ada) -> Experiment:
    space = floats(20)
    return with_trials(ada, space, measured(drawn(space, 8), bowl))


def never_varied(ada) -> Experiment:
    points = [{**point, "x2": 0.5} for point in drawn(TWO, 7)]
    return with_trials(ada, TWO, measured(points, bowl))


def categories_only(ada) -> Experiment:
    space = {name: text_choice("a", "b", "c") for name in ("first", "second", "third")}
    rows = measured(drawn(space, 9), lambda p: {"loss": float("".join(p.values()).count("a"))})
    return with_trials(ada, space, rows)


def retired_and_added(ada) -> Experiment:
    """One parameter is retired, one is new; one trial has values that were allowed once."""
    experiment = with_trials(ada, TWO, measured(drawn(TWO, 8), bowl))
    draft = experiment.definition
    kept, retired = draft.parameters
    added = ParameterDraft(name="x3", spec=float_range(0.0, 1.0, key="n1", backfill=0.5))
    parameters = (
        replace(kept, spec=replace(kept.spec, upper=0.8)),
        replace(retired, spec=replace(retired.spec, pinned=0.4)),
        added,
    )
    return edited(experiment, ada, parameters=parameters)


def enormous(ada) -> Experiment:
    """Results over fifteen orders of magnitude."""
    points = drawn(TWO, 7)
    return with_trials(
        ada, TWO, measured(points, lambda point: {"loss": math.exp(35 * point["x1"])})
    )


STATES: list[Callable[..., Experiment]] = [
    no_trial, one_trial, all_equal, all_failed, one_place, never_reported, objective_never_reported,
    sem_on_half, twenty_parameters, never_varied, categories_only, retired_and_added, enormous,
]  # fmt: skip


def edited(experiment: Experiment, ada, **changes) -> Experiment:
    now = Experiment.objects.get(pk=experiment.pk)
    draft = replace(now.definition, **changes)
    editing.edit(now, draft=draft, base_revision=now.revision, by=ada)
    experiment.refresh_from_db()
    return experiment


def visit_all_pages(page, experiment: Experiment) -> None:
    """Every page about the experiment answers; so does that of its first trial."""
    for name in ("detail", "insights", "decide", "what_if", "plots"):
        answer = page.get(reverse(f"experiments:{name}", args=[experiment.pk]))
        assert answer.status_code == 200, name
    first = experiment.trials.first()
    if first:
        answer = page.get(reverse("experiments:trial", args=[experiment.pk, first.number]))
        assert answer.status_code == 200


def asked(experiment: Experiment, ada):
    """Ask what is expected in the middle, and let the worker answer."""
    middle = {
        parameter.spec.key: (parameter.spec.values or (0.5,))[0]
        for parameter in experiment.definition.parameters
    }
    question = forecasts.ask(experiment, key=uuid.uuid4(), parameters=middle, by=ada)
    tasks.forecast(experiment_id=experiment.pk)
    return forecasts.find(question)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_card_fails_and_every_page_answers(page, ada, state) -> None:
    experiment = state(ada)
    visit_all_pages(page, experiment)
    facts = cards_of(experiment)
    assert "summary" in facts
    for card in experiment.cards.all():
        assert card.is_ready or card.message.startswith(("It needs", "There")), card.message
    visit_all_pages(page, experiment)
    answer = asked(experiment, ada)
    assert answer.answer or answer.error.startswith("It needs"), answer.error


def test_a_thousand_trials_take_a_bounded_time(page, ada) -> None:
    space = floats(2)
    experiment = with_trials(ada, space, measured(drawn(space, 1000), bowl))
    start = time.process_time()
    facts = cards_of(experiment)
    assert time.process_time() - start < 90
    assert len(next(iter(facts["fit"]["validation"].values()))["means"]) == 1000
    visit_all_pages(page, experiment)


def test_two_experiments_take_turns_card_by_card(ada) -> None:
    """The first goes on after the second: neither waits for all cards of the other."""
    one, other = (
        with_trials(ada, TWO, measured(drawn(TWO, 6, seed), bowl), name=f"Number {seed}")
        for seed in (1, 2)
    )
    alone = {}
    for experiment in (one, other):
        forget_jobs()
        tasks.analyse(experiment_id=experiment.pk)
        alone[experiment.pk] = {card.name: card.body["facts"] for card in experiment.cards.all()}
        experiment.cards.all().delete()
    Experiment.objects.update(analysed_revision=0)
    turns = []

    def note(instance: AnalysisCard, **_) -> None:
        turns.append(instance.experiment_id)

    tasks.jobs.queue_analyse(other.pk)
    post_save.connect(note, sender=AnalysisCard)
    try:
        for _ in range(4):
            tasks.analyse(experiment_id=one.pk)
            tasks.analyse(experiment_id=other.pk)
    finally:
        post_save.disconnect(note, sender=AnalysisCard)
    assert turns[:6] == [one.pk, other.pk] * 3
    for experiment in (one, other):
        make_cards(experiment)
        found = {card.name: card.body["facts"] for card in experiment.cards.all()}
        assert found.keys() == alone[experiment.pk].keys()
        assert found["importance"] == alone[experiment.pk]["importance"]


def test_a_definition_that_changes_while_cards_are_made_wins(page, ada) -> None:
    """What was made of the older one is thrown away, and made again of the newer one."""
    experiment = with_trials(ada, TWO, measured(drawn(TWO, 7), bowl))
    forget_jobs()
    before = experiment.definition

    def rename(instance: AnalysisCard, **_) -> None:
        post_save.disconnect(rename, sender=AnalysisCard)
        first, second = before.parameters
        parameters = (replace(first, name="renamed"), second)
        transaction.on_commit(lambda: edited(experiment, ada, parameters=parameters))

    post_save.connect(rename, sender=AnalysisCard)
    tasks.analyse(experiment_id=experiment.pk)
    make_cards(experiment)
    assert [parameter.name for parameter in experiment.definition.parameters] == ["renamed", "x2"]
    for card in experiment.cards.all():
        assert card.state != CardState.FAILED
        assert card.revision >= experiment.definition_revision
    effects = experiment.cards.get(name="effects")
    assert {figure["name"] for figure in effects.body["figures"]} == {
        "loss by renamed",
        "loss by x2",
    }
    visit_all_pages(page, experiment)
