"""How a table is imported into an experiment: what its columns are, and what is decided for all."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from experiments.forms.tables import UploadForm
from experiments.tables.cells import Decimal
from experiments.tables.marks import Unclear
from experiments.tables.matching import Options
from experiments.tables.uses import uses_problem


class ImportForm(UploadForm):
    """A table of runs of an experiment that there is."""

    def __init__(self, *args: Any, sheet: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preferred_sheet = sheet
        del self.fields["name"]

    @property
    def table_name(self) -> str:
        """The file’s name, blank for what was pasted."""
        file = self.cleaned_data.get("file")
        return "" if file is None else "".join(c for c in file.name if c.isprintable())[:200]


class UsesForm(forms.Form):
    """What each column is (``use-0`` …), how unclear numbers are read, and two choices for all."""

    repeats = forms.BooleanField(
        label="Rows without a number whose parameters were tried before are further runs of them, "
        "not corrections",
        required=False,
    )
    takes_outside = forms.BooleanField(
        label="Take rows that lie outside the search space, too", required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        header: Sequence[str],
        labels: Mapping[str, str],
        uses: Sequence[str],
        options: Options,
        decimals: Sequence[Decimal],
        unclear: Sequence[Unclear],
    ) -> None:
        initial = {"repeats": options.repeats, "takes_outside": options.takes_outside}
        super().__init__(data, auto_id="import-%s", initial=initial)
        self._header = header
        self._unclear = unclear
        for index, (name, use) in enumerate(zip(header, uses, strict=True)):
            self.fields[f"use-{index}"] = forms.ChoiceField(
                label=name,
                choices=list(labels.items()),
                initial=use,
                error_messages={"invalid_choice": "This is not there any more: choose again."},
            )
        for each in unclear:
            self.fields[f"mark-{each.column}"] = forms.ChoiceField(
                label=f"Numbers of {header[each.column]}",
                choices=[
                    (decimal.value, f"{each.example} is {number}")
                    for decimal, number in each.readings.items()
                ],
                initial=decimals[each.column].value,
                required=False,
            )

    @property
    def columns(self) -> list[tuple[forms.BoundField, forms.BoundField | None, bool]]:
        """Of each column: its use; how its numbers are read, where that is open; whether we ask."""
        marks = {
            each.column: (self[f"mark-{each.column}"], each.is_asked) for each in self._unclear
        }
        return [
            (self[f"use-{index}"], *marks.get(index, (None, False)))
            for index in range(len(self._header))
        ]

    @property
    def uses(self) -> list[str]:
        """What was chosen for each column."""
        return [self.cleaned_data[f"use-{index}"] for index in range(len(self._header))]

    @property
    def decimals(self) -> dict[int, Decimal]:
        """The decimal marks that were chosen, by column."""
        chosen = {each.column: self.cleaned_data[f"mark-{each.column}"] for each in self._unclear}
        return {column: Decimal(mark) for column, mark in chosen.items() if mark}

    @property
    def options(self) -> Options:
        """What was decided for all rows."""
        return Options(
            repeats=self.cleaned_data["repeats"], takes_outside=self.cleaned_data["takes_outside"]
        )

    def clean(self) -> None:
        """Two columns cannot be the same, and rows have to be told apart."""
        if not self.errors and (problem := uses_problem(self.uses)):
            self.add_error(None, problem)
