"""Linear expressions as people build them: factors times parameters that they pick."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from experiments.domain import Term
from experiments.forms.rows import Field, Options, Row, Texts
from experiments.forms.typed import TypedRow
from experiments.search_space import normal_name

GONE = "The parameter that was chosen here was removed, or is still blank: choose another."


class TermRow(Row):
    """A factor and a parameter. Without JavaScript a long list of names is typed, not chosen."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "coefficient": Field(label="Factor", inputmode="decimal", placeholder="1"),
        "parameter": Field(label="Parameter", control="reference"),
        "name": Field(label="Parameter (name)", control="name"),
    }

    def __init__(self, texts: Texts, *, owner: Row, number: int) -> None:
        super().__init__(texts, prefix=f"{owner.prefix}t{number}-", number=number)
        self.owner = owner
        self.parameter_options: Options = ()

    def label(self, name: str) -> str:
        """Return what a field is called: each differently, for those who only hear it."""
        return f"{super().label(name)} {self.number}"

    def options(self, name: str) -> Options:
        """Return what can be chosen in a field."""
        return self.parameter_options if name == "parameter" else super().options(name)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was chosen or typed."""
        return not any(self.text(field) for field in self.FIELDS)


class LinearRow(Row):
    """A row that can have terms."""

    def __init__(self, typed: TypedRow, *, prefix: str, number: int) -> None:
        super().__init__(typed.texts, prefix=prefix, number=number)
        self.terms = [
            TermRow(texts, owner=self, number=place)
            for place, texts in enumerate(typed.terms, start=1)
        ]

    @property
    def has_blank_terms(self) -> bool:
        """Whether no term was filled in."""
        return all(term.is_blank for term in self.terms)

    @property
    def terms_errors(self) -> list[str]:
        """What is wrong with the terms together."""
        return self.errors.get("terms", [])

    def read_terms(self, references: "References") -> tuple[Term, ...]:
        """Read the terms that were filled in; wrong ones get their errors."""
        found = []
        for term in self.terms:
            if term.is_blank:
                continue
            coefficient = term.float_of("coefficient")
            key = references.key_of(term, "parameter", "name")
            if key is None and not term.errors:
                term.add_error("parameter", "Choose a parameter, or remove this term.")
            if term.errors:
                continue
            assert key is not None
            found.append(Term(key, 1.0 if coefficient is None else coefficient))
        return tuple(found)

    @property
    def has_wrong_terms(self) -> bool:
        """Whether a term has an error of its own."""
        return any(term.errors for term in self.terms)


class References:
    """Finds the parameters that fields refer to: by key as chosen, or by name as typed."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take the keys and names of all parameters."""
        self._names = dict(names)
        self._keys = {name: key for key, name in reversed(self._names.items()) if name}

    def key_of(self, row: Row, choice: str, name: str) -> str | None:
        """Return the key of the parameter that a row refers to; ``None`` and an error if gone."""
        key, typed = row.text(choice), normal_name(row.text(name))
        if key in self._names:
            return key
        if key:
            row.add_error(choice, GONE)
            return None
        if typed and typed not in self._keys:
            row.add_error(choice, "There is no parameter of this name.")
        return self._keys.get(typed)
