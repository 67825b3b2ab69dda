"""What the optimizer refuses to do, in words that a user can act on."""


class OptimizerError(Exception):
    """No suggestion could be made."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class SearchSpaceExhausted(OptimizerError):
    """Every combination has been tried or is running. To try more, add values to the definition;
    to repeat the best of noisy results, choose the generation method “Bandit”."""


class BanditExhausted(SearchSpaceExhausted):
    """Every combination was abandoned, or failed twice. To go on, add values to the definition, or
    reopen a trial."""


class UnfitForBandit(OptimizerError):
    """Bandit optimization is not for this definition. Choose another generation method."""


class NoFeasibleCombination(OptimizerError):
    """By the results so far, hardly any combination keeps all bounds on the metrics. Loosen a
    bound, or add values to the definition."""


class InfeasibleSpace(OptimizerError):
    """No combination satisfies all parameter constraints. Loosen a bound, or remove one of them."""


class MethodUnavailable(OptimizerError):
    """The generation method "quality" needs the packages jax and numpyro. Choose "fast"."""
