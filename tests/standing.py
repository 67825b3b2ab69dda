"""What acts on an experiment as a whole can change, to be compared before and after."""

from typing import Any

from experiments.models import Experiment
from experiments.services.decisions import current_choice


def standing(experiment: Experiment) -> dict[str, Any]:
    """Return all that is not of one trial, as it is now, by what it is."""
    now = Experiment.objects.get(pk=experiment.pk)
    choice = current_choice(now)
    return {
        "status": now.status,
        "notes": now.notes,
        "command": now.command,
        "cost": (now.trial_cost, now.trial_cost_unit),
        "choice": choice
        and (choice.trial.number, choice.reason, choice.chosen_by, choice.chosen_at),
        "definition": now.definition,
        "sources": [row.is_active for row in now.auxiliary_sources.all()],
        "conclusions": [each.number for each in now.conclusions.filter(withdrawn_at=None)],
        "trials": [trial.status for trial in now.trials.all()],
    }
