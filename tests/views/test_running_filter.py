"""The running trials of an experiment’s page, narrowed to the own or the overdue ones."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments.models import Membership, Role
from experiments.services import trial_details
from tests.factories import make_user, take


@pytest.fixture
def three(ada, experiment):
    """Trial 0 is Ada’s, 1 is Ben’s and overdue, 2 is nobody’s."""
    ben = make_user("ben")
    Membership.objects.create(team=experiment.team, user=ben, role=Role.RUNNER)
    made = take(experiment, ada, (1, 2), (3, 4), (5, 6))
    trial_details.assign([made[1]], to=ben, by=ada)
    trial_details.assign([made[2]], to=None, by=ada)
    trial_details.set_due([made[1]], due_on=date(2020, 1, 1), by=ada)
    trial_details.set_due([made[0]], due_on=timezone.localdate() + timedelta(days=2), by=ada)
    return made


def shown(text):
    return [int(number) for number in re.findall(r'id="run-(\d+)"', text)]


WANTED = [
    ("", [0, 1, 2]),
    ("?run=mine", [0]),
    ("?run=overdue", [1]),
    ("?run=%00%22", [0, 1, 2]),
    ("?x&run=mine", [0]),
]


@pytest.mark.parametrize(("query", "numbers"), WANTED)
def test_the_address_says_which_are_shown(page, experiment, three, query, numbers):
    text = page.get(experiment.get_absolute_url() + query).content.decode()
    assert shown(text) == numbers
    live = re.search(r'data-live="([^"]*)"', text)[1].replace("&amp;", "&")
    assert shown(page.get(live).content.decode()) == numbers


def test_an_act_in_a_narrowed_list_is_answered_with_that_list(page, experiment, three):
    text = page.get(experiment.get_absolute_url() + "?run=mine").content.decode()
    fail = re.search(r'hx-post="([^"]*/0/fail/[^"]*)"', text)[1]
    answer = page.post(fail, headers={"HX-Request": "true"}).content.decode()
    assert shown(answer) == []


def test_handing_over_leads_back_to_the_narrowed_list(page, experiment, three):
    text = page.get(experiment.get_absolute_url() + "?run=mine").content.decode()
    who = re.search(r'href="([^"]*/0/who/[^"]*)"', text)[1]
    form = page.get(who).content.decode()
    back = re.search(r'name="next" value="([^"]*)"', form)[1]
    assert back == f"{experiment.get_absolute_url()}?run=mine"
    address = reverse("experiments:trial_who", args=[experiment.pk, 0])
    done = page.post(address, {"to": "nobody", "due_on": "", "next": back}, follow=True)
    assert shown(done.content.decode()) == []
    assert "You have none of the running trials." in done.content.decode()


def test_a_row_says_who_and_until_when(page, experiment, three):
    text = page.get(experiment.get_absolute_url() + "?run=overdue").content.decode()
    assert ">ben</" in text
    assert "due 1 Jan" in text
    assert ">overdue<" in text
