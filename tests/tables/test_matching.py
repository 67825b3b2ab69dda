"""Rows beside the trials that there are: whatever stands in the cells, each comes to something."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import (
    Direction,
    MetricRole,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    Result,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.tables.cells import Decimal
from experiments.tables.columns import facts_of
from experiments.tables.matching import Judged, Kind, Matcher, Options
from experiments.tables.nearness import Known
from experiments.tables.reading import Delimiter, Reading, Table
from experiments.tables.uses import uses_of

COLOURS = ("red", "=blue")
DEFINITION = ExperimentDraft(
    name="Tuned",
    description="",
    metrics=(
        MetricDraft(name="loss", spec=MetricSpec(key="m1", direction=Direction.MINIMIZE)),
        MetricDraft(
            name="size",
            spec=MetricSpec(key="m2", direction=Direction.MINIMIZE, role=MetricRole.TRACKED),
        ),
    ),
    parameters=(
        ParameterDraft(
            name="rate",
            spec=ParameterSpec(
                key="p1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=0, upper=1
            ),
        ),
        ParameterDraft(
            name="colour",
            spec=ParameterSpec(
                key="p2", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=COLOURS
            ),
        ),
        ParameterDraft(
            name="deep",
            spec=ParameterSpec(
                key="p3", kind=ParameterKind.CHOICE, value_type=ValueType.BOOL, values=(False, True)
            ),
        ),
    ),
)
KNOWN = [
    Known(
        number=0, status=TrialStatus.COMPLETED,
        parameters={"p1": 0.123456, "p2": "red", "p3": True},
        results={"m1": Result(0.25, 0.1)}, tags=["hot"], due_on=date(2031, 5, 4),
    ),
    Known(
        number=1, status=TrialStatus.RUNNING, parameters={"p1": 0.5, "p2": "=blue", "p3": False},
    ),
    Known(number=2, status=TrialStatus.FAILED, parameters={"p1": 0.5, "p2": "red", "p3": False},
          reason="smoke"),
]  # fmt: skip
USES = list(uses_of(DEFINITION))
CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "#1", "trial 0", "0.123", "0,5", "0.5", "-inf", "0.1234567",
         "0.25000001", "1e400", "9" * 400,
         "red", "'=blue", "=blue", "yes", "no", "failed", "running", "completed", "2031-05-04",
         "1,234", "-1", "#DIV/0!", "50 %", "hot, cold", "n/a", "nan"]
    ),
    st.text(max_size=12),
)  # fmt: skip


def table_of(uses: list[str], rows: list[tuple[str, ...]], decimal: Decimal) -> Table:
    return Table(
        header=tuple(f"column {place}" for place, _ in enumerate(uses)),
        rows=tuple(row if any(cell.strip() for cell in row) else () for row in rows),
        reading=Reading(delimiter=Delimiter.TAB),
        first_place=2,
        decimals=(decimal,) * len(uses),
    )


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(USES), min_size=1, unique=True).flatmap(
        lambda uses: st.tuples(
            st.just(uses), st.lists(st.tuples(*(CELLS for _ in uses)), min_size=1, max_size=6)
        )
    ),
    st.sampled_from(Decimal),
    st.builds(Options, repeats=st.booleans(), takes_outside=st.booleans()),
)
def test_each_row_comes_to_something_that_can_be_done(made, decimal, options) -> None:
    uses, rows = made
    table = table_of(uses, rows, decimal)
    filled = [row for row in table.rows if row]
    facts = [facts_of([row[i] for row in filled], decimal) for i in range(len(uses))]
    judged = list(Matcher(table, facts, uses, DEFINITION, KNOWN, options).judge())
    assert [each.place for each in judged] == [p for p, row in enumerate(table.rows, 2) if row]
    about = [each.number for each in judged if each.number is not None]
    assert len(about) == len(set(about)), "Two rows change one trial."
    for each in judged:
        check(each, options)


def check(judged: Judged, options: Options) -> None:
    if judged.kind is Kind.REJECTED:
        assert judged.reason.endswith(".")
        assert not judged.state
    elif judged.kind is Kind.NEW:
        assert judged.trial is not None
        assert set(judged.trial.parameters) == {"p1", "p2", "p3"}
        is_done = judged.trial.status in (TrialStatus.COMPLETED, TrialStatus.EARLY_STOPPED)
        assert is_done == ("m1" in judged.trial.results)
        for result in judged.trial.results.values():
            assert abs(result.mean) < 1e300
            assert result.sem is None or result.sem >= 0
    elif judged.kind is Kind.CHANGED:
        assert judged.changes
        assert judged.state
        assert all(before != after for _, before, after in judged.changes)
    else:
        assert not judged.state
    assert options.takes_outside or not judged.is_outside
