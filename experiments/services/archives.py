"""Whole experiments as JSON, and back: an equal experiment in a team of one's own."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import IntegrityError, connection, transaction

from experiments.archive import Archive, TrialArchive, written
from experiments.assignments import cast
from experiments.documents import Document, to_document
from experiments.domain import TrialStatus
from experiments.models import (
    ChangeKind,
    Experiment,
    Observation,
    Parameter,
    Team,
    Trial,
)
from experiments.permissions import check_can_define
from experiments.services.definitions import Keys, write
from experiments.services.recording import record

_BATCH = 1_000


def text_of(experiment: Experiment) -> str:
    """Return the archive of one moment: who writes meanwhile waits for as long as it is read."""
    with transaction.atomic():
        Experiment.objects.select_for_update(no_key=True).get(pk=experiment.pk)
        return "".join(archived(Experiment.objects.get(pk=experiment.pk)))


def archived(experiment: Experiment) -> Iterator[str]:
    """Yield a whole experiment as the text of an archive; read it within one transaction."""
    draft = experiment.definition
    baseline = draft.baseline_trial
    if baseline is not None and not experiment.trials.filter(number=baseline).exists():
        draft = replace(draft, baseline_trial=None)  # It was deleted.
    head = {
        "definition": to_document(draft),
        "status": experiment.status,
        "notes": experiment.notes,
        "command": experiment.command,
        "trial_cost": experiment.trial_cost,
        "trial_cost_unit": experiment.trial_cost_unit,
        "trial_count": experiment.trial_count,
    }
    return written(head, _trials(experiment))


def _trials(experiment: Experiment) -> Iterator[Document]:
    """Yield the trials, a batch of rows at a time."""
    parameters = list(experiment.parameters.all())
    metrics = {metric.pk: metric.name for metric in experiment.metrics.all()}
    last = -1
    while True:
        rows = experiment.trials.filter(number__gt=last).order_by("number")
        batch = list(rows.select_related("taken_by", "finished_by")[:_BATCH])
        if not batch:
            return
        results: dict[int, dict[str, Any]] = {trial.pk: {} for trial in batch}
        curves: dict[int, dict[str, list[Any]]] = {trial.pk: {} for trial in batch}
        for each in Observation.objects.filter(trial__in=batch).order_by("metric", "step"):
            name = metrics[each.metric_id]
            if each.step is None:
                raw = {"raw": [float(number) for number in each.raw]} if each.raw else {}
                results[each.trial_id][name] = {"mean": each.mean, "sem": each.sem} | raw
            else:
                point = [each.step, each.mean, each.sem]
                curves[each.trial_id].setdefault(name, []).append(point)
        for trial in batch:
            found = _trial(trial, parameters)
            yield found | {"results": results[trial.pk], "curves": curves[trial.pk]}
        last = batch[-1].number


def _trial(trial: Trial, parameters: list[Parameter]) -> Document:
    def named(values: dict[str, Any] | None) -> Document | None:
        if values is None:
            return None
        present = [p for p in parameters if values.get(p.key) is not None]
        return {p.name: cast(values[p.key], p.spec.value_type) for p in present}

    return {
        "number": trial.number,
        "status": trial.status,
        "parameters": named(trial.parameters),
        "requested": named(trial.requested),
        "origin": trial.origin,
        "reason": trial.reason,
        "is_avoided": trial.is_avoided,
        "tags": trial.tags,
        "notes": trial.notes,
        "links": trial.links,
        "due_on": trial.due_on.isoformat() if trial.due_on else None,
        "created_at": trial.created_at.isoformat(),
        "finished_at": trial.finished_at.isoformat() if trial.finished_at else None,
        "taken_by": trial.taken_by.get_username() if trial.taken_by else None,
        "finished_by": trial.finished_by.get_username() if trial.finished_by else None,
    }


def members_among(names: set[str], team: Team) -> dict[str, int]:
    """Return the ids of the members of a team that have these user names."""
    members = User.objects.filter(teams=team, username__in=names)
    return dict(members.values_list("username", "pk"))


def restore(archive: Archive, *, team: Team, key: uuid.UUID, by: AbstractBaseUser) -> Experiment:
    """Make an experiment that is equal to the archived one, in one ``Change``.

    People that trials mention are the members of ``team`` with these user names, or nobody.
    ``key`` names the act: sent twice, the first experiment is returned.
    """
    check_can_define(by, team)
    earlier = Experiment.objects.filter(creation_key=key, created_by_id=by.pk).first()
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return _restore(archive, team, key, by)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        return Experiment.objects.get(creation_key=key, created_by_id=by.pk)


def _restore(archive: Archive, team: Team, key: uuid.UUID, by: AbstractBaseUser) -> Experiment:
    experiment = Experiment.objects.create(
        team=team,
        status=archive.status,
        notes=archive.notes,
        command=archive.command,
        trial_cost=archive.trial_cost,
        trial_cost_unit=archive.trial_cost_unit,
        trial_count=archive.trial_count,
        creation_key=key,
        created_by_id=by.pk,
        touched_by_id=by.pk,
    )
    parameters, metrics = write(experiment, archive.draft)
    names = {p.name: parameters[p.spec.key] for p in archive.draft.parameters}
    metric_ids = {m.name: int(metrics[m.spec.key][1:]) for m in archive.draft.metrics}
    made = _add(experiment, archive, names, members_among(archive.people, team))
    _add_results(made, archive, metric_ids)
    experiment.baseline = made.get(archive.draft.baseline_trial)  # type: ignore[arg-type]
    experiment.definition_revision = experiment.revision + 1
    experiment.save(update_fields=["baseline", "definition_revision"])
    record(
        experiment,
        kind=ChangeKind.EXPERIMENT_CREATED,
        by=by,
        is_model_change=True,
        after={
            "definition": to_document(experiment.definition, keys=True),
            "trials": len(made),
            "learns_from": [],
        },
    )
    return experiment


def _add(
    experiment: Experiment, archive: Archive, names: Keys, people: dict[str, int]
) -> dict[int, Trial]:
    rows = [_row(experiment, trial, names, people) for trial in archive.trials]
    made = Trial.objects.bulk_create(rows, batch_size=_BATCH)
    # Django gives new rows the time of now, whatever they say.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE experiments_trial AS trial SET created_at = known.moment "
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS known(pk, moment) "
            "WHERE trial.id = known.pk",
            [[row.pk for row in made], [trial.created_at for trial in archive.trials]],
        )
    return {row.number: row for row in made}


def _row(experiment: Experiment, trial: TrialArchive, names: Keys, people: dict[str, int]) -> Trial:
    requested = trial.requested
    return Trial(
        experiment=experiment,
        number=trial.number,
        status=trial.status.value,
        parameters={names[name]: value for name, value in trial.parameters.items()},
        requested=None if requested is None else {names[n]: v for n, v in requested.items()},
        origin=trial.origin,
        reason=trial.reason,
        is_avoided=trial.is_avoided,
        tags=list(trial.tags),
        notes=trial.notes,
        links=[list(link) for link in trial.links],
        due_on=trial.due_on,
        finished_at=trial.finished_at,
        taken_by_id=people.get(trial.taken_by or ""),
        finished_by_id=people.get(trial.finished_by or ""),
    )


def _add_results(made: dict[int, Trial], archive: Archive, metrics: dict[str, int]) -> None:
    rows: list[Observation] = []
    for trial in archive.trials:
        row = made[trial.number]
        for name, (mean, sem, raw) in trial.results.items():
            kept = list(raw) or None
            rows.append(
                Observation(trial=row, metric_id=metrics[name], mean=mean, sem=sem, raw=kept)
            )
        for name, points in trial.curves.items():
            for step, mean, sem in points:
                rows.append(
                    Observation(trial=row, metric_id=metrics[name], step=step, mean=mean, sem=sem)
                )
    Observation.objects.bulk_create(rows, batch_size=_BATCH)


def counts(archive: Archive) -> list[tuple[str, int]]:
    """Return how many trials an archive has of each status, those that it has."""
    found = [(s.value, sum(t.status is s for t in archive.trials)) for s in TrialStatus]
    return [(name.replace("_", " "), count) for name, count in found if count]
