"""The document of a conclusion in an archive: all that its page and its Markdown rely on."""

from typing import Any

from experiments.archiving.values import (
    Wrong,
    at,
    boolean,
    count,
    each,
    json_,
    list_,
    object_,
    one_of,
    text_of,
    within,
)

VERSION = 1
MOST_CONCLUSIONS = 1_000

_line = text_of(5_000)
_text = text_of(100_000)
_TRACES = ("scatter", "bar", "heatmap", "contour", "parcoords")


def document(value: Any) -> dict[str, Any]:
    """Accept what was concluded, with its figures and tables; return it as it is."""
    if object_(value).get("version") != VERSION:
        raise Wrong(f".version: it is not {VERSION}, which this AxDash reads")
    needed = {
        "version": count,
        "number": count,
        "name": _line,
        "team": _line,
        "revision": count,
        "concluded_at": _line,
        "concluded_by": _line,
        "status": _line,
        "counts": _line,
        "goals": _lines,
        "space": _lines,
        "constraints": _lines,
        "progress": _figures,
        "evidence": lambda found: each(found, _card),
        "people": _lines,
        "times": _lines,
        "definition": json_,
        "description": _text,
        "summary": _text,
    }
    within(value, needed, {"caveat": _text, "best": _trial, "choice": _choice, "front": _table})
    return {"caveat": "", "best": None, "choice": None, "front": None} | value


def _lines(value: Any) -> tuple[str, ...]:
    return each(value, _line)


_OF_TRIAL = {
    "trial": count,
    "results": lambda value: each(value, _pair),
    "parameters": lambda value: each(value, _pair),
}


def _trial(value: Any) -> None:
    within(value, _OF_TRIAL, {})


def _choice(value: Any) -> None:
    within(value, _OF_TRIAL | {"reason": _line, "by": _line, "at": _line}, {})


def _pair(value: Any) -> None:
    if len(list_(value)) != 2:
        raise Wrong("it is no list of a name and a value")
    each(value, _line)


def _card(value: Any) -> None:
    needed = {
        "name": _line,
        "title": _line,
        "reading": _text,
        "revision": count,
        "is_older": boolean,
        "sentences": lambda found: each(found, _text),
        "figures": _figures,
    }
    within(value, needed, {"table": _table})
    if "table" not in value:
        raise Wrong(".table: it is missing")


def _table(value: Any) -> None:
    needed = {
        "head": _lines,
        "rows": lambda found: each(found, lambda row: each(row, _cell)),
        "trials": lambda found: each(found, _number_or_none),
    }
    within(value, needed, {})
    width = len(value["head"])
    for place, row in enumerate(value["rows"]):
        if len(row) != width:
            raise Wrong(f".rows[{place}]: it has not as many cells as the head")
    if value["trials"] and len(value["trials"]) != len(value["rows"]):
        raise Wrong(".trials: they are not as many as the rows")


def _cell(value: Any) -> None:
    if isinstance(value, str):
        _line(value)
    else:
        json_(value, 0)


def _number_or_none(value: Any) -> None:
    if value is not None:
        count(value)


def _figures(value: Any) -> None:
    for place, figure in enumerate(list_(value)):
        at(place, _figure, figure)


def _figure(value: Any) -> None:
    """Accept a figure: traces of kinds that AxDash draws, and a layout without pictures."""
    json_(value, 14)
    within(
        {name: object_(value).get(name) for name in ("name", "data", "layout")},
        {"name": _line, "data": lambda traces: each(traces, _trace), "layout": _layout},
        {},
    )


def _trace(value: Any) -> None:
    at("type", one_of(_TRACES), object_(value).get("type", _TRACES[0]))


def _layout(value: Any) -> None:
    if "images" in object_(value):
        raise Wrong(".images: a figure has no pictures")
    if value.get("meta") is not None:
        group = at("meta", object_, value["meta"]).get("group")
        if group is not None:
            at("meta", lambda _: at("group", _line, group), value["meta"])
