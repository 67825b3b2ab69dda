"""The web side for any ASGI server."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axdash.settings")

application = get_asgi_application()

# What is loaded by now stays, and a page of ten thousand trials makes many objects that go at once:
# looking for garbage all the time would take a fifth of such a request.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
