import pytest

from experiments.constraint_words import constraint_in_words, terms_in_words
from experiments.domain import Term
from tests.rules.making import LEAST, MOST, constraint

NAMES = {"w": "warmup", "s": "steps", "x": "<b>"}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (constraint(MOST, 0, w=1, s=-1), "warmup ≤ steps"),
        (constraint(MOST, 0, w=-1, s=1), "steps ≤ warmup"),
        (constraint(LEAST, 0, w=1, s=-1), "warmup ≥ steps"),
        (constraint(MOST, 0, w=2, s=-2), "2·warmup − 2·steps ≤ 0"),
        (constraint(MOST, 1, w=1, s=2), "warmup + 2·steps ≤ 1"),
        (constraint(LEAST, -1.5, w=-0.5, s=-1), "−0.5·warmup − steps ≥ −1.5"),
        (constraint(MOST, 1e-7, x=1, gone=1), "<b> + (removed) ≤ 1e−7"),
    ],
)
def test_constraints_as_people_write_them(made, words):
    assert constraint_in_words(made, NAMES) == words


def test_expressions():
    assert terms_in_words([Term("w", -1.0)], NAMES, 1.0) == "−warmup + 1"
    assert terms_in_words([Term("w", 1.0), Term("s", 0.5)], NAMES, -2.0) == "warmup + 0.5·steps − 2"
    assert terms_in_words([], NAMES) == "0"
