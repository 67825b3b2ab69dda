"""Filling the pool of suggestions, and requests with fixed values, from one reading of the rows."""

import time
from typing import NamedTuple

from django.db import OperationalError

from experiments import optimizer
from experiments.assignments import assigned
from experiments.domain import ExperimentSpec, TrialRecord
from experiments.fixing import ALL_TRIED, with_fixed
from experiments.models import (
    Experiment,
    ExperimentStatus,
    Suggestion,
    SuggestionRequest,
    Trial,
)
from experiments.services import auxiliary, jobs, suggestions
from experiments.tasks.moments import one_state

ATTEMPTS = 4


class Loaded(NamedTuple):
    """What suggestions are made from: untaken ones are ``ready``, ``wanted`` are lacking.

    ``elsewhere`` are trials of other experiments, by their ids. ``fixing`` is a request with fixed
    values, and ``fixing_problem`` says why nothing can be made for it by now.
    """

    revision: int
    spec: ExperimentSpec
    trials: list[Trial]
    ready: list[Suggestion]
    wanted: int
    elsewhere: dict[int, list[TrialRecord]]
    fixing: SuggestionRequest | None
    fixing_problem: str


def fill_once(experiment_id: int, attempt: int, *, until: float) -> bool:
    """Make what the pool lacks from one reading of the rows; tell whether to read again.

    After the moment ``until``, other experiments that wait get their turn first.
    """
    loaded = _load(experiment_id)
    if loaded is None:
        return False
    if loaded.fixing is not None:
        return _fill_fixed(loaded, loaded.fixing)
    revision, spec, count = loaded.revision, loaded.spec, loaded.wanted
    try:
        trials = [trial.record(spec.parameters) for trial in loaded.trials]
        pending = [assigned(spec.parameters, ready.parameters) for ready in loaded.ready]
        made = optimizer.suggest(
            spec, trials, pending=pending, elsewhere=loaded.elsewhere, count=count
        )
        for suggestion in made:
            if not suggestions.store(experiment_id, revision=revision, suggestion=suggestion):
                return True
            if time.monotonic() > until and jobs.others_wait(experiment_id):
                jobs.queue_suggest(experiment_id)
                return False
    except optimizer.OptimizerError as error:
        suggestions.report_error(experiment_id, revision=revision, message=str(error))
        return False
    except OperationalError:
        raise  # The database's trouble says nothing about the experiment.
    except Exception as error:
        message = _unexpected(error, attempt)
        suggestions.report_error(experiment_id, revision=revision, message=message)
        raise
    return True


def _fill_fixed(loaded: Loaded, asked: SuggestionRequest) -> bool:
    """Make one suggestion with the values that a request has fixed; then read the rows again.

    The pool counts for nothing: it is made again afterwards, and may hold all that is left here.
    """
    if loaded.fixing_problem:
        suggestions.give_up(asked.pk, problem=loaded.fixing_problem)
        return True
    spec = with_fixed(loaded.spec, asked.fixed)
    try:
        trials = [trial.record(spec.parameters) for trial in loaded.trials]
        made = optimizer.suggest(spec, trials, elsewhere=loaded.elsewhere, count=1)
        suggestions.store_for(asked.pk, revision=loaded.revision, suggestion=next(made))
    except optimizer.SearchSpaceExhausted as error:
        is_plain = type(error) is optimizer.SearchSpaceExhausted
        suggestions.give_up(asked.pk, problem=ALL_TRIED if is_plain else str(error))
    except optimizer.OptimizerError as error:
        suggestions.give_up(asked.pk, problem=str(error))
    except OperationalError:
        raise
    except Exception as error:
        what = f"The optimizer stopped with an unexpected error ({type(error).__name__}: {error})."
        suggestions.give_up(asked.pk, problem=what)
        raise
    return True


def _unexpected(error: Exception, attempt: int) -> str:
    """Say what went wrong and what happens next."""
    what = f"The optimizer stopped with an unexpected error ({type(error).__name__}: {error})."
    if attempt + 1 < ATTEMPTS:
        return f"{what} It tries again in a few seconds."
    return f"{what} It has tried {ATTEMPTS} times; another result, or “Try again”, may help."


def _load(experiment_id: int) -> Loaded | None:
    """Read one consistent state; ``None`` where there is nothing to make."""
    with one_state():
        experiment = Experiment.objects.filter(pk=experiment_id, deleted_at=None).first()
        if experiment is None or experiment.status != ExperimentStatus.RUNNING:
            return None
        count = suggestions.missing_count(experiment)
        fixing = experiment.requests.waiting().fixing().first()
        if not count and fixing is None:
            return None
        return Loaded(
            experiment.revision,
            experiment.spec,
            list(experiment.trials.prefetch_related("observations")),
            list(experiment.suggestions.ready().fresh()),
            count,
            auxiliary.records(experiment),
            fixing,
            suggestions.why_not_fixed(experiment, fixing) if fixing else "",
        )
