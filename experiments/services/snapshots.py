"""Ax's own file of an experiment: asked for, and kept until a newer one is made."""

from experiments import ax_script
from experiments.ax_script import AxScript, Besides
from experiments.curves import Point
from experiments.domain import WITH_RESULTS, TrialStatus
from experiments.models import AxSnapshot, Experiment, Trial
from experiments.services import jobs


def script_of(experiment: Experiment, most: int | None = None) -> AxScript:
    """Return the Python script that rebuilds the experiment in Ax alone; of the ``most`` first
    trials, where only what there is to say about it is of interest."""
    specs = experiment.spec.parameters
    trials = experiment.trials.prefetch_related("observations")[:most]
    besides = Besides(
        curves={trial.number: _curves(trial) for trial in trials},
        has_avoided=any(t.is_avoided and t.status != TrialStatus.ABANDONED for t in trials),
        results=experiment.trials.filter(status__in=WITH_RESULTS).count(),
        elsewhere=experiment.informing_count,
    )
    records = [trial.record(specs) for trial in trials]
    return ax_script.script(experiment.definition, records, besides)


def _curves(trial: Trial) -> dict[str, list[Point]]:
    """Return the curves of a trial by metric key; its observations have been read already."""
    found: dict[str, list[Point]] = {}
    for each in trial.observations.all():
        if each.step is not None:
            found.setdefault(f"m{each.metric_id}", []).append(Point(each.step, each.mean, each.sem))
    return {key: sorted(points) for key, points in found.items()}


def ask(experiment: Experiment) -> None:
    """Have a worker make the file of the rows as they are now; the same wish again is one."""
    kept = AxSnapshot.objects.filter(experiment=experiment).first()
    is_there = kept and not kept.problem and kept.asked_revision == experiment.revision
    if not is_there:
        AxSnapshot.objects.update_or_create(
            experiment=experiment,
            defaults={"asked_revision": experiment.revision, "problem": ""},
        )
    jobs.queue_snapshot(experiment.pk)


def keep(experiment_id: int, *, revision: int, content: str = "", problem: str = "") -> None:
    """Keep the file that was made of the rows at ``revision``, or why there is none."""
    made = {"content": content, "revision": revision} if content else {}
    AxSnapshot.objects.filter(experiment=experiment_id).update(problem=problem, **made)
