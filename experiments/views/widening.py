"""The offer to widen bounds on which suggestions keep landing."""

from dataclasses import dataclass

from experiments.definition_words import quoted
from experiments.domain import GenerationNode
from experiments.models import Experiment, Parameter, SuggestionStatus
from experiments.widening import RECENT, UPPER, edges, widened


@dataclass(frozen=True, slots=True)
class WiderBound:
    """A bound of a parameter on which many of the newest suggestions lie."""

    key: str
    name: str
    side: str
    bound: str
    wider: str
    count: int
    of: int


def wider_bounds(experiment: Experiment, parameters: list[Parameter]) -> list[WiderBound]:
    """Return the bounds that are worth widening, judged by the model's newest suggestions."""
    made = experiment.suggestions.filter(node=GenerationNode.BOTORCH.value)
    made = made.exclude(status=SuggestionStatus.SUPERSEDED).order_by("-pk")
    recent = list(made.values_list("parameters", flat=True)[:RECENT])
    names = {parameter.key: parameter.name for parameter in parameters}
    specs = {parameter.key: parameter.spec for parameter in parameters}
    offers = []
    for edge in edges(list(specs.values()), recent):
        spec = specs[edge.key]
        wider = widened(spec, edge.side)
        assert wider is not None  # else it would be no edge worth telling
        before, after = (s.upper if edge.side == UPPER else s.lower for s in (spec, wider))
        offers.append(
            WiderBound(
                edge.key,
                names[edge.key],
                edge.side,
                quoted(before),
                quoted(after),
                edge.count,
                edge.of,
            )
        )
    return offers
