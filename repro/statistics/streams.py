"""Named streams of random numbers: the same name gives the same resamples, in claims and in notebooks."""

from __future__ import annotations

import hashlib

import numpy as np


def seed_of(name: str) -> int:
    """Return the seed of a stream: the first eight bytes of its name's SHA-256, most significant first.

    Args:
        name: such as "ppo/cvs".
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def stream(name: str) -> np.random.Generator:
    """Start the stream of this name."""
    return np.random.default_rng(seed_of(name))
