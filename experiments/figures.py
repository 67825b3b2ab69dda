"""What all figures share, written as Plotly's JSON with colours as roles. No Django, no Ax.

A trace names the role of its colour in ``meta`` (``result``, ``best``, ``model``, ``running`` …);
the page turns roles into the colours of its theme. Texts that people typed are escaped where
Plotly would read tags.
"""

import math
from collections.abc import Sequence
from functools import partial
from html import escape as escape_html
from typing import Any

LONGEST_TITLE = 28
"""In characters: what fits along an axis on a phone."""

DIGITS = 6
"""How many significant digits the numbers of a stored figure have."""

Trace = dict[str, Any]
Figure = dict[str, Any]

escape = partial(escape_html, quote=False)
"""Plotly reads tags, and shows the entities of quotes as they are."""


def titled(name: str, unit: str) -> str:
    """Return what an axis says of a parameter or metric: its name, and its unit in brackets."""
    return f"{name} ({unit})" if unit else name


def literal(text: str) -> str:
    """Return text that a hover template shows as it is."""
    return escape(text).replace("%{", "%&#123;")


def short(text: str, most: int = 40) -> str:
    """Return a text, cut to a length in characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def scatter(name: str, color: str, **attributes: Any) -> Trace:
    """Make a trace of points or lines in the colour of a role."""
    return {"type": "scatter", "name": name, "meta": {"color": color}, **attributes}


def step_line(name: str, points: Sequence[tuple[float, float]]) -> Trace:
    """Make the line that runs along the best: level until the next point."""
    return scatter(
        name,
        "best",
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        line={"shape": "hv", "width": 2},
        hoverinfo="skip",
    )


def value_axis(title: str) -> dict[str, Any]:
    """Return an axis of values with a title that fits on a phone."""
    return {"title": {"text": escape(short(title, LONGEST_TITLE))}, "exponentformat": "power"}


def rounded(value: Any) -> Any:
    """Return part of a figure with no more digits than one could see.

    Numbers in a list keep six significant digits, and as many as tell them apart where they differ
    by little.
    """
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if not isinstance(value, list | tuple):
        return value
    numbers = [each for each in value if isinstance(each, float) and math.isfinite(each)]
    if not numbers:
        return [rounded(each) for each in value]
    width = max(numbers) - min(numbers)
    places = DIGITS - _magnitude(width) if width and math.isfinite(width) else -400
    return [_rounded(each, places) if isinstance(each, float) else rounded(each) for each in value]


def _rounded(number: float, places: int) -> float:
    if not math.isfinite(number) or number == 0:
        return number
    return round(number, max(places, DIGITS - _magnitude(number)))


def _magnitude(number: float) -> int:
    return math.floor(math.log10(abs(number))) + 1
