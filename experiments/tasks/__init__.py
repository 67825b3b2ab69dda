"""What worker processes do: load rows, call the optimizer, store rows."""

import logging
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status

from experiments import optimizer
from experiments.domain import MetricRole, Parameterization
from experiments.drafts import ExperimentDraft, spec_of
from experiments.models import Experiment, Forecast
from experiments.services import (
    analyses,
    archive_uploads,
    curves,
    forecasts,
    jobs,
    lifecycle,
    samples,
    snapshots,
    suggestions,
)
from experiments.tasks.filling import ATTEMPTS, fill_once
from experiments.tasks.moments import one_state
from experiments.tasks.studies import Studied, study_of

logger = logging.getLogger(__name__)

SLICE = 5.0  # Seconds after which one experiment lets others go first.
STALLED_AFTER = 20  # Seconds without a heartbeat after which a worker counts as dead.

_SAVE = "import runpy; it = runpy.run_path('script.py'); it['save'](it['build'](), 'snapshot.json')"
_LONGEST_SNAPSHOT = 1800
"""In seconds."""


@app.task(name=jobs.SUGGEST)
def suggest(*, experiment_id: int, attempt: int = 0) -> None:
    """Fill an experiment's pool of suggestions, starting again whenever its rows change."""
    close_old_connections()
    try:
        started = time.monotonic()
        while fill_once(experiment_id, attempt, until=started + SLICE):
            pass
    except Exception:
        close_old_connections()
        if attempt + 1 < ATTEMPTS:
            jobs.queue_suggest(experiment_id, attempt=attempt + 1, delay=2 + 8 * attempt)
        raise
    finally:
        close_old_connections()


@app.task(name=jobs.ANALYSE)
def analyse(*, experiment_id: int, attempt: int = 0) -> None:
    """Make the cards of an experiment's analysis that are out of date."""
    close_old_connections()
    try:
        while _analyse_once(experiment_id):
            pass
    except Exception:
        close_old_connections()
        if attempt + 1 < ATTEMPTS:
            jobs.queue_analyse(experiment_id, attempt=attempt + 1, delay=2 + 8 * attempt)
        raise
    finally:
        close_old_connections()


def _analyse_once(experiment_id: int) -> bool:
    """Make the cards that one reading of the rows lacks; tell whether to read again.

    Others that wait get their turn after each card; the fitted model is kept for when it goes on.
    """
    experiment = Experiment.objects.filter(pk=experiment_id, deleted_at=None).first()
    if experiment is None or experiment.is_analysed:
        return False
    studied = study_of(experiment)
    made = analyses.current_names(experiment)
    for card in optimizer.analyse(studied.study, leaving_out=made):
        if not analyses.store(experiment_id, revision=studied.revision, card=card):
            return True
        if jobs.others_wait_for_analysis(experiment_id):
            jobs.queue_analyse(experiment_id)
            return False
    names = optimizer.card_names(studied.study)
    analyses.finish(experiment_id, revision=studied.revision, names=names)
    return True


@app.task(name=jobs.FORECAST)
def forecast(*, experiment_id: int) -> None:
    """Answer what people ask about an experiment, until nobody waits."""
    close_old_connections()
    try:
        while asked := forecasts.open_questions(experiment_id):
            experiment = Experiment.objects.get(pk=experiment_id)
            studied = study_of(experiment)
            ready = {each.pk: each.parameters for each in experiment.suggestions.ready()}
            for question in asked:
                _answer(question, studied, ready)
    finally:
        close_old_connections()


@app.task(name=jobs.SNAPSHOT)
def snapshot(*, experiment_id: int) -> None:
    """Make Ax's own file of an experiment, in a process of its own: it takes long and much memory.

    The process runs the script that people can have, too; no name or value in it is code.
    """
    close_old_connections()
    try:
        with one_state():
            experiment = Experiment.objects.filter(pk=experiment_id, deleted_at=None).first()
            if experiment is None:
                return
            revision, text = experiment.revision, snapshots.script_of(experiment).text
        with TemporaryDirectory(prefix="axdash-snapshot-") as folder:
            (Path(folder) / "script.py").write_text(text, encoding="utf-8")
            run = [sys.executable, "-c", _SAVE]
            done = subprocess.run(  # noqa: S603  # Ours alone: no shell, nothing typed.
                run, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_SNAPSHOT,
                check=False,
            )  # fmt: skip
            close_old_connections()
            if done.returncode:
                said = (done.stderr.strip().splitlines() or ["It stopped without a word."])[-1]
                problem = f"Ax could not be given this experiment: {said[:500]}"
                snapshots.keep(experiment_id, revision=revision, problem=problem)
                return
            content = (Path(folder) / "snapshot.json").read_text(encoding="utf-8")
            snapshots.keep(experiment_id, revision=revision, content=content)
    except subprocess.TimeoutExpired:
        problem = "It took longer than half an hour. The Python script can make it elsewhere."
        snapshots.keep(experiment_id, revision=revision, problem=problem)
    finally:
        close_old_connections()


def _answer(question: Forecast, studied: Studied, ready: dict[int, Parameterization]) -> None:
    """Answer one question; what goes wrong is an answer too, or it would be asked for ever."""
    try:
        answer = optimizer.forecast(studied.study, question.parameters, ready)
    except optimizer.OptimizerError as error:
        forecasts.answer(question, revision=studied.revision, error=str(error))
    except Exception as error:
        said = f"It could not be predicted ({type(error).__name__}: {error})."
        forecasts.answer(question, revision=studied.revision, error=said)
        raise
    else:
        forecasts.answer(question, revision=studied.revision, answer=answer)


@app.task(name=jobs.ADVISE)
def advise(*, experiment_id: int, attempt: int = 0) -> None:
    """Say which running trials Ax's rule would stop early, by their learning curves."""
    close_old_connections()
    try:
        with one_state():
            experiment = Experiment.objects.filter(pk=experiment_id, deleted_at=None).first()
            if experiment is None:
                return
            metrics = list(experiment.metrics.all())
            aims = [metric for metric in metrics if metric.role != MetricRole.TRACKED]
            read = curves.of_metric(aims[0]) if len(aims) == 1 else {}
        if len(aims) == 1:
            (metric,) = aims
            body = optimizer.early_stopping(metric.spec, metric.name, metric.unit, read)
        else:
            body = {"message": "Ax’s rule judges one objective without constraints."}
        curves.store_advice(experiment_id, revision=experiment.revision, body=body)
    finally:
        close_old_connections()


@app.task(name=jobs.SAMPLE)
def sample(*, digest: str) -> None:
    """Draw the points that the optimizer would explore first in a space that is being defined."""
    close_old_connections()
    try:
        draft = samples.load(digest)
        if draft is not None:
            _draw(digest, draft)
    finally:
        close_old_connections()


def _draw(digest: str, draft: ExperimentDraft) -> None:
    spec = spec_of(draft)
    try:
        points = optimizer.sample(spec, samples.POINTS)
    except optimizer.OptimizerError as error:
        samples.report_error(digest, str(error))
    except Exception as error:
        samples.report_error(digest, f"They could not be drawn ({type(error).__name__}: {error}).")
        raise
    else:
        keys = [parameter.key for parameter in spec.parameters]
        samples.store(digest, [[point.get(key) for key in keys] for point in points])


@app.periodic(cron="* * * * * */15")
@app.task(name="experiments.rescue", queueing_lock="experiments.rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Start again what a dead worker left half done."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        logger.warning("The worker that ran job %s died.", job.id)
        await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        if again := {jobs.SUGGEST: _start_again, jobs.ANALYSE: _analyse_again}.get(job.task_name):
            await sync_to_async(again)(job)


@app.periodic(cron="17 * * * *")  # Each hour: a laptop may be off at any one time of the day.
@app.task(name="experiments.purge", queueing_lock="experiments.purge")
def purge(timestamp: int) -> None:
    """Remove for good what was deleted long enough ago, and what nobody came back to."""
    close_old_connections()
    try:
        removed = lifecycle.purge(timezone.now())
        if removed:
            logger.info("Removed %s experiments that were deleted long ago.", removed)
        samples.purge()
        archive_uploads.purge()
        forecasts.purge()
    finally:
        close_old_connections()


def _start_again(job: Job) -> None:
    arguments: dict[str, Any] = job.task_kwargs
    experiment_id: int = arguments["experiment_id"]
    attempt: int = arguments["attempt"] + 1
    if attempt < ATTEMPTS:
        jobs.queue_suggest(experiment_id, attempt=attempt)
        return
    experiment = Experiment.objects.filter(pk=experiment_id).first()
    if experiment:
        suggestions.report_error(
            experiment_id,
            revision=experiment.revision,
            message=f"The worker died {ATTEMPTS} times while it made suggestions for this "
            "experiment: it may need more memory than the machine has.",
        )


def _analyse_again(job: Job) -> None:
    arguments: dict[str, Any] = job.task_kwargs
    attempt: int = arguments["attempt"] + 1
    if attempt < ATTEMPTS:
        jobs.queue_analyse(arguments["experiment_id"], attempt=attempt)
