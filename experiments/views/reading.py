"""What AxDash reads in a result that is being typed."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from experiments.formatting import format_number
from experiments.forms.measured import Measured, read_measured
from experiments.goal_words import with_unit
from experiments.models import Metric
from experiments.views.access import get_experiment

_LONGEST = 1000


@require_safe
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a text means as a result of one ``metric``; nothing as long as it means nothing.

    Errors and questions wait until the result is sent: half a number is no mistake.
    """
    experiment = get_experiment(request.user, pk)
    key = request.GET.get("metric", "")
    metric = next((each for each in experiment.metrics.all() if each.key == key), None)
    if metric is None:
        raise Http404
    answer = HttpResponse(_said(request.GET.get("text", ""), metric), content_type="text/plain")
    answer["Cache-Control"] = "no-store"
    return answer


def _said(text: str, metric: Metric) -> str:
    if len(text) > _LONGEST or not text.strip():
        return ""
    try:
        return _in_words(read_measured(text, metric.unit), metric)
    except ValidationError:
        return ""


def _in_words(measured: Measured, metric: Metric) -> str:
    if not measured.raw:
        return f"= {format_number(measured.mean, 12)}{' ' * bool(metric.unit)}{metric.unit}"
    mean = with_unit(measured.mean, metric.unit)
    return f"= {mean} ± {format_number(measured.sem or 0.0, 2)}, of {len(measured.raw)}"
