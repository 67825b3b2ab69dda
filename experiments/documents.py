"""A definition as a JSON document: for export and import, and for the history of changes.

Parameters refer to each other by name. ``keys`` of rows are written only for the history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from enum import StrEnum
from itertools import count
from typing import Any

from experiments.assignments import value_type_of
from experiments.domain import (
    Condition,
    Direction,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    ResultNoise,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, Notation, ParameterDraft
from experiments.fields import (
    Fields,
    Problems,
    boolean,
    mapping,
    mappings,
    number,
    pair,
    plain_value,
    plain_values,
    readable,
    short,
    text,
    texts,
    whole,
)

FORMAT = "axdash/1"

Document = dict[str, Any]


def to_document(draft: ExperimentDraft, *, keys: bool = False) -> Document:
    """Write a definition; what has its default value is left out."""
    names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
    document: Document = {"format": FORMAT, "name": draft.name}
    document |= _changed(draft, _EXPERIMENT_FIELDS)
    document["parameters"] = [_parameter(parameter, names, keys) for parameter in draft.parameters]
    if draft.constraints:
        document["constraints"] = [
            {
                "terms": _terms(constraint.terms, names),
                "relation": constraint.relation.value,
                "bound": constraint.bound,
            }
            for constraint in draft.constraints
        ]
    document["metrics"] = [_metric(metric, keys) for metric in draft.metrics]
    if draft.baseline_trial is not None:
        document["baseline"] = {"trial": draft.baseline_trial}
    elif draft.baseline_values is not None:
        values = draft.baseline_values.items()
        document["baseline"] = {"values": {names[key]: value for key, value in values}}
    return document


def from_document(document: object) -> tuple[ExperimentDraft | None, Problems]:
    """Read a definition, and list all that could not be understood; ``None`` if nothing could.

    Only the shape is judged here, whatever was sent; the rules of the search space judge the rest.
    Parameters and metrics without a key get one of their own (``n1``, ``q1``).
    """
    reader = _Reader()
    if not isinstance(document, dict):
        return None, ["A definition is a JSON object with “parameters” and “metrics”."]
    if document.get("format", FORMAT) != FORMAT:
        found = short(document["format"])
        reader.problems.append(f"The format “{found}” is not known; it is read as {FORMAT}.")
    draft = reader.experiment(document)
    return draft, reader.problems


_EXPERIMENT_FIELDS = (
    "description", "is_weighted_sum", "noise", "trial_budget", "wanted_parallelism",
    "generation_method", "initialization_budget", "seed", "tags",
)  # fmt: skip
_PARAMETER_FIELDS = ("unit", "description", "digits", "notation")
_SPEC_FIELDS = ("log_scale", "step", "is_ordered", "value", "intercept", "pinned", "backfill")
_METRIC_FIELDS = ("unit", "description", "target")
_METRIC_SPEC_FIELDS = ("weight", "threshold", "bound", "is_relative")


def _changed(instance: Any, names: tuple[str, ...]) -> Document:
    """The fields of a dataclass that differ from their defaults."""
    defaults = {
        field.name: field.default for field in fields(instance) if field.default is not MISSING
    }
    found = {name: getattr(instance, name) for name in names}
    return {name: _plain(v) for name, v in found.items() if v != defaults.get(name, MISSING)}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _parameter(parameter: ParameterDraft, names: Mapping[str, str], keys: bool) -> Document:
    spec = parameter.spec
    written: Document = {"key": spec.key} if keys else {}
    written |= {"name": parameter.name, "type": spec.kind.value}
    written["value_type"] = spec.value_type.value
    if spec.kind is ParameterKind.RANGE:
        written["bounds"] = [spec.lower, spec.upper]
    if spec.kind is ParameterKind.CHOICE:
        written["values"] = list(spec.values)
    if spec.kind is ParameterKind.DERIVED:
        written["terms"] = _terms(spec.terms, names)
    written |= _changed(spec, _SPEC_FIELDS)
    if spec.condition is not None:
        parent = names[spec.condition.parameter]
        written["only_when"] = {"parameter": parent, "values": list(spec.condition.values)}
    return written | _changed(parameter, _PARAMETER_FIELDS)


def _terms(terms: tuple[Term, ...], names: Mapping[str, str]) -> list[Document]:
    return [{"parameter": names[term.parameter], "coefficient": term.coefficient} for term in terms]


def _metric(metric: MetricDraft, keys: bool) -> Document:
    spec = metric.spec
    written: Document = {"key": spec.key} if keys else {}
    written |= {"name": metric.name, "direction": spec.direction.value, "role": spec.role.value}
    written |= _changed(spec, _METRIC_SPEC_FIELDS)
    if spec.role is MetricRole.CONSTRAINT or spec.relation is not Relation.AT_MOST:
        written["relation"] = spec.relation.value
    return written | _changed(metric, _METRIC_FIELDS)


class _Reader:
    """Reads one document, and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: Problems = []
        self._keys: dict[str, str] = {}

    def experiment(self, document: Mapping[str, Any]) -> ExperimentDraft:
        """Read the whole definition."""
        own = Fields(document, "", self.problems)
        own.skip("format")
        sources = own.take("parameters", mappings, [])
        keys = _keys_of(sources, "n")
        for source, key in zip(sources, keys, strict=True):
            name = source.get("name")
            if isinstance(name, str):
                self._keys.setdefault(readable(name), key)
        parameters = [
            self._parameter(source, place, key)
            for place, (source, key) in enumerate(zip(sources, keys, strict=True), start=1)
        ]
        metrics = own.take("metrics", mappings, [])
        metric_keys = _keys_of(metrics, "q")
        draft = ExperimentDraft(
            name=own.take("name", text, ""),
            description=own.take("description", text, ""),
            parameters=tuple(parameter for parameter in parameters if parameter),
            metrics=tuple(
                self._metric(source, place, key)
                for place, (source, key) in enumerate(zip(metrics, metric_keys, strict=True), 1)
            ),
            constraints=tuple(self._constraints(own.take("constraints", mappings, []))),
            is_weighted_sum=own.take("is_weighted_sum", boolean, False),
            noise=own.take("noise", ResultNoise, ResultNoise.NOISY),
            trial_budget=own.take("trial_budget", whole),
            wanted_parallelism=own.take("wanted_parallelism", whole, 3),
            generation_method=own.take(
                "generation_method", GenerationMethod, GenerationMethod.FAST
            ),
            initialization_budget=own.take("initialization_budget", whole, 5),
            seed=own.take("seed", whole),
            tags=own.take("tags", texts, ()),
            **self._baseline(own.take("baseline", mapping, {})),
        )
        own.end()
        return draft

    def _parameter(self, source: Mapping[str, Any], place: int, key: str) -> ParameterDraft | None:
        own = Fields(source, _place("Parameter", source, place), self.problems)
        own.skip("key")
        name = own.take("name", text, "")
        kind = own.take("type", ParameterKind)
        value_type = own.take("value_type", ValueType)
        if kind is None:
            own.problem("its type is none of range, choice, fixed, derived; it was left out.")
            return None
        lower, upper = own.take("bounds", pair, (None, None))
        values = own.take("values", plain_values, ())
        value = own.take("value", plain_value)
        listed = values if value is None else (value,)
        spec = ParameterSpec(
            key=key,
            kind=kind,
            value_type=value_type or value_type_of(listed),
            lower=lower,
            upper=upper,
            log_scale=own.take("log_scale", boolean, False),
            step=own.take("step", number),
            values=values,
            is_ordered=own.take("is_ordered", boolean, False),
            value=value,
            terms=self._terms(own.take("terms", mappings, []), own),
            intercept=own.take("intercept", number, 0.0),
            condition=self._condition(own),
            pinned=own.take("pinned", plain_value),
            backfill=own.take("backfill", plain_value),
        )
        draft = ParameterDraft(
            name=name,
            spec=spec,
            unit=own.take("unit", text, ""),
            description=own.take("description", text, ""),
            digits=own.take("digits", whole),
            notation=own.take("notation", Notation, Notation.AUTO),
        )
        own.end()
        return draft

    def _condition(self, own: Fields) -> Condition | None:
        source = own.take("only_when", mapping)
        if source is None:
            return None
        inner = Fields(source, "", [])
        parent = self._keys.get(inner.take("parameter", text, ""))
        values = inner.take("values", plain_values)
        if parent is None or values is None:
            own.problem("“only_when” needs a known parameter and a list of values.")
            return None
        return Condition(parent, values)

    def _terms(self, sources: list[Mapping[str, Any]], own: Fields) -> tuple[Term, ...]:
        terms = []
        for source in sources:
            inner = Fields(source, "Term", self.problems)
            name = inner.take("parameter", text, "")
            coefficient = inner.take("coefficient", number, 1.0)
            inner.end()
            if name in self._keys:
                terms.append(Term(self._keys[name], coefficient))
            else:
                own.problem(f"there is no parameter “{short(name)}”; the term was left out.")
        return tuple(terms)

    def _constraints(self, sources: list[Mapping[str, Any]]) -> list[ParameterConstraint]:
        constraints = []
        for place, source in enumerate(sources, start=1):
            own = Fields(source, f"Constraint {place}", self.problems)
            terms = self._terms(own.take("terms", mappings, []), own)
            relation = own.take("relation", Relation)
            bound = own.take("bound", number)
            own.end()
            if relation is None or bound is None or not terms:
                own.problem("it needs terms, a relation and a bound; it was left out.")
            else:
                constraints.append(ParameterConstraint(terms=terms, relation=relation, bound=bound))
        return constraints

    def _metric(self, source: Mapping[str, Any], place: int, key: str) -> MetricDraft:
        own = Fields(source, _place("Metric", source, place), self.problems)
        own.skip("key")
        draft = MetricDraft(
            name=own.take("name", text, ""),
            spec=MetricSpec(
                key=key,
                direction=own.take("direction", Direction, Direction.MINIMIZE),
                role=own.take("role", MetricRole, MetricRole.OBJECTIVE),
                weight=own.take("weight", number, 1.0),
                threshold=own.take("threshold", number),
                relation=own.take("relation", Relation, Relation.AT_MOST),
                bound=own.take("bound", number),
                is_relative=own.take("is_relative", boolean, False),
            ),
            unit=own.take("unit", text, ""),
            description=own.take("description", text, ""),
            target=own.take("target", number),
        )
        own.end()
        return draft

    def _baseline(self, source: Mapping[str, Any]) -> dict[str, Any]:
        own = Fields(source, "Baseline", self.problems)
        trial = own.take("trial", whole)
        named = own.take("values", mapping)
        own.end()
        if named is None:
            return {"baseline_trial": trial}
        inner = Fields(named, "Baseline", self.problems)
        found = {key: inner.take(name, plain_value) for name, key in self._keys.items()}
        inner.end()
        return {"baseline_values": {key: v for key, v in found.items() if v is not None}}


def _keys_of(sources: Sequence[Mapping[str, Any]], prefix: str) -> list[str]:
    """The keys that objects have, or else keys of their own; none twice."""
    given = [source.get("key") for source in sources]
    taken = {key for key in given if isinstance(key, str)}
    fresh = (key for n in count(1) if (key := f"{prefix}{n}") not in taken)
    keys: dict[str, None] = {}
    for found in given:
        is_new = isinstance(found, str) and found and found not in keys
        keys[str(found) if is_new else next(fresh)] = None
    return list(keys)


def _place(what: str, source: Mapping[str, Any], place: int) -> str:
    name = source.get("name")
    return f"{what} “{short(name)}”" if isinstance(name, str) and name else f"{what} {place}"
