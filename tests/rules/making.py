"""Definitions for tests of the rules: small ones by hand, and random ones, mostly wrong."""

from hypothesis import strategies as st

from experiments.domain import (
    Condition,
    Direction,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft

MOST, LEAST = Relation.AT_MOST, Relation.AT_LEAST


def range_(name, lower=0.0, upper=1.0, **kwargs) -> ParameterDraft:
    is_int = isinstance(lower, int) and isinstance(upper, int)
    spec = ParameterSpec(
        key=name,
        kind=ParameterKind.RANGE,
        value_type=ValueType.INT if is_int else ValueType.FLOAT,
        lower=lower,
        upper=upper,
        **kwargs,
    )
    return ParameterDraft(name=name, spec=spec)


def choice(name, *values, **kwargs) -> ParameterDraft:
    types = {str: ValueType.TEXT, bool: ValueType.BOOL, int: ValueType.INT, float: ValueType.FLOAT}
    spec = ParameterSpec(
        key=name,
        kind=ParameterKind.CHOICE,
        value_type=types[type(values[0])],
        values=values,
        **kwargs,
    )
    return ParameterDraft(name=name, spec=spec)


def fixed(name, value, **kwargs) -> ParameterDraft:
    types = {str: ValueType.TEXT, bool: ValueType.BOOL, int: ValueType.INT, float: ValueType.FLOAT}
    spec = ParameterSpec(
        key=name, kind=ParameterKind.FIXED, value_type=types[type(value)], value=value, **kwargs
    )
    return ParameterDraft(name=name, spec=spec)


def derived(name, intercept=0.0, value_type=ValueType.FLOAT, **coefficients) -> ParameterDraft:
    spec = ParameterSpec(
        key=name,
        kind=ParameterKind.DERIVED,
        value_type=value_type,
        terms=tuple(Term(key, c) for key, c in coefficients.items()),
        intercept=intercept,
    )
    return ParameterDraft(name=name, spec=spec)


def when(parent, *values) -> Condition:
    return Condition(parent, values)


def constraint(relation, bound, **coefficients) -> ParameterConstraint:
    terms = tuple(Term(key, c) for key, c in coefficients.items())
    return ParameterConstraint(terms=terms, relation=relation, bound=bound)


def metric(name="loss", direction=Direction.MINIMIZE, role=MetricRole.OBJECTIVE, **kwargs):
    shown = {k: kwargs.pop(k) for k in ("unit", "description", "target") if k in kwargs}
    spec = MetricSpec(key=name, direction=direction, role=role, **kwargs)
    return MetricDraft(name=name, spec=spec, **shown)


def definition(*parameters, constraints=(), metrics=None, **kwargs) -> ExperimentDraft:
    return ExperimentDraft(
        name="Test",
        parameters=parameters,
        metrics=(metric(),) if metrics is None else metrics,
        constraints=tuple(constraints),
        **kwargs,
    )


_NUMBERS = st.one_of(
    st.integers(-5, 20),
    st.sampled_from([0.5, 1.5, 1e-40, 1e31, -1e300, float("inf"), float("nan"), 10**400, 2**60]),
    st.floats(-3, 12),
)
_VALUES = st.one_of(_NUMBERS, st.booleans(), st.sampled_from(["a", "b", "", "x" * 300, "\x00"]))
_KEYS = st.sampled_from(["n1", "n2", "n3", "n4", "n5", "gone", ""])
_TERMS = st.lists(st.builds(Term, _KEYS, _NUMBERS), max_size=3).map(tuple)


def _maybe(strategy):
    return st.one_of(st.none(), strategy)


@st.composite
def random_parameters(draw, place: int):
    spec = ParameterSpec(
        key=draw(st.sampled_from([f"n{place}"] * 20 + ["n1"])),
        kind=draw(st.sampled_from(ParameterKind)),
        value_type=draw(st.sampled_from(ValueType)),
        lower=draw(_maybe(_NUMBERS)),
        upper=draw(_maybe(_NUMBERS)),
        log_scale=draw(st.booleans()),
        step=draw(_maybe(_NUMBERS)),
        values=tuple(draw(st.lists(_VALUES, max_size=4))),
        is_ordered=draw(st.booleans()),
        value=draw(_maybe(_VALUES)),
        terms=draw(_TERMS),
        intercept=draw(_NUMBERS),
        condition=draw(
            _maybe(st.builds(Condition, _KEYS, st.lists(_VALUES, max_size=2).map(tuple)))
        ),
        pinned=draw(_maybe(_VALUES)),
        backfill=draw(_maybe(_VALUES)),
    )
    name = draw(st.sampled_from([f"x{place}"] * 5 + ["", "<b>", "x\ny", "x1"]))
    return ParameterDraft(name=name, spec=spec, digits=draw(_maybe(st.integers(-1, 20))))


@st.composite
def random_drafts(draw) -> ExperimentDraft:
    """Anything that the types allow."""
    count = draw(st.integers(0, 5))
    metrics = st.builds(
        MetricDraft,
        name=st.sampled_from(["loss", "time", "", "m\x00"]),
        spec=st.builds(
            MetricSpec,
            key=_KEYS,
            direction=st.sampled_from(Direction),
            role=st.sampled_from(MetricRole),
            weight=_NUMBERS,
            threshold=_maybe(_NUMBERS),
            relation=st.sampled_from(Relation),
            bound=_maybe(_NUMBERS),
            is_relative=st.booleans(),
        ),
        target=_maybe(_NUMBERS),
    )
    constraints = st.builds(
        ParameterConstraint, terms=_TERMS, relation=st.sampled_from(Relation), bound=_NUMBERS
    )
    return ExperimentDraft(
        name=draw(st.sampled_from(["Test", "", "\ud800"])),
        description=draw(st.sampled_from(["", "two\nlines", "nul \x00"])),
        parameters=tuple(draw(random_parameters(place)) for place in range(1, count + 1)),
        metrics=tuple(draw(st.lists(metrics, max_size=3))),
        constraints=tuple(draw(st.lists(constraints, max_size=3))),
        baseline_values=draw(_maybe(st.dictionaries(_KEYS, _VALUES, max_size=4))),
        trial_budget=draw(_maybe(st.integers(-1, 10))),
        tags=tuple(draw(st.lists(st.sampled_from(["a", "a,b", "", "t" * 60]), max_size=3))),
    )


@st.composite
def sound_drafts(draw) -> ExperimentDraft:
    """Definitions with nothing wrong but, at times, their constraints between each other."""
    parameters = []
    for place in range(1, draw(st.integers(1, 5)) + 1):
        name = f"x{place}"
        kind = draw(st.sampled_from(["float", "int", "step", "numbers", "fixed", "derived"]))
        lower = draw(st.integers(-5, 5))
        width = draw(st.integers(1, 10))
        sources = [p.name for p in parameters if p.spec.kind is not ParameterKind.DERIVED]
        if kind == "derived" and sources:
            factor = draw(st.sampled_from([-2.0, 0.5, 1.0]))
            parameters.append(derived(name, 0.5, **{draw(st.sampled_from(sources)): factor}))
        elif kind == "fixed" and parameters:
            parameters.append(fixed(name, float(lower)))
        elif kind == "numbers":
            values = [lower, lower + width, lower + 3 * width]
            parameters.append(choice(name, *values, is_ordered=True))
        elif kind == "int":
            parameters.append(range_(name, lower, lower + width))
        else:
            step = 0.25 if kind == "step" else None
            parameters.append(range_(name, float(lower), float(lower + width), step=step))
    constraints = []
    for _ in range(draw(st.integers(0, 4))):
        keys = draw(
            st.lists(st.sampled_from([p.name for p in parameters]), min_size=1, unique=True)
        )
        factors = {key: draw(st.sampled_from([-1.0, 0.5, 1.0, 3.0])) for key in keys}
        relation = draw(st.sampled_from(Relation))
        constraints.append(constraint(relation, draw(st.integers(-20, 20)) / 2, **factors))
    return definition(*parameters, constraints=constraints)
