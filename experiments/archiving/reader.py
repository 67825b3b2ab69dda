"""Reading an archive, strictly: what is wrong is told with its place, and nothing is guessed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from experiments.archiving import conclusions, values
from experiments.archiving.archive import (
    FORMAT,
    FORMER,
    STATUSES,
    Archive,
    ChangeArchive,
    ChoiceArchive,
    ConclusionArchive,
    Elsewhere,
    NotAnArchive,
    SourceArchive,
    TrialArchive,
    is_archive,
)
from experiments.archiving.contents import Parsed, Source, parse
from experiments.archiving.history import HistoryReader
from experiments.archiving.keys import KnownKeys
from experiments.archiving.trials import TrialsReader, read_files
from experiments.archiving.values import Object, Wrong, after
from experiments.definition_rules import definition_problems
from experiments.documents import from_document
from experiments.drafts import ExperimentDraft
from experiments.fields import short

MOST_PROBLEMS = 20
MOST_ELSEWHERE = 10_000
MOST_COLUMNS = 1_000


def read_archive(source: Source | str) -> Archive:
    """Read an archive; raise ``NotAnArchive`` with all that is wrong (the first 20 things).

    The contents of files stay where they are in ``source``, which has to stay as it is.
    """
    try:
        data = source.encode() if isinstance(source, str) else source
        parsed = parse(data)
        return _Reader(parsed).read()
    except UnicodeEncodeError:
        raise NotAnArchive(["The text has half characters (lone surrogates)."]) from None
    except Wrong as problem:
        raise NotAnArchive([str(problem)]) from problem
    except RecursionError:
        raise NotAnArchive(["The text nests deeper than any experiment does."]) from None


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self, parsed: Parsed) -> None:
        self.problems: list[str] = []
        self._parsed = parsed

    def read(self) -> Archive:
        value = self._parsed.value
        if not isinstance(value, dict):
            raise NotAnArchive(["A whole experiment is a JSON object with “format” and “trials”."])
        if value.get("format") not in (FORMAT, FORMER):
            raise NotAnArchive([_about_format(value)])
        is_former = value["format"] == FORMER
        draft = self._definition(value.get("definition"), is_former=is_former)
        if draft is None:
            raise NotAnArchive(self.problems[:MOST_PROBLEMS])
        found = self._parts(value, draft, is_former=is_former)
        if not self.problems:
            self._check(found)
        if not self.problems and not self._parsed.is_all_used:
            self.problems.append("A long “content” stands where no file is.")
        if self.problems:
            raise NotAnArchive(self.problems[:MOST_PROBLEMS])
        return found

    def _parts(self, value: dict[str, Any], draft: ExperimentDraft, *, is_former: bool) -> Archive:
        own = Object(value, "", self.problems)
        own.take("format", values.text)
        own.take("definition", values.object_)
        keys = (
            KnownKeys("p", {parameter.spec.key for parameter in draft.parameters}),
            KnownKeys("m", {metric.spec.key for metric in draft.metrics}),
        )
        reader = TrialsReader(
            {parameter.name: parameter.spec for parameter in draft.parameters},
            frozenset(metric.name for metric in draft.metrics),
            keys,
            self.problems,
            is_former=is_former,
        )
        trials = reader.read(own.take("trials", values.list_, []))
        last = max((trial.number for trial in trials), default=-1)
        rest = {} if is_former else self._rest(own, trials, keys)
        archive = Archive(
            draft=draft,
            former_parameters=keys[0].former,
            former_metrics=keys[1].former,
            status=own.take("status", values.one_of(STATUSES), "running"),
            notes=own.take("notes", values.text_of(values.MOST_NOTES), ""),
            command=own.take("command", values.text_of(20_000), ""),
            trial_cost=own.take("trial_cost", values.number),
            trial_cost_unit=own.take("trial_cost_unit", values.text_of(30), ""),
            trial_count=own.take("trial_count", values.count, last + 1),
            trials=trials,
            **rest,
        )
        own.end()
        if archive.trial_count <= last:
            few = f"{archive.trial_count} is too few, there is a trial {last}"
            self.problems.append(f"trial_count: {few}.")
        return archive

    def _rest(
        self, own: Object, trials: tuple[TrialArchive, ...], keys: tuple[KnownKeys, KnownKeys]
    ) -> dict[str, Any]:
        """Read what the former format lacked."""
        history = HistoryReader(*keys, self.problems)
        numbers = {trial.number for trial in trials}
        uses = {"parameter:": keys[0], "metric:": keys[1], "sem:": keys[1]}
        return {
            "identity": own.take("identity", values.identity),
            "created_at": own.take("created_at", values.moment),
            "is_direction_confirmed": own.take("is_direction_confirmed", values.boolean, False),
            "import_uses": own.take("import_uses", lambda value: _uses(value, uses), {}),
            "import_sheet": own.take("import_sheet", values.text_of(200), ""),
            "revision": own.need("revision", values.count) or 0,
            "model_revision": own.need("model_revision", values.count) or 0,
            "definition_revision": own.need("definition_revision", values.count) or 0,
            "choice": own.take("choice", _choice),
            "learns_from": own.take("learns_from", values.each_of(_source), ()),
            "conclusions": own.take("conclusions", _conclusions, ()),
            "history": history.read(own.take("history", values.list_, [])),
            "files": read_files(
                own.take("files", values.list_, []), self._parsed, numbers, self.problems
            ),
            "elsewhere": own.take("elsewhere", _elsewhere, {}),
        }

    def _definition(self, value: Any, *, is_former: bool) -> ExperimentDraft | None:
        try:
            values.texts_within(value)
            document = _without_keys(value) if is_former else _with_keys(value)
        except Wrong as problem:
            self.problems.append(f"{after('definition', str(problem))}.")
            return None
        draft, problems = from_document(document)
        self.problems += [f"definition: {problem}" for problem in problems]
        if draft is None or problems:
            return None
        found = definition_problems(replace(draft, baseline_trial=None))
        self.problems += [f"definition: {problem.message}" for problem in found]
        return None if found else draft

    def _check(self, archive: Archive) -> None:
        """Check what refers to something else in the archive."""
        present = {trial.number: trial for trial in archive.present}
        baseline = archive.draft.baseline_trial
        if baseline is not None and baseline not in present:
            self.problems.append(f"definition.baseline: there is no trial {baseline}.")
        choice = archive.choice
        if choice is not None and choice.trial not in present:
            self.problems.append(f"choice.trial: there is no trial {choice.trial}.")
        if len({each.number for each in archive.conclusions}) < len(archive.conclusions):
            self.problems.append("conclusions: a number is there twice.")
        for place, name in _names_elsewhere(archive):
            if name is not None and name not in archive.elsewhere:
                self.problems.append(f"{place}: “{short(name)}” is not among “elsewhere”.")
        known = [each.experiment for each in archive.learns_from if each.experiment]
        if len(set(known)) < len(known):
            self.problems.append("learns_from: an experiment is there twice.")
        self._check_history(archive)

    def _check_history(self, archive: Archive) -> None:
        for name, revision in _revisions(archive):
            if revision > archive.revision:
                self.problems.append(f"{name}: it is above {archive.revision}, the revision.")
        numbers = {trial.number for trial in archive.trials}
        files = {file.id: file.trial for file in archive.files}
        revisions: set[int] = set()
        for place, change in enumerate(archive.history):
            where = f"history[{place}]"
            if not 0 < change.revision <= archive.revision:
                said = f"{change.revision} does not lie between 1 and {archive.revision}"
                self.problems.append(f"{where}.revision: {said}.")
            if change.revision in revisions:
                self.problems.append(f"{where}.revision: {change.revision} is there twice.")
            revisions.add(change.revision)
            if unknown := [number for number in change.trials if number not in numbers]:
                self.problems.append(f"{where}.trials: there is no trial {unknown[0]}.")
            if (row := change.after.get("row")) and row > len(archive.learns_from):
                self.problems.append(f"{where}.after.row: {row} is not among “learns_from”.")
            if lost := _lost_file(change, files):
                self.problems.append(f"{where}: there is no file {lost} of this trial.")


def _revisions(archive: Archive) -> list[tuple[str, int]]:
    """Return all revisions that something is of: what is told ends with that of the archive."""
    found = [
        ("model_revision", archive.model_revision),
        ("definition_revision", archive.definition_revision),
    ]
    if archive.choice:
        found.append(("choice.revision", archive.choice.revision))
    for place, each in enumerate(archive.conclusions):
        found.append((f"conclusions[{place}].revision", each.revision))
    for trial in archive.trials:
        if trial.suggestion:
            where = f"trial {trial.number}, suggestion.revision"
            found.append((where, trial.suggestion.revision))
    return found


def _lost_file(change: ChangeArchive, files: Mapping[int, int]) -> int | None:
    """Return a file that the states of a change name for a trial that has none such."""
    for side in (change.before, change.after):
        for number, state in side.get("states", {}).items():
            for each in state.get("files", ()):
                if files.get(each) != int(number):
                    return int(each)
    return None


def _names_elsewhere(archive: Archive) -> list[tuple[str, str | None]]:
    """Return the places at which other experiments are named, and how."""
    found = [(f"learns_from[{n}]", each.experiment) for n, each in enumerate(archive.learns_from)]
    for trial in archive.trials:
        if trial.copied_from:
            found.append((f"trial {trial.number}, copied_from", trial.copied_from["experiment"]))
        outlook = trial.suggestion.outlook if trial.suggestion else None
        for name, _ in (outlook or {}).get("elsewhere", ()):
            found.append((f"trial {trial.number}, suggestion", name))
    for n, change in enumerate(archive.history):
        for side in (change.before, change.after):
            names = [*side.get("learns_from", ()), side.get("experiment")]
            found += [(f"history[{n}]", name) for name in names]
    return found


def _choice(value: Any) -> ChoiceArchive:
    needed = {
        "trial": values.count,
        "reason": values.reason,
        "revision": values.count,
        "chosen_at": values.moment,
    }
    return ChoiceArchive(**values.within(value, needed, {"chosen_by": values.name}))


def _source(value: Any) -> SourceArchive:
    needed = {"is_active": values.boolean, "added_at": values.moment}
    others = {
        "experiment": values.text_of(20),
        "without": values.counts,
        "only_inside": values.boolean,
    }
    found = values.within(value, needed, others)
    more = {
        "without": tuple(found["without"] or ()),
        "only_inside": bool(found["only_inside"]),
    }
    return SourceArchive(**(found | more))


def _conclusions(value: Any) -> tuple[ConclusionArchive, ...]:
    if len(values.list_(value)) > conclusions.MOST_CONCLUSIONS:
        raise Wrong(f"{len(value)} are more than {conclusions.MOST_CONCLUSIONS}")
    return values.each(value, _conclusion)


def _conclusion(value: Any) -> ConclusionArchive:
    needed = {
        "number": _from_one,
        "revision": values.count,
        "concluded_at": values.moment,
        "document": conclusions.document,
    }
    others = {
        "concluded_by": values.name,
        "withdrawn_by": values.name,
        "withdrawn_at": values.moment,
    }
    return ConclusionArchive(**values.within(value, needed, others))


def _from_one(value: Any) -> int:
    if values.count(value) < 1:
        raise Wrong("numbers start with 1")
    return int(value)


def _elsewhere(value: Any) -> dict[str, Elsewhere]:
    if len(values.object_(value)) > MOST_ELSEWHERE:
        raise Wrong(f"{len(value)} are more than {MOST_ELSEWHERE}")
    others = {"identity": values.identity, "name": values.text_of(200)}
    return values.by_name(value, lambda each: Elsewhere(**values.within(each, {}, others)))


def _uses(value: Any, keys: Mapping[str, KnownKeys]) -> dict[str, str]:
    """Accept what columns are used for, by their names; keys are the archive's."""
    if len(values.object_(value)) > MOST_COLUMNS:
        raise Wrong(f"{len(value)} are more than {MOST_COLUMNS}")

    def use(found: Any) -> str:
        for prefix, key in keys.items():
            if values.text_of(50)(found).startswith(prefix):
                return prefix + key(found.removeprefix(prefix))
        return str(found)

    return values.by_name(value, use)


def _about_format(value: Mapping[str, Any]) -> str:
    if is_archive(value):
        return (
            f"format: “{short(value['format'])}” is newer than this AxDash, which reads {FORMAT}."
        )
    if isinstance(value.get("parameters"), list):
        return "This is a definition without trials: paste it on the page “Paste a definition”."
    return f"format: it should be “{FORMAT}”."


def _without_keys(value: Any) -> Any:
    """Return a definition without the keys of rows, which mean nothing elsewhere."""
    return _keyed(value, lambda each, _, __: {n: v for n, v in each.items() if n != "key"})


def _with_keys(value: Any) -> Any:
    """Return a definition whose parameters are ``p1``, ``p2`` … and whose metrics ``m1`` …"""

    def check(each: dict[str, Any], part: str, place: int) -> dict[str, Any]:
        expected = f"{part[0]}{place + 1}"
        if each.get("key") != expected:
            raise Wrong(f".{part}[{place}].key: it should be “{expected}”")
        return each

    return _keyed(value, check)


def _keyed(value: Any, change: Callable[[dict[str, Any], str, int], dict[str, Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for part in ("parameters", "metrics"):
        if isinstance(found.get(part), list):
            found[part] = [
                change(each, part, place) if isinstance(each, dict) else each
                for place, each in enumerate(found[part])
            ]
    return found
