"""Asking once about a result that looks like a slip."""

import csv
import math
import random
from pathlib import Path

import pytest

from experiments.domain import Prediction
from experiments.entry_guard import doubt

KNOWN = [0.9, 2.1, 3.0, 7.0, 1.5]
DIGITS = Path(__file__).parent.parent / "data" / "digits.csv"


@pytest.mark.parametrize(
    ("value", "text", "instead"),
    [
        (210.0, "210 is 30 times the largest so far; is it 2.1?", 2.1),
        (1500.0, "1500 is 214 times the largest so far; is it 1.5?", 1.5),
        (-2.1, "-2.1: all results so far are above 0. Is it 2.1?", 2.1),
        (0.002, "0.002 is 450 times smaller than the smallest so far; is it 2?", 2.0),
        (1e9, "1e9 is 1.4e8 times the largest so far. Is that right?", None),
    ],
)
def test_slips_are_asked_about(value, text, instead):
    question = doubt(value, KNOWN, None)
    assert question.text == text
    assert question.instead == (instead if instead is None else pytest.approx(instead))


@pytest.mark.parametrize("value", [0.9, 7.0, 5.0, 0.1, 0.05, 20.0, 69.0, 0.0, -0.01])
def test_what_may_be_is_not_asked_about(value):
    assert doubt(value, KNOWN, None) is None


def test_nothing_is_asked_as_long_as_little_is_known():
    assert doubt(210.0, KNOWN[:3], None) is None
    assert doubt(210.0, [0.0] * 9, None) is None


def test_what_the_model_expected_is_not_asked_about():
    assert doubt(210.0, KNOWN, Prediction(metric="m1", mean=200.0, sd=10.0)) is None
    assert doubt(210.0, KNOWN, Prediction(metric="m1", mean=3.0, sd=1.0)) is not None


def test_signs_on_both_sides_are_usual():
    assert doubt(-2.0, [-1.0, 2.0, 3.0, 4.0, 5.0], None) is None


def alarms(values):
    """How many of honest results, as they come, would be asked about."""
    return sum(doubt(value, values[:n], None) is not None for n, value in enumerate(values))


def test_honest_results_are_hardly_ever_asked_about():
    rows = list(csv.DictReader(DIGITS.open()))
    columns = [name for name in rows[0] if rows[0][name].replace(".", "", 1).isdigit()]
    for column in columns:
        values = [float(row[column]) for row in rows if row[column].replace(".", "", 1).isdigit()]
        assert alarms(values) <= len(values) / 100, column


def branin(x: float, y: float) -> float:
    a = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return a**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


@pytest.mark.parametrize("seed", range(5))
def test_branin_with_noise_is_not_asked_about(seed):
    draw = random.Random(seed)
    points = [(draw.uniform(-5, 10), draw.uniform(0, 15)) for _ in range(200)]
    assert alarms([branin(x, y) + draw.gauss(0, 1) for x, y in points]) <= 1
