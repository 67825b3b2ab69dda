"""What a kind of card is, and how one is made of a study."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from experiments.cards import Card, CardBody, CardPage, CardState
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.errors import OptimizerError

logger = logging.getLogger(__name__)


def _always(study: Study) -> bool:
    return True


def _nothing(study: Study) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class CardKind:
    """A kind of card.

    ``applies`` tells whether it makes sense for an experiment of this definition at all, ``needs``
    says what is still lacking (blank: nothing), and ``make`` makes it. ``page`` shows it.
    """

    name: str
    title: str
    reading: str
    make: Callable[[Study], CardBody]
    applies: Callable[[Study], bool] = _always
    needs: Callable[[Study], str] = _nothing
    page: CardPage = CardPage.INSIGHTS


def needs_model(study: Study) -> str:
    """Say how many results are lacking before there is a model; blank if none is."""
    if not study.varied:
        return "No parameter varies, so there is nothing to learn."
    lacking = study.lacking
    if not lacking:
        return ""
    return f"It needs {lacking} more {'result' if lacking == 1 else 'results'}."


def make_card(kind: CardKind, study: Study, position: int) -> Card:
    """Make one card; what goes wrong becomes a failed card that says so, and is logged."""
    started = time.perf_counter()
    state, message, body = CardState.READY, "", CardBody()
    try:
        message = kind.needs(study)
        if message:
            state = CardState.WAITING
        else:
            body = kind.make(study)
    except OptimizerError as error:
        state, message = CardState.WAITING, str(error)
    except Exception as error:
        logger.warning("The card “%s” failed.", kind.name, exc_info=True)
        state, message = CardState.FAILED, f"{type(error).__name__}: {error}"
    return Card(
        name=kind.name,
        title=kind.title,
        reading=kind.reading,
        position=position,
        state=state,
        message=message,
        body=body,
        seconds=time.perf_counter() - started,
        page=kind.page,
    )
