"""What makes a search space usable: nothing that Ax would reject, or choke on later, gets through.

Pure rules over ``domain``; the limits of size were measured with Ax and have some room to spare.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType

LARGEST = 1e100
"""The largest size of any number that people may enter."""

LARGEST_BOUND = 1e30
"""The largest size of a float's bound: some powers of ten later the model overflows."""

LARGEST_INTEGER = 2**53
"""Up to here a float, and so the model and JSON, holds every integer."""

NARROWEST = 1e-30
"""The least distance of two float bounds."""

NARROWEST_RELATIVE = 1e-5
"""The same for all numbers, relative to their size: the model cannot tell closer ones apart."""

NARROWEST_RATIO = 1.0001
"""The least upper ÷ lower on a log scale."""

SMALLEST_ON_LOG_SCALE = 1e-30

MOST_VALUES = 1_000
"""Ax's limit for a choice."""

LONGEST_TEXT = 200
LONGEST_NAME = 100
MOST_PARAMETERS = 200

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TYPES: dict[ValueType, type | tuple[type, ...]] = {
    ValueType.FLOAT: (float, int),
    ValueType.INT: int,
    ValueType.TEXT: str,
    ValueType.BOOL: bool,
}
_TYPE_WORDS = {
    ValueType.FLOAT: "a number",
    ValueType.INT: "a whole number",
    ValueType.TEXT: "a text",
    ValueType.BOOL: "yes or no",
}


class Problem(NamedTuple):
    """What is wrong with one field (``name``, or a field of ``ParameterSpec``) of a parameter."""

    field: str
    message: str


class SpaceProblem(NamedTuple):
    """What is wrong with a search space; ``place`` (from 0) tells the parameter, ``None`` all."""

    place: int | None
    field: str
    message: str


def normal_name(name: str) -> str:
    """Return the form in which names are kept and compared."""
    return unicodedata.normalize("NFC", name).strip()


def name_problem(name: str, what: str = "parameter", longest: int = LONGEST_NAME) -> str | None:
    """Return what is wrong with a name, if anything is; most things that can be typed are fine."""
    name = normal_name(name)
    # Letters that take no room (joiners, soft hyphens) make no name on their own.
    if not any(unicodedata.category(character) not in ("Cf", "Mn") for character in name):
        return f"Give the {what} a name."
    if len(name) > longest:
        return f"A name has {longest} characters at most; this one has {len(name)}."
    if has_control_characters(name):
        return "A name cannot contain line breaks, tabs or other control characters."
    return None


def has_control_characters(text: str) -> bool:
    """Tell whether ``text`` has characters that would break a line or turn its direction."""
    return any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI_CONTROLS
        for character in text
    )


def space_problems(parameters: Sequence[tuple[str, ParameterSpec]]) -> list[SpaceProblem]:
    """Return all that is wrong with a search space of named parameters."""
    problems = [
        SpaceProblem(place, *problem)
        for place, (name, spec) in enumerate(parameters)
        for problem in named_parameter_problems(name, spec)
    ]
    return problems + whole_space_problems(parameters)


def named_parameter_problems(name: str, spec: ParameterSpec) -> list[Problem]:
    """Return all that is wrong with one parameter and its name."""
    problem = name_problem(name)
    return ([Problem("name", problem)] if problem else []) + parameter_problems(spec)


def whole_space_problems(parameters: Sequence[tuple[str, ParameterSpec]]) -> list[SpaceProblem]:
    """Return what is wrong between parameters that may be fine one by one."""
    problems = []
    if len(parameters) > MOST_PARAMETERS:
        problems.append(
            SpaceProblem(None, "", f"At most {MOST_PARAMETERS} parameters can be searched at once.")
        )
    if not any(varies(spec) for _, spec in parameters):
        message = "Add at least one parameter that varies: there is nothing to try yet."
        problems.append(SpaceProblem(None, "", message))
    return problems + duplicate_name_problems([name for name, _ in parameters])


def duplicate_name_problems(names: Sequence[str]) -> list[SpaceProblem]:
    """Return a problem at each name that an earlier parameter already has; blanks do not count."""
    seen: dict[str, int] = {}
    problems = []
    for place, name in enumerate(map(normal_name, names)):
        first = seen.setdefault(name, place)
        if name and first != place:
            message = f"Parameter {first + 1} has this name already."
            problems.append(SpaceProblem(place, "name", message))
    return problems


def parameter_problems(spec: ParameterSpec) -> list[Problem]:
    """Return all that is wrong with one parameter, by field."""
    if spec.kind is ParameterKind.RANGE:
        return _range_problems(spec)
    if spec.kind is ParameterKind.CHOICE:
        return _choice_problems(spec)
    if spec.kind is ParameterKind.DERIVED:
        return []  # What it is computed from is judged with the other parameters.
    if spec.value is None:
        return [Problem("value", "Enter the value that it always has.")]
    problem = value_problem(spec.value, spec.value_type)
    return [Problem("value", problem)] if problem else []


def varies(spec: ParameterSpec) -> bool:
    """Tell whether suggestions have different values of a parameter that is not computed."""
    return spec.kind in (ParameterKind.RANGE, ParameterKind.CHOICE) and spec.pinned is None


def middle(spec: ParameterSpec) -> ParameterValue:
    """Return the middle of a range, on its scale, or the first value of a choice."""
    if spec.values:
        return spec.values[0]
    lower, upper = float(spec.lower or 0), float(spec.upper or 0)
    value = math.sqrt(lower) * math.sqrt(upper) if spec.log_scale else lower / 2 + upper / 2
    if spec.step:
        value = float(exact(lower) + round((value - lower) / spec.step) * exact(spec.step))
    return round(value) if spec.value_type is ValueType.INT else float(f"{value:.6g}")


def cardinality(spec: ParameterSpec) -> int | None:
    """Count the values of a parameter without problems; ``None``: any number between bounds."""
    if not varies(spec):
        return 1
    if spec.kind is ParameterKind.CHOICE:
        return len(spec.values)
    step = spec.step or (1 if spec.value_type is ValueType.INT else None)
    if step is None or spec.lower is None or spec.upper is None:
        return None
    return int((exact(spec.upper) - exact(spec.lower)) / exact(step)) + 1


def _range_problems(spec: ParameterSpec) -> list[Problem]:
    if spec.value_type not in (ValueType.FLOAT, ValueType.INT):
        return [Problem("value_type", "Only numbers have a range.")]
    problems = []
    for field, bound in (("lower", spec.lower), ("upper", spec.upper)):
        problem = "Enter a number." if bound is None else _number_problem(bound, spec.value_type)
        if problem:
            problems.append(Problem(field, problem))
    if problems or spec.lower is None or spec.upper is None:
        return problems
    if spec.log_scale and spec.lower < SMALLEST_ON_LOG_SCALE:
        problems.append(Problem("lower", _too_small_for_log(spec.lower)))
    if problem := _width_problem(spec, spec.lower, spec.upper):
        problems.append(Problem("upper", problem))
    if spec.step is not None:
        problems += _step_problems(spec, spec.lower, spec.upper, spec.step, bool(problems))
    return problems


def _number_problem(number: ParameterValue, value_type: ValueType) -> str | None:
    """What is wrong with a bound, step or other number on its own."""
    if isinstance(number, bool) or not isinstance(number, float | int):
        return "Enter a number."
    if value_type is ValueType.INT:
        if isinstance(number, float) and not number.is_integer():
            return "Bounds and steps of integers are whole numbers."
        if abs(number) > LARGEST_INTEGER:
            return f"Integers can go from −{LARGEST_INTEGER} to {LARGEST_INTEGER}."
        return None
    if not (isinstance(number, int) or math.isfinite(number)):
        return "Enter a finite number."
    if abs(number) > LARGEST_BOUND:
        return f"Numbers can go from −{in_words(LARGEST_BOUND)} to {in_words(LARGEST_BOUND)}."
    return None


def _too_small_for_log(lower: float) -> str:
    least = "above 0" if lower <= 0 else f"at {in_words(SMALLEST_ON_LOG_SCALE)} at least"
    return f"On a log scale the lower bound must lie {least}."


def _width_problem(spec: ParameterSpec, lower: float, upper: float) -> str | None:
    if upper <= lower:
        return f"The upper bound must lie above {in_words(lower)}."
    if spec.log_scale and lower > 0 and upper / lower < NARROWEST_RATIO:
        return "The bounds lie too close together for a log scale."
    if spec.value_type is ValueType.FLOAT and upper - lower < NARROWEST:
        return (
            f"The bounds must be at least {in_words(NARROWEST)} apart. "
            "Measure it in a smaller unit, so that the numbers are larger."
        )
    size = max(abs(lower), abs(upper))
    if upper - lower < NARROWEST_RELATIVE * size and not spec.log_scale:
        return (
            f"The bounds lie too close together for their size ({in_words(size)}). "
            f"Vary the distance from {in_words(lower)} instead."
        )
    return None


def _step_problems(
    spec: ParameterSpec, lower: float, upper: float, step: float, has_bad_bounds: bool
) -> list[Problem]:
    if problem := _number_problem(step, spec.value_type):
        return [Problem("step", problem)]
    if step <= 0:
        return [Problem("step", "A step must be greater than 0.")]
    if spec.log_scale:
        message = (
            "A step does not go with a log scale: leave one of them out, or list the values as an "
            "ordered choice."
        )
        return [Problem("step", message)]
    if has_bad_bounds:
        return []
    width, exact_step = exact(upper) - exact(lower), exact(step)
    if exact_step > width:
        message = f"The step must fit between the bounds: {in_words(width)} at most."
        return [Problem("step", message)]
    if width / exact_step > LARGEST_INTEGER:
        return [Problem("step", "The step is too small for this range: leave it blank.")]
    if width % exact_step == 0:
        return []
    return [Problem("step", _no_multiple(spec, exact(lower), width, exact_step))]


def _no_multiple(spec: ParameterSpec, lower: Decimal, width: Decimal, step: Decimal) -> str:
    fitting = lower + (width / step).to_integral_value() * step
    upper = lower + width
    return (
        f"Steps of {in_words(step)} from {in_words(lower)} do not end at {in_words(upper)}. "
        f"The nearest upper bound that fits is {in_words(fitting)}."
    )


def _choice_problems(spec: ParameterSpec) -> list[Problem]:
    values = spec.values
    if not values:
        return [Problem("values", "List the values to choose from, at least two.")]
    if len(values) > MOST_VALUES:
        return [Problem("values", f"At most {MOST_VALUES} values; these are {len(values)}.")]
    for value in values:
        if problem := value_problem(value, spec.value_type):
            return [Problem("values", f"{in_words(value)}: {problem}")]
    seen: set[ParameterValue] = set()
    for value in values:
        if value in seen:
            return [Problem("values", f"{in_words(value)} is listed twice.")]
        seen.add(value)
    if len(values) == 1:
        message = (
            "One value is no choice: list at least two, separated by commas, or choose the type "
            "Fixed."
        )
        return [Problem("values", message)]
    if _lie_too_close(spec):
        message = "These numbers lie too close together for their size: vary the difference."
        return [Problem("values", message)]
    return []


def _lie_too_close(spec: ParameterSpec) -> bool:
    """Tell whether the model could not tell the ends of ordered numbers apart.

    Two numbers count as ordered, said or not.
    """
    numbers = [v for v in spec.values if not isinstance(v, bool | str)]
    if not numbers or not (spec.is_ordered or len(numbers) == 2):
        return False
    size = max(abs(number) for number in numbers)
    return max(numbers) - min(numbers) < NARROWEST_RELATIVE * size


def value_problem(value: ParameterValue, value_type: ValueType) -> str | None:
    """Return what is wrong with one value of a parameter, whatever its range or choices are."""
    # In Python yes and no are integers too; here they are not.
    is_bool = isinstance(value, bool)
    if is_bool != (value_type is ValueType.BOOL) or not isinstance(value, _TYPES[value_type]):
        return f"This is not {_TYPE_WORDS[value_type]}."
    if isinstance(value, str):
        if not value.strip():
            return "A text cannot be blank."
        if len(value) > LONGEST_TEXT:
            return f"A text has {LONGEST_TEXT} characters at most."
        if has_control_characters(value):
            return "A text cannot contain line breaks, tabs or other control characters."
        return None
    return None if is_bool else _number_problem(value, value_type)


def exact(number: float | int) -> Decimal:
    """Return the decimal number that people see (0.1 is 1/10), to calculate without drift."""
    return Decimal(repr(number))


def in_words(value: ParameterValue | Decimal) -> str:
    """Write a number or text shortly, as messages quote it."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        # 1e-5, as people write it, not 1e-05.
        return re.sub(r"e([+-])0*(?=\d)", lambda e: "e" + e[1].strip("+"), f"{value:.15g}")
    text = str(value)
    return text if len(text) <= 30 else f"{text[:29]}…"
