import csv
import io
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.domain import (
    Condition,
    Direction,
    MetricRole,
    ParameterKind,
    Result,
    TrialStatus,
    ValueType,
)
from experiments.search_space import named_parameter_problems
from experiments.tables.bounds import bounds_of
from experiments.tables.cells import Decimal
from experiments.tables.columns import ColumnType, Use, facts_of, propose
from experiments.tables.definition import definition
from experiments.tables.reading import Unreadable, read
from experiments.tables.trials import count_outside, runs_of
from experiments.tables.writing import harmless, left_out_as_csv


class Sheet:
    """A table with all that is made from it."""

    def __init__(self, text: str, **changes) -> None:
        self.table = read(text)
        rows = [row for row in self.table.rows if row]
        self.facts = [
            facts_of([row[i] for row in rows], decimal)
            for i, decimal in enumerate(self.table.decimals)
        ]
        self.columns = propose(self.table.header, self.facts)
        for name, change in changes.items():
            index = self.table.header.index(name)
            self.columns[index] = replace(self.columns[index], **change)
        self.draft, self.notices = definition("Runs", self.table, self.columns, self.facts)

    @property
    def specs(self):
        return {parameter.name: parameter.spec for parameter in self.draft.parameters}

    def runs(self, draft=None):
        return runs_of(self.table, self.columns, self.facts, draft or self.draft)

    def outside(self, draft=None):
        return count_outside(self.runs(draft).trials, draft or self.draft)

    def reasons(self, draft=None):
        return [(row.place, row.reason) for row in self.runs(draft).left_out]


def test_rows_become_trials_with_results_and_errors() -> None:
    sheet = Sheet("lr;opt;loss;loss sem;acc\n0,1;sgd;0,5;0,01;90 %\n0,2;adam;0,4;;\n")
    first, second = sheet.runs().trials
    assert first.parameters == {"c0": 0.1, "c1": "sgd"}
    assert first.results == {"c2": Result(0.5, 0.01), "c4": Result(90.0)}
    assert second.results == {"c2": Result(0.4)}
    assert {m.name: (m.spec.role, m.spec.direction, m.unit) for m in sheet.draft.metrics} == {
        "loss": (MetricRole.OBJECTIVE, Direction.MINIMIZE, ""),
        "acc": (MetricRole.TRACKED, Direction.MAXIMIZE, "%"),
    }


def test_parameters_are_inferred() -> None:
    sheet = Sheet(
        "lr,layers,opt,bn,code,size,const,loss\n"
        "0.00012,1,sgd,yes,007,16,5,1\n"
        "0.011,4,adam,no,012,32,5,2\n"
        "0.3,7,sgd,yes,007,64,5,3\n" + "0.01,2,sgd,no,012,16,5,3\n" * 3
    )
    specs = sheet.specs
    assert (specs["lr"].lower, specs["lr"].upper, specs["lr"].log_scale) == (0.0001, 0.4, True)
    assert (specs["layers"].lower, specs["layers"].upper) == (1, 7)
    assert specs["layers"].value_type is ValueType.INT
    assert specs["opt"].values == ("sgd", "adam")
    assert specs["bn"].values == (False, True)
    assert specs["code"].values == ("007", "012")
    assert (specs["size"].values, specs["size"].is_ordered) == ((16, 32, 64), True)
    assert (specs["const"].kind, specs["const"].value) == (ParameterKind.FIXED, 5)
    assert sheet.outside() == 0
    words = " ".join(sheet.notices)
    assert "rounded outward" in words
    assert "decades or more: lr." in words
    assert "fixed here: const." in words


@pytest.mark.parametrize(
    ("numbers", "is_whole", "bounds"),
    [
        ([0.12, 0.5, 0.93], False, (0.1, 0.95, False)),
        ([10, 50, 100], True, (10, 100, False)),
        ([-3.3, 4.1], False, (-3.5, 4.5, False)),
        ([1e-5, 1e-3, 1e-1], False, (1e-5, 1e-1, True)),
        ([0.0001, 0.4, 0.5, 0.6, 0.99], False, (0.0001, 1.0, False)),
        ([3, 1000, 70000], True, (2, 100000, True)),
        ([1, 2], True, (1, 2, False)),
    ],
)
def test_bounds_are_round(numbers, is_whole, bounds) -> None:
    found = bounds_of(numbers, is_whole=is_whole)
    assert found.lower <= min(numbers)
    assert found.upper >= max(numbers)
    assert found.log_scale == bounds[2]
    if numbers != [-3.3, 4.1]:
        assert (found.lower, found.upper) == pytest.approx(bounds[:2])


@given(st.lists(st.floats(-1e29, 1e29, allow_subnormal=False), min_size=2, unique=True))
@example([1e-30, 5.271508902578377e-57])
def test_bounds_hold_what_was_observed(numbers) -> None:
    lower, upper, log_scale = bounds_of(numbers, is_whole=False)
    assert lower <= min(numbers) < max(numbers) <= upper
    assert not log_scale or lower > 0
    assert lower >= 0 or min(numbers) < 0


@given(st.lists(st.integers(-(2**53), 2**53), min_size=2, unique=True))
def test_whole_bounds_hold_what_was_observed(numbers) -> None:
    lower, upper, _ = bounds_of(numbers, is_whole=True)
    assert lower <= min(numbers) < max(numbers) <= upper
    assert isinstance(lower, int)
    assert isinstance(upper, int)


def test_parameters_that_go_with_a_choice_are_dependent() -> None:
    sheet = Sheet(
        "family,C,depth,loss\nsvm,0.1,,1\nsvm,2,,2\ntree,,3,3\ntree,,9,4\nforest,,5,5\nsvm,,,6\n"
    )
    assert sheet.specs["C"].condition is None
    sheet = Sheet("family,C,depth,loss\nsvm,0.1,,1\nsvm,2,,2\ntree,,3,3\ntree,,9,4\nforest,,5,5\n")
    assert sheet.specs["C"].condition == Condition("c0", ("svm",))
    assert sheet.specs["depth"].condition == Condition("c0", ("tree", "forest"))
    runs = sheet.runs()
    assert [dict(trial.parameters) for trial in runs.trials[1:3]] == [
        {"c0": "svm", "c1": 2.0},
        {"c0": "tree", "c2": 3},
    ]
    assert runs.left_out == ()
    assert sheet.outside() == 0


def test_rows_without_what_is_needed_are_left_out_with_the_reason() -> None:
    sheet = Sheet(
        "lr,layers,loss,acc\n"
        "0.1,1,0.5,0.9\n"
        ",2,0.5,0.9\n"
        "\n"
        "0.1,2.5,0.5,0.9\n"
        "soon,2,0.5,0.9\n"
        "0.1,2,n/a,0.9\n"
        "0.1,2,great,0.9\n"
        "0.1,2,0.5,\n"
        "0.2,3,inf,\n"
        "0.3,4,0.4,0.1\n"
        "0.3,4,0.4,0.1\n",
        layers={"type": ColumnType.INT},
        lr={"type": ColumnType.FLOAT},
    )
    assert sheet.reasons() == [
        (3, "no value: “lr” is blank."),
        (5, "layers: “2.5” is not a whole number."),
        (6, "lr: “soon” is not a number that can be used."),
        (7, "no result: “loss” is blank."),
        (8, "loss: “great” is not a number that can be used."),
        (10, "no result: “loss” is blank."),
    ]
    assert len(sheet.runs().trials) == 4


def test_statuses_are_followed() -> None:
    sheet = Sheet(
        "x,loss,status\n1.5,1,done\n2,3,failed\n3,,crashed\n4,,cancelled\n5,,running\n"
        "6,2,running\n7,2,\n8,,\n9,,done\n10,1,odd\n" + "1,1,done\n" * 20
    )
    runs = sheet.runs()
    assert [trial.status for trial in runs.trials[:6]] == [
        TrialStatus.COMPLETED,
        TrialStatus.FAILED,
        TrialStatus.FAILED,
        TrialStatus.ABANDONED,
        TrialStatus.RUNNING,
        TrialStatus.COMPLETED,
    ]
    assert runs.trials[1].results == {}
    assert "“failed”" in runs.trials[1].reason
    assert sheet.reasons() == [
        (7, "the status says that it is still running, but there is a result."),
        (9, "no result: “loss” is blank."),
        (10, "no result: “loss” is blank."),
        (11, "the status “odd” is not known."),
    ]


def test_negative_standard_errors_and_mixed_percentages_are_left_out() -> None:
    sheet = Sheet("x,loss,sem\n1.5,1 %,-0.1\n2,2 %,0.1\n3,0.03,0.1\n4,4%,\n")
    assert sheet.reasons() == [
        (2, "sem: a standard error cannot be negative."),
        (4, "loss: “0.03” differs from the column’s other numbers, which are percentages."),
    ]


def test_trials_outside_the_chosen_bounds_are_kept_and_counted() -> None:
    sheet = Sheet("x,opt,k,loss\n0.1,a,5,1\n0.5,b,5,2\n0.9,c,5,3\n")
    x, opt, k = sheet.draft.parameters
    draft = replace(
        sheet.draft,
        parameters=(
            replace(x, spec=replace(x.spec, upper=0.6)),
            replace(opt, spec=replace(opt.spec, values=("b", "c"))),
            k,
        ),
    )
    runs = sheet.runs(draft)
    assert (len(runs.trials), sheet.outside(draft), runs.left_out) == (3, 2, ())
    draft = replace(
        draft, parameters=(*draft.parameters[:2], replace(k, spec=replace(k.spec, value=6)))
    )
    assert sheet.outside(draft) == 3


def test_parameters_that_are_not_in_the_table() -> None:
    sheet = Sheet("x,loss\n0.1,1\n0.5,2\n")
    new = replace(sheet.draft.parameters[0], name="new")
    fixed = replace(new, spec=replace(new.spec, key="n1", kind=ParameterKind.FIXED, value=2.0))
    varied = replace(new, spec=replace(new.spec, key="n1"))
    with_fixed = replace(sheet.draft, parameters=(*sheet.draft.parameters, fixed))
    assert sheet.runs(with_fixed).trials[0].parameters == {"c0": 0.1, "n1": 2.0}
    with_varied = replace(sheet.draft, parameters=(*sheet.draft.parameters, varied))
    assert sheet.reasons(with_varied)[0] == (2, "no value: “new” is not in the table.")


def test_forged_keys_are_not_in_the_table() -> None:
    sheet = Sheet("x,loss\n0.1,1\n0.5,2\n")
    x = sheet.draft.parameters[0]
    forged = replace(sheet.draft, parameters=(replace(x, spec=replace(x.spec, key="c99")),))
    assert sheet.reasons(forged)[0] == (2, "no value: “x” is not in the table.")


def test_left_out_rows_can_be_opened_again() -> None:
    sheet = Sheet("x;note;loss\n0,1;a;1\n0,2;=cmd|'x'!A1;\n-5;+49 30;-1,5x\n-6;b;-2\n")
    written = left_out_as_csv(sheet.table, sheet.runs().left_out)
    rows = list(csv.reader(io.StringIO(written), delimiter=";"))
    assert rows[0] == ["x", "note", "loss", "row", "reason"]
    assert rows[1][:4] == ["0,2", "'=cmd|'x'!A1", "", "3"]
    assert rows[2][:4] == ["-5", "'+49 30", "'-1,5x", "4"]
    assert rows[1][4] == "no result: “loss” is blank."


@given(st.text(max_size=20))
def test_no_cell_starts_a_formula(cell) -> None:
    written = harmless(cell, Decimal.POINT)
    assert written.endswith(cell)
    if written.lstrip()[:1] in ("=", "@"):
        pytest.fail(f"{written!r} could be a formula")


CELLS = st.one_of(
    st.sampled_from(["", "-", "yes", "no", "a", "b", "1", "2.5", "1e-4", "007", "5 %", "done"]),
    st.floats(allow_nan=True).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.text(max_size=5),
)


@given(
    st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=12),
    st.lists(st.sampled_from(Use), min_size=4, max_size=4),
    st.lists(st.sampled_from(ColumnType), min_size=4, max_size=4),
)
def test_any_rows_become_sound_trials_or_have_a_reason(rows, uses, types) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b", "loss", "y"], *rows])
    try:
        sheet = Sheet(
            text.getvalue(),
            **{
                name: {"use": use, "type": type_}
                for name, use, type_ in zip(["a", "b", "loss", "y"], uses, types, strict=True)
            },
        )
    except Unreadable:
        return
    runs = sheet.runs()
    assert len(runs.trials) + len(runs.left_out) == sum(map(bool, sheet.table.rows))
    keys = {parameter.spec.key for parameter in sheet.draft.parameters}
    for trial in runs.trials:
        assert trial.parameters.keys() <= keys
    for parameter in sheet.draft.parameters:
        problems = named_parameter_problems(parameter.name, parameter.spec)
        assert all(problem.message for problem in problems)
