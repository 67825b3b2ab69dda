"""Milliseconds and compressed bytes of the history: 10,000 trials, 20,000 changes.

Run as ``python -m bench.history``. One of the changes imported all trials; of the others, half
entered a result and half set a due date.
"""

from datetime import date

from bench.apart import run_inside
from bench.filling import MANY, make_many
from bench.many_trials import report

CHANGES = 20_000


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("history")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings
    from django.test import Client

    from tests.factories import make_user

    settings.ALLOWED_HOSTS = ["testserver"]
    user = make_user("bench")
    experiment = make_many(user)
    _fill(experiment, user)
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(user)
    address = f"{experiment.get_absolute_url()}history/"
    print(f"{f'{MANY:,} trials, {CHANGES:,} changes':40} "
          f"{'ms':>8} {'best':>8} {'worst':>8} {'gzip bytes':>12}")  # fmt: skip
    for what, query in {
        "the newest": "",
        "the oldest, with the import": f"page={CHANGES}",
        "of one trial": "trials=7",
        "of a hundred trials": "trials=100-199",
        "of one person, of one kind": f"person={user.pk}&kind=results",
        "imports": "kind=new",
        "of one day": "since=2020-01-01&until=2020-01-02",
        "with a word": "q=smoke",
    }.items():
        report(what, lambda q=query: client.get(f"{address}?{q}"))  # type: ignore[misc]
    report("what an open page asks for", lambda: client.get(f"{address}live/"))


def _fill(experiment, user) -> None:  # type: ignore[no-untyped-def]
    """Write changes as acts keep them, straight into the table."""
    from experiments.models import Change, ChangeKind

    metric = experiment.metrics.first().key
    day = date(2031, 5, 1).isoformat()
    acts = (
        (
            ChangeKind.TRIAL_CORRECTED,
            {"results": {metric: {"mean": 0.231, "sem": None}}},
            {"results": {metric: {"mean": 0.213, "sem": None}}},
        ),
        (ChangeKind.TRIAL_DUE, {"due_on": None}, {"due_on": day}),
    )
    first = experiment.revision + 1
    rows = []
    for place in range(CHANGES - 2):
        kind, before, after = acts[place % 2]
        number = place // 2 % MANY
        rows.append(
            Change(
                experiment=experiment, revision=first + place, kind=kind, user=user,
                trial_numbers=[number], before={"states": {number: before}},
                after={"states": {number: after}}, is_model_change=place % 2 == 0,
            )
        )  # fmt: skip
    Change.objects.bulk_create(rows, batch_size=2_000)
    experiment.revision = first + len(rows) - 1
    experiment.save(update_fields=["revision"])


if __name__ == "__main__":
    main()
