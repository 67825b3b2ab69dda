"""Who may import whom, and what the web process never loads."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "experiments"

WEB = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

def patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        else:
            yield from patterns(entry)

found = list(patterns(get_resolver()))
assert len(found) > 20, found
assert all(callable(pattern.callback) for pattern in found)
import axdash.asgi
assert Client(headers={"host": "localhost"}).get("/accounts/login/").status_code == 200
known = {"ax", "torch", "botorch", "gpytorch", "sklearn", "scipy", "pandas", "highspy"}
heavy = known & set(sys.modules)
ours = {"experiments.tasks", "experiments.optimizer"} & set(sys.modules)
print(",".join(sorted(heavy | ours)))
"""


def test_web_process_never_loads_the_optimizer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEB], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def _modules(part: str) -> list[Path]:
    """Return the source files of ``experiments/<part>``, which is a module or a package."""
    module = APP / f"{part}.py"
    return [module] if module.exists() else sorted((APP / part).rglob("*.py"))


def _imports(file: Path) -> Iterator[str]:
    """Yield the full name of everything a file imports, inside functions too."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _starts_with(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


OURS = "experiments"
FORBIDDEN = [
    ("views", f"{OURS}.tasks"),
    ("views", f"{OURS}.optimizer"),
    ("api", f"{OURS}.tasks"),
    ("api", f"{OURS}.optimizer"),
    ("forms", f"{OURS}.services"),
    ("services", f"{OURS}.tasks"),
    ("services", f"{OURS}.optimizer"),
    ("services", f"{OURS}.forms"),
    ("permissions", f"{OURS}.services"),
    ("plots", f"{OURS}.services"),
    ("models", f"{OURS}.services"),
    ("models", f"{OURS}.forms"),
    ("models", f"{OURS}.permissions"),
    ("models", f"{OURS}.tasks"),
    ("models", f"{OURS}.optimizer"),
    ("optimizer", "django"),
    ("optimizer", "procrastinate"),
    ("optimizer", f"{OURS}.models"),
    ("optimizer", f"{OURS}.services"),
    ("domain", "django"),
    ("domain", "ax"),
    ("domain", "torch"),
    ("domain", f"{OURS}.models"),
    ("tasks", "ax"),
    ("tasks", "torch"),
]

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()


def _named_pure() -> list[str]:
    """Return the modules (``drafts.py``) and packages (``tables/``) that are to be pure."""
    section = DOCUMENT.partition("\n## Pure modules\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


PURE = [name.removesuffix(".py").rstrip("/") for name in _named_pure()]
CONNECTING = ("django", "procrastinate", "ax", "torch", "botorch", "gpytorch", "scipy", "pandas")
CONNECTED = {"admin", "apps", "permissions", "plots", "tasks", "urls"}


def test_every_module_is_pure_or_has_a_reason_not_to_be() -> None:
    modules = {file.stem for file in APP.glob("*.py")} - {"__init__"}
    packages = {"archiving", "ax_script", "importing", "tables"}
    assert len(PURE) == len(set(PURE))
    assert set(PURE) == modules - CONNECTED | packages


@pytest.mark.parametrize(
    "part",
    [
        "forms",
        "services",
        "views",
        "plots",
        "optimizer",
        "ax_script",
        "importing",
        "tables",
        "archiving",
    ],
)
def test_every_module_is_named_in_the_document(part: str) -> None:
    named = re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", DOCUMENT)
    files = {file.name for file in _modules(part)} - {"__init__.py"}
    assert sorted(files - set(named)) == []


def test_the_document_names_only_what_exists() -> None:
    there = [file for room in ("axdash", "experiments", "static") for file in _files(room)]
    named = re.findall(r"`([\w/]+\.(?:py|js|css))`", DOCUMENT)
    gone = [n for n in named if not any(f"/{file}".endswith(f"/{n}") for file in there)]
    assert [name for name in gone if not (ROOT / name).exists()] == []


def _files(room: str) -> list[str]:
    return [file.relative_to(ROOT).as_posix() for file in (ROOT / room).rglob("*.*")]


@pytest.mark.parametrize("part", PURE)
def test_pure_modules_know_nothing_but_each_other(part: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in _modules(part)
        for name in _imports(file)
        if any(_starts_with(name, package) for package in CONNECTING)
        or (_starts_with(name, OURS) and name.split(".")[1] not in PURE)
    ]
    assert wrong == []


@pytest.mark.parametrize(("part", "package"), FORBIDDEN)
def test_rooms_keep_to_themselves(part: str, package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in _modules(part)
        for name in _imports(file)
        if _starts_with(name, package)
    ]
    assert wrong == []


def test_only_addresses_import_views() -> None:
    allowed = {ROOT / "axdash" / "urls.py", APP / "urls.py"}
    files = [*(ROOT / "axdash").rglob("*.py"), *APP.rglob("*.py")]
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        if file not in allowed and APP / "views" not in file.parents
        for name in _imports(file)
        if _starts_with(name, f"{OURS}.views")
    ]
    assert wrong == []


@pytest.mark.parametrize("package", ["ax", "torch", "botorch", "gpytorch"])
def test_only_the_optimizer_imports_ax(package: str) -> None:
    files = [*(ROOT / "axdash").rglob("*.py"), *APP.rglob("*.py")]
    wrong = [
        str(file.relative_to(ROOT))
        for file in files
        if APP / "optimizer" not in file.parents
        and any(_starts_with(name, package) for name in _imports(file))
    ]
    assert wrong == []
