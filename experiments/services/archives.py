"""Whole experiments as JSON: all that is known of one, from its rows."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction

from experiments.archiving.history import FIELDS
from experiments.archiving.keys import Former, Renaming, by_key, place, renamed
from experiments.archiving.writer import END, listed, opening, single
from experiments.assignments import cast
from experiments.documents import Document, to_document
from experiments.models import (
    Change,
    Conclusion,
    Experiment,
    Observation,
    Suggestion,
    Trial,
    TrialFile,
)
from experiments.services.decisions import current_choice
from experiments.tables.matching import METRIC, PARAMETER, SEM

_BATCH = 1_000


def write_to(file: BinaryIO, experiment: Experiment, *, by: AbstractBaseUser) -> None:
    """Write the archive of one moment.

    Who writes meanwhile waits until all but the contents of files is read: these never change. Of
    other experiments, the archive has only the names of those that ``by`` may see.
    """
    with transaction.atomic():
        Experiment.objects.select_for_update(no_key=True).get(pk=experiment.pk)
        writing = _Writing(Experiment.objects.get(pk=experiment.pk), by)
        for piece in writing.all_but_files():
            file.write(piece.encode())
        files = writing.files
    for piece in listed("files", _with_contents(files)):
        file.write(piece.encode())
    file.write(END.encode())


def text_of(experiment: Experiment, *, by: AbstractBaseUser) -> str:
    """Return the archive as one text."""
    file = BytesIO()
    write_to(file, experiment, by=by)
    return file.getvalue().decode()


class _Writing:
    """What one archive calls rows, while it is written."""

    def __init__(self, experiment: Experiment, by: AbstractBaseUser) -> None:
        self._experiment = experiment
        self._by = by
        self._parameters = list(experiment.parameters.all())
        self._metrics = list(experiment.metrics.all())
        self._parameter_keys = Former("p", [row.key for row in self._parameters])
        self._metric_keys = Former("m", [row.key for row in self._metrics])
        self._people = dict(User.objects.values_list("pk", "username"))
        files = TrialFile.objects.filter(trial__experiment=experiment).order_by("pk")
        self._files = {pk: n for n, pk in enumerate(files.values_list("pk", flat=True), start=1)}
        self._sources = list(experiment.auxiliary_sources.order_by("pk"))
        self._rows = {row.pk: n for n, row in enumerate(self._sources, start=1)}
        self._elsewhere: dict[int, str] = {}

    def all_but_files(self) -> Iterator[str]:
        yield opening(self._head())
        yield from listed("trials", self._trials())
        yield from listed("conclusions", self._conclusions())
        yield from listed("history", self._history())
        yield single("elsewhere", self._others())

    def _head(self) -> Document:
        experiment = self._experiment
        draft = experiment.definition
        baseline = draft.baseline_trial
        if baseline is not None and not experiment.trials.filter(number=baseline).exists():
            draft = replace(draft, baseline_trial=None)  # It was deleted.
        names = self._renaming
        return {
            "identity": str(experiment.identity),
            "definition": renamed({"definition": to_document(draft, keys=True)}, names)[
                "definition"
            ],
            "status": experiment.status,
            "notes": experiment.notes,
            "command": experiment.command,
            "trial_cost": experiment.trial_cost,
            "trial_cost_unit": experiment.trial_cost_unit,
            "trial_count": experiment.trial_count,
            "created_at": experiment.created_at.isoformat(),
            "is_direction_confirmed": experiment.is_direction_confirmed,
            "import_uses": {name: self._use(use) for name, use in experiment.import_uses.items()},
            "import_sheet": experiment.import_sheet,
            "revision": experiment.revision,
            "model_revision": experiment.model_revision,
            "definition_revision": experiment.definition_revision,
            "choice": self._choice(),
            "learns_from": [
                {
                    "experiment": self._other(row.source_id or row.elsewhere),
                    "is_active": row.is_active,
                    "without": row.without,
                    "only_inside": row.only_inside,
                    "added_at": row.added_at.isoformat(),
                }
                for row in self._sources
            ],
        }

    def _choice(self) -> Document | None:
        choice = current_choice(self._experiment)
        if choice is None or choice.trial.deleted_at is not None:
            return None
        return {
            "trial": choice.trial.number,
            "reason": choice.reason,
            "chosen_by": self._person(choice.chosen_by_id, choice.told_by),
            "chosen_at": choice.chosen_at.isoformat(),
            "revision": choice.revision,
        }

    def _use(self, use: str) -> str:
        for prefix, key in (
            (PARAMETER, self._parameter_keys),
            (METRIC, self._metric_keys),
            (SEM, self._metric_keys),
        ):
            if use.startswith(prefix):
                return prefix + key(use.removeprefix(prefix))
        return use

    def _person(self, pk: int | None, told: str = "") -> str | None:
        return self._people.get(pk or 0) or told or None

    def _other(self, pk: int | None) -> str | None:
        """Call another experiment ``e1``, ``e2`` …; one that is not here has a negative id."""
        return (
            None if pk is None else self._elsewhere.setdefault(pk, f"e{len(self._elsewhere) + 1}")
        )

    @property
    def _renaming(self) -> Renaming:
        return Renaming(
            parameter=self._parameter_keys,
            metric=self._metric_keys,
            file=self._files.get,
            person=lambda who: who if isinstance(who, str) else self._person(who),
            experiment=self._other,
            row=self._rows.get,
        )

    def _trials(self) -> Iterator[Document]:
        """Yield the trials, a batch of rows at a time; those that are deleted too."""
        last = -1
        everything = Trial.everything.filter(experiment=self._experiment).order_by("number")
        while True:
            rows = everything.filter(number__gt=last).select_related("source")
            batch = list(rows[:_BATCH])
            if not batch:
                return
            results, curves = self._observations(batch)
            made = {s.trial_id: s for s in Suggestion.objects.filter(trial__in=batch)}
            for trial in batch:
                yield {
                    **self._trial(trial, made.get(trial.pk)),
                    "results": results[trial.pk],
                    "curves": curves[trial.pk],
                }
            last = batch[-1].number

    def _observations(self, batch: list[Trial]) -> tuple[dict[int, Any], dict[int, Any]]:
        """Return results and curves by the trials' ids."""
        names = {metric.pk: metric.name for metric in self._metrics}
        results: dict[int, dict[str, Any]] = {trial.pk: {} for trial in batch}
        curves: dict[int, dict[str, list[Any]]] = {trial.pk: {} for trial in batch}
        found = Observation.objects.filter(trial__in=batch).order_by("metric", "step")
        columns = ("trial", "metric", "mean", "sem", "step", "raw")
        for trial, metric, mean, sem, step, raw in found.values_list(*columns):
            if step is None:
                more = {"raw": [float(number) for number in raw]} if raw else {}
                results[trial][names[metric]] = {"mean": mean, "sem": sem} | more
            else:
                curves[trial].setdefault(names[metric], []).append([step, mean, sem])
        return results, curves

    def _trial(self, trial: Trial, suggestion: Suggestion | None) -> Document:
        former = {
            field: values
            for field in ("parameters", "requested")
            if (values := self._former(getattr(trial, field)))
        }
        copied = self._copied(trial)
        return {
            "number": trial.number,
            "status": trial.status,
            "parameters": self._named(trial.parameters),
            "requested": None if trial.requested is None else self._named(trial.requested),
            "origin": trial.origin,
            "reason": trial.reason,
            "is_avoided": trial.is_avoided,
            "tags": trial.tags,
            "notes": trial.notes,
            "links": trial.links,
            "due_on": trial.due_on.isoformat() if trial.due_on else None,
            "created_at": trial.created_at.isoformat(),
            "finished_at": trial.finished_at.isoformat() if trial.finished_at else None,
            "taken_by": self._person(trial.taken_by_id, trial.told_taken_by),
            "finished_by": self._person(trial.finished_by_id, trial.told_finished_by),
            **({"deleted_at": trial.deleted_at.isoformat()} if trial.deleted_at else {}),
            **({"former": former} if former else {}),
            **({"copied_from": copied} if copied else {}),
            **({"suggestion": self._suggestion(suggestion)} if suggestion else {}),
        }

    def _named(self, stored: Mapping[str, Any]) -> Document:
        """Return the values of parameters that the definition has, by their names."""
        return {
            p.name: cast(value, p.spec.value_type)
            for p in self._parameters
            if (value := stored.get(p.key)) is not None
        }

    def _former(self, stored: Mapping[str, Any] | None) -> Document:
        """Return the values of parameters that the definition had once, by key."""
        present = {parameter.key for parameter in self._parameters}
        values = {k: v for k, v in (stored or {}).items() if k not in present and v is not None}
        return by_key(values, self._parameter_keys)

    def _copied(self, trial: Trial) -> Document | None:
        if trial.source is not None:
            experiment, number = trial.source.experiment_id, trial.source.number
        elif trial.told_source:
            experiment, number = trial.told_source["experiment"], trial.told_source["trial"]
        else:
            return None
        return {"experiment": self._other(experiment), "trial": number}

    def _suggestion(self, suggestion: Suggestion) -> Document:
        outlook = suggestion.outlook
        if outlook:
            means = {
                field: by_key(outlook.get(field, {}), self._metric_keys)
                for field in ("best_means", "believed", "limits")
            }
            learnt = [[self._other(pk), count] for pk, count in outlook.get("elsewhere", ())]
            outlook = outlook | means | {"elsewhere": learnt}
        predictions = [
            each | {"metric": self._metric_keys(each["metric"])}
            for each in sorted(suggestion.predictions, key=lambda each: place(each["metric"]))
        ]
        return {
            "revision": suggestion.revision,
            "node": suggestion.node,
            "created_at": suggestion.created_at.isoformat(),
            "parameters": by_key(suggestion.parameters, self._parameter_keys),
            "predictions": predictions,
            "acquisition_value": suggestion.acquisition_value,
            "fixed": by_key(suggestion.fixed, self._parameter_keys),
            "outlook": outlook or None,
        }

    def _conclusions(self) -> Iterator[Document]:
        for each in Conclusion.objects.filter(experiment=self._experiment).order_by("number"):
            yield {
                "number": each.number,
                "revision": each.revision,
                "concluded_by": self._person(each.concluded_by_id, each.told_by),
                "concluded_at": each.concluded_at.isoformat(),
                "withdrawn_by": self._person(each.withdrawn_by_id, each.told_withdrawn_by),
                "withdrawn_at": each.withdrawn_at.isoformat() if each.withdrawn_at else None,
                "document": {k: v for k, v in each.document.items() if k != "experiment"},
            }

    def _history(self) -> Iterator[Document]:
        """Yield the changes, oldest first; only a few are read at once: some have megabytes."""
        names = self._renaming
        columns = (
            "revision", "kind", "user", "told_by", "created_at", "reason", "trial_numbers",
            "is_model_change", "undoes", "is_redo", "before", "after",
        )  # fmt: skip
        found = Change.objects.filter(experiment=self._experiment).order_by("revision")
        for row in found.values_list(*columns).iterator(chunk_size=200):
            revision, kind, user, told, at, reason, numbers, is_model_change, *rest = row
            undoes, is_redo, before, after = rest
            yield {
                "revision": revision,
                "kind": kind,
                "by": self._person(user, told),
                "at": at.isoformat(),
                "reason": reason,
                "trials": numbers,
                "is_model_change": is_model_change,
                **({"undoes": undoes, "is_redo": is_redo} if undoes else {}),
                "before": renamed(_known(kind, before), names),
                "after": renamed(_known(kind, after), names),
            }

    @property
    def files(self) -> dict[int, Document]:
        """The files by id, without their contents."""
        rows = TrialFile.objects.filter(pk__in=list(self._files)).defer("content")
        return {
            file.pk: {
                "id": self._files[file.pk],
                "trial": file.trial.number,
                "name": file.name,
                "added_at": file.added_at.isoformat(),
                "added_by": self._person(file.added_by_id, file.told_by),
                "removed_at": file.removed_at.isoformat() if file.removed_at else None,
            }
            for file in rows.select_related("trial").order_by("pk")
        }

    def _others(self) -> Document:
        """Name the other experiments that turned up meanwhile."""
        ids: Iterable[int] = [pk for pk in self._elsewhere if pk > 0]
        rows = Experiment.objects.filter(pk__in=ids).values_list("pk", "identity", "name")
        found = {pk: (str(identity), name) for pk, identity, name in rows}
        visible = Experiment.objects.of(self._by).filter(pk__in=ids)
        shown = set(visible.values_list("pk", flat=True))
        elsewhere = {}
        for pk, called in self._elsewhere.items():
            if pk < 0:
                elsewhere[called] = self._experiment.elsewhere[str(pk)]
            else:
                identity, name = found.get(pk, (None, None))
                elsewhere[called] = {"identity": identity, "name": name if pk in shown else None}
        return elsewhere


def _with_contents(files: Mapping[int, Document]) -> Iterator[Document]:
    for pk, file in files.items():
        content = TrialFile.objects.values_list("content", flat=True).get(pk=pk)
        yield file | {"content": base64.b64encode(content).decode()}


def _known(kind: str, side: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an archive says of one side of a change; keys of forms mean nothing elsewhere."""
    return {name: side[name] for name in FIELDS.get(kind, ()) if name in side}
