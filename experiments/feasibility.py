"""Whether anything satisfies all constraints of a definition; if not, which ones clash. Pure."""

from collections.abc import Callable, Sequence

from experiments.constraint_words import constraint_in_words, number_in_words, terms_in_words
from experiments.domain import ParameterConstraint, ParameterValue, Relation
from experiments.drafts import ExperimentDraft
from experiments.linear_program import MARGIN, Answer, Region
from experiments.problems import CONSTRAINT, DefinitionProblem
from experiments.references import by_key

SECONDS = 2.0
"""How long people wait for an answer."""

_MOST_NAMED = 5
_LONGEST = 100


def infeasibility(draft: ExperimentDraft) -> str | None:
    """Return which constraints leave nothing to try, in words; ``None`` if they leave something.

    Only for a definition whose parameters and constraints have no other problems.
    """
    problems = feasibility_problems(draft)
    return problems[0].message if problems else None


def feasibility_problems(draft: ExperimentDraft) -> list[DefinitionProblem]:
    """Return what makes the constraints impossible to satisfy, at the last one that takes part."""
    if not draft.constraints:
        return []
    return _Judge(draft).problems()


def feasible_point(draft: ExperimentDraft) -> dict[str, ParameterValue] | None:
    """Return values for the parameters in constraints that satisfy all of them, if any do."""
    specs = by_key([parameter.spec for parameter in draft.parameters])
    return Region(specs, draft.constraints, seconds=SECONDS).point()


def idle_constraints(draft: ExperimentDraft) -> list[str]:
    """Return, in words, the constraints that hold anyway within the parameters' bounds."""
    if not draft.constraints:
        return []
    judge = _Judge(draft)
    return [judge.words(c) for c in draft.constraints if judge.always_holds(c)]


class _Judge:
    """Finds out what is wrong between the constraints of one definition."""

    def __init__(self, draft: ExperimentDraft) -> None:
        self._constraints = draft.constraints
        self._names = {parameter.spec.key: parameter.name for parameter in draft.parameters}
        specs = by_key([parameter.spec for parameter in draft.parameters])
        self._region = Region(specs, draft.constraints, seconds=SECONDS)

    def problems(self) -> list[DefinitionProblem]:
        everything = range(len(self._constraints))
        for is_impossible, explain in (
            (self._lacks_points_between, self._clash),
            (self._lacks_room, self._narrowness),
            (self._lacks_points, self._clash),
        ):
            answer = is_impossible(everything)
            if answer is Answer.NO:
                clashing = self._smallest(is_impossible)
                return [DefinitionProblem(CONSTRAINT, clashing[-1], "", explain(clashing))]
            if answer is Answer.UNKNOWN:
                message = (
                    f"It takes longer than {SECONDS:g} seconds to find out whether anything "
                    "satisfies all constraints: use fewer of them, or shorter lists of values."
                )
                return [DefinitionProblem(CONSTRAINT, None, "", message)]
        return []

    def words(self, constraint: ParameterConstraint) -> str:
        """Return a constraint in quotes; a long one is cut."""
        words = constraint_in_words(constraint, self._names)
        return f"“{words if len(words) <= _LONGEST else words[: _LONGEST - 1] + '…'}”"

    def always_holds(self, constraint: ParameterConstraint) -> bool:
        """Tell whether the bounds of its parameters alone see to it that a constraint holds."""
        least, most = self._region.limits(constraint.terms)
        if constraint.relation is Relation.AT_MOST:
            return most <= constraint.bound
        return least >= constraint.bound

    def _lacks_points_between(self, places: Sequence[int]) -> Answer:
        return self._region.leaves_anything(places, is_relaxed=True)

    def _lacks_room(self, places: Sequence[int]) -> Answer:
        return self._region.leaves_anything(places, is_relaxed=True, margin=MARGIN)

    def _lacks_points(self, places: Sequence[int]) -> Answer:
        return self._region.leaves_anything(places) if self._region.has_steps else Answer.YES

    def _smallest(self, judge: Callable[[Sequence[int]], Answer]) -> list[int]:
        """Return constraints that clash, none of which could be left out of the quarrel."""
        clashing = list(range(len(self._constraints)))
        for place in reversed(range(len(self._constraints))):
            others = [other for other in clashing if other != place]
            if judge(others) is Answer.NO:
                clashing = others
        return clashing

    def _clash(self, places: Sequence[int]) -> str:
        last = self._constraints[places[-1]]
        if len(places) == 1:
            return f"{self.words(last)} can never hold: {self._reach(last)}."
        others = places[:-1]
        message = f"{self._listed(places)} leave nothing to try together"
        sign = 1 if last.relation is Relation.AT_MOST else -1
        nearest = self._region.extreme(last.terms, others, sign)
        if nearest is None:
            return f"{message}: loosen or remove one of them."
        given = "the first" if len(others) == 1 else "the others"
        return f"{message}: with {given}, {self._at_best(last, nearest)}."

    def _narrowness(self, places: Sequence[int]) -> str:
        last = self._constraints[places[-1]]
        if len(places) == 1:
            return (
                f"{self.words(last)} leaves no room: {self._reach(last)}. "
                "Loosen it, or make its parameters fixed."
            )
        return (
            f"{self._listed(places)} leave no room between them: loosen one, or make one of "
            "their parameters fixed or derived from the others."
        )

    def _reach(self, constraint: ParameterConstraint) -> str:
        least, most = self._region.limits(constraint.terms)
        return self._at_best(constraint, least if constraint.relation is Relation.AT_MOST else most)

    def _at_best(self, constraint: ParameterConstraint, value: float) -> str:
        """Say how near to its bound a constraint's sum can come."""
        terms = terms_in_words(constraint.terms, self._names)
        if len(terms) > _LONGEST:
            terms = "its left side"
        limit = "at least" if constraint.relation is Relation.AT_MOST else "at most"
        return f"{terms} is {limit} {number_in_words(float(f'{value:.6g}'))}"

    def _listed(self, places: Sequence[int]) -> str:
        words = [self.words(self._constraints[place]) for place in places[:_MOST_NAMED]]
        more = len(places) - len(words)
        last = f"{more} more" if more else words.pop()
        return f"{', '.join(words)} and {last}"
