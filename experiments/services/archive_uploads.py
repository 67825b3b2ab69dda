"""Archives that somebody has uploaded: kept for an hour, between the preview and the button."""

import uuid
from datetime import timedelta
from tempfile import TemporaryFile

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from experiments.archiving.contents import Source, mapped
from experiments.models import ArchivePiece, ArchiveUpload, Experiment, Team

KEPT = timedelta(hours=1)
_MOST_KEPT = 2
_PIECE = 1_000_000
"""Bytes."""


@transaction.atomic
def store(source: Source, *, by: User) -> ArchiveUpload:
    """Keep what somebody has uploaded; of what they uploaded before, only the newest."""
    purge()
    kept = ArchiveUpload.objects.filter(user=by).order_by("-pk")[: _MOST_KEPT - 1]
    ArchiveUpload.objects.filter(user=by).exclude(
        pk__in=[*kept.values_list("pk", flat=True)]
    ).delete()
    upload = ArchiveUpload.objects.create(user=by, size=len(source))
    for position, start in enumerate(range(0, len(source), _PIECE)):
        ArchivePiece.objects.create(
            upload=upload, position=position, content=source[start : start + _PIECE]
        )
    return upload


def find(key: uuid.UUID, *, by: User) -> ArchiveUpload | None:
    """Return what the person has uploaded in the last hour."""
    since = timezone.now() - KEPT
    return ArchiveUpload.objects.filter(key=key, user=by, created_at__gte=since).first()


def source_of(upload: ArchiveUpload) -> Source:
    """Return the bytes of an upload, in a file that is gone once nobody has them."""
    with TemporaryFile() as file:
        pieces = upload.pieces.order_by("position").values_list("pk", flat=True)
        for pk in pieces:
            file.write(ArchivePiece.objects.values_list("content", flat=True).get(pk=pk))
        file.flush()
        return mapped(file)


def creation_key(key: uuid.UUID, team: Team) -> uuid.UUID:
    """Name the act of restoring an upload in a team: sent twice, it is one."""
    return uuid.uuid5(key, str(team.pk))


def made_of(key: uuid.UUID, team: Team, *, by: User) -> Experiment | None:
    """Return the experiment that was made of an upload, if it was restored already."""
    made = Experiment.objects.filter(creation_key=creation_key(key, team), created_by=by)
    return made.first()


def forget(upload: ArchiveUpload) -> None:
    """Remove an upload that is needed no more."""
    upload.delete()


def purge() -> None:
    """Remove the uploads that nobody went on with."""
    ArchiveUpload.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
