"""What makes references between parameters usable: conditions, derived parameters, constraints."""

from collections.abc import Iterator, Sequence

from experiments.domain import ParameterConstraint, ParameterKind, ParameterSpec, Term, ValueType
from experiments.drafts import ExperimentDraft
from experiments.problems import CONSTRAINT, PARAMETER, DefinitionProblem, number_problem
from experiments.references import NUMBERS, by_key, circle, offered
from experiments.search_space import LARGEST_BOUND, LARGEST_INTEGER, in_words, parameter_problems

MOST_CONSTRAINTS = 100

_SWITCHES = (ParameterKind.CHOICE, ParameterKind.FIXED)


class References:
    """Judges the references of one definition; names are those that people gave."""

    def __init__(self, draft: ExperimentDraft) -> None:
        self._parameters = draft.parameters
        self._constraints = draft.constraints
        self._specs = by_key([parameter.spec for parameter in draft.parameters])
        self._names = {p.spec.key: p.name.strip() or "unnamed" for p in reversed(draft.parameters)}

    def problems(self) -> list[DefinitionProblem]:
        """Return all that is wrong with conditions, derived parameters and constraints."""
        found: list[DefinitionProblem] = []
        for place, parameter in enumerate(self._parameters):
            spec = parameter.spec
            problems = [*self._key_problems(place, spec), *self._condition_problems(spec)]
            if spec.kind is ParameterKind.DERIVED:
                problems += self._derived_problems(spec)
            found += [DefinitionProblem(PARAMETER, place, *problem) for problem in problems]
        for place, constraint in enumerate(self._constraints):
            problems = list(self._constraint_problems(constraint))
            found += [DefinitionProblem(CONSTRAINT, place, *problem) for problem in problems]
        if len(self._constraints) > MOST_CONSTRAINTS:
            message = f"At most {MOST_CONSTRAINTS} constraints; these are {len(self._constraints)}."
            found.append(DefinitionProblem(CONSTRAINT, None, "", message))
        return found

    def _quoted(self, key: str) -> str:
        return f"“{in_words(self._names[key])}”"

    def _key_problems(self, place: int, spec: ParameterSpec) -> Iterator[tuple[str, str]]:
        if spec.key and self._specs[spec.key] is not spec:
            yield "key", "Another parameter has the same key: give each a key of its own."

    def _condition_problems(self, spec: ParameterSpec) -> Iterator[tuple[str, str]]:
        condition = spec.condition
        if condition is None:
            return
        parent = self._specs.get(condition.parameter)
        if parent is None:
            message = "The parameter that this one depends on was removed: choose another, or none."
            yield "condition", message
            return
        if path := circle(spec, self._specs):
            yield "condition", self._circle_in_words(path)
            return
        if parent.kind not in _SWITCHES:
            kind = "a range" if parent.kind is ParameterKind.RANGE else "derived"
            yield (
                "condition",
                f"{self._quoted(parent.key)} is {kind}: only a choice or a fixed parameter can "
                "switch others on.",
            )
            return
        yield from self._value_problems(spec, parent)

    def _circle_in_words(self, path: Sequence[str]) -> str:
        if len(path) == 1:
            return f"{self._quoted(path[0])} cannot depend on itself: choose another, or none."
        links = [self._quoted(key) for key in [*path[1:], path[0]]]
        chain = ", which depends on ".join(links)
        return f"{self._quoted(path[0])} depends on {chain}: break this circle."

    def _value_problems(
        self, spec: ParameterSpec, parent: ParameterSpec
    ) -> Iterator[tuple[str, str]]:
        assert spec.condition is not None
        name = self._quoted(parent.key)
        if not spec.condition.values:
            yield "condition", f"Choose the values of {name} for which this parameter applies."
        possible = parent.values if parent.kind is ParameterKind.CHOICE else offered(parent)
        # Sets, for a thousand values; their types keep yes and 1 apart.
        known = {(isinstance(value, bool), value) for value in possible}
        for value in spec.condition.values:
            if (isinstance(value, bool), value) not in known:
                message = f"{name} has no value “{in_words(value)}” (any more): choose among its."
                yield "condition", message
                return

    def _derived_problems(self, spec: ParameterSpec) -> Iterator[tuple[str, str]]:
        if spec.value_type not in NUMBERS:
            yield "value_type", "Only numbers can be derived."
        problem = number_problem(spec.intercept) or _size_problem(spec.intercept)
        is_constant_right = problem is None
        if problem:
            yield "intercept", problem
        elif spec.value_type is NUMBERS[1] and spec.intercept != int(spec.intercept):
            yield "intercept", "A derived whole number needs a whole constant."
        if not spec.terms:
            yield "terms", "Choose at least one parameter from which this one is computed."
        for problem in self._term_problems(spec.terms):
            yield "terms", problem
            return
        for term in spec.terms:
            if problem := self._source_problem(spec, term):
                yield "terms", problem
                return
        if is_constant_right and (problem := self._reach_problem(spec)):
            yield "terms", problem

    def _reach_problem(self, spec: ParameterSpec) -> str | None:
        """What is wrong with how large a derived parameter can get; its terms are fine."""
        sizes = [_size(self._specs[term.parameter]) for term in spec.terms]
        reach = abs(spec.intercept) + sum(
            abs(term.coefficient) * size for term, size in zip(spec.terms, sizes, strict=True)
        )
        most = LARGEST_INTEGER if spec.value_type is ValueType.INT else LARGEST_BOUND
        if reach <= most:
            return None
        return (
            f"This can come to {in_words(float(f'{reach:.2g}'))}, but {in_words(most)} is the most "
            "that can be used: make the factors or the constant smaller."
        )

    def _source_problem(self, spec: ParameterSpec, term: Term) -> str | None:
        """What is wrong with deriving a parameter from another one, which exists."""
        source, name = self._specs[term.parameter], self._quoted(term.parameter)
        if source.key == spec.key:
            return "A parameter cannot be computed from itself."
        if source.kind is ParameterKind.DERIVED:
            return f"{name} is itself derived: use what it is computed from."
        if source.value_type not in NUMBERS:
            return f"{name} has no numbers to calculate with."
        if source.condition is not None:
            return f"{name} does not always apply: derive only from parameters that do."
        if spec.value_type is NUMBERS[1] and not (
            source.value_type is NUMBERS[1] and float(term.coefficient).is_integer()
        ):
            return (
                f"{term.coefficient:g} × {name} is not always whole: derive a whole number from "
                "integers with whole factors, or make this one a float."
            )
        return None

    def _constraint_problems(self, constraint: ParameterConstraint) -> Iterator[tuple[str, str]]:
        if problem := number_problem(constraint.bound) or _size_problem(constraint.bound):
            yield "bound", problem
        if not constraint.terms:
            yield "terms", "Choose at least one parameter."
        for problem in self._term_problems(constraint.terms):
            yield "terms", problem
            return
        for term in constraint.terms:
            spec = self._specs[term.parameter]
            if problem := self._member_problem(spec) or self._source_problems_of(spec):
                yield "terms", problem
                return

    def _member_problem(self, spec: ParameterSpec) -> str | None:
        """What is wrong with a parameter in a constraint."""
        name = self._quoted(spec.key)
        if spec.value_type not in NUMBERS:
            return f"{name} has no numbers: a constraint needs ranges or ordered number choices."
        if spec.kind is ParameterKind.CHOICE and not spec.is_ordered:
            return f"The numbers of {name} have no order: a constraint needs the order “Ordered”."
        if spec.kind is ParameterKind.RANGE and spec.log_scale:
            return (
                f"{name} has a log scale, on which sums are no straight lines: give it a linear "
                "scale, or leave it out of the constraint."
            )
        if spec.condition is not None:
            return f"{name} does not always apply: a constraint needs parameters that do."
        return None

    def _source_problems_of(self, spec: ParameterSpec) -> str | None:
        """What is wrong with what a derived parameter in a constraint is computed from."""
        for term in spec.terms if spec.kind is ParameterKind.DERIVED else ():
            source = self._specs.get(term.parameter)
            if source is not None and (problem := self._member_problem(source)):
                return f"{self._quoted(spec.key)} is computed from others. {problem}"
        return None

    def _term_problems(self, terms: Sequence[Term]) -> Iterator[str]:
        """Yield what is wrong with terms on their own."""
        seen = set()
        for term in terms:
            if term.parameter not in self._specs:
                yield "This refers to a parameter that was removed: choose another."
                continue
            name = self._quoted(term.parameter)
            if term.parameter in seen:
                yield f"{name} is there twice: add up its factors."
            seen.add(term.parameter)
            if problem := number_problem(term.coefficient) or _size_problem(term.coefficient):
                yield f"The factor of {name}: {problem}"
            elif term.coefficient == 0:
                yield f"The factor of {name} is 0: enter another, or remove it."
            elif abs(term.coefficient) < 1 / LARGEST_BOUND:
                yield f"The factor of {name} is too small: measure in other units."


def _size(spec: ParameterSpec) -> float:
    """Return how large the numbers of a parameter can be, whatever their sign; 0: not known."""
    if parameter_problems(spec):
        return 0.0
    numbers = (spec.lower, spec.upper) if spec.kind is ParameterKind.RANGE else offered(spec)
    return max((abs(n) for n in numbers if isinstance(n, int | float)), default=0.0)


def _size_problem(number: float) -> str | None:
    if abs(number) > LARGEST_BOUND:
        return "Numbers can go from −1e30 to 1e30 here."
    return None
