"""The trials that somebody selected in the table, and what has become of them since."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict

from experiments.asked import numbers
from experiments.domain import TrialStatus
from experiments.models import Experiment, Trial
from experiments.views.access import signed_in
from experiments.views.panels import ExperimentPanels
from experiments.views.trial_table import TrialTable

_NO_FILTERS = {"sort", "col", "page"}
_LISTED = 20
"""How many numbers a sentence names."""


@dataclass
class Selected:
    """The trials that were selected, and for whom.

    ``gone`` are the numbers of those that are not there any more, ``strayed`` those of trials that
    the filters of the table leave out.
    """

    request: HttpRequest
    experiment: Experiment
    trials: list[Trial]
    gone: Sequence[int] = ()
    strayed: Sequence[int] = ()

    @property
    def by(self) -> User:
        """Who acts."""
        return signed_in(self.request)

    @cached_property
    def numbers(self) -> list[int]:
        """The trials’ numbers."""
        return [trial.number for trial in self.trials]

    @property
    def running(self) -> list[Trial]:
        """Those that still run."""
        return [trial for trial in self.trials if trial.status == TrialStatus.RUNNING]

    @property
    def nothing(self) -> str:
        """Why there is nothing to act on."""
        if self.gone:
            return "None of the selected trials is there any more: they were deleted."
        return "Select at least one trial first."

    @property
    def remarks(self) -> list[str]:
        """What whoever selected them may not have in mind, in sentences."""
        said = []
        if self.gone:
            verb = "is" if len(self.gone) == 1 else "are"
            said.append(f"{_named(self.gone)} {verb} not there any more, and left out.")
        if self.strayed:
            verb = "is" if len(self.strayed) == 1 else "are"
            said.append(
                f"{_named(self.strayed)} {verb} selected although the filters leave"
                f" {'it' if verb == 'is' else 'them'} out."
            )
        return said


def selected(request: HttpRequest, experiment: Experiment) -> Selected:
    """Return the trials that were ticked, or all that pass the filters of the table.

    A trial that was ticked stays selected even if the filters leave it out by now.
    """
    query = request.POST.get("query", "")
    if request.POST.get("all"):
        wanted = _matching(request, experiment, query)
    else:
        wanted = numbers(request.POST.getlist("trials"))
    found = list(experiment.trials.filter(number__in=wanted).order_by("number"))
    there = {trial.number for trial in found}
    gone = sorted(set(wanted) - there)
    if request.POST.get("all") or not set(QueryDict(query)) - _NO_FILTERS:
        return Selected(request, experiment, found, gone)
    strayed = sorted(there - set(_matching(request, experiment, query)))
    return Selected(request, experiment, found, gone, strayed)


def _matching(request: HttpRequest, experiment: Experiment, query: str) -> list[int]:
    """The numbers of all trials that pass the filters of a table’s address."""
    request.GET = QueryDict(query)
    return TrialTable(ExperimentPanels(experiment, request), request).numbers


def _named(numbers: Sequence[int]) -> str:
    if len(numbers) > _LISTED:
        return f"{len(numbers):,} trials"
    return f"Trial{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
