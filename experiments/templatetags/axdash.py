"""How values, people and times are written on the pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.contrib.messages.storage.base import Message
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from experiments.formatting import Shown, format_number, format_parameter, format_value
from experiments.models import Change

register = template.Library()

_TOLD = '{} <span class="muted" title="A user name in a file that was restored">(file)</span>'


@register.filter
def number(value: object) -> SafeString:
    """Write a value in few digits, the full one on hover."""
    return _with_full(format_value(value), value)


@register.filter
def few(value: float) -> str:
    """Write a number of which nobody wants to know more than two digits."""
    return format_number(value, 2)


@register.filter
def shown(value: object, parameter: Shown) -> SafeString:
    """Write a parameter's value as the parameter is shown, the full one on hover."""
    return _with_full(format_parameter(value, parameter), value)


def _with_full(short: str, value: object) -> SafeString:
    if not isinstance(value, float) or float(short) == value:
        return format_html("{}", short)
    return format_html('<span title="{}">{}</span>', repr(value), short)


@register.simple_tag
def parameter_cell(row: Any, column: Any) -> SafeString:
    """Write a parameter’s value in a trial as a cell of the table: a template takes much longer.

    ``row`` is a ``TableRow``, ``column`` a ``TableColumn`` of a parameter.
    """
    cell, asked = row.by_key[column.key], row.asked_for.get(column.key)
    if cell.value is None:
        value = format_html('<span class="muted" title="{}">–</span>', cell.why)
    else:
        value = shown(cell.value, cell.parameter)
    if asked is not None:
        wanted = shown(asked, cell.parameter)
        value += format_html(' <span class="asked">asked for: {}</span>', wanted)
    return format_html('<td class="num{}">{}</td>', " r" if column.is_number else "", value)


@register.filter
def full(value: object, parameter: Shown) -> str:
    """Write all digits of a number that is shown with fewer; "" for others. Paper has no hover."""
    if not isinstance(value, float) or float(format_parameter(value, parameter)) == value:
        return ""
    return repr(value)


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """Write how long ago it was; the script keeps it current, the full time is on hover."""
    if moment is None:
        return SafeString("")
    local = localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S %Z"),
        naturaltime(moment),
    )


@register.simple_tag(takes_context=True)
def person(context: template.Context, user: Any, told: str = "") -> str:
    """Write a person's name; “you” for the one who reads.

    ``told`` is a user name of which only a restored file tells: it is marked as such, and never
    taken for somebody who has an account here.
    """
    if not isinstance(user, AbstractBaseUser):
        return format_html(_TOLD, told) if told else "–"
    if user.pk == context["request"].user.pk:
        return "you"
    return str(user.get_full_name() or user.get_username())  # type: ignore[attr-defined]


@register.simple_tag
def undo_label(change: Change) -> str:
    """Return what the button says that undoes a change."""
    return "Redo" if change.takes_back else "Undo"


@register.filter
def undo_of(message: Message) -> tuple[str, str] | None:
    """Return the button that undoes what a message tells: label, address. ``None``: no change."""
    label, _, named = (message.extra_tags or "").partition(":")
    pk, _, revision = named.partition(":")
    return (label, reverse("experiments:undo", args=[pk, revision])) if revision else None


@register.filter
def item(found: Mapping[str, Any], key: str) -> Any:
    """Return what a mapping has at a key; ``None`` if nothing."""
    return found.get(key)


@register.filter
def repeats_of(row: Any, cell: Any) -> Any:
    """Return what all trials with a row’s parameters come to in a cell’s metric."""
    return row.repeats_of(cell)


@register.filter
def floatish(value: float | str) -> str:
    """Write a number so that it can be typed again: all digits that matter, no more."""
    return f"{float(value):.12g}"


@register.simple_tag
def query_of(**values: str) -> str:
    """Return values as a query string."""
    return urlencode(values)
