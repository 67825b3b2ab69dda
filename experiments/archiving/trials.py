"""The trials in an archive, their files, and how those that were suggested came about."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from experiments.archiving import values
from experiments.archiving.archive import (
    MOST_TRIALS,
    ORIGINS,
    FileArchive,
    SuggestionArchive,
    TrialArchive,
)
from experiments.archiving.contents import Parsed
from experiments.archiving.keys import KnownKeys
from experiments.archiving.values import Check, Object, Wrong, at
from experiments.domain import (
    GenerationNode,
    ParameterSpec,
    ParameterValue,
    Relation,
    TrialStatus,
)
from experiments.fields import short
from experiments.file_types import LARGEST, LARGEST_OF_EXPERIMENT, MOST_FILES, plain_name


class TrialsReader:
    """Reads the trials of one archive; ``is_former``: of the format that had none of the rest."""

    def __init__(
        self,
        specs: Mapping[str, ParameterSpec],
        metrics: frozenset[str],
        keys: tuple[KnownKeys, KnownKeys],
        problems: list[str],
        *,
        is_former: bool,
    ) -> None:
        self._specs = specs
        self._metrics = metrics
        self._parameter, self._metric = keys
        self._problems = problems
        self._is_former = is_former

    def read(self, sources: list[Any]) -> tuple[TrialArchive, ...]:
        """Read all trials, in the order of their numbers."""
        if len(sources) > MOST_TRIALS:
            self._problems.append(f"trials: {len(sources)} are more than {MOST_TRIALS}.")
            return ()
        trials: dict[int, TrialArchive] = {}
        for place, source in enumerate(sources):
            where = f"trials[{place}]"
            if not isinstance(source, dict):
                self._problems.append(f"{where}: a trial is an object.")
                continue
            trial = self._trial(Object(source, where, self._problems))
            if trial is None:
                continue
            if trial.number in trials:
                self._problems.append(f"{where}.number: trial {trial.number} is there twice.")
            trials[trial.number] = trial
        return tuple(trials[number] for number in sorted(trials))

    def _trial(self, own: Object) -> TrialArchive | None:
        before = len(self._problems)
        found = {
            "number": own.need("number", values.count),
            "status": own.need("status", TrialStatus),
            "parameters": own.need("parameters", self._values),
            "requested": own.take("requested", self._values),
            "origin": own.need("origin", values.one_of(ORIGINS)),
            "reason": own.take("reason", values.reason, ""),
            "is_avoided": own.take("is_avoided", values.boolean, False),
            "tags": own.take("tags", values.tags, ()),
            "notes": own.take("notes", values.text_of(20_000), ""),
            "links": own.take("links", values.links, ()),
            "due_on": own.take("due_on", values.day),
            "created_at": own.need("created_at", values.moment),
            "finished_at": own.take("finished_at", values.moment),
            "taken_by": own.take("taken_by", values.name),
            "finished_by": own.take("finished_by", values.name),
            "results": own.take("results", self._by_metric(values.result), {}),
            "curves": own.take("curves", self._by_metric(values.curve), {}),
        }
        if not self._is_former:
            found |= {
                "former": own.take("former", self._former, {}),
                "deleted_at": own.take("deleted_at", values.moment),
                "copied_from": own.take("copied_from", _copied),
                "suggestion": own.take("suggestion", self._suggestion),
            }
        own.end()
        return TrialArchive(**found) if len(self._problems) == before else None

    def _values(self, value: Any) -> dict[str, ParameterValue]:
        return {
            name: at(name, partial(self._value, name), each)
            for name, each in values.object_(value).items()
        }

    def _value(self, name: str, value: Any) -> ParameterValue:
        spec = self._specs.get(name)
        if spec is None:
            raise Wrong("there is no such parameter")
        return values.OF_TYPE[spec.value_type](value)

    def _by_metric(self, check: Check) -> Check:
        def checked(value: Any) -> dict[str, Any]:
            found = values.object_(value)
            for name in found:
                if name not in self._metrics:
                    raise Wrong(f".{short(name)}: there is no such metric")
            return values.by_name(found, check)

        return checked

    def _former(self, value: Any) -> dict[str, Any]:
        return values.within(value, {}, {"parameters": self._by_key, "requested": self._by_key})

    def _by_key(self, value: Any) -> dict[str, ParameterValue]:
        return {
            at(key, self._parameter, key): at(key, values.plain, each)
            for key, each in values.object_(value).items()
        }

    def _suggestion(self, value: Any) -> SuggestionArchive:
        found = values.within(
            value,
            {
                "revision": values.count,
                "node": values.one_of(tuple(GenerationNode)),
                "created_at": values.moment,
                "parameters": self._by_key,
            },
            {
                "predictions": values.each_of(self._prediction),
                "acquisition_value": values.number,
                "fixed": self._by_key,
                "outlook": self._outlook,
            },
        )
        more = {"predictions": found["predictions"] or (), "fixed": found["fixed"] or {}}
        return SuggestionArchive(**(found | more))

    def _prediction(self, value: Any) -> dict[str, Any]:
        needed: dict[str, Check] = {
            "metric": self._metric,
            "mean": values.number,
            "sd": values.sem,
        }
        return values.within(value, needed, {"noise": values.sem})

    def _outlook(self, value: Any) -> dict[str, Any]:
        others: dict[str, Check] = {
            "best": values.count,
            "feasible": values.number,
            "better": values.number,
            "gain": values.number,
            "spread": values.number,
            "is_expected_better": values.boolean,
        }
        needed: dict[str, Check] = {
            "results": values.count,
            "best_means": self._means,
            "believed": self._means,
            "is_feasible": values.boolean,
            "front": values.count,
            "limits": self._limits,
        }
        found = values.within(value, needed, others | {"elsewhere": values.each_of(_learnt)})
        return found | {"elsewhere": [list(pair) for pair in found["elsewhere"] or ()]}

    def _means(self, value: Any) -> dict[str, float]:
        return {
            at(key, self._metric, key): at(key, values.number, each)
            for key, each in values.object_(value).items()
        }

    def _limits(self, value: Any) -> dict[str, list[Any]]:
        return {
            at(key, self._metric, key): at(key, _limit, each)
            for key, each in values.object_(value).items()
        }


def _limit(value: Any) -> list[Any]:
    if len(values.list_(value)) != 2:
        raise Wrong("a bound is a list of its side and a number")
    return [values.one_of(tuple(Relation))(value[0]), values.number(value[1])]


def _learnt(value: Any) -> tuple[str, int]:
    if len(values.list_(value)) != 2:
        raise Wrong("it is no list of an experiment and a number of trials")
    return values.text_of(20)(value[0]), values.count(value[1])


def _copied(value: Any) -> dict[str, Any]:
    return values.within(value, {"experiment": values.text_of(20), "trial": values.count}, {})


def read_files(
    sources: list[Any], parsed: Parsed, numbers: set[int], problems: list[str]
) -> tuple[FileArchive, ...]:
    """Read the files of the trials with these numbers, by the limits of an upload."""
    found: dict[int, FileArchive] = {}
    present: dict[int, int] = {}
    size = 0
    for place, source in enumerate(sources):
        where = f"files[{place}]"
        if not isinstance(source, dict):
            problems.append(f"{where}: a file is an object.")
            continue
        file, length = _file(Object(source, where, problems), parsed, len(problems), problems)
        if file is None:
            continue
        size += length
        if file.removed_at is None:
            present[file.trial] = present.get(file.trial, 0) + 1
        if file.id in found:
            problems.append(f"{where}.id: file {file.id} is there twice.")
        if file.trial not in numbers:
            problems.append(f"{where}.trial: there is no trial {file.trial}.")
        if present.get(file.trial, 0) > MOST_FILES:
            problems.append(f"{where}: trial {file.trial} has more than {MOST_FILES} files.")
        found[file.id] = file
    if size > LARGEST_OF_EXPERIMENT:
        most = LARGEST_OF_EXPERIMENT // 10**6
        problems.append(f"files: together they have more than {most} MB.")
    return tuple(found[key] for key in sorted(found))


def _file(
    own: Object, parsed: Parsed, before: int, problems: list[str]
) -> tuple[FileArchive | None, int]:
    content, length = own.need("content", lambda value: _measured(parsed, value)) or (None, 0)
    found = {
        "id": own.need("id", values.count),
        "trial": own.need("trial", values.count),
        "name": own.need("name", lambda value: plain_name(values.text_of(200)(value))),
        "added_at": own.need("added_at", values.moment),
        "added_by": own.take("added_by", values.name),
        "removed_at": own.take("removed_at", values.moment),
        "content": content,
    }
    own.end()
    return (FileArchive(**found), length) if len(problems) == before else (None, 0)


def _measured(parsed: Parsed, value: Any) -> tuple[Any, int]:
    """Return a content and its size in bytes: it is decoded once, to see that it can be."""
    content = parsed.content(value)
    if len(content) > LARGEST * 4 // 3 + 4:
        raise Wrong(f"it has more than {LARGEST // 10**6} MB")
    length = len(content.decoded())
    if not 0 < length <= LARGEST:
        raise Wrong("it is empty" if not length else f"it has more than {LARGEST // 10**6} MB")
    return content, length
