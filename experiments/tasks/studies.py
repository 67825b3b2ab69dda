"""What analyses and forecasts are made from, kept while nothing in it would change."""

from typing import NamedTuple

from experiments import optimizer
from experiments.models import Experiment
from experiments.services import auxiliary
from experiments.tasks.moments import one_state


class Studied(NamedTuple):
    """Rows as they were at ``revision``, made into a study."""

    revision: int
    study: optimizer.Study


STUDIES = 4
_studies: dict[int, Studied] = {}
"""The newest studies of this process by experiment, so that a model is fitted once a revision."""


def study_of(experiment: Experiment) -> Studied:
    """Return the study of the experiment's newest rows; kept while nothing in it would change."""
    kept = _studies.pop(experiment.pk, None)
    if kept is None or kept.revision < experiment.cards_revision:
        kept = _read_study(experiment.pk)
    _studies[experiment.pk] = kept
    while len(_studies) > STUDIES:
        del _studies[next(iter(_studies))]
    return kept


def _read_study(experiment_id: int) -> Studied:
    with one_state():
        experiment = Experiment.objects.get(pk=experiment_id)
        spec = experiment.spec
        trials = experiment.trials.prefetch_related("observations")
        records = [trial.record(spec.parameters) for trial in trials]
        suggested = experiment.suggestions.filter(trial__isnull=False).select_related("trial")
        expected = {each.trial.number: each.expected for each in suggested if each.trial}
        elsewhere = auxiliary.records(experiment)
        study = optimizer.Study(experiment.definition, spec, records, expected, elsewhere)
        return Studied(experiment.revision, study)
