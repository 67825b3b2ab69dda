"""Points before, and besides, a model: the center, then one quasi-random sequence."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ax.adapter.registry import Generators
from ax.core.experiment import Experiment

from experiments.domain import ParameterValue
from experiments.optimizer.polytope import Polytope
from experiments.optimizer.space import Space

POINTS = 337
"""How many points of the sequence are looked at, at most, for one that is new."""

_SIZES = (1, 16, 64, 256)
_PROBED = 128
_LEAST_SHARE = 1 / 16
"""Where constraints leave less than this share of the probed points, they are not sifted out."""


def center(space: Space) -> dict[str, ParameterValue] | None:
    """Return the center of the space, if it satisfies all constraints."""
    parameters = space.nearest(space.to_ax().compute_naive_center())
    return parameters if space.satisfies(parameters) else None


def sequence(space: Space, seed: int, position: int) -> Iterator[dict[str, ParameterValue]]:
    """Yield some hundred points of the one sequence that a space and a seed have.

    ``position`` is how many of its points were issued before. They satisfy all constraints; the
    same one may come twice.
    """
    if not space.inequalities:
        yield from (space.nearest(point) for point in _sobol(space, seed, position))
        return
    probed = [space.nearest(point) for point in islice(_sobol(space, seed, 0, _PROBED), _PROBED)]
    share = sum(map(space.satisfies, probed)) / len(probed)
    if share >= _LEAST_SHARE:
        count = round((position + POINTS) / share)
        points = (space.nearest(point) for point in _sobol(space, seed, 0, count))
        yield from islice(filter(space.satisfies, points), position, None)
    else:
        yield from islice(_inside(space, seed, position + POINTS), position, None)


def _sobol(
    space: Space, seed: int, position: int, count: int | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield points as Ax models them, without regard to constraints.

    Ax's own deduplication is off: it knows neither failed trials nor values rounded to a grid.
    """
    adapter = Generators.SOBOL(
        experiment=Experiment(search_space=space.to_ax()),
        seed=seed,
        init_position=position,
        deduplicate=False,
    )
    for size in _SIZES if count is None else [_PROBED] * -(-count // _PROBED):
        for arm in adapter.gen(n=size).arms:
            yield arm.parameters


def _inside(space: Space, seed: int, count: int) -> Iterator[dict[str, ParameterValue]]:
    """Yield points where constraints leave little room, even none but on a line or a grid.

    What no constraint is about comes from the Sobol sequence, the rest from a random walk through
    the room that is left; then grids are respected.
    """
    walks: dict[Polytope, Iterator[dict[str, float]]] = {}
    for point in islice(_sobol(space, seed, 0, count), count):
        parameters = space.nearest(point)
        polytope = space.polytope(parameters)
        if polytope is not None:
            walk = walks.setdefault(polytope, polytope.samples(seed))
            parameters = space.completed({**parameters, **next(walk, {})})
        moved = space.moved(space.snapped(parameters))
        if moved is not None:
            yield moved
