"""Cells that are neither parameters nor results, as people and programs write them."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import TrialStatus
from experiments.tables.cells import status_of
from experiments.tables.free_cells import FREE_READERS
from experiments.tables.uses import DUE, NOTES, NUMBER, REASON, TAGS
from experiments.tables.values import Unusable


@pytest.mark.parametrize(
    "cell", ["7", " 7 ", "7.0", "7,0", "7.00", "#7", "trial 7", "Trial #7", "TRIAL7", "007"]
)
def test_numbers_of_trials(cell):
    assert FREE_READERS[NUMBER](cell) == 7


@pytest.mark.parametrize(
    "cell", ["7.5", "-7", "7.000", "1,000", "7e0", "9" * 400, "٧", "x7", "7 8", "trial", "#"]
)
def test_what_is_no_number_of_a_trial(cell):
    with pytest.raises(Unusable, match="is no number of a trial"):
        FREE_READERS[NUMBER](cell)


def test_days():
    read = FREE_READERS[DUE]
    assert read("2031-05-04") == read(" 2031-05-04T00:00:00 ") == date(2031, 5, 4)
    for cell in ("4.5.2031", "2031-05-04x", "2031-13-01", "soon"):
        with pytest.raises(Unusable, match="is no day"):
            read(cell)


def test_texts_that_are_too_long_are_refused():
    assert FREE_READERS[TAGS](" hot, fast ,hot,") == ["hot", "fast"]
    for use, cell in ((REASON, "x" * 501), (NOTES, "x" * 20_001), (TAGS, "x" * 51)):
        with pytest.raises(Unusable):
            FREE_READERS[use](cell)


@given(st.sampled_from(sorted(FREE_READERS)), st.text())
def test_any_text_is_read_or_refused(use, cell):
    with suppress(Unusable):
        assert FREE_READERS[use](cell) is not None


def test_statuses_that_are_written_are_read():
    for status in TrialStatus:
        assert status_of(status.value) is status
        assert status_of(status.value.replace("_", " ")) is status
