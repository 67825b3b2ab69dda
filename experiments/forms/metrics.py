"""The rows in which people say what they measure, and what for."""

from collections.abc import Mapping
from typing import ClassVar

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.drafts import MetricDraft
from experiments.forms.rows import Field, Options, Row
from experiments.forms.typed import TypedRow
from experiments.search_space import normal_name

OBJECTIVES = (Direction.MINIMIZE.value, Direction.MAXIMIZE.value)
TRACK = "track"
GOALS: Options = (
    (Direction.MINIMIZE.value, "Minimize"),
    (Direction.MAXIMIZE.value, "Maximize"),
    (Relation.AT_MOST.value, "Keep at most"),
    (Relation.AT_LEAST.value, "Keep at least"),
    (TRACK, "Only track"),
)
DIRECTION_OF_BOUND = {
    Relation.AT_MOST: Direction.MINIMIZE,
    Relation.AT_LEAST: Direction.MAXIMIZE,
}
"""Which way a metric with a bound gets better."""

_TYPED = ("name", "bound", "unit", "description", "target", "threshold")
_MORE = ("unit", "description", "target", "threshold")
_FIELDS_OF_RULES = {
    "direction": "goal",
    "role": "goal",
    "relation": "goal",
    "is_relative": "bound_kind",
    "key": "name",
}


def _number(label: str, css: str = "", placeholder: str = "") -> Field:
    return Field(label=label, inputmode="decimal", css=css, placeholder=placeholder)


class MetricRow(Row):
    """One row: a metric and what it is measured for. Fields of other goals are ignored."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "key": Field(label="", control="hidden"),
        "name": Field(label="Metric name"),
        "goal": Field(
            label="What for", control="select", options=GOALS, initial=Direction.MINIMIZE.value
        ),
        "bound": _number("Bound", "for-bound"),
        "bound_kind": Field(
            label="Bound is",
            control="select",
            options=(("", "a value"), ("relative", "% vs. baseline")),
            css="for-bound",
        ),
        "better": Field(
            label="Better is",
            control="select",
            options=((Direction.MINIMIZE.value, "smaller"), (Direction.MAXIMIZE.value, "larger")),
            initial=Direction.MINIMIZE.value,
            css="for-track",
        ),
        "weight": _number("Weight", "for-objective for-sum", placeholder="1"),
        "unit": Field(label="Unit", placeholder="none"),
        "target": _number("Good enough at", placeholder="none"),
        "threshold": _number("Of interest up to", "for-objective for-pareto", placeholder="any"),
        "description": Field(label="What it is", control="lines"),
    }

    def __init__(self, typed: TypedRow, *, number: int) -> None:
        super().__init__(typed.texts, prefix=f"m{number}-", number=number)
        self.draft: MetricDraft | None = None

    @property
    def goal(self) -> str:
        """What the metric is measured for, as the form has it."""
        return self.text("goal") or Direction.MINIMIZE.value

    @property
    def is_objective(self) -> bool:
        """Whether it is minimized or maximized."""
        return self.goal in OBJECTIVES

    @property
    def is_prominent(self) -> bool:
        """Whether it is the first, an objective: shown large, as most experiments have no other."""
        return self.number == 1 and self.is_objective

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row, unless it is the first, does not count."""
        return self.number > 1 and not any(self.text(field) for field in _TYPED)

    @property
    def title(self) -> str:
        """What the page calls it outside its row."""
        return normal_name(self.texts.get("name", "")) or f"metric {self.number}"

    @property
    def is_more_open(self) -> bool:
        """Whether the fields that few need are shown at once."""
        return any(field in self.errors for field in _MORE)

    @property
    def has_more(self) -> bool:
        """Whether any of the fields that few need is filled in."""
        return any(self.text(field) for field in _MORE)

    def label(self, name: str) -> str:
        """Return what a field is called."""
        return "Objective" if name == "name" and self.is_prominent else super().label(name)

    def field_of(self, field: str) -> str:
        """Return the field of this row that shows what the rules call ``field``."""
        field = _FIELDS_OF_RULES.get(field, field)
        return field if field in self.FIELDS else "name"

    def read(self, *, has_weights: bool, has_thresholds: bool) -> None:
        """Read the row; wrong fields get their errors."""
        goal = self.chosen("goal")
        spec = None if "goal" in self.errors else self._spec(goal, has_weights, has_thresholds)
        target = self.float_of("target")
        if not self.text("name"):
            what = "objective" if self.is_prominent else "metric"
            self.add_error("name", f"Give the {what} a name.")
        if self.errors or spec is None:
            return
        self.draft = MetricDraft(
            name=normal_name(self.texts["name"]),
            spec=spec,
            unit=self.text("unit"),
            description=self.lines("description"),
            target=target,
        )

    def _spec(self, goal: str, has_weights: bool, has_thresholds: bool) -> MetricSpec:
        key = self.texts["key"]
        if goal in OBJECTIVES:
            weight = self.float_of("weight") if has_weights else None
            return MetricSpec(
                key=key,
                direction=Direction(goal),
                weight=1.0 if weight is None else weight,
                threshold=self.float_of("threshold") if has_thresholds else None,
            )
        if goal == TRACK:
            direction = self.chosen("better")
            is_known = "better" not in self.errors
            return MetricSpec(
                key=key,
                direction=Direction(direction) if is_known else Direction.MINIMIZE,
                role=MetricRole.TRACKED,
            )
        relation = Relation(goal)
        return MetricSpec(
            key=key,
            direction=DIRECTION_OF_BOUND[relation],
            role=MetricRole.CONSTRAINT,
            relation=relation,
            bound=self._bound(),
            is_relative=self.chosen("bound_kind") == "relative",
        )

    def _bound(self) -> float | None:
        if not self.text("bound"):
            self.add_error("bound", "Enter the bound, a number.")
        return self.float_of("bound")
