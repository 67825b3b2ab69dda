"""Numbers as people write them: ``1e-3``, ``0,5``, `` .5 ``, ``1 000``, ``−3``, ``1.2·10⁻³``.

What could mean two numbers (``1,234``) is asked about, never guessed.
"""

import re
import unicodedata
from decimal import Decimal
from math import log10

from django.core.exceptions import ValidationError

from experiments.search_space import LARGEST

_LONGEST = 1_000
_QUOTED = 30
_SIGNS = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-", "＋": "+"})
_MARKS = str.maketrans({"．": ".", "，": ",", "٫": ",", "ｅ": "e", "Ｅ": "E", "’": "'"})
_SPACES = " \u00a0\u2009\u202f"
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "О": "0", "о": "0", "l": "1", "I": "1"})

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_AMBIGUOUS = re.compile(r"[+-]?([1-9]\d{0,2}),(\d{3})([eE][+-]?\d+)?")
_GROUPED = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>\d{{1,3}}(?:(?P<mark>[{_SPACES}'])\d{{3}})(?:(?P=mark)\d{{3}})*)"
    r"(?:[.,](?P<part>\d*))?"
)
_MANY_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_MANY_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3}){2,}|(\.\d{3})+,\d*)")
_POINT_GROUP = re.compile(r"([+-]?[1-9]\d{0,2})\.000")
_POWER = re.compile(r"(?:([^\^*×·x]+?)\s*[*×·x]\s*|([+-]?))10\^(\()?([+-]?\d+)(?(3)\))")
_RAISED = re.compile(r"([*×·x]\s*10|^[+-]?10(?=[⁺⁻]))([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")
_LOWERED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


def parse_number(text: str) -> float:
    """Return the number that ``text`` says; ``ValidationError`` says in words why it says none."""
    number = _decimal(text)
    value = float(number)
    if number and not value:
        raise ValidationError(_too_small(text))
    return value


def parse_integer(text: str) -> int:
    """Return the whole number that ``text`` says, exactly; ``ValidationError`` as above."""
    if match := _POINT_GROUP.fullmatch(_ascii(text)):
        raise ValidationError(
            f"{quote(text)} could be {match[1]} or {match[1]}000: write it without separators."
        )
    value = _decimal(text)
    if value != value.to_integral_value():
        raise ValidationError(f"{quote(text)} is not a whole number.")
    return int(value)


def quote(text: str) -> str:
    """Return what was typed, in quotation marks, shortened, and without invisible characters."""
    text = text.strip()
    shown = text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"
    return f"“{''.join(c if c.isprintable() else '�' for c in shown)}”"


def _decimal(text: str) -> Decimal:
    if not text.strip():
        raise ValidationError("Enter a number.")
    if len(text) > _LONGEST:
        raise ValidationError(f"{quote(text)} is too long for a number.")
    typed = _ascii(text)
    if typed.lower().lstrip("+-") in ("inf", "infinity", "∞"):
        raise ValidationError(f"{quote(text)} is not a number that can be used: it is infinite.")
    number = _plain(typed, text)
    if number is None:
        raise ValidationError(f"{quote(text)} is not a number.{_hint(typed)}")
    return _limited(number, text)


def _ascii(text: str) -> str:
    """Write digits of any script, signs and marks in ASCII; superscripts are no digits."""
    text = text.strip().translate(_SIGNS).translate(_MARKS)
    return "".join(
        str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char
        for char in text
    )


def _plain(typed: str, text: str) -> str | None:
    """Return the number without separators and with a point, ``None`` if there is none."""
    if re.fullmatch(r"[+-]\s+[\d.,].*", typed):
        typed = typed[0] + typed[1:].lstrip()
    if _PLAIN.fullmatch(typed):
        return typed
    if match := _AMBIGUOUS.fullmatch(typed):
        # One digit before the comma and an exponent after it is how scientists write.
        if match[3] and len(match[1]) == 1:
            return typed.replace(",", ".")
        raise ValidationError(_ambiguous(typed, text))
    if match := _GROUPED.fullmatch(typed):
        whole = match["whole"].replace(match["mark"], "")
        return f"{match['sign']}{whole}.{match['part'] or ''}"
    if _MANY_COMMAS.fullmatch(typed):
        return typed.replace(",", "")
    if _MANY_POINTS.fullmatch(typed):
        return typed.replace(".", "").replace(",", ".")
    lowered = _RAISED.sub(lambda found: f"{found[1]}^{found[2].translate(_LOWERED)}", typed)
    if match := _POWER.fullmatch(lowered):
        return _plain(f"{match[1] or f'{match[2]}1'}e{match[4]}", text)
    with_point = typed.replace(",", ".", 1)
    return with_point if _PLAIN.fullmatch(with_point) else None


def _ambiguous(typed: str, text: str) -> str:
    point, bare = typed.replace(",", "."), typed.replace(",", "")
    return f"{quote(text)} could be {point} or {bare}: write it with a point or without separators."


def _limited(number: str, text: str) -> Decimal:
    mantissa, _, exponent = number.lower().partition("e")
    value = Decimal(mantissa)
    # Looked at before the number is built: an exponent of a billion digits is no number to build.
    magnitude = value.adjusted() + int(exponent or 0) if value else 0
    if magnitude < -2 * _LONGEST:
        raise ValidationError(_too_small(text))
    if magnitude <= 2 * _LONGEST:
        value = value.scaleb(int(exponent or 0)) if value else value
        if abs(value) <= Decimal(LARGEST):
            return value
    raise ValidationError(
        f"{quote(text)} is too large: 1e{log10(LARGEST):.0f} is the most that can be used."
    )


def _too_small(text: str) -> str:
    return f"{quote(text)} is too close to zero. Write 0 if that is meant."


def _hint(typed: str) -> str:
    """Suggest a number that looks like what was typed, if there is one."""
    candidate = typed.translate(_LOOKALIKES).replace("_", "")
    return f" Did you mean {candidate}?" if _PLAIN.fullmatch(candidate) else ""
