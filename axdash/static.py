"""Where static files come from: AxDash itself, Django, htmx, and plotly.js from its package."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

PLOTLY_JS = "plotly.min.js"


class PlotlyFinder(BaseFinder):
    """Finds ``plotly/plotly.min.js`` in the installed plotly package, so that versions match."""

    storage = FileSystemStorage(location=Path(plotly.__file__).parent / "package_data")
    storage.prefix = "plotly"  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file's place on the disk, or an empty list for any other path."""
        if path != f"plotly/{PLOTLY_JS}":
            return []
        found = self.storage.path(PLOTLY_JS)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Yield the one file that is served."""
        yield PLOTLY_JS, self.storage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed files where ``collectstatic`` ran; the plain sources where it did not."""

    def stored_name(self, name: str) -> str:
        """Return the name under which a file is served."""
        return super().stored_name(name) if self.hashed_files else name


class StaticMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise with whole bodies: under ASGI, Django would read its streams whole, and warn."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Answer a request for one file."""
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file as file:
                body = file.read()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
