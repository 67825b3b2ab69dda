"""Trials of other experiments beside a definition: which of them fit it, and how they look then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from experiments.alikeness import Measured
from experiments.domain import WITH_RESULTS, Parameterization, Result
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.models import Experiment, Trial
from experiments.outside import Space
from experiments.overlap import Overlap, overlap
from experiments.services.mapping import TrialReader, Unusable


@dataclass(frozen=True, slots=True)
class Offered:
    """A trial with results, as it would come along, or why it cannot.

    ``results`` are all of its results, with the names that metrics have there. ``outside`` says why
    it lies outside the search space, "" if it lies inside; ``is_left_out_by_hand`` that somebody
    ticked it, ``is_left_out`` that it is left out for any such reason.
    """

    trial: Trial
    draft: TrialDraft | None
    results: Sequence[tuple[str, Result]] = ()
    why_not: str = ""
    outside: str = ""
    is_left_out: bool = False
    is_left_out_by_hand: bool = False

    @property
    def comes(self) -> bool:
        """Whether it comes along."""
        return self.draft is not None and not self.is_left_out


@dataclass(frozen=True)
class Source:
    """An earlier experiment beside a definition: how both overlap, and what it offers."""

    experiment: Experiment
    overlap: Overlap
    offered: Sequence[Offered] = field(default_factory=tuple)

    @cached_property
    def coming(self) -> list[Offered]:
        """The trials that come along."""
        return [each for each in self.offered if each.comes]

    @cached_property
    def measured(self) -> Mapping[str, Measured]:
        """The values and results of the trials that come along, by metric key."""
        found: dict[str, list[tuple[Parameterization, float]]] = {}
        for each in self.coming:
            if each.draft is not None:
                for key, result in each.draft.results.items():
                    found.setdefault(key, []).append((each.draft.parameters, result.mean))
        return found

    @property
    def inside_count(self) -> int:
        """How many trials fit, and lie inside the search space."""
        return sum(each.draft is not None and not each.outside for each in self.offered)

    @property
    def outside_count(self) -> int:
        """How many trials fit, and lie outside the search space."""
        return sum(bool(each.outside) for each in self.offered)

    @property
    def unfit(self) -> list[Offered]:
        """The trials that cannot come along."""
        return [each for each in self.offered if each.draft is None]


class Beside:
    """Looks at one experiment after another, beside one definition.

    A trial whose values and results are those of an earlier one (as where one experiment was
    started with the trials of the other) does not count twice. ``known`` are the ids of trials that
    the definition's own experiment has copies of.
    """

    def __init__(self, draft: ExperimentDraft, known: Collection[int] = ()) -> None:
        self._draft = draft
        self._space = Space(draft)
        self._known = known
        self._seen: dict[object, Trial] = {}

    def look(
        self, experiment: Experiment, *, without: Collection[int], only_inside: bool
    ) -> Source:
        """Read an experiment, whose definition should be prefetched.

        ``without`` are the numbers of trials that are left out; ``only_inside`` leaves out all that
        lie outside the search space.
        """
        beside = overlap(self._draft, experiment.definition)
        reader = TrialReader(
            list(experiment.parameters.all()),
            self._draft,
            parameters=beside.parameter_keys,
            metrics=beside.metric_keys,
        )
        names = {metric.pk: metric.name for metric in experiment.metrics.all()}
        finished = experiment.trials.filter(status__in=WITH_RESULTS).order_by("number")
        offered = []
        for trial in finished.prefetch_related("observations"):
            each = _offered(reader, trial, self._space)
            by_hand = trial.number in without
            each = replace(
                each,
                results=_results(trial, names),
                is_left_out=by_hand or (only_inside and bool(each.outside)),
                is_left_out_by_hand=by_hand,
            )
            offered.append(self._once(each))
        return Source(experiment, beside, offered)

    def _once(self, each: Offered) -> Offered:
        """Let a trial stay behind that another experiment had brought."""
        if not each.comes or each.draft is None:
            return each
        if each.trial.pk in self._known:
            return replace(each, draft=None, why_not="It has been copied already.")
        other = self._seen.setdefault(_identity(each.draft), each.trial)
        if other.experiment_id == each.trial.experiment_id:
            return each
        words = f"trial {other.number} of “{other.experiment.name}”"
        return replace(each, draft=None, why_not=f"It is the same as {words}.")


def _offered(reader: TrialReader, trial: Trial, space: Space) -> Offered:
    try:
        draft = reader.read(trial)
    except Unusable as error:
        return Offered(trial, None, why_not=str(error))
    return Offered(trial, draft, outside=" ".join(space.reasons(draft.parameters)))


def _results(trial: Trial, names: Mapping[int, str]) -> list[tuple[str, Result]]:
    return [
        (names[each.metric_id], Result(each.mean, each.sem))
        for each in trial.observations.all()
        if each.step is None
    ]


def _identity(draft: TrialDraft) -> object:
    """What two trials have in common that are the same: all values and all results."""
    return _frozen(draft.parameters), _frozen(draft.results)


def _frozen(values: Mapping[str, object]) -> frozenset[tuple[str, str]]:
    return frozenset((key, repr(value)) for key, value in values.items())
