"""Reading the changes of an experiment, with no more of each than is shown."""

import json
from collections.abc import Sequence
from copy import copy

from django.db import connection
from django.db.models import F, Func, QuerySet

from experiments.models import Change, Trial

SHOWN = 5
"""Of how many trials of a change that named very many the states are read."""
FEW = 50
"""The states of up to as many trials are read whole."""

_TRIMMED = """
SELECT trimmed.before, trimmed.after FROM experiments_change change,
LATERAL (SELECT change.before->'states' AS b, change.after->'states' AS a OFFSET 0) whole,
LATERAL (
    SELECT jsonb_object_agg(number, b->number) AS before,
           jsonb_object_agg(number, a->number) AS after
    FROM unnest(%s::text[]) AS number
) trimmed
WHERE change.id = %s
"""


def read(changes: "QuerySet[Change]", number: int | None = None) -> list[Change]:
    """Return changes, with who made them.

    An import can have changed ten thousand trials, which its change keeps in megabytes: of such a
    one ``before`` and ``after`` hold only the states of the first ``SHOWN`` trials, or of the one
    with the given ``number``.
    """
    found = list(changes.defer("before", "after").select_related("user"))
    few = [change.pk for change in found if len(change.trial_numbers) <= FEW]
    whole = Change.objects.filter(pk__in=few).values_list("pk", "before", "after")
    states = {pk: (before, after) for pk, before, after in whole}
    for change in found:
        if change.pk in states:
            change.before, change.after = states[change.pk]
        else:
            wanted = change.trial_numbers[:SHOWN] if number is None else [number]
            change.before, change.after = _trimmed(change, wanted)
    return found


def added_by(trial: Trial) -> Change | None:
    """Return the change that added a trial, with who made it; ``None`` if it came otherwise."""
    named = Change.objects.filter(
        experiment=trial.experiment_id, trial_numbers__contains=[trial.number]
    )
    return named.defer("before", "after").select_related("user").order_by("revision").first()


def narrowed(change: Change, numbers: Sequence[int]) -> Change:
    """Return a copy of a change of trials that holds the states of some of them alone."""
    found = copy(change)
    found.before, found.after = _trimmed(change, numbers) if numbers else ({}, {"states": {}})
    return found


def touched_since(change: Change, most: int) -> list[int]:
    """Return the trials of a change, by number, that later changes name too: the first ``most``."""
    later = Change.objects.filter(experiment=change.experiment_id, revision__gt=change.revision)
    named = later.order_by().annotate(number=Func(F("trial_numbers"), function="unnest"))
    numbers = set(named.values_list("number", flat=True).distinct())
    return sorted(numbers.intersection(change.trial_numbers))[:most]


def _trimmed(change: Change, numbers: Sequence[int]) -> tuple[dict[str, object], dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIMMED, [[str(number) for number in numbers], change.pk])
        before, after = map(json.loads, cursor.fetchone())
    return {"states": before}, {"states": after}
