"""What a browser would send of a page's form."""

from html.parser import HTMLParser

from django.http import QueryDict
from django.template.loader import render_to_string

from experiments.forms.experiment import DefinitionForm


def rendered(form: DefinitionForm) -> str:
    return render_to_string("experiments/_definition_fields.html", {"form": form})


def sent(form: DefinitionForm) -> QueryDict:
    """Render a form and read its fields as a browser does."""
    return fields_of(rendered(form))


def fields_of(html: str) -> QueryDict:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    data = QueryDict(mutable=True)
    for name, value in reader.fields:
        data.appendlist(name, value)
    return data


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self._area: tuple[str, list[str]] | None = None
        self._select: list[object] | None = None
        self._is_script_off = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "noscript":
            self._is_script_off = True
        if self._is_script_off:
            return
        if tag == "input" and "name" in given:
            is_tickable = given.get("type") in ("checkbox", "radio")
            if not is_tickable or "checked" in given:
                self.fields.append((given["name"], given.get("value", "on") or ""))
        elif tag == "textarea":
            self._area = (given["name"], [])
        elif tag == "select":
            self._select = [given["name"], None]
        elif tag == "option" and self._select and (self._select[1] is None or "selected" in given):
            self._select[1] = given["value"] or ""

    def handle_data(self, data):
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "noscript":
            self._is_script_off = False
        elif tag == "textarea" and self._area:
            name, parts = self._area
            # The first line end belongs to the markup; browsers send others as CR LF.
            text = "".join(parts).removeprefix("\n").replace("\n", "\r\n")
            self.fields.append((name, text))
            self._area = None
        elif tag == "select" and self._select:
            if self._select[1] is not None:
                self.fields.append((str(self._select[0]), str(self._select[1])))
            self._select = None
