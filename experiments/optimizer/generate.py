"""What to try next: the center first, then Sobol points, then what a model finds promising.

The phase is decided from the rows alone, so that an experiment built afresh goes on as a living one
would; Ax's own rules for it lose their place when an experiment is rebuilt.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec

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
    Suggestion,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.learning import EXPLORING_BESIDE_OTHERS, needed_results
from experiments.optimizer.bandit import BanditGeneration
from experiments.optimizer.build import learnt, read
from experiments.optimizer.elsewhere import Elsewhere, rows_elsewhere
from experiments.optimizer.errors import (
    InfeasibleSpace,
    MethodUnavailable,
    SearchSpaceExhausted,
)
from experiments.optimizer.exploration import center, sequence
from experiments.optimizer.generators import FittedModel
from experiments.optimizer.goals import goals
from experiments.optimizer.seeds import derived_seed
from experiments.optimizer.space import Space
from experiments.outlooks import Prospects

_MODEL_ATTEMPTS = 2
"""How often the model may propose what has been tried before Sobol steps in.

Ax tries five times; from the third on, nothing new came in 20 of 21 cases, at up to 0.8 s each.
"""


def suggest(
    spec: ExperimentSpec,
    trials: Sequence[TrialRecord],
    *,
    pending: Sequence[Parameterization] = (),
    elsewhere: Elsewhere | None = None,
    count: int,
) -> Iterator[Suggestion]:
    """Yield ``count`` suggestions, each as soon as it is ready; a model is fitted once for all.

    ``pending`` are suggestions that nobody has taken yet: like running trials, and like those
    already yielded, they are known to the model and not suggested again. ``elsewhere`` are trials
    of other experiments, by their ids and with the keys of this one: unless ``why_not_elsewhere``,
    the model learns how alike they are, and fewer trials explore. Equal arguments give equal
    suggestions; only the bandit method repeats what has results. Raises
    ``MethodUnavailable``, ``UnfitForBandit`` and ``ValueError`` (a spec, trial or pending
    suggestion that makes no sense) at once or with the first suggestion, ``InfeasibleSpace`` when
    nothing satisfies the constraints, and ``SearchSpaceExhausted`` when no untried combination is
    left (with the bandit method: none that may be tried; ``NoFeasibleCombination``: none that
    seems to keep the outcome constraints).
    """
    if spec.generation_method is GenerationMethod.QUALITY and not _can_sample_posteriors():
        raise MethodUnavailable
    if spec.generation_method is GenerationMethod.BANDIT:
        bandit = BanditGeneration(spec, trials, pending)
        return (bandit.next() for _ in range(count))
    generation = _Generation(spec, trials, pending, elsewhere or {})
    return (generation.next() for _ in range(count))


def sample(spec: ExperimentSpec, count: int) -> list[dict[str, ParameterValue]]:
    """Return the first points (``count``, or as many as there are) that are tried in a space.

    They are the optimizer's own: the center, then its Sobol sequence. Metrics do not matter.
    Raises ``InfeasibleSpace``, and ``ValueError`` for a space that makes no sense.
    """
    metric = MetricSpec(key="m1", direction=Direction.MINIMIZE)
    exploring = replace(spec, metrics=(metric,), generation_method=GenerationMethod.RANDOM_SEARCH)
    points = []
    try:
        for suggestion in suggest(exploring, [], count=count):
            points.append(dict(suggestion.parameters))
    except SearchSpaceExhausted:
        pass
    return points


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
        elsewhere: Elsewhere,
    ) -> None:
        self._space = Space(spec)
        self._others = rows_elsewhere(spec, self._space, elsewhere, trials)
        if self._others:
            budget = min(spec.initialization_budget, EXPLORING_BESIDE_OTHERS)
            spec = replace(spec, initialization_budget=budget)
        self._spec = spec
        self._rows = read(spec, self._space, trials)
        self._goals = goals(spec, trials, self._rows.left_out)
        values = zip((trial.number for trial in trials), self._rows.parameters, strict=True)
        self._prospects = Prospects(spec, trials, dict(values), self._rows.left_out)
        self._center = center(self._space)
        self._pending: list[Parameterization] = []
        self._issued = 0
        self._exploring = 0
        self._seen: set[Hashable] = set()
        self._taken: set[Hashable] = set()
        self._model: FittedModel | None = None
        for trial, parameters in zip(trials, self._rows.parameters, strict=True):
            self._note(parameters, trial.status)
        for suggested in pending:
            self._add_pending(self._space.coerced(suggested))

    def next(self) -> Suggestion:
        """Make one suggestion and remember it as pending."""
        if len(self._taken) == self._space.size:
            raise SearchSpaceExhausted if self._taken else InfeasibleSpace
        if not self._issued and self._center is not None:
            suggestion = Suggestion(parameters=self._center, node=GenerationNode.CENTER)
        elif self._is_exploring():
            suggestion = self._sobol(GenerationNode.SOBOL)
        else:
            suggestion = self._from_model() or self._sobol(GenerationNode.FALLBACK_SOBOL)
        self._add_pending(suggestion.parameters)
        return self._explained(suggestion)

    def _explained(self, suggestion: Suggestion) -> Suggestion:
        """Say what the model, if one was asked, expects, and what there is to compare with."""
        model = None if self._model is None else self._model.expected
        expected, outlook = self._prospects.of(suggestion.parameters, model)
        if model is not None:
            others = tuple((key, len(learnt(rows))) for key, rows in self._others.items())
            outlook = replace(outlook, elsewhere=others)
        return replace(suggestion, predictions=expected, outlook=outlook)

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
        if self._space.missing(parameters):
            return
        self._pending.append(parameters)
        if self._model is not None:
            self._model.add_pending(parameters)

    def _is_exploring(self) -> bool:
        return (
            self._spec.generation_method is GenerationMethod.RANDOM_SEARCH
            or self._exploring < self._spec.initialization_budget
            or self._goals.observed < needed_results(self._spec.initialization_budget)
        )

    @property
    def _avoided(self) -> set[Hashable]:
        """What is not suggested now: failed points come again when nothing else is left."""
        return self._taken if len(self._seen) == self._space.size else self._seen

    def _sobol(self, node: GenerationNode) -> Suggestion:
        """Go on in the sequence, to a point that nobody has seen.

        The center is no part of the sequence.
        """
        avoided = self._avoided
        center_issued = (
            self._center is not None and self._space.signature(self._center) in self._seen
        )
        position = self._issued - center_issued
        is_possible = False
        for parameters in sequence(self._space, self._spec.seed, position):
            is_possible = True
            if self._space.signature(parameters) not in avoided:
                return Suggestion(parameters=parameters, node=node)
        if not is_possible and self._space.size is None:
            raise InfeasibleSpace
        untried = self._space.untried(derived_seed(self._spec.seed, self._issued), avoided)
        return Suggestion(parameters=untried, node=node)

    def _from_model(self) -> Suggestion | None:
        """Let the model propose something new; ``None`` when it insists on what was tried."""
        with with_rng_seed(derived_seed(self._spec.seed, self._issued)):
            if self._model is None:
                self._model = FittedModel(
                    self._spec, self._space, self._rows, self._goals, [*self._others.values()]
                )
                for parameters in self._pending:
                    self._model.add_pending(parameters)
            for attempt in range(_MODEL_ATTEMPTS):
                for proposal in self._model.propose(self._avoided, is_retry=attempt > 0):
                    if self._space.signature(proposal.parameters) not in self._taken:
                        return Suggestion(
                            parameters=proposal.parameters,
                            node=GenerationNode.BOTORCH,
                            acquisition_value=proposal.acquisition_value,
                        )
        return None
