"""What makes a whole definition usable: nothing that Ax would reject or choke on gets through.

Forms, imports and edits judge what they read with ``definition_problems``. Pure.
"""

from collections.abc import Iterator

from experiments.bandit_rules import why_no_bandit
from experiments.domain import (
    GenerationMethod,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    ValueType,
)
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.feasibility import feasibility_problems
from experiments.goal_rules import goal_problems
from experiments.outside import beyond, outside
from experiments.problems import (
    EXPERIMENT,
    PARAMETER,
    DefinitionProblem,
    description_problem,
    unit_problem,
    whole_problem,
)
from experiments.reference_rules import References
from experiments.references import anything_varies
from experiments.search_space import (
    has_control_characters,
    in_words,
    name_problem,
    normal_name,
    parameter_problems,
    space_problems,
    value_problem,
    varies,
)

__all__ = ["DefinitionProblem", "definition_problems"]

LONGEST_EXPERIMENT_NAME = 200
MOST_TRIALS = 1_000_000
MOST_PARALLEL = 50
MOST_INITIALIZATION = 1_000
LARGEST_SEED = 2**31 - 1
MOST_TAGS = 20
LONGEST_TAG = 50
MOST_DIGITS = 17

_RETIRABLE = (ParameterKind.RANGE, ParameterKind.CHOICE)


def definition_problems(draft: ExperimentDraft) -> list[DefinitionProblem]:
    """Return all that is wrong with a definition; whatever has no problems can be searched."""
    problems = _parameter_problems(draft) + References(draft).problems()
    if not problems:
        problems += feasibility_problems(draft)
        problems += _baseline_problems(draft)
    problems += goal_problems(draft)
    if not problems:
        problems += _method_problems(draft)
    problems += [DefinitionProblem(EXPERIMENT, None, *p) for p in _experiment_problems(draft)]
    return problems


def _parameter_problems(draft: ExperimentDraft) -> list[DefinitionProblem]:
    parameters = draft.parameters
    problems = [
        DefinitionProblem(PARAMETER, *problem)
        for problem in space_problems([(p.name, p.spec) for p in parameters])
    ]
    for place, parameter in enumerate(parameters):
        own = [*_display_problems(parameter), *_later_problems(parameter.spec)]
        problems += [DefinitionProblem(PARAMETER, place, *problem) for problem in own]
    specs = [parameter.spec for parameter in parameters]
    if any(map(varies, specs)) and not anything_varies(specs):
        message = "Nothing varies: no parameter that does can ever apply. Check their conditions."
        problems.append(DefinitionProblem(PARAMETER, None, "", message))
    return problems


def _display_problems(parameter: ParameterDraft) -> Iterator[tuple[str, str]]:
    if problem := unit_problem(parameter.unit):
        yield "unit", problem
    if problem := description_problem(parameter.description):
        yield "description", problem
    if parameter.digits is not None and (
        problem := whole_problem(parameter.digits, "The number of digits", 1, MOST_DIGITS)
    ):
        yield "digits", problem


def _later_problems(spec: ParameterSpec) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the values for suggestions from now on, and for earlier trials."""
    if spec.pinned is not None:
        if spec.kind not in _RETIRABLE:
            yield "pinned", "Only a range or a choice can be fixed from now on."
        elif problem := _pinned_problem(spec, spec.pinned):
            yield "pinned", problem
    if spec.backfill is not None:
        if spec.kind is ParameterKind.DERIVED:
            yield "backfill", "A derived value is computed for earlier trials too: leave this out."
        elif problem := _typed_problem(spec.backfill, spec.value_type):
            yield "backfill", problem


def _pinned_problem(spec: ParameterSpec, pinned: ParameterValue) -> str | None:
    if problem := _typed_problem(pinned, spec.value_type):
        return problem
    # Where the bounds are wrong, nothing can be said of a value between them.
    return None if parameter_problems(spec) else beyond(spec, pinned)


def _typed_problem(value: ParameterValue, value_type: ValueType) -> str | None:
    problem = value_problem(value, value_type)
    return f"{in_words(value)}: {problem}" if problem else None


def _baseline_problems(draft: ExperimentDraft) -> Iterator[DefinitionProblem]:
    values = draft.baseline_values
    if values is None:
        return
    names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
    if values.keys() - names.keys():
        message = "It has values of parameters that were removed: leave them out."
        yield DefinitionProblem(EXPERIMENT, None, "baseline_values", message)
        return
    reasons = outside(draft, values)
    if reasons:
        more = f" ({len(reasons) - 1} more like this.)" if len(reasons) > 1 else ""
        message = f"The baseline must be a point of the search space. {reasons[0]}{more}"
        yield DefinitionProblem(EXPERIMENT, None, "baseline_values", message)


def _method_problems(draft: ExperimentDraft) -> Iterator[DefinitionProblem]:
    if draft.generation_method is not GenerationMethod.BANDIT:
        return
    reason = why_no_bandit(
        [parameter.spec for parameter in draft.parameters],
        [metric.spec for metric in draft.metrics],
        is_weighted_sum=draft.is_weighted_sum,
        noise=draft.noise,
    )
    if reason:
        yield DefinitionProblem(EXPERIMENT, None, "generation_method", reason)


def _experiment_problems(draft: ExperimentDraft) -> Iterator[tuple[str, str]]:
    if problem := name_problem(draft.name, "experiment", LONGEST_EXPERIMENT_NAME):
        yield "name", problem
    if problem := description_problem(draft.description):
        yield "description", problem
    yield from _number_problems(draft)
    if draft.baseline_trial is not None:
        if draft.baseline_values is not None:
            yield "baseline_trial", "Choose a trial or enter values as the baseline, not both."
        elif problem := whole_problem(draft.baseline_trial, "A trial’s number", 0, MOST_TRIALS):
            yield "baseline_trial", problem
    if problem := tags_problem(draft.tags):
        yield "tags", problem


def _number_problems(draft: ExperimentDraft) -> Iterator[tuple[str, str]]:
    limits = [
        ("trial_budget", draft.trial_budget, "A budget", 1, MOST_TRIALS),
        ("wanted_parallelism", draft.wanted_parallelism, "Parallelism", 1, MOST_PARALLEL),
        (
            "initialization_budget",
            draft.initialization_budget,
            "The number of exploring trials",
            1,
            MOST_INITIALIZATION,
        ),
        ("seed", draft.seed, "A seed", 0, LARGEST_SEED),
    ]
    for field, value, what, least, most in limits:
        is_optional = field in ("trial_budget", "seed")
        if value is None and is_optional:
            continue
        if problem := whole_problem(value, what, least, most):
            yield field, problem


def tags_problem(tags: tuple[str, ...]) -> str | None:
    """Return what is wrong with an experiment's tags, if anything is."""
    if len(tags) > MOST_TAGS:
        return f"At most {MOST_TAGS} tags; these are {len(tags)}."
    for tag in tags:
        if not tag.strip():
            return "A tag cannot be blank."
        if len(tag) > LONGEST_TAG:
            return f"A tag has {LONGEST_TAG} characters at most; “{in_words(tag)}” has {len(tag)}."
        if "," in tag or has_control_characters(tag):
            return f"“{in_words(tag)}”: a tag cannot contain commas or control characters."
    if len(set(map(normal_name, tags))) < len(tags):
        return "Each tag counts once: remove the double ones."
    return None
