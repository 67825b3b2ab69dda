"""What a model expects at points."""

from typing import NamedTuple

import numpy as np

Z95 = 1.959963984540054
"""Half the width of a 95 % interval, in standard deviations."""


class Predicted(NamedTuple):
    """What the model expects of one metric: means and standard deviations, in its unit, by point.

    The deviations are those of the metric itself, without the noise of a single measurement.
    """

    means: np.ndarray
    sds: np.ndarray
