"""Drafts: kept for their owner, encrypted, ended by the ticket, forgotten by and by."""

import uuid
from datetime import timedelta

import pytest
from sqlmodel import select

from hotline.intake.drafts.actions import MOST_DRAFTS, discard_draft, save_draft
from hotline.intake.drafts.errors import DraftNotFound, DraftTooLong
from hotline.intake.drafts.models import IntakeDraft
from hotline.intake.drafts.queries import Draft, find_draft, list_drafts, was_sent
from hotline.intake.taking import take_down
from hotline.notices.pruning import prune_once
from hotline.people.principal import PermissionDenied
from tests.support.builders import NAME, PHONE, Build, new_ticket

WORDS = {
    "phone": [PHONE],
    "name": [NAME],
    "content": ["写到一半"],
    "answer.HOURS": ["DAY", "NIGHT"],
}


async def _drafts(build: Build, name: str = "operator") -> list[Draft]:
    async with build.acting(name) as tx:
        return list(await list_drafts(tx.session, tx.actor.user_id, tx.cipher))


async def test_a_draft_is_kept_for_its_owner_alone(build: Build) -> None:
    key = uuid.uuid4()
    async with build.acting("operator") as tx:
        assert await save_draft(tx, key, {"content": ["写"]})
        assert await save_draft(tx, key, WORDS)
        (row,) = (await tx.session.exec(select(IntakeDraft))).all()
        for hidden in (PHONE, NAME, "写到一半"):
            assert hidden.encode() not in row.words
    (draft,) = await _drafts(build)
    assert draft.fields == WORDS
    assert (draft.id, draft.value("phone"), draft.value("absent")) == (key, PHONE, "")
    assert await _drafts(build, "operator.second") == []
    async with build.acting("operator.second") as tx:
        assert await find_draft(tx.session, tx.actor.user_id, key, tx.cipher) is None
        await discard_draft(tx, key)
        with pytest.raises(DraftNotFound):
            await save_draft(tx, key, {"content": ["偷改"]})
    assert (await _drafts(build))[0].fields == WORDS


async def test_the_ticket_ends_its_draft_for_good(build: Build) -> None:
    key = uuid.uuid4()
    async with build.acting("operator") as tx:
        await save_draft(tx, key, WORDS)
    async with build.acting("operator") as tx:
        await take_down(tx, new_ticket(), idempotency_key=key.hex)
    assert await _drafts(build) == []
    async with build.acting("operator") as tx:  # a saving that was on its way comes late
        assert not await save_draft(tx, key, WORDS)
        assert tx.actor.user_id is not None
        assert await was_sent(tx.session, tx.actor.user_id, key)
        words = tx.cipher.encrypt("{}") or b""
        tx.session.add(
            IntakeDraft(
                id=key,
                user_id=tx.actor.user_id,
                words=words,
                created_at=tx.now,
                saved_at=tx.now,
            )
        )
    assert await _drafts(build) == []


async def test_several_are_open_and_the_oldest_go(build: Build) -> None:
    keys = [uuid.uuid4() for _ in range(MOST_DRAFTS + 2)]
    for key in keys:
        build.clock.move(seconds=1)
        async with build.acting("operator") as tx:
            await save_draft(tx, key, {"title": [key.hex]})
    assert [draft.id for draft in await _drafts(build)] == keys[:1:-1]
    async with build.acting("operator") as tx:
        await discard_draft(tx, keys[-1])
    assert len(await _drafts(build)) == MOST_DRAFTS - 1


async def test_what_nobody_goes_on_with_is_forgotten(build: Build) -> None:
    async with build.acting("operator") as tx:
        await save_draft(tx, uuid.uuid4(), WORDS)
    build.clock.move(days=7)
    assert (await prune_once(build.session_maker, build.clock.now())).drafts == 0
    build.clock.set(build.clock.now() + timedelta(seconds=1))
    assert (await prune_once(build.session_maker, build.clock.now())).drafts == 1
    assert await _drafts(build) == []


async def test_only_who_takes_matters_down_keeps_drafts(build: Build) -> None:
    async with build.acting("auditor") as tx:
        with pytest.raises(PermissionDenied):
            await save_draft(tx, uuid.uuid4(), WORDS)
    async with build.acting("operator") as tx:
        with pytest.raises(DraftTooLong):
            await save_draft(tx, uuid.uuid4(), {"content": ["长" * 70_000]})
