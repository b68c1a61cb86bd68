"""Letters: taken in once, opened on record, made into tickets, set aside."""

from pathlib import Path

import pytest
from sqlmodel import select

from hotline.intake.mail.actions import (
    dismiss_letter,
    keep_letter,
    make_ticket,
    open_letter,
    take_letters,
    take_up_again,
)
from hotline.intake.mail.errors import LetterNotFound, LetterSettled
from hotline.intake.mail.mailboxes import FolderMailbox, ImapMailbox, NullMailbox, mailbox_at
from hotline.intake.mail.models import DismissReason, InboundLetter, LetterState
from hotline.intake.mail.ports import Mailbox, MailboxAway
from hotline.intake.mail.queries import LetterRow, count_letters, find_letter, list_letters
from hotline.kernel.ids import uuid7
from hotline.notices.models import Delivery, DeliveryChannel
from hotline.notices.requesters import RequesterNews, tell_requester
from hotline.people.principal import PermissionDenied
from hotline.tickets.models import Channel, TicketRequester
from tests.support.builders import Build, new_ticket
from tests.support.mailboxes import PASSWORD, imap_server, written


async def _kept(build: Build, state: LetterState = LetterState.WAITING) -> list[LetterRow]:
    async with build.session_maker() as session:
        return list((await list_letters(session, build.cipher, state=state)).items)


async def _one(build: Build) -> LetterRow:
    async with build.acting("operator") as tx:
        assert await keep_letter(tx, bytes(written()))
    (row,) = await _kept(build)
    return row


@pytest.mark.parametrize("kind", ["imap", "folder"])
async def test_a_mailbox_gives_each_letter_once(build: Build, tmp_path: Path, kind: str) -> None:
    mails = [bytes(written()), bytes(written(subject="二", message_id="<2@x>"))]
    async with imap_server() as server:
        server.mails = dict(enumerate(mails, start=7))
        for place, mail in enumerate(mails):
            (tmp_path / f"{place}.eml").write_bytes(mail)
        mailbox: Mailbox = (
            ImapMailbox("localhost", server.port, "12345", PASSWORD, context=server.context)
            if kind == "imap"
            else FolderMailbox(tmp_path)
        )
        for new in (2, 0):
            assert (
                await take_letters(build.session_maker, build.cipher, mailbox, build.clock) == new
            )
        assert not await mailbox.waiting(10)
    assert {row.subject for row in await _kept(build)} == {"路灯不亮", "二"}


async def test_a_letter_that_is_offered_again_is_known(build: Build, tmp_path: Path) -> None:
    """Kept, and then the house was killed before the mailbox heard of it."""
    mailbox = FolderMailbox(tmp_path)
    (tmp_path / "a.eml").write_bytes(bytes(written()))
    await _one(build)
    assert await take_letters(build.session_maker, build.cipher, mailbox, build.clock) == 0
    assert len(await _kept(build)) == 1
    assert (tmp_path / "taken" / "a.eml").exists()


async def test_a_server_that_is_away_or_refuses_is_said_without_its_password() -> None:
    async with imap_server() as server:
        wrong = ImapMailbox("localhost", server.port, "12345", "secret?", context=server.context)
        with pytest.raises(MailboxAway) as refused:
            await wrong.waiting(5)
        port = server.port
    with pytest.raises(MailboxAway):
        await ImapMailbox("localhost", port, "12345", PASSWORD).waiting(5)
    assert "secret?" not in f"{refused.value}{wrong!r}"


async def test_which_mailbox_an_address_names(tmp_path: Path) -> None:
    assert isinstance(mailbox_at(None, tmp_path), NullMailbox)
    assert not await NullMailbox().waiting(5)
    await NullMailbox().taken(["x"])
    assert mailbox_at("file:letters", tmp_path) == FolderMailbox(tmp_path / "letters")
    assert mailbox_at("imap+tls://a%40b:p%2Fw@mail.example/Hotline", tmp_path) == ImapMailbox(
        "mail.example", 143, "a@b", "p/w", "Hotline", starts_tls=True
    )
    with pytest.raises(MailboxAway):
        await FolderMailbox(tmp_path / "x").taken(["gone.eml"])


async def test_a_letter_becomes_a_ticket_and_its_sender_is_answered(build: Build) -> None:
    row = await _one(build)
    new = new_ticket(
        channel=Channel.EMAIL, requester_phone=None, requester_email="zhangsan@example.org"
    )
    async with build.acting("operator") as tx:
        await open_letter(tx, row.id)
        created = await make_ticket(tx, row.id, new)
    async with build.acting("operator") as tx:
        assert await tell_requester(tx, created.id, RequesterNews.ACCEPTED) == 1
        channels = (await tx.session.exec(select(Delivery.channel))).all()
        assert list(channels) == [DeliveryChannel.EMAIL]
        found = await find_letter(tx.session, tx.cipher, row.id)
        assert (found.state, found.ticket_number) == (LetterState.TAKEN, created.number)
        assert found.opened_by == "operator先生"
        requester = (await tx.session.exec(select(TicketRequester))).one()
        assert b"zhangsan" not in (requester.email or b"")
    async with build.acting("dispatcher") as tx:
        with pytest.raises(LetterSettled):
            await dismiss_letter(tx, row.id, reason=DismissReason.SPAM)


async def test_what_was_set_aside_can_wait_again(build: Build) -> None:
    row = await _one(build)
    async with build.acting("operator") as tx:
        await dismiss_letter(tx, row.id, reason=DismissReason.REPETITION)
        assert await count_letters(tx.session) == 0
        await take_up_again(tx, row.id)
        assert await count_letters(tx.session) == 1
        with pytest.raises(LetterSettled):
            await take_up_again(tx, row.id)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (bytes(written(Auto_Submitted="auto-generated")), DismissReason.AUTOMATIC),
        (b"\x00\xff", DismissReason.UNREADABLE),
    ],
)
async def test_what_nobody_wrote_waits_for_nobody(
    build: Build, raw: bytes, reason: DismissReason
) -> None:
    async with build.acting("operator") as tx:
        await keep_letter(tx, raw)
    assert not await _kept(build)
    assert [row.reason for row in await _kept(build, LetterState.DISMISSED)] == [reason]


async def test_nothing_of_a_letter_lies_in_the_database_in_plain_words(build: Build) -> None:
    await _one(build)
    async with build.session_maker() as session:
        letter = (await session.exec(select(InboundLetter))).one()
        stored = repr(letter.model_dump())
    for word in ("zhangsan", "路灯", "13800001234", "张三"):
        assert word not in stored


async def test_only_who_takes_matters_down_deals_with_letters(build: Build) -> None:
    row = await _one(build)
    for who in ("handler.chengguan", "observer"):
        async with build.acting(who) as tx:
            with pytest.raises(PermissionDenied):
                await open_letter(tx, row.id)
    async with build.acting("operator") as tx:
        with pytest.raises(LetterNotFound):
            await open_letter(tx, uuid7(tx.now))
        with pytest.raises(LetterNotFound):
            await find_letter(tx.session, tx.cipher, uuid7(tx.now))
