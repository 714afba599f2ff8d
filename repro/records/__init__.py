"""Records: the results of blocks, where they are kept, and what they depend on.

A `Record` holds the arrays that one block's runs produced. Its `key` is a digest of all that the
arrays depend on: the block, its parent, the code that trains, and the versions. A `Store` finds a
record by its key. If code or versions have changed, it finds none, and the block is trained again.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from repro.protocol import Block
    >>> from repro.statistics import epochs_to_convergence
    >>> block = Block("ppo", "linear_chain.training", seeds=(0, 1), epochs=3)
    >>> returns = np.array([[0.1, 0.2, 0.8], [0.1, 0.1, 0.3]])
    >>> weights = {"policy": np.zeros((2, 1, 4)), "value": np.zeros((2, 1, 4))}
    >>> record = Record(block, returns, epochs_to_convergence(returns), {}, {}, weights, {})
    >>> with tempfile.TemporaryDirectory() as name:
    ...     store = Store(Path(name))
    ...     store.save(record, {"seconds": 1.5})
    ...     loaded = store.load(block)
    >>> loaded.returns.tolist() == returns.tolist(), loaded.provenance["seconds"]
    (True, 1.5)

`Shipped` reads the runs that are shipped with the project, `ship` writes them. `Stored` reads a store's
records, whatever code made them, and `read_set` those of any folder; `repro.records.compare` compares such sets.
`record_format` is the only module that depends on how a record is written.
"""

from __future__ import annotations

from repro.records.keys import key
from repro.records.record import Record
from repro.records.record_set import RecordRef, read_set
from repro.records.shipped import MANIFEST, Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.records.stored import Stored

__all__ = [
    "MANIFEST",
    "Record",
    "RecordRef",
    "Shipped",
    "Store",
    "Stored",
    "key",
    "read_set",
    "ship",
]
