"""Parameters of trials to take along: the menu of one, a page for several, files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from experiments.carrying import FOR_ONE, LABELS, CarryForm
from experiments.permissions import can_organize
from experiments.shell import TemplateProblem
from experiments.views.access import get_experiment, get_trial
from experiments.views.carried import Selection, carried, choice_of, last_form

MOST_SHOWN = 500
"""How many trials the page shows; the files have all."""

_ENDINGS = {
    CarryForm.FLAGS: "txt",
    CarryForm.JSON: "json",
    CarryForm.ENV: "env",
    CarryForm.YAML: "yaml",
    CarryForm.COMMAND: "sh",
    CarryForm.LINES: "jsonl",
    CarryForm.CSV: "csv",
}


@require_safe
def menu(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Send the forms in which one trial can be copied; without htmx, go to the page."""
    trial = get_trial(request, pk, number)
    experiment = trial.experiment
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('experiments:carry', args=[pk])}?trials={number}")
    taken = carried(experiment, number, trial.values_of(list(experiment.parameters.all())))
    forms = [form for form in FOR_ONE if form != CarryForm.COMMAND or experiment.command]
    context = {
        "experiment": experiment,
        "number": number,
        "choices": [choice_of(experiment.carrying, form, taken) for form in forms],
        "may_set": can_organize(request.user, experiment.team),
    }
    response = render(request, "experiments/_carry_menu.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show some trials in one form, with ways to copy, download and print them."""
    experiment = get_experiment(request.user, pk)
    selection = Selection(request, experiment)
    known = FOR_ONE if selection.is_one else tuple(CarryForm)
    asked = request.GET.get("as", "")
    form = CarryForm(asked) if asked in known else last_form(request)
    text, problem = "", ""
    try:
        text = selection.written(form, MOST_SHOWN)
    except TemplateProblem as found:
        problem = str(found)
    context = {
        "experiment": experiment,
        "selection": selection,
        "form": form,
        "label": LABELS[form],
        "forms": [(each, LABELS[each]) for each in known],
        "text": text,
        "problem": problem,
        "notes": experiment.carrying.notes(form),
        "most": MOST_SHOWN,
        "counts": (selection.running.count(), selection.mine.count()),
        "may_set": can_organize(request.user, experiment.team),
    }
    return render(request, "experiments/carry.html", context)


@require_safe
def file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Send some trials as a file."""
    experiment = get_experiment(request.user, pk)
    if form not in set(CarryForm):
        raise Http404
    wanted = CarryForm(form)
    selection = Selection(request, experiment)
    try:
        text = selection.written(wanted)
    except TemplateProblem:
        where = reverse("experiments:carry", args=[pk])
        return redirect(f"{where}?{selection.query}&as={wanted}")
    start = slugify(experiment.name)[:60] or f"experiment-{experiment.pk}"
    return HttpResponse(
        f"{text}\n",
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": (
                f'attachment; filename="{start}-{selection.name}.{_ENDINGS[wanted]}"'
            ),
            "Cache-Control": "no-store",
        },
    )
