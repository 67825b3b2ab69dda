"""The addresses of experiments and their trials."""

from django.urls import path

from experiments.views import (
    definition_history,
    edit,
    events,
    experiments,
    export,
    insights,
    lifecycle,
    listing,
    new,
    preview,
    starts,
    suggestions,
    tables,
    trial_page,
    trials,
)

app_name = "experiments"

_TRIAL = "experiments/<int:pk>/trials/<int:number>/"
_TABLE = "experiments/tables/<uuid:key>/"

urlpatterns = [
    path("", listing.experiment_list, name="list"),
    path("experiments/new/", new.new, name="new"),
    path("experiments/start/", starts.start, name="start"),
    path("experiments/start/<slug:slug>/", starts.template, name="template"),
    path("experiments/copy/", starts.pick, name="pick"),
    path("experiments/paste/", starts.paste, name="paste"),
    path("experiments/example/", new.example, name="example"),
    path("experiments/new/preview/", preview.preview, name="preview"),
    path("experiments/new/samples/<slug:digest>/", preview.drawn, name="samples"),
    path("experiments/tables/", tables.table, name="table"),
    path(_TABLE, tables.columns, name="table_columns"),
    path(f"{_TABLE}definition/", tables.definition, name="table_definition"),
    path(f"{_TABLE}left-out/", tables.rejected, name="table_rejected"),
    path(f"{_TABLE}left-out.csv", tables.rejected_csv, name="table_rejected_csv"),
    path("experiments/<int:pk>/", experiments.detail, name="detail"),
    path("experiments/<int:pk>/copy/", starts.copy, name="copy"),
    path("experiments/<int:pk>/definition.json", export.definition, name="export"),
    path("experiments/<int:pk>/live/", experiments.live, name="live"),
    path("experiments/<int:pk>/insights/", insights.insights, name="insights"),
    path("experiments/<int:pk>/insights/live/", insights.live, name="insights_live"),
    path("experiments/<int:pk>/events/", events.events, name="events"),
    path("experiments/deleted/", lifecycle.trash, name="trash"),
    path("experiments/<int:pk>/edit/", edit.edit, name="edit"),
    path("experiments/<int:pk>/definition/", definition_history.history, name="definition"),
    path(
        "experiments/<int:pk>/definition/<int:revision>/undo/",
        definition_history.undo,
        name="undo_definition",
    ),
    path("experiments/<int:pk>/status/", lifecycle.status, name="status"),
    path("experiments/<int:pk>/name/", lifecycle.name, name="name"),
    path("experiments/<int:pk>/tags/", lifecycle.tags, name="tags"),
    path("experiments/<int:pk>/notes/", lifecycle.notes, name="notes"),
    path("experiments/<int:pk>/notes/preview/", lifecycle.preview, name="notes_preview"),
    path("experiments/<int:pk>/delete/", lifecycle.delete, name="delete"),
    path("experiments/<int:pk>/restore/", lifecycle.restore, name="restore"),
    path("experiments/<int:pk>/take-back/<int:revision>/", lifecycle.take_back, name="take_back"),
    path("experiments/<int:pk>/suggestions/", suggestions.request, name="suggestions"),
    path("experiments/<int:pk>/suggestions/older/", suggestions.take_older, name="older"),
    path("experiments/<int:pk>/suggestions/cancel/", suggestions.cancel, name="cancel"),
    path("experiments/<int:pk>/suggestions/retry/", suggestions.retry, name="retry"),
    path(_TRIAL, trial_page.trial, name="trial"),
    path(f"{_TRIAL}complete/", trials.complete, name="complete"),
    path(f"{_TRIAL}correct/", trials.correct, name="correct"),
    path(f"{_TRIAL}fail/", trials.fail, name="fail"),
    path(f"{_TRIAL}abandon/", trials.abandon, name="abandon"),
    path(f"{_TRIAL}explain/", trials.explain, name="explain"),
    path(f"{_TRIAL}reopen/", trials.reopen, name="reopen"),
]
