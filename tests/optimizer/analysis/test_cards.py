"""All cards on studies of all kinds: none fails, and each is what pages can show."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.cards import CARD_NAMES, CardState
from experiments.figures import rounded
from experiments.jsons import finite
from experiments.optimizer import analyse
from experiments.optimizer.analysis import KINDS
from tests.optimizer.analysis.studies import STUDIES, study
from tests.optimizer.test_properties import experiments

pytestmark = pytest.mark.filterwarnings("ignore")
"""Ax and gpytorch warn of data that is as poor as some of this."""

KEY = re.compile(r"\b[pm]\d+\b")


@pytest.mark.parametrize("kind", STUDIES)
def test_no_card_fails_and_all_speak_in_peoples_words(kind):
    check(STUDIES[kind]())


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    spec=experiments(),
    means=st.lists(st.none() | st.floats(-1e30, 1e30), min_size=3, max_size=7),
    sems=st.lists(st.none() | st.floats(0.0, 10.0), min_size=7, max_size=7),
)
def test_no_card_fails_whatever_the_space_and_the_results(spec, means, sems):
    results = iter(zip(means, sems, strict=False))

    def evaluate(point):
        mean, sem = next(results)
        return None if mean is None else {"m1": (mean, sem)}

    check(study(spec, evaluate, len(means)), is_with_keys=True)


def test_those_who_do_not_make_cards_know_all_kinds():
    assert tuple(kind.name for kind in KINDS) == CARD_NAMES


def check(made, *, is_with_keys=False):
    """Make all cards, and look at what would be stored of them.

    ``is_with_keys``: people's own texts may look like keys.
    """
    for card in analyse(made):
        assert card.state is not CardState.FAILED, (card.name, card.message)
        assert (card.state is CardState.WAITING) == bool(card.message), card.name
        body = card.body
        said = [card.message, *body.sentences, *body.doubts]
        if body.table:
            said += [*body.table.head, *(cell for row in body.table.rows for cell in row)]
            assert {len(row) for row in body.table.rows} <= {len(body.table.head)}
            assert len(body.table.trials) in (0, len(body.table.rows))
        stored = finite(body.as_json())
        said.append(json.dumps(stored["figures"], ensure_ascii=False))
        assert is_with_keys or [text for text in said if KEY.search(text)] == [], card.name
        assert not any("nan" in text.lower().split() for text in said), card.name
        for figure in stored["figures"]:
            assert all(figure[part] for part in ("name", "help", "data")), card.name


def test_figures_lose_digits_that_nobody_sees():
    assert rounded({"x": [0.123456789, 1.0], "name": "a"}) == {"x": [0.123457, 1.0], "name": "a"}
    assert rounded([1e-9 / 3, 5e300, float("inf")]) == [3.33333e-10, 5e300, float("inf")]


def test_figures_keep_digits_that_tell_numbers_apart():
    far = [1e9 + 0.123456789, 1e9 + 0.2]
    assert rounded(far) == [pytest.approx(each, abs=1e-6) for each in far]
    assert rounded([[1e6 + 1e-3, 1e6]])[0][0] > 1e6
