"""Blocks: which runs an experiment consists of, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STEPS_PER_EPOCH = 4096
PRETRAINING_EPOCHS = 2450
TRANSFER_CAP = 50_000
"""Epochs after which a transfer run that has not converged is censored."""
BIDS_PROBLEM = "linear_chain.last"
"""The transfer problem whose bids are recorded."""
BIDS_EXTRA_EPOCHS = 300
"""Epochs that a run of that problem trains after converging, so that its bids can settle."""


NOTHING: Mapping[str, float] = MappingProxyType({})
"""No hyperparameters and no changes."""
KEPT_EPOCHS = (400, 950, 1500)
"""Epochs of a pretraining whose weights are kept besides the last ones, to transfer from."""

Settings = tuple[tuple[str, float], ...]
"""Names and values, sorted by name."""


@dataclass(frozen=True)
class Block:
    """One algorithm on one problem for several seeds: the unit of training and of storage.

    >>> block = Block("ppo", "linear_chain.last", seeds=(0, 1), epochs=100)
    >>> block.name
    'ppo/linear_chain.last/epochs=100'

    Attributes:
        algorithm: name of an algorithm.
        problem: name of a problem, such as "linear_chain.last".
        seeds: one run each, in this order.
        epochs: largest number of epochs of a run.
        extra_epochs: epochs that a run trains after the window that shows its convergence; None:
            every run trains for all `epochs`.
        bids: whether to record bids and logits at each epoch, at the states of optimal paths.
        hyperparameters: those that differ from the protocol's.
        parent: the block whose weights this block starts from; None: initial weights. It may have
            another algorithm, if the networks have the same sizes.
        from_epoch: the epoch of the parent after which its weights are taken; None: its last.
        changes: what is changed in these weights before the first epoch: names of
            `repro.training.changes` and their values.
        keep: epochs after which weights are kept, besides the last one, for blocks that start there.
    """

    algorithm: str
    problem: str
    seeds: tuple[int, ...]
    epochs: int
    extra_epochs: int | None = None
    bids: bool = False
    hyperparameters: Settings = ()
    parent: Block | None = None
    from_epoch: int | None = None
    changes: Settings = ()
    keep: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check that the block can be run.

        Raises:
            UserError: there are no seeds, repeated or negative seeds, or no epochs; weights are kept
                after epochs that a run may not reach; or the block starts from weights that its parent
                does not keep, or changes weights without having a parent.
        """
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise UserError(f"{self.name}: seeds {self.seeds}; expected distinct ones from 0 on")
        if self.epochs < 1:
            raise UserError(f"{self.name}: {self.epochs} epochs; expected at least 1")
        self._check_kept()
        self._check_start()

    def _check_kept(self) -> None:
        if not self.keep:
            return
        if self.extra_epochs is not None:
            raise UserError(
                f"{self.name}: keeps weights after epochs {_listed(self.keep)}, but its runs stop when "
                "they have converged; expected extra_epochs=None, so that every run reaches them"
            )
        in_order = sorted(set(self.keep)) == list(self.keep)
        if not in_order or not 1 <= self.keep[0] <= self.keep[-1] <= self.epochs:
            raise UserError(
                f"{self.name}: keeps weights after epochs {_listed(self.keep)}; expected increasing "
                f"numbers from 1 to {self.epochs}"
            )

    def _check_start(self) -> None:
        parent = self.parent
        if parent is None:
            if self.from_epoch is not None or self.changes:
                raise UserError(
                    f"{self.name}: given from_epoch or changes, which are about the weights of a parent, "
                    "but no parent; give one, as `pretraining(...)`"
                )
            return
        if parent.seeds != self.seeds:
            raise UserError(
                f"{self.name}: seeds {self.seeds}, but its parent has {parent.seeds}; expected the same, "
                "because each run starts from the run of its own seed"
            )
        if self.from_epoch is not None and self.from_epoch not in parent.keep:
            raise UserError(
                f"{self.name}: starts from epoch {self.from_epoch} of {parent.name}, which keeps the "
                f"weights {'of ' + _listed(parent.keep) + ' and ' if parent.keep else ''}of its last "
                f"epoch; give a parent with keep=({self.from_epoch},), or leave from_epoch out"
            )

    @property
    def name(self) -> str:
        """Name for people: the arm, and the number of epochs if it is not the protocol's."""
        usual = PRETRAINING_EPOCHS if self.parent is None else TRANSFER_CAP
        return self.arm if self.epochs == usual else f"{self.arm}/epochs={self.epochs}"

    @property
    def arm(self) -> str:
        """Algorithm and problem, then what is not the protocol's besides the number of epochs.

        For example "ppof/linear_chain.last/from=950/minibatch=128".
        """
        return "/".join([self.algorithm, self.problem, *self.differences])

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not the protocol's: where the block starts, changes and hyperparameters."""
        start = [f"from={','.join(self.start)}"] if self.start else []
        return (*start, *_written(self.changes), *_written(self.hyperparameters))

    @property
    def start(self) -> tuple[str, ...]:
        """What is not the protocol's in the weights that the block starts from."""
        parent = self.parent
        if parent is None:
            return ()
        cap = PRETRAINING_EPOCHS if parent.parent is None else TRANSFER_CAP
        epoch = self.from_epoch or (parent.epochs if parent.epochs != cap else None)
        training = f"{self.problem.partition('.')[0]}.training"
        found = [] if parent.algorithm == self.algorithm else [parent.algorithm]
        found += [] if parent.problem == training else [parent.problem]
        found += [] if epoch is None else [str(epoch)]
        if parent.hyperparameters != self.hyperparameters:
            found += _written(parent.hyperparameters) or ["default"]
        return (*found, *_written(parent.changes), *parent.start)

    def with_seeds(self, seeds: tuple[int, ...]) -> Block:
        """Return the same block, and the same ancestors, for other seeds."""
        parent = self.parent and self.parent.with_seeds(seeds)
        return replace(self, seeds=seeds, parent=parent)


def pretraining(
    algorithm: str,
    topology: str,
    seeds: tuple[int, ...],
    *,
    hyperparameters: Mapping[str, float] = NOTHING,
    keep: tuple[int, ...] = KEPT_EPOCHS,
) -> Block:
    """Return the block that trains on a topology's training problem from initial weights.

    Args:
        algorithm: its name.
        topology: such as "linear_chain".
        seeds: one run each.
        hyperparameters: those that differ from the protocol's.
        keep: epochs that blocks may start from, besides the last.
    """
    return Block(
        algorithm,
        f"{topology}.training",
        seeds,
        PRETRAINING_EPOCHS,
        hyperparameters=_settings(hyperparameters),
        keep=keep,
    )


def transfer(
    algorithm: str,
    problem: str,
    seeds: tuple[int, ...],
    *,
    hyperparameters: Mapping[str, float] = NOTHING,
    parent: Block | None = None,
    from_epoch: int | None = None,
    changes: Mapping[str, float] = NOTHING,
) -> Block:
    """Return the block that transfers pretrained weights to a problem, until convergence.

    >>> block = transfer("ppo", "linear_chain.last", seeds=(0, 1))
    >>> block.epochs, block.bids, block.parent.name
    (50000, True, 'ppo/linear_chain.training')
    >>> transfer("ppof", "linear_chain.last", (0, 1), hyperparameters={"minibatch": 128}, from_epoch=950).name
    'ppof/linear_chain.last/from=950/minibatch=128'

    Args:
        algorithm: its name.
        problem: a transfer problem.
        seeds: one run each.
        hyperparameters: those that differ from the protocol's, in transfer and, unless a parent is given,
            in pretraining.
        parent: what to start from; None: the algorithm's pretraining.
        from_epoch: see `Block`; the parent's last epoch counts too.
        changes: see `Block`.
    """
    topology = problem.partition(".")[0]
    parent = parent or pretraining(algorithm, topology, seeds, hyperparameters=hyperparameters)
    with_bids = problem == BIDS_PROBLEM
    return Block(
        algorithm,
        problem,
        seeds,
        TRANSFER_CAP,
        extra_epochs=BIDS_EXTRA_EPOCHS if with_bids else 0,
        bids=with_bids,
        hyperparameters=_settings(hyperparameters),
        parent=parent,
        from_epoch=None if from_epoch == parent.epochs else from_epoch,
        changes=_settings(changes),
    )


def _settings(given: Mapping[str, float]) -> Settings:
    return tuple(sorted(given.items()))


def _written(settings: Settings) -> list[str]:
    return [f"{name}={value:g}" for name, value in settings]


def _listed(epochs: tuple[int, ...]) -> str:
    return ", ".join(map(str, epochs))


def with_parents(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks and all their ancestors, each once, parents before children.

    See `repro.protocol.matched.with_needed` for all blocks that must be run, which besides ancestors are
    references.
    """
    ordered: dict[Block, None] = {}
    for block in blocks:
        chain = [block]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)
