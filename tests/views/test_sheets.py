"""Run sheets, and the page that their codes lead to."""

import html
import re
from datetime import date

import pytest
import segno
from django.urls import reverse

from experiments.domain import ResultNoise
from experiments.models import Membership, Observation, Role
from experiments.services import trials
from experiments.views.sheets import qr_code
from tests.factories import finish, make_measured, make_user, metric, take


def url(name, experiment, *args, query=""):
    return reverse(f"experiments:{name}", args=[experiment.pk, *args]) + query


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def running(ada, experiment):
    return take(experiment, ada, (1 / 3, 2.0), (0.5, -1.0))


def test_a_sheet_has_what_a_run_needs_and_boxes_for_what_comes_out(page, ada):
    made = make_measured(
        ada, metric("yield", unit="%"), metric("cost"), name="<b>Booth</b>",
        description="Which <i>one</i>?",
    )  # fmt: skip
    (trial,) = take(made, ada, (1 / 3,))
    type(trial).objects.filter(pk=trial.pk).update(due_on=date(2031, 2, 3))
    made.refresh_from_db()
    shown = text_of(page.get(url("sheet", made)))
    for wanted in (
        "&lt;b&gt;Booth&lt;/b&gt;", "Which &lt;i&gt;one&lt;/i&gt;?", "Trial 0", "ada",
        "2031-02-03", "exactly 0.3333333333333333", "± SEM", "Notes",
        f"As of revision {made.revision}, ", "(UTC)", "of trial 0",
    ):  # fmt: skip
        assert wanted in shown, wanted
    assert shown.count('<td class="box">') == 4
    assert "<b>Booth" not in shown


def test_without_noise_there_is_no_box_for_a_standard_error(page, ada):
    made = make_measured(ada, metric("yield"), noise=ResultNoise.EXACT)
    take(made, ada, (1.0,))
    shown = text_of(page.get(url("sheet", made)))
    assert shown.count('<td class="box">') == 1
    assert "± SEM" not in shown


def test_the_codes_lead_to_the_entry_forms_under_the_public_address(
    page, experiment, running, settings
):
    settings.PUBLIC_URL = "https://axdash.example.org"
    shown = text_of(page.get(url("sheet", experiment)))
    address = f"https://axdash.example.org{url('enter', experiment, 1)}"
    assert f'href="{address}"' in shown
    assert qr_code(address) in shown
    assert "which only this machine knows" not in shown
    settings.PUBLIC_URL = ""
    shown = text_of(page.get(url("sheet", experiment), headers={"host": "localhost"}))
    assert f'href="http://localhost{url("enter", experiment, 1)}"' in shown
    assert "which only this machine knows" in shown


def test_a_code_is_the_address_in_black_on_white_with_its_quiet_zone():
    address = "https://axdash.example.org/experiments/12/trials/345/enter/"
    drawn = qr_code(address)
    size, dark = _squares(drawn)
    matrix = [bytes(row) for row in segno.make_qr(address, error="q").matrix]
    assert size == len(matrix) + 8
    assert dark == {
        (x + 4, y + 4) for y, row in enumerate(matrix) for x, cell in enumerate(row) if cell
    }
    assert 'fill="#fff"' in drawn
    assert 'stroke="#000"' in drawn
    assert "style" not in drawn


def _squares(drawn: str) -> tuple[int, set[tuple[int, int]]]:
    """Read a code's size, and its dark squares, from the lines that draw it."""
    size = int(re.search(r'viewBox="0 0 (\d+) \d+"', drawn)[1])
    path = re.search(r'class="qrline"[^>]* d="([^"]*)"', drawn)[1]
    dark, x, y = set(), 0.0, 0.0
    for step in re.findall(r"([Mmh])([-\d.]+)(?: ([-\d.]+))?", path):
        kind, first, second = step[0], float(step[1]), float(step[2] or 0)
        if kind == "h":
            dark |= {(int(x) + each, int(y)) for each in range(int(first))}
            x += first
        else:
            x, y = (first, second) if kind == "M" else (x + first, y + second)
    return size, dark


def test_chosen_trials_and_none(page, experiment, running):
    shown = text_of(page.get(url("sheet", experiment, query="?trials=1")))
    assert "Trial 1" in shown
    assert "Trial 0" not in shown
    assert "There are no trials" in text_of(
        page.get(url("sheet", experiment, query="?trials=77,x,-1,99999999999"))
    )
    assert "There are no trials" in text_of(page.get(url("sheet", experiment, query="?trials=%00")))


def test_the_page_of_a_code_has_the_fields_and_takes_a_result(page, experiment, running):
    shown = text_of(page.get(url("enter", experiment, 0)))
    field = experiment.objective.key
    assert f'name="{field}"' in shown
    assert "exactly 0.3333333333333333" in shown
    answer = page.post(url("complete", experiment, 0), {field: "0.25"})
    assert answer.status_code == 302
    assert Observation.objects.get(trial=running[0]).mean == 0.25


def test_a_code_of_an_ended_trial_leads_to_its_page(page, ada, experiment, running):
    finish(running[0], ada, 1.0)
    assert page.get(url("enter", experiment, 0))["Location"] == url("trial", experiment, 0)
    trials.delete(running[1], by=ada)
    assert page.get(url("enter", experiment, 1)).status_code == 404


def test_who_scans_a_code_signed_out_signs_in_and_is_there(client, ada, experiment, running):
    wanted = url("enter", experiment, 0)
    asked = client.get(wanted)
    assert asked.status_code == 302
    form = text_of(client.get(asked["Location"]))
    onward = html.unescape(re.search(r'name="next" value="([^"]*)"', form)[1])
    answer = client.post(
        asked["Location"], {"username": "ada", "password": "ada-password", "next": onward}
    )
    assert answer["Location"] == wanted
    assert 'name="' + experiment.objective.key in text_of(client.get(wanted))


def test_viewers_see_no_fields(client, experiment, running):
    vera = make_user("vera")
    Membership.objects.create(team=experiment.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    shown = text_of(client.get(url("enter", experiment, 0)))
    assert f'name="{experiment.objective.key}"' not in shown
    assert "runners of" in shown
