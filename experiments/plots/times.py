"""Times on an axis. Plotly knows no time zones: it gets local times, and the axis says whose."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone


def time_axis() -> dict[str, Any]:
    """Return an axis of times in the current time zone, which its title names."""
    return {"type": "date", "title": {"text": f"time ({timezone.get_current_timezone_name()})"}}


def local_time(moment: datetime) -> str:
    """Write a moment as the clocks of the current time zone show it."""
    return timezone.make_naive(moment).isoformat(timespec="milliseconds")


def local_milliseconds(moment: datetime) -> float:
    """Return the same as milliseconds since the clocks showed the beginning of 1970."""
    local = moment.astimezone(timezone.get_current_timezone())
    return float(round(local.replace(tzinfo=UTC).timestamp() * 1000))
