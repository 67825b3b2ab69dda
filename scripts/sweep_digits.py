"""Run the digits example at 200 settings, and keep its table for the tests.

Run as ``python -m scripts.sweep_digits``; some minutes. The settings are always the same ones:
C from 0.01 to 1,000 and gamma from 1e-5 to 0.1, both evenly on a log scale.
"""

import csv
from pathlib import Path

from scipy.stats import qmc

from docs.examples.digits import loss

SETTINGS = 200
TABLE = Path(__file__).resolve().parent.parent / "tests" / "data" / "digits.csv"
LOGS = ((-2.0, 3.0), (-5.0, -1.0))
"""The ends of C and of gamma, as powers of ten."""


def settings() -> list[tuple[float, float]]:
    """Return the values of C and gamma, with four significant digits."""
    lower, upper = zip(*LOGS, strict=True)
    halton = qmc.Halton(d=2, rng=0).random(SETTINGS)
    points = 10 ** qmc.scale(halton, lower, upper)
    return [(float(f"{c:.4g}"), float(f"{gamma:.4g}")) for c, gamma in points.tolist()]


def main() -> None:
    """Write the table, a row as soon as it is known."""
    with TABLE.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["C", "gamma", "loss", "loss sem"])
        for c, gamma in settings():
            mean, sem = loss(c, gamma)
            table.writerow([c, gamma, f"{mean:.6f}", f"{sem:.6f}"])
            file.flush()


if __name__ == "__main__":
    main()
