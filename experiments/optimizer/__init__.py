"""The optimizer: experiments' rows in, suggestions out. The only package that imports Ax.

Importing it takes about 2.5 seconds and 400 MB: worker processes do that, web processes never.
"""

import logging

import torch
from botorch.acquisition.multi_objective import logei

from experiments.learning import left_out
from experiments.optimizer.analysis import Study, analyse, card_names
from experiments.optimizer.early_stopping import early_stopping
from experiments.optimizer.errors import (
    InfeasibleSpace,
    MethodUnavailable,
    OptimizerError,
    SearchSpaceExhausted,
)
from experiments.optimizer.forecasting import forecast
from experiments.optimizer.generate import sample, suggest, warm_up

__all__ = [
    "InfeasibleSpace",
    "MethodUnavailable",
    "OptimizerError",
    "SearchSpaceExhausted",
    "Study",
    "analyse",
    "card_names",
    "early_stopping",
    "forecast",
    "left_out",
    "sample",
    "suggest",
    "warm_up",
]

# Workers share the machine's cores: two processes with two threads each are some forty times
# slower than two with one each.
torch.set_num_threads(1)

# BoTorch would compile a kernel for several objectives when it first needs one, if the machine has
# a compiler. A worker that ends meanwhile leaves a lock behind that all others wait for, for ever.
logei._load_attempted = True


def _quiet_ax() -> None:
    """Let Ax's loggers, each of which sets a level of its own, speak from warnings on."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "ax":
            logging.getLogger(name).setLevel(logging.WARNING)


_quiet_ax()
