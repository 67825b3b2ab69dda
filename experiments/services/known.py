"""Experiments that start from what is known: trials of several earlier ones come along.

They become trials of the new experiment, by the names of parameters and metrics, and keep a link to
where they come from. The earlier experiments stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.auth.models import User

from experiments.domain import WITH_RESULTS, Result
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.known import Choice, Taken, parse
from experiments.models import Experiment, Trial, TrialOrigin
from experiments.outside import Space
from experiments.overlap import Overlap, overlap
from experiments.services.errors import Refused
from experiments.services.mapping import TrialReader, Unusable
from experiments.services.sources import Brought, Rejected, register

KIND = "known"

_GONE = (
    "One of the experiments that you take along is gone, or not yours to see: look again at which "
    "ones come along."
)


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


def source_of(choice: Choice) -> str:
    """Return what a definition's form carries so that the trials come along."""
    return f"{KIND}:{choice.as_text()}" if choice.taken else ""


def chosen(source: str) -> Choice:
    """Return the choice that a form's source stands for; an empty one for other sources."""
    kind, _, reference = source.partition(":")
    if kind not in (KIND, "copy"):
        return Choice()
    try:
        return parse(reference)
    except ValueError:
        return Choice()


def look(choice: Choice, draft: ExperimentDraft, by: User) -> list[Source]:
    """Return the experiments of a choice as far as ``by`` may see them, beside a definition.

    A trial whose values and results are those of an earlier one in the list (as where one
    experiment was started with the trials of the other) does not count twice.
    """
    visible = Experiment.objects.visible_to(by).select_related("team")
    visible = visible.prefetch_related("parameters", "metrics", "constraints")
    found = {experiment.pk: experiment for experiment in visible.filter(pk__in=choice.ids)}
    space = Space(draft)
    seen: dict[object, Trial] = {}
    return [
        _look(found[taken.experiment], taken, draft, space, choice.only_inside, seen)
        for taken in choice.taken
        if taken.experiment in found
    ]


@register(KIND)
def load(reference: str, draft: ExperimentDraft, by: User) -> Brought:
    """Bring the trials of all experiments that were chosen."""
    try:
        choice = parse(reference)
    except ValueError as error:
        raise Refused(_GONE) from error
    sources = look(choice, draft, by)
    if len(sources) < len(choice.taken):
        raise Refused(_GONE)
    return brought(sources)


def brought(sources: Sequence[Source]) -> Brought:
    """Return what comes along, and what does not though nobody left it out."""
    coming = [each for source in sources for each in source.coming]
    return Brought(
        trials=[each.draft for each in coming if each.draft is not None],
        origin=TrialOrigin.COPIED,
        rejected=[
            Rejected(each.trial.number, each.why_not, of=source.experiment.name)
            for source in sources
            for each in source.unfit
            if not each.is_left_out
        ],
        outside=sum(bool(each.outside) for each in coming),
    )


def _look(
    experiment: Experiment,
    taken: Taken,
    draft: ExperimentDraft,
    space: Space,
    only_inside: bool,
    seen: dict[object, Trial],
) -> Source:
    """Read one experiment; ``seen`` are the trials before these, by what they are."""
    beside = overlap(draft, experiment.definition)
    reader = TrialReader(
        list(experiment.parameters.all()),
        draft,
        parameters=beside.parameter_keys,
        metrics=beside.metric_keys,
    )
    names = {metric.pk: metric.name for metric in experiment.metrics.all()}
    finished = experiment.trials.filter(status__in=WITH_RESULTS).order_by("number")
    offered = []
    for trial in finished.prefetch_related("observations"):
        each = _offered(reader, trial, space)
        outside = only_inside and bool(each.outside)
        by_hand = trial.number in taken.without
        each = replace(
            each,
            results=_results(trial, names),
            is_left_out=by_hand or outside,
            is_left_out_by_hand=by_hand,
        )
        if each.comes and each.draft is not None:
            same = _identity(each.draft)
            other = seen.setdefault(same, trial)
            if other.experiment_id != experiment.pk:
                words = f"trial {other.number} of “{other.experiment.name}”"
                each = replace(each, draft=None, why_not=f"It is the same as {words}.")
        offered.append(each)
    return Source(experiment, beside, offered)


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
