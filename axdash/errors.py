"""The error that ends a start."""


class StartError(Exception):
    """Something AxDash needs is not there; the message is a sentence for whoever started it."""
