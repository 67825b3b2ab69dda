"""Which trials a model cannot learn from, and why. All others stay in it, wherever they lie."""

from collections.abc import Mapping, Sequence

from experiments.assignments import applies
from experiments.domain import (
    ExperimentSpec,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    TrialRecord,
)


def left_out(
    spec: ExperimentSpec, trials: Sequence[TrialRecord], names: Mapping[str, str] | None = None
) -> dict[int, str]:
    """Return why trials are left out of the model, in words, by trial number.

    ``names``: what people call the parameters, by key.
    """
    by_key = {parameter.key: parameter for parameter in spec.parameters}
    reasons = {
        trial.number: reason_left_out(by_key, trial.parameters, names or {}) for trial in trials
    }
    return {number: reason for number, reason in reasons.items() if reason}


def reason_left_out(
    by_key: Mapping[str, ParameterSpec],
    values: Parameterization,
    names: Mapping[str, str] | None = None,
) -> str | None:
    """Return why a trial with these values is left out of the model, or ``None`` if it is not."""
    for key, parameter in by_key.items():
        if parameter.kind is ParameterKind.DERIVED:
            continue
        name = f"“{names[key]}”" if names and key in names else "one of the parameters"
        value = values.get(key)
        if value is None:
            if parameter.condition is None or applies(parameter, by_key, values):
                return f"It has no value for {name}."
        elif parameter.log_scale and not isinstance(value, str) and value <= 0:
            return f"Its value of {name} is not above 0, and so has no place on a log scale."
    return None
