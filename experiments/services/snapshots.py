"""Ax's own file of an experiment: asked for, and kept until a newer one is made."""

from experiments import ax_script
from experiments.ax_script import AxScript
from experiments.models import AxSnapshot, Experiment
from experiments.services import jobs


def script_of(experiment: Experiment, most: int | None = None) -> AxScript:
    """Return the Python script that rebuilds the experiment in Ax alone; of the ``most`` first
    trials, where only what there is to say about it is of interest."""
    specs = experiment.spec.parameters
    trials = experiment.trials.prefetch_related("observations")[:most]
    return ax_script.script(experiment.definition, [trial.record(specs) for trial in trials])


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
