"""An experiment whose noisy results are repeated: its page, its trials, its definition."""

import json

import pytest
from django.urls import reverse

from experiments.definition_rules import definition_problems
from experiments.documents import from_document, to_document
from experiments.domain import (
    GenerationMethod,
    GenerationNode,
    Outlook,
    ParameterKind,
    ParameterSpec,
    Prediction,
    ValueType,
)
from experiments.drafts import ParameterDraft
from tests.factories import ask, finish, make_measured, metric, store_ready, take

pytestmark = pytest.mark.django_db

RECIPES = ParameterSpec(
    key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("a", "b", "c", "d")
)


@pytest.fixture
def baking(ada):
    return make_measured(
        ada,
        metric("crumb", unit="mm"),
        parameters=(ParameterDraft(name="recipe", spec=RECIPES),),
        generation_method=GenerationMethod.BANDIT,
    )


def detail(page, experiment) -> str:
    answer = page.get(experiment.get_absolute_url())
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_best_combination_is_that_of_all_its_results(page, ada, baking):
    for letter, crumb in zip("aabb", (1.0, 9.0, 3.0, 3.4), strict=True):
        (trial,) = take(baking, ada, (letter,))
        finish(trial, ada, crumb)

    text = detail(page, baking)

    assert "the combination of trial 2 is best: crumb 3.2 mm ±" in text
    assert "the mean of 2 results." in text


def test_standard_errors_weigh_in_once_all_results_have_one(page, ada, baking):
    for letter, crumb, sem in (("a", 1.0, 0.1), ("a", 9.0, 10.0), ("b", 3.0, 0.1)):
        (trial,) = take(baking, ada, (letter,))
        finish(trial, ada, crumb, sem)

    assert "the combination of trial 0 is best: crumb 1.001 mm ± 0.1" in detail(page, baking)


def test_nothing_is_said_of_repeats_before_there_are_any(page, ada, baking):
    assert "Repeats counted together" not in detail(page, baking)
    (trial,) = take(baking, ada, ("a",))
    finish(trial, ada, 1.0)
    assert "Repeats counted together" not in detail(page, baking)


def test_as_many_at_once_as_there_are_combinations_and_then_three(page, ada, baking):
    assert "Up to 4 at once: the first 4 trials explore" in detail(page, baking)
    for letter in "abcd":
        (trial,) = take(baking, ada, (letter,))
        finish(trial, ada, 1.0)
    assert "Up to 3 at once" in detail(page, baking)


def test_a_repeat_says_why_it_is_one(page, ada, baking):
    (first,) = take(baking, ada, ("a",))
    finish(first, ada, 1.0)
    (crumb,) = (m.key for m in baking.metrics.all())
    store_ready(
        baking,
        ("a",),
        node=GenerationNode.THOMPSON,
        acquisition_value=0.62,
        predictions=(Prediction(metric=crumb, mean=1.2, sd=0.3, noise=0.5),),
        outlook=Outlook(results=1, best=0, best_means={crumb: 1.0}),
    )
    ask(baking, ada)
    trial = baking.trials.get(number=1)
    answer = page.get(reverse("experiments:trial", args=[baking.pk, trial.number]))
    text = " ".join(answer.content.decode().split())

    assert "<b>A repeat of what may be best.</b>" in text
    assert '<b class="num">62 %</b> chance to be the best combination' in text
    assert "chance to beat the best" not in text


def test_a_definition_goes_out_and_comes_back(baking):
    document = json.loads(json.dumps(to_document(baking.definition)))
    draft, unread = from_document(document)

    assert document["generation_method"] == "bandit"
    assert unread == []
    assert draft is not None
    assert draft.generation_method is GenerationMethod.BANDIT
    assert definition_problems(draft) == []
    assert "bandit" in json.dumps(document)
