"""Parameters that refer to others: conditions and linear expressions, once all rows are read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError

from experiments.domain import Condition, ParameterKind, ParameterSpec, Term, ValueType
from experiments.drafts import ParameterDraft
from experiments.forms.linear import References
from experiments.forms.parameters import ParameterRow
from experiments.forms.values import parse_values, split_values


def resolve(rows: Sequence[ParameterRow], references: References) -> None:
    """Complete the drafts of rows that refer to others; wrong ones lose theirs, with an error."""
    specs = {row.key: row.draft.spec for row in rows if row.draft}
    for row in rows:
        if row.kind == "derived":
            _resolve_terms(row, references, specs)
        if row.text("parent") or row.text("parent_name"):
            _resolve_condition(row, references, specs)


def _resolve_terms(
    row: ParameterRow, references: References, specs: Mapping[str, ParameterSpec]
) -> None:
    terms = row.read_terms(references)
    if row.has_wrong_terms:
        row.draft = None
    if row.draft is None:
        return
    spec = replace(row.draft.spec, terms=terms)
    if not row.text("data_type") and _is_whole(spec, terms, specs):
        spec = replace(spec, value_type=ValueType.INT)
    row.draft = replace(row.draft, spec=spec)


def _is_whole(
    spec: ParameterSpec, terms: Sequence[Term], specs: Mapping[str, ParameterSpec]
) -> bool:
    """Tell whether an expression of whole numbers has nothing but whole values."""
    factors = [spec.intercept, *(term.coefficient for term in terms)]
    sources = [specs.get(term.parameter) for term in terms]
    return (
        bool(terms)
        and all(float(factor).is_integer() for factor in factors)
        and all(source is not None and source.value_type is ValueType.INT for source in sources)
    )


def _resolve_condition(
    row: ParameterRow, references: References, specs: Mapping[str, ParameterSpec]
) -> None:
    key = references.key_of(row, "parent", "parent_name")
    draft, row.draft = row.draft, None
    if key is None or draft is None:
        return
    parent = specs.get(key)
    # Of what type the values are is known once the parameter that has them is right.
    value_type = parent.value_type if parent else ValueType.TEXT
    is_switch = parent is None or parent.kind in (ParameterKind.CHOICE, ParameterKind.FIXED)
    try:
        texts = split_values(row.texts.get("parent_values", ""))
        values = parse_values(texts, value_type) if is_switch else ()
    except ValidationError as error:
        row.add_error("parent_values", error)
        return
    row.draft = _conditional(draft, Condition(key, values))


def _conditional(draft: ParameterDraft, condition: Condition) -> ParameterDraft:
    return replace(draft, spec=replace(draft.spec, condition=condition))
