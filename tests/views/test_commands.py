"""The form of the command template."""

import html

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from experiments.models import Experiment, Membership, Role
from tests.factories import make_user, take

TYPING = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def text_of(response, status=200):
    assert response.status_code == status
    return html.unescape(response.content.decode())


def fresh(experiment):
    return Experiment.objects.get(pk=experiment.pk)


@pytest.fixture
def address(experiment):
    return reverse("experiments:command", args=[experiment.pk])


def test_the_form_says_what_can_be_named(page, experiment, address):
    shown = text_of(page.get(address))
    assert all(name in shown for name in ("{x1}", "{x2}", "{trial}", "{flags}"))
    assert f'href="{address}"' in text_of(page.get(experiment.get_absolute_url()))


def test_a_template_is_saved_and_taken_back(htmx, experiment, address):
    shown = text_of(htmx.post(address, {"command": " python a.py --x {x1}\r\n"}))
    assert "The command template was saved." in shown
    assert fresh(experiment).command == "python a.py --x {x1}"
    change = experiment.changes.first()
    text_of(htmx.post(reverse("experiments:undo", args=[experiment.pk, change.revision])))
    assert fresh(experiment).command == ""


def test_saving_says_what_the_template_comes_to(htmx, ada, experiment, address):
    take(experiment, ada, (0.5, 2.0))
    shown = text_of(htmx.post(address, {"command": "run <b> --x {x1}"}))
    assert "For trial 0: run <b> --x 0.5" in shown
    shown = text_of(htmx.post(address, {"command": "run {x1} " + "y" * 900}))
    assert "yyy…" in shown
    assert "y" * 400 not in shown


def test_what_was_typed_stays_beside_what_is_wrong_with_it(page, experiment, address):
    shown = text_of(page.post(address, {"command": 'run "{x1}" </textarea>'}), 422)
    assert "{x1} stands in quotes" in shown
    assert 'run "{x1}" </textarea>' in shown
    assert fresh(experiment).command == ""
    assert "{x11} is not known. Do you mean {x1}?" in text_of(
        page.post(address, {"command": "run {x11}"}), 422
    )


@TYPING
@given(command=st.text(max_size=60) | st.text(alphabet="{}x1'\"\\$`()# \n\t\0\r<", max_size=60))
@example(command="$(reboot); \"{x1}\" '{x1}' {x9} {")
@example(command="{" * 5000)
def test_whatever_is_typed_is_kept_or_refused(page, experiment, address, command):
    answer = page.post(address, {"command": command})
    assert answer.status_code in (302, 422)


def test_others_have_no_form(client, experiment, address):
    vera = make_user("vera")
    Membership.objects.create(team=experiment.team, user=vera, role=Role.VIEWER)
    for user, code in ((vera, 403), (make_user("charlie"), 404)):
        client.force_login(user)
        assert client.get(address).status_code == code
        assert client.post(address, {"command": "run"}).status_code == code
    assert fresh(experiment).command == ""
