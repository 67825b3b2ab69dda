"""Experiments that start as a copy of another one, with or without its trials."""

from collections.abc import Mapping
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import Count, OuterRef, QuerySet, Subquery

from experiments.documents import Document, to_document
from experiments.domain import ParameterKind, ParameterValue, TrialStatus, ValueType
from experiments.drafts import ExperimentDraft
from experiments.models import Experiment, Trial, TrialOrigin
from experiments.outside import Space
from experiments.services.errors import Refused
from experiments.services.mapping import TrialReader, Unusable
from experiments.services.sources import Brought, Rejected, register
from experiments.shell import TemplateProblem, read_template

KIND = "copy"
WITHOUT_TRIALS = "like"
FINISHED = tuple(status.value for status in TrialStatus if status is not TrialStatus.RUNNING)

_LARGEST_ID = 2**31 - 1
_LONGEST_NAME = 200
_GONE = "The experiment that this is a copy of is gone: its trials cannot come along."


def source_of(experiment: Experiment) -> str:
    """Return what a definition's form carries so that the trials come along."""
    return f"{KIND}:{experiment.pk}"


def definition_of(experiment: Experiment) -> str:
    """Return what the form carries of a copy without trials, so that the command comes along."""
    return f"{WITHOUT_TRIALS}:{experiment.pk}"


def candidates(by: AbstractBaseUser, search: str) -> QuerySet[Experiment]:
    """Return the experiments that a person may copy, each with its number of finished trials."""
    found = Experiment.objects.visible_to(by).matching(search).select_related("team", "touched_by")
    finished = Trial.objects.filter(experiment=OuterRef("pk"), status__in=FINISHED)
    count = finished.order_by().values("experiment").annotate(n=Count("pk")).values("n")
    return found.annotate(finished_count=Subquery(count)).order_by("-touched_at", "-pk")


def copied(experiment: Experiment) -> ExperimentDraft:
    """Return an experiment's definition for a new one: with a name and a seed of its own.

    A baseline is given by its values; a trial that comes along with them is it again.
    """
    draft = experiment.definition
    name = f"Copy of {draft.name}"[:_LONGEST_NAME]
    return replace(
        draft,
        name=name,
        seed=None,
        baseline_trial=None,
        baseline_values=baseline_values(experiment),
    )


def exported(experiment: Experiment) -> Document:
    """Return an experiment's definition as JSON for elsewhere: the baseline by its values."""
    values = baseline_values(experiment)
    return to_document(replace(experiment.definition, baseline_trial=None, baseline_values=values))


def baseline_values(experiment: Experiment) -> Mapping[str, ParameterValue] | None:
    """Return the values of the baseline, without what is computed from others."""
    if experiment.baseline is None:
        return None
    parameters = list(experiment.parameters.all())
    computed = {p.key for p in parameters if p.kind == ParameterKind.DERIVED}
    values = experiment.baseline.values_of(parameters)
    return {key: value for key, value in values.items() if key not in computed}


@register(WITHOUT_TRIALS)
def load_definition(reference: str, draft: ExperimentDraft, by: User) -> Brought:
    """Bring nothing but the command template of the experiment that was copied."""
    experiment = _original(reference, by)
    return Brought((), TrialOrigin.COPIED, command=_usable(experiment.command, draft))


@register(KIND)
def load(reference: str, draft: ExperimentDraft, by: User) -> Brought:
    """Bring the finished trials of the experiment that a definition was copied from."""
    return brought(_original(reference, by), draft)


def _original(reference: str, by: User) -> Experiment:
    is_id = reference.isascii() and reference.isdecimal() and len(reference) < 11
    if not is_id or int(reference) > _LARGEST_ID:
        raise Refused(_GONE)
    experiment = Experiment.objects.visible_to(by).filter(pk=int(reference)).first()
    if experiment is None:
        raise Refused(_GONE)
    return experiment


def brought(experiment: Experiment, draft: ExperimentDraft) -> Brought:
    """Return the finished trials of an experiment for a definition that came from it."""
    reader = TrialReader(list(experiment.parameters.all()), draft)
    finished = experiment.trials.filter(status__in=FINISHED).prefetch_related("observations")
    trials, rejected = [], []
    for trial in finished:
        try:
            trials.append(reader.read(trial))
        except Unusable as error:
            rejected.append(Rejected(trial.number, str(error)))
    space = Space(draft)
    return Brought(
        trials=trials,
        origin=TrialOrigin.COPIED,
        rejected=rejected,
        outside=sum(bool(space.reasons(trial.parameters)) for trial in trials),
        command=_usable(experiment.command, draft),
    )


def _usable(command: str, draft: ExperimentDraft) -> str:
    """Return the command template, or nothing where the definition lacks a name that it has."""
    try:
        is_text = {p.name: p.spec.value_type is ValueType.TEXT for p in draft.parameters}
        read_template(command, is_text)
    except TemplateProblem:
        return ""
    return command
