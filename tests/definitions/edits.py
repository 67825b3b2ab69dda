"""Random edits of definitions."""

from dataclasses import replace

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

_NAMES = st.sampled_from(["lr", "β", "a b", "<i>", "depth", "x9", "lambda"])


@st.composite
def edited(draw, draft: ExperimentDraft) -> ExperimentDraft:
    """One random change of a definition; what makes no sense is thrown away by the rules."""
    parameters, metrics = list(draft.parameters), list(draft.metrics)
    act = draw(st.sampled_from(["add", "remove", "bounds", "name", "move", "pin", "limit", "metric",
                                "choice", "text", "depend"]))  # fmt: skip
    place = draw(st.integers(0, len(parameters) - 1))
    chosen = parameters[place]
    if act == "add":
        key, kind = f"n{len(parameters)}", ParameterKind.CHOICE
        spec = ParameterSpec(key=key, kind=kind, value_type=ValueType.TEXT, values=("a", "b"))
        parameters.insert(place, ParameterDraft(name=draw(_NAMES), spec=spec))
    elif act == "remove":
        del parameters[place]
    elif act == "bounds" and not chosen.spec.values:
        upper = draw(st.sampled_from([1e-3, 1.0, 1e22, 12345.678]))
        parameters[place] = replace(chosen, spec=replace(chosen.spec, upper=upper))
    elif act == "name":
        parameters[place] = replace(chosen, name=draw(_NAMES))
    elif act == "move":
        parameters.append(parameters.pop(place))
    elif act == "pin":
        pinned = chosen.spec.values[0] if chosen.spec.values else chosen.spec.lower
        parameters[place] = replace(chosen, spec=replace(chosen.spec, pinned=pinned))
    elif act == "choice" and chosen.spec.values:
        values = (*chosen.spec.values, draw(st.sampled_from("abcdef")))
        parameters[place] = replace(chosen, spec=replace(chosen.spec, values=values))
    elif act == "depend":
        parent = parameters[draw(st.integers(0, len(parameters) - 1))].spec
        condition = Condition(parent.key, ("a",))
        parameters[place] = replace(chosen, spec=replace(chosen.spec, condition=condition))
    elif act == "limit":
        made = ParameterConstraint(
            terms=(Term(chosen.spec.key, draw(st.sampled_from([1.0, -2.5]))),),
            relation=Relation.AT_MOST,
            bound=draw(st.sampled_from([5.0, 7.0])),
        )
        draft = replace(draft, constraints=(*draft.constraints, made))
    elif act == "metric":
        spec = MetricSpec(
            key=f"q{len(metrics)}", direction=Direction.MINIMIZE, role=MetricRole.TRACKED
        )
        metrics.append(MetricDraft(name=draw(_NAMES), spec=spec, unit="ms"))
    else:
        draft = replace(draft, description=draw(st.text("ab\n", max_size=5)), trial_budget=9)
    return replace(draft, parameters=tuple(parameters), metrics=tuple(metrics))
