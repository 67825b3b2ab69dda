"""Ways to start an experiment; each leads to the form, filled in for a last look."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from experiments.forms.paste import PasteForm
from experiments.services import copies
from experiments.services.sources import Brought
from experiments.starters import STARTERS
from experiments.views import new
from experiments.views.access import get_experiment, signed_in

_UNPROCESSABLE = 422
_A_PAGE = 25
_MOST_REASONS = 10
_LONGEST_SEARCH = 200


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Show all ways to start."""
    teams = new.teams_of(request)
    can_copy = copies.candidates(signed_in(request), "").exists()
    context = {"starters": STARTERS.values(), "can_copy": can_copy, "teams": teams}
    return render(request, "experiments/start.html", context)


@require_safe
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the form with a template."""
    if slug not in STARTERS:
        raise Http404
    return new.filled(request, STARTERS[slug].draft)


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Show the experiments that can be copied, a page at a time."""
    new.teams_of(request)
    search = request.GET.get("q", "").replace("\x00", "")[:_LONGEST_SEARCH].strip()
    found = Paginator(copies.candidates(signed_in(request), search), _A_PAGE)
    context = {"page": found.get_page(request.GET.get("page")), "search": search}
    return render(request, "experiments/pick.html", context)


@require_safe
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the form with the definition of an experiment; its trials come along if asked for."""
    experiment = get_experiment(request.user, pk)
    draft = copies.copied(experiment)
    if request.GET.get("trials") != "1":
        source = copies.definition_of(experiment) if experiment.command else ""
        return new.filled(request, draft, of=experiment, source=source)
    notices = _about(copies.brought(experiment, draft))
    return new.filled(
        request, draft, of=experiment, source=copies.source_of(experiment), notices=notices
    )


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """Ask for a definition in another form, and open the form with what was understood."""
    new.teams_of(request)
    if request.method != "POST":
        return render(request, "experiments/paste.html", {"form": PasteForm()})
    form = PasteForm(request.POST, request.FILES)
    if not form.is_valid() or form.reading.draft is None:
        return render(request, "experiments/paste.html", {"form": form}, status=_UNPROCESSABLE)
    return new.filled(request, form.reading.draft, notices=form.notices)


def _about(brought: Brought) -> list[str]:
    """Say which trials come along with a copy."""
    count = len(brought.trials)
    if not count and not brought.rejected:
        return ["No trial comes along: none is finished yet."]
    trials = "1 finished trial comes" if count == 1 else f"{count} finished trials come"
    notices = [f"{trials} along when you create it, as far as they still fit by then."]
    if brought.outside:
        outside = f"Outside the search space: {brought.outside} of them."
        notices.append(f"{outside} The model learns from them all the same.")
    rejected = brought.rejected
    shown = [f"{row.in_words} is left out. {row.reason}" for row in rejected[:_MOST_REASONS]]
    more = len(rejected) - len(shown)
    return [*notices, *shown, *([f"{more} more are left out."] if more else [])]
