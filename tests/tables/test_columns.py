import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Direction
from experiments.tables.cells import Decimal
from experiments.tables.columns import Column, ColumnType, Use, facts_of, propose
from experiments.tables.names import direction_of, is_metric
from experiments.tables.reading import read


def proposed(text: str) -> dict[str, Column]:
    table = read(text)
    facts = [
        facts_of([row[i] for row in table.rows if row], table.decimals[i])
        for i in range(len(table.header))
    ]
    return dict(zip(table.header, propose(table.header, facts), strict=True))


def column(name: str, *cells: str) -> Column:
    """Propose a column beside an unmistakable metric."""
    return proposed("\n".join([f"{name};loss", *(f"{cell};0.5" for cell in cells)]))[name]


MESSY = """run id,lr,batch_size,use_bn,activation,val_loss,val_loss_sem,accuracy,fit time,state,note
a-1,1e-3,16,True,relu,0.5,0.01,90%,3.2,COMPLETE,"first, try"
a-2,1e-4,32,False,tanh,0.4,0.01,91%,4,COMPLETE,
a-3,3e-2,64,True,relu,nan,,88%,3,FAIL,diverged
a-4,1e-3,16,True,relu,0.5,0.01,90%,3.2,COMPLETE,
a-5,1e-4,32,False,tanh,0.4,0.01,91%,4,COMPLETE,
a-6,3e-2,64,True,relu,0.3,,88%,3,COMPLETE,
"""


def test_a_real_table_is_understood() -> None:
    columns = proposed(MESSY)
    uses = {name: column.use.value for name, column in columns.items()}
    assert uses == {
        "run id": "ignore",
        "lr": "parameter",
        "batch_size": "parameter",
        "use_bn": "parameter",
        "activation": "parameter",
        "val_loss": "objective",
        "val_loss_sem": "sem",
        "accuracy": "tracked",
        "fit time": "tracked",
        "state": "status",
        "note": "ignore",
    }
    assert columns["val_loss_sem"].of == 5
    assert columns["accuracy"].direction is Direction.MAXIMIZE
    assert columns["lr"].type is ColumnType.FLOAT
    assert columns["batch_size"].type is ColumnType.CHOICE
    assert columns["use_bn"].type is ColumnType.BOOL
    assert columns["activation"].type is ColumnType.CHOICE


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1", "2", "5"], ColumnType.INT),
        (["1.0", "2.0"], ColumnType.FLOAT),
        (["0.1", "OOM", "0.3", "0.4", "0.5"], ColumnType.FLOAT),
        (["yes", "no"], ColumnType.BOOL),
        (["0", "1"], ColumnType.INT),
        (["007", "012"], ColumnType.CHOICE),
        (["2024-01-05", "2024-01-06"], ColumnType.CHOICE),
        (["=1+1", "=2+2"], ColumnType.CHOICE),
        (["8", "16", "32"] * 3, ColumnType.CHOICE),
        (["8", "16", "32"], ColumnType.INT),
    ],
)
def test_types_follow_the_cells(cells, type_) -> None:
    proposal = column("x", *cells)
    assert (proposal.use, proposal.type) == (Use.PARAMETER, type_)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("empty", ["", "-", "n/a"]),
        ("x", ["1", "2", "3"]),
        ("x", [f"text {n}" for n in range(30)]),
        ("loss_std", ["0.1", "0.2"]),
        ("seed", ["7", "9"]),
        ("created at", ["5", "6.5"]),
    ],
)
def test_what_is_no_parameter_is_left_out(name, cells) -> None:
    assert column(name, *cells).use is Use.IGNORE


def test_without_a_known_name_the_last_numbers_are_the_objective() -> None:
    columns = proposed("temperature,speed,kind\n20.5,3,a\n30,4.5,b")
    assert [c.use for c in columns.values()] == [Use.PARAMETER, Use.OBJECTIVE, Use.PARAMETER]


def test_training_and_costs_are_rarely_the_objective() -> None:
    columns = proposed("x,latency,train_loss,loss\n1.5,2,3,4\n2,3,4,5")
    assert columns["loss"].use is Use.OBJECTIVE
    assert columns["latency"].use is columns["train_loss"].use is Use.TRACKED


def test_columns_of_other_tools_are_known() -> None:
    columns = proposed(
        "number,value,datetime_start,duration,params_lr,params_loss_weight,state\n"
        "0,0.5,2024-01-05 10:00,3,0.1,0.5,COMPLETE\n1,0.4,2024-01-05 10:01,3,0.2,0.7,PRUNED"
    )
    assert {name: column.use.value for name, column in columns.items()} == {
        "number": "ignore",
        "value": "objective",
        "datetime_start": "ignore",
        "duration": "tracked",
        "params_lr": "parameter",
        "params_loss_weight": "parameter",
        "state": "status",
    }


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("loss", Direction.MINIMIZE), ("valError", Direction.MINIMIZE),
        ("RMSE", Direction.MINIMIZE),
        ("test accuracy", Direction.MAXIMIZE), ("Yield %", Direction.MAXIMIZE), ("speed", None),
        ("fit_time", Direction.MINIMIZE),
        ("fit time (s)", Direction.MINIMIZE),
        ("loss [kN (mean)]", Direction.MINIMIZE), ("f1", Direction.MAXIMIZE),
    ],
)  # fmt: skip
def test_direction_comes_from_the_name(name, direction) -> None:
    assert direction_of(name) is direction


@pytest.mark.parametrize("name", ["loss_weight", "score_threshold", "learning_rate", "energy", ""])
def test_parameters_are_no_metrics(name) -> None:
    assert not is_metric(name)


def test_columns_are_stored_as_they_are() -> None:
    for stored in proposed(MESSY).values():
        assert Column.from_json(stored.to_json()) == stored


@given(st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_cells_get_a_proposal(rows) -> None:
    facts = [facts_of([row[i] for row in rows], Decimal.POINT) for i in range(3)]
    columns = propose(["a", "loss sem", "y"], facts)
    assert len(columns) == 3
    assert sum(column.use is Use.OBJECTIVE for column in columns) <= 1
