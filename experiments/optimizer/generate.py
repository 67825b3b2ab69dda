"""What to try next: the center first, then Sobol points, then what a model finds promising.

The phase is decided from the rows alone, so that an experiment built afresh goes on as a living one
would; Ax's own rules for it lose their place when an experiment is rebuilt.
"""

import hashlib
import math
from collections.abc import Hashable, Iterator, Sequence
from importlib.util import find_spec

import numpy as np
from ax.core.generator_run import GeneratorRun
from ax.utils.common.random import with_rng_seed

from experiments.domain import (
    Direction,
    ExperimentSpec,
    GenerationMethod,
    GenerationNode,
    MetricSpec,
    ObservationRecord,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Prediction,
    Suggestion,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.optimizer.build import has_result
from experiments.optimizer.errors import MethodUnavailable, SearchSpaceExhausted
from experiments.optimizer.generators import FittedModel, sobol_points
from experiments.optimizer.space import Space

_MODEL_ATTEMPTS = 2
"""How often the model may propose what has been tried before Sobol steps in.

Ax tries five times; from the third on, nothing new came in 20 of 21 cases, at up to 0.8 s each.
"""


def suggest(
    spec: ExperimentSpec,
    trials: Sequence[TrialRecord],
    *,
    pending: Sequence[Parameterization] = (),
    count: int,
) -> Iterator[Suggestion]:
    """Yield ``count`` suggestions, each as soon as it is ready; a model is fitted once for all.

    ``pending`` are suggestions that nobody has taken yet: like running trials, and like those
    already yielded, they are known to the model and not suggested again. Equal arguments give
    equal suggestions. Raises ``MethodUnavailable`` and ``ValueError`` (a spec, trial or pending
    suggestion that makes no sense) at once or with the first suggestion, and
    ``SearchSpaceExhausted`` when no untried combination is left.
    """
    if spec.generation_method is GenerationMethod.QUALITY and not _can_sample_posteriors():
        raise MethodUnavailable
    generation = _Generation(spec, trials, pending)
    return (generation.next() for _ in range(count))


def warm_up() -> None:
    """Fit a tiny model and generate from it once: a process's first time takes far longer."""
    parameter = ParameterSpec(
        key="p1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=0.0, upper=1.0
    )
    spec = ExperimentSpec(
        parameters=(parameter,),
        metrics=(MetricSpec(key="m1", direction=Direction.MINIMIZE),),
        initialization_budget=3,
    )
    trials = [
        TrialRecord(
            number=number,
            status=TrialStatus.COMPLETED,
            parameters={"p1": number / 4},
            observations=(ObservationRecord(metric="m1", mean=float(number % 2)),),
        )
        for number in range(3)
    ]
    next(suggest(spec, trials, count=1))


def _can_sample_posteriors() -> bool:
    return all(find_spec(package) is not None for package in ("jax", "numpyro"))


class _Generation:
    """One run of ``suggest``: what is known, and how many points have been issued so far."""

    def __init__(
        self,
        spec: ExperimentSpec,
        trials: Sequence[TrialRecord],
        pending: Sequence[Parameterization],
    ) -> None:
        self._spec = spec
        self._trials = trials
        self._space = Space(spec)
        self._pending: list[Parameterization] = []
        self._issued = 0
        self._exploring = 0
        self._observed = 0
        self._seen: set[Hashable] = set()
        self._taken: set[Hashable] = set()
        self._model: FittedModel | None = None
        for trial in trials:
            parameters = self._space.coerced(trial.parameters)
            self._note(parameters, trial.status)
            self._observed += has_result(trial, spec.metrics[0].key) and self._space.learns_from(
                parameters
            )
        for suggested in pending:
            self._add_pending(self._space.coerced(suggested))

    def next(self) -> Suggestion:
        """Make one suggestion and remember it as pending."""
        if len(self._taken) == self._space.size:
            raise SearchSpaceExhausted
        if not self._issued:
            suggestion = self._center()
        elif self._is_exploring():
            suggestion = self._sobol(GenerationNode.SOBOL)
        else:
            suggestion = self._from_model() or self._sobol(GenerationNode.FALLBACK_SOBOL)
        self._add_pending(suggestion.parameters)
        return suggestion

    def _note(self, parameters: Parameterization, status: TrialStatus) -> None:
        self._issued += 1
        self._exploring += status not in (TrialStatus.FAILED, TrialStatus.ABANDONED)
        if not self._space.contains(parameters):
            return
        signature = self._space.signature(parameters)
        self._seen.add(signature)
        if status is not TrialStatus.FAILED:
            self._taken.add(signature)

    def _add_pending(self, parameters: Parameterization) -> None:
        self._note(parameters, TrialStatus.RUNNING)
        self._pending.append(parameters)
        if self._model is not None:
            self._model.add_pending(self._space.modelled(parameters))

    def _is_exploring(self) -> bool:
        budget = self._spec.initialization_budget
        return (
            self._spec.generation_method is GenerationMethod.RANDOM_SEARCH
            or self._exploring < budget
            or self._observed < max(1, budget // 2)
        )

    def _center_parameters(self) -> dict[str, ParameterValue]:
        return self._space.nearest(self._space.to_ax().compute_naive_center())

    def _center(self) -> Suggestion:
        return Suggestion(parameters=self._center_parameters(), node=GenerationNode.CENTER)

    def _sobol(self, node: GenerationNode) -> Suggestion:
        """Go on in the sequence, to a point that nobody has seen.

        The center is no part of the sequence. Failed points come again when nothing else is left.
        """
        avoided = self._taken if len(self._seen) == self._space.size else self._seen
        center_issued = self._space.signature(self._center_parameters()) in self._seen
        position = self._issued - center_issued
        for point in sobol_points(self._spec, position):
            parameters = self._space.nearest(point)
            if self._space.signature(parameters) not in avoided:
                return Suggestion(parameters=parameters, node=node)
        untried = self._space.untried(_derived_seed(self._spec.seed, self._issued), avoided)
        return Suggestion(parameters=untried, node=node)

    def _from_model(self) -> Suggestion | None:
        """Let the model propose something new; ``None`` when it insists on what was tried."""
        with with_rng_seed(_derived_seed(self._spec.seed, self._issued)):
            if self._model is None:
                self._model = FittedModel(self._spec, self._trials)
                for parameters in self._pending:
                    self._model.add_pending(self._space.modelled(parameters))
            for _ in range(_MODEL_ATTEMPTS):
                run = self._model.propose()
                parameters = self._space.nearest(run.arms[0].parameters)
                if self._space.signature(parameters) not in self._taken:
                    return _suggestion(parameters, run)
        return None


def _suggestion(parameters: Parameterization, run: GeneratorRun) -> Suggestion:
    means, covariances = run.model_predictions or ({}, {})
    acquisition_values = np.ravel((run.gen_metadata or {}).get("expected_acquisition_value", []))
    return Suggestion(
        parameters=parameters,
        node=GenerationNode.BOTORCH,
        predictions=tuple(
            Prediction(
                metric=metric,
                mean=float(mean),
                sd=math.sqrt(max(covariances[metric][metric][0], 0.0)),
            )
            for metric, (mean,) in means.items()
        ),
        acquisition_value=float(acquisition_values[0]) if acquisition_values.size else None,
    )


def _derived_seed(seed: int, issued: int) -> int:
    """One seed a generation: the same one each time would repeat the optimizer's restarts."""
    digest = hashlib.blake2b(f"{seed}/{issued}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")
