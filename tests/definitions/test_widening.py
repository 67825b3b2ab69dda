"""Suggestions on an edge, and what a wider bound would be."""

import pytest

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.search_space import parameter_problems
from experiments.widening import edges, widened
from tests.factories import float_range


def integers(lower: int, upper: int, **kwargs) -> ParameterSpec:
    return ParameterSpec(
        key="p1", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=lower, upper=upper,
        **kwargs,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "side", "bounds"),
    [
        (float_range(-10.0, 10.0), "upper", (-10.0, 30.0)),
        (float_range(-10.0, 10.0), "lower", (-30.0, 10.0)),
        (float_range(0.1, 0.3), "upper", (0.1, 0.5)),
        (float_range(5.0, 20.0), "lower", (0.0, 20.0)),
        (float_range(1e-5, 0.1, log_scale=True), "upper", (1e-5, 1.0)),
        (float_range(1e-5, 0.1, log_scale=True), "lower", (1e-6, 0.1)),
        (float_range(0.5, 1.25, step=0.25), "upper", (0.5, 2.0)),
        (float_range(0.5, 1.25, step=0.25), "lower", (0.0, 1.25)),
        (float_range(0.1, 1.3, step=0.3), "lower", (0.1, 1.3)),
        (float_range(0.0, 1.0), "lower", None),
        (float_range(1e29, 1e30), "upper", None),
        (integers(1, 9), "upper", (1, 17)),
        (integers(1, 9), "lower", (0, 9)),
        (integers(1, 1000, log_scale=True), "lower", None),
        (integers(1, 1000, log_scale=True), "upper", (1, 10_000)),
        (float_range(0.0, 1.0), "side", None),
    ],
)
def test_wider(spec, side, bounds):
    wider = widened(spec, side)
    if wider is None or bounds is None or bounds == (spec.lower, spec.upper):
        assert wider is None
        assert bounds in (None, (spec.lower, spec.upper))
    else:
        assert (wider.lower, wider.upper) == pytest.approx(bounds)
        assert parameter_problems(wider) == []


def points(*values: float) -> list[dict[str, float]]:
    return [{"p1": value} for value in values]


def found(spec: ParameterSpec, *values: float) -> list[tuple[str, int, int]]:
    spec = ParameterSpec(**{f: getattr(spec, f) for f in spec.__slots__} | {"key": "p1"})
    return [(edge.side, edge.count, edge.of) for edge in edges([spec], points(*values))]


def test_edges():
    assert found(float_range(), 10.0, 10.0, 9.99) == []
    assert found(float_range(), 10.0, 10.0, 10.0, 0.0) == [("upper", 3, 4)]
    assert found(float_range(), 10.0, 9.999999, 10.0) == [("upper", 3, 3)]
    assert found(float_range(), *[10.0] * 3, *[-10.0] * 3) == [("lower", 3, 6), ("upper", 3, 6)]
    assert found(float_range(), *[0.0] * 6, *[10.0] * 6) == []
    assert found(float_range(1e-5, 1.0, log_scale=True), *[1.1e-5] * 3) == []
    assert found(float_range(1e-5, 1.0, log_scale=True), *[1e-5] * 3) == [("lower", 3, 3)]


def test_no_edges_of_what_is_retired_or_gone():
    assert found(float_range(pinned=10.0), *[10.0] * 3) == []
    spec = float_range()
    assert list(edges([spec], [{}, {"": "x"}, {"": None}])) == []
