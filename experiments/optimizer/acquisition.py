"""What makes a point worth trying, as Ax has it, where points are fixed in part or listed."""

import re
from dataclasses import replace
from typing import Any

from ax.core.search_space import SearchSpaceDigest
from ax.generators.torch.botorch_modular.acquisition import Acquisition, determine_optimizer
from ax.generators.torch.botorch_moo_utils import infer_objective_thresholds
from ax.generators.torch_base import TorchOptConfig
from ax.generators.utils import mk_discrete_choices
from botorch.optim.initializers import gen_batch_initial_conditions
from torch import Tensor

BRANCHING = "axdash_branching"
"""The acquisition option that names the parameters that differ between branches."""

CANDIDATES = "axdash_candidates"
"""The acquisition option that lists all points among which to choose, as the model sees them."""

_WALK = {"n_burnin": 500, "n_thinning": 4}
"""How far the random walk under constraints goes for each of the points where a search starts.

BoTorch's own is ten times as long, and every combination of discrete values walks again: a minute
for a suggestion in three dimensions. A thousand points are enough to choose from all the same.
"""
_WALKERS = ("optimize_acqf", "optimize_acqf_mixed")

_KEY = re.compile(r"p\d+")


class OverallAcquisition(Acquisition):
    """Ax's own, with three differences where it would go wrong, and one choice more.

    Ax compares with earlier results that have the values of all fixed parameters, so a branch with
    poor results would look as promising as any other: here, parameters that are fixed to look at
    one branch at a time do not matter for what a point is compared with. And where no result of
    several objectives satisfies all bounds, Ax has nothing to compare with, and fails. Under
    constraints it walks far for the points where its searches start: here, less far.

    Where candidates are listed, the best of them is taken, and nothing else is looked at.
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
            options={k: value for k, value in options.items() if k not in (BRANCHING, CANDIDATES)},
            **others,
        )
        self._candidates = options.get(CANDIDATES)

    def optimize(
        self,
        n: int,
        search_space_digest: SearchSpaceDigest,
        inequality_constraints: list[tuple[Tensor, Tensor, float]] | None = None,
        fixed_features: dict[int, float] | None = None,
        optimizer_options: dict[str, Any] | None = None,
        **others: Any,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return candidates, their acquisition values, and weights, as Ax's own does."""
        if self._candidates is not None:
            return self.select_from_candidate_set(n=n, candidate_set=self._candidates)
        optimizer = determine_optimizer(
            search_space_digest=search_space_digest,
            discrete_choices=mk_discrete_choices(
                ssd=search_space_digest, fixed_features=fixed_features
            ),
            acqf=self.acqf,
        )
        if inequality_constraints and optimizer in _WALKERS:
            optimizer_options = {**(optimizer_options or {}), "ic_generator": _starts}
        return super().optimize(
            n=n,
            search_space_digest=search_space_digest,
            inequality_constraints=inequality_constraints,
            fixed_features=fixed_features,
            optimizer_options=optimizer_options,
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


def _starts(*, options: dict[str, Any] | None = None, **others: Any) -> Tensor:
    """Return the points where searches for the best start: BoTorch's, after a shorter walk."""
    return gen_batch_initial_conditions(options={**(options or {}), **_WALK}, **others)


def key_of(feature: str) -> str:
    """Return the parameter that one of the model's features is about: one-hot ones are longer."""
    found = _KEY.match(feature)
    return found[0] if found else feature
