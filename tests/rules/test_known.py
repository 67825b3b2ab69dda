"""Which earlier experiments are taken along, as text; how definitions overlap."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.asked import LARGEST, numbers
from experiments.domain import Direction, MetricRole, MetricSpec, ParameterKind, ParameterSpec
from experiments.domain import ValueType as Kind
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.known import MOST_EXPERIMENTS, Choice, Taken, parse
from experiments.overlap import common_share, overlap
from tests.factories import float_range, metric
from tests.importing.drafts import drafts

ids = st.integers(0, LARGEST)
takens = st.builds(Taken, ids, st.frozensets(ids, max_size=5))
choices = st.builds(
    Choice,
    st.lists(takens, max_size=MOST_EXPERIMENTS, unique_by=lambda t: t.experiment).map(tuple),
    st.booleans(),
    st.booleans(),
)


class TestChoices:
    @given(choices)
    def test_text_and_back(self, choice):
        assert parse(choice.as_text()) == choice

    @given(st.text(alphabet="0123456789-,inlear ²٣", max_size=30))
    def test_any_text_is_a_choice_or_refused(self, text):
        try:
            choice = parse(text)
        except ValueError:
            return
        assert parse(choice.as_text()) == choice

    @pytest.mark.parametrize(
        "text",
        ["x", "1,1", "1-", "-1", "in,1", "learn,in", "99999999999", "²", "1 ,2", "4294967296"],
    )
    def test_what_is_none(self, text):
        with pytest.raises(ValueError, match=re.escape(text.split(",")[0])):
            parse(text)

    def test_more_than_can_come_along(self):
        with pytest.raises(ValueError, match="0,1,2"):
            parse(",".join(map(str, range(MOST_EXPERIMENTS + 1))))

    @given(st.lists(st.text(max_size=12)))
    def test_numbers_of_any_texts(self, texts):
        found = numbers(texts)
        assert len(set(found)) == len(found)
        assert all(0 <= number <= LARGEST for number in found)


LOSS = metric("loss")


def definition(*parameters: ParameterDraft, metrics=(LOSS,)) -> ExperimentDraft:
    return ExperimentDraft(name="Any", parameters=parameters, metrics=metrics)


def varied(name: str, *bounds: float, unit: str = "", **kwargs) -> ParameterDraft:
    return ParameterDraft(name=name, unit=unit, spec=float_range(*bounds, key=name, **kwargs))


def only(matches):
    (match,) = matches
    return match


class TestOverlap:
    def test_ranges(self):
        found = overlap(definition(varied("x", 0, 5)), definition(varied("x", 2, 10)))
        match = only(found.parameters)
        assert match.share == pytest.approx(0.6)
        assert match.text == "0 to 5 here, 2 to 10 there: 60 % of it was varied there"
        assert found.parameter_keys == {"x": "x"}
        assert found.problem == ""

    def test_log_scales_are_compared_as_they_are_seen(self):
        here = float_range(1e-4, 1.0, log_scale=True)
        assert common_share(here, float_range(1e-2, 1.0)) == pytest.approx(0.5)
        assert common_share(here, float_range(-1.0, 1.0)) == 1
        assert common_share(here, float_range(-2.0, -1.0)) == 0

    def test_values_in_common(self):
        def choice(*values: str) -> ParameterSpec:
            return ParameterSpec(
                key="c", kind=ParameterKind.CHOICE, value_type=Kind.TEXT, values=values
            )

        assert common_share(choice("a", "b"), choice("b", "c")) == 0.5

    def test_missing_and_extra_ones(self):
        here = definition(varied("x"), varied("y"))
        found = overlap(here, definition(varied("x"), varied("z")))
        assert [match.name for match in found.parameters] == ["x", "y", "z"]
        assert "have no value for y" in found.problem
        assert found.parameters[2].text == "only there: left out"
        known = definition(varied("x"), varied("y", 0, 1, backfill=0.5))
        found = overlap(known, definition(varied("x")))
        assert found.problem == ""
        assert found.parameters[1].text == "missing there: trials count as having had 0.5"

    def test_types_and_units_that_differ(self):
        text = ParameterDraft(
            name="x",
            spec=ParameterSpec(
                key="x", kind=ParameterKind.CHOICE, value_type=Kind.TEXT, values=("a", "b")
            ),
        )
        match = only(overlap(definition(varied("x")), definition(text)).parameters)
        assert not match.fits
        assert match.text.startswith("a number here, text there")
        seconds, minutes = varied("x", unit="s"), varied("x", unit="min")
        assert not only(overlap(definition(seconds), definition(minutes)).parameters).fits
        assert only(overlap(definition(seconds), definition(varied("x"))).parameters).fits

    def test_metrics(self):
        x = varied("x")

        def match(here: MetricDraft, there: MetricDraft):
            return only(
                overlap(definition(x, metrics=(here,)), definition(x, metrics=(there,))).metrics
            )

        up, down = metric("m", direction=Direction.MAXIMIZE), metric("m")
        assert match(up, up).text == "objective in both, maximize"
        assert not match(up, down).fits
        bounded = replace(up, spec=replace(up.spec, role=MetricRole.CONSTRAINT, bound=1.0))
        assert match(bounded, down).fits
        assert not match(metric("m", unit="s"), metric("m", unit="ms")).fits
        other = overlap(definition(x), definition(x, metrics=(metric("other"),)))
        assert other.problem == "No metric is measured in both."

    @settings(max_examples=30, deadline=None)
    @given(drafts(), drafts())
    def test_any_two_definitions(self, here, there):
        found = overlap(here, there)
        assert all(0 <= m.share <= 1 for m in found.parameters if m.share is not None)
        assert set(found.parameter_keys) <= {p.spec.key for p in here.parameters}
        assert set(found.metric_keys.values()) <= {m.spec.key for m in there.metrics}

    @settings(max_examples=30, deadline=None)
    @given(drafts())
    def test_a_definition_fits_itself(self, draft):
        spec = MetricSpec(key="m", direction=Direction.MINIMIZE)
        draft = replace(draft, metrics=(MetricDraft(name="m", spec=spec),))
        found = overlap(draft, draft)
        assert not any(match.is_lacking or match.is_only_there for match in found.parameters)
