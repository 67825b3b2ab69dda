"""Who may import whom, and what the web process never loads."""

import ast
import os
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
