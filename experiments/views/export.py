"""Definitions as files."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from experiments.services.copies import exported
from experiments.views.access import get_experiment


@require_safe
def definition(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an experiment's definition as JSON, which can be pasted to start another one."""
    experiment = get_experiment(request.user, pk)
    text = json.dumps(exported(experiment), ensure_ascii=False, indent=2)
    name = slugify(experiment.name)[:80] or f"experiment-{experiment.pk}"
    return HttpResponse(
        f"{text}\n",
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "Cache-Control": "no-store",
        },
    )
