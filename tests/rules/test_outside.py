import pytest

from experiments.outside import outside
from tests.rules.making import MOST, choice, constraint, definition, derived, fixed, range_, when

SPACE = definition(
    range_("a"),
    range_("n", 0, 10),
    range_("s", 0.0, 1.0, step=0.1),
    choice("kernel", "rbf", "poly"),
    range_("gamma", condition=when("kernel", "rbf")),
    fixed("f", True),
    range_("old", pinned=0.5, backfill=0.25),
    derived("d", 1.0, a=1.0),
    constraints=[constraint(MOST, 1.5, d=1), constraint(MOST, 0, a=1, n=-1)],
)
POINT = {"a": 0.5, "n": 1, "s": 0.3, "kernel": "poly", "f": True, "old": 0.5}


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"kernel": "rbf", "gamma": 1}, []),
        ({"n": 3.0, "s": 0.1 + 0.2}, []),
        ({"gamma": 7.0, "gone": 1}, []),
        ({"a": -0.5}, ["a: −0.5 lies below 0."]),
        ({"a": 0.6}, ["It violates d ≤ 1.5."]),
        ({"n": 0}, ["It violates a ≤ n."]),
        ({"n": 11}, ["n: 11 lies above 10."]),
        ({"s": 1.251405426315451}, ["s: 1.251 lies above 1."]),
        ({"s": 1.0000012}, ["s: 1.0000012 lies above 1."]),
        ({"n": 0.5}, ["n: 0.5: This is not a whole number."]),
        ({"n": None}, ["n: there is no value."]),
        ({"s": 0.25}, ["s: 0.25 is no step of 0.1 from 0."]),
        ({"kernel": "linear"}, ["kernel: linear is not among the values."]),
        ({"kernel": "rbf"}, ["gamma: there is no value."]),
        ({"f": False}, ["f: no is not the fixed yes."]),
        ({"f": 1}, ["f: 1: This is not yes or no."]),
        ({"old": 0.4}, ["old: 0.4 is not the fixed 0.5."]),
        ({"old": None}, ["old: 0.25 is not the fixed 0.5."]),
        ({"a": [1]}, ["a: [1]: This is not a value."]),
        ({"a": float("nan")}, ["a: nan: Enter a finite number."]),
    ],
)
def test_reasons(changes, reasons):
    assert outside(SPACE, POINT | changes) == reasons
