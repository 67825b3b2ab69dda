"""Results as people type them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.domain import MetricRole, Relation, Result, ResultNoise
from experiments.entry_guard import Question
from experiments.formatting import format_number
from experiments.forms.measured import Measured, MeasuredField, read_measured
from experiments.forms.numbers import parse_number
from experiments.goal_words import SIGNS, with_unit
from experiments.models import Metric, Trial

Doubt = Callable[[Metric, float], Question | None]
"""Says what to ask about a value of a metric."""

_ONE = "Type the result, such as 0.25."
_ONE_OF_SEVERAL = "Type the result, too. If there is none, fail or abandon the trial."


class StandardErrorField(forms.Field):
    """The standard error of a mean."""

    widget = forms.TextInput

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit

    def to_python(self, value: Any) -> float | None:
        """Return a float that is not negative, or ``None`` for a blank field."""
        if value is None or not value.strip():
            return None
        measured = read_measured(value, self.unit)
        if measured.raw:
            raise ValidationError("Type one number: measurements belong in the field before.")
        if measured.mean < 0:
            raise ValidationError("A standard error cannot be negative.")
        return measured.mean


@dataclass(frozen=True)
class Asked:
    """A value that was asked about, in full, and what it could be instead."""

    value: str
    instead: float | None


class MetricEntry:
    """The fields for one metric's result, for a template to draw side by side."""

    def __init__(self, form: "ResultForm", metric: Metric) -> None:
        self.form = form
        self.metric = metric
        self.mean = form[metric.key]
        self.sem = form[_sem(metric)] if form.has_sems else None

    @property
    def errors(self) -> list[str]:
        """What is wrong with the mean, then with its standard error."""
        return [*self.mean.errors, *(self.sem.errors if self.sem else [])]

    @property
    def choices(self) -> list[str]:
        """What the text could mean, each as it would have to be typed; empty if that is clear."""
        field = self.form.fields[self.metric.key]
        return field.choices if self.mean.errors else []  # type: ignore[attr-defined]

    @property
    def question(self) -> Asked | None:
        """What is asked about a value that looks like a slip."""
        return self.form.questions.get(self.metric.key)

    @property
    def question_name(self) -> str:
        """The field with which the person says that it is meant."""
        return self.form.add_prefix(_sure(self.metric))

    @property
    def is_last(self) -> bool:
        """Whether Enter sends the form, rather than going on to the next metric."""
        return self.metric == self.form.metrics[-1]

    @property
    def is_focused(self) -> bool:
        """Whether the cursor starts here: at the first error, or where a correction starts."""
        return self.metric == self.form.focused

    @property
    def placeholder(self) -> str:
        """What a blank field says."""
        if self.form.is_single:
            return self.form.prompt
        return "" if self.metric.is_objective else "optional"

    @property
    def hint(self) -> str:
        """Where a constrained metric has to stay."""
        bound, is_relative = self.metric.bound, self.metric.is_relative
        if self.metric.role != MetricRole.CONSTRAINT or bound is None or is_relative:
            return ""
        return f"{SIGNS[Relation(self.metric.relation)]} {with_unit(bound, self.metric.unit)}"


class ResultForm(forms.Form):
    """The results of one trial: a field a metric, with its standard error where that is known.

    The fields have the metrics' keys as names (``m3``, ``m3-sem``). Objectives have to be given;
    other metrics may be left blank where they were not measured.
    """

    prompt = "type, then Enter"

    def __init__(
        self,
        data: Any = None,
        *,
        metrics: Sequence[Metric],
        trial: Trial,
        noise: str = ResultNoise.NOISY,
        initial: Any = None,
        prefix: str | None = None,
        doubt: Doubt | None = None,
    ) -> None:
        super().__init__(data, auto_id=f"trial-{trial.number}-%s", initial=initial, prefix=prefix)
        self.metrics = metrics
        self.trial = trial
        self.questions: dict[str, Asked] = {}
        self._doubt = doubt
        self.has_sems = noise != ResultNoise.EXACT
        self.sems_are_expected = noise == ResultNoise.GIVEN
        objectives = [metric for metric in metrics if metric.is_objective]
        messages = {"required": _ONE_OF_SEVERAL} if len(objectives) > 1 else None
        for metric in metrics:
            self.fields[metric.key] = MeasuredField(
                label=metric.name,
                required=self._is_required(metric),
                error_messages={"required": _ONE} | (messages or {}),
                unit=metric.unit,
            )
            if self.has_sems:
                self.fields[_sem(metric)] = StandardErrorField(required=False, unit=metric.unit)

    def _is_required(self, metric: Metric) -> bool:
        return metric.is_objective

    @property
    def entries(self) -> list[MetricEntry]:
        """The fields, metric by metric."""
        return [MetricEntry(self, metric) for metric in self.metrics]

    @property
    def is_single(self) -> bool:
        """Whether there is but one metric, whose fields fit into a line."""
        return len(self.metrics) == 1

    @property
    def focused(self) -> Metric | None:
        """The metric in whose field the cursor starts."""
        return next((entry.metric for entry in self.entries if entry.errors), None)

    def clean(self) -> None:
        """Refuse a standard error without its mean, or beside measurements; ask about slips."""
        for metric in self.metrics:
            sem = self.cleaned_data.get(_sem(metric))
            measured = self.cleaned_data.get(metric.key, 0.0)
            if sem is not None and measured is None:
                self.add_error(metric.key, "Type the mean, too: this is only its standard error.")
            elif sem is not None and isinstance(measured, Measured) and measured.raw:
                self._check_given(metric, measured, sem)
        if not self.errors:
            self._ask()

    def _check_given(self, metric: Metric, measured: Measured, sem: float) -> None:
        if sem != measured.sem:
            said = format_number(measured.sem or 0.0)
            self.add_error(
                _sem(metric), f"These measurements give ± {said}: leave this field blank."
            )

    def _ask(self) -> None:
        """Ask about each value that looks like a slip, unless the person has said it is meant."""
        if self._doubt is None:
            return
        for metric in self.metrics:
            measured = self.cleaned_data[metric.key]
            sure = str(self.data.get(self.add_prefix(_sure(metric)), ""))
            if measured is None or sure == repr(measured.mean):
                continue
            question = self._doubt(metric, measured.mean)
            if question is not None:
                self.questions[metric.key] = Asked(repr(measured.mean), question.instead)
                self.add_error(metric.key, question.text)

    def results(self) -> dict[Metric, Result]:
        """Return what was entered, by metric."""
        return {
            metric: Result(measured.mean, self._sem_of(metric, measured), measured.raw)
            for metric in self.metrics
            if (measured := self.cleaned_data[metric.key]) is not None
        }

    def _sem_of(self, metric: Metric, measured: Measured) -> float | None:
        if not self.has_sems:
            return None
        given = self.cleaned_data.get(_sem(metric))
        return measured.sem if given is None else given


class CorrectionForm(ResultForm):
    """Results that replace those that the person saw, which come along in hidden fields.

    A metric may be emptied or filled in, but the last objective's result cannot be emptied.
    """

    prompt = ""
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        for metric in self.metrics:
            for name in (_seen(metric), _seen_sem(metric)):
                self.fields[name] = forms.FloatField(widget=forms.HiddenInput, required=False)
            self.fields[_seen_raw(metric)] = _RawField(widget=forms.HiddenInput, required=False)

    def _is_required(self, metric: Metric) -> bool:
        return False

    @property
    def focused(self) -> Metric | None:
        """The metric in whose field the cursor starts."""
        return super().focused or self.metrics[0]

    def clean(self) -> None:
        """Refuse to empty the last objective that has a result."""
        super().clean()
        hidden = {
            name
            for metric in self.metrics
            for name in (_seen(metric), _seen_sem(metric), _seen_raw(metric))
        }
        if hidden & self.errors.keys():
            raise ValidationError("Reload the page, and correct the trial again.")
        objectives = [metric.key for metric in self.metrics if metric.is_objective]
        had_any = any(self.cleaned_data[f"{key}-seen"] is not None for key in objectives)
        if had_any and all(self.cleaned_data.get(key, 0.0) is None for key in objectives):
            self.add_error(objectives[0], _ONE)

    def results(self) -> dict[Metric, Result]:
        """Return what the trial should have, by metric; what is not asked for is kept."""
        found = super().results()
        if self.has_sems:
            return found
        seen = self.seen()
        return {
            metric: seen[metric] if metric in seen and seen[metric].mean == result.mean else result
            for metric, result in found.items()
        }

    def seen(self) -> dict[Metric, Result]:
        """Return the results that the person saw."""
        return {
            metric: Result(
                mean, self.cleaned_data[_seen_sem(metric)], self.cleaned_data[_seen_raw(metric)]
            )
            for metric in self.metrics
            if (mean := self.cleaned_data[_seen(metric)]) is not None
        }


class _RawField(forms.CharField):
    """Measurements as the page had them."""

    def clean(self, value: Any) -> tuple[float, ...]:
        try:
            return tuple(float(part) for part in str(value or "").split())
        except ValueError:
            raise ValidationError("These are no measurements.") from None


def seen_fields(metrics: Sequence[Metric], results: Mapping[int, Result]) -> dict[str, str]:
    """Return the values of the hidden fields for the results (by the metrics' ids) of a trial."""
    fields = {}
    for metric in metrics:
        result = results.get(metric.pk)
        fields[_seen(metric)] = repr(result.mean) if result else ""
        fields[_seen_sem(metric)] = repr(result.sem) if result and result.sem is not None else ""
        fields[_seen_raw(metric)] = " ".join(map(repr, result.raw)) if result else ""
    return fields


def value_fields(metrics: Sequence[Metric], results: Mapping[int, Result]) -> dict[str, str]:
    """Return the values of the visible fields, in full precision, for the results of a trial."""
    seen = seen_fields(metrics, results)
    typed = {}
    for metric in metrics:
        raw = seen[_seen_raw(metric)]
        typed[metric.key] = raw.replace(" ", "; ") or seen[_seen(metric)]
        typed[_sem(metric)] = "" if raw else seen[_seen_sem(metric)]
    return typed


def _sem(metric: Metric) -> str:
    return f"{metric.key}-sem"


def _seen(metric: Metric) -> str:
    return f"{metric.key}-seen"


def _seen_sem(metric: Metric) -> str:
    return f"{metric.key}-seen-sem"


def _seen_raw(metric: Metric) -> str:
    return f"{metric.key}-seen-raw"


def _sure(metric: Metric) -> str:
    return f"{metric.key}-sure"


class ReasonForm(forms.Form):
    """Why a trial failed or was abandoned."""

    reason = forms.CharField(
        max_length=500,
        required=False,
        error_messages={"max_length": "The reason may have 500 characters at most."},
    )
    is_avoided = forms.BooleanField(required=False)


class CountForm(forms.Form):
    """How many suggestions are wanted, and the name of the request."""

    count = forms.CharField(
        max_length=20, error_messages={"required": "Ask for 1 suggestion or more."}
    )
    key = forms.UUIDField(
        error_messages=dict.fromkeys(("required", "invalid"), "Reload the page and ask again.")
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most

    def clean_count(self) -> int:
        """Return a whole number from 1 to the most that may be asked for at once."""
        value = parse_number(self.cleaned_data["count"])
        if value != int(value) or not 1 <= value <= self.most:
            raise ValidationError(f"Ask for a whole number from 1 to {self.most}.")
        return int(value)
