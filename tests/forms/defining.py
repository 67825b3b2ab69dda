"""Forms of definitions as somebody has typed them."""

import re

from django.http import QueryDict
from django.template.loader import render_to_string

from experiments.forms.experiment import DefinitionForm
from experiments.forms.parameters import ParameterRow

GOOD = {
    "name": "Booth",
    "m1-name": "booth",
    "m1-goal": "minimize",
    "p1-name": "x1",
    "p1-kind": "float",
    "p1-lower": "-10",
    "p1-upper": "10",
}

DEPENDENT = {
    "p1_key": "n1",
    "p2_key": "n2", "p2_name": "kernel", "p2_kind": "choice", "p2_values": "rbf, poly",
    "p3_key": "n3", "p3_name": "degree", "p3_kind": "int", "p3_lower": "2", "p3_upper": "5",
    "p3_parent": "n2", "p3_parent_values": "poly",
}  # fmt: skip
"""The good form with a choice, and an integer that applies for one of its values."""


def _field(name: str) -> str:
    """``p1_t2_parameter`` stands for ``p1-t2-parameter``."""
    return re.sub(r"^([pmc]\d+)_(?:(t\d+)_)?", _dashed, name)


def _dashed(match: re.Match[str]) -> str:
    return "".join(f"{part}-" for part in match.groups() if part)


def define(**changes: str) -> DefinitionForm:
    """Send the good form with changes; ``p1_name`` stands for ``p1-name``."""
    query = QueryDict(mutable=True)
    query.update(GOOD | {_field(name): text for name, text in changes.items()})
    return DefinitionForm.read(query)


def row(**fields: str) -> ParameterRow:
    """Send one range with changes; return its row."""
    texts = {"key": "n1", "name": "x", "kind": "float"} | fields
    data = QueryDict(mutable=True)
    data.update({f"p1-{name}": text for name, text in texts.items()})
    return DefinitionForm.read(data).parameters[0]


def html(form: DefinitionForm) -> str:
    """Return the page's form as it is shown again."""
    return render_to_string("experiments/_new_form.html", {"form": form})
