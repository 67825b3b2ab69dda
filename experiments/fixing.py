"""Suggestions in which some parameters have values that somebody has fixed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from experiments.assignments import applies
from experiments.constraint_words import constraint_in_words
from experiments.definition_words import listed, names_of, quoted
from experiments.domain import (
    ExperimentSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Term,
)
from experiments.drafts import ExperimentDraft
from experiments.feasibility import feasibility_problems
from experiments.inequalities import holds, substituted
from experiments.outside import value_outside
from experiments.references import anything_varies, by_key, same

Fixed = Mapping[str, ParameterValue]
"""Values by parameter key."""

ALL_TRIED = (
    "Every combination with the fixed values has been tried or is running. Fix fewer values, or "
    "others; “Repeat” runs one again."
)
"""Said where the optimizer finds nothing more around fixed values."""

_ALL_FIXED = (
    "Nothing is left to suggest: all that applies is fixed. Leave one parameter blank, or add "
    "these values as your own trial."
)


def with_fixed(spec: ExperimentSpec, fixed: Fixed) -> ExperimentSpec:
    """Return an experiment that suggests only points with these values, by parameter key.

    The model goes on learning from all trials, along the fixed parameters too. Values of
    parameters that are gone count for nothing.
    """
    parameters = tuple(
        replace(parameter, pinned=fixed[parameter.key]) if parameter.key in fixed else parameter
        for parameter in spec.parameters
    )
    return replace(spec, parameters=parameters)


def fixing_problems(draft: ExperimentDraft, fixed: Fixed) -> dict[str, str]:
    """Return why no suggestion can have these values, by parameter key; "" is for all together.

    Empty where suggestions can be asked for. Values have their declared types.
    """
    specs = by_key([parameter.spec for parameter in draft.parameters])
    if fixed.keys() - specs.keys():
        return {"": "A parameter that you fixed is no longer part of this experiment."}
    if not fixed:
        return {"": "Fix at least one parameter; those that stay blank are suggested."}
    problems = dict(_problems_apart(draft, specs, fixed))
    return problems or dict(_problems_together(_pinned(draft, fixed), fixed))


def _problems_apart(
    draft: ExperimentDraft, specs: Mapping[str, ParameterSpec], fixed: Fixed
) -> Iterator[tuple[str, str]]:
    """What is wrong with single values."""
    known = _known(_pinned(draft, fixed))
    names = names_of(draft)
    for key, value in fixed.items():
        reason = value_outside(specs[key], value)
        if reason := reason or _why_not_applying(specs[key], specs, known, names):
            yield key, reason


def _why_not_applying(
    spec: ParameterSpec, specs: Mapping[str, ParameterSpec], known: Fixed, names: Mapping[str, str]
) -> str | None:
    """Say which parent has to be fixed, and at what, for a parameter to have a value for sure."""
    seen = {spec.key}
    while spec.condition is not None and (parent := specs.get(spec.condition.parameter)):
        if parent.key in seen:
            return None
        wanted, now = spec.condition.values, known.get(parent.key)
        if not any(same(now, value) for value in wanted):
            name, at = names[parent.key], listed(wanted)
            at = f"one of {at}" if len(wanted) > 1 else at
            if now is None:
                return f"This applies only where {name} is {at}: fix that, too."
            return f"This does not apply where {name} is {quoted(now)}, only where it is {at}."
        seen.add(parent.key)
        spec = parent
    return None


def _problems_together(draft: ExperimentDraft, fixed: Fixed) -> Iterator[tuple[str, str]]:
    """What is wrong between values that are fine one by one, which ``draft`` has pinned."""
    specs = by_key([parameter.spec for parameter in draft.parameters])
    known = _known(draft)
    binding = tuple(c for c in draft.constraints if _binds(c.terms, specs, known))
    broken = next((c for c in binding if _is_settled(c, specs) and not holds(c, known)), None)
    if broken is not None:
        words = constraint_in_words(broken, names_of(draft))
        yield _field_of(broken, specs, fixed), f"These values violate “{words}”."
        return
    if not anything_varies(list(specs.values())):
        yield "", _ALL_FIXED
        return
    free = tuple(c for c in binding if not _is_settled(c, specs))
    for problem in feasibility_problems(replace(draft, constraints=free)):
        if problem.place is not None:  # Else time ran out: the optimizer will find out.
            key = _field_of(free[problem.place], specs, fixed)
            yield key, f"With what is fixed, {problem.message}"


def _pinned(draft: ExperimentDraft, fixed: Fixed) -> ExperimentDraft:
    return replace(
        draft,
        parameters=tuple(
            replace(p, spec=replace(p.spec, pinned=fixed[p.spec.key])) if p.spec.key in fixed else p
            for p in draft.parameters
        ),
    )


def _known(draft: ExperimentDraft) -> dict[str, ParameterValue]:
    """The values that each suggestion has where the parameter applies, derived ones included."""
    specs = by_key([parameter.spec for parameter in draft.parameters])
    known = {
        key: value
        for key, spec in specs.items()
        if (value := spec.value if spec.kind is ParameterKind.FIXED else spec.pinned) is not None
    }
    for key, spec in specs.items():
        if spec.kind is ParameterKind.DERIVED:
            free, constant = substituted(spec.terms, specs)
            if not free:
                known[key] = spec.intercept + constant
    return known


def _binds(terms: tuple[Term, ...], specs: Mapping[str, ParameterSpec], known: Fixed) -> bool:
    """Tell whether all that a sum is about applies in each suggestion."""
    return all(
        (spec := specs.get(term.parameter)) is not None
        and applies(spec, specs, known)
        and _binds(spec.terms, specs, known)
        for term in terms
    )


def _is_settled(constraint: ParameterConstraint, specs: Mapping[str, ParameterSpec]) -> bool:
    """Tell whether nothing that varies is left in it."""
    return not substituted(constraint.terms, specs)[0]


def _field_of(
    constraint: ParameterConstraint, specs: Mapping[str, ParameterSpec], fixed: Fixed
) -> str:
    """The last of the fixed parameters in a constraint; "" where none is."""
    inner = [t.parameter for term in constraint.terms for t in specs[term.parameter].terms]
    keys = [*(term.parameter for term in constraint.terms), *inner]
    return next((key for key in reversed(keys) if key in fixed), "")
