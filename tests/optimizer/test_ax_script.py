"""Scripts of all kinds of experiments are run; what Ax then holds is compared with the rows."""

import random
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest
from ax.api.client import Client
from ax.core.optimization_config import MultiObjectiveOptimizationConfig
from hypothesis import HealthCheck, given, settings

from experiments.assignments import assigned
from experiments.ax_script import Besides, script
from experiments.curves import Point
from experiments.domain import Direction, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import spec_of
from experiments.optimizer import sample
from experiments.outside import outside
from tests.forms.typed_at_random import typed_definitions
from tests.optimizer.ax_cases import CASES, GAIN, LOSS, Case, X, Y, run, xy
from tests.test_together import accepted

each_case = pytest.mark.parametrize("name", CASES)


class Rebuilt(NamedTuple):
    """What running a script gives: its names, and Ax's client."""

    of: dict[str, Any]
    client: Client

    @property
    def experiment(self):
        return self.client._experiment

    @property
    def trials(self) -> dict[int, Any]:
        return {t.run_metadata["number"]: t for t in self.experiment.trials.values()}

    def shown(self, parameters) -> dict[str, Any]:
        return {self.of["NAMES"][n]: self.of["outward"](n, v) for n, v in parameters.items()}

    def metric(self, name: str) -> str:
        return self.of["NAMES"][name]

    def next(self) -> dict[str, Any]:
        found = self.client.get_next_trials(1, fixed_parameters=self.of["FIXED"] or None)
        (parameters,) = found.values()
        return self.shown(parameters)


def rebuilt(case: Case) -> Rebuilt:
    of: dict[str, Any] = {"__name__": "exported"}
    exec(script(case.draft, case.trials, case.besides).text, of)
    return Rebuilt(of, of["build"]())


@cache
def once(name: str) -> Rebuilt:
    """Return what tests share that only look at it."""
    return rebuilt(CASES[name])


def held(of: Rebuilt) -> dict[int, tuple]:
    """Return status, parameters and results of each trial that Ax has."""
    data = of.experiment.lookup_data().df
    found = {}
    for number, trial in of.trials.items():
        rows = data[data["trial_index"] == trial.index]
        results = {
            of.metric(row.metric_name): (row.mean, None if row.sem != row.sem else row.sem)
            for row in rows.itertuples()
        }
        found[number] = (trial.status.name, of.shown(trial.arm.parameters), results)
    return found


def said(case: Case) -> dict[int, tuple]:
    """Return the same of the rows, where Ax can hold them."""
    words = {p.spec.key: p.name for p in case.draft.parameters}
    words |= {m.spec.key: m.name for m in case.draft.metrics}
    found = {}
    for trial in case.trials:
        if trial.number in case.missing:
            continue
        sems = {o.metric: o.sem for o in trial.observations}
        if case.sems is not None:
            sems = dict.fromkeys(sems, case.sems[trial.number])
        values = {words[k]: v for k, v in trial.parameters.items() if k not in case.absent}
        results = {words[o.metric]: (o.mean, sems[o.metric]) for o in trial.observations}
        found[trial.number] = (trial.status.name, values, results)
    return found


@each_case
def test_ax_holds_the_trials_and_is_told_what_it_cannot_hold(name):
    case, of = CASES[name], once(name)
    expected = said(case)
    found = held(of)
    for number, (status, values, results) in found.items():
        known = {word: values[word] for word in expected[number][1]}
        assert (status, known, results) == expected[number]
        others = {p.name for p in case.draft.parameters if p.spec.condition or p.spec.pinned}
        assert values.keys() - known.keys() <= others
    assert found.keys() == expected.keys()
    untold = script(case.draft, case.trials, case.besides).untold
    assert len(untold) == len(case.told), untold
    for piece in case.told:
        assert any(piece in line for line in untold), (piece, untold)


@each_case
def test_ax_has_the_goals(name):
    case, of = CASES[name], once(name)
    objectives = case.draft.objectives
    is_sum = case.draft.is_weighted_sum and len(objectives) > 1
    signs = {Direction.MINIMIZE: -1.0, Direction.MAXIMIZE: 1.0}
    weights = {
        m.name: signs[m.spec.direction] * (m.spec.weight if is_sum else 1.0) for m in objectives
    }
    words = {m.spec.key: m.name for m in case.draft.metrics}
    found = goals(of)
    assert found.pop("weights") == pytest.approx(weights, rel=1e-12)
    assert found == {
        "is_sum": is_sum,
        "is_front": len(objectives) > 1 and not is_sum,
        "bounds": {words[key]: bound for key, bound in case.bounds.items()},
        "minimized": {m.name: m.spec.direction is Direction.MINIMIZE for m in case.draft.metrics},
    }


def goals(of: Rebuilt) -> dict[str, Any]:
    """Return the goals that Ax has, with people's names of metrics."""
    config = of.experiment.optimization_config
    bounds = {}
    for bound in config.all_constraints:
        assert not bound.relative
        ((metric, weight),) = bound.metric_weights
        assert weight == 1
        bounds[of.metric(metric)] = ("<=" if bound.op.name == "LEQ" else ">=", bound.bound)
    return {
        "weights": {of.metric(n): weight for n, weight in config.objective.metric_weights},
        "is_sum": config.objective.is_scalarized_objective,
        "is_front": isinstance(config, MultiObjectiveOptimizationConfig),
        "bounds": bounds,
        "minimized": {of.metric(m.name): m.lower_is_better for m in of.experiment.metrics.values()},
    }


# In Ax, a space is wider where earlier trials had more values; no random point is a mixture.
@pytest.mark.parametrize("name", [n for n in CASES if not CASES[n].is_wider and n != "a mixture"])
def test_the_space_of_ax_has_the_same_points(name):
    """Points within and beyond ranges, on either side of constraints: Ax agrees about each."""
    case, of = CASES[name], once(name)
    everywhere = tuple(
        replace(p, spec=replace(p.spec, condition=None)) for p in case.draft.parameters
    )
    draft = replace(case.draft, parameters=everywhere)
    space, draws = of.experiment.search_space, random.Random(name)
    known = {word: safe for safe, word in of.of["NAMES"].items()}
    names = {p.spec.key: known[p.name] for p in draft.parameters}
    specs = [p.spec for p in draft.parameters]
    counts = {True: 0, False: 0}
    for _ in range(60):
        drawn = {spec.key: point(spec, draws) for spec in specs}
        values = assigned(specs, drawn)
        inside = not outside(draft, values)
        told = {
            names[key]: of.of["inward"](names[key], value)
            for key, value in values.items()
            if key not in case.absent
        }
        assert space.check_membership(told) == inside, values
        counts[inside] += 1
    assert counts[True]
    assert counts[False]


def point(spec: ParameterSpec, draws: random.Random) -> Any:
    """Return a value that is mostly within the parameter's range or choice, on its steps."""
    beyond = draws.random() < 0.1
    if spec.kind is ParameterKind.RANGE:
        step = spec.step or (1 if spec.value_type is ValueType.INT else None)
        if step is None:
            share = 1.5 if beyond else draws.random()
            return spec.lower + share * (spec.upper - spec.lower)
        count = round((spec.upper - spec.lower) / step)
        place = count + 1 + count // 10 if beyond else draws.randrange(count + 1)
        value = spec.lower + place * step
        return value if spec.value_type is ValueType.INT else float(f"{value:.15g}")
    if spec.kind is ParameterKind.CHOICE:
        other = {ValueType.TEXT: "none of them", ValueType.BOOL: spec.values[0]}
        return other.get(spec.value_type, 77) if beyond else draws.choice(spec.values)
    return spec.value


@each_case
def test_the_next_trial_lies_in_the_space(name):
    case = CASES[name]
    proposed = rebuilt(case).next()
    words = {p.name: p.spec for p in case.draft.parameters if p.spec.key not in case.absent}
    assert proposed.keys() == words.keys()
    assert outside(case.draft, {words[word].key: v for word, v in proposed.items()}) == []
    for word, value in proposed.items():
        kinds = {ValueType.FLOAT: float, ValueType.INT: int, ValueType.TEXT: str}
        assert type(value) is kinds.get(words[word].value_type, bool)


@each_case
def test_the_snapshot_is_the_same_experiment(name, tmp_path):
    of = once(name)
    file = tmp_path / "snapshot.json"
    of.of["save"](of.client, str(file))
    loaded = Rebuilt(of.of, Client.load_from_json_file(str(file)))
    found, wanted = held(loaded), held(of)
    assert found.keys() == wanted.keys()
    for number, (status, values, results) in wanted.items():
        assert found[number][:2] == (status, values)
        assert found[number][2].keys() == results.keys()
        for metric, (mean, sem) in results.items():
            again = found[number][2][metric]
            assert again[0] == pytest.approx(mean, rel=1e-14, abs=0)
            assert again[1] == (None if sem is None else pytest.approx(sem, rel=1e-14, abs=0))
    assert loaded.experiment.search_space == of.experiment.search_space
    assert goals(loaded) == goals(of)
    strategy = loaded.client._generation_strategy
    assert [n.name for n in strategy._nodes] == [
        n.name for n in of.client._generation_strategy._nodes
    ]


def test_two_opposite_constraints_are_an_equation():
    space = once("a mixture").experiment.search_space
    assert space.check_membership({"p_x": 0.5, "p_y": 0.25, "p_z": 0.25})
    assert not space.check_membership({"p_x": 0.5, "p_y": 0.25, "p_z": 0.2})
    assert not space.check_membership({"p_x": 0.5, "p_y": 0.25, "p_z": 0.3})


def test_a_repeated_trial_is_the_same_arm_again():
    trials = once("repeats").trials
    assert [trials[number].arm.name for number in range(4)] == [
        "trial_0", "trial_0", "trial_2", "trial_0",
    ]  # fmt: skip


def test_curves_are_there_beside_the_results_of_their_trials():
    of = once("curves")
    rows = of.experiment.lookup_data().full_df.dropna(subset="step")
    points = [(r.arm_name, r.metric_name, r.step, r.mean) for r in rows.itertuples()]
    assert sorted(points) == [
        ("trial_0", "m_loss", 1.0, 9.0),
        ("trial_0", "m_loss", 2.0, 0.5),
        ("trial_1", "m_loss", 0.5, 2.5),
    ]


def started(**more) -> Case:
    """Return an experiment that the model decides in: a bowl around (0.25, 0.75)."""
    points = [(0.1, 0.2), (0.9, 0.1), (0.5, 0.5), (0.2, 0.9), (0.7, 0.7), (0.4, 0.8)]
    losses = [(x - 0.25) ** 2 + (y - 0.75) ** 2 for x, y in points]
    gains = [-loss for loss in losses]
    known = {metric.key: {"loss": losses, "gain": gains}[metric.key] for metric in more["metrics"]}
    return Case(trials=xy(*points, **known), **more)


def by_the_model(case: Case) -> dict[str, Any]:
    of = rebuilt(case)
    proposed = of.next()
    (*_, last) = of.experiment.trials.values()
    assert last.generator_run._generation_node_name == "MBM"
    return proposed


def test_the_model_proposes_the_same_with_curves_and_without():
    plain = started(metrics=[LOSS])
    curve = {"loss": [Point(1, 50.0, 0.1), Point(2, -9.0)]}
    curved = replace(plain, besides=Besides(curves={1: curve, 3: curve}))
    assert by_the_model(curved) == by_the_model(plain)


def test_the_model_goes_where_the_goals_point():
    """Both ways of a sum lead to the bowl's bottom, whichever metric says which way is better."""
    wanted = started(
        metrics=[replace(LOSS, weight=0.1), replace(GAIN, weight=10.0)],
        options={"is_weighted_sum": True},
    )
    proposed = by_the_model(wanted)
    assert proposed == pytest.approx({"x": 0.25, "y": 0.75}, abs=0.2)


def test_the_model_keeps_what_is_retired():
    case = started(metrics=[LOSS], parameters=[X, replace(Y, pinned=0.75)])
    assert by_the_model(case)["y"] == 0.75


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=typed_definitions())
def test_whatever_the_form_accepts_ax_takes(data):
    draft = accepted(data)
    keys = [parameter.spec.key for parameter in draft.parameters]
    points = [
        {key: point[f"p{n}"] for n, key in enumerate(keys, 1) if f"p{n}" in point}
        for point in sample(spec_of(draft), 2)
    ]
    results = {metric.spec.key: 0.5 for metric in draft.metrics}
    of: dict[str, Any] = {"__name__": "exported"}
    exec(script(draft, [run(n, p, **results) for n, p in enumerate(points)]).text, of)
    rebuilt = Rebuilt(of, of["build"]())
    space = rebuilt.experiment.search_space
    for number, (_, shown, _) in held(rebuilt).items():
        assert of["FIXED"] or space.check_membership(rebuilt.trials[number].arm.parameters)
        known = {p.name: points[number].get(p.spec.key) for p in draft.parameters}
        assert all(known[w] in (None, value) for w, value in shown.items())
