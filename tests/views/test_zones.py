"""Days and times by the clock of whoever reads."""

import re
from datetime import UTC, date, datetime

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from axdash.middleware import ZONE_COOKIE
from experiments.models import Trial
from experiments.services import trial_details
from tests.factories import finish, take
from tests.views.test_trial_table import read_csv

LATE = datetime(2031, 5, 4, 23, 30, tzinfo=UTC)
AUCKLAND, HONOLULU = "Pacific/Auckland", "Pacific/Honolulu"
NO_ZONES = ["", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\x00", "Mars/Olympus", "<b>",
            "Europe", "zone.tab", "A" * 3000]  # fmt: skip


@pytest.fixture
def trial(ada, experiment, monkeypatch):
    """A trial that is due on the fourth of May; it is half past eleven that night in London."""
    (made,) = take(experiment, ada, (1, 2))
    trial_details.set_due([made], due_on=date(2031, 5, 4), by=ada)
    monkeypatch.setattr(timezone, "now", lambda: LATE)
    return made


@pytest.fixture
def shown(page, ada, trial):
    """What a page shows to somebody whose browser is in a zone."""
    page.force_login(ada)

    def asked(zone, name="detail", query="", *args):
        page.cookies.pop(ZONE_COOKIE, None)
        if zone:
            page.cookies[ZONE_COOKIE] = zone
        answer = page.get(reverse(f"experiments:{name}", args=[trial.experiment_id, *args]) + query)
        assert answer.status_code == 200
        return answer.content.decode()

    return asked


@pytest.mark.parametrize(("zone", "is_overdue"), [(AUCKLAND, True), (HONOLULU, False)])
def test_a_day_has_passed_where_the_reader_is(shown, zone, is_overdue):
    assert ('warn">overdue' in shown(zone)) == is_overdue
    assert ('warn">overdue' in shown(zone, "trial", "", 0)) == is_overdue
    assert ('warn">overdue' in shown(zone, "trials")) == is_overdue
    assert ('<tr id="trial-0"' in shown(zone, "trials", "?overdue=on")) == is_overdue
    assert ('id="run-0"' in shown(zone, "detail", "?run=overdue")) == is_overdue


def test_an_open_page_is_told_that_a_day_has_passed_there(shown, page):
    shown(AUCKLAND)
    address = reverse("experiments:live", args=[Trial.objects.get().experiment_id])
    state = page.get(address)["AxDash-State"]
    assert page.get(address, headers={"AxDash-State": state}).status_code == 204
    page.cookies[ZONE_COOKIE] = HONOLULU
    assert page.get(address, headers={"AxDash-State": state}).status_code == 200


def test_times_are_those_of_the_clock_on_the_readers_wall(shown, ada, trial):
    finish(trial, ada, 1.0)
    Trial.objects.update(finished_at=LATE)
    assert 'title="2031-05-05 11:30:00 NZST"' in shown(AUCKLAND)
    assert 'title="2031-05-04 13:30:00 HST"' in shown(HONOLULU)
    assert "2031-05-05 11:30 (Pacific/Auckland)" in shown(AUCKLAND, "sheet", "?trials=0")
    assert "time (Pacific/Auckland)" in shown(AUCKLAND, "plots", "?x=time")
    assert "Days and times: Pacific/Auckland" in shown(AUCKLAND)


@pytest.mark.parametrize("zone", NO_ZONES)
def test_a_zone_that_there_is_not_is_the_servers(shown, settings, zone):
    settings.TIME_ZONE = HONOLULU
    text = shown(zone)
    assert "Days and times: Pacific/Honolulu" in text
    assert 'warn">overdue' not in text


def test_one_request_leaves_nothing_for_the_next(shown):
    before = timezone.get_current_timezone_name()
    shown(AUCKLAND)
    assert timezone.get_current_timezone_name() == before == "UTC"
    assert "Days and times: UTC" in shown("")


def test_files_are_the_same_for_everybody(page, ada, trial):
    finish(trial, ada, 1.0)
    Trial.objects.update(finished_at=LATE)
    page.force_login(ada)
    address = reverse("experiments:trials_csv", args=[trial.experiment_id])
    for zone in (AUCKLAND, HONOLULU):
        page.cookies[ZONE_COOKIE] = zone
        assert read_csv(page.get(address))[0]["ended"] == "2031-05-04T23:30:00+00:00"


@pytest.mark.django_db(transaction=True)
def test_it_holds_for_asynchronous_servers(ada, experiment):
    client = AsyncClient()
    client.force_login(ada)

    @async_to_sync
    async def shown(zone):
        client.cookies[ZONE_COOKIE] = zone
        return (await client.get(experiment.get_absolute_url())).content.decode()

    found = [re.search("Days and times: ([^<]+)", shown(z))[1] for z in (AUCKLAND, HONOLULU, "x")]
    assert found == [AUCKLAND, HONOLULU, "UTC"]
