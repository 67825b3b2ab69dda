"""What waits, for an hour or a day, for a definition that is not saved yet."""

import uuid

from django.conf import settings
from django.db import models


class SamplePreview(models.Model):
    """Points that the optimizer would explore first in a space that somebody is defining.

    ``digest`` identifies ``document`` (a definition, as ``documents`` writes it); ``points`` are
    lists of values by the document's order of parameters, filled in by a worker.
    """

    digest = models.CharField(max_length=64, unique=True)
    document = models.JSONField()
    points = models.JSONField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Sample {self.digest[:8]}"


class TableUpload(models.Model):
    """A table of runs that somebody has pasted or uploaded: texts only, as they stand there."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    header = models.JSONField()
    rows = models.JSONField()
    reading = models.JSONField(default=dict, help_text="How the text was read, and the columns.")
    file = models.BinaryField(null=True, help_text="A spreadsheet of which other sheets are kept.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or f"Table of {len(self.rows)} rows"


class ArchiveUpload(models.Model):
    """A whole experiment that somebody has uploaded, between its preview and the button.

    Its bytes are in pieces, so that nobody has to hold all of them in memory.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Archive of {self.size} bytes"


class ArchivePiece(models.Model):
    """Some of the bytes of an upload, by their place."""

    upload = models.ForeignKey(ArchiveUpload, on_delete=models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="archive_piece_once"),
        ]

    def __str__(self) -> str:
        return f"Piece {self.position} of {self.upload}"
