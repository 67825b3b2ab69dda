"""Blocks of points as people paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.curves import Point
from experiments.forms.curves import read_curves
from experiments.models import Metric

LOSS = Metric(pk=1, name="loss", direction="minimize")
ACC = Metric(pk=2, name="accuracy", direction="maximize")


def read(text, metrics=(LOSS,), curve=()):
    return read_curves(text, metrics, metrics[0], {"m1": list(curve)})


def points(text, **kwargs):
    found = read(text, **kwargs)
    assert found.errors == []
    return [tuple(p)[:2] for p in found.points[LOSS]]


@pytest.mark.parametrize(
    "text",
    [
        "1\t0.9\n2\t0.5",
        "1 0.9\r\n\r\n2   0.5\r\n",
        "1 0,9\n2 0,5",
        "1;0,9\n2;0,5",
        "1, 0.9\n2, 0.5",
        "1,0.9\n2,0.5",
        "epoch,val_loss\n1,0.9\n2,0.5",
        "step\tloss (ms)\n1\t0.9\n2\t0.5",
        "0.9\n0.5",
        "loss\n0.9\n0.5",
    ],
)
def test_every_usual_way_is_understood(text):
    assert points(text) == [(1.0, 0.9), (2.0, 0.5)]


def test_values_alone_go_on_where_the_curve_ends():
    curve = [Point(10.0, 3.0), Point(20.0, 2.0)]
    assert points("1.5\n1.2", curve=curve) == [(30.0, 1.5), (40.0, 1.2)]


def test_a_header_names_several_metrics_and_standard_errors():
    found = read("step,accuracy,loss,loss sem,lr\n1,0.5,0.9,0.1,3\n2,,0.8,,3", (LOSS, ACC))
    assert found.points[LOSS] == [Point(1.0, 0.9, 0.1), Point(2.0, 0.8)]
    assert found.points[ACC] == [Point(1.0, 0.5)]
    assert "“lr”" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("1 0.9\n1 0.8", 2, "stands in line 1 already"),
        ("1 0.9\n-1 0.8", 2, "negative"),
        ("1 0.9\n2 nan", 2, "not a number"),
        ("1 0.9\n2 inf", 2, "infinite"),
        ("1 0.9\n2 1" + "0" * 400, 2, "too large"),
        ("1 0.9\n2", 2, "no value"),
        ("1,5\n2,6", 1, "one number or two"),
        ("1 2 3 4 5 6", 1, "6 columns"),
        ("1\t2\t-1", 1, "cannot be negative"),
    ],
)
def test_what_is_wrong_is_told_by_line(text, line, said):
    ((number, told),) = read(text).errors
    assert number == line
    assert said in told


def test_minus_zero_is_step_zero():
    assert str(points("-0 1\n1 2")[0][0]) == "0.0"


@given(st.text(alphabet="0123456789.,;\t\n -eEnaloss±\x00\ud800", max_size=60))
def test_no_text_breaks_the_reader(text):
    found = read(text, (LOSS, ACC))
    for curve in found.points.values():
        steps = [p.step for p in curve]
        assert len(set(steps)) == len(steps)
        assert all(step >= 0 for step in steps)
