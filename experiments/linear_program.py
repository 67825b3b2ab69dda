"""Linear inequalities between parameters as a (mixed-integer) linear program, solved by HiGHS.

All is measured in shares of the parameters' ranges and of each row's largest part, so that the
solver's tolerances mean the same whatever units people use. Pure, but for the library.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from experiments.domain import (
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    Relation,
    Term,
)
from experiments.inequalities import substituted
from experiments.search_space import cardinality, exact

MARGIN = 1e-6
"""How much room, as a share of its range, each parameter must have to count as room at all."""

_MOST_STEPS = 10**6
"""Longer grids count as continuous."""

_EQUAL = 1e-12
_TINY = 1e-13


class Answer(Enum):
    """Whether inequalities can hold together; unknown if time ran out."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """A sum of shares (by parameter key), ``at_most`` something; ``largest`` is what 1 stands for.

    ``is_equality`` if another row says the opposite: together they are an equation.
    """

    shares: Mapping[str, float]
    at_most: float
    largest: float
    is_equality: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter's numbers: from ``lower`` over ``width``, in ``steps`` (0: any) or ``listed``."""

    spec: ParameterSpec
    lower: float
    width: float
    steps: int = 0
    listed: tuple[ParameterValue, ...] = ()

    def at(self, share: float) -> ParameterValue:
        """Return the value nearest to a share of the width."""
        if self.listed:
            wanted = self.lower + share * self.width
            return min(self.listed, key=lambda value: abs(float(value) - wanted))
        if not self.steps:
            value = min(max(self.lower + share * self.width, self.lower), self.lower + self.width)
            return value if self.spec.value_type == "float" else round(value)
        step = exact(self.spec.step or 1)
        point = exact(self.spec.lower or 0) + round(share * self.steps) * step
        return float(point) if self.spec.value_type == "float" else int(point)


def axis_of(spec: ParameterSpec) -> Axis:
    """Return the numbers of a range or choice of numbers without problems."""
    if spec.kind is ParameterKind.CHOICE:
        numbers = [float(value) for value in spec.values]
        return Axis(spec, min(numbers), max(numbers) - min(numbers), listed=spec.values)
    assert spec.lower is not None
    assert spec.upper is not None
    count = cardinality(spec) or 0
    steps = count - 1 if count <= _MOST_STEPS else 0
    return Axis(spec, float(spec.lower), float(spec.upper) - float(spec.lower), max(steps, 0))


class Region:
    """What some constraints leave of a search space."""

    def __init__(
        self,
        specs: Mapping[str, ParameterSpec],
        constraints: Sequence[ParameterConstraint],
        *,
        seconds: float,
    ) -> None:
        self._specs = specs
        self._axes: dict[str, Axis] = {}
        rows = [self._row(c.terms, c.relation, c.bound) for c in constraints]
        self.rows = _with_equalities(rows)
        self._until = time.monotonic() + seconds

    @property
    def has_steps(self) -> bool:
        """Whether some of the numbers are not a continuum."""
        return any(axis.steps or axis.listed for axis in self._axes.values())

    def limits(self, terms: Iterable[Term]) -> tuple[float, float]:
        """Return the least and the largest value of a sum, the constraints put aside."""
        coefficients, constant = substituted(tuple(terms), self._specs)
        least = most = constant
        for key, coefficient in coefficients.items():
            axis = self._axis(key)
            ends = coefficient * axis.lower, coefficient * (axis.lower + axis.width)
            least, most = least + min(ends), most + max(ends)
        return least, most

    def leaves_anything(
        self, places: Collection[int], *, margin: float = 0.0, is_relaxed: bool = False
    ) -> Answer:
        """Tell whether the constraints at some places can hold together.

        With a margin each parameter must have that much room; ``is_relaxed`` puts values between
        steps in reach.
        """
        program = _Program(self._axes, self._until, is_relaxed=is_relaxed, margin=margin)
        for place in places:
            program.add(self.rows[place], margin)
        return program.solve()

    def extreme(self, terms: Sequence[Term], places: Collection[int], sign: int) -> float | None:
        """Return the least (sign 1) or largest (−1) value of a sum under some constraints.

        ``None`` if they leave nothing, or time ran out.
        """
        coefficients, constant = substituted(terms, self._specs)
        program = _Program(self._axes, self._until)
        for place in places:
            program.add(self.rows[place], 0.0)
        widths = {key: sign * c * self._axes[key].width for key, c in coefficients.items()}
        largest = max(map(abs, widths.values()), default=1.0)
        program.minimize({key: width / largest for key, width in widths.items()})
        if program.solve() is not Answer.YES:
            return None
        shares = program.shares()
        return constant + sum(
            coefficient * (self._axes[key].lower + shares[key] * self._axes[key].width)
            for key, coefficient in coefficients.items()
        )

    def point(self) -> dict[str, ParameterValue] | None:
        """Return values of the constrained parameters that satisfy all constraints, if any do."""
        for is_inner in (True, False):
            program = _Program(self._axes, self._until)
            for row in self.rows:
                program.add(row, MARGIN if is_inner else 0.0)
            if program.solve() is Answer.YES:
                return {key: self._axes[key].at(share) for key, share in program.shares().items()}
        return None

    def _axis(self, key: str) -> Axis:
        if key not in self._axes:
            self._axes[key] = axis_of(self._specs[key])
        return self._axes[key]

    def _row(self, terms: Sequence[Term], relation: Relation, bound: float) -> Row:
        sign = 1.0 if relation is Relation.AT_MOST else -1.0
        coefficients, constant = substituted(terms, self._specs)
        room, parts = bound - constant, {}
        for key, coefficient in coefficients.items():
            axis = self._axis(key)
            room -= coefficient * axis.lower
            parts[key] = sign * coefficient * axis.width
        largest = max(map(abs, parts.values()), default=0.0)
        if largest == 0.0:
            largest = max(abs(bound), abs(constant), 1.0)
        shares = {key: part / largest for key, part in parts.items()}
        return Row(shares, sign * room / largest, largest)


def _with_equalities(rows: Sequence[Row]) -> list[Row]:
    """Mark the rows of which another one is the opposite."""
    found: dict[tuple[tuple[str, float], ...], list[Row]] = {}
    for row in rows:
        found.setdefault(_rounded(row.shares, 1), []).append(row)

    def is_paired(row: Row) -> bool:
        opposites = found.get(_rounded(row.shares, -1), []) if row.shares else []
        slack = _EQUAL * max(1.0, abs(row.at_most))
        return any(abs(row.at_most + other.at_most) <= slack for other in opposites)

    return [Row(row.shares, row.at_most, row.largest, is_paired(row)) for row in rows]


def _rounded(shares: Mapping[str, float], sign: int) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((key, float(f"{sign * share:.11e}")) for key, share in shares.items()))


def _quiet_solver() -> Any:
    """Return a solver that writes nothing to the console, not even who it is."""
    import highspy

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> None:  # The first that is called.
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()

    return Quiet()


class _Program:
    """One program for HiGHS. It is imported only here, where somebody has constraints."""

    def __init__(
        self,
        axes: Mapping[str, Axis],
        until: float,
        *,
        is_relaxed: bool = False,
        margin: float = 0.0,
    ) -> None:
        import highspy

        self._statuses = highspy.HighsModelStatus
        self._integer = highspy.HighsVarType.kInteger
        self._solver: Any = _quiet_solver()
        left = max(until - time.monotonic(), 0.01)
        for option, value in (
            ("threads", 1),
            ("time_limit", left),
            ("small_matrix_value", 1e-12),
        ):
            self._solver.setOptionValue(option, value)
        self._columns: dict[str, list[tuple[int, float]]] = {}
        self._is_possible = True
        for key, axis in axes.items():
            if is_relaxed or not (axis.steps or axis.listed):
                self._columns[key] = [(self._column(margin, 1.0 - margin), 1.0)]
            elif axis.listed:
                self._columns[key] = self._choice(axis)
            else:
                column = self._column(0.0, axis.steps, is_whole=True)
                self._columns[key] = [(column, 1.0 / axis.steps)]

    def add(self, row: Row, margin: float) -> None:
        """Ask for an inequality to hold, with room for all its parameters to move by a margin."""
        size = sum(map(abs, row.shares.values()))
        at_most = row.at_most - (0.0 if row.is_equality else margin * size)
        if at_most < -size - MARGIN:
            self._is_possible = False
        elif at_most < size and row.shares:
            indices, values = self._parts(row.shares)
            self._solver.addRow(-self._solver.inf, at_most, len(indices), indices, values)
        elif not row.shares and at_most < -_EQUAL:
            self._is_possible = False

    def minimize(self, shares: Mapping[str, float]) -> None:
        """Look for the point where a sum is least, instead of any."""
        for index, value in zip(*self._parts(shares), strict=True):
            self._solver.changeColCost(index, value)

    def solve(self) -> Answer:
        """Look for a point."""
        if not self._is_possible:
            return Answer.NO
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in (self._statuses.kOptimal, self._statuses.kModelEmpty):
            return Answer.YES
        # Shares lie between 0 and 1: nothing is unbounded.
        impossible = (self._statuses.kInfeasible, self._statuses.kUnboundedOrInfeasible)
        return Answer.NO if status in impossible else Answer.UNKNOWN

    def shares(self) -> dict[str, float]:
        """Return the point that was found."""
        found = self._solver.getSolution().col_value
        return {
            key: sum(found[index] * value for index, value in parts)
            for key, parts in self._columns.items()
        }

    def _column(self, lower: float, upper: float, *, is_whole: bool = False) -> int:
        self._solver.addVar(lower, upper)
        index = int(self._solver.getNumCol()) - 1
        if is_whole:
            self._solver.changeColIntegrality(index, self._integer)
        return index

    def _choice(self, axis: Axis) -> list[tuple[int, float]]:
        """Add a yes or no for each listed number, exactly one of them yes."""
        parts = []
        for value in axis.listed:
            column = self._column(0.0, 1.0, is_whole=True)
            parts.append((column, (float(value) - axis.lower) / axis.width))
        columns = [column for column, _ in parts]
        self._solver.addRow(1.0, 1.0, len(columns), columns, [1.0] * len(columns))
        return parts

    def _parts(self, shares: Mapping[str, float]) -> tuple[list[int], list[float]]:
        pairs = [
            (index, share * value)
            for key, share in shares.items()
            for index, value in self._columns[key]
            if abs(share * value) > _TINY
        ]
        return [index for index, _ in pairs], [value for _, value in pairs]
