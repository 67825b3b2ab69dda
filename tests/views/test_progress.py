"""How far an act on many trials is: told to whoever waits for it, and to nobody else."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from experiments.models import Experiment, Membership, Role
from experiments.services import importing
from tests.database import held
from tests.factories import make_user
from tests.house.serving import wait_until
from tests.imported import apply, paste, points

KEY = "0f" * 16


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(client: Client, key: str) -> dict | None:
    """What a page is told that waits for the act with this key."""
    answer = client.get(reverse("experiments:progress"), {"of": key})
    assert answer.status_code in (200, 204)
    assert "no-store" in answer["Cache-Control"]
    return answer.json() if answer.status_code == 200 else None


def while_stopped(act: Callable[[Client], None], user, table: str, look: Callable[[], None]):
    """Do an act in another thread, stop it where it writes to a table, look, and let it go on."""

    def in_parallel():
        try:
            act(signed_in(user))
        finally:
            connection.close()

    with held(table):
        thread = threading.Thread(target=in_parallel)
        thread.start()
        look()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_an_import_tells_its_page_how_far_it_is(ada, experiment):
    upload = paste(points(30), ada)
    key = str(upload.key)
    digest = importing.plan(experiment, upload).digest
    bob = make_user("bob")
    Membership.objects.create(team=experiment.team, user=bob, role=Role.OWNER)
    address = reverse("experiments:import_preview", args=[experiment.pk, key])
    answers = []

    def send(client):
        answers.append(client.post(f"{address}run/", {"digest": digest, "progress": key}))

    def look():
        wait_until(lambda: (asked(page, key) or {}).get("words", "").startswith("Writing the res"))
        assert asked(page, key) == {"share": 0.55, "words": "Writing the results: 0 of 30"}
        assert asked(signed_in(bob), key) is None
        assert asked(page, str(uuid.uuid4())) is None
        shown = page.get(address).content.decode()
        assert "This table is being imported right now." in shown
        assert "Writing the results: 0 of 30" in shown
        assert "/run/" not in shown

    page = signed_in(ada)
    assert asked(page, key) is None
    while_stopped(send, ada, "experiments_observation", look)
    assert [answer.status_code for answer in answers] == [302]
    assert asked(page, key) is None
    assert "This table was imported" in page.get(address).content.decode()
    assert Experiment.objects.get().trials.count() == 30


@pytest.mark.django_db(transaction=True)
def test_so_do_acts_on_many_trials_and_their_undo(ada, experiment):
    apply(experiment, paste("x1,x2\n" + "".join(f"{n},{n}\n" for n in range(9)), ada), ada)
    page = signed_in(ada)

    def look():
        wait_until(lambda: (asked(page, KEY) or {}).get("words", "").startswith("Writing the his"))

    def act(name, **answers):
        asks = {"act": name, "all": "1", "do": "1", "progress": KEY, **answers}
        sent = []
        while_stopped(
            lambda client: sent.append(
                client.post(reverse("experiments:trials_act", args=[experiment.pk]), asks)
            ),
            ada, "experiments_change", look,
        )  # fmt: skip
        assert [answer.status_code for answer in sent] == [302]
        assert asked(page, KEY) is None
        return experiment.changes.first()

    def undo(change):
        while_stopped(
            lambda client: client.post(
                reverse("experiments:undo", args=[experiment.pk, change.revision]),
                {"progress": KEY},
            ),
            ada, "experiments_change", look,
        )  # fmt: skip

    for name, answers in (
        ("tag", {"add": "hot"}), ("assign", {"to": "nobody"}), ("fail", {}), ("delete", {}),
    ):  # fmt: skip
        change = act(name, **answers)
        assert len(change.trial_numbers) == 9
    undo(change)
    assert [trial.status for trial in experiment.trials.all()] == ["failed"] * 9
