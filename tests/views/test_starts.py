"""Ways to start: templates, copies, definitions that are pasted; and the export of definitions."""

import html
import json
import re
import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings

from experiments.definition_rules import definition_problems
from experiments.documents import to_document
from experiments.domain import Direction, MetricRole
from experiments.importing import read_definition
from experiments.models import Experiment, Membership, Role, Team, TrialOrigin
from experiments.services import experiments, lifecycle
from experiments.services import trials as trial_services
from experiments.starters import STARTERS
from tests.factories import finish, make_experiment, make_user, take
from tests.importing.drafts import drafts
from tests.views.filled_forms import fields_of

NEW, START, PASTE, PICK = (
    "/experiments/new/",
    "/experiments/start/",
    "/experiments/paste/",
    "/experiments/copy/",
)


def text_of(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return html.unescape(response.content.decode())


def create(page, response, **changes: str) -> Experiment:
    """Send the form that a page shows, with some fields changed; return what it makes."""
    assert response.status_code == 200
    fields = fields_of(response.content.decode()) | changes
    done = page.post(NEW, fields | {"action": "create"})
    assert done.status_code == 302, html.unescape(done.content.decode())
    return Experiment.objects.get(pk=done["Location"].strip("/").split("/")[-1])


def same(draft):
    """A definition, without what each experiment has of its own."""
    return json.loads(json.dumps(to_document(replace(draft, seed=None))))


def _teams(response) -> str:
    """The list of teams that the form offers."""
    return re.search(r'<select name="team".*?</select>', text_of(response), re.S)[0]


class TestWays:
    def test_all_are_shown_and_lead_somewhere(self, page, experiment):
        text = text_of(page.get(START))
        ways = [NEW, PASTE, PICK, reverse("experiments:table")]
        ways += [f"{START}{slug}/" for slug in STARTERS]
        for way in ways:
            assert f'href="{way}"' in text
            assert page.get(way).status_code == 200

    def test_nothing_to_copy_is_not_offered(self, page):
        assert PICK not in text_of(page.get(START))
        assert "There is no experiment to copy yet" in text_of(page.get(PICK))

    def test_the_team_of_the_newest_experiment_is_chosen_at_first(self, page, ada):
        home = ada.teams.get()
        other = Team.objects.create(name="Another team")
        Membership.objects.create(team=other, user=ada, role=Role.EDITOR)
        assert 'value="" selected' in _teams(page.get(NEW))
        experiments.create(draft=STARTERS["recipe"].draft, team=home, by=ada)
        assert f'value="{home.pk}" selected' in _teams(page.get(NEW))
        experiments.create(draft=STARTERS["recipe"].draft, team=other, by=ada)
        for way in (NEW, f"{START}recipe/"):
            assert f'value="{other.pk}" selected' in _teams(page.get(way))

    def test_the_blank_form_is_one_click_away_and_leads_here(self, page):
        assert f'href="{START}"' in text_of(page.get(NEW))
        assert f'href="{START}"' in text_of(page.get("/"))

    @pytest.mark.parametrize("way", [START, PICK, PASTE, f"{START}recipe/"])
    def test_who_may_not_define_is_told_so(self, client, experiment, way):
        vera = make_user("vera")
        vera.memberships.all().delete()
        Membership.objects.create(team=experiment.team, user=vera, role=Role.VIEWER)
        client.force_login(vera)
        assert client.get(way).status_code == 403

    def test_an_unknown_template_does_not_exist(self, page):
        assert page.get(f"{START}mine/").status_code == 404


class TestTemplates:
    @pytest.mark.parametrize("slug", STARTERS)
    def test_each_is_a_definition_without_problems(self, slug):
        assert definition_problems(STARTERS[slug].draft) == []

    @pytest.mark.parametrize("slug", STARTERS)
    def test_each_can_be_created_as_it_is(self, page, slug):
        made = create(page, page.get(f"{START}{slug}/"))
        assert same(made.definition) == same(STARTERS[slug].draft)


@pytest.fixture
def source(ada):
    """Booth with a completed trial (and its error), a failed, an abandoned and a running one."""
    experiment = make_experiment(ada, name="Source")
    done, failed, abandoned, _running = take(experiment, ada, (1, 2), (3, 4), (5, 6), (7, 8))
    finish(done, ada, 0.25, sem=0.5)
    trial_services.fail(failed, by=ada, reason="It broke.")
    trial_services.abandon(abandoned, by=ada)
    return Experiment.objects.get(pk=experiment.pk)


def copy(page, experiment, trials: bool = True):
    url = reverse("experiments:copy", args=[experiment.pk])
    return page.get(url, {"trials": "1"} if trials else {})


class TestCopies:
    def test_without_trials(self, page, source):
        made = create(page, copy(page, source, trials=False))
        assert made.name == "Copy of Source"
        assert made.trials.count() == 0
        assert same(made.definition) == same(source.definition) | {"name": "Copy of Source"}
        assert made.seed != source.seed

    def test_it_belongs_to_the_same_team_at_first(self, page, ada, source):
        other = Team.objects.create(name="Another team")
        Membership.objects.create(team=other, user=ada, role=Role.EDITOR)
        for team in (source.team, other):
            Experiment.objects.filter(pk=source.pk).update(team=team)
            assert f'value="{team.pk}" selected' in _teams(copy(page, source))

    def test_with_trials(self, page, source):
        response = copy(page, source)
        assert "3 finished trials come along when you create it" in text_of(response)
        made = create(page, response)
        found = list(made.trials.prefetch_related("observations"))
        assert [trial.status for trial in found] == ["completed", "failed", "abandoned"]
        assert {trial.origin for trial in found} == {TrialOrigin.COPIED}
        parameters = list(made.parameters.all())
        values = [trial.named_parameters(parameters) for trial in found]
        assert values[0] == {"x1": 1.0, "x2": 2.0}
        assert [(o.mean, o.sem) for o in found[0].observations.all()] == [(0.25, 0.5)]
        assert [trial.reason for trial in found] == ["", "It broke.", ""]

    def test_without_any_trial_to_bring(self, page, experiment):
        response = copy(page, experiment)
        assert "No trial comes along: none is finished yet." in text_of(response)
        assert create(page, response).trials.count() == 0

    def test_narrowed_bounds_keep_the_trials_and_say_so(self, page, source):
        made = create(page, copy(page, source), **{"p1-upper": "2"})
        assert made.trials.count() == 3
        assert "2 of them outside the search space" in text_of(page.get(made.get_absolute_url()))

    def test_trials_that_no_longer_fit_are_left_out_with_reasons(self, page, source, ada):
        (trial,) = take(source, ada, (1.5, 2))
        finish(trial, ada, 3.0)
        made = create(page, copy(page, source), **{"p1-kind": "int"})
        assert made.trials.count() == 3
        said = text_of(page.get(made.get_absolute_url()))
        assert "1 trial was left out. Trial 4: x1, 1.5: This is not a whole number." in said

    def test_metrics_that_are_gone_take_their_results_along(self, page, source):
        fields = {"m1-key": "", "m1-name": "other"}
        made = create(page, copy(page, source), **fields)
        assert [trial.status for trial in made.trials.all()] == ["failed", "abandoned"]
        said = text_of(page.get(made.get_absolute_url()))
        assert "Trial 0: It has no result for any of the metrics." in said

    def test_a_parameter_that_is_added_as_fixed_has_always_been_so(self, page, source):
        fields = {"p3-name": "device", "p3-kind": "fixed", "p3-data_type": "text"}
        made = create(page, copy(page, source), **fields, **{"p3-value": "gpu"})
        parameters = list(made.parameters.all())
        assert made.trials.first().named_parameters(parameters)["device"] == "gpu"

    def test_a_parameter_that_is_added_otherwise_leaves_them_out(self, page, source):
        fields = {"p3-name": "x3", "p3-kind": "float", "p3-lower": "0", "p3-upper": "1"}
        made = create(page, copy(page, source), **fields)
        assert made.trials.count() == 0
        assert "x3: there is no value." in text_of(page.get(made.get_absolute_url()))

    def test_the_baseline_is_the_same_trial_again(self, page, source):
        source.baseline = source.trials.get(number=0)
        source.save(update_fields=["baseline"])
        made = create(page, copy(page, source))
        assert made.baseline is not None
        assert (made.baseline.number, made.baseline.status) == (0, "completed")
        assert made.trials.count() == 3

    def test_without_trials_the_baseline_is_offered_by_its_values(self, page, source):
        source.baseline = source.trials.get(number=0)
        source.save(update_fields=["baseline"])
        made = create(page, copy(page, source, trials=False))
        baseline = made.trials.get()
        assert baseline == made.baseline
        assert (baseline.status, baseline.origin) == ("running", TrialOrigin.BASELINE)
        parameters = list(made.parameters.all())
        assert baseline.named_parameters(parameters) == {"x1": 1.0, "x2": 2.0}

    def test_what_belongs_to_others_cannot_be_copied(self, page, client):
        theirs = make_experiment(make_user("charlie"))
        assert copy(page, theirs).status_code == 404
        fields = fields_of(page.get(f"{START}booth/").content.decode())
        sent = fields | {"source": f"copy:{theirs.pk}", "action": "create"}
        response = page.post(NEW, sent)
        assert response.status_code == 422
        assert "The experiment that this is a copy of is gone" in response.content.decode()
        assert Experiment.objects.count() == 1

    @pytest.mark.parametrize("source", ["copy:", "copy:x", "copy:²", "copy:99999999999", "x:1"])
    def test_forged_sources_are_refused(self, page, source):
        fields = fields_of(page.get(f"{START}booth/").content.decode())
        response = page.post(NEW, fields | {"source": source, "action": "create"})
        assert response.status_code == 422
        assert 'value="Booth"' in response.content.decode()

    def test_the_picker_searches_and_pages(self, page, ada):
        for number in range(30):
            make_experiment(ada, name=f"Study {number}")
        first = text_of(page.get(PICK))
        assert "Page 1 of 2" in first
        assert "Study 29" in first
        assert "Study 3<" not in first
        found = text_of(page.get(PICK, {"q": "study 3"}))
        assert "Study 3<" in found
        assert "Study 29" not in found
        assert "No experiment has “zebra”" in text_of(page.get(PICK, {"q": "zebra"}))
        assert page.get(PICK, {"q": "\x00%_'", "page": "x"}).status_code == 200


SWEEP = """
method: bayes
metric: {name: loss, goal: minimize}
parameters:
  lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}
  layers: {min: 1, max: 4}
  noise: {distribution: normal, mu: 3}
early_terminate: {type: hyperband}
"""


class TestPaste:
    def test_a_sweep_fills_the_form_in(self, page):
        response = page.post(PASTE, {"text": SWEEP})
        said = text_of(response)
        assert "Read as a W&B sweep configuration." in said
        assert "the distribution “normal” has no counterpart in AxDash" in said
        assert "AxDash does not stop runs early." in said
        fields = {"name": "From W&B", "p3-lower": "0", "p3-upper": "6"}
        made = create(page, response, **fields)
        assert [p.name for p in made.parameters.all()] == ["lr", "layers", "noise"]
        spec = made.parameters.get(name="lr").spec
        assert (spec.lower, spec.upper, spec.log_scale) == (1e-5, 0.1, True)
        assert (made.objective.name, made.objective.direction) == ("loss", Direction.MINIMIZE)

    def test_an_ax_script_with_all_kinds_can_be_created_as_it_is(self, page):
        response = page.post(PASTE, {"text": ALL_KINDS})
        made = create(page, response)
        expected = read_definition(ALL_KINDS).draft
        assert expected is not None
        assert definition_problems(expected) == []
        definition = made.definition
        assert same(replace(definition, baseline_trial=None)) == same(
            replace(expected, baseline_values=None)
        )
        assert made.baseline.origin == TrialOrigin.BASELINE
        bounds = [m for m in definition.metrics if m.spec.role is MetricRole.CONSTRAINT]
        assert [(m.name, m.spec.bound, m.spec.is_relative) for m in bounds] == [
            ("latency", 50.0, False),
            ("qps", -5.0, True),
        ]

    def test_what_was_not_understood_is_said_beside_the_field(self, page):
        response = page.post(PASTE, {"text": 'hello <b> "there"'})
        assert response.status_code == 422
        text = response.content.decode()
        assert "No definition was found in this." in text
        assert "hello &lt;b&gt; &quot;there&quot;" in text
        assert 'aria-invalid="true"' in text
        assert "id_text_error" in text

    @pytest.mark.parametrize("text", ["", "   "])
    def test_nothing_at_all(self, page, text):
        response = page.post(PASTE, {"text": text})
        assert response.status_code == 422
        assert "Paste a definition, or choose a file." in response.content.decode()

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_a_file_counts_before_the_text(self, page, encoding):
        file = SimpleUploadedFile("sweep.yaml", SWEEP.replace("lr:", "größe:").encode(encoding))
        assert "größe" in text_of(page.post(PASTE, {"text": "x", "file": file}))

    def test_a_file_in_latin_1_is_read_and_that_is_said(self, page):
        file = SimpleUploadedFile("sweep.yaml", SWEEP.replace("lr:", "größe:").encode("latin-1"))
        said = text_of(page.post(PASTE, {"file": file}))
        assert "größe" in said
        assert "it was read as Latin-1" in said

    def test_a_file_that_is_no_text(self, page):
        file = SimpleUploadedFile("x.yaml", bytes(range(256)) * 100)
        response = page.post(PASTE, {"file": file})
        assert response.status_code == 422

    def test_a_large_file_is_refused_in_words(self, page):
        file = SimpleUploadedFile("x.yaml", b"#" * 1_200_000)
        response = page.post(PASTE, {"text": "kept", "file": file})
        assert response.status_code == 422
        text = response.content.decode()
        assert "The file has 1.2 MB; a definition has 1 MB at most." in text
        assert "kept" in text

    def test_a_long_text_is_refused_in_words(self, page):
        response = page.post(PASTE, {"text": "#" * 1_000_001})
        assert response.status_code == 422
        assert "longer than a million characters" in response.content.decode()

    def test_names_with_html_stay_names(self, page):
        name = '<script>alert("1")</script>'
        text = json.dumps([{"name": name, "type": "range", "bounds": [0.0, 1.0]}])
        response = page.post(PASTE, {"text": text})
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
        fields = {"name": "x", "m1-name": "loss", "m1-goal": "minimize"}
        assert create(page, response, **fields).parameters.get().name == name

    @given(drafts())
    @settings(
        deadline=None,
        max_examples=25,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_any_definition_opens_the_form_and_is_judged_there(self, page, draft):
        response = page.post(PASTE, {"text": json.dumps(to_document(draft))})
        assert response.status_code == 200
        sent = page.post(NEW, fields_of(response.content.decode()) | {"key": str(uuid.uuid4())})
        assert sent.status_code in (302, 422)


ALL_KINDS = """
client.configure_experiment(
    name="All kinds",
    description="One of each.",
    parameters=[
        RangeParameterConfig("lr", (1e-5, 0.1), "float", scaling="log"),
        RangeParameterConfig("a", (0.0, 1.0), "float", step_size=0.25),
        RangeParameterConfig("b", (0.0, 1.0), "float"),
        RangeParameterConfig("layers", (1, 8), "int"),
        DerivedParameterConfig("rest", "1 - a - b", "float"),
        ChoiceParameterConfig("optimizer", ["adam", "sgd"], "str", is_ordered=False,
                              dependent_parameters={"sgd": ["momentum"]}),
        RangeParameterConfig("momentum", (0.0, 0.99), "float"),
        ChoiceParameterConfig("batch", [16, 32, 64], "int", is_ordered=True),
        ChoiceParameterConfig("device", ["gpu"], "str"),
    ],
    parameter_constraints=["a + b <= 1", "2*a - b >= -0.5"],
)
client.attach_baseline(parameters={"lr": 0.01, "a": 0.5, "b": 0.25, "layers": 2,
                                   "optimizer": "adam", "batch": 32, "device": "gpu"})
client.configure_optimization(
    objective="-loss, accuracy",
    outcome_constraints=["latency <= 50", "qps >= 0.95 * baseline", "loss <= 2"],
)
"""


class TestExport:
    def url(self, experiment) -> str:
        return reverse("experiments:export_definition", args=[experiment.pk])

    def test_it_comes_back_as_an_equal_definition(self, page, source):
        source.baseline = source.trials.get(number=0)
        source.save(update_fields=["baseline"])
        response = page.get(self.url(source))
        assert response["Content-Type"] == "application/json"
        assert response["Content-Disposition"] == 'attachment; filename="source.json"'
        text = response.content.decode()
        made = create(page, page.post(PASTE, {"text": text}))
        assert page.get(self.url(made)).json() == json.loads(text)

    @pytest.mark.parametrize("slug", STARTERS)
    def test_templates_come_back_equal(self, page, slug):
        made = create(page, page.get(f"{START}{slug}/"))
        text = page.get(self.url(made)).content.decode()
        again = create(page, page.post(PASTE, {"text": text}), name="Again")
        assert same(again.definition) == same(made.definition) | {"name": "Again"}

    @pytest.mark.parametrize("name", ['a"b\\c/../d', "Größe\u202e.exe", "混合", "x" * 200])
    def test_file_names_are_safe(self, page, ada, name):
        made = make_experiment(ada, name=name)
        header = page.get(self.url(made))["Content-Disposition"]
        stem = header.removeprefix('attachment; filename="').removesuffix('.json"')
        assert stem.replace("-", "").replace("_", "").isalnum()
        assert stem.isascii()
        assert len(stem) <= 80

    def test_it_is_offered_on_the_page(self, page, source):
        text = text_of(page.get(source.get_absolute_url()))
        export = reverse("experiments:export", args=[source.pk])
        assert f'href="{export}"' in text
        assert f'href="{self.url(source)}"' in text_of(page.get(export))
        copy_url = reverse("experiments:copy", args=[source.pk])
        assert f'href="{copy_url}"' in text
        assert f'href="{copy_url}?trials=1"' in text

    def test_others_do_not_get_it(self, client, source):
        client.force_login(make_user("charlie"))
        assert client.get(self.url(source)).status_code == 404


@pytest.mark.parametrize("with_trials", [False, True])
def test_a_copy_has_the_command_template_too(page, ada, with_trials):
    source = make_experiment(ada)
    lifecycle.set_command(source, template="run --x {x1}", by=ada)
    made = create(page, copy(page, source, trials=with_trials))
    assert made.command == "run --x {x1}"


def test_a_copy_without_a_name_that_the_command_has_drops_it(page, ada):
    source = make_experiment(ada)
    lifecycle.set_command(source, template="run --x {x1}", by=ada)
    assert create(page, copy(page, source), **{"p1-name": "other"}).command == ""
