"""Runs a bench in a process of its own, with a database that is thrown away afterwards."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.house.serving import run_command


def run_inside(module: str) -> None:
    """Print what ``inside()`` of a module of ``bench`` says where Django and a database are."""
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        for command in (
            ["migrate", "-v0"],
            ["shell", "-v0", "-c", f"from bench.{module} import inside; inside()"],
        ):
            code, said, error = run_command(*command, timeout=1500, AXDASH_DATA_DIR=data_dir)
            if code:
                sys.exit(error)
            print(said, end="")
