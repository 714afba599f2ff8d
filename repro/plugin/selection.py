"""Which claims a session judges, which it leaves out, and what the judged ones need."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from repro.errors import unknown
from repro.plugin.declaration import Declaration, declare_all
from repro.verdicts import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier


class Selection:
    """The claims of a session, first all, then those chosen by name, then those of the tier.

    Attributes:
        declared: what each collected test declares, by node id.
        needs: of the claims to judge, by node id, the blocks at the paper's scale that they want.
        left_out: claims that were chosen and that the tier does not judge.

    Args:
        tier: which claims can be judged.
        seeds: what the claims' needs are asked for.
    """

    def __init__(self, tier: Tier, seeds: tuple[int, ...]) -> None:
        self._tier, self._seeds = tier, seeds
        self.declared: dict[str, Declaration] = {}
        self.needs: dict[str, tuple[Block, ...]] = {}
        self.left_out: list[LeftOut] = []

    @property
    def judged(self) -> tuple[Declaration, ...]:
        """What the claims to judge declare, in the order they were collected."""
        return tuple(self.declared[nodeid] for nodeid in self.needs)

    @property
    def blocks(self) -> dict[str, tuple[Block, ...]]:
        """The tier's blocks that each claim to judge is judged on, by the claim's id."""
        return {
            self.declared[nodeid].id: tuple(dict.fromkeys(map(self._tier.block, blocks)))
            for nodeid, blocks in self.needs.items()
        }

    def declare(
        self, items: list[pytest.Item], empty: Iterable[str], chosen: set[str]
    ) -> list[pytest.Item]:
        """Check every declaration, and keep the claims with these ids; none: all.

        Args:
            items: all tests, from which the others are taken out.
            empty: files in which none was found.
            chosen: ids.

        Returns:
            Those that were taken out.

        Raises:
            UserError: a declaration is faulty, or no claim has a chosen id.
        """
        self.declared = declare_all(items, empty)
        ids = {claim.id for claim in self.declared.values()}
        for given in sorted(chosen - ids):
            raise unknown("claim", given, ids)
        for item in items:
            item.extra_keyword_matches.add(self.declared[item.nodeid].id)
        return _take_out(items, [i for i in items if chosen and self._id(i) not in chosen])

    def narrow(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Take out the claims that the tier does not judge; note what the others need.

        Returns:
            Those that were taken out.

        Raises:
            ClaimError: a claim's needs are faulty.
        """
        others = []
        for item in items:
            claim = self.declared[item.nodeid]
            needs = claim.blocks(self._seeds)
            if why := self._tier.leaves_out(needs):
                self.left_out.append(LeftOut(claim.id, claim.title, why))
                others.append(item)
            else:
                self.needs[item.nodeid] = needs
        return _take_out(items, others)

    def nothing(self, expression: str = "") -> str:
        """Say why there is nothing to judge, and what to do.

        Args:
            expression: that was given to select by; "" for none.
        """
        if self.left_out:
            lost = "; ".join(f"{claim.id}: {claim.why}" for claim in self.left_out)
            return (
                f"the tier {self._tier.name} leaves out all that is selected ({lost}); "
                "choose another --tier or other claims"
            )
        ids = sorted(claim.id for claim in self.declared.values())
        if not expression:
            return f"no claim is selected; choose from: {', '.join(ids)}"
        parts = sorted({part for name in ids for part in (name, *re.split(r"[._]", name))})
        words = re.findall(r"[\w.]+", expression)
        near = [name for word in words for name in difflib.get_close_matches(word, parts, n=2)]
        hint = " or ".join(dict.fromkeys(name for name in near if name not in words))
        mend = f"did you mean {hint}?" if hint else f"choose from: {', '.join(ids)}"
        return f"no claim is selected by -k {expression!r}; {mend}"

    def _id(self, item: pytest.Item) -> str:
        return self.declared[item.nodeid].id


def _take_out(items: list[pytest.Item], others: list[pytest.Item]) -> list[pytest.Item]:
    items[:] = [item for item in items if item not in others]
    return others
