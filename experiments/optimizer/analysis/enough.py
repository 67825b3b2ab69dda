"""Is it enough? What more trials are expected to bring, and what Ax's stopping rule says."""

from collections.abc import Sequence

import numpy as np

from experiments.cards import CardBody, CardPage, Table
from experiments.figures import Figure, scatter, titled, value_axis
from experiments.formatting import format_number
from experiments.milestones import last_milestone
from experiments.optimizer.analysis.best import (
    best_by_model,
    noise_sd,
    observed_utility,
    percent,
    repeats,
)
from experiments.optimizer.analysis.forecast import Ahead, simulate
from experiments.optimizer.analysis.front_growth import expected_growth
from experiments.optimizer.analysis.joint import joint
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.places import (
    Places,
    explored,
    explored_for,
    places_at,
    promising,
)
from experiments.optimizer.analysis.stopping import BAR, Rule, stopping_rule
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import Utility, utility_of, utility_of_one
from experiments.optimizer.seeds import derived_seed
from experiments.ranking import Standing, reaches

_BY_IMPROVEMENT, _BY_HOPE, _SPREAD = 100, 60, 96
"""How many places the simulation may go to, and what they are chosen by."""

_ENOUGH_REPEATS = 3


def _make(study: Study) -> CardBody:
    utility = utility_of(study)
    rule = stopping_rule(study)
    if utility is None:
        return _of_front(study, rule)
    places = _candidates(study, utility, explored(study))
    ahead = _ahead(study, utility, places)
    sentences = [
        *_verdict(study, utility, ahead, rule.stops),
        *_moved(study),
        *_gains(study, utility, ahead),
        *_chances(study, utility, ahead),
        rule.text,
        *_repeat(study, utility),
    ]
    return CardBody(
        sentences=sentences,
        figures=[_figure(study, utility, ahead)] if _has_gains(ahead) else [],
        table=_table(utility, ahead) if ahead else None,
        facts={
            "stops": rule.stops,
            "ahead": [
                {"trials": each.trials, "gain": each.gain, "chance": each.chance} for each in ahead
            ],
            "unit": utility.unit,
            "name": utility.name,
        },
    )


def _incumbent(study: Study) -> int | None:
    """The trial that one would pick today: the model's best, else the best result; feasible."""
    if study.ranking.standing is not Standing.FEASIBLE:
        return None
    for number in (best_by_model(study).trial, study.ranking.best):
        if study.known_point(number) is not None:
            return number
    return None


def _candidates(study: Study, utility: Utility, found: Places) -> Places:
    """Return where the simulated trials may go; the first is what one would pick today."""
    point = study.known_point(_incumbent(study))
    first = found.take([found.best()])
    if point is not None:
        first = places_at(study, utility, [point])
    hopeful = np.argsort(-(found.utility.means + 2 * found.utility.sds), kind="stable")
    chosen = [
        *promising(found, _BY_IMPROVEMENT, float(first.utility.means[0])),
        *(int(i) for i in hopeful[:_BY_HOPE]),
        *range(min(_SPREAD, len(found.points))),
    ]
    return first + found.take(list(dict.fromkeys(chosen)))


def _ahead(study: Study, utility: Utility, places: Places) -> list[Ahead]:
    belief = joint(study, utility, places.points)
    if belief is None:
        return []
    return simulate(
        belief,
        places.feasible,
        has_incumbent=_incumbent(study) is not None,
        target=None if _is_reached(study, utility) else utility.wanted,
        seed=derived_seed(study.spec.seed, len(study.trials)),
    )


def _is_reached(study: Study, utility: Utility) -> bool:
    best = study.ranking.best
    if utility.target is None or best is None or study.ranking.standing is not Standing.FEASIBLE:
        return False
    (spec,) = study.aims.objectives
    return reaches(study.means[best][spec.key], utility.target, spec.direction)


def _has_gains(ahead: Sequence[Ahead]) -> bool:
    return bool(ahead) and ahead[0].gain is not None


def _spread_of_results(study: Study, utility: Utility) -> float:
    """Return what the middle half of the results spans."""
    values = [v for n in study.means if (v := observed_utility(study, utility, n)) is not None]
    low, high = np.percentile(values, [25, 75])
    return float(high - low)


def _verdict(
    study: Study, utility: Utility, ahead: Sequence[Ahead], stops: bool | None
) -> list[str]:
    """Say in one sentence what it all comes to."""
    if _is_reached(study, utility):
        return [f"The target is reached: {utility.name} {utility.said(utility.wanted or 0.0)}."]
    if not _has_gains(ahead):
        return []
    pays = (ahead[-1].gain or 0.0) > BAR * _spread_of_results(study, utility)
    return [_in_sum(pays, stops)]


def _in_sum(pays: bool, stops: bool | None) -> str:
    """Weigh what the model expects against what the last results brought."""
    if pays and stops:
        return (
            "The model still expects improvements, though the last results brought little: give "
            "it a few more trials."
        )
    if pays:
        return "It pays to go on: the model still expects improvements."
    if stops:
        return "It may be enough: neither the last results nor the model promise much more."
    return "The model expects little more, by what it knows."


def _moved(study: Study) -> list[str]:
    found = last_milestone(study.means, study.goals)
    if found is None:
        return ["No trial meets the constraints yet."] if study.goals.limits else []
    since = "it is the newest result" if not found.since else (
        "1 result ago" if found.since == 1 else f"{found.since} results ago"
    )  # fmt: skip
    if study.goals.has_front:
        return [f"The last trial to join the Pareto front was trial {found.trial}: {since}."]
    said = f"The best came with trial {found.trial}: {since}"
    if found.gain is None:
        return [f"{said}; none before met the constraints." if found.trial else f"{said}."]
    unit = "" if study.spec.is_weighted_sum else f" {study.objectives[0].unit}"
    return [
        f"{said}; it was {format_number(found.gain)}{unit.rstrip()} better than the one before."
    ]


def _gains(study: Study, utility: Utility, ahead: Sequence[Ahead]) -> list[str]:
    if not ahead:
        return ["What more trials would bring is not computed for this kind of model."]
    first, last = ahead[0], ahead[-1]
    if first.gain is None or last.gain is None:
        return [
            f"The chance that one more trial meets the constraints is {percent(first.feasible)}; "
            f"that one of {last.trials} does, {percent(last.feasible)}."
        ]
    spread = _spread_of_results(study, utility)
    share = f", {_percents(last.gain / spread)} of the spread of results" if spread else ""
    return [
        f"One more trial is expected to improve what you would pick by {utility.size(first.gain)}; "
        f"{last.trials} more, by {utility.size(last.gain)}{share}."
    ]


def _percents(share: float) -> str:
    return f"{format_number(100 * share, 2)}\u00a0%"


def _chances(study: Study, utility: Utility, ahead: Sequence[Ahead]) -> list[str]:
    known = [(each.trials, each.chance) for each in ahead if each.chance is not None]
    if not known:
        return []
    target = (
        f"The chance to reach the target ({utility.name} {utility.said(utility.wanted or 0.0)})"
    )
    if len({percent(chance) for _, chance in known}) == 1:
        return [f"{target} is {percent(known[-1][1])} within {known[-1][0]} more trials."]
    said = ", ".join(f"{percent(chance)} within {trials}" for trials, chance in known)
    return [f"{target} is {said} more."]


def _repeat(study: Study, utility: Utility) -> list[str]:
    """Advise to measure the best again where noise could have made it the best."""
    best = study.ranking.best
    if best is None or study.ranking.standing is not Standing.FEASIBLE:
        return []
    values = sorted(
        (
            value
            for number in study.means
            if study.ranking.standings.get(number) is Standing.FEASIBLE
            and (value := observed_utility(study, utility, number)) is not None
        ),
        reverse=True,
    )
    noise = noise_sd(study, utility)
    if noise is None or len(values) < 2 or repeats(study, best) >= _ENOUGH_REPEATS:
        return []
    gap = values[0] - values[1]
    if noise <= gap:
        return []
    return [
        f"Repeat the best (trial {best}) twice: the noise of a result, about "
        f"{utility.size(noise)}, is larger than the gap to the second, {utility.size(gap)}."
    ]


def _of_front(study: Study, rule: Rule) -> CardBody:
    growth = expected_growth(study)
    if growth is None:
        said = ["No trial is within the thresholds and constraints yet, so there is no front."]
        return CardBody(sentences=[*said, *_alone(study), rule.text], facts={"stops": rule.stops})
    verdict = _in_sum(growth > BAR, rule.stops)
    grows = (
        f"One more trial is expected to enlarge the hypervolume of the front by "
        f"{_percents(growth)}, at the most promising of some hundred places."
    )
    return CardBody(
        sentences=[verdict, *_moved(study), grows, *_alone(study), rule.text],
        facts={
            "stops": rule.stops,
            "ahead": [{"trials": 1, "gain": 100 * growth, "chance": None}],
            "unit": "% of the hypervolume",
        },
    )


def _alone(study: Study) -> list[str]:
    """Say what chance each target has that no feasible trial reaches, if trials went for it."""
    said = []
    for spec in study.aims.objectives:
        utility = utility_of_one(study, spec.key)
        feasible = [
            each[spec.key]
            for number, each in study.means.items()
            if spec.key in each and study.ranking.standings.get(number) is Standing.FEASIBLE
        ]
        if utility.target is None:
            continue
        if any(reaches(value, utility.target, spec.direction) for value in feasible):
            said.append(f"The target of {utility.name} is reached by some trial.")
            continue
        places = explored_for(study, utility)
        hopeful = np.argsort(-(places.utility.means + 2 * places.utility.sds), kind="stable")
        chosen = places.take([int(i) for i in hopeful[: _BY_IMPROVEMENT + _BY_HOPE]])
        belief = joint(study, utility, chosen.points)
        if belief is None:
            continue
        ahead = simulate(
            belief, chosen.feasible, has_incumbent=False, target=utility.wanted,
            seed=derived_seed(study.spec.seed, len(study.trials)),
        )  # fmt: skip
        said += [
            f"{text[:-1]}, if they went for it alone." for text in _chances(study, utility, ahead)
        ]
    return said


def _figure(study: Study, utility: Utility, ahead: Sequence[Ahead]) -> Figure:
    point = study.known_point(_incumbent(study))
    assert point is not None
    today = float(places_at(study, utility, [point]).utility.means[0])
    x = [0, *(each.trials for each in ahead)]

    def line(gains: Sequence[float | None]) -> list[float]:
        return [utility.shown(today + gain) for gain in (0.0, *(g or 0.0 for g in gains))]

    middle = line([each.gain for each in ahead])
    ends = [line([each.high for each in ahead]), line([each.low for each in ahead])]
    band = scatter(
        "interval", "model", x=[*x, *reversed(x)], y=[*ends[0], *reversed(ends[1])],
        mode="lines", line={"width": 0}, fill="toself", hoverinfo="skip",
    )  # fmt: skip
    band["meta"] = {"color": "model", "is_band": True}
    expected = scatter(
        "expected", "model", x=x, y=middle, mode="lines+markers", line={"width": 2},
        hovertemplate="<b>%{y:.4~g}</b> after %{x} more<extra></extra>",
    )  # fmt: skip
    title = titled(utility.name, utility.unit)
    return {
        "name": "What more trials are expected to bring",
        "help": "Line: what the pick is expected to be after so many more trials. Band: eight of "
        "ten simulations.",
        "data": [band, expected],
        "layout": {
            "xaxis": {"title": {"text": "more trials"}},
            "yaxis": value_axis(title),
            "meta": {"height": 260},
        },
    }


def _table(utility: Utility, ahead: Sequence[Ahead]) -> Table:
    has_gain = _has_gains(ahead)
    has_chance = ahead[0].chance is not None
    head = ["More trials", *(["Expected improvement"] * has_gain)]
    head += ["Chance to reach the target"] * has_chance
    head += ["Chance to meet the constraints"] * (not has_gain)
    rows = [
        [
            str(each.trials),
            *([utility.size(each.gain or 0.0)] if has_gain else []),
            *([percent(each.chance or 0.0)] if has_chance else []),
            *([] if has_gain else [percent(each.feasible)]),
        ]
        for each in ahead
    ]
    return Table(head=head, rows=rows)


CARD = CardKind(
    name="enough",
    title="Is it enough?",
    reading="Simulated many times: one of the functions that the model holds possible is the "
    "truth, and each next trial goes where the model expects most, among some hundred places. It "
    "assumes that the model is right about how smooth and how noisy results are.",
    needs=needs_model,
    make=_make,
    page=CardPage.DECIDE,
)
