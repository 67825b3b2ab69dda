"""The documents against what they speak of: pictures, links, commands, settings."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from experiments import definition_rules, goal_rules, problems, reference_rules, search_space, shell
from experiments.importing import MOST_CHARACTERS, read_definition
from experiments.tables import columns, reading

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]

FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SOURCE = re.compile(r'\bsrc(?:set)?="([^"\s]+)"')
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
TABLE_ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")
OF_TESTS = {"TEST_DATABASE_URL"}

GUIDE = (ROOT / "docs" / "guide.md").read_text()
ROOMS = "docs|experiments|axdash|static|templates|tests|bench"
LIMITS = {
    "Parameters of an experiment": search_space.MOST_PARAMETERS,
    "Parameter constraints": reference_rules.MOST_CONSTRAINTS,
    "Metrics": goal_rules.MOST_METRICS,
    "Name of an experiment": definition_rules.LONGEST_EXPERIMENT_NAME,
    "Name of a parameter or metric": search_space.LONGEST_NAME,
    "Description": problems.LONGEST_DESCRIPTION,
    "Unit": problems.LONGEST_UNIT,
    "Tags": definition_rules.MOST_TAGS,
    "A command template": shell.LONGEST_TEMPLATE,
    "Trial budget": definition_rules.MOST_TRIALS,
    "Suggestions kept ready": definition_rules.MOST_PARALLEL,
    "Exploring trials": definition_rules.MOST_INITIALIZATION,
    "Values of a choice": search_space.MOST_VALUES,
    "A text value": search_space.LONGEST_TEXT,
    "A pasted definition": MOST_CHARACTERS,
    "A table of runs": reading.MOST_ROWS,
}

each_page = pytest.mark.parametrize("page", PAGES, ids=IDS)


def _prose(page: Path) -> str:
    """Return a page without its blocks of code, where brackets are no links."""
    return FENCE.sub("", page.read_text())


def _targets(page: Path) -> list[str]:
    found = LINK.findall(_prose(page)) + SOURCE.findall(_prose(page))
    return [unquote(target) for target in found if not target.startswith(ELSEWHERE)]


def _anchors(page: Path) -> set[str]:
    """Return the names that a heading has as the target of links."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(_prose(page))
    }


def test_the_documents_are_there() -> None:
    expected = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/guide.md", "docs/settings.md"}
    expected |= {"docs/architecture.md", "docs/deployment.md"}
    assert expected <= set(IDS)


@each_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    dead = []
    for target in _targets(page):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            dead.append(target)
    assert dead == []


def test_the_guide_begins_with_its_chapters() -> None:
    chapters = re.findall(r"^## +(.+)$", GUIDE, re.MULTILINE)
    assert re.findall(r"^- \[(.+)\]\(#", GUIDE, re.MULTILINE) == chapters


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for target in _targets(page)}
    unused = {file.name for file in (ROOT / "docs" / "images").iterdir()} - {f.name for f in shown}
    assert unused == set()


@each_page
def test_make_has_the_targets(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"(?:`|^\s*|[a-z0-9]+ )make ([a-z]+)\b(?=[` ]|$)", _code(page), re.MULTILINE)
    assert set(code) <= targets


def _code(page: Path) -> str:
    """Return what a page shows as code: its blocks, and what stands in backticks."""
    blocks = FENCE.findall(page.read_text())
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", _prose(page))])


def test_manage_has_the_commands() -> None:
    named = {name for p in PAGES for name in re.findall(r"manage\.py ([a-z_]+)", p.read_text())}
    done = subprocess.run(
        [sys.executable, "manage.py", "help", "--commands"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"serve", "worker", "migrate", "collectstatic"} <= named
    assert named <= set(done.stdout.split())


@each_page
def test_settings_are_documented(page: Path) -> None:
    documented = set(TABLE_ROW.findall((ROOT / "docs" / "settings.md").read_text()))
    named = set(re.findall(r"\b(?:AXDASH_[A-Z_]+|(?:[A-Z]+_)?DATABASE_URL)\b", page.read_text()))
    named |= set(re.findall(r"\b(HOST|PORT)[`=]", page.read_text()))
    assert named - OF_TESTS <= documented


@each_page
def test_python_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(rf"\b(?:{ROOMS})/[\w/]+\.\w+", _code(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_runs_the_example_as_it_is() -> None:
    options = set(re.findall(r" (--\w+) ", (ROOT / "README.md").read_text()))
    tree = ast.parse((ROOT / "docs" / "examples" / "digits.py").read_text())
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    assert options
    assert options <= strings


def test_pictures_load_fast() -> None:
    pictures = (ROOT / "docs" / "images").iterdir()
    assert {file.name for file in pictures if file.stat().st_size > 300_000} == set()


def test_decisions_are_numbered_and_have_three_parts() -> None:
    files = sorted((ROOT / "docs" / "decisions").iterdir())
    numbers = [int(file.name[:4]) for file in files]
    assert len(numbers) == len(set(numbers))  # Gaps are those that are still being written.
    for number, file in zip(numbers, files, strict=True):
        title, *parts = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
        assert title.startswith(f"{number}. ")
        assert parts == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("what", LIMITS)
def test_the_guide_names_the_limits_as_they_are(what: str) -> None:
    limits = GUIDE.partition("\n## Limits\n")[2]
    [said] = re.findall(rf"^\| {re.escape(what)} \| (.+) \|$", limits, re.MULTILINE)
    assert f"{LIMITS[what]:,}" in re.findall(r"\d[\d,]*\b", said)


def test_what_the_guide_pastes_is_understood() -> None:
    [pasted] = re.findall(r'`(\[\{"name".+?\}\])`', GUIDE)
    understood = read_definition(pasted)
    assert understood.draft
    assert [parameter.name for parameter in understood.draft.parameters] == ["x1"]
    assert understood.problems == ("It does not say what is measured: add the objective.",)


def test_the_table_in_the_guide_is_read_as_it_says() -> None:
    [text] = re.findall(r"^```text\n(temperature.+?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    table = reading.read(text)
    cells = zip(*table.rows, strict=True)
    facts = [
        columns.facts_of(column, decimal)
        for column, decimal in zip(cells, table.decimals, strict=True)
    ]
    uses = [column.use for column in columns.propose(table.header, facts)]
    assert uses == [columns.Use.PARAMETER] * 3 + [columns.Use.OBJECTIVE, columns.Use.TRACKED]
