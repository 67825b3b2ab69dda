"""What the optimizer refuses to do, in words that a user can act on."""


class OptimizerError(Exception):
    """No suggestion could be made."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class SearchSpaceExhausted(OptimizerError):
    """Every combination has been tried or is running. To try more, add values to the definition."""


class InfeasibleSpace(OptimizerError):
    """No combination satisfies all parameter constraints. Loosen a bound, or remove one of them."""


class MethodUnavailable(OptimizerError):
    """The generation method "quality" needs the packages jax and numpyro. Choose "fast"."""
