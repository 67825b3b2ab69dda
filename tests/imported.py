"""Tables that are imported through the service, as the pages do."""

from django.contrib.auth.models import User

from experiments.models import Change, Experiment, TableUpload
from experiments.services import importing, tables
from experiments.tables.reading import read


def points(count: int) -> str:
    """Return a table of so many results of the experiment of ``make_experiment``."""
    return "x1,x2,booth\n" + "".join(f"{n / 1000},{-n / 1000},{n}\n" for n in range(count))


def paste(text: str, user: User) -> TableUpload:
    return tables.store(text=text, table=read(text), encoding="", name="", by=user)


def apply(experiment: Experiment, upload: TableUpload, user: User) -> Change | None:
    """Import a table as it comes out now."""
    digest = importing.plan(experiment, upload).digest
    return importing.apply(experiment, upload, digest=digest, by=user)
