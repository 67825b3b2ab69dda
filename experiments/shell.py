"""Command templates: ``python train.py --lr {lr}``, filled so that no value can break out.

A value becomes one word of a POSIX shell (sh, bash, zsh, dash). That holds only where the shell
reads a word afresh: so a template is read as a shell would read it, and is refused wherever a name
stands in quotes, in a comment, or in anything else that takes quotes for something different.
"""

import difflib
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from experiments.domain import ParameterValue
from experiments.search_space import has_control_characters, normal_name

LONGEST_TEMPLATE = 4_000
EXTRAS = {
    "trial": "its number",
    "experiment": "the experiment’s name",
    "flags": "all parameters that apply, as flags",
    "json": "all parameters that apply, as JSON",
}
"""What a template can name besides parameters; a parameter of the same name comes first."""

_TEXTS = ("experiment", "flags", "json")
_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|(?P<brace>[{}])|[^{}]+")
_SLOT = "\0"  # Stands for a name while a template is read; it cannot be typed.
_SIMPLE = r"\$\{(?!\w+\})"
_TO_FILE = r"[<>]&(?!(?:\d+|-)(?:[\s;|&)]|\Z))"  # Bash expands what follows twice.
_TOKEN = re.compile(
    rf"""
    (?P<odd> ` | \(\( | <<(?!<) | \$['"\[] | {_SIMPLE} | {_TO_FILE} ) | <<<
    | (?P<single> '[^']*' ) | (?P<double> "(?:[^"\\]|\\.)*" ) | (?P<open> ['"] )
    | (?P<escaped> \\. ) | (?P<last> \\\Z )
    | (?P<comment> (?<![^\s;&|()<>])\#[^\n]* )
    | (?P<dollar> \${_SLOT} ) | (?P<index> \w\[[^\]\s]*{_SLOT} )
    | .
    """,
    re.DOTALL | re.VERBOSE,
)
_IN_DOUBLE = re.compile(rf"\\.|(`|\$\(|\$\[|{_SIMPLE})", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_READS_AGAIN = re.compile(
    r"(?<![^\s;&|(])(?:[^\s;&|(]*/)?"
    r"(eval|let|\[\[|ssh|xargs|parallel|watch|(?:ba|da|k|z)?sh(?=\s+-\w*c))(?=\s)"
)
_ODD = {
    "`": "Backticks cannot stand in a template: write $(…).",
    "((": "(( cannot stand in a template: compute in the program, or write $(expr …).",
    "<<": "<< (a here-document) cannot stand in a template: quotes mean nothing in it.",
    "$'": "$'…' cannot stand in a template: write '…'.",
    '$"': '$"…" cannot stand in a template: write "…".',
    "$[": "$[…] cannot stand in a template.",
    ">&": "After >& comes a number alone, as in 2>&1; for a file, write >file 2>&1.",
    "<&": "After <& comes a number alone.",
    "${": "After ${{ comes the name of a variable, then }}, and nothing else.",
}


class TemplateProblem(Exception):
    """A template cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A name in a template, where a word is put."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read: texts, and the slots between them."""

    pieces: tuple[str | Slot, ...]

    @property
    def names(self) -> list[str]:
        """What is named, each once, in order."""
        return list(dict.fromkeys(piece.name for piece in self.pieces if isinstance(piece, Slot)))

    def filled(self, words: Mapping[str, str]) -> str:
        """Put words of the shell, quoted already, into the slots."""
        filled = ""
        for place, piece in enumerate(self.pieces):
            if isinstance(piece, Slot):
                filled += words[piece.name]
            else:
                # A number right before > would say which file descriptor is meant.
                filled += f" {piece}" if place and piece[0] in "<>" else piece
        return filled


def shell_word(value: ParameterValue) -> str:
    """Return a value as one word of a shell: numbers as they are, texts always in quotes.

    A text in quotes is no keyword, no assignment and no pattern, wherever it stands.
    """
    if not isinstance(value, str):
        return plain_text(value)
    quoted = shlex.quote(value)
    return f"'{value}'" if quoted == value else quoted


def plain_text(value: ParameterValue) -> str:
    """Return a value as programs read it: all digits, ``true`` and ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def normal_template(text: str) -> str:
    """Return the form in which templates are kept: line feeds, nothing blank around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def read_template(text: str, is_text: Mapping[str, bool]) -> Template:
    """Read a template, or raise ``TemplateProblem``.

    ``is_text`` has all parameters' names, and says of each whether its values are texts.
    """
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateProblem(
            f"A template has {LONGEST_TEMPLATE:,} characters at most; this one has {len(text):,}."
        )
    if any(has_control_characters(line.replace("\t", " ")) for line in text.split("\n")):
        raise TemplateProblem("A template has no control characters but line breaks and tabs.")
    template = Template(tuple(_pieces(text)))
    _check_names(template.names, is_text)
    read = "".join(_SLOT if isinstance(piece, Slot) else piece for piece in template.pieces)
    for token in _TOKEN.finditer(read):
        if problem := _token_problem(token, template):
            raise TemplateProblem(problem)
    texts = {name for name in template.names if is_text.get(name, name in _TEXTS)}
    again = _READS_AGAIN.search(_QUOTED.sub("''", read))
    if again and texts:
        raise TemplateProblem(
            f"“{again[1]}” reads its words a second time, and a text such as {{{min(texts)}}} "
            "could break out there: beside it, only numbers and yes/no can be named."
        )
    return template


def _pieces(text: str) -> Iterator[str | Slot]:
    """Yield texts and slots in turn; doubled braces are braces."""
    gathered = ""
    for found in _PIECE.finditer(text):
        if found["brace"]:
            raise TemplateProblem(
                f"A {found['brace']} stands alone after “{text[: found.start()][-20:]}”. A name "
                "goes between { and }; a brace itself is written twice: {{ or }}."
            )
        if found["name"] is None:
            gathered += found[0][0] if found[0] in ("{{", "}}") else found[0]
            continue
        if gathered:
            yield gathered
        gathered = ""
        yield Slot(normal_name(found["name"]))
    if gathered:
        yield gathered


def _check_names(names: Collection[str], is_text: Mapping[str, bool]) -> None:
    known = [*is_text, *(extra for extra in EXTRAS if extra not in is_text)]
    for name in names:
        if not name:
            raise TemplateProblem(f"A name goes between {{ and }}. {_listed(known)}")
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f" Do you mean {{{close[0]}}}?" if close else ""
            raise TemplateProblem(f"{{{name}}} is not known.{meant} {_listed(known)}")


def _listed(known: Collection[str]) -> str:
    """Say what can be named; a name with a brace cannot."""
    usable = [f"{{{name}}}" for name in known if not {"{", "}"} & set(name)]
    more = f" and {len(usable) - 30} more" if len(usable) > 30 else ""
    return f"Known are {', '.join(usable[:30])}{more}."


def _token_problem(token: re.Match[str], template: Template) -> str:
    """Return why a piece of a command cannot stand there, "" if it can."""
    kind, text = token.lastgroup, token[0]
    place = token.string[: token.start()].count(_SLOT)
    slots = [piece for piece in template.pieces if isinstance(piece, Slot)]
    has_slot = _SLOT in text
    name = f"{{{slots[place].name}}}" if has_slot else ""
    if kind == "odd":
        return _ODD[text]
    if kind == "open":
        return f"A {text} is never closed."
    if kind == "last":
        return "The last character is a backslash: what is it for?"
    if kind == "dollar":
        return f"{name} comes right after a $: leave that out, or write ${{{{…}}}} for a variable."
    if kind == "index":
        return f"{name} stands in […], where a shell computes: that cannot be done safely."
    if kind == "escaped" and has_slot:
        return f"{name} comes right after a backslash: leave that out."
    if kind in ("single", "double") and has_slot:
        return f"{name} stands in quotes: leave them out. The value is quoted where it needs to be."
    if kind == "double" and any(inner[1] for inner in _IN_DOUBLE.finditer(text)):
        return 'In "…", only simple variables such as $HOME can stand, no $(…): write it outside.'
    if kind == "comment" and (has_slot or re.search(r"['\"`\\]", text)):
        return "A comment (#) cannot have names, quotes or backslashes in it."
    return ""
