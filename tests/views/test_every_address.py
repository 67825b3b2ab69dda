"""Every address of the experiments: whoever asks, however, with whatever: no error, no leak."""

import pytest
from django.test import Client
from django.urls import reverse

from experiments import urls
from experiments.models import Experiment, Membership, Role
from experiments.services import trials
from tests.factories import finish, make_experiment, make_user, store_ready, take

HIDDEN = "Secret formula"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
OF_NOBODY = {
    *("list", "start", "template", "pick", "example", "new", "paste", "table", "trash"),
    *("known", "known_along", "compare_experiments"),
    "restore_archive",
    "progress",
}
"""Addresses that name no experiment: they show what the person has, if anything."""
FORM = "application/x-www-form-urlencoded"
BODIES = [
    (b"a=%ED%A0%80&name=%ED%A0%80&text=%FF%FE&value=%ED%A0%80&notes=%00&reason=%00", FORM),
    (b"\xed\xa0\x80=\xed\xa0\x80&count=%D9%A3&key=%00&status=%E2%80%AE&action=%00", FORM),
    (b"name=x&text=x", f"{FORM}; charset=utf-16"),
    (b"text=" + b"A" * 1_000_000, FORM),
    (b"[" * 100_000, "application/json"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"", "multipart/form-data"),
    (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xed\xa0\x80.csv"\r\n\r\n'
        b"\xed\xa0\x80,b\r\n1,2\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
]
QUERIES = [
    "page=99999999999999999999&q=%00&sort=%00&tag=%ED%A0%80&owner=9999999999999999&team=%C2%B2",
    "widen=%00:%00&deleted=99999999999999999999&trials=1&page=-1&status=%00",
]


@pytest.fixture
def hidden(ada) -> Experiment:
    made = make_experiment(ada, name=HIDDEN)
    done, failed, _ = take(made, ada, (1, 1), (2, 2), (3, 3))
    finish(done, ada, 1.0)
    trials.fail(failed, by=ada)
    store_ready(made, (4, 4))
    return made


@pytest.fixture
def addresses(page, hidden) -> dict[str, str]:
    """Each address by its name; those with a number of a trial mean the running one."""
    answer = page.post("/experiments/tables/", {"text": "x,y\n1,2\n2,3\n3,1\n", "name": HIDDEN})
    values = {
        "pk": hidden.pk,
        "number": 2,
        "suggestion": hidden.suggestions.get(status="ready").pk,
        "revision": 1,
        "row": 1,
        "slug": "booth",
        "digest": "0",
        "form": "json",
        "file": 1,
        "key": answer["Location"].rstrip("/").rpartition("/")[2],
    }
    found = {
        each.name: reverse(
            f"experiments:{each.name}",
            kwargs={name: values[name] for name in each.pattern.converters},
        )
        for each in urls.urlpatterns
        # A stream of events does not end by itself.
        if each.name != "events"
    }
    page.logout()
    return found


QUESTIONS = {"predict", "export_prepare"}
"""What anybody who may look may ask, although it is sent with POST."""


def ask(client, method: str, address: str):
    return getattr(client, method)(address)


def test_who_is_not_signed_in_learns_nothing(client, addresses):
    for address in addresses.values():
        for method in METHODS:
            answer = ask(client, method, address)
            assert answer.status_code in (302, 405), (method, address)
            assert HIDDEN not in answer.content.decode()


def test_nothing_of_another_team_exists(client, addresses, hidden):
    client.force_login(make_user("charlie"))
    before = hidden.changes.count()
    for name, address in addresses.items():
        for method in METHODS:
            answer = ask(client, method, address)
            assert answer.status_code < 500, (method, address)
            assert HIDDEN not in answer.content.decode()
            if name not in OF_NOBODY | {"preview", "samples"}:
                assert answer.status_code in (404, 405), (method, address)
    assert hidden.changes.count() == before


def test_a_viewer_changes_nothing_and_is_told_why(client, addresses, hidden):
    vera = make_user("vera")
    Membership.objects.create(team=hidden.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    before = hidden.changes.count()
    for name, address in addresses.items():
        if str(hidden.pk) not in address.split("/") or name in QUESTIONS:
            continue
        answer = client.post(address)
        assert answer.status_code in (403, 404, 405), address
        assert answer.status_code != 403 or "is viewer" in answer.content.decode(), address
    assert hidden.changes.count() == before


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**200])
def test_numbers_that_are_nothings(page, addresses, hidden, pk):
    page.login(username="ada", password="ada-password")
    for address in addresses.values():
        parts = address.split("/")
        if str(hidden.pk) in parts:
            absurd = "/".join(str(pk) if part.isdecimal() else part for part in parts)
            for method in ("get", "post"):
                assert ask(page, method, absurd).status_code in (404, 405), (method, absurd)


@pytest.mark.parametrize("kind", ["", "true"])
def test_bodies_that_are_no_forms(ada, addresses, kind):
    client = Client(headers={"HX-Request": kind} if kind else {})
    client.force_login(ada)
    for address in addresses.values():
        for body, content_type in BODIES:
            answer = client.generic("POST", address, body, content_type)
            assert answer.status_code < 500, (address, body[:40])
        Experiment.objects.update(deleted_at=None)


def test_more_fields_than_any_form_has(page):
    body = b"&".join(b"n%d=1" % place for place in range(60_001))
    answer = page.generic("POST", "/experiments/new/", body, FORM)
    assert answer.status_code == 413
    assert "No form has as many fields" in answer.content.decode()


def test_questions_that_make_no_sense(page, ada, addresses):
    page.force_login(ada)
    for address in addresses.values():
        for query in QUERIES:
            assert page.get(f"{address}?{query}").status_code < 500, (address, query)
