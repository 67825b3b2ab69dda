"""The page of an own trial: what its fields start from, which apply, and what has changed since."""

import html
import json
import re
import uuid
from dataclasses import replace

import pytest
from django.urls import reverse

from experiments.domain import (
    Condition,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ParameterDraft
from experiments.models import Experiment, ExperimentStatus
from experiments.services import editing, lifecycle, own_trials
from tests.factories import (
    finish,
    float_range,
    make_experiment,
    make_measured,
    metric,
    store_ready,
    take,
)
from tests.views.filled_forms import fields_of as form_fields


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def address(experiment, name="add_trial"):
    return reverse(f"experiments:{name}", args=[experiment.pk])


def keys_of(experiment):
    return [parameter.key for parameter in experiment.parameters.all()]


def fields_of(response):
    """What a browser would send of the form, but for its buttons."""
    return form_fields(response.content.decode(), "own")


def edit(experiment, by, name, **spec):
    """Change one parameter, as an editor does."""
    now = Experiment.objects.get(pk=experiment.pk)
    parameters = tuple(
        replace(p, spec=replace(p.spec, **spec)) if p.name == name else p
        for p in now.definition.parameters
    )
    draft = replace(now.definition, parameters=parameters)
    editing.edit(now, draft=draft, base_revision=now.revision, by=by)


@pytest.fixture
def tried(ada, experiment):
    """An experiment with a best, a last, and a ready suggestion."""
    one, two = take(experiment, ada, (1, 2), (3, 4))
    finish(one, ada, 1.0)
    finish(two, ada, 2.0)
    store_ready(experiment, (5, 6))
    return experiment


def test_every_start_is_offered_and_fills_the_fields(page, ada, tried):
    tried.baseline = tried.trials.get(number=1)
    tried.save(update_fields=["baseline"])
    one, two = keys_of(tried)
    opened = page.get(address(tried))
    starts = dict(
        re.findall(r'name="start" value="([^"]+)"[^>]*>([^<]+)<', opened.content.decode())
    )
    ready = tried.suggestions.ready().get().pk
    assert starts == {
        "trial:0": "the best, trial 0",
        "trial:1": "the last and the baseline, trial 1",
        "center": "the center",
        f"suggestion:{ready}": "suggestion 1",
    }
    values = {
        name: fields_of(page.post(address(tried), fields_of(opened) | {"start": name}))
        for name in starts
    }
    assert {name: (v[one], v[two]) for name, v in values.items()} == {
        "trial:0": ("1", "2"),
        "trial:1": ("3", "4"),
        "center": ("0", "0"),
        f"suggestion:{ready}": ("5", "6"),
    }


def test_what_was_changed_by_hand_stays_when_another_start_is_chosen(page, tried):
    one, two = keys_of(tried)
    typed = fields_of(page.get(address(tried))) | {one: "7,25 "}
    again = page.post(address(tried), typed | {"start": "trial:1"})
    assert again.status_code == 200
    assert (fields_of(again)[one], fields_of(again)[two]) == ("7,25 ", "4")
    text = said(again)
    assert "Filled in from trial 1. What you changed by hand has stayed: x1." in text
    assert "trial 1 has 3" in text
    third = page.post(address(tried), fields_of(again) | {"start": "center"})
    assert (fields_of(third)[one], fields_of(third)[two]) == ("7,25 ", "0")
    everything = page.post(address(tried), fields_of(third) | {"start_all": "trial:1"})
    assert (fields_of(everything)[one], fields_of(everything)[two]) == ("3", "4")
    assert "has stayed" not in said(everything)


def test_what_was_typed_survives_an_error_and_then_another_start(page, tried):
    one, two = keys_of(tried)
    typed = fields_of(page.get(address(tried))) | {one: "much"}
    refused = page.post(address(tried), typed)
    assert refused.status_code == 422
    again = page.post(address(tried), fields_of(refused) | {"start": "trial:1"})
    assert (fields_of(again)[one], fields_of(again)[two]) == ("much", "4")


@pytest.mark.parametrize("start", ["", "trial:77", "trial:x", "suggestion:0", "elsewhere", "\x00"])
def test_what_is_no_start_is_not_found(page, tried, start):
    assert page.post(address(tried), {"start": start}).status_code == 404


@pytest.mark.parametrize("filled", ["", "[", "[]", "null", '{"a": 1}', "[" * 100_000, "\x00"])
def test_without_knowing_what_was_filled_in_all_that_was_typed_stays(page, tried, filled):
    one, two = keys_of(tried)
    data = {one: "7", two: "8", "filled": filled, "start": "trial:1"}
    again = page.post(address(tried), data)
    assert (fields_of(again)[one], fields_of(again)[two]) == ("7", "8")


def test_a_center_that_could_not_be_suggested_is_not_offered(page, ada):
    far = ParameterConstraint(terms=(Term("n1"),), relation=Relation.AT_LEAST, bound=5.0)
    experiment = make_measured(
        ada, metric("loss"), constraints=(far,),
        parameters=[ParameterDraft(name="x", spec=float_range(key="n1")),
                    ParameterDraft(name="y", spec=float_range(key="n2"))],
    )  # fmt: skip
    assert "the center" not in said(page.get(address(experiment)))


def branched(ada):
    def choice(*values, **more):
        return ParameterSpec(
            kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=values, **more
        )

    on_sgd = Condition("n1", ("sgd",))
    return make_measured(
        ada,
        metric("loss"),
        parameters=[
            ParameterDraft(name="optimizer", spec=choice("adam", "sgd", key="n1")),
            ParameterDraft(name="rate", spec=float_range(0.0, 1.0, key="n2")),
            ParameterDraft(name="momentum", spec=float_range(0.0, 1.0, key="n3", condition=on_sgd)),
        ],
    )


def test_fields_say_when_they_apply_and_hidden_ones_are_not_demanded(page, ada):
    experiment = branched(ada)
    optimizer, rate, momentum = keys_of(experiment)
    opened = page.get(address(experiment))
    text = opened.content.decode()
    assert f'data-depends="{optimizer}" data-values="sgd"' in text
    assert "number from 0 to 1, only when optimizer = “sgd”" in said(opened)
    data = fields_of(opened) | {optimizer: "adam", momentum: "nonsense"}
    assert page.post(address(experiment), data).status_code == 302
    assert experiment.trials.get().parameters == {optimizer: "adam", rate: 0.5}
    data |= {optimizer: "sgd", "key": str(uuid.uuid4())}
    refused = page.post(address(experiment), data)
    assert refused.status_code == 422
    assert "“nonsense” is not a number." in said(refused)
    assert fields_of(refused)[momentum] == "nonsense"


def test_fixing_what_depends_asks_for_its_parent(page, ada):
    experiment = branched(ada)
    optimizer, _, momentum = keys_of(experiment)
    data = {momentum: "0.9", "count": "1", "key": str(uuid.uuid4())}
    refused = page.post(address(experiment, "fix"), data)
    assert "only where optimizer is “sgd”: fix that, too." in said(refused)
    assert 'value="0.9"' in refused.content.decode()
    assert page.post(address(experiment, "fix"), data | {optimizer: "sgd"}).status_code == 302
    assert experiment.requests.get().fixed == {optimizer: "sgd", momentum: 0.9}


@pytest.mark.parametrize("name", ["add_trial", "fix"])
def test_a_definition_that_was_edited_meanwhile_is_looked_at_first(page, ada, tried, name):
    one, two = keys_of(tried)
    before = tried.trials.count()
    data = {one: "1.5", two: "2.5" if name == "add_trial" else "", "count": "1",
            "key": str(uuid.uuid4()), "definition": str(tried.definition_revision)}  # fmt: skip
    edit(tried, ada, "x1", upper=50.0)
    told = page.post(address(tried, name), data)
    assert told.status_code == 422
    assert "The definition was changed meanwhile." in said(told)
    assert 'value="1.5"' in told.content.decode()
    assert tried.trials.count() == before
    assert not tried.requests.fixing().exists()
    tried.refresh_from_db()
    again = data | {"definition": str(tried.definition_revision)}
    assert page.post(address(tried, name), again).status_code == 302


@pytest.mark.parametrize("status", [ExperimentStatus.COMPLETED, ExperimentStatus.ARCHIVED])
def test_an_experiment_that_ended_meanwhile_says_so_and_keeps_what_was_typed(
    page, ada, tried, status
):
    one, _ = keys_of(tried)
    data = fields_of(page.get(address(tried))) | {one: "1.5"}
    lifecycle.change_status(tried, status=status, by=ada)
    told = page.post(address(tried), data)
    assert told.status_code == 422
    assert f"This experiment is {status.label}: reopen it to add trials." in said(told)
    assert fields_of(told)[one] == "1.5"
    assert "reopen it to add trials" in said(page.get(address(tried)))


def test_a_key_counts_for_one_experiment_and_one_trial(ada, tried):
    key = uuid.uuid4()
    other = make_experiment(ada, name="Other")
    made = [
        own_trials.add(each, parameters=dict.fromkeys(keys_of(each), 1.0), key=key, by=ada)
        for each in (tried, other, tried)
    ]
    assert [trial.experiment for trial in made] == [tried, other, tried]
    assert made[0] == made[2]
    first, second = tried.trials.filter(number__in=(0, 1))
    (one,) = own_trials.repeat(first, count=1, key=key, by=ada)
    (two,) = own_trials.repeat(second, count=1, key=key, by=ada)
    assert (one.parameters, two.parameters) == (first.parameters, second.parameters)
    twice = [own_trials.repeat(first, count=20, key=key, by=ada) for _ in range(2)]
    assert len(twice[0]) == 20
    assert twice[0] == twice[1]


def test_values_in_the_address_are_kept_too(page, tried):
    one, two = keys_of(tried)
    opened = page.get(f"{address(tried)}?{one}=9&{two}=8")
    assert (fields_of(opened)[one], fields_of(opened)[two]) == ("9", "8")
    assert json.loads(fields_of(opened)["filled"]) == {one: "1", two: "2"}
    again = page.post(address(tried), fields_of(opened) | {"start": "trial:1"})
    assert fields_of(again)[one] == "9"
