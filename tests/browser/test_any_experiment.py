"""Experiments of every kind, driven for fifteen trials through the page, with real Ax behind it."""

import json
import math
import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

pytestmark = pytest.mark.browser

SOON = 120_000  # Milliseconds: what the optimizer may take on a busy machine.
TRIALS = 15

Values = Mapping[str, Any]
Run = Callable[[Values], dict[str, float]]


def float_range(name: str, lower: float, upper: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "range", "bounds": [lower, upper], **more}


def choice(name: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "choice", "value_type": "text", "values": list(values), **more}


def only_when(name: str, *values: str) -> dict[str, Any]:
    return {"only_when": {"parameter": name, "values": list(values)}}


def running(page: Page) -> Locator:
    return page.get_by_role("region", name="Running trials").get_by_role("group")


def paste(page: Page, definition: dict[str, Any]) -> None:
    """Create an experiment from a pasted definition, after a last look at the form."""
    page.goto("/experiments/paste/")
    page.get_by_label("Definition").fill(json.dumps(definition))
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(definition["name"])
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", name=definition["name"])).to_be_visible()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
    page.wait_for_load_state()


def drive(page: Page, run: Run, *, batch: int = 5) -> list[Values]:
    """Take suggestions in batches, run them, and type in what came out."""
    tried: list[Values] = []
    while len(tried) < TRIALS:
        page.get_by_label("How many").fill(str(batch))
        page.get_by_role("button", name="Get suggestions").click()
        expect(running(page)).to_have_count(batch, timeout=SOON)
        for _ in range(batch):
            tried.append(run_one(page, run))
    done = page.locator("#facts").get_by_text(f"{TRIALS} done")
    expect(done).to_be_visible(timeout=SOON)
    return tried


def run_one(page: Page, run: Run) -> Values:
    trial = running(page).first
    number = trial.get_attribute("aria-label")
    copied = trial.get_by_role("button", name="Copy").get_attribute("data-copy")
    values: Values = json.loads(copied or "")
    fields = trial.locator("[data-mean]")
    results = list(run(values).values())
    expect(fields).to_have_count(len(results))
    for place, result in enumerate(results):
        fields.nth(place).fill(repr(result))
    fields.last.press("Enter")
    expect(page.get_by_role("group", name=number, exact=True)).to_have_count(0, timeout=SOON)
    return values


def model_made(page: Page) -> int:
    """How many of the finished trials the model has suggested."""
    rows = page.get_by_role("region", name="Finished trials").locator("tbody tr")
    return rows.filter(has_text=re.compile(r"\bmodel\b")).count()


def test_booth_below_a_line(page: Page) -> None:
    paste(
        page,
        {
            "name": "Booth below a line",
            "parameters": [float_range("x1", -10.0, 10.0), float_range("x2", -10.0, 10.0)],
            "constraints": [
                {
                    "terms": [{"parameter": "x1"}, {"parameter": "x2"}],
                    "relation": "at_most",
                    "bound": 3,
                }
            ],
            "metrics": [{"name": "booth"}],
        },
    )

    def run(values: Values) -> dict[str, float]:
        x1, x2 = values["x1"], values["x2"]
        return {"booth": (x1 + 2 * x2 - 7) ** 2 + (2 * x1 + x2 - 5) ** 2}

    tried = drive(page, run)
    assert all(values["x1"] + values["x2"] <= 3 + 1e-6 for values in tried)
    assert model_made(page) >= 8


def test_branin_and_currin_are_traded_off(page: Page) -> None:
    paste(
        page,
        {
            "name": "Branin–Currin",
            "parameters": [float_range("x1", 0.0, 1.0), float_range("x2", 0.0, 1.0)],
            "metrics": [{"name": "branin"}, {"name": "currin"}],
        },
    )

    def run(values: Values) -> dict[str, float]:
        x1, x2 = values["x1"], values["x2"]
        u, v = 15 * x1 - 5, 15 * x2
        branin = (v - 5.1 / (4 * math.pi**2) * u**2 + 5 / math.pi * u - 6) ** 2
        branin += 10 * (1 - 1 / (8 * math.pi)) * math.cos(u) + 10
        fade = 1 - math.exp(-1 / (2 * x2)) if x2 > 0 else 1.0
        rise = 2300 * x1**3 + 1900 * x1**2 + 2092 * x1 + 60
        return {
            "branin": branin,
            "currin": fade * rise / (100 * x1**3 + 500 * x1**2 + 4 * x1 + 20),
        }

    drive(page, run)
    assert model_made(page) >= 8
    expect(page.get_by_role("region", name=re.compile("Pareto|Best"))).to_contain_text("branin")


def test_eight_mixed_parameters_with_a_dependent_pair(page: Page) -> None:
    paste(
        page,
        {
            "name": "Mixed",
            "parameters": [
                float_range("a", -1.0, 1.0),
                float_range("b", 1e-4, 1.0, log_scale=True),
                float_range("c", 1, 20, value_type="int"),
                float_range("d", 0.0, 1.0, step=0.1),
                choice("shape", "round", "square", "flat"),
                choice("solver", "sgd", "adam"),
                float_range("momentum", 0.0, 0.99, **only_when("solver", "sgd")),
                float_range("beta", 0.8, 0.999, **only_when("solver", "adam")),
            ],
            "metrics": [{"name": "loss"}],
        },
    )

    def run(values: Values) -> dict[str, float]:
        loss = values["a"] ** 2 + abs(math.log10(values["b"]) + 2) + abs(values["c"] - 7) / 10
        loss += abs(values["d"] - 0.3) + {"round": 0.0, "square": 0.5, "flat": 1.0}[values["shape"]]
        return {"loss": loss + values.get("momentum", 0.0) + 2 * values.get("beta", 0.0)}

    tried = drive(page, run)
    for values in tried:
        assert ("momentum" in values) == (values["solver"] == "sgd")
        assert ("beta" in values) == (values["solver"] == "adam")
        assert round(values["d"] * 10, 9).is_integer()
    assert model_made(page) >= 5


def test_two_families_of_classifiers_under_a_time_limit(page: Page) -> None:
    paste(
        page,
        {
            "name": "Digits, two families",
            "parameters": [
                choice("family", "svm", "tree"),
                float_range("C", 1e-2, 1e3, log_scale=True, **only_when("family", "svm")),
                float_range("gamma", 1e-5, 1e-1, log_scale=True, **only_when("family", "svm")),
                float_range("depth", 2, 20, value_type="int", **only_when("family", "tree")),
            ],
            "metrics": [
                {"name": "error", "unit": "share"},
                {
                    "name": "fit time",
                    "unit": "s",
                    "role": "constraint",
                    "relation": "at_most",
                    "bound": 2,
                },
            ],
        },
    )
    images, digits = load_digits(return_X_y=True)

    def run(values: Values) -> dict[str, float]:
        started = perf_counter()
        classifier = (
            SVC(C=values["C"], gamma=values["gamma"])
            if values["family"] == "svm"
            else DecisionTreeClassifier(max_depth=values["depth"], random_state=0)
        )
        scores = cross_val_score(classifier, images[:600], digits[:600], cv=3)
        return {"error": 1 - float(scores.mean()), "fit time": perf_counter() - started}

    tried = drive(page, run)
    for values in tried:
        wanted = {"C", "gamma"} if values["family"] == "svm" else {"depth"}
        assert values.keys() == {"family"} | wanted
    assert model_made(page) >= 5
