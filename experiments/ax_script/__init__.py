"""An experiment as a Python script for Ax alone: search space, goals, trials, the next trial.

Ax evaluates names in expressions as code. So every name becomes one of letters, digits and single
underscores, with a prefix that nothing else has; what people wrote is written as literals only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from experiments.ax_script.goals import constraints, goals
from experiments.ax_script.names import safe_names
from experiments.ax_script.parameters import Seen, Space
from experiments.ax_script.telling import Untold
from experiments.ax_script.template import TEMPLATE
from experiments.ax_script.trials import Curves, left_out_in_words, runs
from experiments.domain import Direction, GenerationMethod, TrialRecord
from experiments.drafts import ExperimentDraft
from experiments.learning import MOST_LEARNT, reason_left_out

_LARGEST_SEED = 2**32 - 1
_PLAIN = str.maketrans("’“”", '\'""')


@dataclass(frozen=True, slots=True)
class AxScript:
    """The script, the names that Ax knows people's names by, and what Ax cannot be told."""

    text: str
    renamed: Sequence[tuple[str, str]]
    untold: Sequence[str]


@dataclass(frozen=True, slots=True)
class Besides:
    """What belongs to an experiment besides its definition and trials.

    ``elsewhere`` counts the other experiments that its model learns from; ``has_avoided`` tells
    whether the values of some failed trials are never to be suggested again; ``results`` counts
    the trials with results, also where not all trials are given.
    """

    curves: Curves
    results: int = 0
    has_avoided: bool = False
    elsewhere: int = 0


def script(
    draft: ExperimentDraft, trials: Sequence[TrialRecord], besides: Besides | None = None
) -> AxScript:
    """Write the script; ``draft``, ``trials`` and ``besides`` have the same keys."""
    besides = besides or Besides(curves={})
    untold = Untold()
    specs = {parameter.spec.key: parameter.spec for parameter in draft.parameters}
    words = {p.spec.key: p.name for p in draft.parameters}
    words |= {m.spec.key: m.name for m in draft.metrics}
    metrics = [metric.spec.key for metric in draft.metrics]
    names = _names(list(specs), words, "p") | _names(metrics, words, "m")
    reasons = {t.number: reason_left_out(specs, t.parameters, words) for t in trials}
    known = [trial for trial in trials if not reasons[trial.number]]
    quoted = {key: f"“{word}”" for key, word in words.items()}
    space = Space(specs.values(), names, quoted, _seen(known), untold)
    limits = constraints(draft.constraints, space, quoted, untold)
    aims = goals(draft, trials, names, untold)
    told = runs(draft, known, besides.curves, space, aims.metrics, names, untold)
    left_out_in_words({n: reason for n, reason in reasons.items() if reason}, untold)
    _tell_of_the_rest(draft, besides, untold)
    renamed = [(words[key], name) for key, name in names.items()]
    lower = {m.spec.key: m.spec.direction is Direction.MINIMIZE for m in draft.metrics}
    text = TEMPLATE.format(
        name=ascii(draft.name),
        description=ascii(draft.description or None),
        names=_lines(f"{safe!r}: {name!a}" for name, safe in renamed),
        untold="".join(map(_comment, untold.lines)) or "# - nothing\n",
        constraints=_lines((f"ParameterConstraint({each})" for each in limits), indent=8),
        metrics=_lines((f"({names[key]!r}, {lower[key]})" for key in metrics), indent=8),
        objective=repr(aims.objective),
        outcomes=_lines(map(repr, aims.outcomes), indent=12),
        trials=_lines(told.trials),
        curves=_lines(told.curves),
        **_about_parameters(space),
        **_about_generation(draft, len(trials)),
    )
    return AxScript(text, renamed, untold.lines)


def _about_parameters(space: Space) -> dict[str, str]:
    made = list(space.parameters.values())
    fixed = [(p.name, p.told_to_ax(p.fixed)) for p in made if p.fixed is not None]
    return {
        "units": _lines(f"{p.name!r}: {p.unit!r}" for p in made if p.unit != 1.0),
        "grids": _lines(f"{p.name!r}: {p.grid!r}" for p in made if p.grid),
        "fixed": _lines(f"{name!r}: {value!a}" for name, value in fixed),
        "parameters": _lines((p.line for p in made), indent=8),
    }


def _about_generation(draft: ExperimentDraft, trials: int) -> dict[str, object]:
    method, seed = draft.generation_method, draft.seed or 0
    return {
        "method": "fast" if method is GenerationMethod.BANDIT else method.value,
        "budget": draft.initialization_budget,
        "seed": seed,
        # The same each time would repeat where the search for the next trial starts.
        "seed_of_model": (seed + trials) % _LARGEST_SEED,
        "center": not trials,
    }


def _names(keys: Sequence[str], words: Mapping[str, str], prefix: str) -> dict[str, str]:
    return dict(zip(keys, safe_names([words[key] for key in keys], prefix), strict=True))


def _seen(trials: Sequence[TrialRecord]) -> Seen:
    found: dict[str, dict] = {}
    for trial in trials:
        for key, value in trial.parameters.items():
            found.setdefault(key, {})[value] = None
    return {key: list(values) for key, values in found.items()}


def _tell_of_the_rest(draft: ExperimentDraft, besides: Besides, untold: Untold) -> None:
    is_modelled = draft.generation_method is not GenerationMethod.RANDOM_SEARCH
    if is_modelled and besides.results > MOST_LEARNT:
        untold.tell(
            f"AxDash’s model learns from {MOST_LEARNT:,} results at most, Ax’s from all: that may "
            "take it hours."
        )
    if besides.has_avoided:
        untold.tell("Failed trials whose values are never to be suggested again are abandoned.")
    if besides.elsewhere:
        several = "another experiment" if besides.elsewhere == 1 else "other experiments"
        untold.tell(f"What the model learns from {several} is left out.")
    if draft.generation_method is GenerationMethod.BANDIT:
        untold.tell(
            "The bandit method is AxDash’s own; here the method is “fast”, which suggests no "
            "combination twice."
        )
    if draft.generation_method is GenerationMethod.QUALITY:
        untold.tell("The method “quality” needs the Python packages jax and numpyro beside Ax.")


def _comment(line: str) -> str:
    """Write a line of plain characters, whatever a name in it is."""
    plain = " ".join(line.split()).translate(_PLAIN)
    return f"# - {plain.encode('ascii', 'backslashreplace').decode()}\n"


def _lines(texts: Iterable[str], indent: int = 4) -> str:
    """Write items of a literal, a line each; nothing where there are none."""
    written = "".join(f"\n{' ' * indent}{text}," for text in texts)
    return f"{written}\n{' ' * (indent - 4)}" if written else ""
