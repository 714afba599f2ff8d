"""Which claims a session judges, which ones it leaves out, and which blocks it needs."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from repro.errors import ClaimError, UserError, unknown
from repro.plugin.declaration import Declaration, declare_all
from repro.verdicts import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier

    Check = Callable[[Block], None]


class Selection:
    """The claims of a session: first all, then the chosen ones, then those that the tier judges.

    Attributes:
        declared: declaration of each collected test, by node id.
        needs: blocks at the paper's scale of each claim to judge, by node id.
        left_out: chosen claims that the tier does not judge.

    Args:
        tier: decides which claims can be judged.
        seeds: arguments of the claims' `needs`.
        check: raises a UserError for a block that cannot be trained.
    """

    def __init__(
        self, tier: Tier, seeds: tuple[int, ...], check: Check = lambda _block: None
    ) -> None:
        self._tier, self._seeds, self._check = tier, seeds, check
        self.declared: dict[str, Declaration] = {}
        self.needs: dict[str, tuple[Block, ...]] = {}
        self.left_out: list[LeftOut] = []

    @property
    def judged(self) -> tuple[Declaration, ...]:
        """Declarations of the claims to judge, in the order of collection."""
        return tuple(self.declared[nodeid] for nodeid in self.needs)

    @property
    def blocks(self) -> dict[str, tuple[Block, ...]]:
        """The tier's blocks for each claim to judge, by claim id."""
        return {
            self.declared[nodeid].id: tuple(dict.fromkeys(map(self._tier.block, blocks)))
            for nodeid, blocks in self.needs.items()
        }

    def declare(
        self, items: list[pytest.Item], empty: Iterable[str], chosen: set[str]
    ) -> list[pytest.Item]:
        """Check every declaration, and remove the claims that are not chosen.

        Args:
            items: all tests; changed in place.
            empty: files without tests.
            chosen: ids; empty: all claims are chosen.

        Returns:
            The removed tests.

        Raises:
            UserError: a declaration is invalid, or no claim has a chosen id.
        """
        self.declared = declare_all(items, empty)
        ids = {claim.id for claim in self.declared.values()}
        for given in sorted(chosen - ids):
            raise unknown("claim", given, ids)
        for item in items:
            item.extra_keyword_matches.add(self.declared[item.nodeid].id)
        others = [item for item in items if self.declared[item.nodeid].id not in chosen]
        return _remove(items, others if chosen else [])

    def narrow(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Remove the claims that the tier does not judge; note what the others need.

        Returns:
            The removed tests.

        Raises:
            ClaimError: a claim's `needs` are invalid, or a block of them cannot be trained.
        """
        others = []
        for item in items:
            claim = self.declared[item.nodeid]
            try:
                needs = claim.blocks(self._seeds)
                for block in needs:
                    self._check(block)
            except UserError as error:
                file = item.nodeid.partition("::")[0]
                raise ClaimError(f"{file}: {error}") from error
            if why := self._tier.leaves_out(needs, study=claim.study):
                self.left_out.append(LeftOut(claim.id, claim.title, why, claim.counts_as))
                others.append(item)
            else:
                self.needs[item.nodeid] = needs
        return _remove(items, others)

    def nothing_selected(self, expression: str = "") -> str:
        """Return the error message for a session without claims to judge.

        Args:
            expression: the value of -k; "" if not given.
        """
        if self.left_out:
            reasons = "; ".join(f"{claim.id}: {claim.why}" for claim in self.left_out)
            return (
                f"the tier {self._tier.name} leaves out all selected claims ({reasons}); "
                "choose another --tier or other claims"
            )
        ids = sorted(claim.id for claim in self.declared.values())
        if not expression:
            return f"no claim is selected; choose from: {', '.join(ids)}"
        parts = sorted({part for name in ids for part in (name, *re.split(r"[._]", name))})
        words = re.findall(r"[\w.]+", expression)
        near = [name for word in words for name in difflib.get_close_matches(word, parts, n=2)]
        hint = " or ".join(dict.fromkeys(name for name in near if name not in words))
        advice = f"did you mean {hint}?" if hint else f"choose from: {', '.join(ids)}"
        return f"no claim is selected by -k {expression!r}; {advice}"


def _remove(items: list[pytest.Item], others: list[pytest.Item]) -> list[pytest.Item]:
    items[:] = [item for item in items if item not in others]
    return others
