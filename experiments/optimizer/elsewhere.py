"""What a model learns from other experiments, by Ax's transfer learning.

Each experiment is a task of its own in one model, which learns how alike the tasks are: results
elsewhere may lie higher or lower, or have little to do with those here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ax.adapter.transfer_learning.adapter import transfer_learning_generator_specs_constructor
from ax.core.auxiliary import AuxiliaryExperimentPurpose
from ax.core.auxiliary_source import AuxiliarySource
from ax.core.experiment import Experiment
from ax.generation_strategy.generator_spec import GeneratorSpec
from ax.generators.torch.botorch_modular.utils import fit_botorch_model
from botorch.fit import fit_gpytorch_mll
from botorch.models import MultiTaskGP
from gpytorch.mlls import MarginalLogLikelihood

from experiments.domain import WITH_RESULTS, ExperimentSpec, ObservationRecord, TrialRecord
from experiments.learning import MOST_ELSEWHERE, MOST_TOGETHER, too_many, why_not_elsewhere
from experiments.noise import consistent_sems
from experiments.optimizer.build import Rows, assemble, learnt, read
from experiments.optimizer.goals import Goals
from experiments.optimizer.modelling import ModelSpace
from experiments.optimizer.space import Space

MOST_STEPS = 200
"""How long the search for the best fit may go on; more hardly improve it, and may take minutes."""

Elsewhere = Mapping[int, Sequence[TrialRecord]]
"""The trials of each other experiment by its id, with the keys of this one."""


def rows_elsewhere(
    spec: ExperimentSpec,
    space: Space,
    elsewhere: Elsewhere,
    own: Sequence[TrialRecord],
) -> dict[int, Rows]:
    """Read the trials of other experiments, at most ``MOST_ELSEWHERE`` of them in all.

    With the results of ``own`` trials there are ``MOST_TOGETHER`` at most. Each experiment has the
    same share; what one does not need, the others get. Those without any trial to learn from are
    left out, and all of them where there is not one for each, or ``why_not_elsewhere``. Raises
    ``ValueError`` as ``build.read`` does.
    """
    if why_not_elsewhere(spec.generation_method, spec.parameters):
        return {}
    found = {}
    for key, trials in elsewhere.items():
        ended = [trial for trial in trials if trial.status in WITH_RESULTS]
        rows = read(spec, space, [trial for trial in ended if trial.observations])
        if learnt(rows):
            found[key] = rows
    results = sum(trial.status in WITH_RESULTS for trial in own)
    room = min(MOST_ELSEWHERE, MOST_TOGETHER - results)
    if room < len(found):
        return {}
    for place, key in enumerate(sorted(found, key=lambda key: len(learnt(found[key])))):
        found[key] = _at_most(spec, found[key], room // (len(found) - place))
        room -= len(learnt(found[key]))
    return found


def _at_most(spec: ExperimentSpec, rows: Rows, most: int) -> Rows:
    known = [trial for trial in rows.trials if trial.number not in rows.left_out]
    return replace(rows, left_out=rows.left_out | too_many(spec, known, most))


def attach(
    experiment: Experiment,
    spec: ExperimentSpec,
    others: Sequence[Rows],
    space: ModelSpace,
    aims: Goals,
) -> None:
    """Let an Ax experiment know of others, in the same space and with the same metrics."""
    sources = []
    for place, rows in enumerate(others):
        source = assemble(spec, rows, space, aims)
        source.name = f"elsewhere{place}"
        sources.append(AuxiliarySource(experiment=source))
    purpose = AuxiliaryExperimentPurpose.TRANSFERABLE_EXPERIMENT
    experiment.auxiliary_experiments_by_purpose = {purpose: sources}


class BriefMultiTaskGP(MultiTaskGP):
    """BoTorch's model of several tasks, which is fitted in a bounded number of steps.

    With several tasks the likelihood may hardly have a maximum, as where results are without noise
    or differ by constants: the search for it then goes on for thousands of steps.
    """


@fit_botorch_model.register(BriefMultiTaskGP)
def _fit(
    model: BriefMultiTaskGP,
    mll_class: type[MarginalLogLikelihood],
    mll_options: dict[str, Any] | None = None,
) -> None:
    """Fit as Ax does, but for the number of steps."""
    mll = mll_class(likelihood=model.likelihood, model=model, **(mll_options or {}))
    fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"maxiter": MOST_STEPS}})


def generator() -> GeneratorSpec:
    """Return Ax's generator for transfer learning, without its choice among models."""
    specs, _ = transfer_learning_generator_specs_constructor(
        BriefMultiTaskGP, use_model_selection=False
    )
    return specs[0]


def alike(spec: ExperimentSpec, rows: Sequence[Rows]) -> list[Rows]:
    """Give all results of each metric standard errors, or none: one model learns from all."""
    sems: dict[str, list[float | None]] = {}
    for each in rows:
        for trial in each.trials:
            if trial.status in WITH_RESULTS and trial.number not in each.left_out:
                for observation in trial.observations:
                    sems.setdefault(observation.metric, []).append(observation.sem)
    columns = {metric: iter(consistent_sems(sem, spec.noise)[0]) for metric, sem in sems.items()}
    made = []
    for each in rows:
        trials = [
            replace(trial, observations=_with(trial.observations, columns))
            if trial.status in WITH_RESULTS and trial.number not in each.left_out
            else trial
            for trial in each.trials
        ]
        made.append(replace(each, trials=trials))
    return made


def _with(
    observations: Sequence[ObservationRecord], columns: Mapping[str, Iterator[float | None]]
) -> tuple[ObservationRecord, ...]:
    return tuple(replace(each, sem=next(columns[each.metric])) for each in observations)
