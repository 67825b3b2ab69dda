"""A whole experiment that somebody uploads, or pastes; and the button that restores it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from experiments.archiving.archive import Archive, NotAnArchive
from experiments.archiving.contents import Source, mapped
from experiments.archiving.reader import read_archive
from experiments.models import Team

MOST_BYTES = 750_000_000
"""As much as the files of an experiment can have, in base64, and all else that is read."""


class TeamForm(forms.Form):
    """The team that the experiment is to belong to."""

    use_required_attribute = False

    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label=None)

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.filter(pk__in=[team.pk for team in teams]).order_by("name")
        field.initial = teams[0].pk


class RestoreForm(TeamForm):
    """The button of the preview: the key of the upload that it shows."""

    key = forms.UUIDField()


class ArchiveForm(TeamForm):
    """Text or a file, and a team; once it is valid, ``archive`` is what was read of ``source``."""

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        max_length=1_000,
        help_text=f"Up to {MOST_BYTES // 10**6} MB.",
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )
    text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        help_text="Up to 10 MB; larger ones as a file.",
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "class": "num"}
        ),
    )
    field_order = ("file", "text", "team")

    archive: Archive
    source: Source = b""

    def clean(self) -> dict[str, Any]:
        """Read the experiment; a file counts before the text."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        file: UploadedFile | None = cleaned.get("file")
        try:
            self.source = _bytes(file) if file else cleaned["text"].encode("utf-8", "replace")
            if not self.source[:1_000].strip():
                raise NotAnArchive(["Choose a file that was exported from AxDash, or paste it."])
            self.archive = read_archive(self.source)
        except NotAnArchive as problem:
            self.add_error("file" if file else "text", problem.problems)
        return cleaned


def _bytes(file: UploadedFile) -> Source:
    """Return the bytes of an upload; those of a large one stay on the disk."""
    if (file.size or 0) > MOST_BYTES:
        size = f"{(file.size or 0) / 1e6:.1f} MB"
        raise NotAnArchive([f"The file has {size}; at most {MOST_BYTES // 10**6} MB can be read."])
    if isinstance(file, TemporaryUploadedFile) and file.size:
        with open(file.temporary_file_path(), "rb") as opened:
            return mapped(opened)
    return file.read()
