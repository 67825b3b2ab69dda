"""What proposes points: Ax's model-based generator, in the branches that a space has."""

import math
from collections.abc import Container, Hashable, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from ax.adapter.registry import Generators
from ax.adapter.torch import TorchAdapter
from ax.api.utils.generation_strategy_dispatch import choose_generation_strategy
from ax.api.utils.structs import GenerationStrategyDispatchStruct
from ax.core.experiment import Experiment
from ax.core.generator_run import GeneratorRun
from ax.core.observation import ObservationFeatures
from ax.core.types import TModelPredict
from ax.core.utils import extract_pending_observations
from ax.exceptions.core import SearchSpaceExhausted as AxSearchSpaceExhausted
from ax.generation_strategy.generator_spec import GeneratorSpec
from ax.utils.common.constants import Keys
from botorch.exceptions.errors import InfeasibilityError

from experiments.domain import ExperimentSpec, GenerationMethod, Parameterization, Prediction
from experiments.optimizer import elsewhere
from experiments.optimizer.acquisition import BRANCHING, CANDIDATES, OverallAcquisition
from experiments.optimizer.build import Rows, assemble, attach_running, learnt
from experiments.optimizer.goals import Goals
from experiments.optimizer.modelling import Branch, ModelSpace
from experiments.optimizer.space import Space


class Proposal(NamedTuple):
    """Parameters that can be tried, and how much the model wants them."""

    parameters: Parameterization
    acquisition_value: float | None


class FittedModel:
    """The model of Ax's generation method, fitted once to all results."""

    def __init__(
        self,
        spec: ExperimentSpec,
        space: Space,
        rows: Rows,
        aims: Goals,
        others: Sequence[Rows] = (),
    ) -> None:
        """Fit to ``rows``, and to the rows of ``others``: experiments that may be like this one."""
        if others:
            rows, *others = elsewhere.alike(spec, [rows, *others])
        self._today = space
        known = [point for each in (rows, *others) for point in learnt(each)]
        self._space = ModelSpace(space, known, is_stretched=bool(others))
        self._experiment = assemble(spec, rows, self._space, aims)
        self._generator = elsewhere.generator() if others else _generator(spec, space)
        if others:
            elsewhere.attach(self._experiment, spec, others, self._space, aims)
        options = {**_generator(spec, space).generator_kwargs["acquisition_options"]}
        options[BRANCHING] = self._space.branching
        self._generator.fit(
            experiment=self._experiment,
            acquisition_class=OverallAcquisition,
            acquisition_options=options,
        )

    @property
    def experiment(self) -> Experiment:
        """The Ax experiment that the model has learnt from; it knows keys, not names."""
        return self._experiment

    @property
    def adapter(self) -> TorchAdapter:
        """The fitted Ax adapter, which predicts in the space that the model learns in."""
        return self._generator.fitted_adapter

    def predict(
        self, points: Sequence[Parameterization], *, with_noise: bool = False
    ) -> TModelPredict:
        """Return means and covariances by metric at complete parameterizations, as Ax gives them.

        Values may lie outside the space of today; they are predictions of the metric itself or,
        ``with_noise``, of a single measurement of it.
        """
        features = [ObservationFeatures(parameters=self.flat(point)) for point in points]
        return self.adapter.predict(features, use_posterior_predictive=with_noise)

    def expected(self, points: Sequence[Parameterization]) -> list[tuple[Prediction, ...]]:
        """Return what is expected of each metric at each point, and how results scatter there.

        Of results near the largest numbers nothing can be said: they are left out.
        """
        means, of_itself = self.predict(points)
        _, of_results = self.predict(points, with_noise=True)
        columns = [
            [
                _prediction(key, *numbers)
                for numbers in zip(
                    means[key], of_itself[key][key], of_results[key][key], strict=True
                )
            ]
            for key in means
        ]
        return [tuple(filter(_is_finite, row)) for row in zip(*columns, strict=True)]

    def flat(self, point: Parameterization) -> dict[str, Any]:
        """Return a complete parameterization in the terms of the space that the model learns in."""
        return self._space.flat(point)

    def add_pending(self, parameters: Parameterization) -> None:
        """Keep away from parameters from now on; the model is not fitted again."""
        attach_running(self._experiment, self._space.flat(parameters))

    def propose(
        self, avoided: Container[Hashable] = (), *, is_retry: bool = False
    ) -> list[Proposal]:
        """Return a proposal for each branch of the space, the most wanted first.

        They satisfy all constraints. Where all combinations can be looked at, there is one
        proposal, the most wanted whose signature is not ``avoided``. Elsewhere they may be what
        was tried before; where there are too many branches, the model first says in which one it
        would look; to try again, one is drawn.
        """
        if self._today.is_listed:
            run = self._generate(None, self._candidates(avoided))
            found = run and self._proposal(run)
            return [found] if found else []
        branches = self._space.branches()
        if branches is None:
            run = None if is_retry else self._generate(None)
            branches = [
                self._space.branch_of(run.arms[0].parameters)
                if run
                else self._space.random_branch()
            ]
        runs = [run for branch in branches if (run := self._generate(branch)) is not None]
        proposals = [each for run in runs if (each := self._proposal(run)) is not None]
        return sorted(proposals, key=lambda each: -_wanted(each))

    @cached_property
    def _listed(self) -> tuple[list[Hashable], torch.Tensor]:
        """The signatures of all combinations, and the combinations as the fitted model sees them.

        The tensor has one row for each.
        """
        points = list(self._today.combinations())
        features = [ObservationFeatures(parameters=self.flat(point)) for point in points]
        rows = torch.as_tensor(self.adapter.transform_observation_features(features))
        return [self._today.signature(point) for point in points], rows

    def _candidates(self, avoided: Container[Hashable]) -> torch.Tensor:
        signatures, rows = self._listed
        return rows[[place for place, each in enumerate(signatures) if each not in avoided]]

    def _generate(
        self, branch: Branch | None, candidates: torch.Tensor | None = None
    ) -> GeneratorRun | None:
        """Let Ax propose one point of a branch, or (``None``) of the whole flat space.

        ``candidates``: rows of ``_listed``, of which it is to choose one. Returns ``None`` where
        the constraints leave it nothing in the branch.
        """
        options = {Keys.AX_ACQUISITION_KWARGS.value: {CANDIDATES: candidates}}
        try:
            return self._generator.gen(
                n=1,
                search_space=self._space.generation_space(branch),
                fixed_features=self._space.fixed(branch),
                pending_observations=extract_pending_observations(self._experiment),
                model_gen_options=options,
            )
        except (AxSearchSpaceExhausted, InfeasibilityError):
            return None

    def _proposal(self, run: GeneratorRun) -> Proposal | None:
        """Move what Ax proposes to what can be tried, if anything near it can."""
        proposed = run.arms[0].parameters
        parameters = self._space.nearest(proposed)
        if parameters is None:
            return None
        values = np.ravel((run.gen_metadata or {}).get("expected_acquisition_value", []))
        acquisition_value = float(values[0]) if values.size else None
        return Proposal(parameters, acquisition_value)


def _prediction(metric: str, mean: float, variance: float, total: float) -> Prediction:
    """Tell the variance of a metric itself from the total one of a single result."""
    noise = math.sqrt(max(total - variance, 0.0)) if math.isfinite(total) else None
    sd = math.sqrt(max(variance, 0.0))
    return Prediction(metric=metric, mean=float(mean), sd=sd, noise=noise)


def _is_finite(prediction: Prediction) -> bool:
    return math.isfinite(prediction.mean) and math.isfinite(prediction.sd)


def _wanted(proposal: Proposal) -> float:
    value = proposal.acquisition_value
    return -np.inf if value is None or np.isnan(value) else value


def _generator(spec: ExperimentSpec, space: Space) -> GeneratorSpec:
    """Return Ax's generator: of the generation method, or in a discrete space the mixed one.

    The latter differs in that a choice stays one parameter: it is not spread over numbers between
    0 and 1, one for each of its values.
    """
    strategy = choose_generation_strategy(
        GenerationStrategyDispatchStruct(
            method=_ax_method(spec), initialization_budget=0, initialize_with_center=False
        )
    )
    usual = strategy.current_node.generator_spec_to_gen_from
    if spec.generation_method is GenerationMethod.QUALITY or not space.is_discrete:
        return usual
    return GeneratorSpec(Generators.BO_MIXED, generator_kwargs=usual.generator_kwargs)


def _ax_method(spec: ExperimentSpec) -> Literal["fast", "quality"]:
    return "quality" if spec.generation_method is GenerationMethod.QUALITY else "fast"
