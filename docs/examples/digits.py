"""Train a support vector classifier on scikit-learn's handwritten digits and print its loss.

An experiment that AxDash can steer: take a suggestion there, run this with its parameters, and
type the printed loss in.

    python docs/examples/digits.py --C 1 --gamma 0.001
"""

import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC


def loss(c: float, gamma: float) -> tuple[float, float]:
    """Return the share of digits that are read wrongly, and its standard error over five folds."""
    images, labels = load_digits(return_X_y=True)
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
    right = cross_val_score(SVC(C=c, gamma=gamma), images, labels, cv=folds)
    return 1 - right.mean(), right.std(ddof=1) / len(right) ** 0.5


def main() -> None:
    """Read the parameters from the command line and print the loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--C", type=float, required=True, help="penalty, such as 1")
    parser.add_argument("--gamma", type=float, required=True, help="kernel width, such as 0.001")
    arguments = parser.parse_args()
    mean, sem = loss(arguments.C, arguments.gamma)
    print(f"loss {mean:.5f}  (standard error {sem:.5f})")


if __name__ == "__main__":
    main()
