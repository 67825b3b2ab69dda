"""Parameters as Ax writes them: dictionaries, or calls such as ``RangeParameterConfig(…)``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from experiments.assignments import value_type_of
from experiments.domain import (
    Condition,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Term,
    ValueType,
)
from experiments.drafts import ParameterDraft
from experiments.fields import (
    Fields,
    Problems,
    boolean,
    mapping,
    number,
    pair,
    plain_value,
    plain_values,
    sequence,
    short,
    text,
)
from experiments.importing.linear import NotLinear, parse_inequality, parse_sum
from experiments.importing.python_script import Call, Symbol
from experiments.importing.values import typed, value_of

_CALLS = {
    "RangeParameterConfig": ("range", ("name", "bounds", "value_type", "step", "scaling")),
    "ChoiceParameterConfig": (
        "choice",
        ("name", "values", "value_type", "is_ordered", "dependents"),
    ),
    "DerivedParameterConfig": ("derived", ("name", "expression_str", "value_type")),
    "RangeParameter": ("range", ("name", "value_type", "lower", "upper", "log_scale")),
    "ChoiceParameter": ("choice", ("name", "value_type", "values", "is_ordered")),
    "FixedParameter": ("fixed", ("name", "value_type", "value")),
    "DerivedParameter": ("derived", ("name", "value_type", "expression_str")),
}
_OTHER_NAMES = {
    "parameter_type": "value_type",
    "step_size": "step",
    "dependent_parameters": "dependents",
}
_TYPES = {
    "float": ValueType.FLOAT,
    "int": ValueType.INT,
    "str": ValueType.TEXT,
    "string": ValueType.TEXT,
    "bool": ValueType.BOOL,
}
_TELLING = {"bounds": "range", "values": "choice", "value": "fixed", "expression_str": "derived"}

Object = dict[str, Any]


class Named(NamedTuple):
    """What is known of a parameter before its kind matters."""

    name: str
    key: str
    declared: ValueType | None


def as_parameter(value: Any) -> Object | None:
    """Return the fields of what looks like a parameter, with Ax's names for dictionaries."""
    if isinstance(value, Call) and value.name in _CALLS:
        kind, order = _CALLS[value.name]
        found: Object = dict(zip(order, value.positional, strict=False)) | dict(value.named)
        return {"type": kind} | _with_one_name(found)
    if isinstance(value, dict) and "name" in value and {"type", *_TELLING} & value.keys():
        return _with_one_name(value)
    return None


def _with_one_name(fields: Object) -> Object:
    return {_OTHER_NAMES.get(name, name): value for name, value in fields.items()}


class AxParameters:
    """Reads the parameters of one definition, and then what refers to them by name."""

    def __init__(self, sources: Sequence[Object], problems: Problems) -> None:
        self._problems = problems
        self.keys: dict[str, str] = {}
        """Keys by name; of two with one name, that of the first."""
        self._dependents: list[tuple[ParameterDraft, Mapping[Any, Any]]] = []
        self._expressions: dict[str, str] = {}
        self._ordered: list[str] = []
        drafts = [self._parameter(place, source) for place, source in enumerate(sources, start=1)]
        conditions = self._conditions()
        self.drafts = tuple(self._completed(draft, conditions) for draft in drafts)
        if self._ordered:
            names = ", ".join(f"“{name}”" for name in self._ordered[:10])
            self._problems.append(
                f"Not said whether the values are ordered: {names}. Numbers were taken as "
                "ordered, as Ax does it."
            )

    def constraints(self, texts: Any) -> tuple[ParameterConstraint, ...]:
        """Read constraints such as ``x1 + x2 <= 2.0``."""
        if texts is None:
            return ()
        if not isinstance(texts, list):
            self._problems.append(f"The parameter constraints were left out: {short(texts)}.")
            return ()
        found = [self._constraint(written) for written in texts]
        return tuple(constraint for constraint in found if constraint)

    def _constraint(self, written: Any) -> ParameterConstraint | None:
        where = f"Constraint “{short(written)}”"
        try:
            inequality = parse_inequality(text(written))
        except (TypeError, NotLinear):
            self._problems.append(f"{where} was left out: it is no linear inequality.")
            return None
        coefficients, bound = inequality.gathered
        terms = self._terms(coefficients, where)
        if terms is None or not terms:
            return None
        return ParameterConstraint(terms=terms, relation=inequality.relation, bound=bound)

    def _terms(self, coefficients: Mapping[str, float], where: str) -> tuple[Term, ...] | None:
        unknown = [name for name in coefficients if name not in self.keys]
        if unknown:
            name = short(unknown[0])
            self._problems.append(f"{where} was left out: there is no parameter “{name}”.")
            return None
        return tuple(Term(self.keys[name], c) for name, c in coefficients.items())

    def _parameter(self, place: int, source: Object) -> ParameterDraft:
        name = source.get("name")
        is_named = isinstance(name, str) and name.strip() != ""
        where = f"Parameter “{short(name)}”" if is_named else f"Parameter {place}"
        own = Fields(source, where, self._problems)
        name = own.take("name", text, "")
        kind = own.take("type", ParameterKind) or _kind_told_by(source)
        declared = own.take("value_type", _value_type)
        key = f"n{place}"
        self.keys.setdefault(name, key)
        spec = _READERS[kind](self, own, Named(name, key, declared))
        draft = ParameterDraft(name=name, spec=spec)
        if dependents := own.take("dependents", _dependents):
            self._dependents.append((draft, dependents))
        own.leave_out("digits", "AxDash does not round; a step does the same.")
        for field in ("is_fidelity", "is_task"):
            if own.take(field, boolean, False):
                own.problem(f"“{field}” was left out: AxDash has no such parameters.")
        own.leave_out("target_value", "AxDash has no fidelity or task parameters.")
        own.skip("sort_values")
        own.end()
        return draft

    def _range(self, own: Fields, its: Named) -> ParameterSpec:
        lower, upper = own.take("bounds", pair, (None, None))
        lower, upper = own.take("lower", number, lower), own.take("upper", number, upper)
        step = own.take("step", number)
        value_type = its.declared or value_type_of(
            [v for v in (lower, upper, step) if v is not None]
        )
        scaling = own.take("scaling", _scaling, False)
        return ParameterSpec(
            key=its.key,
            kind=ParameterKind.RANGE,
            value_type=value_type,
            lower=typed(lower, value_type),
            upper=typed(upper, value_type),
            step=typed(step, value_type),
            log_scale=own.take("log_scale", boolean, scaling),
        )

    def _choice(self, own: Fields, its: Named) -> ParameterSpec:
        values = own.take("values", plain_values, ())
        value_type = its.declared or value_type_of(values)
        values = tuple(typed(value, value_type) for value in values)
        is_ordered = own.take("is_ordered", boolean)
        if len(values) == 1:  # Ax makes a fixed parameter of it.
            return ParameterSpec(
                key=its.key, kind=ParameterKind.FIXED, value_type=value_type, value=values[0]
            )
        if is_ordered is None:
            is_ordered = value_type in (ValueType.FLOAT, ValueType.INT)
            self._ordered += [short(its.name)] if is_ordered else []
        return ParameterSpec(
            key=its.key,
            kind=ParameterKind.CHOICE,
            value_type=value_type,
            values=values,
            is_ordered=is_ordered,
        )

    def _fixed(self, own: Fields, its: Named) -> ParameterSpec:
        value = own.take("value", plain_value)
        value_type = its.declared or value_type_of([value] if value is not None else [])
        return ParameterSpec(
            key=its.key,
            kind=ParameterKind.FIXED,
            value_type=value_type,
            value=typed(value, value_type),
        )

    def _derived(self, own: Fields, its: Named) -> ParameterSpec:
        self._expressions[its.key] = own.take("expression_str", text, "")
        return ParameterSpec(
            key=its.key, kind=ParameterKind.DERIVED, value_type=its.declared or ValueType.FLOAT
        )

    def _completed(
        self, draft: ParameterDraft, conditions: Mapping[str, Condition]
    ) -> ParameterDraft:
        """Add what refers to other parameters."""
        changes: dict[str, Any] = {"condition": conditions.get(draft.spec.key)}
        expression = self._expressions.get(draft.spec.key)
        if expression is not None:
            where = f"The expression of “{short(draft.name)}”, “{short(expression)}”,"
            try:
                total = parse_sum(expression)
            except NotLinear:
                self._problems.append(f"{where} was left out: it is no sum of parameters.")
            else:
                changes["terms"] = self._terms(total.terms, where) or ()
                changes["intercept"] = total.constant
        return replace(draft, spec=replace(draft.spec, **changes))

    def _conditions(self) -> dict[str, Condition]:
        """Turn what parents say of their dependents into the dependents' conditions."""
        found: dict[str, Condition] = {}
        for parent, dependents in self._dependents:
            where = f"Parameter “{short(parent.name)}”: the dependents"
            for written, names in dependents.items():
                value = value_of(written, parent.spec)
                if value is None:
                    self._problems.append(f"{where} of “{short(written)}” were left out.")
                    continue
                for name in names:
                    if problem := self._add_condition(found, parent.spec.key, value, name):
                        self._problems.append(f"{where}: {problem}")
        return found

    def _add_condition(
        self, found: dict[str, Condition], parent: str, value: ParameterValue, name: str
    ) -> str | None:
        """Let a parameter apply for one more value; return what is wrong with that."""
        key = self.keys.get(name)
        if key is None:
            return f"there is no parameter “{short(name)}”."
        earlier = found.get(key, Condition(parent, ()))
        if earlier.parameter != parent:
            return f"“{short(name)}” already depends on another parameter."
        if value not in earlier.values:
            found[key] = Condition(parent, (*earlier.values, value))
        return None


_READERS: dict[ParameterKind, Callable[[AxParameters, Fields, Named], ParameterSpec]] = {
    ParameterKind.RANGE: AxParameters._range,
    ParameterKind.CHOICE: AxParameters._choice,
    ParameterKind.FIXED: AxParameters._fixed,
    ParameterKind.DERIVED: AxParameters._derived,
}


def _kind_told_by(source: Object) -> ParameterKind:
    """Tell the kind from the fields, of which only one kind has each."""
    kinds = [kind for field, kind in _TELLING.items() if source.get(field) is not None]
    return ParameterKind(kinds[0]) if kinds else ParameterKind.RANGE


def _value_type(value: Any) -> ValueType:
    name = value.name if isinstance(value, Symbol) else text(value)
    return _TYPES[name.lower()]


def _scaling(value: Any) -> bool:
    """Tell whether a scaling is logarithmic."""
    name = value.name if isinstance(value, Symbol) else text(value)
    return {"linear": False, "log": True}[name.lower()]


def _dependents(value: Any) -> dict[Any, list[str]]:
    """Accept names by value; a single name need not be a list."""
    return {
        written: [text(name) for name in ([names] if isinstance(names, str) else sequence(names))]
        for written, names in mapping(value).items()
    }
