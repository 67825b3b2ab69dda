"""What is said beside the form while it is filled in."""

import re
import time

import pytest

from experiments import tasks
from experiments.models import SamplePreview

PREVIEW = "/experiments/new/preview/"
BASE = {
    "key": "",
    "name": "Test",
    "m1-name": "loss",
    "m1-goal": "minimize",
    "p1-name": "lr",
    "p1-kind": "float",
    "p1-lower": "1e-6",
    "p1-upper": "0.1",
    "p1-unit": "1/s",
}


def preview(page, **changes: str) -> str:
    typed = BASE | {re.sub(r"^([a-z]\d+)_", r"\1-", key): text for key, text in changes.items()}
    response = page.post(PREVIEW, typed)
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_what_the_form_means(page):
    text = preview(page, m1_name="accuracy", trial_budget="20")
    assert "accuracy: 0.12 is better than 0.98, right?" in text
    assert "The name sounds as if high were good" in text
    assert "<b>1 dimension</b>" in text
    assert "Of 20 trials the first 5 explore" in text
    assert "lr spans five decades: use a log scale?" in text


@pytest.mark.django_db(transaction=True)
def test_sample_points_arrive_once_a_worker_has_drawn_them(page):
    text = preview(page, p1_name="<b>rate</b>")
    assert "Drawing five sample points…" in text
    assert "No worker is running" in text
    (waiting,) = SamplePreview.objects.all()
    url = f"/experiments/new/samples/{waiting.digest}/"
    assert f'hx-get="{url}"' in text
    response = page.get(url)
    assert "Drawing five sample points…" in response.content.decode()
    assert "HX-Trigger" not in response

    tasks.sample(digest=waiting.digest)
    response = page.get(url)
    assert (response.status_code, response["HX-Trigger"]) == (204, "samplesReady")
    text = preview(page, p1_name="<b>rate</b>")
    assert "Drawing" not in text
    assert "&lt;b&gt;rate&lt;/b&gt;" in text
    assert '<span class="unit">1/s</span>' in text
    assert text.count('<td class="num">') == 5


def test_samples_that_are_kept_no_longer_are_asked_for_again(page):
    assert page.get("/experiments/new/samples/gone/")["HX-Trigger"] == "samplesReady"


def test_points_wait_until_all_is_right(page):
    text = preview(page, p2_name="b", p2_kind="float", p2_lower="3", p2_upper="1")
    assert "Sample points appear when every parameter and constraint is right." in text
    assert "must lie above 3" in text
    assert "<b>1 dimension</b>" in text
    assert not SamplePreview.objects.exists()


def test_a_form_without_parameters_says_what_to_do(page):
    text = page.post(PREVIEW, {}).content.decode()
    assert "Give a parameter a name and bounds" in text


@pytest.mark.parametrize("digest", ["x", "%00", "é"])
def test_odd_digests_are_no_error(page, digest):
    assert page.get(f"/experiments/new/samples/{digest}/").status_code in (204, 404)


def test_hundred_parameters_are_quick(page):
    typed = {}
    for n in range(1, 101):
        typed |= {f"p{n}_name": f"x{n}", f"p{n}_kind": "float", f"p{n}_lower": "0"}
        typed |= {f"p{n}_upper": "1", f"p{n}_unit": ""}
    preview(page, **typed)
    times = []
    for _ in range(3):
        started = time.process_time()
        text = preview(page, **typed)
        times.append(time.process_time() - started)
    assert "<b>100 dimensions</b>" in text
    assert min(times) < 0.1
