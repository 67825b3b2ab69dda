"""The fields of the experiment itself."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import ClassVar

from experiments.domain import GenerationMethod, ResultNoise
from experiments.drafts import ExperimentDraft
from experiments.forms.rows import Field, Options, Row, Texts
from experiments.search_space import normal_name

Teams = Sequence[tuple[int, str]]
"""The teams among which the person may choose: ids and names."""

BY_HAND, EXISTING = "values", "trial"
_DEFAULT_PARALLELISM, _DEFAULT_INITIALIZATION = 3, 5
_MORE = ("noise", "wanted_parallelism", "generation_method", "initialization_budget", "seed",
         "baseline", "baseline_trial", "tags")  # fmt: skip

NOISES: Options = (
    (ResultNoise.NOISY.value, "Noisy: the same trial, run again, gives another result"),
    (ResultNoise.EXACT.value, "Exact: the same trial always gives the same result"),
    (ResultNoise.GIVEN.value, "They come with a standard error each"),
)


def _whole(label: str, placeholder: str = "", help: str = "") -> Field:
    return Field(label=label, inputmode="numeric", placeholder=placeholder, help=help)


class ExperimentRow(Row):
    """The experiment's name, its team, and how it is run."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "team": Field(label="Team", control="select"),
        "name": Field(label="Name"),
        "description": Field(
            label="Description",
            control="lines",
            rows=2,
            help="What is varied and why, how to run a trial: whoever runs one reads it.",
        ),
        "trade": Field(
            label="What counts",
            control="select",
            options=(
                ("", "The best compromises between them (trade-off, Pareto)"),
                ("sum", "Their weighted sum"),
            ),
        ),
        "trial_budget": _whole(
            "Trial budget", placeholder="none", help="Optional: how many trials you can afford."
        ),
        "noise": Field(
            label="Results are",
            control="select",
            options=NOISES,
            initial=ResultNoise.NOISY.value,
            help="A standard error that you enter counts in any case.",
        ),
        "wanted_parallelism": _whole(
            "Suggestions kept ready",
            placeholder=str(_DEFAULT_PARALLELISM),
            help="About as many as you run at the same time.",
        ),
        "generation_method": Field(
            label="How suggestions are made",
            control="radios",
            initial=GenerationMethod.FAST.value,
        ),
        "initialization_budget": _whole(
            "Exploring trials",
            placeholder=str(_DEFAULT_INITIALIZATION),
            help="So many are spread over the space before the model decides.",
        ),
        "seed": _whole(
            "Seed",
            placeholder="drawn at random",
            help="The same seed and results give the same suggestions.",
        ),
        "baseline": Field(
            label="Baseline",
            control="select",
            help="What you do today; relative bounds compare with it. Values that you enter stand "
            "beside the parameters, and are run first.",
        ),
        "baseline_trial": _whole("Number of the baseline trial"),
        "tags": Field(
            label="Tags", placeholder="none", help="To find it again: separate them by commas."
        ),
    }

    def __init__(self, texts: Texts, *, teams: Teams, is_new: bool, has_trials: bool) -> None:
        """Make the fields; a new experiment has a team, one with trials may have a baseline."""
        super().__init__(texts)
        self.has_team_choice = len(teams) > 1 and is_new
        self.has_trials = has_trials
        self._only_team = teams[0][0] if len(teams) == 1 else None
        self._options = {
            "team": (("", "Choose a team"), *((str(pk), name) for pk, name in teams)),
            "generation_method": methods(),
            "baseline": baselines(has_trials=has_trials),
        }

    def options(self, name: str) -> Options:
        """Return what can be chosen in a field."""
        return self._options.get(name) or super().options(name)

    @property
    def is_more_open(self) -> bool:
        """Whether the settings that few need are shown at once."""
        return any(field in self.errors for field in _MORE)

    def read(self, *, has_objectives: bool) -> ExperimentDraft:
        """Read all but the rows; wrong fields get their errors, and their defaults here."""
        name = normal_name(self.texts.get("name", ""))
        if not name:
            self.add_error("name", "Give the experiment a name.")
        noise, method = self.chosen("noise"), self._method()
        return ExperimentDraft(
            name=name,
            description=self.lines("description"),
            parameters=(),
            metrics=(),
            is_weighted_sum=has_objectives and self.is_weighted_sum,
            baseline_trial=self._baseline_trial(),
            noise=ResultNoise.NOISY if "noise" in self.errors else ResultNoise(noise),
            trial_budget=self.int_of("trial_budget"),
            wanted_parallelism=self._whole("wanted_parallelism", _DEFAULT_PARALLELISM),
            generation_method=method,
            initialization_budget=self._whole("initialization_budget", _DEFAULT_INITIALIZATION),
            seed=self.int_of("seed"),
            tags=tuple(t for tag in self.text("tags").split(",") if (t := normal_name(tag))),
        )

    def team(self) -> int | None:
        """Return the id of the chosen or only team; an error is noted where there is none."""
        chosen = self.text("team")
        # Who has one team has nothing to choose; a team that is sent all the same is judged.
        if not chosen and not self.has_team_choice:
            return self._only_team
        if chosen not in (value for value, _ in self._options["team"] if value):
            self.add_error("team", "Choose one of your teams.")
            return None
        return int(chosen)

    @property
    def is_weighted_sum(self) -> bool:
        """Whether several objectives are to be added up."""
        return self.chosen("trade") == "sum"

    @property
    def is_baseline_by_hand(self) -> bool:
        """Whether the baseline is entered, value by value."""
        return self.text("baseline") == BY_HAND

    def field_of(self, field: str) -> str:
        """Return the field that shows what the rules call ``field``; blank if none does."""
        field = {"baseline_values": "baseline", "is_weighted_sum": "trade"}.get(field, field)
        return field if field in self.FIELDS else ""

    def _method(self) -> GenerationMethod:
        method = self.chosen("generation_method")
        if "generation_method" in self.errors:
            return GenerationMethod.FAST
        if method == GenerationMethod.QUALITY and not has_quality():
            self.add_error(
                "generation_method",
                "“Quality” needs the packages jax and numpyro, which are not installed here: "
                "choose another, or ask who runs AxDash to install them.",
            )
        return GenerationMethod(method)

    def _whole(self, name: str, default: int) -> int:
        number = self.int_of(name)
        return default if number is None else number

    def _baseline_trial(self) -> int | None:
        if self.chosen("baseline") != EXISTING:
            return None
        if not self.text("baseline_trial"):
            self.add_error("baseline_trial", "Enter the number of the trial.")
        return self.int_of("baseline_trial")


def baselines(*, has_trials: bool) -> Options:
    """Return what can be the baseline."""
    existing: Options = ((EXISTING, "A trial"),) if has_trials else ()
    return (("", "None"), (BY_HAND, "Values that I enter"), *existing)


def has_quality() -> bool:
    """Tell whether the slow, careful model can be used."""
    return all(find_spec(module) for module in ("jax", "numpyro"))


def methods() -> Options:
    """Return how suggestions can be made, each with what it costs."""
    quality = "Quality: a more careful model, 10 to 20 seconds a suggestion."
    if not has_quality():
        quality += " Not installed here: it needs the packages jax and numpyro."
    bandit = (
        "Bandit: for up to 100 combinations of choices with noisy results. Each is tried once, "
        "then those are repeated that may be the best. Costs many trials, under a second each."
    )
    random_search = "Random search: spread evenly, learns nothing, no wait. For comparisons."
    return (
        (GenerationMethod.FAST.value, "Fast: a model learns from each result, about a second."),
        (GenerationMethod.QUALITY.value, quality),
        (GenerationMethod.BANDIT.value, bandit),
        (GenerationMethod.RANDOM_SEARCH.value, random_search),
    )
