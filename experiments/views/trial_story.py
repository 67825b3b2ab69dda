"""What happened to one trial, in lines that people can read."""

from django.contrib.auth.models import User

from experiments.models import Trial
from experiments.services import history
from experiments.views.told import Teller, Told

MOST = 200
"""How many acts the page of a trial shows; the history shows all."""


def story_of(trial: Trial, by: User) -> list[Told]:
    """Return what happened to a trial, newest first, as one person may know it."""
    named = trial.experiment.changes.filter(trial_numbers__contains=[trial.number])
    changes = history.read(named[:MOST], trial.number)
    teller = Teller(trial.experiment, changes, by)
    return [teller.tell(change, trial.number) for change in changes]
