"""The page on which a team decides: the best, whether it is enough, its choice, its conclusion."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from experiments.cards import CardPage
from experiments.formatting import format_number
from experiments.forms.deciding import ChoiceForm, ConclusionForm, CostForm
from experiments.models import Change, Conclusion, Experiment
from experiments.permissions import check_can_decide, why_not_decide
from experiments.services import conclusions, decisions, jobs
from experiments.services.errors import Refused
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import say
from experiments.views.insights import CardPanels, CardView
from experiments.views.outcome import outcome
from experiments.views.panels import ExperimentPanels
from experiments.worth import Offer, offers

ENOUGH = "enough"
"""The name of the card that says what more trials would bring."""

_UNPROCESSABLE = 422
_ATTEMPTS = 3
"""How often a conclusion is written down again when somebody changes something meanwhile."""


class DecidePanels(ExperimentPanels):
    """The page's content for one person."""

    @cached_property
    def cards(self) -> CardPanels:
        """The cards of the decision."""
        return CardPanels(self.experiment, CardPage.DECIDE)

    @property
    def best_cards(self) -> list[CardView]:
        """What the best is, or the compromises."""
        return [view for view in self.cards.cards if view.card.name != ENOUGH]

    @property
    def enough_cards(self) -> list[CardView]:
        """Whether it is enough."""
        return [view for view in self.cards.cards if view.card.name == ENOUGH]

    @property
    def has_best(self) -> bool:
        """Whether a card says what the best is, so that the page need not."""
        return any(view.card.is_ready for view in self.best_cards)

    @cached_property
    def why_not(self) -> str:
        """Why the person may not decide; "" if they may."""
        return why_not_decide(self.request.user, self.experiment.team)

    @cached_property
    def candidates(self) -> list[tuple[int, str]]:
        """The trials that come to mind first, by number, and why."""
        found: dict[int, list[str]] = {}
        numbers = {trial.pk: trial.number for trial in self.trials}
        if self.ranking.best is not None:
            found.setdefault(numbers[self.ranking.best], []).append("best by observation")
        for pk in self.ranking.front:
            found.setdefault(numbers[pk], []).append("Pareto point")
        for view in self.cards.cards:
            facts = view.card.body.get("facts", {})
            model = facts.get("model")
            for number in model if isinstance(model, list) else [model]:
                if number is not None:
                    found.setdefault(number, []).append("best by the model")
        return [(number, ", ".join(why)) for number, why in found.items()]

    @property
    def offers(self) -> list[Offer]:
        """What more trials cost and bring; empty unless somebody said what a trial costs."""
        cost = self.experiment.trial_cost
        if cost is None or not self.enough_cards:
            return []
        facts = self.enough_cards[0].card.body.get("facts", {})
        return offers(facts, cost, self.experiment.trial_cost_unit)

    @cached_property
    def conclusions(self) -> list[Conclusion]:
        """What was concluded, the newest first."""
        found = self.experiment.conclusions.select_related("concluded_by", "withdrawn_by")
        return list(found.defer("document"))

    @cached_property
    def choice_form(self) -> ChoiceForm:
        """The form of the team's choice: filled with what it is, or with the best."""
        best = self.candidates[0][0] if self.candidates else ""
        chosen = self.choice
        initial = {
            "trial": chosen.trial.number if chosen else best,
            "reason": chosen.reason if chosen else "",
            "seen": chosen.revision if chosen else 0,
        }
        return ChoiceForm(experiment=self.experiment, initial=initial)

    @cached_property
    def cost_form(self) -> CostForm:
        """The form of what a trial costs."""
        cost = self.experiment.trial_cost
        typed = "" if cost is None else format_number(cost, 12)
        return CostForm(initial={"cost": typed, "unit": self.experiment.trial_cost_unit})

    @cached_property
    def conclusion_form(self) -> ConclusionForm:
        """The form of a conclusion."""
        return ConclusionForm(initial={"seen": self.experiment.cards_revision})


@require_safe
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what there is to decide on."""
    experiment = get_experiment(request.user, pk)
    if not experiment.is_analysed:
        jobs.queue_analyse(experiment.pk)  # It may be older than this version of AxDash.
    return _page(request, experiment)


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the parts of the page that change, for an open page to take in."""
    return _live(request, pk)


def _live(request: HttpRequest, pk: int, notice: dict[str, Any] | None = None) -> HttpResponse:
    """Render the parts that change; after an act, its notice and the forms too."""
    experiment = get_experiment(request.user, pk)
    context = _context(request, experiment) | {"notice": notice}
    response = render(request, "experiments/_decide_live.html", context)
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a trial the team's choice."""
    experiment = _get(request, pk)
    form = ChoiceForm(request.POST, experiment=experiment)
    if not form.is_valid():
        return _again(request, experiment, "choice", form)
    trial = form.cleaned_data["trial"]
    try:
        change = decisions.choose(
            trial, reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"],
            by=signed_in(request),
        )  # fmt: skip
    except Refused as refusal:
        now = decisions.current_choice(experiment)
        data = request.POST.copy()
        data["seen"] = str(now.revision if now else 0)  # Sent again, it is what they want.
        again = ChoiceForm(data, experiment=experiment)
        again.add_error(None, str(refusal))
        return _again(request, get_experiment(request.user, pk), "choice", again)
    return done(request, experiment, change, f"Trial {trial.number} is the team’s choice.")


@require_POST
def withdraw_choice(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the team's choice away."""
    experiment = _get(request, pk)
    seen = request.POST.get("seen", "")
    try:
        change = decisions.withdraw_choice(
            experiment, seen=int(seen) if seen.isdecimal() else 0, by=signed_in(request)
        )
    except Refused as refusal:
        return refused(request, experiment, str(refusal))
    return done(request, experiment, change, "The team has no choice now.")


@require_POST
def cost(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what one more trial costs."""
    experiment = _get(request, pk)
    form = CostForm(request.POST)
    if not form.is_valid():
        return _again(request, experiment, "cost", form)
    price, unit = form.cleaned_data["cost"], form.cleaned_data["unit"]
    change = decisions.set_trial_cost(experiment, cost=price, unit=unit, by=signed_in(request))
    said = f"One more trial costs {format_number(price)} {unit}".rstrip() if price else ""
    return done(request, experiment, change, f"{said}." if said else "The cost is not known now.")


@require_POST
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the experiment came to, and show it."""
    experiment = _get(request, pk)
    form = ConclusionForm(request.POST)
    if not form.is_valid():
        return _again(request, experiment, "conclusion", form)
    try:
        conclusion = _conclude(request, pk, form)
    except Refused as refusal:
        now = get_experiment(request.user, pk)
        data = request.POST.copy()
        data["seen"] = str(now.cards_revision)
        again = ConclusionForm(data)
        again.add_error(None, str(refusal))
        return _again(request, now, "conclusion", again)
    address = reverse("experiments:conclusion", args=[pk, conclusion.number])
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _conclude(request: HttpRequest, pk: int, form: ConclusionForm) -> Conclusion:
    """Write the outcome down, again if somebody changes something at this very moment."""
    for attempt in range(_ATTEMPTS):
        experiment = get_experiment(request.user, pk)
        try:
            return conclusions.conclude(
                experiment,
                document=outcome(experiment, request, form.cleaned_data["summary"]),
                revision=experiment.revision,
                seen=form.cleaned_data["seen"],
                key=form.cleaned_data["key"],
                completes=form.cleaned_data["completes"],
                by=signed_in(request),
            )
        except conclusions.Outdated:
            if attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("The last attempt returns or raises.")


def _get(request: HttpRequest, pk: int) -> Experiment:
    experiment = get_experiment(request.user, pk)
    check_can_decide(request.user, experiment.team)
    return experiment


def _context(request: HttpRequest, experiment: Experiment, **forms: forms.Form) -> dict[str, Any]:
    panels = DecidePanels(experiment, request)
    for name, form in forms.items():
        setattr(panels, name, form)
    return {"experiment": experiment, "panels": panels, "tab": "decide"}


def _page(
    request: HttpRequest, experiment: Experiment, code: int = 200, **forms: forms.Form
) -> HttpResponse:
    context = _context(request, experiment, **forms)
    return render(request, "experiments/decide.html", context, status=code)


def _again(
    request: HttpRequest, experiment: Experiment, name: str, form: forms.Form
) -> HttpResponse:
    """Show a form again with what was typed and what is wrong with it."""
    found = {f"{name}_form": form}
    if not request.htmx:  # type: ignore[attr-defined]
        return _page(request, experiment, _UNPROCESSABLE, **found)
    context = _context(request, experiment, **found)
    template = f"experiments/_{name}_form.html"
    return render(request, template, context, status=_UNPROCESSABLE)


def done(
    request: HttpRequest, experiment: Experiment, change: Change | None, text: str
) -> HttpResponse:
    """Answer an act that worked: with the page’s parts, or by going back to it."""
    if not request.htmx:  # type: ignore[attr-defined]
        say(request, text, change)
        return redirect("experiments:decide", experiment.pk)
    page = reverse("experiments:decide", args=[experiment.pk])
    return _live(request, experiment.pk, {"text": text, "change": change, "page": page})


def refused(request: HttpRequest, experiment: Experiment, text: str) -> HttpResponse:
    """Answer an act that was refused and has no field of its own to say so."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, text)
        return redirect("experiments:decide", experiment.pk)
    return _live(request, experiment.pk, {"text": text, "is_error": True})
