"""What people type to define an experiment, as a whole."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse

from experiments.domain import ParameterKind, ParameterValue
from experiments.drafts import ExperimentDraft
from experiments.forms.arranging import Step, arranged
from experiments.forms.constraints import ConstraintRow
from experiments.forms.filling import typed_of
from experiments.forms.judging import judge
from experiments.forms.linear import References, TermRow
from experiments.forms.metrics import MetricRow
from experiments.forms.parameters import SWITCHES, ParameterRow
from experiments.forms.resolving import resolve
from experiments.forms.rows import Options, Row
from experiments.forms.settings import ExperimentRow, Teams
from experiments.forms.typed import Typed, read_typed
from experiments.models import Experiment
from experiments.problems import CONSTRAINT, EXPERIMENT, METRIC, PARAMETER

_KNOWN = {
    "p": ParameterRow.FIELDS,
    "m": MetricRow.FIELDS,
    "c": ConstraintRow.FIELDS,
    "t": TermRow.FIELDS,
}
_CALCULABLE = ("float", "int", "choice", "fixed")
_MOST_NOTICES = 200
_MOST_OPTIONS = 3_000
"""More than this in all lists of parameters together, and each has only the one that is chosen."""


@dataclass(frozen=True, slots=True)
class EditContext:
    """The experiment whose definition is edited, and the revision that the person has seen."""

    experiment: Experiment
    base_revision: int


class DefinitionForm:
    """The whole page: the experiment's fields, and rows of parameters, metrics and constraints.

    ``key`` names the act: it travels with the page, so that sending it twice can be told from
    meaning it twice. ``source`` tells where trials come from that are to come along. ``problems``
    belong to no field.
    """

    def __init__(
        self,
        typed: Typed,
        *,
        teams: Teams = (),
        context: EditContext | None = None,
        is_checked: bool = False,
    ) -> None:
        """Fill the page with what was typed; it is judged only if ``is_checked``."""
        self.typed = typed
        self.context = context
        self.is_checked = is_checked
        self.teams = teams
        self.key = _key(typed.fields.get("key"))
        self.source = typed.fields.get("source", "")
        self.focus = ""
        self.problems: list[str] = []
        self.space_errors: list[str] = []
        self.goal_errors: list[str] = []
        self.constraint_errors: list[str] = []
        self._make_rows()
        if is_checked:
            self._check()

    @classmethod
    def read(
        cls, data: QueryDict, *, teams: Teams = (), context: EditContext | None = None
    ) -> "DefinitionForm":
        """Fill the page with what was sent, and judge it."""
        return cls(typed_in(data), teams=teams, context=context, is_checked=True)

    @classmethod
    def from_draft(
        cls,
        draft: ExperimentDraft,
        *,
        teams: Teams = (),
        context: EditContext | None = None,
        team: int | None = None,
        source: str = "",
        notices: Sequence[str] = (),
    ) -> "DefinitionForm":
        """Fill the page with a definition, which may have problems; it is not judged yet.

        ``team`` is the id of the one that is chosen at first.
        """
        typed = typed_of(draft, source=source)
        typed.fields["team"] = "" if team is None else str(team)
        typed.fields["notices"] = "\n".join(notices)
        return cls(typed, teams=teams, context=context)

    def checked(self) -> "DefinitionForm":
        """Return the same definition, judged."""
        if self.is_checked:
            return self
        return DefinitionForm(self.typed, teams=self.teams, context=self.context, is_checked=True)

    @property
    def url(self) -> str:
        """Where the page sends what was typed."""
        if self.context is None:
            return reverse("experiments:new")
        return reverse("experiments:edit", args=[self.context.experiment.pk])

    @property
    def takes_along(self) -> bool:
        """Whether trials of earlier experiments come along."""
        return self.source.partition(":")[0] in ("known", "copy")

    @property
    def notices(self) -> list[str]:
        """What to say above the page, such as what was not understood of an import."""
        return self.typed.fields.get("notices", "").splitlines()[:_MOST_NOTICES]

    @property
    def focus_button(self) -> str:
        """The value of the button that has the focus, if none of the fields has it."""
        return "" if self.focus.startswith("id_") else self.focus

    @property
    def focus_more(self) -> str:
        """The row whose further fields have the focus."""
        handle, _, name = self.focus.removeprefix("id_").partition("-")
        return handle if name == "parent_values" else ""

    @property
    def is_full(self) -> bool:
        """Whether no further parameter can be added."""
        return self.typed.is_full("p")

    @property
    def rows(self) -> list[Row]:
        """All rows in the order of the page, with those of their terms."""
        rows: list[Row] = [*self.metrics]
        for row in (*self.parameters, *self.constraints):
            rows += [row, *row.terms]
        return rows

    @property
    def error_count(self) -> int:
        """How many fields are wrong."""
        whole = (self.problems, self.space_errors, self.goal_errors, self.constraint_errors)
        return sum(len(row.errors) for row in (self.experiment, *self.rows)) + sum(map(len, whole))

    @property
    def chosen_team(self) -> int | None:
        """The id of the team that the experiment is to belong to, once it was judged."""
        assert self.is_checked
        return self._team

    @property
    def arranged(self) -> list[Step]:
        """The parameters in the order in which they are shown."""
        return arranged(self.parameters, self.typed.rows["p"])

    def draft(self) -> ExperimentDraft | None:
        """Return the definition, ``None`` while something is wrong."""
        form = self.checked()
        return None if form.error_count else form.partial()

    def partial(self) -> ExperimentDraft:
        """Return the definition without the rows that are blank or wrong."""
        form = self.checked()
        return replace(
            form._settings,
            parameters=tuple(r.draft for r in form.parameters if r.draft and not r.errors),
            metrics=tuple(r.draft for r in form.metrics if r.draft and not r.errors),
            constraints=tuple(r.draft for r in form.constraints if r.draft and not r.errors),
            baseline_values=form._baseline,
        )

    @property
    def unclear(self) -> list[tuple[str, list[str]]]:
        """What is wrong with fields that are filled in, by row; what is missing is no error yet."""
        form = self.checked()
        return [
            (row.title, problems) for row in form.parameters if (problems := row.touched_problems)
        ]

    def focus_on_first_error(self) -> None:
        """Let the page open with the focus in the first field that is wrong."""
        settings = list(self.experiment.FIELDS)
        above = [name for name in settings if name in ("team", "name", "description")]
        below = [name for name in settings if name not in above]
        places: list[tuple[Row, Sequence[str]]] = [(self.experiment, above)]
        places += [(row, list(row.FIELDS)) for row in self.rows]
        places.append((self.experiment, below))
        for row, names in places:
            for name in names:
                if name in row.errors:
                    self.focus = row[name].id
                    return

    def _make_rows(self) -> None:
        rows = self.typed.rows
        is_new = self.context is None
        self.experiment = ExperimentRow(
            self.typed.fields,
            teams=self.teams,
            is_new=is_new,
            # A copy without trials brings its command template along, and nothing else.
            has_trials=not is_new or self.source.partition(":")[0] not in ("", "like"),
        )
        existing = self._existing_keys()
        self.parameters = [
            ParameterRow(
                typed,
                number=n,
                is_existing=typed.texts["key"] in existing,
                is_edit=not is_new,
                has_earlier=self.takes_along,
            )
            for n, typed in enumerate(rows["p"], start=1)
        ]
        self.metrics = [MetricRow(typed, number=n) for n, typed in enumerate(rows["m"], start=1)]
        self.constraints = [
            ConstraintRow(typed, number=n) for n, typed in enumerate(rows["c"], start=1)
        ]
        self._offer_references()

    def _existing_keys(self) -> set[str]:
        if self.context is None:
            return set()
        return {parameter.key for parameter in self.context.experiment.parameters.all()}

    def _offer_references(self) -> None:
        """Give each list of parameters its options."""
        named: Options = tuple(
            (row.key, row.title) for row in self.parameters if row.kind in _CALCULABLE
        )
        switches: Options = tuple(
            (row.key, row.title) for row in self.parameters if row.kind in SWITCHES
        )
        titles = {row.key: row.title for row in self.parameters}
        terms = [term for row in (*self.parameters, *self.constraints) for term in row.terms]
        count = len(terms) * len(named) + len(self.parameters) * len(switches)
        self.has_short_lists = count <= _MOST_OPTIONS
        for term in terms:
            chosen = term.text("parameter")
            term.parameter_options = named if self.has_short_lists else _only(chosen, titles)
        for row in self.parameters:
            chosen = row.text("parent")
            row.switch_options = (
                tuple(option for option in switches if option[0] != row.key)
                if self.has_short_lists
                else _only(chosen, titles)
            )

    def _check(self) -> None:
        self._team = self.experiment.team() if self.context is None else None
        counted = [row for row in self.parameters if not row.is_blank]
        for row in counted:
            row.read()
        references = References((row.key, row.typed_name) for row in counted)
        resolve(counted, references)
        for constraint in self.constraints:
            if not constraint.is_blank:
                constraint.read(references)
        is_several = sum(row.is_objective and not row.is_blank for row in self.metrics) > 1
        is_sum = self.experiment.is_weighted_sum
        for metric in self.metrics:
            if not metric.is_blank:
                metric.read(
                    has_weights=is_several and is_sum, has_thresholds=is_several and not is_sum
                )
        self._settings = self.experiment.read(has_objectives=is_several)
        self._baseline = self._read_baseline()
        self._judge()

    def _read_baseline(self) -> dict[str, ParameterValue] | None:
        if not self.experiment.is_baseline_by_hand:
            return None
        values = {}
        for row in self.parameters:
            if row.draft is None or row.draft.spec.kind is ParameterKind.DERIVED:
                continue
            spec = row.draft.spec
            value = spec.value if row.kind == "fixed" else row.value_of("baseline", spec)
            if value is not None:
                values[row.key] = value
        return values

    def _judge(self) -> None:
        """Let the rules judge; what belongs to no field stands above the rows of its kind."""
        whole = judge(
            replace(self._settings, baseline_values=self._baseline),
            self.experiment,
            self.parameters,
            self.metrics,
            self.constraints,
        )
        self.problems = whole[EXPERIMENT]
        self.space_errors = whole[PARAMETER]
        self.goal_errors = whole[METRIC]
        self.constraint_errors = whole[CONSTRAINT]


def typed_in(data: QueryDict) -> Typed:
    """Tell apart what was sent."""
    return read_typed({name: str(value) for name, value in data.items()}, _KNOWN)


def _only(key: str, titles: Mapping[str, str]) -> Options:
    return ((key, titles[key]),) if key in titles else ()


def _key(text: object) -> uuid.UUID:
    """Return the key that the page was sent with, or a new one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()
