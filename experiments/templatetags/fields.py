"""Writes the fields of a definition: label, control, what is wrong, help.

A page may have thousands of them, for which a template would take the better part of the time.
"""

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from experiments.forms.experiment import DefinitionForm
    from experiments.forms.rows import Cell

register = template.Library()

_NOTHING = SafeString("")
_UNCHOSEN = {"parent": "always"}
"""What no choice means, by the name of a field that refers to a parameter."""


@register.simple_tag(takes_context=True)
def field(context: template.Context, cell: "Cell") -> SafeString:
    """Write one field of a row. The context's form knows where the focus is."""
    form = context["form"]
    control = cell.field.control
    if control == "hidden":
        attributes = cell.html_name, cell.id, cell.value
        return format_html('<input type="hidden" name="{}" id="{}" value="{}">', *attributes)
    if control == "name":
        return _typed_reference(cell, form)
    return format_html(
        '<div class="field is-{} {}">{}{}{}{}</div>\n',
        cell.name,
        cell.field.css,
        _label(cell),
        _control(cell, is_focused=cell.id == form.focus),
        _errors(cell),
        _help(cell),
    )


def _typed_reference(cell: "Cell", form: "DefinitionForm") -> SafeString:
    """A name to type, where lists are too long to be sent and no script can fill them."""
    if form.has_short_lists:
        return _NOTHING
    return format_html(
        '<noscript><label class="field"><span>{}</span>'
        '<input name="{}" list="parameter-names"></label></noscript>',
        cell.label,
        cell.html_name,
    )


def _label(cell: "Cell") -> SafeString:
    own = format_html(' id="{}_label"', cell.id) if cell.field.control == "radios" else _NOTHING
    return format_html('<label for="{}"{}>{}</label>', cell.id, own, cell.label)


def _errors(cell: "Cell") -> SafeString:
    if not cell.errors:
        return _NOTHING
    return format_html('<p class="error" id="{}_error">{}</p>', cell.id, " ".join(cell.errors))


def _help(cell: "Cell") -> SafeString:
    if not cell.field.help:
        return _NOTHING
    return format_html('<p class="why" id="{}_helptext">{}</p>', cell.id, cell.field.help)


def _control(cell: "Cell", *, is_focused: bool) -> SafeString:
    control = cell.field.control
    if control == "radios":
        return _radios(cell)
    named = format_html(' name="{}" id="{}"', cell.html_name, cell.id)
    state = _placeholder(cell) + _state(cell, is_focused=is_focused)
    if control == "box":
        ticked = mark_safe(" checked") if cell.value else _NOTHING
        return format_html('<input type="checkbox"{}{}{}>', named, ticked, state)
    if control == "lines":
        return format_html(
            '<textarea{} rows="{}"{}>\n{}</textarea>', named, cell.field.rows, state, cell.value
        )
    if control == "text":
        return format_html('<input type="text"{} value="{}"{}>', named, cell.value, state)
    return _list(cell, named + state)


def _placeholder(cell: "Cell") -> SafeString:
    own = cell.field
    shown = format_html(' placeholder="{}"', own.placeholder) if own.placeholder else _NOTHING
    keys = format_html(' inputmode="{}"', own.inputmode) if own.inputmode else _NOTHING
    return shown + keys


def _state(cell: "Cell", *, is_focused: bool) -> SafeString:
    """What assistive technology is told of it, and whether the page opens in it."""
    parts = ("error", cell.errors), ("helptext", cell.field.help)
    said = [part for part, text in parts if text]
    told = " ".join(f"{cell.id}_{part}" for part in said)
    wrong = mark_safe(' aria-invalid="true"') if cell.errors else _NOTHING
    described = format_html(' aria-describedby="{}"', told) if told else _NOTHING
    return wrong + described + (mark_safe(" autofocus") if is_focused else _NOTHING)


def _list(cell: "Cell", attributes: SafeString) -> SafeString:
    unchosen = _NOTHING
    if cell.field.control == "reference":
        attributes += format_html(' data-reference="{}"', cell.name)
        unchosen = format_html('<option value="">{}</option>', _UNCHOSEN.get(cell.name, "–"))
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, mark_safe(" selected") if is_chosen else _NOTHING, label)
            for value, label, is_chosen in cell.choices
        ),
    )
    return format_html("<select{}>{}{}</select>", attributes, unchosen, options)


def _radios(cell: "Cell") -> SafeString:
    """The first one has the field's id, for its label."""
    buttons = format_html_join(
        "",
        '<label><input type="radio" name="{}" value="{}"{}{}> {}</label>',
        (
            (
                cell.html_name,
                value,
                _NOTHING if place else format_html(' id="{}"', cell.id),
                mark_safe(" checked") if is_chosen else _NOTHING,
                label,
            )
            for place, (value, label, is_chosen) in enumerate(cell.choices)
        ),
    )
    return format_html(
        '<div class="choices" role="radiogroup" aria-labelledby="{}_label">{}</div>',
        cell.id,
        buttons,
    )
