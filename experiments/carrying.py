"""The parameters of trials as texts that other programs read: flags, JSON, YAML, a command …

Values have all their digits. Parameters that do not apply to a trial are left out.
"""

import csv
import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from io import StringIO
from typing import Any

import yaml

from experiments.domain import ParameterValue
from experiments.shell import Template, TemplateProblem, plain_text, read_template, shell_word
from experiments.tables.cells import Decimal
from experiments.tables.writing import harmless


class CarryForm(StrEnum):
    """What parameters can be written as."""

    FLAGS = "flags"
    JSON = "json"
    ENV = "env"
    YAML = "yaml"
    COMMAND = "command"
    LINES = "jsonl"
    CSV = "csv"


LABELS = {
    CarryForm.FLAGS: "Flags",
    CarryForm.JSON: "JSON",
    CarryForm.ENV: "Environment",
    CarryForm.YAML: "YAML",
    CarryForm.COMMAND: "Command",
    CarryForm.LINES: "JSON lines",
    CarryForm.CSV: "CSV",
}
FOR_ONE = tuple(CarryForm)[:5]
"""The forms that make sense for a single trial."""

LEFT_OUT = "is left out: the template names a parameter that has no value there."

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # Ten times as fast, where it is.

_SPECIAL = frozenset(
    re.findall(
        r"\w+",
        """
    ALL_PROXY ARGC CDPATH COLUMNS COPROC CPUTYPE DIRSTACK DIRSTACKSIZE DISPLAY EDITOR EGID EMACS
    ENV EPOCHREALTIME EPOCHSECONDS ERRNO EUID EXECIGNORE FCEDIT FIGNORE FPATH FTP_PROXY FUNCNAME
    FUNCNEST GID GLOBIGNORE GLOBSORT GROUPS HOME HOSTFILE HOSTNAME HOSTTYPE HTTPS_PROXY
    HTTP_PROXY IFS IGNOREEOF INPUTRC INSIDE_EMACS KEYTIMEOUT LANG LANGUAGE LINENO LINES LISTMAX
    LOGCHECK LOGNAME MACHTYPE MAIL MAILCHECK MAILPATH MANPATH MAPFILE MODULE_PATH NO_PROXY
    NULLCMD OLDPWD OPTARG OPTERR OPTIND OSTYPE PAGER PATH PIPESTATUS POSIXLY_CORRECT POSTEDIT
    PPID PROMPT PS0 PS1 PS2 PS3 PS4 PWD RANDOM REPLY REPORTTIME RPROMPT SAVEHIST SECONDS SHELL
    SHELLOPTS SHLVL SPROMPT SRANDOM TERM TIMEFMT TIMEFORMAT TMOUT TMPDIR TTY TZ UID USER
    USERNAME VENDOR VISUAL WATCH WORDCHARS ZDOTDIR
""",
    )
)
_SPECIAL_STARTS = (
    *("BASH", "COMP_", "COMPREPLY", "DYLD_", "GIT_", "HIST", "LC_", "LD_", "LESS", "NODE_"),
    *("PERL", "PROMPT_", "PYTHON", "READLINE_", "RUBY", "SSH_", "XDG_", "ZSH"),
)
"""Variables that shells, loaders and interpreters act on: no parameter may set them."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A trial: its number, and the values that apply by the parameters' names."""

    number: int
    values: Mapping[str, ParameterValue]


@dataclass(frozen=True)
class Carrying:
    """How the trials of one experiment are written.

    ``is_text`` has the names of all parameters, in order, and says of each whether its values are
    texts. ``command`` is the experiment's template, maybe blank.
    """

    experiment: str
    is_text: Mapping[str, bool]
    command: str = ""

    def one(self, form: CarryForm, trial: Carried) -> str:
        """Write one trial. Raises ``TemplateProblem`` where the template cannot be filled."""
        return _ONE[form](self, trial)

    def many(self, form: CarryForm, trials: Sequence[Carried]) -> str:
        """Write several trials; raises ``TemplateProblem`` where the template cannot be used.

        Of trials that the template cannot be filled with, only the numbers are written.
        """
        return _MANY[form](self, trials)

    def notes(self, form: CarryForm) -> list[str]:
        """Say which parameters go by another name in this form."""
        if form is CarryForm.FLAGS:
            made = ((name, flag, f"--{name}") for name, flag in self._flag_names.items())
        elif form is CarryForm.ENV:
            made = ((name, v, name.upper()) for name, v in self._variables.items())
        else:
            return []
        return [f"“{name}” is written as {own}." for name, own, plain in made if own != plain]

    @cached_property
    def template(self) -> Template:
        """The template; raises ``TemplateProblem`` where it cannot be used."""
        if not self.command:
            raise TemplateProblem("There is no command template yet.")
        return read_template(self.command, self.is_text)

    @cached_property
    def _flag_names(self) -> dict[str, str]:
        return {name: f"--{own}" for name, own in _distinct(self.is_text, _flag, "-").items()}

    @cached_property
    def _variables(self) -> dict[str, str]:
        return _distinct(self.is_text, _variable, "_")

    def flags(self, trial: Carried) -> str:
        """Write ``--lr 0.01 --optimizer adam``, as words of a shell."""
        return " ".join(self._flag(name, value) for name, value in trial.values.items())

    def _flag(self, name: str, value: ParameterValue) -> str:
        flag, text = self._flag_names[name], plain_text(value)
        if text.startswith("-"):  # A word of its own would be taken for the next flag.
            return shlex.quote(f"{flag}={text}")
        return f"{shlex.quote(flag)} {shlex.quote(text)}"

    def assignments(self, trial: Carried) -> list[str]:
        """Write ``LR=0.01`` for each parameter, as words of a shell."""
        return [
            f"{self._variables[name]}={shlex.quote(plain_text(value))}"
            for name, value in trial.values.items()
        ]

    def filled(self, trial: Carried) -> str:
        """Fill the template. Raises ``TemplateProblem`` where a parameter has no value."""
        words = {name: shell_word(value) for name, value in trial.values.items()}
        lacking = [n for n in self.template.names if n in self.is_text and n not in words]
        if lacking:
            names = " and ".join(f"“{name}”" for name in lacking)
            raise TemplateProblem(
                f"Trial {trial.number} has no value for {names}, which the command template "
                "names. {flags} stands for all parameters that apply."
            )
        extras = {
            "trial": str(trial.number),
            "experiment": shell_word(self.experiment),
            "flags": self.flags(trial),
            "json": shell_word(as_json(trial)),
        }
        return self.template.filled(extras | words)


def as_json(trial: Carried) -> str:
    """Write the values as one line of JSON."""
    return json.dumps(dict(trial.values), ensure_ascii=False)


def _as_yaml(content: object) -> str:
    return yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1,
        default_flow_style=False,
    )  # fmt: skip


def _document(trial: Carried) -> dict[str, Any]:
    return {"trial": trial.number, "parameters": dict(trial.values)}


def _json_array(_: Carrying, trials: Sequence[Carried]) -> str:
    rows = ",\n".join(f"  {json.dumps(_document(t), ensure_ascii=False)}" for t in trials)
    return f"[\n{rows}\n]" if rows else "[]"


def _json_lines(_: Carrying, trials: Sequence[Carried]) -> str:
    return "\n".join(json.dumps(_document(trial), ensure_ascii=False) for trial in trials)


def _csv(carrying: Carrying, trials: Sequence[Carried]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", *(harmless(name, Decimal.POINT) for name in carrying.is_text)])
    for trial in trials:
        cells = (trial.values.get(name, "") for name in carrying.is_text)
        writer.writerow([trial.number, *(_cell(value) for value in cells)])
    return text.getvalue().rstrip("\n")


def _cell(value: ParameterValue) -> str:
    return harmless(value, Decimal.POINT) if isinstance(value, str) else plain_text(value)


def _commands(carrying: Carrying, trials: Sequence[Carried]) -> str:
    has_lines = "\n" in carrying.command
    carrying.template  # noqa: B018  # Of a template that no trial can use, the whole text is none.
    return ("\n\n" if has_lines else "\n").join(_command(carrying, trial) for trial in trials)


def _command(carrying: Carrying, trial: Carried) -> str:
    try:
        return carrying.filled(trial)
    except TemplateProblem:
        return f"# trial {trial.number} {LEFT_OUT}"


def _exports(carrying: Carrying, trial: Carried) -> str:
    return "\n".join(f"export {each}" for each in carrying.assignments(trial))


_ONE: Mapping[CarryForm, Callable[[Carrying, Carried], str]] = {
    CarryForm.FLAGS: Carrying.flags,
    CarryForm.JSON: lambda _, trial: as_json(trial),
    CarryForm.ENV: _exports,
    CarryForm.YAML: lambda _, trial: _as_yaml(dict(trial.values)).rstrip("\n"),
    CarryForm.COMMAND: Carrying.filled,
    CarryForm.LINES: lambda carrying, trial: _json_lines(carrying, [trial]),
    CarryForm.CSV: lambda carrying, trial: _csv(carrying, [trial]),
}
_MANY: Mapping[CarryForm, Callable[[Carrying, Sequence[Carried]], str]] = {
    CarryForm.FLAGS: lambda carrying, trials: "\n".join(map(carrying.flags, trials)),
    CarryForm.JSON: _json_array,
    CarryForm.ENV: lambda carrying, trials: "\n".join(
        " ".join(carrying.assignments(trial)) for trial in trials
    ),
    CarryForm.YAML: lambda _, trials: _as_yaml([_document(t) for t in trials]).rstrip("\n"),
    CarryForm.COMMAND: _commands,
    CarryForm.LINES: _json_lines,
    CarryForm.CSV: _csv,
}


def _distinct(names: Iterable[str], make: Callable[[str], str], joint: str) -> dict[str, str]:
    """Make a name of another kind for each; what comes out alike gets a number."""
    made: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        own = wanted = make(name) or make(f"p{place}")
        taken, count = set(made.values()), 1
        while own in taken:
            count += 1
            own = f"{wanted}{joint}{count}"
        made[name] = own
    return made


def _flag(name: str) -> str:
    """Return a name that programs take for a flag: letters, digits, ``_``, ``-`` and ``.``."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


def _variable(name: str) -> str:
    """Return the name of an environment variable that nothing but the run reads."""
    made = re.sub(r"[^A-Z0-9_]", "_", name.upper(), flags=re.ASCII)
    if not made.strip("_"):
        return ""
    if made[0].isdigit():
        return f"_{made}"
    is_special = made in _SPECIAL or made.startswith(_SPECIAL_STARTS)
    return f"PARAM_{made}" if is_special else made
