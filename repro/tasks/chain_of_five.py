"""A chain of five decisions with ten actions, of which the last decision changes.

It is built by the pattern of `chain_of_four`. The authors' published chain of five leads to a state that it
does not define, so it cannot be taken over as it is.

Episodes are cut after ten steps, as in the shorter chains, so that only the length differs. Then a random
policy solves the task in fewer than one episode of an epoch, on average.
"""

from __future__ import annotations

from repro.mdp.task import Topology
from repro.tasks.chain_of_four import chain

TOPOLOGY = Topology(
    training=(chain("ABCDEFGHIJ", "E"),), transfer={"last": (chain("ABCDEFGHIJ", "J"),)}
)
