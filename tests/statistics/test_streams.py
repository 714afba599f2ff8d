"""A named stream is numpy's default generator with the seed that SHA-256 gives."""

from __future__ import annotations

import numpy as np

from repro.statistics.streams import seed_of, stream


def test_the_seed_is_the_beginning_of_the_digest() -> None:
    """Known answer of FIPS 180-2: the digest of "abc" is ba7816bf 8f01cfea 414140de ..."""
    assert seed_of("abc") == 0xBA7816BF_8F01CFEA


def test_a_stream_is_started_anew_by_its_name() -> None:
    drawn = [stream(name).integers(2**32, size=4).tolist() for name in ("abc", "abc", "abd")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] == np.random.default_rng(0xBA7816BF_8F01CFEA).integers(2**32, size=4).tolist()
