"""Definitions in Ax's own forms: scripts, calls, and lists of dictionaries."""

from collections.abc import Mapping
from typing import Any

from experiments.domain import GenerationMethod
from experiments.drafts import ExperimentDraft
from experiments.fields import Fields, Problems, mapping, plain_value, short, text, whole
from experiments.importing.ax_goals import AxGoals
from experiments.importing.ax_parameters import AxParameters, Object, as_parameter
from experiments.importing.python_script import Call, Script
from experiments.importing.reading import Reading
from experiments.importing.values import typed

_DEFINING = ("configure_experiment", "create_experiment", "optimize", "ExperimentConfig")
_SEARCHING = ("SearchSpace", "HierarchicalSearchSpace")
_LOOSE = ("parameters", "objectives", "objective", "parameter_constraints", "outcome_constraints")
_OF_NO_INTEREST = (
    "owner", "owners", "experiment_type", "is_test", "overwrite_existing_experiment",
    "immutable_search_space_and_opt_config", "evaluation_function",
)  # fmt: skip
_METHODS = {method.value: method for method in GenerationMethod}


def read_ax_script(script: Script) -> Reading | None:
    """Read what a script defines; ``None`` if it is nothing of Ax's."""
    problems: Problems = []
    named = _definition(script, problems)
    calls = {call.name: call for call in script.calls}
    if named is None:
        found = _loose(script)
        if not _any_parameter(found):
            return None
        named = found
    if goal := calls.get("configure_optimization"):
        named |= _arguments(goal, ("objective", "outcome_constraints"))
    if baseline := calls.get("attach_baseline"):
        named |= {"status_quo": _arguments(baseline, ("parameters",)).get("parameters")}
    if strategy := calls.get("configure_generation_strategy"):
        named |= {"generation": _arguments(strategy, ("method",))}
    if not _any_parameter(named):
        problems.append("The parameters are not spelled out where the experiment is defined.")
        named |= {"parameters": [value for value in script.values() if as_parameter(value)]}
    return _reading(named, problems) if _any_parameter(named) else None


def read_ax_object(value: Any) -> Reading | None:
    """Read a list of parameters, or an object with such a list; ``None`` if it is neither."""
    named = dict(value) if isinstance(value, dict) else {"parameters": value}
    return _reading(named, []) if _any_parameter(named) else None


def _definition(script: Script, problems: Problems) -> Object | None:
    """The arguments of the call that defines the experiment, if there is one."""
    calls = [c for c in script.calls if c.name in _DEFINING and _arguments(c, ("parameters",))]
    calls = [c for c in calls if "parameters" in _arguments(c, ("parameters",))]
    calls = calls or [call for call in script.calls if call.name in _SEARCHING]
    if len(calls) > 1:
        problems.append(f"The script defines {len(calls)} experiments; this is the first.")
    return _arguments(calls[0], ("parameters",)) if calls else None


def _arguments(call: Call, order: tuple[str, ...]) -> Object:
    return dict(zip(order, call.positional, strict=False)) | dict(call.named)


def _loose(script: Script) -> Object:
    """What a piece of a script says by the names that it binds, or by its bare values."""
    found: Object = {}
    for name in _LOOSE:
        value = script.bindings.get(name)
        if value is not None:
            # "parameters=[…]," taken out of a call makes a tuple of one.
            is_wrapped = isinstance(value, list) and len(value) == 1 and _is_whole(value[0])
            found[name] = value[0] if is_wrapped else value
    if not _any_parameter(found):
        found["parameters"] = [value for value in script.values() if as_parameter(value)]
    return found


def _is_whole(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and as_parameter(value) is None)


def _any_parameter(named: Mapping[str, Any]) -> bool:
    parameters = named.get("parameters")
    return isinstance(parameters, list) and any(map(as_parameter, parameters))


def _reading(named: Object, problems: Problems) -> Reading:
    own = Fields(named, "", problems)
    sources = []
    for value in own.take("parameters", list):
        source = as_parameter(value)
        if source is None:
            problems.append(f"This is no parameter, and was left out: {short(value)}.")
        else:
            sources.append(source)
    parameters = AxParameters(sources, problems)
    goals = _goals(own, problems)
    generation = Fields(own.take("generation", mapping, {}), "Generation", problems)
    draft = ExperimentDraft(
        name=own.take("name", text, ""),
        description=own.take("description", text, ""),
        parameters=parameters.drafts,
        metrics=goals.drafts,
        constraints=parameters.constraints(own.take("parameter_constraints", _as_it_is)),
        is_weighted_sum=goals.is_weighted_sum,
        baseline_values=_baseline(own, parameters, problems),
        trial_budget=own.take("total_trials", whole),
        generation_method=generation.take("method", _METHODS.__getitem__, GenerationMethod.FAST),
        initialization_budget=generation.take("initialization_budget", whole, 5),
        seed=generation.take("initialization_random_seed", whole),
    )
    generation.end()
    own.skip(*_OF_NO_INTEREST)
    own.end()
    return Reading(draft, "an Ax definition", tuple(problems))


def _goals(own: Fields, problems: Problems) -> AxGoals:
    goals = AxGoals(problems)
    if "objectives" in own:
        goals.objectives(own.take("objectives", _as_it_is))
    if "objective" in own:
        goals.objective(own.take("objective", _as_it_is))
    name, minimize = own.take("objective_name", _as_it_is), own.take("minimize", _as_it_is)
    goals.named_objective(name, minimize)
    for field in ("tracking_metric_names", "tracking_metrics"):
        if field in own:
            goals.tracked(own.take(field, _as_it_is))
    if "outcome_constraints" in own:
        goals.outcome_constraints(own.take("outcome_constraints", _as_it_is))
    if "objective_thresholds" in own:
        goals.outcome_constraints(own.take("objective_thresholds", _as_it_is))
    return goals


def _baseline(own: Fields, parameters: AxParameters, problems: Problems) -> Object | None:
    """Read the parameters of the status quo, by key."""
    values = own.take("status_quo", mapping)
    if values is None:
        return None
    inner = Fields(values, "Baseline", problems)
    types = {draft.spec.key: draft.spec.value_type for draft in parameters.drafts}
    found = {key: inner.take(name, plain_value) for name, key in parameters.keys.items()}
    inner.end()
    return {key: typed(v, types[key]) for key, v in found.items() if v is not None}


def _as_it_is(value: Any) -> Any:
    return value
