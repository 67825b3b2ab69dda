"""Curves of very many points are drawn with few of them, and it is said what is not shown."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from experiments.curves import Line
from experiments.models import Metric
from experiments.plots.curves import curves_figure, drawn_curve, thinned

LOSS = Metric(pk=1, name="loss", unit="nats", direction="minimize")
lines = st.lists(st.floats(-1e100, 1e100, allow_nan=False), min_size=1, max_size=200).flatmap(
    lambda means: st.tuples(
        st.lists(st.floats(0, 1e100), min_size=len(means), max_size=len(means), unique=True).map(
            sorted
        ),
        st.just(means),
    )
)


@given(lines, st.integers(4, 60), st.booleans())
def test_ends_and_extremes_stay(line, most, is_log):
    steps, means = line
    places = thinned(steps, means, most, is_log=is_log)
    assert places == sorted(set(places))
    assert len(places) <= most
    drawn = [means[place] for place in places]
    assert (places[0], places[-1]) == (0, len(means) - 1)
    assert (min(drawn), max(drawn)) == (min(means), max(means))


def test_a_logarithmic_axis_gets_its_points_where_it_is_wide():
    steps = [float(step) for step in range(10_000)]
    linear, logarithmic = (
        [step for step in thinned(steps, steps, 100, is_log=is_log) if step < 100]
        for is_log in (False, True)
    )
    assert len(linear) < 5
    assert len(logarithmic) > 25


def figure(*curves, most=1000, **options):
    drawn = [
        drawn_curve(number, status, steps, means, most=most)
        for number, status, steps, means in curves
    ]
    return curves_figure(
        LOSS, drawn, **{"on_top": 1, "top_name": "the best trial", "of": len(curves)} | options
    )


def test_the_best_and_running_ones_stand_out_and_axes_have_units():
    made = figure(
        (1, "completed", [1.0, 2.0], [0.5, 0.1]),
        (2, "completed", [1.0, 2.0], [0.5, 0.3]),
        (3, "running", [1.0], [0.7]),
        (4, "early_stopped", [1.0], [0.9]),
    )
    looks = [(t["name"], t["meta"]["color"], t["line"]["width"]) for t in made["data"]]
    assert looks == [
        ("completed", "result", 1.0),
        ("early stopped", "warn", 1.0),
        ("running", "running", 1.8),
        ("the best trial", "best", 2.6),
    ]
    assert made["help"] == (
        "Bold: the best trial. Stronger: running ones. Thin: other trials. "
        "Lines that end early were stopped."
    )
    assert made["layout"]["yaxis"]["title"]["text"] == "loss (nats)"
    assert made["data"][0]["text"] == ["2", "2", "2"]


def test_what_is_left_out_is_said():
    steps = [float(step) for step in range(500)]
    made = figure((1, "completed", steps, steps), (2, "completed", [0.0], [1.0]), most=50, of=7)
    assert "2 of 7 curves are drawn: the best, those that run" in made["help"]
    drawn = len(made["data"][1]["x"]) - 1
    assert f"Of long curves up to {drawn} points are drawn (the longest has 500)" in made["help"]
    assert 40 < drawn <= 50


@pytest.mark.parametrize(
    ("means", "kind", "said"),
    [
        ([0.5, 0.1], "log", ""),
        ([0.5, -0.1], "log", "1 point with a value of 0 or less cannot be shown on a log axis."),
        ([-0.5, -0.1], None, "No value is above 0: the axis stays linear."),
    ],
)
def test_what_a_log_axis_cannot_show_is_said(means, kind, said):
    made = figure((1, "completed", [1.0, 2.0], means), logs={"y": True})
    assert made["layout"]["yaxis"].get("type") == kind
    assert said in made["help"]
    assert "log axis" in made["help"] or not said or kind is None


@given(lines)
def test_between_points_a_curve_is_straight(line):
    curve = Line(*line)
    for step, mean in zip(*curve, strict=True):
        assert curve.at(step) == mean
    assert curve.at(curve.steps[-1] + 1e110) is None
    for (low, high), (start, end) in zip(
        zip(curve.steps, curve.steps[1:], strict=False),
        zip(curve.means, curve.means[1:], strict=False),
        strict=True,
    ):
        at = curve.at(low + (high - low) / 2)
        room = 1e-9 * max(abs(start), abs(end)) + 5e-324
        assert at is not None
        assert math.isfinite(at)
        assert min(start, end) - room <= at <= max(start, end) + room
