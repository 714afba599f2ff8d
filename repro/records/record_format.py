"""The format of a record, and functions that write and read it.

A record is a payload (.npz), whose bytes depend on the results alone, and facts about it (JSON): the
block, the key, the payload's SHA-256, and how it was made. A store keeps the facts in one file for
each block, shipped runs keep them in their manifest. Readers differ in where the files are, and in
what happens to a faulty one.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from repro import tasks
from repro.errors import UserError
from repro.protocol.blocks import Block
from repro.protocol.matched import Matched, matched
from repro.records.keys import key
from repro.records.record import Record
from repro.statistics.convergence import OPTIMUM, epochs_to_convergence
from repro.storage.npz import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OPTIONAL = {"from_epoch": None, "changes": (), "keep": ()}
"""Fields of a block that its JSON object lacks if they have these values, as most do."""
_FIELDS = {field.name for field in fields(Block)}
_MATCHED = {field.name for field in fields(Matched)} - _FIELDS
"""Fields that the JSON object of a matched block has besides."""
_NAME = re.compile(r"[A-Za-z0-9_.]{1,80}")
_SHOWN = 40
_TYPES = {
    "algorithm": str,
    "problem": str,
    "seeds": list,
    "epochs": int,
    "bids": bool,
    "keep": list,
}


def file_stem(block: Block, digest: str) -> str:
    """Name of a block's files, without their ending."""
    name = block.name.replace("/", "-").replace("=", "_").replace(",", "_")
    return f"{name}-{digest}"


def settings(block: Block) -> dict[str, Any]:
    """Return a block as a JSON object, with its ancestors inside, and its reference if it is matched."""
    own = {name: getattr(block, name) for name in sorted(_FIELDS)}
    shown = {n: v for n, v in own.items() if n not in _OPTIONAL or v != _OPTIONAL[n]}
    if isinstance(block, Matched):
        shown |= {"match": block.match, "reference": settings(block.reference)}
    return {**shown, "parent": block.parent and settings(block.parent)}


def describe(block: Block, payload: bytes) -> dict[str, Any]:
    """Return the facts that bind a payload to its block.

    The problem's best return, which times follow from, is among them if it is not the protocol's.
    """
    best_return = tasks.problem(block.problem).best_return
    return {
        "block": block.name,
        "settings": settings(block),
        "key": key(block),
        "sha256": hashlib.sha256(payload).hexdigest(),
        **({} if best_return == OPTIMUM else {"best_return": best_return}),
    }


def read_payload(path: Path, facts: Mapping[str, Any]) -> bytes:
    """Read the payload that some facts describe.

    Raises:
        OSError: the file cannot be read.
        ValueError: the path is invalid, or the file is not the payload described.
    """
    payload = path.read_bytes()
    found, expected = hashlib.sha256(payload).hexdigest(), facts["sha256"]
    if found != expected:
        raise ValueError(
            f"its {len(payload):,} bytes have the SHA-256 {found[:16]}; "
            f"expected {str(expected)[:16]}"
        )
    return payload


def read_record(block: Block, payload: bytes, provenance: Mapping[str, Any]) -> Record:
    """Make a record from its payload.

    Args:
        block: what was run.
        payload: as `read_payload` returns it; its content is checked.
        provenance: how it was made, with the problem's best return as `describe` writes it.

    Raises:
        ValueError: arrays are missing, the times do not follow from the returns, or the best return
            is no finite number other than 0.
        Exception: see `repro.storage.unpack`; arrays of wrong types or shapes may raise any other.
    """
    record = Record.of(block, unpack(payload), provenance)
    again = epochs_to_convergence(record.returns, optimum=_best_return(provenance))
    same = np.array_equal(again.epochs, record.times.epochs)
    same = same and np.array_equal(again.censored, record.times.censored)
    if not same or len(record.returns) != len(block.seeds):
        raise ValueError("its times do not follow from its returns")
    return record


def _best_return(facts: Mapping[str, Any]) -> float:
    """Return the best return of a record's problem; the protocol's if the facts do not have it."""
    given = facts.get("best_return", OPTIMUM)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not (is_number and 0 < abs(given) <= sys.float_info.max):
        shown = repr(given)[:_SHOWN]
        raise ValueError(f"its best_return is {shown}; expected a finite number other than 0")
    return float(given)


def to_block(given: object) -> Block:
    """Make a block from its JSON object, as `settings` returns it.

    Raises:
        ValueError: it is not such an object.
        UserError: the block cannot be run.
    """
    if isinstance(given, dict) and {*given} >= _MATCHED:
        return _to_matched(given)
    if not isinstance(given, dict) or {*given} | {*_OPTIONAL} != _FIELDS:
        raise ValueError(f"its settings are not {', '.join(sorted(_FIELDS))}")
    body = {"from_epoch": None, "changes": [], "keep": [], **given}
    wrong = [name for name, kind in _TYPES.items() if type(body[name]) is not kind]
    optional = ("extra_epochs", "from_epoch")
    wrong += [name for name in optional if type(body[name]) not in {int, type(None)}]
    if wrong:
        raise ValueError(f"its {' and '.join(wrong)} are of another type")
    for name in ("seeds", "keep"):
        if not all(type(number) is int for number in body[name]):
            raise ValueError(f"its {name} are not whole numbers")
        body[name] = tuple(body[name])
    for name in (body["algorithm"], body["problem"]):
        _check_name(name)
    for name in ("hyperparameters", "changes"):
        body[name] = _to_pairs(name, body[name])
    body["parent"] = None if body["parent"] is None else to_block(body["parent"])
    return Block(**body)


def _to_matched(given: dict[str, object]) -> Matched:
    """Make a matched block from its JSON object."""
    match, reference = given["match"], to_block(given["reference"])
    if type(match) is not str:
        raise ValueError("its match is of another type")
    _check_name(match)
    rest = {name: value for name, value in given.items() if name not in _MATCHED}
    return matched(to_block(rest), match, reference)


def _to_pairs(what: str, given: object) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for pair in given if isinstance(given, list) else [given]:
        match pair:
            case [str(name), int(value) | float(value)] if not isinstance(value, bool):
                _check_name(name)
                found.append((name, value))
            case _:
                raise ValueError(f"its {what} are not pairs of a name and a number")
    return tuple(found)


def _check_name(name: str) -> None:
    """Refuse a name with characters that a terminal or a path could interpret."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"it names {name[:_SHOWN]!a}, expected letters, digits, '_' and '.'")


def fault(error: Exception) -> str:
    """Describe what is wrong with a file, in a few words on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    known = isinstance(error, (OSError, ValueError, UserError))
    return printable(text if known and text else f"{type(error).__name__}: {text}")


def printable(text: str) -> str:
    """Escape control characters in text from untrusted files."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
