"""An experiment as a Python script for Ax alone: search space, goals, trials, the next trial.

Ax evaluates names in expressions as code. So every name becomes one of letters, digits and single
underscores, with a prefix that nothing else has; what people wrote is written as literals only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.assignments import cast
from experiments.domain import (
    WITH_RESULTS,
    Direction,
    GenerationMethod,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.drafts import ExperimentDraft
from experiments.noise import consistent_sems

LARGEST_WHOLE_RANGE = 100_000
"""Ax lists whole numbers one by one; ranges with more of them become floats to it."""

_TYPES = {
    ValueType.FLOAT: "float",
    ValueType.INT: "int",
    ValueType.TEXT: "str",
    ValueType.BOOL: "bool",
}
_METHODS = {
    GenerationMethod.FAST: "fast",
    GenerationMethod.QUALITY: "quality",
    GenerationMethod.BANDIT: "fast",
    GenerationMethod.RANDOM_SEARCH: "random_search",
}
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class AxScript:
    """The script, the names that Ax knows people's names by, and what Ax cannot be told."""

    text: str
    renamed: Sequence[tuple[str, str]]
    untold: Sequence[str]


def safe_names(names: Sequence[str], prefix: str) -> list[str]:
    """Return an identifier for each name: ``prefix`` and what is plain in the name; none twice."""
    found: dict[str, None] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_LONGEST].strip("_")
        wanted = f"{prefix}_{plain}" if plain else prefix
        chosen, place = wanted, 2
        while chosen in found or (place == 2 and not plain):
            chosen, place = f"{wanted}_{place - (not plain)}", place + 1
        found[chosen] = None
    return list(found)


def script(draft: ExperimentDraft, trials: Sequence[TrialRecord]) -> AxScript:
    """Write the script; ``draft`` and ``trials`` have the same keys."""
    return _Writer(draft, trials).script()


@dataclass
class _Writer:
    draft: ExperimentDraft
    trials: Sequence[TrialRecord]
    untold: list[str] = field(default_factory=list)

    def script(self) -> AxScript:
        self.specs = {p.spec.key: p.spec for p in self.draft.parameters}
        self.words = {p.spec.key: p.name for p in self.draft.parameters}
        self.words |= {m.spec.key: m.name for m in self.draft.metrics}
        self.names: dict[str, str] = {}
        for prefix, keys in (("p", list(self.specs)), ("m", [m.key for m in self._metrics])):
            safe = safe_names([self.words[key] for key in keys], prefix)
            self.names |= dict(zip(keys, safe, strict=True))
        parameters = self._parameters()
        constraints = [text for each in self.draft.constraints if (text := self._constraint(each))]
        objective, outcomes, tracked = self._goals()
        runs = self._runs()
        shown = [(self.words[key], name) for key, name in self.names.items()]
        text = _TEMPLATE.format(
            name=ascii(self.draft.name),
            names="".join(f"    {safe!r}: {name!a},\n" for name, safe in shown),
            untold="".join(f"# - {ascii(line)[1:-1]}\n" for line in self.untold) or "# - nothing\n",
            parameters="".join(f"        {line},\n" for line in parameters),
            constraints=_list(constraints),
            objective=objective,
            outcomes=_list(outcomes),
            tracked=_list(tracked),
            method=_METHODS[self.draft.generation_method],
            budget=self.draft.initialization_budget,
            seed=self.draft.seed or 0,
            center=not self.trials,
            runs="".join(f"    {line},\n" for line in runs),
        )
        return AxScript(text, shown, self.untold)

    @property
    def _metrics(self) -> list[MetricSpec]:
        return [metric.spec for metric in self.draft.metrics]

    def _tell(self, text: str) -> None:
        if text not in self.untold:
            self.untold.append(text)

    def _parameters(self) -> list[str]:
        written = []
        for key, spec in self.specs.items():
            word, name = self.words[key], self.names[key]
            if spec.condition is not None:
                self._tell(f"{word} applies only under a condition; here it always does.")
            if spec.pinned is not None:
                self._tell(f"{word} is retired; here it still varies.")
            if spec.kind is ParameterKind.DERIVED:
                self._tell(f"{word} is computed from others; it is left out.")
            elif spec.kind is ParameterKind.RANGE:
                written.append(self._range(spec, word, name))
            else:
                values = spec.values if spec.kind is ParameterKind.CHOICE else (spec.value,)
                found = [cast(value, spec.value_type) for value in values]
                ordered = spec.is_ordered or len(found) == 1
                written.append(
                    f"ChoiceParameterConfig(name={name!r}, values={_literal(found)}, "
                    f"parameter_type={_TYPES[spec.value_type]!r}, is_ordered={ordered})"
                )
        return written

    def _range(self, spec: ParameterSpec, word: str, name: str) -> str:
        kind = self._type(spec)
        if kind is not spec.value_type:
            self._tell(f"{word} has too many whole numbers for Ax; here it is a decimal number.")
        parts = [
            f"name={name!r}",
            f"bounds=({cast(spec.lower, kind)!r}, {cast(spec.upper, kind)!r})",
            f"parameter_type={_TYPES[kind]!r}",
        ]
        if spec.log_scale:
            parts.append("scaling='log'")
        if spec.step is not None and spec.log_scale:
            self._tell(f"{word} has a log scale and a step; here it has no step.")
        elif spec.step is not None and kind is spec.value_type:
            parts.append(f"step_size={cast(spec.step, kind)!r}")
        return f"RangeParameterConfig({', '.join(parts)})"

    @staticmethod
    def _type(spec: ParameterSpec) -> ValueType:
        if spec.kind is ParameterKind.RANGE and spec.value_type is ValueType.INT:
            assert spec.lower is not None
            assert spec.upper is not None
            if spec.upper - spec.lower > LARGEST_WHOLE_RANGE:
                return ValueType.FLOAT
        return spec.value_type

    def _constraint(self, constraint: ParameterConstraint) -> str:
        """Write a constraint as “at most”, with fixed and computed parameters written out."""
        weights: dict[str, float] = {}
        sign = 1.0 if constraint.relation is Relation.AT_MOST else -1.0
        bound = sign * constraint.bound
        todo = [(term.parameter, sign * term.coefficient) for term in constraint.terms]
        while todo:
            key, weight = todo.pop()
            spec = self.specs[key]
            if spec.kind is ParameterKind.DERIVED:
                bound -= weight * spec.intercept
                todo += [(term.parameter, weight * term.coefficient) for term in spec.terms]
            elif spec.kind is ParameterKind.FIXED and spec.value is not None:
                bound -= weight * float(spec.value)
            else:
                weights[key] = weights.get(key, 0.0) + weight
        named = " and ".join(self.words[key] for key in weights)
        for spec in (self.specs[key] for key in weights):
            if spec.kind is not ParameterKind.RANGE or spec.log_scale or spec.step is not None:
                self._tell(
                    f"The constraint on {named} is left out: Ax knows none on log scales, steps "
                    "and choices."
                )
                return ""
        terms = " + ".join(f"{weight!r} * {self.names[key]}" for key, weight in weights.items())
        return f"{terms} <= {bound!r}" if terms else ""

    def _goals(self) -> tuple[str, list[str], list[str]]:
        """Return the objective, the outcome constraints, and the metrics that are in neither."""
        objectives = [metric.spec for metric in self.draft.objectives]
        signed = {
            spec.key: f"{'-' if spec.direction is Direction.MINIMIZE else ''}{self.names[spec.key]}"
            for spec in objectives
        }
        outcomes = []
        if self.draft.is_weighted_sum and len(objectives) > 1:
            terms = []
            for spec in objectives:
                weight = -spec.weight if spec.direction is Direction.MINIMIZE else spec.weight
                terms.append(f"{float(weight)!r} * {self.names[spec.key]}")
            objective = " + ".join(terms)
        else:
            objective = ", ".join(signed.values())
            if len(objectives) > 1:
                for spec in (spec for spec in objectives if spec.threshold is not None):
                    sign = "<=" if spec.direction is Direction.MINIMIZE else ">="
                    outcomes.append(f"{self.names[spec.key]} {sign} {float(spec.threshold)!r}")  # type: ignore[arg-type]
        used = set(signed)
        for spec in self._metrics:
            bound = self._bound(spec)
            if spec.key not in signed and bound is not None:
                sign = "<=" if spec.relation is Relation.AT_MOST else ">="
                outcomes.append(f"{self.names[spec.key]} {sign} {bound!r}")
                used.add(spec.key)
        tracked = [self.names[spec.key] for spec in self._metrics if spec.key not in used]
        return repr(objective), outcomes, tracked

    def _bound(self, spec: MetricSpec) -> float | None:
        """Return the bound of an outcome constraint in the metric's unit, if it has one."""
        if spec.bound is None or spec.key in {m.spec.key for m in self.draft.objectives}:
            return None
        if spec.role.value != "constraint":
            return None
        if not spec.is_relative:
            return float(spec.bound)
        word = self.words[spec.key]
        base = self._baseline().get(spec.key)
        if base is None:
            self._tell(f"The constraint on {word} is left out: the baseline has no result.")
            return None
        self._tell(f"The constraint on {word} counts from the baseline’s result as it is today.")
        return base + spec.bound / 100 * abs(base)

    def _baseline(self) -> Mapping[str, float]:
        number = self.draft.baseline_trial
        of = next((trial for trial in self.trials if trial.number == number), None)
        if of is None or of.status not in WITH_RESULTS:
            return {}
        return {each.metric: each.mean for each in of.observations}

    def _runs(self) -> list[str]:
        """Return a line a trial: number, status, parameters, results."""
        sems = self._sems()
        lines = []
        for trial in self.trials:
            results = {}
            if trial.status in WITH_RESULTS:
                for each in trial.observations:
                    if each.metric not in self.names:
                        continue
                    sem = sems[trial.number, each.metric]
                    mean = float(each.mean)
                    results[self.names[each.metric]] = mean if sem is None else (mean, sem)
            wanted = {spec.key for spec in self._metrics if spec.role.value != "tracked"}
            if trial.status is TrialStatus.COMPLETED and not wanted <= {
                each.metric for each in trial.observations
            }:
                self._tell("Trials that lack the result of a goal count as failed.")
            values = {self.names[k]: v for k, v in self._values(trial).items()}
            lines.append(
                f"({trial.number}, {trial.status.value!r}, {_literal(values)}, {results!r})"
            )
        return lines

    def _values(self, trial: TrialRecord) -> dict[str, ParameterValue]:
        """Return a value for every parameter that Ax knows."""
        values: dict[str, ParameterValue] = {}
        for key, spec in self.specs.items():
            if spec.kind is ParameterKind.DERIVED:
                continue
            value: Any = trial.parameters.get(key)
            if value is None:
                word = self.words[key]
                self._tell(f"Where a trial has no value of {word}, its first possible one stands.")
                first = {ParameterKind.RANGE: spec.lower, ParameterKind.FIXED: spec.value}
                value = first.get(spec.kind, spec.values[0] if spec.values else None)
            values[key] = cast(value, self._type(spec))
        return values

    def _sems(self) -> dict[tuple[int, str], float | None]:
        """Return the standard errors, of one kind for each metric: Ax knows no mixture."""
        found: dict[tuple[int, str], float | None] = {}
        for metric in self._metrics:
            rows = [
                (trial.number, each.sem)
                for trial in self.trials
                if trial.status in WITH_RESULTS
                for each in trial.observations
                if each.metric == metric.key
            ]
            sems, _ = consistent_sems([sem for _, sem in rows], self.draft.noise)
            if list(sems) != [sem for _, sem in rows]:
                word = self.words[metric.key]
                self._tell(f"The standard errors of {word} are completed, as AxDash’s model does.")
            found |= {(n, metric.key): sem for (n, _), sem in zip(rows, sems, strict=True)}
        return found


def _literal(value: Any) -> str:
    return ascii(value)


def _list(texts: Sequence[str]) -> str:
    return "".join(f"\n        {text!a}," for text in texts) + ("\n    " if texts else "")


_TEMPLATE = '''\
"""An experiment that was exported from AxDash, for Ax alone (written for Ax 1.3).

    python THIS_FILE.py                        prints the parameters of the next trial
    python THIS_FILE.py --snapshot FILE.json   also writes what Client.load_from_json_file reads

Thousands of trials take Ax some minutes.
"""

import argparse
import json

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

NAME = {name}

# Ax evaluates names as code, so it knows plain ones; here is what people called them.
NAMES = {{
{names}}}

# What AxDash knows and this script cannot tell Ax:
{untold}
# Number, status, parameters, and results as means or (mean, standard error).
TRIALS = [
{runs}]


def build() -> Client:
    """Rebuild the experiment."""
    client = Client(random_seed={seed})
    client.configure_experiment(
        name=NAME,
        parameters=[
{parameters}        ],
        parameter_constraints=[{constraints}],
    )
    client.configure_optimization(
        objective={objective},
        outcome_constraints=[{outcomes}],
    )
    if tracked := [{tracked}]:
        client.configure_tracking_metrics(tracked)
    client.configure_generation_strategy(
        method={method!r},
        initialization_budget={budget},
        initialization_random_seed={seed},
        initialize_with_center={center},
        allow_exceeding_initialization_budget=True,
    )
    for number, status, parameters, results in TRIALS:
        try:
            index = client.attach_trial(parameters, arm_name=f"trial_{{number}}")
        except ValueError as problem:
            print(f"# Trial {{number}} is left out: {{problem}}")
            continue
        if status == "completed":
            client.complete_trial(index, raw_data=results)
        elif status == "early_stopped":
            if results:
                client.attach_data(index, raw_data=results)
            client.mark_trial_early_stopped(index)
        elif status == "failed":
            client.mark_trial_failed(index)
        elif status == "abandoned":
            client.mark_trial_abandoned(index)
    return client


def main() -> None:
    """Rebuild the experiment, keep it where that is wanted, and print the next trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--snapshot", metavar="FILE")
    wanted = parser.parse_args()
    client = build()
    if wanted.snapshot:
        client.save_to_json_file(wanted.snapshot)
    for parameters in client.get_next_trials(max_trials=1).values():
        print(json.dumps({{NAMES[name]: value for name, value in parameters.items()}}))


if __name__ == "__main__":
    main()
'''
