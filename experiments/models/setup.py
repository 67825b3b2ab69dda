"""The one-time link that makes the first account."""

import hashlib

from django.db import models


class SetupToken(models.Model):
    """The hash of the token in the newest set-up link; gone once the first account exists."""

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Set-up link of {self.created_at:%Y-%m-%d %H:%M}"

    @staticmethod
    def digest_of(token: str) -> str:
        """Return the SHA-256 of a token: the token itself is random, so no salt is needed."""
        return hashlib.sha256(token.encode()).hexdigest()
