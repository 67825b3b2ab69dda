"""The files of a trial as its page shows them."""

from dataclasses import dataclass

from django.db.models import BinaryField, F
from django.db.models.functions import Greatest, Substr

from experiments.file_types import IMAGE_TYPES, TEXT, is_lying, tail_of
from experiments.models import Trial, TrialFile

TAIL = 4_000
"""Bytes of the end of a text that the page shows."""


@dataclass(frozen=True)
class ShownFile:
    """A file, and the end of what it says if it is a text."""

    file: TrialFile
    tail: str

    @property
    def is_honest(self) -> bool:
        """Whether it is what its name says."""
        return not is_lying(self.file.name, self.file.content_type)

    @property
    def is_image(self) -> bool:
        """Whether it is drawn where it is listed."""
        return self.is_honest and self.file.content_type in IMAGE_TYPES

    @property
    def is_cut(self) -> bool:
        """Whether only the end of a text is shown."""
        return self.file.size > TAIL


def shown_files(trial: Trial) -> list[ShownFile]:
    """Return a trial's files, oldest first; of texts, only the end is read."""
    there = trial.files.filter(removed_at=None).defer("content")
    texts = there.filter(content_type=TEXT)
    start = Greatest(F("size") - (TAIL - 1), 1)
    ends = texts.values_list("pk", Substr("content", start, output_field=BinaryField()))
    tails = {pk: bytes(end) for pk, end in ends}
    return [
        ShownFile(file, tail_of(tails.get(file.pk, b""), is_cut=file.size > TAIL)) for file in there
    ]
