"""AxDash's own JSON: what goes out comes in again; whatever else comes in does no harm."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.documents import from_document, to_document
from experiments.domain import ValueType
from experiments.drafts import ExperimentDraft
from experiments.importing import read_definition
from experiments.starters import STARTERS
from tests.importing.drafts import drafts

OWN = "a definition exported from AxDash"


def written(draft: ExperimentDraft, *, keys: bool = False) -> str:
    return json.dumps(to_document(draft, keys=keys), ensure_ascii=False)


def _sorted(draft: ExperimentDraft) -> str:
    return json.dumps(to_document(draft), sort_keys=True)


@given(drafts())
@settings(deadline=None)
def test_what_is_exported_comes_back_the_same(draft: ExperimentDraft) -> None:
    found, problems = from_document(json.loads(written(draft)))
    assert problems == []
    assert found == draft
    assert _sorted(found) == _sorted(draft)  # 1 and 1.0 are equal, but not written alike.


@given(drafts())
@settings(deadline=None)
def test_pasting_it_gives_the_same(draft: ExperimentDraft) -> None:
    reading = read_definition(written(draft))
    assert reading.draft == draft
    assert reading.understood_as == OWN


@given(drafts(), st.permutations(["p9", "p2", "n2", "x", "n1"]))
@settings(deadline=None)
def test_keys_are_kept_for_the_history_only(draft: ExperimentDraft, keys: list[str]) -> None:
    renamed = {p.spec.key: key for p, key in zip(draft.parameters, keys, strict=False)}
    by_name = json.loads(written(draft))
    for source, key in zip(by_name["parameters"], renamed.values(), strict=True):
        source["key"] = key
    found, problems = from_document(by_name)
    assert problems == []
    assert found is not None
    assert [p.spec.key for p in found.parameters] == list(renamed.values())
    assert to_document(found) == to_document(draft)
    assert read_definition(json.dumps(by_name)).draft == draft


@pytest.mark.parametrize("slug", STARTERS)
def test_templates_survive(slug: str) -> None:
    draft = STARTERS[slug].draft
    assert read_definition(written(draft)).draft == draft


def test_a_trial_of_another_experiment_is_no_baseline() -> None:
    draft = replace(STARTERS["booth"].draft, baseline_trial=7)
    reading = read_definition(written(draft))
    assert reading.draft == STARTERS["booth"].draft
    assert reading.problems == ("The baseline was left out: it is a trial of another experiment.",)


PARAMETER = {"name": "x", "type": "range", "value_type": "float", "bounds": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "axdash/9"}, "The format “axdash/9” is not known"),
        ({"colour": 1}, "“colour” is not known and was left out."),
        ({"name": 3}, "“name” is not usable as it stands: 3."),
        ({"trial_budget": 1.5}, "“trial_budget” is not usable as it stands: 1.5."),
        ({"noise": "loud"}, "“noise” is not usable as it stands: loud."),
        ({"tags": ["a", 1]}, "“tags” is not usable"),
        ({"metrics": [3]}, "“metrics” is not usable as it stands: [3]."),
        ({"constraints": [{"terms": [{"parameter": "gone"}]}]}, "there is no parameter “gone”"),
        ({"baseline": {"values": {"gone": 1}}}, "Baseline: “gone” is not known"),
        ({"baseline": {"values": {"x": [1]}}}, "Baseline: “x” is not usable"),
        ({"parameters": [PARAMETER | {"type": "curve"}, PARAMETER]}, "it was left out"),
        ({"parameters": [PARAMETER | {"bounds": [0, float("inf")]}]}, "“bounds” is not usable"),
        ({"parameters": [PARAMETER | {"bounds": [0, 10**400]}]}, "“bounds” is not usable"),
        ({"parameters": [PARAMETER | {"only_when": {"parameter": "x"}}]}, "“only_when” needs"),
        (
            {"parameters": [PARAMETER | {"only_when": {"parameter": 10**9, "values": [[1]]}}]},
            "“only_when” needs",
        ),
    ],
)
def test_what_is_said(change: dict, said: str) -> None:
    document = {"format": "axdash/1", "parameters": [PARAMETER], "metrics": []} | change
    reading = read_definition(json.dumps(document))
    assert reading.draft is not None
    assert said in "\n".join(reading.problems)


def test_halves_of_characters_do_not_get_through() -> None:
    text = json.dumps({"parameters": [PARAMETER | {"name": "\ud800"}], "metrics": [], "\udfff": 1})
    reading = read_definition(text)
    assert reading.draft is not None
    assert reading.draft.parameters[0].name == "?"
    "\n".join(reading.problems).encode()


@pytest.mark.parametrize(
    ("parameter", "value_type"),
    [
        ({"type": "choice", "values": ["adam", "sgd"]}, ValueType.TEXT),
        ({"type": "choice", "values": [True, False]}, ValueType.BOOL),
        ({"type": "choice", "values": [1, 2]}, ValueType.INT),
        ({"type": "choice", "values": [1, 0.5]}, ValueType.FLOAT),
        ({"type": "fixed", "value": "adam"}, ValueType.TEXT),
        ({"type": "range", "bounds": [1, 9]}, ValueType.FLOAT),
    ],
)
def test_what_is_written_by_hand_may_leave_the_type_to_its_values(parameter, value_type):
    found, problems = from_document(
        {"format": "axdash/1", "parameters": [{"name": "x"} | parameter], "metrics": []}
    )
    assert problems == []
    assert [each.spec.value_type for each in found.parameters] == [value_type]
