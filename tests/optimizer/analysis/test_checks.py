"""What checks find wrong, and that they leave the rest alone."""

import random
import re

import numpy as np
import pytest
from ax.analysis.healthcheck.search_space_analysis import search_space_boundary_proportions

from experiments.domain import (
    MetricRole,
    ParameterKind,
    ParameterSpec,
    ResultNoise,
    ValueType,
)
from experiments.optimizer import analyse
from experiments.optimizer.analysis import model_checks, row_checks
from experiments.optimizer.analysis.validation import Validation
from tests.optimizer.analysis.studies import (
    FLOATS,
    STUDIES,
    bowl,
    drawn,
    minimized,
    space_of,
    study,
)
from tests.optimizer.examples import choice, fixed, float_range

pytestmark = pytest.mark.filterwarnings("ignore")

FLAT = space_of(*FLOATS)


def doubts(check, made):
    verdict = check(made)
    return [] if verdict is None else list(verdict.doubts)


def measured_at(points, values, **options):
    results = iter(values)
    return study(space_of(*FLOATS, **options), lambda p: {"m1": next(results)}, points=points)


def test_results_at_the_same_point_that_differ_are_told_with_the_difference():
    points = drawn(FLAT, 5)
    made = measured_at([*points, points[2]], [1.0, 2.0, 0.5, 1.5, 1.2, 0.7])
    assert doubts(row_checks.repeats, made) == [
        "Results at the same point differ by 0.2: “loss” is 0.5 and 0.7 in trials 3 and 6."
    ]


def test_results_at_the_same_point_may_differ_by_their_noise():
    point = drawn(FLAT, 1)[0]
    near = study(FLAT, lambda p: {"m1": (random.Random(1).random(), 0.5)}, points=[point] * 3)
    assert doubts(row_checks.repeats, near) == []
    exact = measured_at([point] * 2, [1.0, 1.001], noise=ResultNoise.EXACT)
    assert len(doubts(row_checks.repeats, exact)) == 1
    assert row_checks.repeats(STUDIES["two floats"]()) is None


def test_metrics_that_move_together_are_told():
    assert doubts(row_checks.together, STUDIES["tracked"]()) == [
        "“loss” and “cost” move together (rank correlation 1.00): one tells nearly all that the "
        "other does."
    ]
    metrics = (minimized(), minimized("m2", role=MetricRole.TRACKED))
    spec = space_of(*FLOATS, metrics=metrics)
    against = study(spec, lambda p: {"m1": p["p1"], "m2": -p["p1"]}, 9)
    assert "go against each other" in doubts(row_checks.together, against)[0]
    apart = study(spec, lambda p: {"m1": p["p1"], "m2": p["p2"]}, 9)
    assert doubts(row_checks.together, apart) == []


@pytest.mark.parametrize(
    ("parameter", "best", "said"),
    [
        (float_range("p1", 1e-5, 0.1, log_scale=True), 0.1, "the upper bound of “x1” (0.1)"),
        (float_range("p1", -1.0, 1.0), -0.9999, "the lower bound of “x1” (-1)"),
        (
            choice("p1", ValueType.INT, *range(1, 7), is_ordered=True),
            6,
            "the upper bound of “x1” (6)",
        ),
        (float_range("p1", 0.0, 1.0), 0.99, ""),
        (choice("p1", ValueType.INT, 1, 2, 3, is_ordered=True), 3, ""),
        (choice("p1", ValueType.TEXT, *"abcdef"), "f", ""),
    ],
)
def test_the_best_on_a_bound_is_told(parameter: ParameterSpec, best, said):
    spec = space_of(parameter, FLOATS[1])
    points = drawn(spec, 6, seed=3)
    points.append(points[0] | {"p1": best})
    values = iter([5.0] * 6 + [1.0])
    made = study(spec, lambda p: {"m1": next(values)}, points=points)
    found = doubts(row_checks.bounds, made)
    assert found == ([f"The best lies on {said}: beyond it may be better ones."] if said else [])


def test_newest_trials_on_a_bound_are_counted_as_ax_counts_them():
    points = [point | {"p1": 1.0 if n % 4 else 0.3} for n, point in enumerate(drawn(FLAT, 12))]
    made = measured_at(points, [1.0 + n for n in range(12)])
    (said,) = doubts(row_checks.bounds, made)
    table = search_space_boundary_proportions(made.space.to_ax(), points[-10:])
    share = table.set_index("Boundary").loc["p1 = 1.0"].iloc[-1]
    assert said == (
        f"{round(10 * share)} of the 10 newest trials lie on the upper bound of “x1” (1)."
    )


def test_parameters_and_values_that_were_never_tried_are_told():
    assert doubts(row_checks.never_varied, STUDIES["never varied"]()) == [
        "“x2” was never varied: it is 2 in all 8 results, so nothing can be said of it."
    ]
    spec = space_of(
        FLOATS[0], choice("p2", ValueType.TEXT, "a", "b", "c"), fixed("p3", ValueType.INT, 1)
    )
    points = [point | {"p2": "ab"[n % 2]} for n, point in enumerate(drawn(spec, 8))]
    assert doubts(
        row_checks.never_varied, study(spec, lambda p: {"m1": p["p1"]}, points=points)
    ) == ["“x2” was never c."]


@pytest.mark.parametrize(
    ("kind", "check", "said"),
    [
        ("all failed", row_checks.failures, "All 8 trials failed"),
        ("some failed", row_checks.failures, "of 12 trials failed."),
        ("all equal", row_checks.variation, "All 8 results of “loss” are the same (0.5)"),
        ("constraint never measured", row_checks.measurements, "its constraint does not count yet"),
        ("objective never measured", row_checks.measurements, "nothing can be compared"),
        ("constraint partly measured", row_checks.measurements, "of 8 trials only."),
        ("an SEM on half", row_checks.standard_errors, "of 8 results of “loss” have a SEM."),
        (
            "lacking values",
            row_checks.learning,
            "leaves out trials 1, 2 and 3. It has no value for “x2”.",
        ),
        (
            "hopeless constraint",
            model_checks.constraints,
            "100 % of the trials are likely to miss cost ≤ 3",
        ),
    ],
)
def test_what_looks_wrong_is_said(kind, check, said):
    (found,) = doubts(check, STUDIES[kind]())
    assert said in found


def noisy(point, scale=0.05):
    return bowl(point) + random.Random(str(point)).gauss(0, scale)


def test_an_outlier_is_named_with_what_was_expected_and_others_are_not():
    points = drawn(FLAT, 24)
    values = [noisy(point) for point in points]
    clean = measured_at(points, values)
    assert doubts(model_checks.outliers, clean) == []
    wrong = measured_at(points, [*values[:9], values[9] + 60.0, *values[10:]])
    (said, *_) = doubts(model_checks.outliers, wrong)
    assert "of trial 10 is" in said


def test_a_metric_without_any_pattern_is_called_unpredictable():
    made = study(FLAT, lambda p: {"m1": random.Random(str(p)).random()}, 20)
    (said,) = doubts(model_checks.predictability, made)
    assert "no better than an average" in said
    assert doubts(model_checks.predictability, study(FLAT, lambda p: {"m1": noisy(p)}, 20)) == []


def test_sems_that_do_not_fit_how_results_scatter_are_told():
    def evaluate(sem):
        return lambda p: {"m1": (noisy(p), sem)}

    assert doubts(model_checks.noise, study(FLAT, evaluate(0.05), 20)) == []
    (said,) = doubts(model_checks.noise, study(FLAT, evaluate(8.0), 20))
    assert re.search(r"The SEMs of “loss” look too large: results scatter \d+ % as much", said)

    def half(p):
        return {"m1": (noisy(p, 2.0), 1e-3) if p["p1"] > 0.5 else noisy(p, 2.0)}

    (said,) = doubts(model_checks.noise, study(FLAT, half, 20))
    assert "The SEMs of “loss” (0.001) are far from the noise" in said


def test_results_that_scatter_more_than_model_and_sems_say_are_told():
    values = np.array([0.0, 4.0] * 6)
    validation = Validation(
        trials=tuple(range(12)), observed=values, means=np.full(12, 2.0), sds=np.full(12, 0.3),
        sems=np.full(12, 0.4), is_one_by_one=True,
    )  # fmt: skip
    assert model_checks._against_scatter(STUDIES["SEMs"]().metric("m1"), validation) == [
        "Results of “loss” scatter 4.0 times as much as model and SEMs say."
    ]


def test_a_baseline_that_nobody_beats_is_told():
    points = drawn(FLAT, 5)
    worse = measured_at(points, [1.0, 2.0, 3.0, 4.0, 5.0], baseline=1)
    assert doubts(model_checks.baseline, worse) == [
        "No trial beats the baseline (trial 1) in “loss” yet."
    ]
    better = model_checks.baseline(measured_at(points, [1.0, 0.5, 3.0, 4.0, 5.0], baseline=1))
    assert better is not None
    assert better.fine == "The best loss, 0.5, beats the baseline's 1."


def test_more_than_ax_is_made_for_is_told_in_our_words():
    spec = space_of(*(choice(f"p{n}", ValueType.TEXT, *"abcdefg") for n in (1, 2, 3)))
    (said,) = doubts(model_checks.size, study(spec, lambda p: {"m1": bowl(p)}, 6))
    assert said == (
        "Ax is not made for so much: 3 unordered choices of more than five values (it is made for "
        "1)."
    )
    assert doubts(model_checks.size, STUDIES["two floats"]()) == []


def test_the_summary_says_what_matters_where_the_best_is_how_good_the_model_is_and_doubts():
    metrics = (minimized(),)
    spec = space_of(float_range("p1", -2.0, 2.0), float_range("p2", 0.0, 1.0), metrics=metrics)
    made = study(
        spec, lambda p: {"m1": (p["p1"] - 0.5) ** 2}, 16, running=1, units={"p1": "mm", "m1": "s"}
    )
    body = next(card for card in analyse(made) if card.name == "summary").body
    text = " ".join(body.sentences)
    assert "16 trials have results, 1 running." in text
    assert f"in trial {made.best.number}." in text
    assert "loss depends almost only on “x1”: it falls, then rises along “x1”." in text
    assert "“x2” makes hardly any difference." in text
    near = re.search(r"The model expects the best at “x1” ([\d.]+) mm \(([\d.]+) mm to", text)
    assert near
    assert float(near[1]) == pytest.approx(0.5, abs=0.05)
    assert "the model predicts loss well (R²" in text
    assert body.facts["optimum"]["p1"] == pytest.approx(0.5, abs=0.05)


def test_the_summary_shows_what_checks_find():
    body = next(card for card in analyse(STUDIES["never varied"]()) if card.name == "summary").body
    assert body.doubts == [
        "“x2” was never varied: it is 2 in all 8 results, so nothing can be said of it."
    ]


def test_a_kind_that_is_fixed_is_no_parameter_to_doubt():
    spec = space_of(FLOATS[0], fixed("p2", ValueType.FLOAT, 1.0))
    assert spec.parameters[1].kind is ParameterKind.FIXED
    assert doubts(row_checks.never_varied, study(spec, lambda p: {"m1": p["p1"]}, 6)) == []
