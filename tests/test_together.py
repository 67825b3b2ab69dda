"""Form, parser and optimizer together: what the form accepts is read again and explored."""

import json

from hypothesis import HealthCheck, assume, given, settings

from experiments.documents import to_document
from experiments.drafts import ExperimentDraft, spec_of
from experiments.forms.experiment import DefinitionForm
from experiments.importing import read_definition
from experiments.optimizer import sample
from experiments.outside import outside
from tests.forms.rendered import sent
from tests.forms.typed_at_random import typed_definitions
from tests.importing.pasted_at_random import pasted_definitions

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
