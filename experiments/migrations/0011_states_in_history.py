"""Changes of trials told what they changed in a form of their own; now each can be taken back."""

from datetime import timedelta

from django.db import migrations

ACTS = (
    "trial_completed",
    "trial_failed",
    "trial_abandoned",
    "trial_corrected",
    "trial_reopened",
)
TAKEN = ("suggestions_taken", "trial_added")


def rewrite(apps, schema_editor):
    """Rewrite the changes of each experiment, oldest first."""
    for experiment in apps.get_model("experiments", "Experiment").objects.order_by("pk").iterator():
        _rewrite(apps, experiment)


def _rewrite(apps, experiment):
    trials = {
        trial.number: trial
        for trial in apps.get_model("experiments", "Trial").objects.filter(experiment=experiment)
    }
    ended = {}
    changes = apps.get_model("experiments", "Change").objects.filter(experiment=experiment)
    for change in changes.order_by("revision").iterator():
        if change.kind in TAKEN:
            _created(change, trials)
        elif change.kind in ACTS and "values" in change.after:
            _acted(change, ended, trials)
        elif change.trial_id:
            numbers = [n for n, trial in trials.items() if trial.pk == change.trial_id]
            change.trial_numbers = numbers
        else:
            continue
        change.save(update_fields=["trial_numbers", "before", "after"])


def _created(change, trials):
    numbers = [number for number in change.after.get("trials", []) if number in trials]
    change.trial_numbers = numbers
    change.before = {"states": {str(number): {"exists": False} for number in numbers}}
    change.after = {
        "states": {
            str(number): {
                "exists": True,
                "parameters": trials[number].parameters,
                "taken_by": trials[number].taken_by_id,
            }
            for number in numbers
        }
    }


def _acted(change, ended, trials):
    """Tell the fields that differ; who ended the trial and when follow from the changes."""
    number = change.after["trial"]
    before, after = _state(change.before), _state(change.after)
    nobody = {"finished_at": None, "finished_by": None}
    before |= ended.get(number, nobody)
    if after["status"] == before["status"]:
        after |= ended.get(number, nobody)
    elif after["status"] == "running":
        after |= nobody
    else:
        after |= _ending(change, trials.get(number))
    ended[number] = {field: after[field] for field in nobody}
    changed = [field for field in after if before[field] != after[field]]
    change.trial_numbers = [number]
    change.before = {"states": {str(number): {field: before[field] for field in changed}}}
    change.after = {"states": {str(number): {field: after[field] for field in changed}}}


def _ending(change, trial):
    """Who ended the trial and when: as the trial has it, if this is the change that ended it."""
    if trial and trial.finished_at:
        if abs(trial.finished_at - change.created_at) < timedelta(seconds=10):
            return {
                "finished_at": trial.finished_at.isoformat(),
                "finished_by": trial.finished_by_id,
            }
    return {"finished_at": change.created_at.isoformat(), "finished_by": change.user_id}


def _state(side):
    return {
        "status": side["status"],
        "reason": side["reason"],
        "results": side["values"],
    }


class Migration(migrations.Migration):
    """Only rows change."""

    dependencies = [("experiments", "0010_trial_states")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop)]
