"""What makes a point worth trying, as Ax has it, where parameters are fixed for a while."""

import re
from dataclasses import replace
from typing import Any

from ax.core.search_space import SearchSpaceDigest
from ax.generators.torch.botorch_modular.acquisition import Acquisition
from ax.generators.torch.botorch_moo_utils import infer_objective_thresholds
from ax.generators.torch_base import TorchOptConfig
from torch import Tensor

BRANCHING = "axdash_branching"
"""The acquisition option that names the parameters that differ between branches."""

_KEY = re.compile(r"p\d+")


class OverallAcquisition(Acquisition):
    """Ax's own, with two differences where it would go wrong.

    Ax compares with earlier results that have the values of all fixed parameters, so a branch with
    poor results would look as promising as any other: here, parameters that are fixed to look at
    one branch at a time do not matter for what a point is compared with. And where no result of
    several objectives satisfies all bounds, Ax has nothing to compare with, and fails.
    """

    _objective_thresholds: Tensor | None

    def __init__(
        self,
        *,
        search_space_digest: SearchSpaceDigest,
        torch_opt_config: TorchOptConfig,
        options: dict[str, Any],
        **others: Any,
    ) -> None:
        branching = options[BRANCHING]
        fixed = {
            place: value
            for place, value in (torch_opt_config.fixed_features or {}).items()
            if key_of(search_space_digest.feature_names[place]) not in branching
        }
        super().__init__(
            search_space_digest=search_space_digest,
            torch_opt_config=replace(torch_opt_config, fixed_features=fixed or None),
            options={name: value for name, value in options.items() if name != BRANCHING},
            **others,
        )

    def _update_objective_thresholds(self, torch_opt_config: TorchOptConfig) -> None:
        super()._update_objective_thresholds(torch_opt_config)
        known = self._objective_thresholds
        is_lacking = torch_opt_config.is_moo and (known is None or bool(known.isnan().any()))
        if is_lacking and self.X_observed is not None:
            self._objective_thresholds = infer_objective_thresholds(
                model=self._model,
                objective_weights=self._full_objective_weights,
                X_observed=self.X_observed,
                subset_idcs=self._subset_idcs,
                objective_thresholds=known,
            )


def key_of(feature: str) -> str:
    """Return the parameter that one of the model's features is about: one-hot ones are longer."""
    found = _KEY.match(feature)
    return found[0] if found else feature
