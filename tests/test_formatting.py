import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.drafts import Notation, ParameterDraft
from experiments.formatting import format_parameter


def shown(digits=None, notation=Notation.AUTO):
    spec = ParameterSpec(key="p1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT)
    return ParameterDraft(name="x", spec=spec, digits=digits, notation=notation)


@pytest.mark.parametrize(
    ("value", "digits", "notation", "text"),
    [
        (0.1 + 0.2, None, Notation.AUTO, "0.3"),
        (0.000012345, None, Notation.AUTO, "1.234e-5"),
        (0.000012345, 2, Notation.PLAIN, "0.000012"),
        (1234567.89, 3, Notation.PLAIN, "1234568"),
        (1234567.89, 3, Notation.SCIENTIFIC, "1.23e6"),
        (100.0, None, Notation.SCIENTIFIC, "1e2"),
        (0.0, None, Notation.SCIENTIFIC, "0"),
        (0.987654, 6, Notation.AUTO, "0.987654"),
        (1e-300, None, Notation.PLAIN, "1e-300"),
        (12, 1, Notation.AUTO, "12"),
        (10**12, None, Notation.PLAIN, "1000000000000"),
        (True, 2, Notation.SCIENTIFIC, "yes"),
        ("adam", 2, Notation.PLAIN, "adam"),
    ],
)
def test_values_look_as_their_parameter_says(value, digits, notation, text):
    assert format_parameter(value, shown(digits, notation)) == text


@given(
    st.floats(-1e300, 1e300),
    st.integers(1, 17),
    st.sampled_from(Notation),
)
def test_what_is_shown_is_the_value_to_that_many_digits(value, digits, notation):
    text = format_parameter(value, shown(digits, notation))
    assert float(text) == pytest.approx(value, rel=0.6 * 10.0 ** (1 - digits), abs=1e-320)
