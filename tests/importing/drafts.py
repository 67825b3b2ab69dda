"""Random definitions of all kinds, with references of all kinds; few of them make sense."""

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

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
floats = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**53), 2**53)
_OF_TYPE = {
    ValueType.FLOAT: floats,
    ValueType.INT: integers,
    ValueType.TEXT: texts,
    ValueType.BOOL: st.booleans(),
}
_NUMBERS = (ValueType.FLOAT, ValueType.INT)


@st.composite
def specs(draw, key: str, keys: list[str]) -> ParameterSpec:
    kind = draw(st.sampled_from(ParameterKind))
    is_number = kind in (ParameterKind.RANGE, ParameterKind.DERIVED)
    value_type = draw(st.sampled_from(_NUMBERS if is_number else list(ValueType)))
    values = _OF_TYPE[value_type]
    fields = {
        ParameterKind.RANGE: {
            "lower": values,
            "upper": values,
            "log_scale": st.booleans(),
            "step": st.none() | values,
            "pinned": st.none() | values,
            "backfill": st.none() | values,
        },
        ParameterKind.CHOICE: {
            "values": st.lists(values, max_size=4).map(tuple),
            "is_ordered": st.booleans(),
            "pinned": st.none() | values,
        },
        ParameterKind.FIXED: {"value": values},
        ParameterKind.DERIVED: {"terms": terms(keys), "intercept": floats},
    }[kind]
    condition = draw(
        st.none()
        | st.builds(
            Condition,
            st.sampled_from(keys),
            st.lists(st.one_of(*_OF_TYPE.values()), max_size=3).map(tuple),
        )
    )
    return ParameterSpec(
        key=key,
        kind=kind,
        value_type=value_type,
        condition=condition,
        **{name: draw(strategy) for name, strategy in fields.items()},
    )


def terms(keys: list[str]):
    return st.lists(st.builds(Term, st.sampled_from(keys), floats), max_size=3).map(tuple)


def metrics(key: str, name: str):
    spec = st.builds(
        MetricSpec,
        key=st.just(key),
        direction=st.sampled_from(Direction),
        role=st.sampled_from(MetricRole),
        weight=floats,
        threshold=st.none() | floats,
        relation=st.sampled_from(Relation),
        bound=st.none() | floats,
        is_relative=st.booleans(),
    )
    return st.builds(
        MetricDraft,
        name=st.just(name),
        spec=spec,
        unit=texts,
        description=texts,
        target=st.none() | floats,
    )


@st.composite
def drafts(draw) -> ExperimentDraft:
    """A definition without keys of rows; its baseline, if any, is given by values."""
    names = draw(st.lists(texts, min_size=1, max_size=5, unique=True))
    keys = [f"n{place}" for place in range(1, len(names) + 1)]
    parameters = tuple(
        ParameterDraft(
            name=name,
            spec=draw(specs(key, keys)),
            unit=draw(texts),
            description=draw(texts),
            digits=draw(st.none() | st.integers(1, 17)),
            notation=draw(st.sampled_from(Notation)),
        )
        for name, key in zip(names, keys, strict=True)
    )
    named = enumerate(draw(st.lists(texts, max_size=3, unique=True)), start=1)
    constraint = st.builds(
        ParameterConstraint,
        terms=terms(keys).filter(len),
        relation=st.sampled_from(Relation),
        bound=floats,
    )
    return ExperimentDraft(
        name=draw(texts),
        description=draw(texts),
        parameters=parameters,
        metrics=tuple(draw(metrics(f"q{place}", name)) for place, name in named),
        constraints=tuple(draw(st.lists(constraint, max_size=2))),
        is_weighted_sum=draw(st.booleans()),
        baseline_values=draw(
            st.none() | st.dictionaries(st.sampled_from(keys), st.one_of(*_OF_TYPE.values()))
        ),
        noise=draw(st.sampled_from(ResultNoise)),
        trial_budget=draw(st.none() | st.integers(1, 10**6)),
        wanted_parallelism=draw(st.integers(1, 50)),
        generation_method=draw(st.sampled_from(GenerationMethod)),
        initialization_budget=draw(st.integers(1, 1000)),
        seed=draw(st.none() | st.integers(0, 2**31 - 1)),
        tags=draw(st.lists(texts, max_size=3).map(tuple)),
    )
