"""Teams and who belongs to them in which role."""

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """What a member may do; each role may do all that those before it may."""

    VIEWER = "viewer", "Viewer: reads"
    RUNNER = "runner", "Runner: takes suggestions and enters results"
    EDITOR = "editor", "Editor: defines experiments"
    OWNER = "owner", "Owner: manages the team"

    @property
    def rank(self) -> int:
        """Return the role's place in the order, 0 for the least."""
        return list(Role).index(self)


class Team(models.Model):
    """A group of people that shares experiments."""

    name = models.CharField(max_length=200)
    members: models.ManyToManyField = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {self.role}"
