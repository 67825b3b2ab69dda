from django.db import migrations, models

STRIPPED = """
UPDATE experiments_change SET after = after - 'undone' - 'undone_kind' WHERE undoes IS NOT NULL
"""


def tell_from_json(apps, schema_editor):
    """Move what a change took back from its JSON into columns; an undo of an undo is a redo."""
    changes = apps.get_model("experiments", "Change").objects
    acts = {}
    rows = changes.filter(after__has_key="undone").order_by("experiment", "revision")
    for pk, experiment, revision, undone in rows.values_list(
        "pk", "experiment", "revision", "after__undone"
    ):
        act, was_redo = acts.get((experiment, undone), (undone, True))
        acts[experiment, revision] = (act, not was_redo)
        changes.filter(pk=pk).update(undoes=act, is_redo=not was_redo)
    schema_editor.execute(STRIPPED)


class Migration(migrations.Migration):

    dependencies = [
        ('experiments', '0020_points_in_history'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='undoes',
            field=models.PositiveIntegerField(help_text='The revision of the act that this takes back, or does again.', null=True),
        ),
        migrations.AddField(
            model_name='change',
            name='is_redo',
            field=models.BooleanField(default=False, help_text='It does the act again that had been taken back.'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('undoes__isnull', False)), fields=['experiment', 'undoes'], name='change_by_undone'),
        ),
        migrations.RunPython(tell_from_json, migrations.RunPython.noop),
    ]
