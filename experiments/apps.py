"""Django's entry to this application."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """Experiments: their rows, their pages, their optimizer."""

    name = "experiments"

    def ready(self) -> None:
        """Give each new account, wherever it is made, a team of its own."""
        from django.conf import settings
        from django.db.models.signals import post_save

        from experiments.services.accounts import give_team

        post_save.connect(give_team, sender=settings.AUTH_USER_MODEL, dispatch_uid="give_team")
