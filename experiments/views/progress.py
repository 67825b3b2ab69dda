"""How far a long act is: asked for by the page that waits for its answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from experiments.services import progress
from experiments.views.access import signed_in

_NO_CONTENT = 204

View = Callable[..., HttpResponse]


def followed(view: View) -> View:
    """Let the acts of a view say how far they are, under the key that its form sends along."""

    @wraps(view)
    def following(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.POST.get("progress", "")
        if not key:
            return view(request, *args, **kwargs)
        with progress.followed(signed_in(request).pk, key):
            return view(request, *args, **kwargs)

    return following


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Say how far the person's act with the key ``of`` is; nothing where none is under way."""
    found = progress.read(signed_in(request).pk, request.GET.get("of", ""))
    if found is None:
        return HttpResponse(status=_NO_CONTENT)
    return JsonResponse({"share": round(found.share, 3), "words": str(found)})
