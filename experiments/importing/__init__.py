"""Definitions that people paste: Ax's own forms, W&B sweeps, AxDash's own JSON.

Everything is read, nothing is executed; what was not understood is listed. No Django, no Ax.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from experiments.fields import Problems
from experiments.goal_rules import MOST_METRICS
from experiments.importing.ax_definitions import read_ax_object, read_ax_script
from experiments.importing.own_json import is_own, read_own
from experiments.importing.python_script import Script, read_script
from experiments.importing.reading import MOST_CHARACTERS, MOST_NODES, Reading, Refused
from experiments.importing.texts import nodes, read_json, read_yaml
from experiments.importing.wandb_sweeps import is_sweep, read_sweep
from experiments.reference_rules import MOST_CONSTRAINTS
from experiments.search_space import MOST_PARAMETERS

__all__ = ["MOST_CHARACTERS", "Reading", "read_definition"]

_MOST_PROBLEMS = 50
_UNKNOWN = (
    "No definition was found in this. Paste a list of Ax parameters, a script that calls "
    "configure_experiment or create_experiment, a W&B sweep configuration, or AxDash’s own JSON."
)
_PYTHON_SIGNS = ("import ", "Config(", "create_experiment(", "configure_experiment(")


def read_definition(text: str) -> Reading:
    """Read whatever definition a text has; never raises, whatever the text is."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return _nothing("Paste a definition, or choose a file.")
    if len(text) > MOST_CHARACTERS:
        return _nothing("This is longer than a million characters; no definition is.")
    refusals = {}
    for language, read in _LANGUAGES.items():
        try:
            reading = read(text)
        except Refused as refusal:
            refusals[language] = str(refusal)
            continue
        if reading is not None:
            return _checked(reading)
    return _nothing(_why_not(text, refusals))


def _from_json(text: str) -> Reading | None:
    problems: Problems = []
    return _from_plain(read_json(text, problems), problems)


def _from_yaml(text: str) -> Reading | None:
    problems: Problems = []
    return _from_plain(read_yaml(text, problems), problems)


def _from_python(text: str) -> Reading | None:
    script = read_script(text)
    return read_ax_script(script) or _sweep_in(script)


def _sweep_in(script: Script) -> Reading | None:
    sweep = next((value for value in script.values() if is_sweep(value)), None)
    if sweep is None:
        return None
    if sum(1 for _ in islice(nodes(sweep), MOST_NODES + 1)) > MOST_NODES:
        raise Refused("This repeats itself too often for a definition.")
    return read_sweep(sweep)


def _from_plain(value: Any, problems: Problems) -> Reading | None:
    if is_sweep(value):
        reading: Reading | None = read_sweep(value)
    else:
        reading = read_own(value) if is_own(value) else read_ax_object(value)
    return reading and replace(reading, problems=(*problems, *reading.problems))


def _checked(reading: Reading) -> Reading:
    """Keep what a form can show."""
    draft, problems = reading.draft, list(dict.fromkeys(reading.problems))
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        problems = [*problems[:_MOST_PROBLEMS], f"And {more} more like these."]
    if draft is None or not draft.parameters:
        return replace(reading, draft=None, problems=(_UNKNOWN, *problems))
    for found, most, what in (
        (draft.parameters, MOST_PARAMETERS, "parameters; at most {} can be searched at once."),
        (draft.metrics, MOST_METRICS, "metrics; at most {} can be measured."),
        (draft.constraints, MOST_CONSTRAINTS, "constraints; at most {} can be kept."),
    ):
        if len(found) > most:
            return _nothing(f"This has {len(found)} {what.format(most)}")
    if not draft.metrics:
        problems.append("It does not say what is measured: add the objective.")
    return replace(reading, problems=tuple(problems))


def _nothing(*problems: str) -> Reading:
    return Reading(None, "", problems)


def _why_not(text: str, refusals: Mapping[str, str]) -> str:
    """Say what is wrong with a text, in terms of what it was probably meant to be."""
    if any(sign in text for sign in _PYTHON_SIGNS):
        meant = "Python"
    else:
        meant = "JSON" if text.lstrip().startswith(("{", "[")) else "YAML"
    return refusals.get(meant, _UNKNOWN)


_LANGUAGES: Mapping[str, Callable[[str], Reading | None]] = {
    "JSON": _from_json,
    "Python": _from_python,
    "YAML": _from_yaml,
}
"""What a text may be written in; the stricter ones come first."""
