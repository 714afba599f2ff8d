"""Verdicts over versions of the project: which version judged what, and why verdicts changed.

`data/history.json` has an entry for each published version with other verdicts than the one before, the first
included. Its first entries were read from the repository's own history of `data/verdicts.json`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Version:
    """A published version whose verdicts are not those of the version before.

    Attributes:
        commit: that judged them.
        date: of publication, as YYYY-MM-DD.
        seeds: number of seeds of most claims.
        why: what changed, in a sentence.
        verdicts: of each claim, by its id.
    """

    commit: str
    date: str
    seeds: int
    why: str
    verdicts: Mapping[str, str]

    def changed(self, before: Mapping[str, str]) -> list[str]:
        """List the claims that were judged before, too, with another verdict."""
        return [
            name for name, verdict in self.verdicts.items() if before.get(name, verdict) != verdict
        ]


def load_history(path: Path) -> list[Version]:
    """Read the versions, oldest first; none if there is no file.

    Raises:
        UserError: the file cannot be read or is malformed.
    """
    if not path.exists():
        return []
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        versions = [Version(**one) for one in body["versions"]]
        for version in versions:
            for verdict in version.verdicts.values():
                Verdict(verdict)
    except (AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}: {error}); expected the versions that "
            "`python -m repro docs` wrote: take the file from the repository again"
        ) from error
    return versions


def appended(history: Sequence[Version], now: Version) -> str:
    """Return the text of the history with a version added, if its verdicts are other ones.

    Raises:
        UserError: a claim has another verdict than before, and `now` does not say why.
    """
    before = history[-1].verdicts if history else {}
    if changed := now.changed(before):
        named = ", ".join(f"{name}: {before[name]} → {now.verdicts[name]}" for name in changed)
        if not now.why:
            raise UserError(
                f"given verdicts that are not those of the version before ({named}) and no reason; say in "
                "a sentence why they changed: `python -m repro docs --why TEXT`"
            )
    new = [] if dict(before) == dict(now.verdicts) else [now]
    body = {"versions": [asdict(one) for one in [*history, *new]]}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
