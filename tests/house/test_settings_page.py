"""The page about settings against the code."""

import ast
import re
from pathlib import Path

from axdash.supervisor import Configuration
from tests.house.serving import ROOT

SETTING = re.compile(r"HOST|PORT|DATABASE_URL|AXDASH_[A-Z_]+")


def _table() -> dict[str, str]:
    """Return each documented variable's default."""
    page = (ROOT / "docs" / "settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) *\|", page, re.MULTILINE))


def _strings(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_each_setting_has_its_row() -> None:
    files = [ROOT / "manage.py", *(ROOT / "axdash").rglob("*.py")]
    files += (ROOT / "experiments").rglob("*.py")
    read = {text for file in files for text in _strings(file) if SETTING.fullmatch(text)}
    assert read == set(_table())


def test_defaults_of_serve() -> None:
    table, defaults = _table(), Configuration.from_environment({})
    assert table["HOST"] == f"`{defaults.host}`"
    assert table["PORT"] == f"`{defaults.port}`"
    assert table["AXDASH_WORKERS"] == f"`{defaults.workers}`"
    assert table["AXDASH_ANALYSTS"] == f"`{defaults.analysts}`"
