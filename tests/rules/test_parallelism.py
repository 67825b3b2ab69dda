"""How many at once: Ax's rule, in words."""

import pytest

from experiments.domain import GenerationMethod
from experiments.parallelism import advise


def advice(running=0, finished=0, known=None, budget=5, method=GenerationMethod.FAST):
    return advise(
        method=method,
        initialization_budget=budget,
        running=running,
        finished=finished,
        known=finished if known is None else known,
    )


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        ({}, 5, "Up to 5 at once: the first 5 trials explore"),
        ({"running": 2, "finished": 1}, 2, "Up to 2 more at once: the first 5 trials explore"),
        ({"finished": 4}, 1, "1 more at once: the first 5 trials explore"),
        ({"budget": 1}, 1, "1 more at once: the first trial explores"),
        ({"running": 5}, 0, "Better none now: with 2 more results, the model decides"),
        ({"running": 4, "finished": 1}, 0, "with 1 more result, the model decides"),
        ({"finished": 5, "known": 0}, 2, "lack results of each objective"),
        ({"finished": 5}, 3, "Up to 3 at once: each suggestion of the model"),
        ({"running": 1, "finished": 5}, 2, "2 more at once: 1 is running"),
        ({"running": 2, "finished": 5}, 1, "1 more at once: 2 are running"),
        ({"running": 7, "finished": 5}, 0, "Better none now: 7 are running"),
    ],
)
def test_the_advice_follows_the_phase(state, more, said):
    found = advice(**state)
    assert found.more == more
    assert said in found.text


def test_random_search_may_run_any_number():
    found = advice(running=9, method=GenerationMethod.RANDOM_SEARCH)
    assert found.more is None
    assert "Any number" in found.text
