"""Definitions as people type them, at random: most can be used, many are extreme."""

from django.http import QueryDict
from hypothesis import strategies as st

_NAMES = [
    "x", "x1", "I", "lambda", "a-b", "acc - cost", "a__dot__b", "x**2", "p1", "m1", "<b>&\"'",
    "__import__('os').mkdir('made')", "学习率", "e\u0301", "n" * 100, "%s {x}", "=1+1", "[a]", "1",
]  # fmt: skip
_STARTS = ["0", "1", "-1", "0.1", "-1000", "1e-9", "1e-30", "5", "3e7", "-1e30", "1e10", "-0.007"]
_WIDTHS = ["1e-30", "1e-12", "1e-4", "0.3", "1", "7", "1000", "1e6", "1e15", "1e30"]
_WHOLE_STARTS = [0, 1, -5, 1000, -(2**53), 2**40]
_WHOLE_WIDTHS = [1, 2, 9, 1000, 10**6, 10**10, 2**53]
_TEXTS = ["a", "b", "True", "None", "nan", "1", "0.5", "x y", "=1+1", "<i>", "é", "a,b", "t" * 200]
_NUMBERS = ["1", "2", "0", "-3", "0.5", "16", "1e-25", "1e25", "100", "1e-5", "7"]
_WHOLE = ["0", "1", "2", "8", "64", "-7", "9007199254740992", "1000000"]
_FACTORS = ["", "1", "-1", "0.5", "-2", "3", "1e-3", "1e6"]
_BOUNDS = ["0", "1", "-1", "3", "0.25", "10", "1000", "-50", "1e6", "1e20"]

Fields = dict[str, str]


def _lists(texts, least=2):
    return st.lists(st.sampled_from(texts), min_size=least, max_size=5, unique=True)


@st.composite
def _range(draw) -> Fields:
    if draw(st.booleans()):
        lower, width = draw(st.sampled_from(_WHOLE_STARTS)), draw(st.sampled_from(_WHOLE_WIDTHS))
        step = draw(st.sampled_from([""] * 6 + ["1", str(width)]))
        found = {"kind": "int", "lower": str(lower), "upper": str(lower + width), "step": step}
        is_positive = lower > 0
    else:
        lower, width = draw(st.sampled_from(_STARTS)), draw(st.sampled_from(_WIDTHS))
        step = draw(st.sampled_from([""] * 6 + [width, f"{float(width) / 8!r}"]))
        upper = repr(float(lower) + float(width))
        found = {"kind": "float", "lower": lower, "upper": upper, "step": step}
        is_positive = float(lower) > 0
    if is_positive and not step and draw(st.booleans()):
        found["log_scale"] = "on"
    if draw(st.integers(0, 9)) == 0:
        found["pinned"] = found["lower"]
    return found


@st.composite
def _choice(draw) -> Fields:
    kind = draw(st.sampled_from(["bool", "text", "float", "int"]))
    if kind == "bool":
        return {"kind": "bool"}
    values = draw(_lists({"text": _TEXTS, "float": _NUMBERS, "int": _WHOLE}[kind]))
    is_ordered = draw(st.sampled_from(["", "on"]))
    return {
        "kind": "choice", "data_type": kind, "values": "\r\n".join(values), "is_ordered": is_ordered
    }  # fmt: skip


@st.composite
def _terms(draw, keys: list[str]) -> Fields:
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))
    found = {}
    for place, key in enumerate(chosen, start=1):
        found[f"t{place}-parameter"] = key
        found[f"t{place}-coefficient"] = draw(st.sampled_from(_FACTORS))
    return found


@st.composite
def _parameters(draw) -> list[Fields]:
    rows: list[Fields] = []
    switches: list[tuple[str, list[str]]] = []
    calculable: list[str] = []
    for place in range(1, draw(st.integers(1, 6)) + 1):
        key = f"n{place}"
        kind = draw(st.sampled_from(["range"] * 4 + ["choice"] * 3 + ["fixed", "derived"]))
        if kind == "range":
            row = draw(_range())
            calculable.append(key)
        elif kind == "choice":
            row = draw(_choice())
            values = row["values"].splitlines() if row["kind"] == "choice" else ["yes", "no"]
            if "a,b" not in values:
                switches.append((key, values))
        elif kind == "derived" and calculable:
            row = {"kind": "derived", "intercept": draw(st.sampled_from(_BOUNDS))}
            row |= draw(_terms(calculable))
        else:
            row = {"kind": "fixed", "value": draw(st.sampled_from(_TEXTS + _NUMBERS + _WHOLE))}
        if row["kind"] not in ("derived", "fixed") and draw(st.integers(0, 2)) == 0:
            earlier = [switch for switch in switches if switch[0] != key]
            if earlier:
                row["parent"], values = draw(st.sampled_from(earlier))
                row["parent_values"] = ", ".join(draw(_lists(values, 1)))
        rows.append({"key": key} | row)
    return rows


@st.composite
def _metrics(draw) -> list[Fields]:
    rows: list[Fields] = [{"goal": draw(st.sampled_from(["minimize", "maximize"]))}]
    goals = ["minimize", "maximize", "at_most", "at_least", "track"]
    rows += [{"goal": goal} for goal in draw(st.lists(st.sampled_from(goals), max_size=2))]
    for row in rows:
        row["bound"] = draw(st.sampled_from(_BOUNDS))
        row["threshold"] = draw(st.sampled_from(["", *_BOUNDS]))
        row["weight"] = draw(st.sampled_from(["", "1", "1e-30", "1e30", "0.3"]))
    return rows


@st.composite
def typed_definitions(draw) -> QueryDict:
    """What a browser sends of the form of a new experiment."""
    parameters, metrics = draw(_parameters()), draw(_metrics())
    for rows in (parameters, metrics):
        named = draw(st.lists(st.sampled_from(_NAMES), min_size=6, max_size=6, unique=True))
        for row, name in zip(rows, named, strict=False):
            row["name"] = name
    keys = [row["key"] for row in parameters if row["kind"] in ("float", "int")]
    constraints = []
    if keys:
        for _ in range(draw(st.integers(0, 2))):
            relation = draw(st.sampled_from(["at_most", "at_least"]))
            bound = draw(st.sampled_from(_BOUNDS))
            constraints.append(draw(_terms(keys)) | {"relation": relation, "bound": bound})
    data = QueryDict(mutable=True)
    for letter, rows in (("p", parameters), ("m", metrics), ("c", constraints)):
        for number, row in enumerate(rows, start=1):
            data.update({f"{letter}{number}-{field}": text for field, text in row.items()})
    data.update(
        {
            "name": "Anything",
            "trade": draw(st.sampled_from(["", "sum"])),
            "noise": draw(st.sampled_from(["noisy", "exact", "given"])),
            "initialization_budget": draw(st.sampled_from(["1", "2", "3"])),
            "seed": str(draw(st.integers(0, 2**31 - 1))),
        }
    )
    return data
