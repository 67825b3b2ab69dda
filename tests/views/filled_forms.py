"""What a browser would send of a form that a page shows filled in."""

from html.parser import HTMLParser


def fields_of(html: str, form_id: str = "new-form") -> dict[str, str]:
    """Return the fields of a form, as if its first button was pressed."""
    parser = _Parser(form_id)
    parser.feed(html)
    return parser.fields


class _Parser(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._form_id = form_id
        self._is_inside = False
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "form":
            self._is_inside = found.get("id") == self._form_id
        is_ours = found["form"] == self._form_id if found.get("form") else self._is_inside
        if not is_ours or "disabled" in found:
            return
        if tag == "input" and name:
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self.fields[name] = found.get("value") or (
                    "on" if found.get("type") == "checkbox" else ""
                )
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif self._select and ("selected" in found or self._select not in self.fields):
            self.fields[self._select] = found.get("value") or ""

    def handle_data(self, data):
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea" and self._area:
            # The first line break after the tag is not part of the text.
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
