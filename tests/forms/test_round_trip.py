"""A definition that is put into the form and sent as it stands is the same definition."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from experiments.forms.experiment import DefinitionForm
from experiments.forms.numbers import parse_number
from experiments.forms.values import join_values, number_text, split_values
from tests.forms.rendered import rendered, sent

_LETTERS = string.ascii_letters + string.digits + " <>&\"'“,;=−éß漢"
names = st.text(_LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
lines = st.lists(st.text(_LETTERS, max_size=20), max_size=3).map("\n".join)
units = st.text(_LETTERS, max_size=8).map(str.strip)
numbers = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.6g}"))
factors = numbers.filter(lambda x: abs(x) > 1e-3)
labels = st.lists(names, min_size=2, max_size=4, unique=True)


@st.composite
def ranges(draw, key):
    is_int = draw(st.booleans())
    lower = draw(st.integers(-1000, 1000)) if is_int else draw(st.integers(-9999, 9999)) / 8
    width = draw(st.integers(1, 10_000))
    return ParameterSpec(
        key=key,
        kind=ParameterKind.RANGE,
        value_type=ValueType.INT if is_int else ValueType.FLOAT,
        lower=lower,
        upper=lower + width if is_int else float(lower + width),
    )


@st.composite
def choices(draw, key):
    value_type, values = draw(
        st.one_of(
            st.tuples(st.just(ValueType.TEXT), labels.map(tuple)),
            st.tuples(st.just(ValueType.BOOL), st.permutations([True, False]).map(tuple)),
            st.tuples(
                st.just(ValueType.INT),
                st.lists(st.integers(-99, 99), min_size=2, max_size=4, unique=True).map(tuple),
            ),
        )
    )
    return ParameterSpec(
        key=key,
        kind=ParameterKind.CHOICE,
        value_type=value_type,
        values=values,
        is_ordered=value_type is not ValueType.BOOL and draw(st.booleans()),
    )


@st.composite
def dressed(draw, name, spec):
    return ParameterDraft(
        name=name,
        spec=spec,
        unit=draw(units),
        description=draw(lines),
        digits=draw(st.none() | st.integers(1, 17)),
        notation=draw(st.sampled_from(Notation)),
    )


@st.composite
def spaces(draw):
    """Ranges first, then choices, then what depends on them or is computed from them."""
    specs = [draw(ranges(f"n{place}")) for place in range(draw(st.integers(1, 3)))]
    free = list(specs)
    for place in range(draw(st.integers(0, 2))):
        parent = draw(choices(f"c{place}"))
        specs.append(parent)
        if draw(st.booleans()):
            dependent = draw(ranges(f"d{place}"))
            on = tuple(draw(st.lists(st.sampled_from(parent.values), min_size=1, unique=True)))
            fields = {name: getattr(dependent, name) for name in ParameterSpec.__slots__}
            specs.append(ParameterSpec(**fields | {"condition": Condition(parent.key, on)}))
    if draw(st.booleans()):
        source = draw(st.sampled_from(free))
        specs.append(
            ParameterSpec(
                key="p77",
                kind=ParameterKind.DERIVED,
                value_type=ValueType.FLOAT,
                terms=(Term(source.key, draw(factors)),),
                intercept=draw(numbers),
            )
        )
    if draw(st.booleans()):
        value = draw(st.booleans() | st.integers(-5, 5) | numbers | names)
        types = {bool: ValueType.BOOL, int: ValueType.INT, float: ValueType.FLOAT}
        value_type = types.get(type(value), ValueType.TEXT)
        fixed = ParameterKind.FIXED
        specs.append(ParameterSpec(key="p8", kind=fixed, value_type=value_type, value=value))
    named = draw(st.lists(names, min_size=len(specs), max_size=len(specs), unique=True))
    order = draw(st.permutations(list(zip(named, specs, strict=True))))
    return tuple(draw(dressed(name, spec)) for name, spec in order), free


@st.composite
def metrics(draw):
    count = draw(st.integers(1, 4))
    named = draw(st.lists(names, min_size=count, max_size=count, unique=True))
    roles = [MetricRole.OBJECTIVE, *draw(st.lists(st.sampled_from(MetricRole), min_size=3))]
    is_several = roles[:count].count(MetricRole.OBJECTIVE) > 1
    is_sum = is_several and draw(st.booleans())
    found = []
    for place, name in enumerate(named):
        role = roles[place]
        direction, fields = draw(st.sampled_from(Direction)), {}
        if role is MetricRole.CONSTRAINT:
            relation = draw(st.sampled_from(Relation))
            is_upper = relation is Relation.AT_MOST
            direction = Direction.MINIMIZE if is_upper else Direction.MAXIMIZE
            fields = {"relation": relation, "bound": draw(numbers)}
        elif role is MetricRole.OBJECTIVE and is_sum:
            fields = {"weight": draw(st.floats(0.01, 100))}
        elif role is MetricRole.OBJECTIVE and is_several:
            fields = {"threshold": draw(st.none() | numbers)}
        spec = MetricSpec(key=f"m{place}", direction=direction, role=role, **fields)
        found.append(
            MetricDraft(
                name=name,
                spec=spec,
                unit=draw(units),
                description=draw(lines),
                target=draw(st.none() | numbers),
            )
        )
    return tuple(found), is_sum


@st.composite
def definitions(draw):
    parameters, free = draw(spaces())
    found, is_sum = draw(metrics())
    constraints = ()
    if draw(st.booleans()):
        # At the lower bounds it holds, whatever the factors.
        chosen = draw(st.lists(st.sampled_from(free), min_size=1, unique_by=lambda s: s.key))
        terms = tuple(Term(spec.key, abs(draw(factors))) for spec in chosen)
        least = sum(term.coefficient * spec.lower for term, spec in zip(terms, chosen, strict=True))
        bound = float(f"{least + 1 + abs(least):.6g}")
        constraints = (ParameterConstraint(terms=terms, relation=Relation.AT_MOST, bound=bound),)
    return ExperimentDraft(
        name=draw(names),
        description=draw(lines),
        parameters=parameters,
        metrics=found,
        constraints=constraints,
        is_weighted_sum=is_sum,
        noise=draw(st.sampled_from(ResultNoise)),
        trial_budget=draw(st.none() | st.integers(1, 1000)),
        wanted_parallelism=draw(st.integers(1, 50)),
        generation_method=draw(
            st.sampled_from([GenerationMethod.FAST, GenerationMethod.RANDOM_SEARCH])
        ),
        initialization_budget=draw(st.integers(1, 100)),
        seed=draw(st.none() | st.integers(0, 2**31 - 1)),
        tags=tuple(draw(st.lists(st.sampled_from("abcd"), unique=True))),
    )


@settings(max_examples=100, deadline=None)
@given(definitions())
def test_a_definition_comes_back_as_it_was(draft):
    form = DefinitionForm.read(sent(DefinitionForm.from_draft(draft, source="copy:3")))
    wrong = [(row.handle, row.errors) for row in (*form.rows, form.experiment) if row.errors]
    assert wrong == []
    assert form.draft() == draft
    assert form.source == "copy:3"


@settings(deadline=None)
@given(st.lists(st.text(_LETTERS, min_size=1).map(str.strip).filter(bool)))
@pytest.mark.parametrize("separator", ["\n", ", "])
def test_values_are_told_apart(separator, values):
    assert split_values(join_values(tuple(values), separator)) == values


@settings(deadline=None)
@given(st.floats(-1e100, 1e100) | st.integers(-(2**53), 2**53))
def test_numbers_keep_every_digit(number):
    assert parse_number(number_text(number)) == number


def test_an_edit_keeps_what_retired_and_added_parameters_have():
    retired = ParameterDraft(
        name="x",
        spec=ParameterSpec(
            key="p1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT,
            lower=0.0, upper=1.0, pinned=0.5,
        ),
    )  # fmt: skip
    added = ParameterDraft(
        name="y",
        spec=ParameterSpec(
            key="p2", kind=ParameterKind.RANGE, value_type=ValueType.INT,
            lower=0, upper=9, backfill=3,
        ),
    )  # fmt: skip
    objective = MetricDraft(name="loss", spec=MetricSpec(key="m1", direction=Direction.MINIMIZE))
    draft = ExperimentDraft(name="e", parameters=(retired, added), metrics=(objective,))
    assert DefinitionForm.read(sent(DefinitionForm.from_draft(draft))).draft() == draft


def test_a_definition_with_problems_opens_all_the_same():
    spec = ParameterSpec(key="", kind=ParameterKind.RANGE, value_type=ValueType.TEXT)
    strange = ParameterDraft(
        name="<script>",
        spec=ParameterSpec(
            key="‮", kind=ParameterKind.DERIVED, value_type=ValueType.BOOL,
            terms=(Term("nobody"),), condition=Condition("nobody", (True, "a,b", 1e300)),
        ),
    )  # fmt: skip
    draft = ExperimentDraft(
        name="",
        parameters=(ParameterDraft(name="", spec=spec), strange),
        metrics=(),
        constraints=(
            ParameterConstraint(terms=(Term("nobody"),), relation=Relation.AT_LEAST, bound=0.0),
        ),
    )
    form = DefinitionForm.from_draft(draft, notices=["Left out: <b>", "and more"])
    assert "<script>" not in rendered(form)
    assert form.draft() is None
    again = DefinitionForm.read(sent(form))
    assert again.notices == ["Left out: <b>", "and more"]
    assert "was removed" in again.constraints[0].terms[0].errors["parameter"][0]
