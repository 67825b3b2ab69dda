"""What is said after an experiment was created with trials from elsewhere."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from experiments.services import tables
from experiments.services.sources import Brought

_MOST_REASONS = 5


def tell(request: HttpRequest, source: str, brought: Brought) -> None:
    """Leave a message about how many trials came along, and where to see the rows that did not.

    Of experiments that the model learns from, the experiment's page tells.
    """
    if not brought.trials and not brought.rejected:
        return
    count = len(brought.trials)
    words = "1 trial came along" if count == 1 else f"{count} trials came along"
    if brought.outside:
        words += f", {brought.outside} of them outside the search space: the model learns from them"
    if not brought.rejected:
        messages.success(request, f"{words}.")
        return
    left = len(brought.rejected)
    left_out = "1 row was left out" if left == 1 else f"{left} rows were left out"
    kind, _, reference = source.partition(":")
    if kind != tables.KIND:
        messages.warning(request, f"{words}. {_reasons(left_out, brought)}")
        return
    url = reverse("experiments:table_rejected", args=[reference])
    text = '{}. {}: <a href="{}">see which ones, and why</a>.'
    messages.warning(request, format_html(text, words, left_out, url))


def _reasons(left_out: str, brought: Brought) -> str:
    """Say which trials were left out and why; of many, the first ones."""
    shown = [f"{row.in_words}: {row.reason}" for row in brought.rejected[:_MOST_REASONS]]
    more = ["…"] if len(brought.rejected) > _MOST_REASONS else []
    return " ".join([f"{left_out.replace('row', 'trial')}.", *shown, *more])
