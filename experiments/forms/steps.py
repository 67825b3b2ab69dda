"""The newest intermediate values of one trial: one step, and a value of each metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from experiments.curves import Curve, Point, next_step, version_of
from experiments.domain import ResultNoise
from experiments.formatting import format_number
from experiments.forms.curves import read_step
from experiments.forms.results import ResultForm
from experiments.models import Metric, Trial

PREFIX = "at"
"""What the names of the fields begin with: those of results stand in the same row."""

_NONE = "Type the value, such as 0.25."


class StepForm(ResultForm):
    """One step, and the values that were measured there, read as results are.

    The step is filled in with the one with which the curves probably go on. ``seen`` is the
    ``version_of`` the curves that the person had before them.
    """

    prompt = "value"
    step = forms.CharField(required=False, max_length=1000)
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        metrics: Sequence[Metric],
        trial: Trial,
        curves: Mapping[str, Curve],
    ) -> None:
        longest = max(curves.values(), key=lambda curve: curve[-1].step, default=[])
        initial = {
            "step": format_number(next_step(longest), 12),
            "seen": version_of(curves),
        }
        super().__init__(
            data, metrics=metrics, trial=trial, noise=ResultNoise.EXACT, initial=initial,
            prefix=PREFIX,
        )  # fmt: skip

    def _is_required(self, metric: Metric) -> bool:
        return False

    def clean_step(self) -> float:
        """Return the step: a number that is not negative."""
        return read_step(self.cleaned_data["step"])

    def clean(self) -> None:
        """Ask for at least one value."""
        super().clean()
        keys = [metric.key for metric in self.metrics]
        if not self.errors.keys() & set(keys) and not any(map(self.cleaned_data.get, keys)):
            self.add_error(keys[0], _NONE)

    def points(self) -> dict[Metric, list[Point]]:
        """Return what was entered, by metric; several measurements are one point."""
        step = self.cleaned_data["step"]
        return {
            metric: [Point(step, measured.mean + 0.0, measured.sem)]
            for metric in self.metrics
            if (measured := self.cleaned_data[metric.key]) is not None
        }

    def again(self, curves: Mapping[str, Curve], problem: str) -> "StepForm":
        """Return the form as it was filled in, with a problem, for curves as they are by now."""
        data = dict(self.data.items())
        data[self.add_prefix("seen")] = version_of(curves)
        form = StepForm(data, metrics=self.metrics, trial=self.trial, curves=curves)
        form.full_clean()
        form.add_error(next(iter(form.points())).key, problem)
        return form
