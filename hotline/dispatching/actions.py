"""Writing the dispatch catalogue: every change is a new version; and ending precedents."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, delete, select

from hotline.dispatching.checking import Fault, find_faults
from hotline.dispatching.errors import (
    CatalogueDraftChanged,
    InvalidCatalogue,
    PrecedentEnded,
    PrecedentNotFound,
)
from hotline.dispatching.models import CatalogueDraft, Precedent
from hotline.dispatching.queries import find_draft, find_version, newest_version
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.models import Category, RequestType
from hotline.tickets.routing.codec import entries_from_json, entry_to_json
from hotline.tickets.routing.models import CatalogueVersion
from hotline.tickets.routing.queries import read_units
from hotline.tickets.routing.rules import Entry


async def check_entries(tx: Tx, entries: Sequence[Entry]) -> list[Fault]:
    """Return what keeps entries from being published."""
    categories = await tx.session.exec(
        select(Category.code).where(col(Category.is_active).is_(True))
    )
    return find_faults(
        entries,
        categories=frozenset(categories),
        units=await read_units(tx.session),
        request_types=frozenset(word.value for word in RequestType),
    )


async def publish_catalogue(
    tx: Tx,
    entries: Sequence[Entry],
    *,
    is_direct: bool,
    note: str,
    from_at: datetime | None = None,
) -> CatalogueVersion:
    """Add the next version; tickets that are with a department stay there.

    Args:
        tx: the transaction.
        entries: the whole catalogue.
        is_direct: whether what is sure may be dispatched without a dispatcher.
        note: what changes and why.
        from_at: when it comes into force; None for at once, and never earlier.

    Raises:
        PermissionDenied: the actor may not manage the catalogue.
        InvalidCatalogue: a row cannot be.
    """
    tx.actor.require(Permission.MANAGE_CATALOGUE)
    await _one_writer(tx)
    faults = await check_entries(tx, entries)
    if faults:
        raise InvalidCatalogue(faults)
    newest = await newest_version(tx.session)
    known = {
        replace(entry, since=None): entry.since
        for entry in (entries_from_json(newest.entries) if newest else ())
    }
    bare = [replace(entry, since=None) for entry in entries]
    row = CatalogueVersion(
        version=newest.version + 1 if newest else 1,
        entries=[entry_to_json(replace(entry, since=known.get(entry) or tx.now)) for entry in bare],
        is_direct=is_direct,
        note=note,
        from_at=max(from_at or tx.now, tx.now),
        created_at=tx.now,
        created_by=tx.actor.username,
    )
    tx.session.add(row)
    await tx.session.flush()  # whoever reads the catalogue in this transaction reads this version
    return row


async def _one_writer(tx: Tx) -> None:
    """One writer at a time, so that two administrators never make the same version."""
    await tx.session.exec(
        sa.text("SELECT pg_advisory_xact_lock(hashtext('catalogue_versions'))")  # type: ignore[call-overload]
    )


async def roll_back_catalogue(tx: Tx, version: int, *, note: str) -> CatalogueVersion:
    """Publish an earlier version anew.

    Raises:
        UnknownCatalogueVersion: there is no such version.
        InvalidCatalogue: what it names is not there any more.
    """
    tx.actor.require(Permission.MANAGE_CATALOGUE)
    row = await find_version(tx.session, version)
    return await publish_catalogue(
        tx, entries_from_json(row.entries), is_direct=row.is_direct, note=note
    )


async def open_draft(tx: Tx, revision: int | None = None) -> CatalogueDraft:
    """Return the draft, locked; a new one begins with the newest version.

    Args:
        tx: the transaction.
        revision: the one that the actor has read; None when there was none.

    Raises:
        PermissionDenied: the actor may not manage the catalogue.
        CatalogueDraftChanged: it has changed since he read it.
    """
    await _one_writer(tx)
    draft = await look_at_draft(tx)
    tx.session.add(draft)
    if revision is not None and draft.revision != revision:
        raise CatalogueDraftChanged
    return draft


async def look_at_draft(tx: Tx) -> CatalogueDraft:
    """Return the draft as it stands, or as it would begin; nothing is written.

    Raises:
        PermissionDenied: the actor may not manage the catalogue.
    """
    tx.actor.require(Permission.MANAGE_CATALOGUE)
    draft = await find_draft(tx.session)
    if draft is not None:
        return draft
    newest = await newest_version(tx.session)
    return CatalogueDraft(
        id=1,
        revision=0,
        base_version=newest.version if newest else 0,
        entries=list(newest.entries) if newest else [],
        is_direct=newest.is_direct if newest else False,
        changed_at=tx.now,
        changed_by=tx.actor.username,
    )


def _change(tx: Tx, draft: CatalogueDraft, entries: Sequence[Entry]) -> CatalogueDraft:
    draft.entries = [entry_to_json(entry) for entry in entries]
    draft.revision += 1
    draft.changed_at, draft.changed_by = tx.now, tx.actor.username
    return draft


async def save_draft_entry(
    tx: Tx, entry: Entry, *, row: int | None = None, revision: int | None = None
) -> CatalogueDraft:
    """Add an entry to the draft, or change the one in a row.

    Raises:
        CatalogueDraftChanged: the draft has changed since the actor read it, or has no such row.
    """
    draft = await open_draft(tx, revision)
    entries = list(entries_from_json(draft.entries))
    if row is None:
        entries.append(entry)
    elif 1 <= row <= len(entries):
        entries[row - 1] = entry
    else:
        raise CatalogueDraftChanged
    return _change(tx, draft, entries)


async def drop_draft_entry(tx: Tx, row: int, *, revision: int | None = None) -> CatalogueDraft:
    """Take an entry out of the draft.

    Raises:
        CatalogueDraftChanged: the draft has changed since the actor read it, or has no such row.
    """
    draft = await open_draft(tx, revision)
    entries = list(entries_from_json(draft.entries))
    if not 1 <= row <= len(entries):
        raise CatalogueDraftChanged
    del entries[row - 1]
    return _change(tx, draft, entries)


async def replace_draft(
    tx: Tx, entries: Sequence[Entry], *, is_direct: bool | None = None, revision: int | None = None
) -> CatalogueDraft:
    """Put other entries into the draft, as a file gives them, or switch direct dispatch.

    Raises:
        CatalogueDraftChanged: the draft has changed since the actor read it.
    """
    draft = await open_draft(tx, revision)
    draft.is_direct = draft.is_direct if is_direct is None else is_direct
    return _change(tx, draft, entries)


async def discard_draft(tx: Tx) -> None:
    """Forget the draft."""
    tx.actor.require(Permission.MANAGE_CATALOGUE)
    await tx.session.exec(delete(CatalogueDraft))


async def publish_draft(
    tx: Tx, *, note: str, is_direct: bool, revision: int, from_at: datetime | None = None
) -> CatalogueVersion:
    """Publish the draft as the next version.

    Raises:
        CatalogueDraftChanged: it has changed since the actor read it, or another version came first.
        InvalidCatalogue: a row cannot be.
    """
    draft = await open_draft(tx, revision)
    newest = await newest_version(tx.session)
    if draft.base_version != (newest.version if newest else 0):
        raise CatalogueDraftChanged
    row = await publish_catalogue(
        tx, entries_from_json(draft.entries), is_direct=is_direct, note=note, from_at=from_at
    )
    await discard_draft(tx)
    return row


async def end_precedent(tx: Tx, precedent_id: uuid.UUID, *, reason: str) -> Precedent:
    """End a precedent that does not hold any more; it stays to be read.

    Raises:
        PermissionDenied: the actor may not manage the catalogue.
        PrecedentNotFound: there is none.
        PrecedentEnded: it was ended already.
    """
    tx.actor.require(Permission.MANAGE_CATALOGUE)
    precedent = await tx.session.get(Precedent, precedent_id, with_for_update=True)
    if precedent is None:
        raise PrecedentNotFound
    if precedent.ended_at is not None:
        raise PrecedentEnded
    precedent.ended_at, precedent.ended_by = tx.now, tx.actor.user_id
    precedent.end_reason = reason
    return precedent
