"""What a conclusion writes down: all that its page shows, as plain JSON."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from experiments.cards import CardPage, CardState
from experiments.documents import to_document
from experiments.figures import Figure
from experiments.formatting import format_number, format_parameter
from experiments.goal_words import with_unit
from experiments.models import AnalysisCard, Experiment, TeamChoice, Trial
from experiments.outline import Line, outline_of
from experiments.services.decisions import current_choice
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import TrialRow

VERSION = 1
_EVIDENCE = ("summary", "importance", "effects")
"""The cards of the insights that come along, beside all of the decision's."""


def outcome(experiment: Experiment, request: HttpRequest, summary: str) -> dict[str, Any]:
    """Write down what an experiment has come to, as its rows are at its ``revision``."""
    panels = ExperimentPanels(experiment, request)
    limits = {key: limit for key, (_, limit) in panels.limits.items()}
    outline = outline_of(experiment.definition, limits=limits)
    best = panels.best.row
    chosen = current_choice(experiment)
    return {
        "version": VERSION,
        "number": experiment.conclusions.count() + 1,
        "experiment": experiment.pk,
        "name": experiment.name,
        "team": experiment.team.name,
        "description": experiment.description,
        "summary": summary,
        "revision": experiment.revision,
        "concluded_at": _when(timezone.now()),
        "concluded_by": _name(request.user),
        "status": experiment.get_status_display(),
        "goals": [" ".join(filter(None, (g.verb, g.name, g.rest))) for g in panels.goal_lines],
        "space": [_line(line) for line in outline.parameters],
        "constraints": list(outline.constraints),
        "counts": _counts(panels),
        "caveat": panels.best.caveat,
        "best": _trial(best) if best else None,
        "front": _front(panels),
        "choice": _choice(chosen, panels) if chosen else None,
        "progress": [_without_hover(figure) for figure in panels.plots["figures"]],
        "evidence": [_card(card, experiment) for card in _cards(experiment)],
        "people": list(_people(experiment)),
        "times": list(_times(experiment)),
        "definition": to_document(experiment.definition),
    }


def _when(moment: datetime) -> str:
    """Write a moment for people anywhere: who reads it may be far from who wrote it down."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _name(user: Any, told: str = "") -> str:
    if user is None and told:
        return f"{told} (as a restored file says)"
    return str(user.get_full_name() or user.get_username()) if user else "somebody"


def _line(line: Line) -> str:
    name = f"{line.name} ({line.unit})" if line.unit else line.name
    return f"{name}: {line.words}"


def _counts(panels: ExperimentPanels) -> str:
    budget = panels.experiment.trial_budget
    said = [f"{panels.counts['completed']} done{f' of {budget}' if budget else ''}"]
    for status in ("running", "failed", "abandoned"):
        if panels.counts[status]:
            said.append(f"{panels.counts[status]} {status}")
    return ", ".join(said)


def _trial(row: TrialRow) -> dict[str, Any]:
    """One trial in words: its number, its results, and its parameters, as pairs."""
    results = [
        (
            cell.metric.name,
            with_unit(cell.result.mean, cell.metric.unit)
            + (f" ± {format_number(cell.result.sem)}" if cell.result.sem is not None else "")
            + (f" ({cell.beyond})" if cell.beyond else ""),
        )
        for cell in row.metric_cells
        if cell.result
    ]
    if row.weighted_sum is not None:
        results.append(("weighted sum", format_number(row.weighted_sum)))
    parameters = [
        (cell.parameter.name, f"{_value(cell)} {cell.parameter.unit}".strip())
        for cell in row.values
    ]
    return {"trial": row.trial.number, "results": results, "parameters": parameters}


def _value(cell: Any) -> str:
    return format_parameter(cell.value, cell.parameter)


def _choice(chosen: TeamChoice, panels: ExperimentPanels) -> dict[str, Any]:
    return {
        **_trial(TrialRow(panels, chosen.trial)),
        "reason": chosen.reason,
        "by": _name(chosen.chosen_by, chosen.told_by),
        "at": _when(chosen.chosen_at),
    }


def _front(panels: ExperimentPanels) -> dict[str, Any] | None:
    if not panels.ranking.front:
        return None
    trials = Trial.objects.in_bulk(panels.ranking.front)
    rows = [TrialRow(panels, trials[pk]) for pk in panels.ranking.front]
    head = ["Trial"]
    head += [f"{m.name} ({m.unit})" if m.unit else m.name for m in panels.objectives]
    head += [parameter.name for parameter in panels.parameters]
    return {
        "head": head,
        "rows": [
            [
                str(row.trial.number),
                *(format_number(c.result.mean) if c.result else "–" for c in row.objective_cells),
                *("–" if cell.value is None else _value(cell) for cell in row.cells),
            ]
            for row in rows
        ],
        "trials": [row.trial.number for row in rows],
    }


def _without_hover(figure: Figure) -> Figure:
    """Leave out what hovering shows of parameters: it would come once for all figures."""
    data = []
    for trace in figure["data"]:
        head, found, _ = str(trace.get("hovertemplate", "")).partition("trial %{id}")
        data.append({**trace, "hovertemplate": f"{head}{found}<extra></extra>"} if found else trace)
    return {**figure, "data": data}


def _cards(experiment: Experiment) -> list[AnalysisCard]:
    ready = experiment.cards.filter(state=CardState.READY.value)
    return [card for card in ready if card.page == CardPage.DECIDE.value or card.name in _EVIDENCE]


def _card(card: AnalysisCard, experiment: Experiment) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "reading": card.reading,
        "revision": card.revision,
        "is_older": card.revision < experiment.cards_revision,
        "sentences": card.body.get("sentences", []),
        "figures": card.body.get("figures", []),
        "table": card.body.get("table"),
    }


def _people(experiment: Experiment) -> Iterator[str]:
    """Who took part, and in what: those with the most results first."""
    results: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    trials = experiment.trials.select_related("taken_by", "finished_by")
    for trial in trials.defer("parameters"):
        if trial.finished_by or trial.told_finished_by:
            results[_name(trial.finished_by, trial.told_finished_by)] += 1
        if trial.taken_by or trial.told_taken_by:
            taken[_name(trial.taken_by, trial.told_taken_by)] += 1
    changes = experiment.changes.exclude(user=None, told_by="").select_related("user")
    known = changes.order_by("revision").only("user", "told_by")
    others = [_name(change.user, change.told_by) for change in known]
    names = dict.fromkeys([*(n for n, _ in results.most_common()), *taken, *others])
    for name in names:
        did = [
            f"{count} {what}{'' if count == 1 else 's'} {done}"
            for count, what, done in (
                (results[name], "trial", "finished"),
                (taken[name], "trial", "started"),
            )
            if count
        ]
        yield f"{name}: {', '.join(did)}" if did else name


def _times(experiment: Experiment) -> Iterator[str]:
    ended = experiment.trials.exclude(finished_at=None).order_by("finished_at")
    yield f"Created {_when(experiment.created_at)}"
    first, last = ended.first(), ended.last()
    if first and last and first.finished_at and last.finished_at:
        yield f"First result {_when(first.finished_at)}"
        yield f"Last result {_when(last.finished_at)}"
