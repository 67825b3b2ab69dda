"""The cards of an analysis, as workers make them: the newest one of each name is kept."""

from collections.abc import Collection

from experiments.cards import CARD_NAMES, Card
from experiments.jsons import finite
from experiments.models import AnalysisCard, Experiment
from experiments.services.recording import announce, locked

CARDS = "cards"
"""The topic under which open pages are told of new cards."""


def current_names(experiment: Experiment) -> set[str]:
    """Return the names of the cards that know all that they could know."""
    cards = experiment.cards.filter(revision__gte=experiment.cards_revision)
    return set(cards.values_list("name", flat=True))


def store(experiment_id: int, *, revision: int, card: Card) -> bool:
    """Keep a card made from the rows at ``revision`` in place of the older one of its name.

    Returns ``False``, keeping nothing, if the definition has changed since or the experiment is
    deleted: then all that was made from these rows is of no use any more. A card made of older
    results is kept, and says so; it never takes the place of a newer one.
    """
    with locked(experiment_id) as experiment:
        if revision < experiment.definition_revision or experiment.deleted_at:
            return False
        if experiment.cards.filter(name=card.name, revision__gt=revision).exists():
            return True
        AnalysisCard.objects.update_or_create(
            experiment=experiment,
            name=card.name,
            defaults={
                "title": card.title,
                "reading": card.reading,
                "position": card.position,
                "page": card.page.value,
                "state": card.state.value,
                "message": card.message,
                "body": finite(card.body.as_json()),
                "revision": revision,
                "seconds": card.seconds,
            },
        )
        announce(experiment_id, CARDS)
    return True


def finish(experiment_id: int, *, revision: int, names: Collection[str]) -> None:
    """Note that all cards of the rows at ``revision`` are made; those of other names go.

    ``names`` are those of the cards that make sense for the experiment.
    """
    with locked(experiment_id) as experiment:
        if revision < max(experiment.definition_revision, experiment.analysed_revision):
            return
        experiment.cards.exclude(name__in=names).delete()
        experiment.analysed_revision = revision
        experiment.analysed_kinds = list(CARD_NAMES)
        experiment.save(update_fields=["analysed_revision", "analysed_kinds"])
        announce(experiment_id, CARDS)
