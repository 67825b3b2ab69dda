"""Acts on the trials that were selected in the table: first a question, then one act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from experiments.forms import many
from experiments.models import Change, Experiment
from experiments.permissions import check_can_run
from experiments.services import many_trials, trial_details
from experiments.services.errors import Refused
from experiments.views.access import get_experiment
from experiments.views.answers import say
from experiments.views.comparing import MOST_TRIALS
from experiments.views.panels import ExperimentPanels
from experiments.views.people import names_of
from experiments.views.progress import followed
from experiments.views.rows import TrialRow
from experiments.views.selected import Selected, selected

_UNPROCESSABLE = 422


@dataclass(frozen=True)
class ManyAct:
    """An act on many trials: what it is called, what it asks, and what does it.

    ``do`` returns the change, and how many trials it was done to. Some acts are only for trials
    that run.
    """

    label: str
    ask: Callable[[Selected, Any], forms.Form]
    do: Callable[[Selected, Any], tuple[Change | None, int]]
    done: str
    is_for_running: bool = False
    warning: str = ""


def _fail(selected: Selected, form: forms.Form) -> tuple[Change | None, int]:
    outcome = many_trials.fail(
        selected.experiment, selected.numbers, by=selected.by, **form.cleaned_data
    )
    return outcome.change, len(outcome.done)


def _abandon(selected: Selected, form: forms.Form) -> tuple[Change | None, int]:
    outcome = many_trials.abandon(
        selected.experiment, selected.numbers, by=selected.by, **form.cleaned_data
    )
    return outcome.change, len(outcome.done)


def _delete(selected: Selected, form: forms.Form) -> tuple[Change | None, int]:
    outcome = many_trials.delete(
        selected.experiment, selected.numbers, by=selected.by, **form.cleaned_data
    )
    return outcome.change, len(outcome.done)


def _assign(selected: Selected, form: many.AssignForm) -> tuple[Change | None, int]:
    members = selected.experiment.team.members
    to = members.filter(pk=form.person).first() if form.person else None
    return _counted(trial_details.assign(selected.running, to=to, by=selected.by))


def _due(selected: Selected, form: forms.Form) -> tuple[Change | None, int]:
    due_on = form.cleaned_data["due_on"]
    return _counted(trial_details.set_due(selected.running, due_on=due_on, by=selected.by))


def _tag(selected: Selected, form: forms.Form) -> tuple[Change | None, int]:
    return _counted(trial_details.tag(selected.trials, by=selected.by, **form.cleaned_data))


def _counted(change: Change | None) -> tuple[Change | None, int]:
    return change, len(change.trial_numbers) if change else 0


def _members(selected: Selected, data: Any) -> many.AssignForm:
    members = names_of(selected.experiment.team.members.all())
    return many.AssignForm(data, members=members.items())


ACTS = {
    "fail": ManyAct(
        "Fail", lambda _, data: many.FailForm(data), _fail, "failed", is_for_running=True
    ),
    "abandon": ManyAct(
        "Abandon", lambda _, data: many.ReasonForm(data), _abandon, "abandoned",
        is_for_running=True, warning="Their parameters are never suggested again.",
    ),
    "assign": ManyAct(
        "Hand over", _members, _assign, "handed over", is_for_running=True,
    ),
    "due": ManyAct(
        "Set due date", lambda _, data: many.DueForm(data), _due, "given a due date",
        is_for_running=True,
    ),
    "tag": ManyAct("Tag", lambda _, data: many.TagForm(data), _tag, "tagged"),
    "delete": ManyAct(
        "Delete", lambda _, data: many.ReasonForm(data), _delete, "deleted",
        warning="Nothing shows or learns from deleted trials. The baseline and the team’s choice"
        " stay. It can be undone.",
    ),
}  # fmt: skip
"""What can be done to a selection after a question, by name."""


@dataclass(frozen=True)
class Look:
    """A page that shows the selected trials, whose numbers then stand in its address."""

    label: str
    page: str
    most: int
    too_many: str


LOOKS = {
    "compare": Look(
        "Compare", "experiments:compare", MOST_TRIALS, f"{MOST_TRIALS} can be compared at most."
    ),
    "carry": Look(
        "Copy or print", "experiments:carry", 1_000,
        "1,000 can be copied or printed at most: narrow the filters, or download them as CSV.",
    ),
}  # fmt: skip
"""Where a selection can be looked at, by name; those who may only view can, too."""

COMPLETE = "complete"
DONE = "done"
"""Where the table is, the page’s script forgets by this what was selected."""
BUTTONS = [(COMPLETE, "Enter results"), *((name, act.label) for name, act in ACTS.items())]


@require_POST
@followed
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what is needed for an act on the selected trials; with the answers, do it."""
    experiment = get_experiment(request.user, pk)
    name = request.POST.get("act", "")
    if name in LOOKS:
        return _look(selected(request, experiment), LOOKS[name])
    check_can_run(request.user, experiment.team)
    chosen = selected(request, experiment)
    if name != COMPLETE and name not in ACTS:
        return _back(request, experiment, "There is no such act.")
    if not chosen.trials:
        return _back(request, experiment, chosen.nothing)
    is_for_running = name == COMPLETE or ACTS[name].is_for_running
    if is_for_running and not chosen.running:
        return _back(request, experiment, "None of the selected trials is running any more.")
    if name == COMPLETE:
        return _complete(chosen)
    return _ask_or_do(chosen, name)


def _look(selected: Selected, look: Look) -> HttpResponse:
    request, experiment = selected.request, selected.experiment
    if not selected.trials:
        return _back(request, experiment, selected.nothing)
    if len(selected.trials) > look.most:
        text = f"{len(selected.trials):,} trials are selected. {look.too_many}"
        return _back(request, experiment, text)
    for remark in selected.remarks:
        messages.warning(request, remark)
    address = reverse(look.page, args=[experiment.pk])
    return redirect(f"{address}?trials={','.join(map(str, selected.numbers))}")


def _ask_or_do(selected: Selected, name: str) -> HttpResponse:
    request, chosen = selected.request, ACTS[name]
    form = chosen.ask(selected, request.POST if "do" in request.POST else None)
    if "do" not in request.POST or not form.is_valid():
        return _question(selected, name, {"form": form, "chosen": chosen})
    try:
        change, count = chosen.do(selected, form)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _question(selected, name, {"form": form, "chosen": chosen})
    return _done(selected, change, count, chosen.done)


def _complete(selected: Selected) -> HttpResponse:
    request = selected.request
    shown = selected.running[: many.MOST_AT_ONCE]
    panels = ExperimentPanels(selected.experiment, request)
    grid = many.ResultGrid(
        request.POST if "do" in request.POST else None,
        metrics=panels.metrics, trials=shown, noise=selected.experiment.noise,
    )  # fmt: skip
    rows = [(TrialRow(panels, form.trial), form) for form in grid.forms]
    context = {"grid": grid, "rows": rows, "panels": panels, "most": many.MOST_AT_ONCE,
               "is_cut": len(selected.running) > len(shown)}  # fmt: skip
    if "do" not in request.POST or not grid.is_valid():
        return _question(selected, COMPLETE, context)
    try:
        outcome = many_trials.complete(selected.experiment, grid.results, by=selected.by)
    except Refused as refusal:
        grid.problem = str(refusal)
        return _question(selected, COMPLETE, context)
    return _done(selected, outcome.change, len(outcome.done), "completed")


def _question(selected: Selected, name: str, context: dict[str, Any]) -> HttpResponse:
    page = "complete" if name == COMPLETE else "act"
    context |= {
        "experiment": selected.experiment,
        "selected": selected,
        "act": name,
        "left": len(selected.trials) - len(selected.running),
        "address": _address(selected.request, selected.experiment),
    }
    status = _UNPROCESSABLE if "do" in selected.request.POST else 200
    return render(selected.request, f"experiments/trials_{page}.html", context, status=status)


def _done(selected: Selected, change: Change | None, count: int, done: str) -> HttpResponse:
    left = len(selected.trials) - count
    text = f"{count:,} trial{'' if count == 1 else 's'} {done}."
    if left:
        text += f" {left:,} stayed as before."
    say(selected.request, text, change)
    return redirect(f"{_address(selected.request, selected.experiment)}#{DONE}")


def _back(request: HttpRequest, experiment: Experiment, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect(_address(request, experiment))


def _address(request: HttpRequest, experiment: Experiment) -> str:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    address = reverse("experiments:trials", args=[experiment.pk])
    return f"{address}?{query}" if query else address
