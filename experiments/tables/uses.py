"""What the columns of a table are for an experiment that there is."""

from collections.abc import Mapping, Sequence

from experiments.domain import ParameterKind
from experiments.drafts import ExperimentDraft
from experiments.tables import names

IGNORE, NUMBER, STATUS, TAGS, NOTES, REASON, DUE = (
    "ignore", "number", "status", "tags", "notes", "reason", "due",
)  # fmt: skip
PARAMETER, METRIC, SEM = "parameter:", "metric:", "sem:"
FREE = {NUMBER: "trial number", STATUS: "status", TAGS: "tags", NOTES: "notes",
        REASON: "reason", DUE: "due date"}  # fmt: skip


def uses_of(definition: ExperimentDraft) -> dict[str, str]:
    """Return what a column can be used for, with what people call it."""
    found = {NUMBER: FREE[NUMBER]}
    for parameter in definition.parameters:
        if parameter.spec.kind is not ParameterKind.DERIVED:
            found[f"{PARAMETER}{parameter.spec.key}"] = parameter.name
    for metric in definition.metrics:
        found[f"{METRIC}{metric.spec.key}"] = metric.name
        found[f"{SEM}{metric.spec.key}"] = f"SEM of {metric.name}"
    return (
        found | {key: label for key, label in FREE.items() if key != NUMBER} | {IGNORE: "leave out"}
    )


def is_numeric(use: str) -> bool:
    """Tell whether cells with this use may be numbers: those of parameters and results."""
    return use.startswith((PARAMETER, METRIC, SEM))


def propose_uses(
    header: Sequence[str], definition: ExperimentDraft, remembered: Mapping[str, str]
) -> list[str]:
    """Propose what each column is, by its name, or as it was the last time; each use once."""
    labels = uses_of(definition)
    by_words = {_bare(label): use for use, label in labels.items()}
    by_words |= {"sem " + _bare(m.name): f"{SEM}{m.spec.key}" for m in definition.metrics}
    by_words |= {_bare(m.name) + " sem": f"{SEM}{m.spec.key}" for m in definition.metrics}
    by_words |= {"trial": NUMBER, "number": NUMBER, "state": STATUS, "note": NOTES, "due on": DUE}
    taken: set[str] = set()
    found = []
    for name in header:
        use = remembered.get(name) or by_words.get(_bare(name), IGNORE)
        use = use if use in labels and use not in taken else IGNORE
        found.append(use)
        if use != IGNORE:
            taken.add(use)
    return found


def _bare(name: str) -> str:
    """Return the words of a name without its unit: ``SEM of loss (nats)`` is sem loss."""
    return " ".join(word for word in names.tokens(name) if word != "of")


def uses_problem(uses: Sequence[str]) -> str:
    """Say what is wrong with the uses as a whole; blank if nothing is."""
    chosen = [use for use in uses if use != IGNORE]
    if len(chosen) != len(set(chosen)):
        return "Two columns are used for the same: change one of them."
    if not any(use == NUMBER or use.startswith(PARAMETER) for use in chosen):
        return "Choose the column with the trials’ numbers, or those with the parameters."
    if set(chosen) == {NUMBER}:
        return "Choose at least one column with something to import."
    return ""
