"""A definition as a JSON document: for export and import, and for the history of changes.

Parameters refer to each other by name. ``keys`` of rows are written only for the history.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from experiments.domain import (
    Condition,
    Direction,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    ResultNoise,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, Notation, ParameterDraft

FORMAT = "axdash/1"

Document = dict[str, Any]
Problems = list[str]


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
        reader.problems.append(f"The format “{document['format']}” is not known; it is {FORMAT}.")
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
    if spec.role is MetricRole.CONSTRAINT:
        written["relation"] = spec.relation.value
    return written | _changed(metric, _METRIC_FIELDS)


class _Fields:
    """One object of a document: each field is taken out, judged, and what is left is unknown."""

    def __init__(self, source: Mapping[str, Any], where: str, problems: Problems) -> None:
        self._left = dict(source)
        self._where = where
        self._problems = problems

    def problem(self, text: str) -> None:
        """Note down what is wrong, with its place."""
        self._problems.append(f"{self._where}: {text}" if self._where else text)

    def take(self, name: str, check: Callable[[Any], Any], default: Any = None) -> Any:
        """Return a field as ``check`` converts it; its default where it is missing or wrong."""
        if name not in self._left:
            return default
        value = self._left.pop(name)
        if value is None:
            return default
        try:
            return check(value)
        except (TypeError, ValueError, OverflowError):
            self.problem(f"“{name}” is not usable as it stands: {_short(value)}.")
            return default

    def end(self) -> None:
        """Complain of the fields that nobody asked for."""
        for name in self._left:
            self.problem(f"“{_short(name)}” is not known and was left out.")


class _Reader:
    """Reads one document, and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: Problems = []
        self._keys: dict[str, str] = {}

    def experiment(self, document: Mapping[str, Any]) -> ExperimentDraft:
        """Read the whole definition."""
        own = _Fields(document, "", self.problems)
        own.take("format", str)
        sources = own.take("parameters", _objects, [])
        for place, source in enumerate(sources, start=1):
            name = source.get("name")
            if isinstance(name, str):
                self._keys.setdefault(name, self._key(source, f"n{place}"))
        parameters = [
            self._parameter(source, place) for place, source in enumerate(sources, start=1)
        ]
        metrics = own.take("metrics", _objects, [])
        draft = ExperimentDraft(
            name=own.take("name", _text, ""),
            description=own.take("description", _text, ""),
            parameters=tuple(parameter for parameter in parameters if parameter),
            metrics=tuple(self._metric(source, place) for place, source in enumerate(metrics, 1)),
            constraints=tuple(self._constraints(own.take("constraints", _objects, []))),
            is_weighted_sum=own.take("is_weighted_sum", _bool, False),
            noise=own.take("noise", ResultNoise, ResultNoise.NOISY),
            trial_budget=own.take("trial_budget", _int),
            wanted_parallelism=own.take("wanted_parallelism", _int, 3),
            generation_method=own.take(
                "generation_method", GenerationMethod, GenerationMethod.FAST
            ),
            initialization_budget=own.take("initialization_budget", _int, 5),
            seed=own.take("seed", _int),
            tags=own.take("tags", _texts, ()),
            **self._baseline(own.take("baseline", _object, {})),
        )
        own.end()
        return draft

    def _key(self, source: Mapping[str, Any], fallback: str) -> str:
        key = source.get("key")
        return key if isinstance(key, str) and key else fallback

    def _parameter(self, source: Mapping[str, Any], place: int) -> ParameterDraft | None:
        own = _Fields(source, _place("Parameter", source, place), self.problems)
        own.take("key", str)
        name = own.take("name", _text, "")
        kind = own.take("type", ParameterKind)
        value_type = own.take("value_type", ValueType, ValueType.FLOAT)
        if kind is None:
            own.problem("its type is none of range, choice, fixed, derived; it was left out.")
            return None
        lower, upper = own.take("bounds", _pair, (None, None))
        spec = ParameterSpec(
            key=self._key(source, f"n{place}"),
            kind=kind,
            value_type=value_type,
            lower=lower,
            upper=upper,
            log_scale=own.take("log_scale", _bool, False),
            step=own.take("step", _number),
            values=own.take("values", _values, ()),
            is_ordered=own.take("is_ordered", _bool, False),
            value=own.take("value", _value),
            terms=self._terms(own.take("terms", _objects, []), own),
            intercept=own.take("intercept", _number, 0.0),
            condition=self._condition(own),
            pinned=own.take("pinned", _value),
            backfill=own.take("backfill", _value),
        )
        draft = ParameterDraft(
            name=name,
            spec=spec,
            unit=own.take("unit", _text, ""),
            description=own.take("description", _text, ""),
            digits=own.take("digits", _int),
            notation=own.take("notation", Notation, Notation.AUTO),
        )
        own.end()
        return draft

    def _condition(self, own: _Fields) -> Condition | None:
        source = own.take("only_when", _object)
        if source is None:
            return None
        parent = self._keys.get(str(source.get("parameter")))
        values = source.get("values")
        if parent is None or not isinstance(values, list):
            own.problem("“only_when” needs a known parameter and a list of values.")
            return None
        return Condition(parent, _values(values))

    def _terms(self, sources: list[Mapping[str, Any]], own: _Fields) -> tuple[Term, ...]:
        terms = []
        for source in sources:
            inner = _Fields(source, "Term", self.problems)
            name = inner.take("parameter", _text, "")
            coefficient = inner.take("coefficient", _number, 1.0)
            inner.end()
            if name in self._keys:
                terms.append(Term(self._keys[name], coefficient))
            else:
                own.problem(f"there is no parameter “{_short(name)}”; the term was left out.")
        return tuple(terms)

    def _constraints(self, sources: list[Mapping[str, Any]]) -> list[ParameterConstraint]:
        constraints = []
        for place, source in enumerate(sources, start=1):
            own = _Fields(source, f"Constraint {place}", self.problems)
            terms = self._terms(own.take("terms", _objects, []), own)
            relation = own.take("relation", Relation)
            bound = own.take("bound", _number)
            own.end()
            if relation is None or bound is None or not terms:
                own.problem("it needs terms, a relation and a bound; it was left out.")
            else:
                constraints.append(ParameterConstraint(terms=terms, relation=relation, bound=bound))
        return constraints

    def _metric(self, source: Mapping[str, Any], place: int) -> MetricDraft:
        own = _Fields(source, _place("Metric", source, place), self.problems)
        own.take("key", str)
        draft = MetricDraft(
            name=own.take("name", _text, ""),
            spec=MetricSpec(
                key=self._key(source, f"q{place}"),
                direction=own.take("direction", Direction, Direction.MINIMIZE),
                role=own.take("role", MetricRole, MetricRole.OBJECTIVE),
                weight=own.take("weight", _number, 1.0),
                threshold=own.take("threshold", _number),
                relation=own.take("relation", Relation, Relation.AT_MOST),
                bound=own.take("bound", _number),
                is_relative=own.take("is_relative", _bool, False),
            ),
            unit=own.take("unit", _text, ""),
            description=own.take("description", _text, ""),
            target=own.take("target", _number),
        )
        own.end()
        return draft

    def _baseline(self, source: Mapping[str, Any]) -> dict[str, Any]:
        own = _Fields(source, "Baseline", self.problems)
        trial = own.take("trial", _int)
        named = own.take("values", _object)
        own.end()
        if named is None:
            return {"baseline_trial": trial}
        values = {}
        for name, value in named.items():
            if name in self._keys and isinstance(value, float | int | str | bool):
                values[self._keys[name]] = value
            else:
                own.problem(f"“{_short(name)}” was left out.")
        return {"baseline_values": values}


def _place(what: str, source: Mapping[str, Any], place: int) -> str:
    name = source.get("name")
    return f"{what} “{_short(name)}”" if isinstance(name, str) and name else f"{what} {place}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise TypeError
    return [_object(item) for item in value]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(item) for item in value)


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    float(value)  # Whatever does not fit is no number for us.
    return value


def _int(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _pair(value: Any) -> tuple[float | int, float | int]:
    lower, upper = value
    return _number(lower), _number(upper)


def _value(value: Any) -> ParameterValue:
    if not isinstance(value, bool | int | float | str):
        raise TypeError
    return value


def _values(value: Any) -> tuple[ParameterValue, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_value(item) for item in value)
