"""Numbers on cards equal what Ax says of the same rows in a script."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.models import Experiment
from experiments.services import experiments, sources, tables
from experiments.tables import reading
from tests.analyses.bare import Bare
from tests.analyses.inputs import DIGITS, INPUTS, RealInput, digits_rows
from tests.analyses.making import cards_of, with_trials

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),  # Ax warns of its own deprecations.
]


def compare(experiment: Experiment, bare: Bare) -> dict[str, dict]:
    """Assert that all cards are there and have Ax's numbers; return their facts."""
    facts = cards_of(experiment)
    parameters = {parameter.key: parameter.name for parameter in experiment.parameters.all()}
    metrics = {metric.key: metric.name for metric in experiment.metrics.all()}
    shares = bare.shares(list(metrics.values()))
    for key, name in metrics.items():
        for parameter, share in facts["importance"]["shares"][key].items():
            assert abs(share) == pytest.approx(shares[name][parameters[parameter]], abs=4e-2)
        compare_fit(facts["fit"]["validation"][key], bare, name)
        compare_slices(facts["effects"], bare, key, name, parameters)
    return facts


def compare_fit(facts: dict, bare: Bare, name: str) -> None:
    observed = np.array([each.observed.data.means_dict[name] for each in bare.validation])
    means = [each.predicted.means_dict[name] for each in bare.validation]
    sds = [each.predicted.covariance_matrix[name][name] ** 0.5 for each in bare.validation]
    scale = float(np.ptp(observed))
    assert facts["observed"] == pytest.approx(list(observed))
    assert facts["means"] == pytest.approx(means, rel=2e-2, abs=1e-2 * scale)
    assert facts["sds"] == pytest.approx(sds, rel=1e-1, abs=1e-2 * scale)


def compare_slices(
    facts: dict, bare: Bare, key: str, name: str, parameters: dict[str, str]
) -> None:
    anchor = {parameters[each]: value for each, value in facts["anchor"].items()}
    assert facts["slices"][key].keys() == parameters.keys()
    for parameter, along in facts["slices"][key].items():
        points = [{**anchor, parameters[parameter]: value} for value in along["values"]]
        means, sds = bare.predict(points)
        scale = float(np.ptp(means[name]))
        assert along["means"] == pytest.approx(means[name], rel=1e-2, abs=1e-2 * scale)
        assert along["sds"] == pytest.approx(list(sds[name]), rel=5e-2, abs=1e-2 * scale)


def point_of(experiment: Experiment, number: int) -> dict:
    """Return a trial's values by name."""
    names = {parameter.key: parameter.name for parameter in experiment.parameters.all()}
    values = experiment.trials.get(number=number).parameters
    return {names[key]: value for key, value in values.items()}


@pytest.mark.parametrize("name", INPUTS)
def test_cards_have_the_numbers_that_ax_gives_in_a_script(ada, name) -> None:
    given: RealInput = INPUTS[name]()
    experiment = with_trials(ada, given.space, given.rows, metrics=given.metrics, name=name)
    bare = given.bare()
    facts = compare(experiment, bare)
    if "best" in facts:
        point, *_ = bare.client.get_best_parameterization()
        assert point_of(experiment, facts["best"]["model"]) == point
    else:
        for which, is_modelled in (("observed", False), ("model", True)):
            front = bare.client.get_pareto_frontier(use_model_predictions=is_modelled)
            found = [point_of(experiment, number) for number in facts["compromises"][which]]
            by_first = sorted(found, key=lambda point: point["x1"])
            assert by_first == sorted((each[0] for each in front), key=lambda p: p["x1"])


def test_the_sweep_of_the_digits_comes_in_as_a_table_and_has_axs_numbers(ada) -> None:
    found = reading.decode(DIGITS.read_bytes())
    table = reading.read(found.text)
    upload = tables.store(
        text=found.text, table=table, encoding=found.encoding, name="Digits", by=ada
    )
    draft = replace(tables.opened(upload).proposal.draft, seed=1)
    brought = sources.load(tables.source_of(upload), draft, ada)
    experiment = experiments.create(
        draft=draft, team=ada.teams.get(), by=ada, trials=brought.trials, origin=brought.origin
    )
    assert experiment.trials.filter(status="completed").count() == len(digits_rows()) == 200
    spec = {parameter.name: parameter.spec for parameter in experiment.definition.parameters}
    assert list(spec) == ["C", "gamma"]
    assert all(each.log_scale for each in spec.values())
    given = RealInput(space=spec, metrics=(), rows=digits_rows(), objective="-loss")
    bare = given.bare()
    facts = compare(experiment, bare)
    best = min(digits_rows(), key=lambda row: row[1]["loss"][0])
    assert point_of(experiment, facts["best"]["observed"]) == best[0]
    # To a log scale and back, Ax moves a value by its last digit. Its client then finds no such
    # trial, and takes the best result without a word: the model's own choice is another trial.
    point, *_ = bare.client.get_best_parameterization()
    assert point == best[0]
    chosen, _ = bare.adapter.model_best_point()
    found = point_of(experiment, facts["best"]["model"])
    assert found == pytest.approx(chosen.parameters, rel=1e-12)
    assert found != best[0]
