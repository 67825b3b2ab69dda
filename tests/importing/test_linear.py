import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Relation
from experiments.importing.linear import NotLinear, parse_inequality, parse_sum, parse_sums


@pytest.mark.parametrize(
    ("text", "terms", "constant"),
    [
        ("x1", {"x1": 1.0}, 0.0),
        ("-x1", {"x1": -1.0}, 0.0),
        ("- -x1 + 3", {"x1": 1.0}, 3.0),
        ("1.0 - x1 - 2*x2", {"x1": -1.0, "x2": -2.0}, 1.0),
        ("x1 * 2 * 3 + .5e1", {"x1": 6.0}, 5.0),
        ("x1 + x1", {"x1": 2.0}, 0.0),
        ("a.b + größe_2", {"a.b": 1.0, "größe_2": 1.0}, 0.0),
    ],
)
def test_sums(text: str, terms: dict[str, float], constant: float) -> None:
    found = parse_sum(text)
    assert (found.terms, found.constant) == (terms, constant)


@pytest.mark.parametrize(
    "text",
    ["", "+", "x y", "2 x", "x ** 2", "x * y", "(x)", "x / 2", "f(x)", "x[0]", "1e999", "x *"],
)
def test_what_is_no_sum(text: str) -> None:
    with pytest.raises(NotLinear):
        parse_sum(text)


def test_terms_go_left_and_numbers_right() -> None:
    found = parse_inequality("2*x + 1 >= y + x - 3")
    assert found.relation is Relation.AT_LEAST
    assert found.gathered == ({"x": 1.0, "y": -1.0}, -4.0)


@pytest.mark.parametrize("text", ["x", "x < 2", "x == 2", "1 <= x <= 2", "<= 2", "x <= "])
def test_what_is_no_inequality(text: str) -> None:
    with pytest.raises(NotLinear):
        parse_inequality(text)


@given(st.text(alphabet="xy012.eE+-*<>=, ()_é", max_size=30))
def test_any_text_is_a_sum_or_none(text: str) -> None:
    for parse in (parse_sum, parse_sums, parse_inequality):
        try:
            parse(text)
        except NotLinear:
            continue
