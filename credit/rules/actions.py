"""Working on the next version of the rules: each step one action, nothing typed is ever lost."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from credit.books import publish_rules
from credit.codec import book_from_json, book_to_json
from credit.formula.registry import formula_of
from credit.models import RuleBookVersion
from credit.rulebook import RuleBook
from credit.rules.errors import (
    NothingChanged,
    NotRetroactive,
    StaleDraft,
    StaleRules,
)
from credit.rules.fields import carried_over, copied, differences, require_events_kept
from credit.rules.models import RuleDraft
from credit.rules.queries import find_draft, find_version, newest_version
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

_TYPING = timedelta(minutes=1)
"""A form gives minutes: an instant of the present minute is meant as now."""


def checked(book: Mapping[str, Any], base: Mapping[str, Any]) -> RuleBook:
    """Return the book that JSON values say, fit to follow its base.

    Raises:
        InvalidRuleBook: it contradicts itself, drops an event or names a formula that is not there.
    """
    found = book_from_json(dict(book))
    formula_of(found.formula)
    require_events_kept(base, book_to_json(found))
    return found


async def begin_draft(
    tx: Tx,
    book: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    based_on: int | None = None,
) -> RuleDraft:
    """Begin a draft of the next version.

    Args:
        tx: the transaction.
        book: what it says; None for what its base says.
        note: why the rules are to change.
        based_on: the version that it starts from; None for the newest.

    Raises:
        RuleVersionNotFound: there is no such version.
        InvalidRuleBook: the book does not hold together.
    """
    tx.actor.require(Permission.MANAGE_CREDIT_RULES)
    base = (
        await newest_version(tx.session)
        if based_on is None
        else await find_version(tx.session, based_on)
    )
    draft = RuleDraft(
        id=uuid7(tx.now),
        based_on=base.version,
        book=copied(base.book) if book is None else book_to_json(checked(book, base.book)),
        note=note,
        created_at=tx.now,
        created_by=tx.actor.user_id,
        changed_at=tx.now,
        changed_by=tx.actor.user_id,
    )
    tx.session.add(draft)
    await tx.session.flush()  # whoever has begun it reads it back
    return draft


async def save_draft(
    tx: Tx,
    draft_id: uuid.UUID,
    book: Mapping[str, Any],
    *,
    note: str,
    expected_version: int | None = None,
) -> RuleDraft:
    """Keep what a draft says now.

    Raises:
        DraftNotFound: there is none.
        StaleDraft: somebody else was faster.
        InvalidRuleBook: the book does not hold together.
    """
    draft = await _lock(tx, draft_id, expected_version)
    base = await find_version(tx.session, draft.based_on)
    draft.book, draft.note = book_to_json(checked(book, base.book)), note
    return draft


async def carry_over_draft(
    tx: Tx, draft_id: uuid.UUID, *, expected_version: int | None = None
) -> tuple[RuleDraft, Sequence[str]]:
    """Put what a draft changes upon the version that was published meanwhile.

    Returns:
        The draft, and the fields that both had changed: the draft's values stand there.
    """
    draft = await _lock(tx, draft_id, expected_version)
    base, newest = await find_version(tx.session, draft.based_on), await newest_version(tx.session)
    book, both = carried_over(base.book, newest.book, draft.book)
    draft.book, draft.based_on = book_to_json(checked(book, newest.book)), newest.version
    return draft, both


async def discard_draft(
    tx: Tx, draft_id: uuid.UUID, *, expected_version: int | None = None
) -> RuleDraft:
    """Put a draft aside; it is kept, and nobody works on it any more."""
    draft = await _lock(tx, draft_id, expected_version)
    draft.discarded_at = tx.now
    return draft


async def publish_draft(
    tx: Tx,
    draft_id: uuid.UUID,
    *,
    valid_from: datetime | None = None,
    note: str | None = None,
    expected_version: int | None = None,
) -> RuleBookVersion:
    """Publish a draft as the next version.

    Args:
        tx: the transaction.
        draft_id: which.
        valid_from: from when it holds; None for at once.
        note: why; None for what the draft says.
        expected_version: the version of the draft that the actor has read.

    Raises:
        StaleDraft: somebody changed the draft meanwhile.
        StaleRules: another version was published meanwhile.
        NotRetroactive: it would hold from before its publication.
        NothingChanged: it says what its base says.
    """
    draft = await _lock(tx, draft_id, expected_version)
    newest = await newest_version(tx.session)
    if newest.version != draft.based_on:
        raise StaleRules(version=newest.version)
    if not differences(newest.book, draft.book):
        raise NothingChanged
    since = tx.now if valid_from is None else valid_from
    if since <= tx.now - _TYPING:
        raise NotRetroactive
    row = await publish_rules(
        tx,
        checked(draft.book, newest.book),
        valid_from=max(since, tx.now),
        note=draft.note if note is None else note,
    )
    if row.version != draft.based_on + 1:  # published between our reading and the lock
        raise StaleRules(version=row.version - 1)
    await tx.session.flush()  # the draft refers to it
    draft.published_version = row.version
    return row


async def _lock(tx: Tx, draft_id: uuid.UUID, expected_version: int | None) -> RuleDraft:
    """Return a draft to change, locked, its version counted on."""
    tx.actor.require(Permission.MANAGE_CREDIT_RULES)
    draft = await find_draft(tx.session, draft_id, lock=True)
    if expected_version is not None and expected_version != draft.version:
        raise StaleDraft
    draft.version += 1
    draft.changed_at, draft.changed_by = tx.now, tx.actor.user_id
    return draft
