"""A definition becomes what somebody would have typed to define it."""

from collections.abc import Sequence

from experiments.domain import MetricRole, ParameterKind, ParameterValue, Term, ValueType
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.forms.constraints import LINEAR, ORDER, shape_of
from experiments.forms.metrics import TRACK
from experiments.forms.rows import Texts
from experiments.forms.settings import BY_HAND, EXISTING
from experiments.forms.typed import Typed, TypedRow, give_keys, is_key
from experiments.forms.values import join_values, number_text, value_text

_NO_AND_YES = (False, True)


def typed_of(draft: ExperimentDraft, *, source: str = "") -> Typed:
    """Fill a form in; the definition may have problems, which then show in the form."""
    keys = _usable_keys([parameter.spec.key for parameter in draft.parameters], "n")
    typed = Typed(_filled(_fields(draft) | {"source": source}))
    filler = _Filler(draft, keys)
    typed.rows["p"] = [filler.parameter(place) for place in range(len(keys))]
    typed.rows["m"] = [TypedRow(_filled(_metric(metric))) for metric in draft.metrics]
    typed.rows["c"] = [filler.constraint(place) for place in range(len(draft.constraints))]
    give_keys(typed.rows["m"], "q")
    give_keys(typed.rows["c"], "k")
    return typed


class _Filler:
    """Fills in rows that refer to parameters."""

    def __init__(self, draft: ExperimentDraft, keys: Sequence[str]) -> None:
        self._draft = draft
        self._keys = keys
        # Of several with one key the first is meant; what is not known stays unknown.
        self._renamed = {
            parameter.spec.key: key
            for parameter, key in reversed(list(zip(draft.parameters, keys, strict=True)))
        }

    def parameter(self, place: int) -> TypedRow:
        parameter = self._draft.parameters[place]
        spec = parameter.spec
        texts = _parameter(parameter) | {"key": self._keys[place]}
        if spec.condition is not None:
            texts["parent"] = self._reference(spec.condition.parameter)
            texts["parent_values"] = join_values(spec.condition.values, ", ")
        if self._draft.baseline_values is not None:
            texts["baseline"] = _text(self._draft.baseline_values.get(spec.key))
        return TypedRow(_filled(texts), self._terms(spec.terms))

    def constraint(self, place: int) -> TypedRow:
        constraint = self._draft.constraints[place]
        shape = shape_of(constraint)
        texts = {"shape": shape, "relation": constraint.relation.value}
        if shape != ORDER:
            texts["bound"] = number_text(constraint.bound)
        terms = self._terms(constraint.terms)
        if shape != LINEAR:
            terms = [{"parameter": term["parameter"]} for term in terms]
        return TypedRow(texts, terms)

    def _terms(self, terms: Sequence[Term]) -> list[Texts]:
        return [
            {
                "parameter": self._reference(term.parameter),
                "coefficient": number_text(term.coefficient),
            }
            for term in terms
        ]

    def _reference(self, key: str) -> str:
        return self._renamed.get(key, "gone")


def _usable_keys(keys: Sequence[str], letter: str) -> list[str]:
    """Return the keys, and new ones in place of those that are blank, double or too long."""
    rows = [TypedRow({"key": key}) for key in keys]
    give_keys(rows, letter)
    return [row.texts["key"] for row in rows]


def _filled(texts: Texts) -> Texts:
    return {name: text for name, text in texts.items() if text}


def _text(value: ParameterValue | None) -> str:
    return "" if value is None else value_text(value)


def _fields(draft: ExperimentDraft) -> Texts:
    baseline = EXISTING if draft.baseline_trial is not None else ""
    if draft.baseline_values is not None:
        baseline = BY_HAND
    return {
        "name": draft.name,
        "description": draft.description,
        "trade": "sum" if draft.is_weighted_sum else "",
        "trial_budget": _text(draft.trial_budget),
        "noise": draft.noise.value,
        "wanted_parallelism": _text(draft.wanted_parallelism),
        "generation_method": draft.generation_method.value,
        "initialization_budget": _text(draft.initialization_budget),
        "seed": _text(draft.seed),
        "baseline": baseline,
        "baseline_trial": _text(draft.baseline_trial),
        "tags": ", ".join(draft.tags),
    }


def _parameter(parameter: ParameterDraft) -> Texts:
    spec = parameter.spec
    is_listed = spec.kind in (ParameterKind.CHOICE, ParameterKind.FIXED, ParameterKind.DERIVED)
    return {
        "name": parameter.name,
        "kind": _kind(parameter),
        "lower": _text(spec.lower),
        "upper": _text(spec.upper),
        "step": _text(spec.step),
        "log_scale": "on" if spec.log_scale else "",
        "data_type": spec.value_type.value if is_listed else "",
        "values": join_values(spec.values, "\n"),
        "is_ordered": "on" if spec.is_ordered else "",
        "value": _text(spec.value),
        "intercept": number_text(spec.intercept) if spec.intercept else "",
        "unit": parameter.unit,
        "description": parameter.description,
        "digits": _text(parameter.digits),
        "notation": parameter.notation.value,
        "pinned": _text(spec.pinned),
        "backfill": _text(spec.backfill),
    }


def _kind(parameter: ParameterDraft) -> str:
    spec = parameter.spec
    if spec.kind is ParameterKind.RANGE:
        return "int" if spec.value_type is ValueType.INT else "float"
    is_bool = spec.kind is ParameterKind.CHOICE and spec.value_type is ValueType.BOOL
    return "bool" if is_bool and spec.values == _NO_AND_YES else spec.kind.value


def _metric(metric: MetricDraft) -> Texts:
    spec = metric.spec
    goal = {
        MetricRole.OBJECTIVE: spec.direction.value,
        MetricRole.CONSTRAINT: spec.relation.value,
        MetricRole.TRACKED: TRACK,
    }[spec.role]
    return {
        "key": spec.key if is_key(spec.key) else "",
        "name": metric.name,
        "goal": goal,
        "better": spec.direction.value,
        "bound": _text(spec.bound),
        "bound_kind": "relative" if spec.is_relative else "",
        "weight": number_text(spec.weight) if spec.weight != 1 else "",
        "threshold": _text(spec.threshold),
        "unit": metric.unit,
        "description": metric.description,
        "target": _text(metric.target),
    }
