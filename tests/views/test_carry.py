"""Parameters to take along: the menu of a trial, the page of several, files."""

import csv
import html
import io
import json
import re
import shlex

import pytest
import yaml
from django.urls import reverse

from experiments.domain import MetricRole, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from experiments.models import Membership, Role
from experiments.services import lifecycle, trials
from tests.factories import float_range, make_measured, make_user, metric, take

BREAKING = "'; touch pwned; $(touch pwned) \"`<b>`"


def choice(*values: str) -> ParameterSpec:
    return ParameterSpec(
        key="", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=values
    )


@pytest.fixture
def screening(ada):
    """An experiment with a hostile name of a parameter, and a hostile value."""
    made = make_measured(
        ada,
        metric("yield", unit="%"),
        metric("cost", role=MetricRole.TRACKED),
        parameters=[
            ParameterDraft(name="learning rate", spec=float_range(0.0, 1.0), unit="mm"),
            ParameterDraft(name="</script>&\"'", spec=choice("adam", BREAKING)),
        ],
        name="Screening",
        description="Which one?",
    )
    take(made, ada, (0.1 + 0.2, BREAKING), (0.5, "adam"), (0.25, "adam"))
    return made


def url(name, experiment, *args, query=""):
    return reverse(f"experiments:{name}", args=[experiment.pk, *args]) + query


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def copied(text: str, label: str = "") -> str:
    """Return what the first button, or the one with this label, copies."""
    found = re.search(rf'data-copy="([^"]*)"[^>]*>(?:<span data-label>)?{label}', text)
    assert found, text
    return html.unescape(found[1])


def test_the_menu_has_each_form_of_a_trial(htmx, ada, screening):
    lifecycle.set_command(screening, template="run --lr {learning rate} -o {trial}", by=ada)
    shown = text_of(htmx.get(url("carry_menu", screening, 0)))
    rate, odd = 0.1 + 0.2, "</script>&\"'"
    values = {"learning rate": rate, odd: BREAKING}
    assert json.loads(copied(shown, "JSON")) == yaml.safe_load(copied(shown, "YAML")) == values
    flags = shlex.split(copied(shown, "Flags"))
    assert flags == ["--learning-rate", repr(rate), "--script", BREAKING]
    assert copied(shown, "Command") == f"run --lr {rate!r} -o 0"
    assert shlex.split(copied(shown, "Environment").split("\n")[0]) == [
        "export", f"LEARNING_RATE={rate!r}",
    ]  # fmt: skip
    assert "<b>" not in shown
    assert "</script>&" not in shown


def test_without_a_script_the_menu_is_the_page(page, screening):
    answer = page.get(url("carry_menu", screening, 1))
    assert answer["Location"] == url("carry", screening, query="?trials=1")
    assert json.loads(copied(text_of(page.get(answer["Location"])))) == {
        "learning rate": 0.5, "</script>&\"'": "adam",
    }  # fmt: skip


def test_copy_copies_what_was_copied_last(page, ada, screening):
    def row_of(number):
        shown = text_of(page.get(screening.get_absolute_url()))
        return shown.partition(f'id="run-{number}"')[2]

    assert json.loads(copied(row_of(1)))["learning rate"] == 0.5
    page.cookies["axdash_copy"] = "flags"
    assert copied(row_of(1)).startswith("--learning-rate 0.5")
    page.cookies["axdash_copy"] = "command"
    assert copied(row_of(1)).startswith("{")  # There is no template yet.
    before = re.search(r'data-version="([^"]*)"', row_of(1))[1]
    lifecycle.set_command(screening, template="run {learning rate}", by=ada)
    assert copied(row_of(1)) == "run 0.5"
    assert re.search(r'data-version="([^"]*)"', row_of(1))[1] != before
    page.cookies["axdash_copy"] = "<script>\"'"
    assert copied(row_of(1)).startswith("{")


def test_a_template_that_fits_no_more_is_told(page, htmx, ada, screening):
    lifecycle.set_command(screening, template="run {learning rate}", by=ada)
    screening.parameters.filter(name="learning rate").update(name="rate")
    shown = text_of(htmx.get(url("carry_menu", screening, 0)))
    assert "{learning rate} is not known." in shown
    page.defaults.pop("HTTP_HX_REQUEST", None)
    shown = text_of(page.get(url("carry", screening, query="?as=command")))
    assert "{learning rate} is not known." in shown
    assert "Change the command template" in shown
    answer = page.get(url("carry_file", screening, "command"))
    assert answer["Location"] == url("carry", screening, query="?trials=running&as=command")


def test_running_trials_mine_or_chosen_ones(page, ada, screening):
    rob = make_user("rob")
    Membership.objects.create(team=screening.team, user=rob, role=Role.RUNNER)
    trials.fail(screening.trials.get(number=1), by=ada)
    screening.trials.filter(number=2).update(taken_by=rob)

    def numbers_of(query):
        address = url("carry_file", screening, "json", query=query)
        return [each["trial"] for each in json.loads(text_of(page.get(address)))]

    assert numbers_of("") == numbers_of("?trials=running") == [0, 2]
    assert numbers_of("?trials=mine") == [0]
    assert numbers_of("?trials=2,1,0,1") == [0, 1, 2]
    assert numbers_of("?trials=1&trials=2") == [1, 2]
    shown = text_of(page.get(url("carry", screening, query="?trials=0,7,99999999999999999999")))
    assert "Not there: 7" in shown
    assert "Nothing runs here" not in shown


def test_deleted_trials_are_not_there(page, ada, screening):
    trials.delete(screening.trials.get(number=1), by=ada)
    shown = text_of(page.get(url("carry", screening, query="?trials=1")))
    assert "Not there: 1" in shown
    assert 'data-copy="' not in shown


@pytest.mark.parametrize(
    ("form", "ending"),
    [("flags", "txt"), ("json", "json"), ("env", "env"), ("yaml", "yaml"), ("jsonl", "jsonl"),
     ("csv", "csv")],
)  # fmt: skip
def test_files_have_names_and_all_trials(page, screening, form, ending):
    answer = page.get(url("carry_file", screening, form, query="?trials=0,2"))
    assert answer["Content-Disposition"] == f'attachment; filename="screening-trials-0-2.{ending}"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    text = text_of(answer)
    assert text.endswith("\n")
    assert "0.25" in text
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[2] == ["2", "0.25", "adam"]


def test_many_names_that_are_written_otherwise_do_not_fill_the_page(page, ada, screening):
    few = text_of(page.get(url("carry", screening, query="?as=env")))
    assert "2 names are written in another way" in few
    assert '<details class="about" open>' in few
    drafts = [ParameterDraft(name=f"knob {n}", spec=float_range(0.0, 1.0)) for n in range(6)]
    made = make_measured(ada, metric("yield"), parameters=drafts, name="Knobs")
    take(made, ada, (0.5,) * 6)
    many = text_of(page.get(url("carry", made, query="?as=env")))
    assert "“knob 5” is written as KNOB_5." in many
    assert '<details class="about"><summary>6 names are' in many


def test_forms_that_there_are_not(page, screening):
    assert page.get(url("carry_file", screening, "exe")).status_code == 404
    assert copied(text_of(page.get(url("carry", screening, query="?as=exe")))).startswith("[")


def test_an_empty_selection_says_what_to_do(page, experiment):
    assert "Nothing runs here now." in text_of(page.get(url("carry", experiment)))
    assert "Type the numbers" in text_of(page.get(url("carry", experiment, query="?trials=x")))
    assert text_of(page.get(url("carry_file", experiment, "json"))) == "[]\n"


def test_viewers_copy_and_others_learn_nothing(client, screening):
    vera = make_user("vera")
    Membership.objects.create(team=screening.team, user=vera, role=Role.VIEWER)
    addresses = [url("carry", screening), url("carry_file", screening, "json")]
    addresses += [url("carry_menu", screening, 0), url("sheet", screening)]
    for user, code in ((vera, 200), (make_user("charlie"), 404)):
        client.force_login(user)
        for address in addresses:
            assert client.get(address, HTTP_HX_REQUEST="true").status_code == code, address
