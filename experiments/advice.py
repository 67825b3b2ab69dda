"""What somebody who defines an experiment might want to reconsider, in words. Pure."""

import math
from collections.abc import Iterator

from experiments.constraint_words import number_in_words
from experiments.domain import GenerationMethod, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.feasibility import idle_constraints
from experiments.references import NUMBERS, by_key, can_apply
from experiments.search_space import cardinality, varies

MOST_ENUMERATED = 1_000
"""Up to so many integers the optimizer treats one by one."""

_WIDE_DECADES = 3
_MANY_DIMENSIONS = 20
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))


def advice_on(draft: ExperimentDraft, dimensions: int, *, is_whole: bool) -> Iterator[str]:
    """Yield advice on a definition; constraints are looked at only if it ``is_whole``."""
    specs = by_key([parameter.spec for parameter in draft.parameters])
    summed = {term.parameter for c in draft.constraints for term in c.terms}
    for parameter in draft.parameters:
        if varies(parameter.spec):
            if not can_apply(parameter.spec, specs):
                yield f"{parameter.name} never applies: what it depends on has other values."
                continue
            yield from _on_parameter(parameter, is_summed=parameter.spec.key in summed)
    if is_whole:
        for words in idle_constraints(draft):
            yield f"{words} always holds within the bounds: it can be left out."
    if dimensions > _MANY_DIMENSIONS and draft.generation_method is not (
        GenerationMethod.RANDOM_SEARCH
    ):
        yield (
            f"With {dimensions} dimensions the model learns slowly: fix what matters least, "
            "or plan for some hundred trials."
        )


def count_in_words(count: int) -> str:
    """Write a count so that people see its size: 12, 12 345, 10 million, about 1e31."""
    for size, word in _LARGE:
        if count >= 1_000 * 10**12:
            return f"about 1e{math.log10(count):.0f}"
        if count >= size:
            return f"{number_in_words(float(f'{count / size:.3g}'))} {word}"
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _on_parameter(parameter: ParameterDraft, *, is_summed: bool) -> Iterator[str]:
    spec, name = parameter.spec, parameter.name
    if spec.kind is ParameterKind.CHOICE:
        if spec.value_type in NUMBERS and not spec.is_ordered and len(spec.values) > 2:
            yield (
                f"{name} lists numbers: choose “Ordered” if a value between two others "
                "is likely to do about as well as they do."
            )
        return
    if not is_summed and (decades := _decades(spec)) >= _WIDE_DECADES:
        yield f"{name} spans {_decades_in_words(decades)} decades: use a log scale?"
    count = cardinality(spec)
    if count is not None and count > MOST_ENUMERATED:
        what = "integers" if spec.value_type is ValueType.INT and spec.step is None else "steps"
        yield f"{name} has {count_in_words(count)} {what}: it is treated as a rounded number."
    if spec.log_scale and isinstance(spec.backfill, float | int) and spec.backfill <= 0:
        yield (
            f"{name} has a log scale, where there is no {number_in_words(spec.backfill)}: the "
            "model leaves out the earlier trials that have it."
        )


def _decades(spec: ParameterSpec) -> float:
    """How many powers of ten a linear range of positive numbers spans."""
    if spec.log_scale or spec.step is not None or spec.lower is None or spec.upper is None:
        return 0.0
    if spec.lower <= 0:
        return 0.0
    return round(math.log10(spec.upper) - math.log10(spec.lower), 9)


def _decades_in_words(decades: float) -> str:
    if decades == int(decades) and decades < len(_SMALL):
        return _SMALL[int(decades)]
    return f"{decades:.2g}"
