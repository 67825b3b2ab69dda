"""What a model expects at points."""

from typing import NamedTuple

import numpy as np

from experiments.chances import Z95

__all__ = ["Z95", "Predicted"]


class Predicted(NamedTuple):
    """What the model expects of one metric: means and standard deviations, in its unit, by point.

    The deviations are those of the metric itself, without the noise of a single measurement.
    """

    means: np.ndarray
    sds: np.ndarray
