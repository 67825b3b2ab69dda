"""A definition that somebody pastes, or uploads as a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from experiments.importing import MOST_CHARACTERS, Reading, read_definition

_MOST_BYTES = 1_000_000
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class PasteForm(forms.Form):
    """Text or a file; once it is valid, ``reading`` is what was understood of it."""

    use_required_attribute = False

    text = forms.CharField(
        label="Definition",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 16, "spellcheck": "false", "autocomplete": "off", "class": "num"}
        ),
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        allow_empty_file=True,
        max_length=1_000,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json,.py,.txt"}),
    )

    reading: Reading
    note = ""

    def clean_text(self) -> str:
        """Refuse what is too long for a definition."""
        text: str = self.cleaned_data["text"]
        if len(text) > MOST_CHARACTERS:
            raise ValidationError("This is longer than a million characters; no definition is.")
        return text

    def clean_file(self) -> str:
        """Return the text of the file, blank if there is none."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > _MOST_BYTES:
            size = f"{(file.size or 0) / 1e6:.1f} MB"
            raise ValidationError(
                f"The file has {size}; a definition has 1 MB at most. A table of runs has a "
                "page of its own."
            )
        return self._decoded(file.read())

    def clean(self) -> dict[str, Any]:
        """Read the definition; a file counts before the text."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        where = "file" if cleaned.get("file") else "text"
        self.reading = read_definition(cleaned[where])
        if self.reading.draft is None:
            self.add_error(where, list(self.reading.problems))
        return cleaned

    @property
    def notices(self) -> list[str]:
        """What to say above the form that is filled in."""
        lead = f"Read as {self.reading.understood_as}. Look it over before you create it."
        return [lead, *([self.note] if self.note else []), *self.reading.problems]

    def _decoded(self, content: bytes) -> str:
        """Turn bytes into text; those that are no UTF-8 are taken for Latin-1, which is said."""
        encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8-sig")
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            self.note = "The file is not in UTF-8: it was read as Latin-1. Check special letters."
            return content.decode("latin-1")
