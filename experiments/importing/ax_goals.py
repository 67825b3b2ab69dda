"""What Ax is told to optimize: objectives, outcome constraints, metrics that are only tracked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.drafts import MetricDraft
from experiments.fields import Fields, Problems, boolean, number, short, text, texts
from experiments.importing.linear import NotLinear, Sum, parse_inequality, parse_sums
from experiments.importing.python_script import Call, Symbol

_BASELINE = "baseline"
_FLIPPED = {Relation.AT_MOST: Relation.AT_LEAST, Relation.AT_LEAST: Relation.AT_MOST}
_GOOD = {Relation.AT_MOST: Direction.MINIMIZE, Relation.AT_LEAST: Direction.MAXIMIZE}


class AxGoals:
    """Reads the goals of one definition."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._metrics: dict[str, MetricSpec] = {}
        self.is_weighted_sum = False

    @property
    def drafts(self) -> tuple[MetricDraft, ...]:
        """The metrics found so far."""
        return tuple(
            MetricDraft(name=name, spec=replace(spec, key=f"q{place}"))
            for place, (name, spec) in enumerate(self._metrics.items(), start=1)
        )

    def objective(self, written: Any) -> None:
        """Read an expression such as ``-loss``, ``cost + 2*time`` or ``-cost, utility``."""
        where = f"The objective “{short(written)}” was left out:"
        try:
            sums = parse_sums(text(written))
        except (TypeError, NotLinear):
            self._problems.append(f"{where} it is no sum of metrics.")
            return
        if any(total.constant or not any(total.terms.values()) for total in sums):
            self._problems.append(f"{where} each objective is a metric or a sum of metrics.")
        elif len(sums) > 1 and any(len(total.terms) > 1 for total in sums):
            self._problems.append(
                f"{where} AxDash has either several objectives or one weighted sum, not both."
            )
        else:
            self.is_weighted_sum = len(sums) == 1 and len(sums[0].terms) > 1
            for total in sums:
                self._add_objectives(total)

    def _add_objectives(self, total: Sum) -> None:
        for name, coefficient in total.terms.items():
            if coefficient == 0:
                continue
            direction = Direction.MINIMIZE if coefficient < 0 else Direction.MAXIMIZE
            weight = abs(coefficient) if self.is_weighted_sum else 1.0
            self._metrics[name] = MetricSpec(key="", direction=direction, weight=weight)

    def objectives(self, written: Any) -> None:
        """Read ``{"loss": ObjectiveProperties(minimize=True)}``; a text is an expression."""
        if not isinstance(written, dict):
            self.objective(written)
            return
        for name, properties in written.items():
            own = Fields(_properties(properties), f"Objective “{short(name)}”", self._problems)
            if not isinstance(name, str):
                own.problem("it was left out: its name is no text.")
                continue
            minimize = own.take("minimize", _minimize)
            if minimize is None:
                own.problem("it does not say which way is better; check that.")
            threshold = own.take("threshold", number)
            own.end()
            direction = Direction.MAXIMIZE if minimize is False else Direction.MINIMIZE
            self._metrics[name] = MetricSpec(key="", direction=direction, threshold=threshold)

    def named_objective(self, name: Any, minimize: Any) -> None:
        """Read ``objective_name="loss", minimize=True``, which maximizes unless told."""
        own = Fields({"objective_name": name, "minimize": minimize}, "", self._problems)
        found = own.take("objective_name", text)
        is_minimized = own.take("minimize", boolean, False)
        if found:
            direction = Direction.MINIMIZE if is_minimized else Direction.MAXIMIZE
            self._metrics[found] = MetricSpec(key="", direction=direction)

    def outcome_constraints(self, written: Any) -> None:
        """Read inequalities such as ``latency <= 50`` or ``qps >= 0.95 * baseline``."""
        if not isinstance(written, list):
            self._problems.append(f"The outcome constraints were left out: {short(written)}.")
            return
        for constraint in written:
            problem = self._outcome_constraint(constraint)
            if problem:
                where = f"Outcome constraint “{short(constraint)}” was left out:"
                self._problems.append(f"{where} {problem}")

    def _outcome_constraint(self, written: Any) -> str | None:
        """Add one constraint, or return what is wrong with it."""
        try:
            bare, is_percent = _without_percent(text(written))
            inequality = parse_inequality(bare)
        except (TypeError, NotLinear):
            return "it is no linear inequality."
        terms, bound = inequality.gathered
        baseline = terms.pop(_BASELINE, None)
        if len(terms) != 1:
            return "AxDash bounds one metric at a time."
        if baseline is not None and (bound != 0 or is_percent):
            return "a bound is either absolute or relative to the baseline."
        [(name, coefficient)] = terms.items()
        relation = inequality.relation if coefficient > 0 else _FLIPPED[inequality.relation]
        limit = bound / coefficient
        if baseline is not None:
            limit = (-baseline / coefficient - 1) * 100
        is_relative = is_percent or baseline is not None
        return self._bound(name, relation, float(f"{limit:.12g}"), is_relative)

    def _bound(self, name: str, relation: Relation, bound: float, is_relative: bool) -> str | None:
        spec = self._metrics.get(name)
        if spec is None or spec.role is MetricRole.TRACKED:
            self._metrics[name] = MetricSpec(
                key="",
                direction=_GOOD[relation],
                role=MetricRole.CONSTRAINT,
                relation=relation,
                bound=bound,
                is_relative=is_relative,
            )
            return None
        if spec.role is MetricRole.CONSTRAINT:
            return "the metric has a bound already."
        objectives = [m for m in self._metrics.values() if m.role is MetricRole.OBJECTIVE]
        if len(objectives) < 2 or self.is_weighted_sum or is_relative:
            return "its metric is an objective."
        if spec.direction is not _GOOD[relation]:
            return "it bounds an objective on its better side."
        self._metrics[name] = replace(spec, threshold=bound)
        return None

    def tracked(self, names: Any) -> None:
        """Read the names of metrics that are only tracked."""
        own = Fields({"tracked metrics": names}, "", self._problems)
        found = [n for n in own.take("tracked metrics", texts, ()) if n not in self._metrics]
        for name in found:
            self._metrics[name] = MetricSpec(
                key="", direction=Direction.MINIMIZE, role=MetricRole.TRACKED
            )
        if found:
            listed = ", ".join(f"“{short(name)}”" for name in found[:10])
            self._problems.append(f"Not said which way is better: {listed}; check that.")


def _properties(written: Any) -> Mapping[str, Any]:
    """Return an objective's fields; Ax has several ways of writing them."""
    if isinstance(written, Call) and written.name == "ObjectiveProperties":
        order = ("minimize", "threshold")
        return dict(zip(order, written.positional, strict=False)) | dict(written.named)
    return written if isinstance(written, dict) else {"minimize": written}


def _minimize(value: Any) -> bool:
    if isinstance(value, str | Symbol):
        name = value.name if isinstance(value, Symbol) else value
        return {"minimize": True, "maximize": False}[name.lower()]
    return boolean(value)


def _without_percent(written: str) -> tuple[str, bool]:
    """Strip the sign of a bound that is relative to the status quo, as in ``qps >= -5%``."""
    bare = written.strip()
    return (bare[:-1], True) if bare.endswith("%") else (bare, False)
