"""Starting from what is known: choosing which earlier experiments come along, and what of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from experiments.alikeness import compared
from experiments.asked import numbers
from experiments.definition_rules import definition_problems
from experiments.domain import WITH_RESULTS
from experiments.drafts import ExperimentDraft
from experiments.forms.experiment import DefinitionForm, typed_in
from experiments.known import MOST_EXPERIMENTS, Choice, Taken
from experiments.learning import MOST_ELSEWHERE
from experiments.models import Experiment, Trial
from experiments.overlap import Overlap, overlap
from experiments.services import copies, known
from experiments.services.beside import Source
from experiments.views import new
from experiments.views.access import signed_in
from experiments.ways import Recommendation, recommend, why_not_learn

MOST_LISTED = 200
"""How many trials of one experiment are listed to leave some out."""

_UNPROCESSABLE = 422
_MOST_OTHERS = 50
_LONGEST_SEARCH = 200
_MOST_REASONS = 10
_OWN = frozenset({"of", "without", "inside", "way", "like", "q", "step", "csrfmiddlewaretoken"})
"""The fields of this page itself; others are what was typed into the form."""


@dataclass(frozen=True)
class Other:
    """An experiment that could come along as well; ``overlap`` is with the definition, if any."""

    experiment: Experiment
    overlap: Overlap | None

    @property
    def shared(self) -> int:
        """How many parameters and metrics it shares."""
        if self.overlap is None or not self.overlap.metric_keys:
            return 0
        return len(self.overlap.parameter_keys) + len(self.overlap.metric_keys)


class KnownPage:
    """What the page shows: the experiments that were chosen, and others to choose from."""

    def __init__(
        self,
        request: HttpRequest,
        data: QueryDict,
        choice: Choice,
        draft: ExperimentDraft | None,
        *,
        has_way: bool,
    ) -> None:
        """``has_way``: whether ``choice`` says which way; the recommended one is taken if not."""
        self._by = signed_in(request)
        self._choice = choice
        self._has_way = has_way
        self.draft = draft
        self.search = data.get("q", "").replace("\x00", "")[:_LONGEST_SEARCH].strip()
        self.most = MOST_EXPERIMENTS
        self.most_learnt = MOST_ELSEWHERE
        self.most_listed = MOST_LISTED
        self.most_listed_slice = f":{MOST_LISTED}"

    @cached_property
    def choice(self) -> Choice:
        """What was chosen, with the way that is taken."""
        learns = self._choice.learns if self._has_way else self.recommended.learns
        return replace(self._choice, learns=learns and not self.why_not_learn)

    @cached_property
    def why_not_learn(self) -> str:
        """Why the model cannot learn how alike the experiments are; blank if it can."""
        return why_not_learn(self.draft) if self.draft else ""

    @cached_property
    def recommended(self) -> Recommendation:
        """Which way serves, and why."""
        if self.draft is None:
            return Recommendation(False, "")
        overlaps = {source.experiment.name: source.overlap for source in self.sources}
        return recommend(self.draft, overlaps, self._shifts)

    @property
    def _shifts(self) -> list[str]:
        """Say which of the experiments come out higher or lower than the first of them."""
        if len(self.sources) < 2 or self.draft is None or definition_problems(self.draft):
            return []
        first, *others = self.sources
        return [
            text
            for source in others
            for found, text in compared(
                self.draft,
                first.measured,
                source.measured,
                names=(f"in “{first.experiment.name}”", f"in “{source.experiment.name}”"),
            )
            if found.is_shifted
        ]

    @cached_property
    def sources(self) -> list[Source]:
        """The experiments that were chosen, each beside the definition."""
        return known.look(self._choice, self.draft, self._by) if self.draft else []

    @property
    def coming_count(self) -> int:
        """How many trials come along."""
        return sum(len(source.coming) for source in self.sources)

    @cached_property
    def others(self) -> list[Other]:
        """Experiments with finished trials that were not chosen; those that fit best first."""
        found = copies.candidates(self._by, self.search).exclude(pk__in=self._choice.ids)
        with_results = Trial.objects.filter(status__in=WITH_RESULTS).values("experiment")
        found = found.filter(pk__in=with_results)
        found = found.prefetch_related("parameters", "metrics", "constraints")
        others = [Other(each, self._beside(each)) for each in found[:_MOST_OTHERS]]
        return sorted(others, key=lambda other: -other.shared)

    def _beside(self, experiment: Experiment) -> Overlap | None:
        return None if self.draft is None else overlap(self.draft, experiment.definition)

    @property
    def notices(self) -> list[str]:
        """What the form says of the trials that come along, or that the model learns from."""
        if self.choice.learns:
            return [_learnt_in_words(source) for source in self.sources]
        said = [_in_words(source) for source in self.sources]
        dropped = known.brought(self.sources).rejected
        shown = [f"{row.in_words} stays behind. {row.reason}" for row in dropped[:_MOST_REASONS]]
        more = len(dropped) - len(shown)
        return [*said, *shown, *([f"{more} more stay behind."] if more > 0 else [])]


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Choose earlier experiments to start from; one of them gives the definition."""
    new.teams_of(request)
    choice = _choice(request.GET)
    like = _like(request, choice)
    draft = None if like is None else replace(copies.copied(like), name=f"After {like.name}"[:200])
    page = KnownPage(request, request.GET, choice, draft, has_way="way" in request.GET)
    if draft is not None and request.GET.get("step") == "open":
        source = known.source_of(_visible(page))
        return new.filled(request, draft, of=like, source=source, notices=page.notices)
    return render(request, "experiments/known.html", {"page": page, "like": like})


@require_POST
def along(request: HttpRequest) -> HttpResponse:
    """Choose earlier experiments for the definition that stands in the form, and go back to it."""
    teams = new.teams_of(request)
    typed = typed_in(request.POST)
    step = request.POST.get("step", "")
    form = DefinitionForm(typed, teams=new.choices(teams), is_checked=True)
    draft = form.partial()
    if not draft.parameters or not draft.metrics:
        form.problems.append("Name a metric and a parameter first: they decide which trials fit.")
        return new.show(request, form, status=_UNPROCESSABLE)
    choice = _choice(request.POST) if step else known.chosen(form.source)
    has_way = "way" in request.POST if step else bool(choice.taken)
    page = KnownPage(request, request.POST, choice, draft, has_way=has_way)
    if step == "open":
        typed.fields["source"] = known.source_of(_visible(page))
        typed.fields["notices"] = "\n".join(page.notices)
        return new.show(request, DefinitionForm(typed, teams=new.choices(teams)))
    kept = [(name, text) for name, text in request.POST.items() if name not in _OWN]
    context = {"page": page, "form": form, "kept": kept, "replaces": _replaced(form.source)}
    return render(request, "experiments/known.html", context)


def _choice(data: QueryDict) -> Choice:
    """Read what was chosen; what makes no sense is left out."""
    without: dict[int, set[int]] = {}
    for text in data.getlist("without"):
        pair = numbers(text.split("-"))
        if len(pair) == 1 and text.count("-") == 1:
            pair *= 2  # Trial 12 of experiment 12.
        if len(pair) == 2:
            without.setdefault(pair[0], set()).add(pair[1])
    ids = islice(numbers(data.getlist("of")), MOST_EXPERIMENTS)
    taken = tuple(Taken(pk, frozenset(without.get(pk, ()))) for pk in ids)
    return Choice(taken, data.get("inside") == "1", data.get("way") == "learn")


def _like(request: HttpRequest, choice: Choice) -> Experiment | None:
    """Return the experiment that gives the definition: one of the chosen, or the first of them."""
    visible = Experiment.objects.visible_to(request.user).filter(pk__in=choice.ids)
    found = visible.select_related("team").in_bulk()
    wanted = [pk for pk in numbers([request.GET.get("like", "")]) if pk in found]
    order = [*wanted, *(pk for pk in choice.ids if pk in found)]
    return found[order[0]] if order else None


def _visible(page: KnownPage) -> Choice:
    """Keep of a choice what the person may see."""
    seen = {source.experiment.pk for source in page.sources}
    taken = tuple(each for each in page.choice.taken if each.experiment in seen)
    return replace(page.choice, taken=taken)


def _replaced(source: str) -> str:
    """Say what no longer comes along once other experiments do."""
    return "The rows of the table no longer come along then." if source.startswith("table:") else ""


def _in_words(source: Source) -> str:
    """Say how many trials of an experiment come along, and what is left out of it."""
    name, count = source.experiment.name, len(source.coming)
    if not count and source.overlap.problem:
        return f"“{name}”: no trial comes along yet. {source.overlap.problem}"
    trials = "1 trial comes" if count == 1 else f"{count} trials come"
    said = [f"“{name}”: {trials} along when you create it, as far as they still fit by then."]
    outside = sum(bool(each.outside) for each in source.coming)
    if outside:
        said.append(f"Outside the search space: {outside} of them; the model learns from them too.")
    dropped = _only_there(source)
    if dropped:
        said.append(f"Left out of it: {', '.join(dropped)}.")
    return " ".join(said)


def _learnt_in_words(source: Source) -> str:
    """Say how many trials of an experiment the model learns from."""
    name, count = source.experiment.name, len(source.coming)
    if not count:
        return f"“{name}”: the model learns nothing from it yet. {source.overlap.problem}".rstrip()
    trials = "1 trial" if count == 1 else f"{count} trials"
    return f"“{name}”: the model learns from {trials} there, and how alike both are."


def _only_there(source: Source) -> Sequence[str]:
    """Name the parameters and metrics that have no place in the definition."""
    matches = (*source.overlap.parameters, *source.overlap.metrics)
    return [match.name for match in matches if match.is_only_there]
