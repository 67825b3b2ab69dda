"""What people say about a table of runs: the table itself, and how to read it."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.search_space import name_problem, normal_name
from experiments.tables.cells import Decimal
from experiments.tables.reading import (
    ENCODINGS,
    MOST_BYTES,
    Delimiter,
    Reading,
    Table,
    Unreadable,
    decode,
    read,
    recoded,
    storable,
    too_large,
)
from experiments.tables.spreadsheets import Book

_DECIMALS = [
    ("", "As each column shows"),
    (Decimal.POINT.value, "1,234.5 (decimal point)"),
    (Decimal.COMMA.value, "1.234,5 (decimal comma)"),
]
_LONGEST_NAME = 200


class UploadForm(forms.Form):
    """A table of runs: a file, or text that was pasted."""

    use_required_attribute = False

    file = forms.FileField(
        label="A file: CSV, TSV, XLSX or other text",
        required=False,
        allow_empty_file=True,
        max_length=1_000,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.tab,.xlsx,text/csv,text/plain"}),
    )
    text = forms.CharField(
        label="Or paste the cells, with the names of the columns",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "num"}),
    )
    name = forms.CharField(
        label="Name of the experiment",
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Optional: you can change it later.",
    )

    encoding = ""
    preferred_sheet = ""
    table: Table
    content: str
    book: Book | None = None
    data_of_book: bytes | None = None
    """A spreadsheet as it came: another sheet of it may be wanted."""

    def clean_name(self) -> str:
        """Refuse a name that no experiment could have; a blank one is fine."""
        name = normal_name(self.cleaned_data["name"])
        if name and (problem := name_problem(name, "experiment", _LONGEST_NAME)):
            raise ValidationError(problem)
        return name

    def clean(self) -> None:
        """Read the table; its errors stand beside the field from which it came."""
        file, text = self.cleaned_data.get("file"), self.cleaned_data.get("text", "")
        if "file" in self.errors:
            return
        field = "text" if file is None else "file"
        try:
            if file is None and not text.strip():
                raise Unreadable("Choose a file or paste a table.")
            if file is not None and text.strip():
                raise Unreadable("There is a file and pasted text: leave out one of them.")
            self.content = self._text(file, text)
            self.table = read(self.content, encoding=self.encoding)
        except Unreadable as error:
            self.add_error(field, str(error))

    @property
    def experiment_name(self) -> str:
        """The name that was given, else the file's."""
        name: str = self.cleaned_data["name"]
        file = self.cleaned_data.get("file")
        if name or file is None:
            return name
        stem = "".join(c if c.isprintable() else " " for c in file.name).rpartition(".")
        return normal_name((stem[0] or stem[2]).replace("_", " "))[:_LONGEST_NAME]

    def _text(self, file: Any, text: str) -> str:
        if file is None:
            size = len(text.encode(errors="replace"))
            if size > MOST_BYTES:
                raise Unreadable(too_large(size))
            return storable(text)
        if file.size > MOST_BYTES:
            raise Unreadable(too_large(file.size))
        data = file.read()
        found = decode(data, self.preferred_sheet)
        self.encoding, self.book = found.encoding, found.book
        self.data_of_book = data if found.book else None
        return storable(found.text)


class ReadingForm(forms.Form):
    """How the table's text is to be read."""

    encoding = forms.ChoiceField(label="Encoding", required=False)
    delimiter = forms.ChoiceField(
        label="Between cells",
        choices=[
            (Delimiter.COMMA.name, "Comma"),
            (Delimiter.SEMICOLON.name, "Semicolon"),
            (Delimiter.TAB.name, "Tab"),
            (Delimiter.BAR.name, "Vertical bar"),
        ],
    )
    decimal = forms.ChoiceField(label="Numbers", choices=_DECIMALS, required=False)
    first_row = forms.ChoiceField(
        label="First row",
        choices=[("names", "Names of the columns"), ("values", "Already values")],
    )

    def __init__(
        self,
        data: Any,
        *,
        reading: Reading,
        decimals: Collection[Decimal],
        encoding: str,
        text: str,
    ) -> None:
        self.earlier = encoding
        self.text = text
        self.decimals = decimals
        super().__init__(
            data,
            auto_id="reading-%s",
            initial={
                "encoding": encoding,
                "delimiter": reading.delimiter.name,
                "decimal": reading.decimal.value if reading.decimal else "",
                "first_row": "names" if reading.has_header else "values",
            },
        )
        field = self.fields["encoding"]
        assert isinstance(field, forms.ChoiceField)
        # A file that says itself what it is, or pasted text, leaves nothing to choose.
        if encoding in ENCODINGS:
            field.choices = [(name, name) for name in ENCODINGS]
        else:
            del self.fields["encoding"]

    def clean(self) -> None:
        """Read the table in this way."""
        if self.errors:
            return
        chosen = self.cleaned_data
        encoding = chosen.get("encoding") or self.earlier
        reading = Reading(
            delimiter=Delimiter[chosen["delimiter"]],
            decimal=Decimal(chosen["decimal"]) if chosen["decimal"] else None,
            has_header=chosen["first_row"] == "names",
        )
        try:
            if encoding != self.earlier:
                self.text = storable(recoded(self.text, self.earlier, encoding))
            self.table = read(self.text, reading, encoding=encoding)
        except Unreadable as error:
            self.add_error(None, str(error))
        self.encoding_read = encoding

    @property
    def summary(self) -> str:
        """How the table was read, in words."""
        initial = self.initial
        delimiters = {
            Delimiter.COMMA.name: "commas between cells",
            Delimiter.SEMICOLON.name: "semicolons between cells",
            Delimiter.TAB.name: "tabs between cells",
            Delimiter.BAR.name: "bars between cells",
        }
        marks = {decimal.value for decimal in self.decimals}
        mark = f"decimal {marks.pop()}" if len(marks) == 1 else "decimal marks by column"
        parts = [delimiters[initial["delimiter"]], mark, self.earlier]
        return ", ".join(part for part in parts if part)
