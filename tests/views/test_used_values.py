"""What was asked for stays beside what was used, and repeats beside their mean."""

import html
import json
import re
import uuid
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse

from experiments.domain import ParameterKind, ParameterSpec, Result, ValueType
from experiments.drafts import ParameterDraft
from experiments.models import Experiment, TrialOrigin
from experiments.services import editing, own_trials, trial_details, trials
from tests.factories import finish, float_range, make_experiment, take


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def shown(page, name, *args):
    return page.get(reverse(f"experiments:{name}", args=args))


def content_of(response):
    """All of a file, however it is sent."""
    if not response.streaming:
        return response.content
    parts = response.streaming_content
    return b"".join(async_to_sync(_collected)(parts) if response.is_async else parts)


async def _collected(parts):
    return [part async for part in parts]


def keys_of(experiment):
    return [parameter.key for parameter in experiment.parameters.all()]


def again(trial, by, count=1):
    return own_trials.repeat(trial, count=count, key=uuid.uuid4(), by=by)


def edit(experiment, by, change):
    now = Experiment.objects.get(pk=experiment.pk)
    draft = replace(now.definition, parameters=change(now.definition.parameters))
    editing.edit(now, draft=draft, base_revision=now.revision, by=by)


@pytest.fixture
def oven(ada):
    return make_experiment(
        ada, name="Oven", parameters={"heat": float_range(0.0, 200.0), "time": float_range()}
    )


def test_what_was_used_is_entered_from_the_running_row(page, ada, oven):
    heat, time = keys_of(oven)
    (trial,) = take(oven, ada, (150, 2))
    row = page.get(oven.get_absolute_url()).content.decode()
    link = html.unescape(re.search(r'href="([^"]+)"[^>]*>Used others\?<', row)[1])
    form = page.get(link).content.decode()
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', form)[1])
    data = {heat: "148", time: "2", "seen": seen, "meant": "used"}
    done = page.post(link, data)
    assert done["Location"] == oven.get_absolute_url()
    text = said(page.get(oven.get_absolute_url()))
    assert "heat 148 asked for: 150 time 2" in text
    trial.refresh_from_db()
    assert trial.is_running


def test_other_values_typed_under_an_older_definition_are_looked_at_first(page, ada, oven):
    heat, time = keys_of(oven)
    (trial,) = take(oven, ada, (150, 2))
    data = {heat: "148", time: "2", "seen": json.dumps(trial.parameters), "meant": "used",
            "definition": str(oven.definition_revision)}  # fmt: skip
    edit(oven, ada, lambda parameters: tuple(replace(p, unit="K") for p in parameters))
    address = reverse("experiments:trial_values", args=[oven.pk, trial.number])
    told = page.post(address, data)
    assert told.status_code == 422
    assert "The definition was changed meanwhile." in said(told)
    assert 'value="148"' in told.content.decode()
    now = re.search(r'name="definition" value="(\d+)"', told.content.decode())
    assert page.post(address, data | {"definition": now[1]}).status_code == 302


@pytest.fixture
def used(ada, oven):
    """A completed trial that used 148 where 150 was asked for."""
    heat, _ = keys_of(oven)
    (trial,) = take(oven, ada, (150, 2))
    finish(trial, ada, 1.0)
    values = trial.parameters | {heat: 148.0}
    trial_details.use(trial, values=values, seen=trial.parameters, by=ada)
    return oven


def test_both_stay_visible_everywhere(page, used):
    assert "148 asked for: 150" in said(page.get(used.get_absolute_url()))
    assert "148 asked for: 150" in said(shown(page, "trials", used.pk))
    assert "148 asked for: 150" in said(shown(page, "trial", used.pk, 0))
    plots = shown(page, "plots", used.pk).content.decode()
    hovers = json.loads(html.unescape(re.search(r'data-shown="([^"]*)"', plots)[1]))
    assert hovers["0"] == ["148 (asked for: 150)", "2"]
    run = page.get(used.get_absolute_url()).content.decode()
    figure = json.loads(html.unescape(re.search(r'data-figure="([^"]*)"', run)[1]))
    assert figure["shown"]["0"] == ["148 (asked for: 150)", "2"]
    for name in ("trials_csv", "plots_data"):
        answer = shown(page, name, used.pk)
        head, line = content_of(answer).decode("utf-8-sig").splitlines()
        cells = dict(zip(head.split(","), line.split(","), strict=True))
        assert (cells["heat"], cells["asked for: heat"]) == ("148.0", "150.0")
        assert "asked for: time" not in cells
    (trial,) = json.loads(content_of(shown(page, "export_whole", used.pk)))["trials"]
    assert trial["parameters"] == {"heat": 148.0, "time": 2.0}
    assert trial["requested"] == {"heat": 150.0, "time": 2.0}


def test_the_reason_says_what_it_is_about(page, used):
    text = said(shown(page, "trial", used.pk, 0))
    assert "of the values that were asked for, not of those that were used" in text


def test_repeats_of_anything_have_its_values_and_count_together(page, ada, oven):
    heat, time = keys_of(oven)
    outside = own_trials.add(
        oven, parameters={heat: 500.0, time: 1.0}, key=uuid.uuid4(), by=ada, is_outside=True
    )
    trials.fail(outside, by=ada, reason="smoke")
    (first,) = again(outside, ada)
    (second,) = again(first, ada)
    for trial, value in ((first, 4.0), (second, 6.0)):
        finish(trial, ada, value)
    assert {t.origin for t in (first, second)} == {TrialOrigin.REPEATED}
    text = said(shown(page, "trial", oven.pk, second.number))
    assert "were tried 2 times (trials 1 , 2 ): booth 5 ± 1.4" in text
    assert "outside" in text
    assert said(shown(page, "trials", oven.pk)).count("2×: 5 ± 1.4") == 2


def test_a_repeat_of_a_trial_whose_parameter_was_retired_has_its_old_value(page, ada, oven):
    heat, _ = keys_of(oven)
    (trial,) = take(oven, ada, (150, 2))
    finish(trial, ada, 1.0)

    def retired(parameters):
        return tuple(
            replace(p, spec=replace(p.spec, pinned=100.0)) if p.name == "heat" else p
            for p in parameters
        )

    edit(oven, ada, retired)
    (repeat,) = again(trial, ada)
    assert repeat.parameters[heat] == 150.0
    form = shown(page, "add_trial", oven.pk)
    assert "Retired: suggestions have 100 from now on." in said(form)
    data = {heat: "100", keys_of(oven)[1]: "2", "key": str(uuid.uuid4())}
    assert page.post(reverse("experiments:add_trial", args=[oven.pk]), data).status_code == 302


def test_trials_from_before_a_parameter_was_added_are_repeated_with_what_they_had(page, ada, oven):
    (trial,) = take(oven, ada, (150, 2))
    finish(trial, ada, 1.0)
    gas = ParameterSpec(
        key="n1", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("air", "argon"),
        backfill="air",
    )  # fmt: skip
    edit(oven, ada, lambda parameters: (*parameters, ParameterDraft(name="gas", spec=gas)))
    data = dict(zip(keys_of(oven), ("150", "2", "air"), strict=True), key=str(uuid.uuid4()))
    address = reverse("experiments:add_trial", args=[oven.pk])
    assert "Trial 0 has the same parameters." in said(page.post(address, data))
    page.post(address, data | {"is_repeat": "1"})
    finish(oven.trials.get(number=1), ada, 2.0)
    assert "were tried 2 times" in said(shown(page, "trial", oven.pk, 0))


def test_the_best_and_the_plots_tell_mean_and_spread(page, ada, oven):
    lucky, steady = take(oven, ada, (150, 2), (100, 1))
    finish(lucky, ada, 1.0)
    finish(steady, ada, 2.0)
    plain = shown(page, "plots", oven.pk).content.decode()
    assert "repeats" not in plain
    for trial, value in zip(again(lucky, ada, 2), (4.0, 7.0), strict=True):
        finish(trial, ada, value)
    text = said(page.get(oven.get_absolute_url()))
    assert "All 3 results with these parameters: 4 ± 3 (mean and standard deviation)." in text
    assert "Repeats counted together, the combination of trial 1 is best: booth 2 ±" in text
    plots = shown(page, "plots", oven.pk).content.decode()
    hovers = json.loads(html.unescape(re.search(r'data-shown="([^"]*)"', plots)[1]))
    assert hovers["0"][-1] == "<br>all 3 with these: booth 4 ± 3"
    assert hovers["1"][-1] == ""
    found = [json.loads(html.unescape(f)) for f in re.findall(r'data-figure="([^"]*)"', plots)]
    bars = [t for f in found for t in f.get("data", ()) if t["name"] == "repeats"]
    assert bars
    assert (bars[0]["x"], bars[0]["y"], bars[0]["error_y"]["array"]) == ([150], [4], [3])


def test_a_corrected_repeat_changes_the_rows_of_the_others(page, ada, oven):
    (trial,) = take(oven, ada, (150, 2))
    finish(trial, ada, 1.0)
    (repeat,) = again(trial, ada)
    finish(repeat, ada, 3.0)

    def version():
        row = shown(page, "trials", oven.pk).content.decode()
        return re.search(r'id="trial-0"[^>]*data-version="([^"]+)"', row)[1]

    before = version()
    objective = oven.objective
    trials.correct(repeat, values={objective: Result(5.0)}, seen={objective: Result(3.0)}, by=ada)
    assert version() != before
