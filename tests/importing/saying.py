"""Definitions, said in short, so that a test can be read beside the text that it parses."""

from experiments.domain import MetricRole, ParameterKind, Relation
from experiments.drafts import ExperimentDraft
from experiments.importing import read_definition


def understood(text: str, kind: str) -> ExperimentDraft:
    """Read a text that is a definition of the kind."""
    reading = read_definition(text)
    assert reading.draft is not None, reading.problems
    assert reading.understood_as == kind
    return reading.draft


def parameters(draft: ExperimentDraft) -> dict[str, str]:
    """The parameters in words, by name."""
    names = {p.spec.key: p.name for p in draft.parameters}
    assert len(names) == len(draft.parameters)
    return {p.name: _parameter(p.spec, names) for p in draft.parameters}


def _parameter(spec, names) -> str:
    words = [spec.kind.value, spec.value_type.value]
    if spec.kind is ParameterKind.RANGE:
        words += [f"{spec.lower}..{spec.upper}"]
        words += ["log"] if spec.log_scale else []
        words += [f"step {spec.step}"] if spec.step is not None else []
    elif spec.kind is ParameterKind.CHOICE:
        words += [", ".join(map(str, spec.values)), *(["ordered"] if spec.is_ordered else [])]
    elif spec.kind is ParameterKind.FIXED:
        words += [str(spec.value)]
    else:
        words += [f"{spec.intercept}", *_terms(spec.terms, names)]
    if spec.condition:
        values = " or ".join(map(str, spec.condition.values))
        words += [f"if {names[spec.condition.parameter]} = {values}"]
    return " ".join(words)


def _terms(terms, names) -> list[str]:
    return [f"{term.coefficient:+}*{names[term.parameter]}" for term in terms]


def constraints(draft: ExperimentDraft) -> list[str]:
    names = {p.spec.key: p.name for p in draft.parameters}
    return [
        f"{' '.join(_terms(c.terms, names))} {_SIGN[c.relation]} {c.bound}"
        for c in draft.constraints
    ]


def metrics(draft: ExperimentDraft) -> dict[str, str]:
    """The metrics in words, by name."""
    return {metric.name: _metric(metric.spec) for metric in draft.metrics}


def _metric(spec) -> str:
    if spec.role is MetricRole.CONSTRAINT:
        return f"{_SIGN[spec.relation]} {spec.bound}{'%' if spec.is_relative else ''}"
    words = [spec.direction.value]
    words += ["tracked"] if spec.role is MetricRole.TRACKED else []
    words += [f"weight {spec.weight}"] if spec.weight != 1 else []
    words += [f"threshold {spec.threshold}"] if spec.threshold is not None else []
    return " ".join(words)


_SIGN = {Relation.AT_MOST: "<=", Relation.AT_LEAST: ">="}
