"""A whole experiment as a JSON document: its definition, and every trial with all results.

Parameters and metrics are known by their names. Reading is strict: what is wrong is told with its
place, and nothing is guessed.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from experiments.definition_rules import definition_problems
from experiments.documents import Document, from_document
from experiments.domain import ParameterSpec, ParameterValue, TrialStatus, ValueType
from experiments.drafts import ExperimentDraft
from experiments.fields import short

FORMAT = "axdash-experiment/1"
MOST_TRIALS = 100_000
MOST_PROBLEMS = 20
STATUSES = ("draft", "running", "paused", "completed", "archived")
ORIGINS = ("suggested", "baseline", "imported", "copied", "own", "repeated")

_FAMILY = "axdash-experiment/"
_LARGEST_NUMBER = 2**31 - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArchive:
    """One trial; parameters are by name, results (mean, SEM, raw) and curves by metric.

    ``taken_by`` and ``finished_by`` are user names.
    """

    number: int
    status: TrialStatus
    parameters: Mapping[str, ParameterValue]
    requested: Mapping[str, ParameterValue] | None = None
    origin: str
    reason: str = ""
    is_avoided: bool = False
    tags: tuple[str, ...] = ()
    notes: str = ""
    links: tuple[tuple[str, str], ...] = ()
    due_on: date | None = None
    created_at: datetime
    finished_at: datetime | None = None
    taken_by: str | None = None
    finished_by: str | None = None
    results: Mapping[str, tuple[float, float | None, tuple[float, ...]]]
    curves: Mapping[str, tuple[tuple[float, float, float | None], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A whole experiment. ``trial_count`` is how many numbers of trials were handed out."""

    draft: ExperimentDraft
    status: str
    notes: str
    command: str
    trial_cost: float | None
    trial_cost_unit: str
    trial_count: int
    trials: tuple[TrialArchive, ...]

    @property
    def people(self) -> set[str]:
        """The user names that trials mention."""
        named = {name for trial in self.trials for name in (trial.taken_by, trial.finished_by)}
        return {name for name in named if name is not None}


class NotAnArchive(Exception):
    """The text is no archive that can be read; ``problems`` say why, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems


def is_archive(value: object) -> bool:
    """Tell whether an object says that it is a whole experiment."""
    if not isinstance(value, dict):
        return False
    written = value.get("format")
    return isinstance(written, str) and written.startswith(_FAMILY)


def written(head: Document, trials: Iterable[Document]) -> Iterator[str]:
    """Yield the text of an archive piece by piece: all but the trials, then each on its line."""
    text = json.dumps({"format": FORMAT} | head, ensure_ascii=False, indent=2, allow_nan=False)
    yield text.removesuffix("\n}") + ',\n  "trials": ['
    comma = ""
    for trial in trials:
        yield f"{comma}\n    {json.dumps(trial, ensure_ascii=False, allow_nan=False)}"
        comma = ","
    yield "\n  ]\n}\n"


def read_archive(text: str) -> Archive:
    """Read an archive; raise ``NotAnArchive`` with all that is wrong (the first 20 things)."""
    try:
        value = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
        text.encode()
    except _Wrong as problem:
        raise NotAnArchive([str(problem)]) from problem
    except RecursionError:
        raise NotAnArchive(["The text nests deeper than any experiment does."]) from None
    except UnicodeEncodeError:
        raise NotAnArchive(["The text has half characters (lone surrogates)."]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotAnArchive([f"This is not JSON: {error.msg} at {where}."]) from error
    except ValueError:
        raise NotAnArchive(["The text has a whole number of thousands of digits."]) from None
    return _Reader().read(value)


class _Wrong(Exception):
    pass


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Wrong(f"The field “{short(twice)}” stands twice in one object.")
    return found


def _no_constant(name: str) -> Any:
    raise _Wrong(f"{name} is no number that JSON knows, nor one that a result can have.")


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._specs: dict[str, ParameterSpec] = {}
        self._metrics: frozenset[str] = frozenset()

    def read(self, value: Any) -> Archive:
        if not isinstance(value, dict):
            raise NotAnArchive(["A whole experiment is a JSON object with “format” and “trials”."])
        if value.get("format") != FORMAT:
            raise NotAnArchive([_about_format(value)])
        draft = self._definition(value.get("definition"))
        if draft is None:
            raise NotAnArchive(self.problems[:MOST_PROBLEMS])
        own = _Object(value, "", self.problems)
        own.take("format", _text)
        own.take("definition", _object)
        trials = self._trials(own.take("trials", _list, []))
        last = max((trial.number for trial in trials), default=-1)
        count = own.take("trial_count", _count, last + 1)
        archive = Archive(
            draft=draft,
            status=own.take("status", _one_of(STATUSES), "running"),
            notes=own.take("notes", _text_of(100_000), ""),
            command=own.take("command", _text_of(20_000), ""),
            trial_cost=own.take("trial_cost", _number),
            trial_cost_unit=own.take("trial_cost_unit", _text_of(30), ""),
            trial_count=count,
            trials=trials,
        )
        own.end()
        if count <= last:
            self.problems.append(f"trial_count: {count} is too few, there is a trial {last}.")
        baseline = draft.baseline_trial
        if baseline is not None and baseline not in {trial.number for trial in trials}:
            self.problems.append(f"definition.baseline: there is no trial {baseline}.")
        if self.problems:
            raise NotAnArchive(self.problems[:MOST_PROBLEMS])
        return archive

    def _definition(self, value: Any) -> ExperimentDraft | None:
        try:
            _check_texts(value)
        except _Wrong as problem:
            self.problems.append(f"definition{problem}.")
            return None
        draft, problems = from_document(_without_keys(value))
        self.problems += [f"definition: {problem}" for problem in problems]
        if draft is None or problems:
            return None
        found = definition_problems(replace(draft, baseline_trial=None))
        self.problems += [f"definition: {problem.message}" for problem in found]
        self._specs = {parameter.name: parameter.spec for parameter in draft.parameters}
        self._metrics = frozenset(metric.name for metric in draft.metrics)
        return None if found else draft

    def _trials(self, sources: list[Any]) -> tuple[TrialArchive, ...]:
        if len(sources) > MOST_TRIALS:
            self.problems.append(f"trials: {len(sources)} are more than {MOST_TRIALS}.")
            return ()
        trials: dict[int, TrialArchive] = {}
        for place, source in enumerate(sources):
            where = f"trials[{place}]"
            if not isinstance(source, dict):
                self.problems.append(f"{where}: a trial is an object.")
                continue
            trial = self._trial(_Object(source, where, self.problems))
            if trial is None:
                continue
            if trial.number in trials:
                self.problems.append(f"{where}.number: trial {trial.number} is there twice.")
            trials[trial.number] = trial
        return tuple(trials[number] for number in sorted(trials))

    def _trial(self, own: "_Object") -> TrialArchive | None:
        before = len(self.problems)
        status = own.need("status", TrialStatus)
        found = {
            "number": own.need("number", _count),
            "status": status,
            "parameters": own.need("parameters", self._values),
            "requested": own.take("requested", self._values),
            "origin": own.need("origin", _one_of(ORIGINS)),
            "reason": own.take("reason", _text_of(500), ""),
            "is_avoided": own.take("is_avoided", _boolean, False),
            "tags": own.take("tags", _tags, ()),
            "notes": own.take("notes", _text_of(20_000), ""),
            "links": own.take("links", _links, ()),
            "due_on": own.take("due_on", _day),
            "created_at": own.need("created_at", _moment),
            "finished_at": own.take("finished_at", _moment),
            "taken_by": own.take("taken_by", _text_of(150)),
            "finished_by": own.take("finished_by", _text_of(150)),
            "results": own.take("results", self._by_metric(_result), {}),
            "curves": own.take("curves", self._by_metric(_curve), {}),
        }
        own.end()
        return TrialArchive(**found) if len(self.problems) == before else None

    def _values(self, value: Any) -> dict[str, ParameterValue]:
        return {
            name: _at(name, partial(self._value, name), each)
            for name, each in _object(value).items()
        }

    def _value(self, name: str, value: Any) -> ParameterValue:
        spec = self._specs.get(name)
        if spec is None:
            raise _Wrong("there is no such parameter")
        return _OF_TYPE[spec.value_type](value)

    def _by_metric(self, check: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
        def checked(value: Any) -> dict[str, Any]:
            found = _object(value)
            for name in found:
                if name not in self._metrics:
                    raise _Wrong(f".{short(name)}: there is no such metric")
            return {n: _at(n, check, each) for n, each in found.items()}

        return checked


class _Object:
    """One object whose fields are taken out; what is left in the end is unknown."""

    def __init__(self, source: Mapping[str, Any], where: str, problems: list[str]) -> None:
        self._left = dict(source)
        self._where = f"{where}." if where else ""
        self._problems = problems

    def take(self, name: str, check: Callable[[Any], Any], default: Any = None) -> Any:
        """Return a field as ``check`` converts it, or its default where it is missing."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return check(value)
        except (_Wrong, ValueError) as problem:
            said = str(problem) if isinstance(problem, _Wrong) else f"{short(value)} is not known"
            self._problems.append(f"{_after(f'{self._where}{name}', said)}.")
            return default

    def need(self, name: str, check: Callable[[Any], Any]) -> Any:
        """Return a field that has to be there."""
        if self._left.get(name) is None:
            self._left.pop(name, None)
            self._problems.append(f"{self._where}{name}: it is missing.")
            return None
        return self.take(name, check)

    def end(self) -> None:
        """Complain of the fields that nobody asked for."""
        self._problems += [f"{self._where}{short(name)}: it is not known." for name in self._left]


def _at(name: str | int, check: Callable[[Any], Any], value: Any) -> Any:
    """Check a value; say with a problem where it is."""
    try:
        return check(value)
    except _Wrong as problem:
        place = f"[{name}]" if isinstance(name, int) else f".{short(name)}"
        raise _Wrong(_after(place, str(problem))) from problem


def _after(place: str, said: str) -> str:
    """Put what is wrong behind its place, or behind the outer part of it."""
    return f"{place}{said}" if said.startswith((".", "[", ":")) else f"{place}: {said}"


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
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for part in ("parameters", "metrics"):
        if isinstance(found.get(part), list):
            found[part] = [
                {n: v for n, v in each.items() if n != "key"} if isinstance(each, dict) else each
                for each in found[part]
            ]
    return found


def _check_texts(value: Any) -> None:
    """Refuse texts, names of fields included, that cannot be kept."""
    if isinstance(value, str):
        try:
            _text(value)
        except _Wrong as problem:
            raise _Wrong(f": {problem}") from problem
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_texts(name)
            _at(name, _check_texts, each)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _at(place, _check_texts, each)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"{short(value)} is no text")
    if "\x00" in value:
        raise _Wrong("the text has a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Wrong("the text has half characters (lone surrogates)") from None
    return value


def _text_of(most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if len(_text(value)) > most:
            raise _Wrong(f"the text is longer than {most} characters")
        return str(value)

    return check


def _one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if _text(value) not in names:
            raise _Wrong(f"“{short(value)}” is none of {', '.join(names)}")
        return str(value)

    return check


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"{short(value)} is neither true nor false")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"{short(value)} is no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise _Wrong(f"{short(value)} is too large")
    return found


def _whole(value: Any) -> int:
    if _number(value) != value or int(value) != value:
        raise _Wrong(f"{short(value)} is no whole number")
    return int(value)


def _count(value: Any) -> int:
    if not 0 <= _whole(value) <= _LARGEST_NUMBER:
        raise _Wrong(f"{short(value)} is no number that a trial can have")
    return int(value)


def _sem(value: Any) -> float | None:
    if value is None:
        return None
    if _number(value) < 0:
        raise _Wrong(f"{short(value)} is negative")
    return float(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"{short(value)} is no object")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Wrong(f"{short(value)} is no list")
    return value


def _each(value: Any, check: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(_at(place, check, each) for place, each in enumerate(_list(value)))


def _numbers(value: Any) -> tuple[float, ...]:
    return _each(value, _number)


def _tags(value: Any) -> tuple[str, ...]:
    return _each(value, _text_of(50))


def _links(value: Any) -> tuple[tuple[str, str], ...]:
    return _each(value, _link)


def _link(value: Any) -> tuple[str, str]:
    if len(_list(value)) != 2:
        raise _Wrong("a link is a list of an address and a label")
    address, label = _each(value, _text_of(2_000))
    if not address.lower().startswith(("http://", "https://")):
        raise _Wrong("a link starts with http:// or https://")
    return address, label


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise _Wrong(f"“{short(value)}” is no day, such as 2026-03-31") from None


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(_text(value))
        if found.tzinfo is None or not 1900 <= found.year <= 9000:
            raise ValueError
    except ValueError:
        example = "2026-03-31T12:00:00+00:00"
        raise _Wrong(
            f"“{short(value)}” is no moment with its time zone, such as {example}"
        ) from None
    return found


def _result(value: Any) -> tuple[float, float | None, tuple[float, ...]]:
    found = _object(value)
    if unknown := found.keys() - {"mean", "sem", "raw"}:
        raise _Wrong(f".{short(min(unknown))}: it is not known")
    mean = _at("mean", _number, found.get("mean"))
    sem = _at("sem", _sem, found.get("sem"))
    return mean, sem, _at("raw", _numbers, found.get("raw") or [])


def _curve(value: Any) -> tuple[tuple[float, float, float | None], ...]:
    points = _each(value, _point)
    if len({step for step, _, _ in points}) < len(points):
        raise _Wrong("a step is there twice")
    return points


def _point(value: Any) -> tuple[float, float, float | None]:
    if len(_list(value)) != 3:
        raise _Wrong("a point is a list of step, mean and standard error")
    return _number(value[0]), _number(value[1]), _sem(value[2])


_OF_TYPE: Mapping[ValueType, Callable[[Any], ParameterValue]] = {
    ValueType.FLOAT: _number,
    ValueType.INT: _whole,
    ValueType.TEXT: _text,
    ValueType.BOOL: _boolean,
}
