"""What is said while a result is typed."""

import html

import pytest
from django.urls import reverse

from tests.factories import make_measured, make_user, metric


@pytest.fixture
def timed(ada):
    return make_measured(ada, metric("time", unit="ms"))


def asked(client, experiment, text, key=None):
    query = {"metric": key or experiment.objective.key, "text": text}
    return client.get(reverse("experiments:reading", args=[experiment.pk]), query)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.91 0.93 0.90", "= 0.9133 ms ± 0.0088, of 3"),
        ("0,91 0,93", "= 0.92 ms ± 0.01, of 2"),
        ("2 2 2 ms", "= 2 ms ± 0, of 3"),
        ("1 234,5", "= 1234.5 ms"),
        ("1.2×10⁻³", "= 0.0012 ms"),
        ("1,234", ""),
        ("3 s", ""),
        ("", ""),
        ("9" * 400, ""),
        ("1" * 5000, ""),
        ("\0", ""),
    ],
)
def test_what_a_text_means(page, timed, text, said):
    answer = asked(page, timed, text)
    assert answer.status_code == 200
    assert html.unescape(answer.content.decode()) == said
    assert answer["Content-Type"].startswith("text/plain")


def test_metrics_that_are_none_and_people_who_may_not_look(page, client, timed):
    assert asked(page, timed, "1", key="m0").status_code == 404
    client.force_login(make_user("eve"))
    assert asked(client, timed, "1 2").status_code == 404
