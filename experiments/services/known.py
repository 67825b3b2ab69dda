"""Experiments that start from what is known: trials of several earlier ones come along.

They become trials of the new experiment, by the names of parameters and metrics, and keep a link to
where they come from; or its model learns from them where they are (``auxiliary.py``). The earlier
experiments stay as they are.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User

from experiments.drafts import ExperimentDraft
from experiments.known import NOTHING, Choice, parse
from experiments.models import Experiment, TrialOrigin
from experiments.services.beside import Beside, Source
from experiments.services.errors import Refused
from experiments.services.sources import Brought, Rejected, register

KIND = "known"

_GONE = (
    "One of the experiments that you take along is gone, or not yours to see: look again at which "
    "ones come along."
)


def source_of(choice: Choice) -> str:
    """Return what a definition's form carries so that the trials come along."""
    return f"{KIND}:{choice.as_text()}" if choice.taken else ""


def chosen(source: str) -> Choice:
    """Return the choice that a form's source stands for; an empty one for other sources."""
    kind, _, reference = source.partition(":")
    if kind not in (KIND, "copy"):
        return NOTHING
    try:
        return parse(reference)
    except ValueError:
        return NOTHING


def look(choice: Choice, draft: ExperimentDraft, by: User) -> list[Source]:
    """Return the experiments of a choice as far as ``by`` may see them, beside a definition."""
    visible = Experiment.objects.visible_to(by).select_related("team")
    visible = visible.prefetch_related("parameters", "metrics", "constraints")
    found = {experiment.pk: experiment for experiment in visible.filter(pk__in=choice.ids)}
    beside = Beside(draft)
    return [
        beside.look(found[taken.experiment], without=taken.without, only_inside=choice.only_inside)
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
    if choice.learns:
        return Brought((), TrialOrigin.COPIED, learns_from=choice)
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
