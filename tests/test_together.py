"""Form, parser and optimizer: what the form accepts is read again, explored, suggested for."""

import json
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from experiments.documents import to_document
from experiments.domain import ObservationRecord, TrialRecord, TrialStatus
from experiments.drafts import ExperimentDraft, spec_of
from experiments.forms.experiment import DefinitionForm
from experiments.importing import read_definition
from experiments.optimizer import SearchSpaceExhausted, sample, suggest
from experiments.outside import outside
from tests.forms.rendered import sent
from tests.forms.typed_at_random import typed_definitions
from tests.importing.pasted_at_random import pasted_definitions

_MEANS = st.sampled_from([0.0, 1.0, -3.5, 0.25, 1e-12, 1e8, -1e30, 1e100, 5e-324]) | st.floats(
    -1e6, 1e6
)
_SEMS = st.none() | st.sampled_from([0.0, 0.1, 1e-30, 1e30])
_RELAXED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def accepted(data) -> ExperimentDraft:
    """Return the definition if the form accepts it; what it refuses, it refuses in words."""
    form = DefinitionForm.read(data)
    draft = form.draft()
    if draft is None:
        assert form.error_count
        sent(form)
    assume(draft is not None)
    return draft


def read_again(draft: ExperimentDraft) -> ExperimentDraft:
    """Export a definition, paste it, look at the form that it fills in, and send that."""
    reading = read_definition(json.dumps(to_document(draft)))
    assert reading.problems == ()
    again = DefinitionForm.read(sent(DefinitionForm.from_draft(reading.draft))).draft()
    assert again is not None
    assert to_document(again) == to_document(draft)
    return again


def pasted(text: str) -> ExperimentDraft:
    """Paste a text, fill in what a definition of another tool leaves open, and send the form."""
    reading = read_definition(text)
    assert reading.draft is not None, reading.problems
    data = sent(DefinitionForm.from_draft(reading.draft, notices=reading.problems))
    data.update({"name": "Pasted", "m1-name": "loss", "m1-goal": "minimize"})
    return accepted(data)


def check(draft: ExperimentDraft, point) -> None:
    keys = [parameter.spec.key for parameter in draft.parameters]
    values = {key: point[f"p{n}"] for n, key in enumerate(keys, 1) if f"p{n}" in point}
    assert outside(draft, values) == []


@settings(max_examples=40, deadline=None, suppress_health_check=_RELAXED)
@given(data=typed_definitions())
def test_what_the_form_accepts_is_read_again_and_sampled(data):
    draft = read_again(accepted(data))
    points = sample(spec_of(draft), 3)
    assert points
    for point in points:
        check(draft, point)


@settings(max_examples=40, deadline=None, suppress_health_check=_RELAXED)
@given(text=pasted_definitions())
def test_what_was_pasted_and_accepted_is_read_again_and_sampled(text):
    draft = read_again(pasted(text))
    points = sample(spec_of(draft), 3)
    assert points
    for point in points:
        check(draft, point)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=_RELAXED)
@given(
    data=typed_definitions(),
    is_relative=st.booleans(),
    results=st.lists(
        st.lists(st.tuples(_MEANS, _SEMS), min_size=3, max_size=3), min_size=3, max_size=3
    ),
)
def test_what_the_form_accepts_is_suggested_for(data, is_relative, results):
    draft = read_again(accepted(data))
    spec = spec_of(draft)
    # The first trial is the baseline that relative bounds compare with.
    metrics = tuple(replace(metric, is_relative=is_relative) for metric in spec.metrics)
    spec = replace(spec, metrics=metrics, baseline=0)
    trials: list[TrialRecord] = []
    try:
        for number, row in enumerate(results):
            (made,) = suggest(spec, trials, count=1)
            check(draft, made.parameters)
            observations = tuple(
                ObservationRecord(metric=metric.key, mean=mean, sem=sem)
                for metric, (mean, sem) in zip(spec.metrics, row, strict=False)
            )
            trials.append(
                TrialRecord(
                    number=number,
                    status=TrialStatus.COMPLETED,
                    parameters=made.parameters,
                    observations=observations,
                )
            )
        (made,) = suggest(spec, trials, count=1)
        check(draft, made.parameters)
    except SearchSpaceExhausted:
        assert trials
