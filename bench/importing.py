"""Seconds to import 10,000 rows into an experiment: reading, the look at the rows, import, undo.

Run as ``python -m bench.importing``. One in twenty rows cannot be used. The second import is into
the 10,000 trials of the first, and corrects each result.
"""

import random
import time

from bench.apart import run_inside

ROWS = 10_000


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("importing")


def inside() -> None:
    """Measure where Django is set up."""
    from tests.factories import make_experiment, make_user

    user = make_user("bench")
    experiment = make_experiment(user)
    draw = random.Random(1)
    points = [
        (round(draw.uniform(-10, 10), 6), round(draw.uniform(-10, 10), 6)) for _ in range(ROWS)
    ]
    for what in ("new trials", "corrections"):
        lines = [
            f"{x1},{x2},{'bad' if place % 20 == 0 else draw.random()}"
            for place, (x1, x2) in enumerate(points)
        ]
        _import(what, experiment, user, "x1,x2,booth\n" + "\n".join(lines))


def _import(what: str, experiment, user, text: str) -> None:  # type: ignore[no-untyped-def]
    from experiments.services import importing, progress, tables, undoing
    from experiments.tables.reading import read

    experiment.refresh_from_db()
    start = time.perf_counter()
    table = read(text)
    upload = tables.store(text=text, table=table, encoding="", name="", by=user)
    was_read = time.perf_counter()
    plan = importing.plan(experiment, upload)
    planned = time.perf_counter()
    with progress.followed(user.pk, "bench"):  # As a page does that shows how far it is.
        change = importing.apply(experiment, upload, digest=plan.digest, by=user)
    imported = time.perf_counter()
    assert change is not None
    if what == "corrections":
        with progress.followed(user.pk, "bench"):
            undoing.undo(experiment, revision=change.revision, by=user)
    undone = time.perf_counter()
    counts = ", ".join(f"{count} {kind}" for kind, count in plan.counts.items())
    print(f"{what}: {counts}")
    for step, seconds in (
        ("reading", was_read - start),
        ("the look at the rows", planned - was_read),
        ("the import", imported - planned),
        ("undo", undone - imported),
    ):
        print(f"  {step:24} {seconds:6.1f} s")


if __name__ == "__main__":
    main()
