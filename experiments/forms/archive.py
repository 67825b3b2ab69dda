"""A whole experiment that somebody uploads, or pastes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from experiments.archive import Archive, NotAnArchive, read_archive
from experiments.models import Team

MOST_BYTES = 10_000_000


class ArchiveForm(forms.Form):
    """Text or a file, and a team; once it is valid, ``archive`` is what was read of ``source``."""

    use_required_attribute = False

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        max_length=1_000,
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )
    text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "class": "num"}
        ),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label=None)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput())

    archive: Archive
    source = ""

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.filter(pk__in=[team.pk for team in teams]).order_by("name")
        field.initial = teams[0].pk

    def clean(self) -> dict[str, Any]:
        """Read the experiment; a file counts before the text."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        file: UploadedFile | None = cleaned.get("file")
        where = "file" if file else "text"
        try:
            self.source = _decoded(file) if file else cleaned["text"].replace("\r\n", "\n")
            if not self.source.strip():
                raise NotAnArchive(["Choose a file that was exported from AxDash, or paste it."])
            self.archive = read_archive(self.source)
        except NotAnArchive as problem:
            self.add_error(where, problem.problems)
        return cleaned


def _decoded(file: UploadedFile) -> str:
    if (file.size or 0) > MOST_BYTES:
        size = f"{(file.size or 0) / 1e6:.1f} MB"
        raise NotAnArchive([f"The file has {size}; at most 10 MB can be read."])
    try:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise NotAnArchive(["The file is not in UTF-8, which an export always is."]) from None
