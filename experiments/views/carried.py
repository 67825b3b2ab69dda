"""Which trials somebody takes along, and in which form."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest

from experiments.asked import numbers
from experiments.assignments import assigned
from experiments.carrying import FOR_ONE, LABELS, Carried, CarryForm, Carrying
from experiments.domain import ParameterValue
from experiments.models import Experiment, Trial
from experiments.shell import TemplateProblem
from experiments.views.access import signed_in

COOKIE = "axdash_copy"
"""Says which form this browser copied last; a script sets it."""

RUNNING, MINE = "running", "mine"


@dataclass(frozen=True)
class Choice:
    """One form of a trial: its text, or the ``problem`` why there is none."""

    form: CarryForm
    text: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """What the form is called."""
        return LABELS[self.form]


def last_form(request: HttpRequest) -> CarryForm:
    """Return the form that this browser copied last; JSON at first."""
    known = {form.value: form for form in FOR_ONE}
    return known.get(request.COOKIES.get(COOKIE, ""), CarryForm.JSON)


def choice_of(carrying: Carrying, form: CarryForm, trial: Carried) -> Choice:
    """Write a trial in a form, or say why that cannot be done."""
    try:
        return Choice(form, text=carrying.one(form, trial))
    except TemplateProblem as problem:
        return Choice(form, problem=str(problem))


def carried(experiment: Experiment, number: int, values: Mapping[str, ParameterValue]) -> Carried:
    """Return a trial with its values, which are by key, by the parameters’ names."""
    named = {p.name: values[p.key] for p in experiment.parameters.all() if p.key in values}
    return Carried(number, named)


class Selection:
    """The trials that an address asks for with ``trials``.

    They are numbers (``3,7``), ``running`` (all that run; also where nothing is said), or ``mine``
    (those that run and that the person has).
    """

    def __init__(self, request: HttpRequest, experiment: Experiment) -> None:
        self.request = request
        self.experiment = experiment
        asked = [text for text in request.GET.getlist("trials") if text.strip()]
        self.word = asked[0] if asked and asked[0] in (RUNNING, MINE) else ""
        self.numbers = [] if self.word else numbers(asked)
        if not asked:
            self.word = RUNNING

    @property
    def is_one(self) -> bool:
        """Whether one single trial was asked for."""
        return len(self.numbers) == 1

    @property
    def query(self) -> str:
        """The part of an address that asks for the same trials."""
        return urlencode({"trials": self.word or ",".join(map(str, self.numbers))}, safe=",")

    @property
    def trials(self) -> QuerySet[Trial]:
        """The trials, by number."""
        if self.word == MINE:
            return self.mine
        if self.word == RUNNING:
            return self.running
        return self.experiment.trials.filter(number__in=self.numbers).order_by("number")

    @property
    def running(self) -> QuerySet[Trial]:
        """All that run."""
        return Trial.objects.filter(experiment=self.experiment).running()

    @property
    def mine(self) -> QuerySet[Trial]:
        """Those that run and that the person has."""
        return self.running.filter(taken_by=signed_in(self.request))

    @cached_property
    def carried(self) -> list[Carried]:
        """The trials with their values."""
        specs = [parameter.spec for parameter in self.experiment.parameters.all()]
        rows = self.trials.values_list("number", "parameters")
        return [
            carried(self.experiment, number, assigned(specs, stored)) for number, stored in rows
        ]

    @property
    def missing(self) -> list[int]:
        """The numbers that were asked for and are no trials, or deleted ones."""
        found = {trial.number for trial in self.carried}
        return [number for number in self.numbers if number not in found]

    @property
    def name(self) -> str:
        """What a file with the trials is called: ``trial-7``, ``trials-3-7-12``, ``running``."""
        if self.word:
            return {RUNNING: "running-trials", MINE: "my-trials"}[self.word]
        listed = "-".join(map(str, self.numbers[:8])) or "none"
        return f"trial-{listed}" if self.is_one else f"trials-{listed}"

    def written(self, form: CarryForm, most: int | None = None) -> str:
        """Write the trials, at most as many; raises ``TemplateProblem``."""
        carrying = self.experiment.carrying
        if self.is_one and self.carried and form in FOR_ONE:
            return carrying.one(form, self.carried[0])
        return carrying.many(form, self.carried[:most])
