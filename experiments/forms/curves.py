"""Points of learning curves as people type and paste them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.curves import MOST_POINTS, Curve, Point, next_step, version_of
from experiments.formatting import format_number
from experiments.forms.numbers import parse_number, quote
from experiments.models import Metric

MOST_CHARACTERS = 500_000
_SHOWN_ERRORS = 20
_STEPS = frozenset(("step", "steps", "epoch", "epochs", "iteration", "iterations", "iter"))
_SEM = re.compile(r"(?:sem|se|±)(?: of)? (.+)|(.+?)[ _-]+(?:sem|se|±)")
_UNIT = re.compile(r"\s*[(\[].*[)\]]$")
_BLANK = ("", "-", "–", "—")


@dataclass
class ReadCurves:
    """What was understood: points by metric, what is wrong by line, and what else to know."""

    points: dict[Metric, list[Point]] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many points there are."""
        return sum(map(len, self.points.values()))

    @property
    def shown_errors(self) -> list[tuple[int, str]]:
        """What is wrong with the first lines that cannot be read."""
        return self.errors[:_SHOWN_ERRORS]

    @property
    def more_errors(self) -> int:
        """How many other lines cannot be read."""
        return max(0, len(self.errors) - _SHOWN_ERRORS)


@dataclass(frozen=True)
class _Column:
    """What a column holds: the steps (no metric), a metric's values, or their standard errors."""

    metric: Metric | None = None
    is_sem: bool = False


def read_curves(
    text: str, metrics: Sequence[Metric], chosen: Metric, curves: Mapping[str, Curve]
) -> ReadCurves:
    """Read a block of lines: step and value, only values, or columns that a header names.

    ``chosen`` is the metric of columns without a name. Values without steps go on where its curve,
    among ``curves`` by metric key, ends.
    """
    found = ReadCurves()
    lines = [(n, line.strip("\ufeff\r")) for n, line in enumerate(text.split("\n"), 1)]
    lines = [(n, line) for n, line in lines if line.strip()]
    if not lines:
        return found
    mark = _mark_of([line for _, line in lines])
    if mark == "?":
        found.errors.append((lines[0][0], _AMBIGUOUS.format(quote(lines[0][1]))))
        return found
    rows = [(n, _cells(line, mark)) for n, line in lines]
    columns = _named(rows[0][1], metrics, chosen, found)
    rows = rows[1:] if columns else rows
    width = max((len(cells) for _, cells in rows), default=0)
    columns = columns or _unnamed(width, metrics, chosen)
    if not columns:
        text = f"{width} columns: say in a first line which metric each is, such as “step, loss”."
        found.errors.append((rows[0][0], text))
        return found
    _read_rows(rows, columns, found, curves.get(chosen.key, []))
    return found


_AMBIGUOUS = (
    "{} could be one number or two: put a space or a tab between step and value, or write points."
)


def _mark_of(lines: Sequence[str]) -> str:
    """What separates the cells; “?” where a comma may be a decimal comma."""
    for mark in "\t;":
        if any(mark in line for line in lines):
            return mark
    body = [line for line in lines if "," in line]
    is_named = bool(body) and body[0] == lines[0] and re.search(r"[^\W\d_]{2}", body[0])
    if body and (is_named or any(re.search(r",\s", line) or "." in line for line in body)):
        return ","
    if any(len(line.split()) > 1 for line in lines):
        return " "
    return "?" if body else "\t"


def _cells(line: str, mark: str) -> list[str]:
    if mark == " ":
        return line.split()
    cells = [cell.strip().strip('"') for cell in line.split(mark)]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell)
    except ValidationError:
        return False
    return True


def _named(
    cells: Sequence[str], metrics: Sequence[Metric], chosen: Metric, found: ReadCurves
) -> list[_Column | None]:
    """Return what a first line says of the columns (``None``: of no use); empty if it is none."""
    if any(_is_number(cell) for cell in cells) or not any(re.search(r"[^\W\d_]", c) for c in cells):
        return []
    if cells[0].lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return []
    by_name = {metric.name.casefold(): metric for metric in metrics}
    columns: list[_Column | None] = []
    unknown = []
    for place, cell in enumerate(cells):
        name = _UNIT.sub("", cell.casefold().strip()) or cell.casefold()
        sem = _SEM.fullmatch(name)
        if name in by_name:
            columns.append(_Column(by_name[name]))
        elif sem and (sem[1] or sem[2]) in by_name:
            columns.append(_Column(by_name[sem[1] or sem[2]], is_sem=True))
        elif name in ("sem", "se", "±"):
            columns.append(_Column(chosen, is_sem=True))
        elif name in _STEPS or (not place and len(cells) > 1):
            columns.append(_Column())
        else:
            unknown.append(place)
            columns.append(None)
    has_metric = any(column and column.metric and not column.is_sem for column in columns)
    if not has_metric and len(unknown) == 1:
        columns[unknown[0]] = _Column(chosen)
        found.notes.append(f"{quote(cells[unknown[0]])} is taken for {chosen.name}.")
    elif unknown:
        names = ", ".join(quote(cells[place]) for place in unknown)
        found.notes.append(f"No metric of this experiment, and left out: {names}.")
    return columns


def _unnamed(width: int, metrics: Sequence[Metric], chosen: Metric) -> list[_Column | None]:
    step, value = _Column(), _Column(chosen)
    if width == 1:
        return [value]
    if width == 2:
        return [step, value]
    if width == len(metrics) + 1:
        return [step, *(_Column(metric) for metric in metrics)]
    return [step, value, _Column(chosen, is_sem=True)] if width == 3 else []


def _read_rows(
    rows: Sequence[tuple[int, Sequence[str]]],
    columns: Sequence[_Column | None],
    found: ReadCurves,
    curve: Curve,
) -> None:
    first = next_step(curve)
    gap = first - curve[-1].step if curve else 1.0
    has_steps = any(column and column.metric is None for column in columns)
    seen: dict[float, int] = {}
    for place, (number, cells) in enumerate(rows):
        try:
            if len(cells) > len(columns):
                raise ValidationError(f"{len(cells)} columns instead of {len(columns)}.")
            step, points = _read_row(cells, columns, None if has_steps else first + place * gap)
            if step in seen:
                raise ValidationError(
                    f"Step {format_number(step, 12)} stands in line {seen[step]} already."
                )
        except ValidationError as error:
            found.errors.append((number, " ".join(error.messages)))
            continue
        seen[step] = number
        for metric, point in points.items():
            found.points.setdefault(metric, []).append(point)


def _read_row(
    cells: Sequence[str], columns: Sequence[_Column | None], step: float | None
) -> tuple[float, dict[Metric, Point]]:
    means: dict[Metric, float] = {}
    sems: dict[Metric, float] = {}
    for cell, column in zip(cells, columns, strict=False):
        if column is None:
            continue
        if column.metric is None:
            step = read_step(cell)
        elif cell not in _BLANK:
            (sems if column.is_sem else means)[column.metric] = parse_number(cell) + 0.0
    if step is None:
        raise ValidationError("The step is missing.")
    if any(sem < 0 for sem in sems.values()):
        raise ValidationError("A standard error cannot be negative.")
    if not means:
        raise ValidationError("There is no value in this line.")
    return step, {metric: Point(step, mean, sems.get(metric)) for metric, mean in means.items()}


def read_step(text: str) -> float:
    """Return a step: a number that is not negative; -0 is 0."""
    step = parse_number(text)
    if step < 0:
        raise ValidationError(f"{quote(text)} is negative: steps start at 0.")
    return step + 0.0


class CurveForm(forms.Form):
    """A block of points of one trial. ``found`` is what was understood of it."""

    metric = forms.CharField(required=False, max_length=20)
    text = forms.CharField(
        required=False, strip=False, max_length=MOST_CHARACTERS, widget=forms.Textarea,
        error_messages={"max_length": "That is too much: paste at most "
                        f"{MOST_CHARACTERS:,} characters at a time."},
    )  # fmt: skip
    is_whole = forms.BooleanField(required=False)
    leaves_out = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, metrics: Sequence[Metric], curves: Mapping[str, Curve]
    ) -> None:
        first = next((m for m in metrics if m.is_objective), metrics[0])
        self.next_step = next_step(curves.get(first.key, []))
        initial = {"seen": version_of(curves), "metric": first.key}
        super().__init__(data, auto_id="curve-%s", initial=initial)
        self.metrics = metrics
        self.curves = curves
        self.first = first
        self.found = ReadCurves()

    def clean_metric(self) -> Metric:
        """Return the metric that is meant where no header says it."""
        by_key = {metric.key: metric for metric in self.metrics}
        key = self.cleaned_data["metric"] or self.first.key
        if key not in by_key:
            raise ValidationError("There is no such metric any more: reload the page.")
        return by_key[key]

    def clean(self) -> None:
        """Read the block."""
        data = self.cleaned_data
        if "metric" in data and "text" in data:
            self._clean_block(data["metric"])

    def _clean_block(self, metric: Metric) -> None:
        self.found = read_curves(self.cleaned_data["text"], self.metrics, metric, self.curves)
        wrong = len(self.found.errors)
        if wrong and not (self.cleaned_data["leaves_out"] and self.found.count):
            lines = "1 line" if wrong == 1 else f"{wrong:,} lines"
            self.add_error("text", f"{lines} cannot be read: see below.")
        elif not self.found.count:
            self.add_error("text", "There is no point in it.")
        elif any(len(points) > MOST_POINTS for points in self.found.points.values()):
            self.add_error(
                "text", f"A curve may have {MOST_POINTS:,} points at most: enter every tenth or so."
            )

    @property
    def replaced(self) -> int:
        """How many of the points take the place of others that there are."""
        return sum(
            known[point.step] != point
            for metric, points in self.found.points.items()
            for known in ({p.step: p for p in self.curves.get(metric.key, [])},)
            for point in points
            if point.step in known
        )

    @property
    def removed(self) -> int:
        """How many points of these metrics go, where the whole curve is replaced."""
        if not self.cleaned_data.get("is_whole"):
            return 0
        return sum(
            len({p.step for p in self.curves.get(metric.key, [])} - {p.step for p in points})
            for metric, points in self.found.points.items()
        )
