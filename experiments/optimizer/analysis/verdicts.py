"""What a check of an experiment comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.optimizer.analysis.study import Study


@dataclass(frozen=True, slots=True)
class Verdict:
    """What looks wrong, the worst first, or (``fine``) what one can say if nothing does."""

    doubts: Sequence[str]
    fine: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at; ``find`` returns ``None`` where it makes no sense."""

    name: str
    find: Callable[[Study], Verdict | None]
    needs_model: bool = False
