"""The timeline as evidence: chained by hashes, verified, and enough to rebuild the ticket.

Each row's hash covers the row and the hash before it; the ticket keeps the count and the last hash.
So a row changed, dropped, swapped or inserted is found and named, also at the very end.
"""

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

GENESIS = b"\x00" * 32
"""What the first row of every timeline follows."""

HASHED = (
    "ticket_id",
    "seq",
    "at",
    "actor_id",
    "actor",
    "role",
    "department_id",
    "action",
    "outcome",
    "from_status",
    "from_hold",
    "to_status",
    "to_hold",
    "round",
    "reason",
    "text",
    "audience",
    "policy_id",
    "changes",
    "details",
)
"""Every column of a timeline row that was known when it was written."""

Row = Mapping[str, Any]
"""A timeline row by column name: those of `HASHED`, `id`, `previous_hash` and `hash`."""


def _plain(value: object) -> object:
    if value is None or isinstance(value, int | str):
        # Enum members are strings; their values are what is stored.
        return str(value) if isinstance(value, str) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping | list):
        return value
    return str(value)


def row_hash(previous: bytes, row: Row) -> bytes:
    """Return the SHA-256 of a row that follows `previous`."""
    body = json.dumps(
        [_plain(row[column]) for column in HASHED],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + body.encode("utf-8", "surrogatepass")).digest()


def text_digest(title: str, content: str) -> str:
    """Return the digest by which the first row vouches for the requester's own words."""
    return hashlib.sha256(f"{title}\n{content}".encode()).hexdigest()


class FaultKind(enum.StrEnum):
    """What is wrong with a timeline."""

    CHANGED = "changed"
    DROPPED = "dropped"
    SWAPPED = "swapped"
    INSERTED = "inserted"
    STATE_DIFFERS = "state_differs"
    WORDS_DIFFER = "words_differ"
    CLOCK_DIFFERS = "clock_differs"
    PAPER_DIFFERS = "paper_differs"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, and where."""

    kind: FaultKind
    seq: int
    row_id: int | None = None
    detail: str = ""


def verify_chain(rows: Sequence[Row], count: int, head: bytes) -> list[Fault]:
    """Return what is wrong with a timeline; nothing when it is whole.

    Args:
        rows: the stored rows in order of `seq`, then `id`.
        count: how many rows the ticket says it has.
        head: the hash that the ticket says is the last.
    """
    if (
        len(rows) == count
        and all(row["seq"] == place for place, row in enumerate(rows, 1))
        and _links(rows, head)
    ):
        return []
    return _diagnose(rows, count, head)


def _links(rows: Sequence[Row], head: bytes) -> bool:
    previous = GENESIS
    for row in rows:
        if row["previous_hash"] != previous or row["hash"] != row_hash(previous, row):
            return False
        previous = row["hash"]
    return bool(previous == head)


def _diagnose(rows: Sequence[Row], count: int, head: bytes) -> list[Fault]:
    faults = [
        _altered(row, count) for row in rows if row["hash"] != row_hash(row["previous_hash"], row)
    ]
    on_chain = _chained(rows, head)
    gaps = set(range(1, count + 1)) - {_place(row, count) for row in on_chain}
    for row in rows:
        if any(row is chained for chained in on_chain):
            continue
        if row["seq"] in gaps:
            # It stands where the chain is broken: the true row was rewritten, hash and all.
            gaps.discard(row["seq"])
            if not any(fault.row_id == row["id"] for fault in faults):
                faults.append(Fault(FaultKind.CHANGED, row["seq"], row["id"], "rewritten"))
        else:
            faults.append(Fault(FaultKind.INSERTED, row["seq"], row["id"]))
    faults.extend(Fault(FaultKind.DROPPED, seq) for seq in sorted(gaps))
    if not faults:
        # Each row is whole in itself: where the next one, or at the end the ticket, knows another
        # hash, it was written anew.
        broken = next((a for a, b in pairwise(rows) if b["previous_hash"] != a["hash"]), rows[-1])
        faults.append(Fault(FaultKind.CHANGED, broken["seq"], broken["id"], "rewritten"))
    return sorted(faults, key=lambda fault: (fault.seq, fault.kind))


def _place(row: Row, count: int) -> int:
    """Return the place a row was written for, even when its `seq` was exchanged."""
    if row["hash"] == row_hash(row["previous_hash"], row):
        return int(row["seq"])
    return _true_place(row, count) or int(row["seq"])


def _true_place(row: Row, count: int) -> int | None:
    for seq in range(1, count + 1):
        if row["hash"] == row_hash(row["previous_hash"], {**row, "seq": seq}):
            return seq
    return None


def _altered(row: Row, count: int) -> Fault:
    belongs = _true_place(row, count)
    if belongs is not None:
        return Fault(FaultKind.SWAPPED, row["seq"], row["id"], f"belongs at {belongs}")
    return Fault(FaultKind.CHANGED, row["seq"], row["id"])


def _chained(rows: Sequence[Row], head: bytes) -> list[Row]:
    """Return the rows that hang together by their stored hashes, from both ends."""
    after = {row["previous_hash"]: row for row in reversed(rows)}
    before = {row["hash"]: row for row in rows}
    found: list[Row] = []
    link = head
    while link in before and before[link] not in found:
        found.append(before[link])
        link = before[link]["previous_hash"]
    if link == GENESIS:
        return found
    link = GENESIS
    while link in after and after[link] not in found:
        found.append(after[link])
        link = after[link]["hash"]
    return found


REBUILT = (
    "request_type",
    "urgency",
    "category_code",
    "is_secret",
    "owner_department_id",
    "holder_user_id",
    "holder_post",
    "lead_department_id",
    "first_department_id",
    "is_designated",
    "bounce_count",
    "hop",
    "policy_id",
    "closure_code",
    "parent_id",
    "repeat_of_id",
    "submitted_at",
    "accepted_at",
    "dispatched_at",
    "completed_at",
    "closed_at",
    "archived_at",
)
"""Columns of a ticket that its timeline accounts for, beside status, hold and round."""


def snapshot(ticket: object) -> dict[str, object]:
    """Return the rebuildable columns of a ticket as JSON values."""
    return {column: _plain(getattr(ticket, column)) for column in REBUILT}


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Return what of `after` differs from `before`."""
    return {column: value for column, value in after.items() if before.get(column) != value}


def rebuild(rows: Iterable[Row]) -> dict[str, object]:
    """Return status, hold, round and every rebuildable column, from the timeline alone."""
    state: dict[str, object] = dict.fromkeys(REBUILT)
    for row in rows:
        state.update(row["changes"])
        state["status"] = _plain(row["to_status"])
        state["hold"] = _plain(row["to_hold"])
        state["round"] = row["round"]
    return state
