import pytest
from hypothesis import given, settings

from experiments.counting import combinations, dimensions
from experiments.definition_rules import definition_problems
from experiments.direction_check import usual_direction
from experiments.domain import Direction, GenerationMethod, MetricRole, ResultNoise
from experiments.drafts import ExperimentDraft
from experiments.meaning import Meaning, meaning_of
from tests.rules.making import (
    MOST,
    choice,
    constraint,
    definition,
    derived,
    fixed,
    metric,
    range_,
    sound_drafts,
    when,
)

FLOAT = range_("x", -1.0, 1.0)
KERNEL = choice("kernel", "rbf", "poly")
FIXED = fixed("f", 3)
ROUNDED = " treated as a rounded number."


def mean(*parameters, **kwargs) -> Meaning:
    return meaning_of(definition(*parameters, **kwargs), is_whole=True)


def test_direction_is_said_back_in_numbers():
    (check,) = mean(FLOAT).directions
    assert (check.name, check.sentence) == ("loss", "0.12 is better than 0.98, right?")
    metrics = (metric("accuracy", Direction.MAXIMIZE), metric("time", unit="s"))
    up, down = mean(FLOAT, metrics=metrics).directions
    assert (up.sentence, up.doubt) == ("0.98 is better than 0.12, right?", "")
    assert down.sentence == "0.12 s is better than 0.98 s, right?"


def test_a_direction_that_the_name_contradicts_is_doubted():
    (check,) = mean(FLOAT, metrics=(metric("val_accuracy"),)).directions
    assert check.doubt == "The name sounds as if high were good, but it is to be minimized here."
    (check,) = mean(FLOAT, metrics=(metric("Loss", Direction.MAXIMIZE),)).directions
    assert check.doubt == "The name sounds as if low were good, but it is to be maximized here."


def test_a_name_that_contradicts_a_bound_or_what_is_tracked_is_doubted():
    def doubts(other):
        first, *others = mean(FLOAT, metrics=(metric(), other)).directions
        assert (first.name, first.doubt) == ("loss", "")
        assert all(check.sentence == "" for check in others)
        return [f"{check.name}: {check.doubt}" for check in others]

    kept = {"role": MetricRole.CONSTRAINT, "bound": 0.9}
    assert doubts(metric("accuracy", **kept)) == [
        "accuracy: The name sounds as if high were good, but it is to be kept at most at a bound "
        "here."
    ]
    assert doubts(metric("latency", **kept)) == []
    tracked = {"role": MetricRole.TRACKED}
    assert doubts(metric("recall", **tracked)) == [
        "recall: The name sounds as if high were good, but smaller is better here."
    ]
    assert doubts(metric("recall", Direction.MAXIMIZE, **tracked)) == []


@pytest.mark.parametrize(
    ("names", "direction"),
    [
        ("accuracy valAcc val-acc acc@5 acc1 F1 R² R2 mAP@50 AUROC throughput", Direction.MAXIMIZE),
        ("log_likelihood yield uptime", Direction.MAXIMIZE),
        ("loss valLoss error_rate RMSE latency_ms timeMs cost nll", Direction.MINIMIZE),
        ("booth closs costume neg_mean_squared_error accuracy_loss time_to_accuracy x", None),
    ],
)
def test_what_names_suggest(names, direction):
    assert {name: usual_direction(name) for name in names.split()} == dict.fromkeys(
        names.split(), direction
    )


def test_dimensions_and_combinations():
    meaning = mean(FLOAT, KERNEL, FIXED)
    assert (meaning.dimensions, meaning.choices, meaning.combinations) == (2, 1, None)
    grid = range_("g", 0.0, 1.0, step=0.1)
    assert mean(grid, KERNEL, FIXED, range_("old", pinned=0.5)).combinations == 22
    assert mean(grid, derived("d", g=1.0)).combinations == 11
    many = [range_(f"i{n}", 0, 2**53) for n in range(200)]
    assert mean(*many).combinations_text == "about 1e3191"
    assert mean(range_("i", 1, 12345)).combinations_text == "12\u202f345"
    assert mean(range_("i", 1, 10**7)).combinations_text == "10 million"
    assert mean().combinations is None


def test_dependents_count_only_where_they_apply():
    inner = choice("inner", 1, 2, 3, condition=when("kernel", "rbf"))
    deeper = choice("deeper", True, False, condition=when("inner", 2, 3))
    # poly; rbf with 1; rbf with 2 or 3, each with yes or no.
    assert mean(KERNEL, inner, deeper).combinations == 1 + 1 + 4
    assert mean(KERNEL, inner, deeper).dependents == 2
    wide = range_("gamma", condition=when("kernel", "rbf"))
    assert mean(KERNEL, wide).combinations is None
    pinned = choice("kernel", "rbf", "poly", pinned="poly")
    meaning = mean(pinned, wide, choice("c", "x", "y"))
    assert (meaning.dimensions, meaning.combinations) == (1, 2)
    assert "gamma never applies: what it depends on has other values." in meaning.advice


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({}, "The first 5 trials explore; then the model decides."),
        ({"trial_budget": 5}, "the model never gets to decide"),
        ({"trial_budget": 20}, "Of 20 trials the first 5 explore; for the other 15 the model"),
        ({"trial_budget": 2, "initialization_budget": 1}, "first explores; for the last one"),
        ({"trial_budget": 9, "generation_method": GenerationMethod.RANDOM_SEARCH}, "All 9 trials"),
    ],
)  # fmt: skip
def test_budget(settings_, words):
    assert words in mean(FLOAT, **settings_).budget


def test_few_combinations_need_no_model():
    meaning = mean(KERNEL)
    assert "trying each" in meaning.budget
    assert meaning.advice == ("Only 2 combinations: every one can be tried.",)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (None, "The first 6 trials try each combination; then the most promising come again."),
        (6, "With a budget of 6 nothing is repeated: there are 6 combinations"),
        (7, "Of 7 trials the first 6 try each combination; the last one repeats"),
        (20, "the other 14 repeat what may be best."),
    ],
)
def test_budget_of_a_bandit(budget, words):
    meaning = mean(
        KERNEL, range_("n", 1, 3), trial_budget=budget, generation_method=GenerationMethod.BANDIT
    )
    assert words in meaning.budget
    assert meaning.method.startswith("Bandit: each combination is tried once")


@pytest.mark.parametrize(
    ("settings_", "is_advised"),
    [
        ({"trial_budget": 20}, True),
        ({"trial_budget": 6}, False),
        ({}, False),
        ({"trial_budget": 20, "noise": ResultNoise.EXACT}, False),
        ({"trial_budget": 20, "generation_method": GenerationMethod.BANDIT}, False),
    ],
)
def test_a_bandit_is_advised_where_trials_are_left_to_repeat(settings_, is_advised):
    advice = " ".join(mean(KERNEL, range_("n", 1, 3), **settings_).advice)
    assert ("“Bandit” repeats the best of them" in advice) == is_advised


@pytest.mark.parametrize(
    ("parameters", "advice"),
    [
        ([range_("lr", 1e-6, 1e-1)], ["lr spans five decades: use a log scale?"]),
        ([range_("lr", 1e-4, 0.9)], ["lr spans 4 decades: use a log scale?"]),
        ([range_("lr", 1e-6, 1e-1, log_scale=True)], []),
        ([range_("lr", 0.0, 1e9)], []),
        ([range_("n", -1, 10**7)], ["n has 10 million integers: it is" + ROUNDED]),
        ([range_("n", 0, 999)], []),
        ([range_("s", 0.0, 1e4, step=0.5)], ["s has 20\u202f001 steps: it is" + ROUNDED]),
        ([choice("c", *range(60))], ["c lists numbers: choose “Ordered” if a value between two "
                                     "others is likely to do about as well as they do."]),
        ([choice("c", *range(60), is_ordered=True)], []),
        ([choice("c", 1, 2, 3, is_ordered=True)], ["Only 3 combinations: every one can be tried."]),
        (
            [range_("lr", 0.1, 1.0, log_scale=True, backfill=0.0)],
            ["lr has a log scale, where there is no 0: the model leaves out the earlier trials "
             "that have it."],
        ),
        (
            [range_(f"x{n}") for n in range(30)],
            ["With 30 dimensions the model learns slowly: fix what matters least, or plan for some "
             "hundred trials."],
        ),
    ],
)  # fmt: skip
def test_advice(parameters, advice):
    assert list(mean(*parameters).advice) == advice


def test_nothing_is_counted_while_something_is_wrong():
    draft = definition(KERNEL, fixed("f", 3))
    assert meaning_of(draft, is_whole=True).combinations == 2
    unfinished = meaning_of(draft, is_whole=False)
    assert (unfinished.dimensions, unfinished.combinations, unfinished.advice) == (1, None, ())
    assert unfinished.budget == "The first 5 trials explore; then the model decides."


def test_idle_constraints_are_told_unless_something_is_wrong():
    draft = definition(FLOAT, constraints=[constraint(MOST, 2, x=1)])
    assert meaning_of(draft, is_whole=True).advice == (
        "“x ≤ 2” always holds within the bounds: it can be left out.",
    )
    assert meaning_of(draft, is_whole=False).advice == ()


def test_goals_are_said_where_there_are_several():
    assert mean(FLOAT).goals == ()
    time = metric("time", role=MetricRole.CONSTRAINT, bound=50.0, unit="ms")
    error = metric("error", threshold=0.2)
    size = metric("size", role=MetricRole.TRACKED)
    meaning = mean(FLOAT, metrics=(metric(target=0.1), error, time, size))
    assert [f"{goal.verb} {goal.name} {goal.rest}".strip() for goal in meaning.goals] == [
        "minimize loss",
        "minimize error (of interest: ≤ 0.2)",
        "keep time ≤ 50 ms",
    ]
    assert [note.split(" ")[0] for note in meaning.goal_notes] == ["The", "Recorded,", "Good"]
    weighted = mean(
        FLOAT,
        metrics=(metric(weight=2.0), metric("auc", Direction.MAXIMIZE)),
        is_weighted_sum=True,
    )
    assert weighted.goals[0].name == "−2 × loss + auc"
    assert weighted.goals[0].rest == "(weighted sum)"


@settings(max_examples=300, deadline=None)
@given(draft=sound_drafts())
def test_any_definition_without_problems_has_a_meaning(draft: ExperimentDraft):
    if not definition_problems(draft):
        assert meaning_of(draft, is_whole=True).dimensions >= 1


def test_counting_copes_with_circles():
    circle = (
        choice("C", "x", "y", condition=when("kernel", "rbf")),
        choice("kernel", "rbf", "poly", condition=when("C", "x")),
        choice("a", 1, 2),
    )
    specs = [parameter.spec for parameter in circle]
    assert combinations(specs) == 2
    assert [spec.key for spec in dimensions(specs)] == ["a"]
