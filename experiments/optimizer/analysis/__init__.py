"""The cards of an analysis: each kind is a module, and a place in ``KINDS``."""

from collections.abc import Container, Iterator

from experiments.cards import Card
from experiments.optimizer.analysis import (
    arms,
    best,
    calibration,
    checks,
    choices,
    compromises,
    effects,
    enough,
    feasibility,
    fit,
    importance,
    interactions,
    pairs,
    progress,
    summary,
)
from experiments.optimizer.analysis.kinds import CardKind, make_card
from experiments.optimizer.analysis.study import Study

__all__ = ["KINDS", "Study", "analyse", "card_names"]

KINDS: tuple[CardKind, ...] = (
    summary.CARD,
    importance.CARD,
    fit.CARD,
    effects.CARD,
    best.CARD,
    compromises.CARD,
    pairs.CARD,
    arms.CARD,
    calibration.CARD,
    feasibility.CARD,
    choices.CARD,
    progress.CARD,
    interactions.CARD,
    checks.CARD,
    enough.CARD,
)
"""In the order in which they are made and shown: the important and quick ones first."""


def card_names(study: Study) -> list[str]:
    """Return the names of the cards that make sense for an experiment, in order."""
    return [kind.name for kind in KINDS if kind.applies(study)]


def analyse(study: Study, *, leaving_out: Container[str] = ()) -> Iterator[Card]:
    """Yield the cards of a study, each as soon as it is done, without those left out by name.

    The model is fitted once, when the first card asks for it. A card never raises: it says what it
    lacks, or why it failed.
    """
    for position, kind in enumerate(KINDS):
        if kind.name not in leaving_out and kind.applies(study):
            yield make_card(kind, study, position)
