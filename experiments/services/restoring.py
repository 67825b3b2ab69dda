"""An experiment that is equal to an archived one, in a team of one's own.

What happened elsewhere is told by the file alone. So no account here is made the author of any of
it: names of people stay the words of the file, but for who has a running trial.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import IntegrityError, transaction

from experiments.archiving.archive import Archive, SuggestionArchive, TrialArchive
from experiments.archiving.keys import Renaming, renamed
from experiments.documents import to_document
from experiments.domain import TrialStatus
from experiments.file_types import type_of
from experiments.models import (
    AuxiliarySource,
    Change,
    ChangeKind,
    Conclusion,
    Experiment,
    Metric,
    Observation,
    Parameter,
    StoppingAdvice,
    Suggestion,
    SuggestionStatus,
    Team,
    TeamChoice,
    Trial,
    TrialFile,
)
from experiments.permissions import check_can_define
from experiments.services.brought_rows import fresh_keys, set_moments
from experiments.services.definitions import Keys, write
from experiments.services.recording import record
from experiments.tables.matching import METRIC, PARAMETER, SEM

_BATCH = 1_000


def members_among(names: set[str], team: Team) -> dict[str, int]:
    """Return the ids of the members of a team that have these user names."""
    members = User.objects.filter(teams=team, username__in=names)
    return dict(members.values_list("username", "pk"))


def found_here(archive: Archive, *, team: Team, by: AbstractBaseUser) -> dict[str, Experiment]:
    """Return the other experiments that an archive names, as far as they are here for ``by``.

    They are known by their identities. Of several, those of ``team`` come first, then the oldest.
    """
    wanted = {each.identity for each in archive.elsewhere.values() if each.identity}
    rows = Experiment.objects.visible_to(by).filter(identity__in=wanted).distinct()
    candidates = sorted(
        rows.select_related("team"), key=lambda row: (row.team_id != team.pk, row.pk)
    )
    found: dict[str, Experiment] = {}
    for name, each in archive.elsewhere.items():
        mine = (row for row in candidates if str(row.identity) == each.identity)
        if row := next((row for row in mine if row not in found.values()), None):
            found[name] = row
    return found


def counts(archive: Archive) -> list[tuple[str, int]]:
    """Return how many trials an archive has of each status, those that it has."""
    trials = archive.present
    found = [(s.value, sum(t.status is s for t in trials)) for s in TrialStatus]
    return [(name.replace("_", " "), count) for name, count in found if count]


def restore(archive: Archive, *, team: Team, key: uuid.UUID, by: AbstractBaseUser) -> Experiment:
    """Make an experiment that is equal to the archived one, in one ``Change`` of its own.

    Running trials belong to the members of ``team`` with the user names that have them. ``key``
    names the act: sent twice, the first experiment is returned.
    """
    check_can_define(by, team)
    earlier = Experiment.objects.filter(creation_key=key, created_by_id=by.pk).first()
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return _Restoring(archive, team, key, by).restore()
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        return Experiment.objects.get(creation_key=key, created_by_id=by.pk)


class _Restoring:
    """What the rows of one archive become, while they are made."""

    def __init__(self, archive: Archive, team: Team, key: uuid.UUID, by: AbstractBaseUser) -> None:
        self._archive = archive
        self._team = team
        self._by = by
        self._elsewhere, ids = self._others()
        self._experiment = Experiment.objects.create(
            team=team,
            status=archive.status,
            notes=archive.notes,
            command=archive.command,
            trial_cost=archive.trial_cost,
            trial_cost_unit=archive.trial_cost_unit,
            trial_count=archive.trial_count,
            is_direction_confirmed=archive.is_direction_confirmed,
            import_sheet=archive.import_sheet,
            revision=archive.revision,
            model_revision=archive.model_revision,
            definition_revision=archive.definition_revision or archive.revision + 1,
            told_until=archive.revision,
            elsewhere={str(ids[name]): ids_of for name, ids_of in self._elsewhere.items()},
            creation_key=key,
            created_by_id=by.pk,
            touched_by_id=by.pk,
            **({"identity": archive.identity} if archive.identity else {}),
        )
        self._ids = ids
        parameters, metrics = write(self._experiment, archive.draft)
        self._parameters = {**parameters, **fresh_keys("p", archive.former_parameters, Parameter)}
        self._metrics = {**metrics, **fresh_keys("m", archive.former_metrics, Metric)}
        draft = archive.draft
        self._by_name: Keys = {p.name: self._parameters[p.spec.key] for p in draft.parameters}
        self._metric_ids = {m.name: int(self._metrics[m.spec.key][1:]) for m in draft.metrics}

    def _others(self) -> tuple[dict[str, Any], dict[str, int]]:
        """Return what is kept of experiments that are not here, and the ids of all."""
        here = found_here(self._archive, team=self._team, by=self._by)
        ids: dict[str, int] = {}
        kept = {}
        for n, (name, each) in enumerate(self._archive.elsewhere.items(), start=1):
            ids[name] = here[name].pk if name in here else -n
            if name not in here:
                kept[name] = {"identity": each.identity, "name": each.name}
        return kept, ids

    def restore(self) -> Experiment:
        experiment, archive = self._experiment, self._archive
        trials = self._add_trials()
        self._add_results(trials)
        self._add_suggestions(trials)
        rows = self._add_sources()
        self._add_history(self._add_files(trials), rows)
        self._add_decisions(trials)
        experiment.baseline = trials.get(archive.draft.baseline_trial)  # type: ignore[arg-type]
        experiment.import_uses = {name: self._use(use) for name, use in archive.import_uses.items()}
        experiment.created_at = archive.created_at or experiment.created_at
        experiment.save(update_fields=["baseline", "import_uses", "created_at"])
        record(
            experiment,
            kind=ChangeKind.EXPERIMENT_BROUGHT,
            by=self._by,
            is_model_change=not archive.model_revision,
            after={
                "definition": to_document(experiment.definition, keys=True),
                "trials": len(archive.present),
            },
        )
        return experiment

    def _use(self, use: str) -> str:
        for prefix, keys in (
            (PARAMETER, self._parameters),
            (METRIC, self._metrics),
            (SEM, self._metrics),
        ):
            if use.startswith(prefix):
                return prefix + keys[use.removeprefix(prefix)]
        return use

    def _add_trials(self) -> dict[int, Trial]:
        people = members_among(self._archive.people, self._team)
        copied = self._copied()
        rows = [self._trial(trial, people, copied) for trial in self._archive.trials]
        made = Trial.everything.bulk_create(rows, batch_size=_BATCH)
        set_moments(made, "created_at", [trial.created_at for trial in self._archive.trials])
        return {row.number: row for row in made}

    def _copied(self) -> dict[tuple[int, int], int]:
        """Return the ids of the trials that are here, by those of their experiments and numbers."""
        wanted: dict[int, set[int]] = {}
        for trial in self._archive.trials:
            if trial.copied_from:
                pk = self._ids[trial.copied_from["experiment"]]
                wanted.setdefault(pk, set()).add(trial.copied_from["trial"])
        return {
            (pk, number): trial
            for pk, numbers in wanted.items()
            for number, trial in Trial.objects.filter(
                experiment=pk, number__in=numbers
            ).values_list("number", "pk")
        }

    def _trial(
        self, trial: TrialArchive, people: Mapping[str, int], copied: Mapping[tuple[int, int], int]
    ) -> Trial:
        is_held = trial.status is TrialStatus.RUNNING and trial.deleted_at is None
        holder = people.get(trial.taken_by or "") if is_held else None
        source: dict[str, Any] = {}
        source_id = None
        if trial.copied_from:
            experiment = self._ids[trial.copied_from["experiment"]]
            number = trial.copied_from["trial"]
            source_id = copied.get((experiment, number))
            source = {} if source_id else {"experiment": experiment, "trial": number}
        return Trial(
            experiment=self._experiment,
            number=trial.number,
            status=trial.status.value,
            parameters=self._stored(trial.parameters, trial.former.get("parameters")),
            requested=None
            if trial.requested is None
            else self._stored(trial.requested, trial.former.get("requested")),
            origin=trial.origin,
            source_id=source_id,
            told_source=source,
            reason=trial.reason,
            is_avoided=trial.is_avoided,
            tags=list(trial.tags),
            notes=trial.notes,
            links=[list(link) for link in trial.links],
            due_on=trial.due_on,
            finished_at=trial.finished_at,
            taken_by_id=holder,
            told_taken_by="" if holder else trial.taken_by or "",
            told_finished_by=trial.finished_by or "",
            deleted_at=trial.deleted_at,
        )

    def _stored(
        self, values: Mapping[str, Any], former: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        by_key = {self._by_name[name]: value for name, value in values.items()}
        return by_key | self._keyed(former or {})

    def _keyed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self._parameters[key]: value for key, value in values.items()}

    def _measured(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self._metrics[key]: value for key, value in values.items()}

    def _add_results(self, trials: Mapping[int, Trial]) -> None:
        rows: list[Observation] = []
        has_curves = False
        for trial in self._archive.trials:
            row = trials[trial.number]
            for name, each in trial.results.items():
                pk = self._metric_ids[name]
                rows.append(Observation(trial=row, metric_id=pk, **each))
            for name, points in trial.curves.items():
                pk, has_curves = self._metric_ids[name], True
                rows += [
                    Observation(trial=row, metric_id=pk, step=step, mean=mean, sem=sem)
                    for step, mean, sem in points
                ]
        Observation.objects.bulk_create(rows, batch_size=_BATCH)
        if has_curves:
            StoppingAdvice.objects.create(experiment=self._experiment)

    def _add_suggestions(self, trials: Mapping[int, Trial]) -> None:
        told = [(t.number, t.suggestion) for t in self._archive.trials if t.suggestion]
        rows = [self._suggestion(each, trials[number]) for number, each in told]
        made = Suggestion.objects.bulk_create(rows, batch_size=_BATCH)
        set_moments(made, "created_at", [each.created_at for _, each in told])

    def _suggestion(self, told: SuggestionArchive, trial: Trial) -> Suggestion:
        outlook = dict(told.outlook or {})
        for field in ("best_means", "believed", "limits"):
            if field in outlook:
                outlook[field] = self._measured(outlook[field])
        if "elsewhere" in outlook:
            outlook["elsewhere"] = [[self._ids[n], count] for n, count in outlook["elsewhere"]]
        return Suggestion(
            experiment=self._experiment,
            trial=trial,
            status=SuggestionStatus.TAKEN,
            revision=told.revision,
            node=told.node,
            parameters=self._keyed(told.parameters),
            predictions=[
                {**each, "metric": self._metrics[each["metric"]]} for each in told.predictions
            ],
            acquisition_value=told.acquisition_value,
            fixed=self._keyed(told.fixed),
            outlook=outlook,
        )

    def _add_files(self, trials: Mapping[int, Trial]) -> dict[int, int]:
        """Add the files, one at a time, and return their ids by those of the archive."""
        made = []
        for file in self._archive.files:
            content = file.content.decoded()
            made.append(
                TrialFile.objects.create(
                    trial=trials[file.trial],
                    name=file.name,
                    content_type=type_of(content),
                    size=len(content),
                    content=content,
                    told_by=file.added_by or "",
                    removed_at=file.removed_at,
                )
            )
            made[-1].content = b""
        set_moments(made, "added_at", [file.added_at for file in self._archive.files])
        return {file.id: row.pk for file, row in zip(self._archive.files, made, strict=True)}

    def _add_sources(self) -> dict[int, int]:
        """Add what the model learns from, and return the rows' ids by their places, from 1."""
        made = []
        for each in self._archive.learns_from:
            pk = None if each.experiment is None else self._ids[each.experiment]
            is_here = pk is not None and pk > 0
            made.append(
                AuxiliarySource.objects.create(
                    experiment=self._experiment,
                    source_id=pk if is_here else None,
                    elsewhere=None if is_here else pk,
                    is_active=each.is_active,
                    without=list(each.without),
                    only_inside=each.only_inside,
                    added_by_id=self._by.pk if is_here else None,
                )
            )
        set_moments(made, "added_at", [each.added_at for each in self._archive.learns_from])
        return {place: row.pk for place, row in enumerate(made, start=1)}

    def _add_history(self, files: Mapping[int, int], rows: Mapping[int, int]) -> None:
        names = Renaming(
            parameter=self._parameters.__getitem__,
            metric=self._metrics.__getitem__,
            file=files.get,
            person=lambda told: told,
            experiment=lambda name: None if name is None else self._ids[name],
            row=rows.get,
        )
        made = Change.objects.bulk_create(
            (
                Change(
                    experiment=self._experiment,
                    revision=each.revision,
                    kind=each.kind,
                    told_by=each.by or "",
                    trial_numbers=list(each.trials),
                    before=renamed(each.before, names),
                    after=renamed(each.after, names),
                    reason=each.reason,
                    is_model_change=each.is_model_change,
                    undoes=each.undoes,
                    is_redo=each.is_redo,
                )
                for each in self._archive.history
            ),
            batch_size=_BATCH,
        )
        set_moments(made, "created_at", [each.at for each in self._archive.history])

    def _add_decisions(self, trials: Mapping[int, Trial]) -> None:
        for each in self._archive.conclusions:
            Conclusion.objects.create(
                experiment=self._experiment,
                number=each.number,
                key=uuid.uuid4(),
                revision=each.revision,
                document={**each.document, "experiment": self._experiment.pk},
                told_by=each.concluded_by or "",
                concluded_at=each.concluded_at,
                told_withdrawn_by=each.withdrawn_by or "",
                withdrawn_at=each.withdrawn_at,
            )
        if choice := self._archive.choice:
            TeamChoice.objects.create(
                experiment=self._experiment,
                trial=trials[choice.trial],
                reason=choice.reason,
                told_by=choice.chosen_by or "",
                chosen_at=choice.chosen_at,
                revision=choice.revision,
            )
