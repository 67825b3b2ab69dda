"""One seed for each generation, from the one that an experiment has."""

import hashlib


def derived_seed(seed: int, issued: int) -> int:
    """Return a seed for one generation: the same one each time would repeat Ax's restarts."""
    digest = hashlib.blake2b(f"{seed}/{issued}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")
