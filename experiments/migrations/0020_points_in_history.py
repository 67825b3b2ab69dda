"""Changes keep the points of learning curves that differ, no longer the whole curves."""

from django.db import migrations


def keep_points(apps, schema_editor):
    """Rewrite each change that names whole curves; a step alone says that there is no point."""
    changes = apps.get_model("experiments", "Change").objects
    kinds = ["curve_entered", "trials_undone"]
    for change in changes.filter(kind__in=kinds).order_by("pk").iterator(chunk_size=100):
        later = change.after.get("states", {})
        numbers = [number for number, state in later.items() if "curves" in state]
        for number in numbers:
            was, now = change.before["states"][number], later[number]
            was["points"], now["points"] = _differing(was.pop("curves"), now.pop("curves"))
        if numbers:
            change.save(update_fields=["before", "after"])


def _differing(before, after):
    was, now = {}, {}
    for key in {**before, **after}:
        old, new = ({point[0]: point for point in each.get(key, [])} for each in (before, after))
        steps = [step for step in sorted({*old, *new}) if old.get(step) != new.get(step)]
        was[key] = [old.get(step, [step]) for step in steps]
        now[key] = [new.get(step, [step]) for step in steps]
    return was, now


class Migration(migrations.Migration):
    """Only rows change."""

    dependencies = [("experiments", "0019_ax_snapshots")]

    operations = [migrations.RunPython(keep_points, migrations.RunPython.noop)]
