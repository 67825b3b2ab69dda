"""An experiment with something of everything, and archives of it."""

import json
import uuid
from dataclasses import replace
from datetime import date

from experiments.archiving.reader import read_archive
from experiments.curves import Point, version_of
from experiments.domain import (
    Condition,
    GenerationNode,
    MetricRole,
    Outlook,
    ParameterKind,
    ParameterSpec,
    Prediction,
    Relation,
    Result,
    ValueType,
)
from experiments.drafts import ParameterDraft
from experiments.known import Choice, Taken
from experiments.models import Experiment, Suggestion, Trial, TrialOrigin
from experiments.services import (
    archives,
    auxiliary,
    curves,
    decisions,
    editing,
    experiments,
    importing,
    lifecycle,
    restoring,
    suggestions,
    tables,
    trial_details,
    trial_files,
    trials,
    undoing,
)
from experiments.tables.reading import read
from tests.factories import (
    finish,
    float_range,
    make_experiment,
    make_measured,
    metric,
    store_ready,
    take,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def rich(ada) -> Experiment:
    """An experiment with a definition of every kind, and a few trials."""
    made = make_measured(
        ada,
        metric("loss", unit="%"),
        metric("cost", role=MetricRole.CONSTRAINT, relation=Relation.AT_MOST, bound=3.0),
        metric("memory", role=MetricRole.TRACKED),
        name="Größe / “rich”",
        parameters=(
            ParameterDraft(name="x", spec=float_range(0.0, 1e22, key="a")),
            ParameterDraft(
                name="kind",
                spec=ParameterSpec(
                    key="b", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT,
                    values=("é", "<b>"),
                ),
            ),
            ParameterDraft(
                name="deep",
                spec=float_range(0.0, 1.0, key="c", condition=Condition("b", ("é",))),
            ),
        ),
        tags=("tag",),
    )  # fmt: skip
    lifecycle.set_command(made, template="run {x}", by=ada)
    lifecycle.edit_notes(
        made, notes="**notes**\n</textarea>", seen=lifecycle.fingerprint(made.notes), by=ada
    )
    runs = take(made, ada, (1.0, "é", 0.5), (1e22, "<b>", 0.1), (3.0, "é", 0.1), (4.0, "é", 0.2))
    by_name = {each.name: each for each in made.metrics.all()}
    results = {
        by_name["loss"]: Result(1e22, 0.5, (1e22, 1e22)),
        by_name["cost"]: Result(0.1 + 0.2),
        by_name["memory"]: Result(7.0),
    }
    points = [Point(1.0, 2.5, 0.1), Point(2.0, 2.25, None)]
    curves.enter(runs[0], points={by_name["loss"]: points}, seen=version_of({}), by=ada)
    trials.complete(runs[0], values=results, by=ada)
    trials.fail(runs[1], reason="it broke", is_avoided=True, by=ada)
    trials.delete(runs[2], reason="a slip", by=ada)
    trial_details.tag([runs[3]], add=["later"], by=ada)
    made.refresh_from_db()
    return made


def full(ada, bob, conclude) -> Experiment:
    """The same with a past: two people, edits, an import, files, decisions, other experiments.

    ``conclude`` is called with the experiment, to conclude it as a person does.
    """
    source = make_experiment(ada, name="Source", parameters={"x": float_range(0.0, 1.0)})
    first = take(source, ada, (0.25,), (0.5,))[0]
    finish(first, ada, 0.25)
    made = experiments.create(
        draft=replace(rich(ada).definition, name="Full", seed=7),
        team=ada.teams.get(),
        by=ada,
        learns_from=Choice((Taken(source.pk, frozenset({1})),), only_inside=True, learns=True),
    )
    _run(made, ada, bob)
    copy = made.trials.get(number=5)
    Trial.objects.filter(pk=copy.pk).update(source=first, origin=TrialOrigin.COPIED)
    Suggestion.objects.filter(trial=copy).delete()
    _attach(made, ada, bob)
    _change_definition(made, ada)
    _import(made, ada)
    auxiliary.set_active(made, row=made.auxiliary_sources.get().pk, is_active=False, by=ada)
    best = made.trials.get(number=0)
    decisions.choose(best, reason="It is the best.", seen=0, by=ada)
    decisions.set_trial_cost(made, cost=1.5, unit="€", by=ada)
    lifecycle.rename(made, name="Full of it", by=ada)
    lifecycle.set_tags(made, tags=["one", "two"], by=ada)
    experiments.confirm_direction(made, by=ada)
    conclude(made)
    return Experiment.objects.get(pk=made.pk)


def _run(made: Experiment, ada, bob) -> None:
    by_name = {each.name: each for each in made.metrics.all()}
    loss, cost = by_name["loss"], by_name["cost"]
    for place in range(6):
        outlook = Outlook(
            results=place,
            best=0 if place else None,
            best_means={loss.key: 1.0} if place else {},
            limits={cost.key: (Relation.AT_MOST, 3.0)},
            better=0.25,
            elsewhere=((made.auxiliary_sources.get().source_id, 1),),
        )
        store_ready(
            made, (10.0 * place, "é", 0.5), node=GenerationNode.BOTORCH, acquisition_value=0.5,
            predictions=(Prediction(metric=loss.key, mean=1.0, sd=0.5, noise=0.1),),
            outlook=outlook,
        )  # fmt: skip
        by = bob if place % 2 else ada
        suggestions.request(made, wanted=1, key=uuid.uuid4(), by=by)
    runs = list(made.trials.all())
    trials.complete(runs[0], values={loss: Result(1.0, 0.1), cost: Result(2.0)}, by=ada)
    trials.complete(runs[1], values={loss: Result(2.0), cost: Result(2.0)}, by=bob)
    seen = {loss: Result(2.0), cost: Result(2.0)}
    trials.correct(runs[1], values=seen | {loss: Result(2.5)}, seen=seen, reason="typo", by=ada)
    change = trials.fail(runs[2], reason="it broke", by=bob)
    undoing.undo(made, revision=change.revision, by=ada)
    values = runs[2].parameters
    used = values | {key: 21.0 for key in values if values[key] == 20.0}
    trial_details.use(runs[2], values=used, seen=values, by=bob)
    points = [Point(1.0, 3.0, None), Point(2.0, 2.0, 0.5)]
    curves.enter(runs[3], points={loss: points}, seen=version_of({}), by=bob)
    trials.delete(runs[4], reason="a slip", by=bob)


def _attach(made: Experiment, ada, bob) -> None:
    run = made.trials.get(number=0)
    added = [trial_files.NewFile("plot.png", PNG), trial_files.NewFile("log.txt", b"line\n" * 40)]
    trial_files.add(run, files=added, by=ada)
    trial_files.remove(run, file=run.files.get(name="log.txt").pk, by=bob)
    trial_details.set_notes(run, notes="*seen*", seen="", by=bob)
    trial_details.set_links(run, links=[("https://example.org/1", "run")], by=ada)
    three = made.trials.get(number=3)
    trial_details.hand_over(three, to=bob, due_on=date(2031, 5, 3), by=ada)


def _change_definition(made: Experiment, ada) -> None:
    now = Experiment.objects.get(pk=made.pk)
    renamed = tuple(
        replace(each, name="depth" if each.name == "deep" else each.name)
        for each in now.definition.parameters
    )
    more = ParameterDraft(name="extra", spec=float_range(0.0, 1.0, key="n1", backfill=0.5))
    draft = replace(now.definition, parameters=(*renamed, more))
    editing.edit(now, draft=draft, base_revision=now.revision, by=ada, reason="clearer")
    now = Experiment.objects.get(pk=made.pk)
    gone = tuple(each for each in now.definition.parameters if each.name != "extra")
    draft = replace(now.definition, parameters=gone)
    editing.edit(now, draft=draft, base_revision=now.revision, by=ada, key=uuid.uuid4())


def _import(made: Experiment, ada) -> None:
    text = "x,kind,depth,the loss\n50,é,0.25,3\n60,é,0.75,4\n"
    upload = tables.store(text=text, table=read(text), encoding="", name="runs.csv", by=ada)
    loss = next(each for each in made.metrics.all() if each.name == "loss")
    uses, options = importing.settings_of(made, upload)
    importing.choose(made, upload, uses=[*uses[:3], f"metric:{loss.key}"], options=options)
    now = Experiment.objects.get(pk=made.pk)
    importing.apply(now, upload, digest=importing.plan(now, upload).digest, by=ada)


def text_of(experiment: Experiment, by) -> str:
    return archives.text_of(Experiment.objects.get(pk=experiment.pk), by=by)


def restored(text: str, by, key=None) -> Experiment:
    team = by.teams.order_by("pk")[0]
    made = restoring.restore(read_archive(text), team=team, key=key or uuid.uuid4(), by=by)
    return Experiment.objects.get(pk=made.pk)


def without_restoring(text: str) -> dict:
    """An archive without the newest change, by which the experiment was restored."""
    document = json.loads(text)
    document["revision"] -= document["history"][-1]["kind"] == "experiment_brought"
    if document["history"][-1]["kind"] == "experiment_brought":
        document["history"].pop()
    return document
