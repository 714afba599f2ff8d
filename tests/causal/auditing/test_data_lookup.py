"""Numbers that are looked up among data, in the precision that a step converts them to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from repro.causal.auditing.data_change import Changed
from repro.causal.auditing.data_lookup import DataLookup

BEFORE = np.array([0.1, 0.2, np.nan, 3.0])
AFTER = np.array([0.5, 0.2, 0.7, -3.0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_data_are_found_after_a_conversion(dtype: torch.dtype) -> None:
    direct = torch.tensor([0.1, 0.3, 3.0, 0.7], dtype=dtype).double().numpy()
    lookup = DataLookup(Changed(BEFORE, AFTER), direct)
    assert lookup.has(direct, dtype).tolist() == [True, False, True, False]
    assert lookup.has(direct, dtype, after=True).tolist() == [False, False, False, True]


def test_numbers_that_were_single_are_found_among_doubles() -> None:
    single = np.array([0.1, 0.3]).astype(np.float32).astype(np.float64)
    lookup = DataLookup(Changed(BEFORE, AFTER), single)
    assert single[0] != BEFORE[0]
    assert lookup.has(single, torch.float64).tolist() == [True, False]


def test_without_data_nothing_is_found() -> None:
    none = np.zeros(0)
    assert not DataLookup(Changed(none, none), BEFORE).has(BEFORE, torch.float64).any()
    assert DataLookup(Changed(BEFORE, AFTER), none).has(none, torch.float64).size == 0
