"""A frozen conclusion as Markdown. No Django, no Ax.

The document is what ``views/outcome.py`` writes down; figures are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def to_markdown(document: Mapping[str, Any], *, is_told: bool = False) -> str:
    """Write a conclusion as Markdown; what people typed stays text.

    ``is_told`` says that it came with a file, so that nobody saw it being concluded.
    """
    return "\n".join(_lines(document, is_told)).rstrip() + "\n"


def _lines(document: Mapping[str, Any], is_told: bool) -> Iterator[str]:
    yield f"# {_plain(document['name'])}: conclusion {document['number']}"
    yield ""
    yield (
        f"{_plain(document['concluded_by'])}, {document['concluded_at']}, as of revision "
        f"{document['revision']}; team {_plain(document['team'])}."
    )
    if is_told:
        yield from ("", "*It came with a file from which the experiment was restored.*")
    for title, text in (
        ("What we conclude", document["summary"]),
        ("Question", document["description"]),
    ):
        if text:
            yield from ("", f"## {title}", "", _plain(text))
    yield from _listed("Goals", document["goals"])
    yield from _listed("Search space", [*document["space"], *document["constraints"]])
    if document["choice"]:
        choice = document["choice"]
        yield from ("", "## The team’s choice", "")
        yield f"Trial {choice['trial']}: {_plain(choice['reason'])} ({_plain(choice['by'])})"
        yield from _pairs(choice)
    if document["best"]:
        yield from ("", f"## Best by observation: trial {document['best']['trial']}", "")
        yield from _pairs(document["best"])
    if document["front"]:
        yield from ("", "## Pareto points", "")
        yield from _table(document["front"])
    for card in document["evidence"]:
        yield from ("", f"## {_plain(card['title'])}", "")
        yield from (f"- {_plain(sentence)}" for sentence in card["sentences"])
        if card["table"]:
            yield ""
            yield from _table(card["table"])
    yield from _listed("Who and when", [*document["people"], *document["times"]])


def _listed(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield from ("", f"## {title}", "")
        yield from (f"- {_plain(item)}" for item in items)


def _pairs(trial: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    for name, value in (*trial["results"], *trial["parameters"]):
        yield f"- {_plain(name)}: {_plain(value)}"


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"| {' | '.join(_plain(cell) for cell in table['head'])} |"
    yield f"|{' --- |' * len(table['head'])}"
    for row in table["rows"]:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"


def _plain(text: object) -> str:
    """Escape what Markdown would read as marks; lines stay lines."""
    return _SPECIAL.sub(r"\\\1", str(text)).replace("\n", "  \n")
