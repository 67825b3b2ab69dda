"""What proposes points: Ax's Sobol sequence and Ax's model-based generator."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ax.adapter.registry import Generators
from ax.api.utils.generation_strategy_dispatch import choose_generation_strategy
from ax.api.utils.structs import GenerationStrategyDispatchStruct
from ax.core.generator_run import GeneratorRun
from ax.core.utils import extract_pending_observations

from experiments.domain import ExperimentSpec, GenerationMethod, ParameterValue, TrialRecord
from experiments.optimizer.build import attach_running, build_experiment

_SOBOL_BATCHES = (1, 16, 64, 256)


def sobol_points(spec: ExperimentSpec, position: int) -> Iterator[Mapping[str, Any]]:
    """Yield some hundred points (as Ax models them) of the experiment's one Sobol sequence.

    ``position`` is how many points of the sequence were issued before. Ax's own deduplication is
    off: it knows neither failed trials nor values that are rounded to a grid.
    """
    adapter = Generators.SOBOL(
        experiment=build_experiment(spec, []),
        seed=spec.seed,
        init_position=position,
        deduplicate=False,
    )
    for size in _SOBOL_BATCHES:
        for arm in adapter.gen(n=size).arms:
            yield arm.parameters


class FittedModel:
    """The model of Ax's generation method, fitted once to all results."""

    def __init__(self, spec: ExperimentSpec, trials: Sequence[TrialRecord]) -> None:
        self._experiment = build_experiment(spec, trials)
        strategy = choose_generation_strategy(
            GenerationStrategyDispatchStruct(
                method=_ax_method(spec), initialization_budget=0, initialize_with_center=False
            )
        )
        self._generator = strategy.current_node.generator_spec_to_gen_from
        self._generator.fit(experiment=self._experiment)

    def add_pending(self, parameters: Mapping[str, ParameterValue]) -> None:
        """Keep away from a point (as Ax models it) from now on; the model is not fitted again."""
        attach_running(self._experiment, parameters)

    def propose(self) -> GeneratorRun:
        """Return a run of one arm, with the model's predictions for it.

        Its parameters are as Ax models them, and may be those of an earlier trial.
        """
        return self._generator.gen(
            n=1, pending_observations=extract_pending_observations(self._experiment)
        )


def _ax_method(spec: ExperimentSpec) -> Literal["fast", "quality"]:
    return "quality" if spec.generation_method is GenerationMethod.QUALITY else "fast"
