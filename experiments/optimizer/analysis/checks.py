"""All that is checked about an experiment, and what came out."""

from collections.abc import Sequence
from functools import lru_cache

from experiments.cards import CardBody, Table
from experiments.optimizer.analysis import model_checks, row_checks
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.verdicts import Check, Verdict

CHECKS: tuple[Check, ...] = (
    *row_checks.CHECKS[:4],
    *model_checks.CHECKS[:4],
    *row_checks.CHECKS[4:],
    *model_checks.CHECKS[4:],
)
"""In the order in which they are shown: what spoils most comes first."""


@lru_cache(maxsize=1)
def verdicts(study: Study) -> Sequence[tuple[str, Verdict]]:
    """Return what each check that makes sense comes to, by its name; kept for the newest study."""
    has_model = not needs_model(study)
    found = (
        (check.name, check.find(study)) for check in CHECKS if has_model or not check.needs_model
    )
    return [(name, verdict) for name, verdict in found if verdict is not None]


def _make(study: Study) -> CardBody:
    rows: list[list[str]] = []
    for name, verdict in verdicts(study):
        rows += [["⚠ Look", name, doubt] for doubt in verdict.doubts]
    for name, verdict in verdicts(study):
        if not verdict.doubts:
            rows.append(["✓ Fine", name, verdict.fine])
    return CardBody(
        table=Table(head=["", "Check", "What it says"], rows=rows),
        facts={"doubts": {name: list(each.doubts) for name, each in verdicts(study)}},
    )


CARD = CardKind(
    name="checks",
    title="Checks",
    reading="What often goes wrong in experiments, looked for in this one.",
    make=_make,
)
