"""Starting from what is known: trials of several experiments come along, as far as they fit."""

import re

import pytest
from django.urls import reverse

from experiments.models import Experiment, Membership, Role, TrialOrigin
from experiments.services import trials as trial_services
from tests.factories import finish, float_range, make_experiment, make_user, take
from tests.views.filled_forms import fields_of
from tests.views.test_starts import create, text_of

KNOWN, ALONG, NEW = "/experiments/known/", "/experiments/known/along/", "/experiments/new/"


@pytest.fixture
def first(ada):
    """Booth with two results, a failed and a running trial."""
    made = make_experiment(ada, name="First")
    one, other, failed, _ = take(made, ada, (1, 2), (9, 2), (3, 3), (4, 4))
    finish(one, ada, 0.25, sem=0.5)
    finish(other, ada, 7.0)
    trial_services.fail(failed, by=ada)
    return made


@pytest.fixture
def second(ada):
    """A narrower Booth with one result, and a parameter that the first lacks."""
    ranges = {"x2": float_range(0, 5), "x1": float_range(0, 5), "z": float_range(0, 1)}
    made = make_experiment(ada, name="Second", parameters=ranges)
    (one,) = take(made, ada, (3, 4, 0.5))
    finish(one, ada, 2.0)
    return made


def opened(page, *experiments, way="take", **query):
    ids = [str(experiment.pk) for experiment in experiments]
    return page.get(KNOWN, {"of": ids, "way": way, "step": "open", **query})


def shown(page, *experiments, way="take", **query):
    ids = [str(experiment.pk) for experiment in experiments]
    return text_of(page.get(KNOWN, {"of": ids, "way": way, **query}))


def chosen_way(text):
    """The way that is chosen, and what the page says of both."""
    return re.search(r'name="way" value="(\w+)"[^>]* checked', text)[1]


class TestChoosing:
    def test_it_is_one_of_the_ways_to_start(self, page, first):
        assert f'href="{KNOWN}"' in text_of(page.get("/experiments/start/"))
        assert "First" in text_of(page.get(KNOWN))

    def test_without_anything_to_choose_it_says_what_to_do(self, page, experiment):
        assert "No experiment has finished trials." in text_of(page.get(KNOWN))

    def test_the_overlap_is_shown(self, page, first, second):
        said = shown(page, first, second)
        assert "−10 to 10 here, 0 to 5 there: 25 % of it was varied there" in said
        assert "only there: left out" in said
        assert "<b>3 trials</b> come along." in said
        narrower = shown(page, first, second, like=second.pk)
        assert "Trials have no value for z: give it a value before." in narrower
        assert "<b>1 trial</b> comes along." in narrower

    def test_trials_outside_are_counted_and_can_stay_behind(self, page, first):
        first.parameters.filter(name="x1").update(upper=5)
        said = shown(page, first)
        assert "1 inside the search space, 1 outside" in said
        assert "outside: x1: 9 lies above 5." in said
        assert "<b>1 trial</b> comes along." in shown(page, first, inside="1")

    def test_search_and_what_is_not_there(self, page, first, second):
        found = text_of(page.get(KNOWN, {"q": "sec"}))
        assert "Second" in found
        assert "First" not in found
        assert "has “zebra”" in text_of(page.get(KNOWN, {"q": "zebra"}))
        odd = {"q": "\x00", "of": ["x", "²", "9" * 30, "99"], "without": ["1", "-", "x-1"]}
        assert page.get(KNOWN, odd | {"step": "open"}).status_code == 200

    def test_a_viewer_of_one_team_may_not_define(self, client, first):
        vera = make_user("vera")
        vera.memberships.all().delete()
        Membership.objects.create(team=first.team, user=vera, role=Role.VIEWER)
        client.force_login(vera)
        assert client.get(KNOWN).status_code == 403
        assert client.post(ALONG).status_code == 403


class TestTakingAlong:
    def test_trials_of_several_are_mapped_by_name(self, page, first, second):
        before = list(Experiment.objects.order_by("pk").values())
        made = create(page, opened(page, first, second))
        assert made.name == "After First"
        found = list(made.trials.prefetch_related("observations"))
        parameters = list(made.parameters.all())
        assert [trial.named_parameters(parameters) for trial in found] == [
            {"x1": 1.0, "x2": 2.0},
            {"x1": 9.0, "x2": 2.0},
            {"x1": 4.0, "x2": 3.0},
        ]
        assert [[(o.mean, o.sem) for o in trial.observations.all()] for trial in found] == [
            [(0.25, 0.5)],
            [(7.0, None)],
            [(2.0, None)],
        ]
        assert {trial.origin for trial in found} == {TrialOrigin.COPIED}
        assert [t.source.experiment_id for t in found] == [first.pk, first.pk, second.pk]
        assert list(Experiment.objects.exclude(pk=made.pk).order_by("pk").values()) == before

    def test_each_leads_back_to_where_it_comes_from(self, page, first, second):
        made = create(page, opened(page, second, first, like=first.pk))
        source = reverse("experiments:trial", args=[second.pk, 0])
        assert f'href="{source}"' in text_of(page.get(made.get_absolute_url()))
        own = text_of(page.get(reverse("experiments:trial", args=[made.pk, 0])))
        assert f'copied from <a href="{source}">trial 0 of Second</a>' in own

    def test_single_trials_and_experiments_stay_behind(self, page, first, second):
        made = create(page, opened(page, first, without=[f"{first.pk}-0"]))
        assert [trial.source.number for trial in made.trials.all()] == [1]

    def test_a_parameter_that_lacks_gets_its_value_in_the_form(self, page, first, second):
        response = opened(page, first, second, like=second.pk)
        assert "“First”: no trial comes along yet." in text_of(response)
        made = create(page, response, **{"p3-backfill": "0.25"})
        parameters = list(made.parameters.all())
        values = [trial.named_parameters(parameters)["z"] for trial in made.trials.all()]
        assert values == [0.25, 0.25, 0.5]

    def test_what_was_taken_along_before_does_not_count_twice(self, page, first):
        child = create(page, opened(page, first))
        said = shown(page, first, child)
        assert "<b>2 trials</b> come along." in said
        assert "It is the same as trial 0 of “First”." in said
        assert create(page, opened(page, first, child)).trials.count() == 2

    def test_from_the_form_with_all_that_was_typed(self, page, first, second):
        fields = fields_of(page.get("/experiments/start/booth/").content.decode())
        fields |= {"name": "Mine", "description": "Two\nlines"}
        offered = page.post(ALONG, fields)
        assert "in common: 2 of 2 parameters, 1 of 1 metrics" in text_of(offered)
        kept = fields_of(offered.content.decode(), "known-form")
        back = page.post(ALONG, kept | {"of": [str(first.pk)], "way": "take", "step": "open"})
        assert "“First”: 2 trials come along" in text_of(back)
        made = create(page, back)
        assert (made.name, made.description.split()) == ("Mine", ["Two", "lines"])
        assert made.trials.count() == 2
        again = page.post(ALONG, fields_of(back.content.decode()))
        assert f'name="of" value="{first.pk}" checked' in text_of(again)

    def test_a_form_without_anything_to_compare_is_shown_again(self, page):
        response = page.post(ALONG, {"name": "Kept <b>"})
        assert response.status_code == 422
        assert "they decide which trials fit" in response.content.decode()
        assert "Kept &lt;b&gt;" in response.content.decode()


class TestLearning:
    """Trials stay where they are; the model learns how alike the experiments are."""

    def test_it_is_recommended_and_taken_unless_asked_otherwise(self, page, first, second):
        said = text_of(page.get(KNOWN, {"of": [first.pk]}))
        assert chosen_way(said) == "learn"
        assert "Nobody knows before whether results here will lie where theirs do" in said
        assert "The model learns from <b>2 trials</b>." in said
        assert chosen_way(shown(page, first)) == "take"
        assert "z: not as in “Second”" in shown(page, first, second)

    def test_results_that_lie_higher_are_noticed(self, page, ada, first):
        higher = make_experiment(ada, name="Higher")
        points = [(1, 2), (9, 2), (5, 5), (-5, 5)]
        for trial, mean in zip(take(higher, ada, *points), (50, 57, 60, 61), strict=True):
            finish(trial, ada, mean)
        assert "pairs of trials" not in shown(page, first, higher)
        for trial, mean in zip(take(first, ada, *points[2:]), (10, 11), strict=True):
            finish(trial, ada, mean)
        assert (
            "(4 pairs of trials), booth in “First” lies some 50 below that in “Higher”."
            in shown(page, first, higher)
        )

    def test_the_experiment_has_no_trials_and_knows_where_to_learn(self, page, first, second):
        response = opened(page, first, second, way="learn", without=[f"{first.pk}-0"], inside="1")
        assert "“First”: the model learns from 1 trial there" in text_of(response)
        made = create(page, response)
        assert made.trials.count() == 0
        rows = list(made.auxiliary_sources.values_list("source", "without", "only_inside"))
        assert rows == [(first.pk, [0], True), (second.pk, [], True)]
        said = text_of(page.get(made.get_absolute_url()))
        assert "Learns from 2 other experiments" in said

    def test_it_stays_the_way_when_the_form_goes_back(self, page, first):
        back = page.post(ALONG, fields_of(opened(page, first, way="learn").content.decode()))
        assert chosen_way(text_of(back)) == "learn"
        back = page.post(ALONG, fields_of(opened(page, first).content.decode()))
        assert chosen_way(text_of(back)) == "take"

    def test_where_no_model_can_learn_so_the_page_says_why(self, page, first):
        first.generation_method = "random_search"
        first.save(update_fields=["generation_method"])
        for query in ({}, {"way": "learn"}):
            said = text_of(page.get(KNOWN, {"of": [first.pk], **query}))
            assert chosen_way(said) == "take"
            assert "Not here. The generation method “fast” alone learns" in said
        assert create(page, opened(page, first, way="learn")).trials.count() == 2

    def test_forged_ones_are_refused(self, page, first):
        charlie = make_user("charlie")
        theirs = make_experiment(charlie, name="Secret")
        fields = fields_of(page.get("/experiments/start/booth/").content.decode())
        sent = page.post(NEW, fields | {"source": f"known:{theirs.pk},learn", "action": "create"})
        assert sent.status_code == 422
        assert "is gone, or not yours to see" in sent.content.decode()


class TestOthers:
    @pytest.fixture
    def theirs(self):
        charlie = make_user("charlie")
        made = make_experiment(charlie, name="Secret")
        (trial,) = take(made, charlie, (1, 1))
        finish(trial, charlie, 1.0)
        return made

    def test_what_belongs_to_others_is_nowhere(self, page, first, theirs):
        assert "Secret" not in shown(page, theirs)
        assert "Secret" not in shown(page, first, theirs)
        assert create(page, opened(page, first, theirs)).trials.count() == 2

    def test_forged_sources_are_refused(self, page, first, theirs):
        fields = fields_of(page.get("/experiments/start/booth/").content.decode())
        for source in (f"known:{theirs.pk}", f"known:{first.pk},{theirs.pk}", "known:x", "known:²"):
            sent = page.post(NEW, fields | {"source": source, "action": "create"})
            assert sent.status_code == 422, source
            assert "is gone, or not yours to see" in sent.content.decode()
        assert Experiment.objects.filter(name="Booth").count() == 0

    def test_who_may_not_see_the_source_sees_no_link(self, client, page, first):
        made = create(page, opened(page, first))
        vera = make_user("vera")
        team = vera.teams.get()
        Experiment.objects.filter(pk=made.pk).update(team=team)
        client.force_login(vera)
        for address in (made.get_absolute_url(), reverse("experiments:trial", args=[made.pk, 0])):
            said = text_of(client.get(address))
            assert "copied" in said
            assert f"/experiments/{first.pk}/" not in said
            assert "of First" not in said
