"""The addresses of experiments and their trials."""

from django.urls import path

from experiments.views import events, experiments, new, suggestions, trials

app_name = "experiments"

_TRIAL = "experiments/<int:pk>/trials/<int:number>/"

urlpatterns = [
    path("", experiments.experiment_list, name="list"),
    path("experiments/new/", new.new, name="new"),
    path("experiments/example/", new.example, name="example"),
    path("experiments/new/preview/", new.preview, name="preview"),
    path("experiments/<int:pk>/", experiments.detail, name="detail"),
    path("experiments/<int:pk>/live/", experiments.live, name="live"),
    path("experiments/<int:pk>/events/", events.events, name="events"),
    path("experiments/<int:pk>/suggestions/", suggestions.request, name="suggestions"),
    path("experiments/<int:pk>/suggestions/older/", suggestions.take_older, name="older"),
    path("experiments/<int:pk>/suggestions/cancel/", suggestions.cancel, name="cancel"),
    path("experiments/<int:pk>/suggestions/retry/", suggestions.retry, name="retry"),
    path(f"{_TRIAL}complete/", trials.complete, name="complete"),
    path(f"{_TRIAL}correct/", trials.correct, name="correct"),
    path(f"{_TRIAL}fail/", trials.fail, name="fail"),
    path(f"{_TRIAL}abandon/", trials.abandon, name="abandon"),
    path(f"{_TRIAL}explain/", trials.explain, name="explain"),
    path(f"{_TRIAL}reopen/", trials.reopen, name="reopen"),
]
