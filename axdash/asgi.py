"""The web side for any ASGI server."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axdash.settings")

application = get_asgi_application()

# What is loaded by now stays: looking through it for garbage would take a fifth of the time that
# the pages of ten thousand trials take.
gc.collect()
gc.freeze()
