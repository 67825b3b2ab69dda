"""Suggestions in which some parameters have values that somebody has fixed. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from experiments.domain import ExperimentSpec, ParameterValue


def with_fixed(spec: ExperimentSpec, fixed: Mapping[str, ParameterValue]) -> ExperimentSpec:
    """Return an experiment that suggests only points with these values, by parameter key.

    The model goes on learning from all trials, along the fixed parameters too. Values of
    parameters that are gone count for nothing.
    """
    parameters = tuple(
        replace(parameter, pinned=fixed[parameter.key]) if parameter.key in fixed else parameter
        for parameter in spec.parameters
    )
    return replace(spec, parameters=parameters)
