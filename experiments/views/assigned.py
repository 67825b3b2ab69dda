"""The values of a trial, or of a suggestion, as pages show them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from experiments.assignments import applies, assigned
from experiments.domain import ParameterValue
from experiments.models import Parameter
from experiments.views.results import ExperimentResults


@dataclass(frozen=True)
class ParameterCell:
    """A parameter's value in one trial; without one, ``why`` says so."""

    parameter: Parameter
    value: ParameterValue | None
    why: str = ""


class AssignedValues:
    """Stored values by parameter key, in the search space of today."""

    def __init__(self, results: ExperimentResults, stored: Mapping[str, Any]) -> None:
        self._results = results
        self._stored = stored

    @property
    def asked_for(self) -> Mapping[str, ParameterValue]:
        """The values that were asked for where others were used, by key."""
        return {}

    @cached_property
    def assigned(self) -> dict[str, ParameterValue]:
        """The values by key of the parameters that apply."""
        return assigned(self._results.specs, self._stored)

    @property
    def values(self) -> list[ParameterCell]:
        """The parameters that apply, in the search space's order."""
        return [cell for cell in self.cells if cell.value is not None]

    @cached_property
    def cells(self) -> list[ParameterCell]:
        """All parameters, in the search space's order."""
        return [self._cell(parameter) for parameter in self._results.parameters]

    @property
    def named(self) -> dict[str, ParameterValue]:
        """The values by name of the parameters that apply."""
        values = self.assigned
        return {p.name: values[p.key] for p in self._results.parameters if p.key in values}

    @property
    def as_json(self) -> str:
        """The same as JSON, in full precision, for copying."""
        return json.dumps(self.named, ensure_ascii=False)

    def _cell(self, parameter: Parameter) -> ParameterCell:
        value = self.assigned.get(parameter.key)
        if value is not None:
            return ParameterCell(parameter, value)
        specs = self._results.specs_by_key
        if applies(specs[parameter.key], specs, self.assigned):
            return ParameterCell(parameter, None, "not known: the parameter was added later")
        return ParameterCell(parameter, None, "does not apply")
