"""Making a file for another authority, handing it over, and noting what that one answers."""

import base64
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.exchange.actions import ExportOrder, hand_over, request_export
from hotline.exchange.handover.errors import (
    HandedOverBefore,
    HandOverFileGone,
    HandOverFileNotFound,
    HandOverFileOfOther,
    HandOverGiven,
    HandOverNotGiven,
    NoRecipient,
    NothingToHandOver,
    TicketsNotFound,
)
from hotline.exchange.handover.models import (
    HandOverCounter,
    HandOverFile,
    HandOverLine,
    HandOverStep,
)
from hotline.exchange.handover.packing import (
    SCHEMA_VERSION,
    HandedTicket,
    Packing,
    Wording,
    packed,
)
from hotline.exchange.handover.reading import handed_tickets
from hotline.exchange.handover.receipts import ReadReceipt, ReceiptLine
from hotline.exchange.handover.rules import (
    ANSWERS,
    HANDING_ROLES,
    LIST_CODE,
    MOST_TICKETS,
    HandOverDeed,
    HandOverState,
    LineState,
    hand_over_number,
    state_after,
    year_of,
)
from hotline.exchange.models import Export
from hotline.exchange.revealing import masked_matters, revealed_matters
from hotline.exchange.rules import ExportFormat
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_
from hotline.kernel.ids import uuid7
from hotline.kernel.lines import LineFault
from hotline.kernel.masking import mask_text
from hotline.kernel.outbox import emit
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import readable
from hotline.tickets.events import TimelineGrew
from hotline.tickets.lifecycle import State
from hotline.tickets.models import HAND_OVER_ANSWERED, HANDED_OVER, Ticket
from hotline.tickets.timeline import Entry, acting_role, append


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverOrder:
    """What somebody wants to hand over.

    Attributes:
        recipient: whom it is for: the petition office, the province.
        numbers: of the tickets.
        language: of the workbook.
        has_personal: requesters in full.
        reason: what the personal data are needed for.
    """

    recipient: str
    numbers: Sequence[str]
    language: str
    has_personal: bool = False
    reason: str | None = None


def key_for(cipher: FieldCipher, recipient: str) -> str:
    """Return the key of the signatures for a recipient: derived from the secret of the house."""
    return cipher.bearer("hand-over", recipient.strip())


async def make_hand_over(tx: Tx, order: HandOverOrder, words: Wording) -> HandOverFile:
    """Write tickets into a file for another authority.

    Args:
        tx: the transaction.
        order: what is wanted.
        words: say things in the language of the workbook.

    Raises:
        PermissionDenied: the actor may not hand tickets over, or no personal data.
        NoRecipient: it is not said whom it is for.
        NothingToHandOver: no ticket, or too many.
        ExportNeedsReason: personal data without a reason.
        ExportQuotaSpent: enough for a day.
        TicketsNotFound: some are not there.
        HandedOverBefore: some stand in another file.
    """
    recipient = order.recipient.strip()
    numbers = sorted(set(order.numbers))
    tx.actor.require(Permission.HAND_OVER_TICKETS)
    if not recipient:
        raise NoRecipient
    if not 0 < len(numbers) <= MOST_TICKETS:
        raise NothingToHandOver(most=MOST_TICKETS)
    if tx.actor.user_id is None:
        raise AssertionError("whoever hands tickets over has an account")
    export = await _logged(tx, order)
    tickets = await _locked(tx, numbers)
    await _require_free(tx, tickets)
    handed = await _handed(tx, export, tickets)
    year = year_of(tx.now)
    number = hand_over_number(year, await _next_count(tx, year))
    body = packed(await _packing(tx, order, recipient, number, export), handed, words)
    export.asked = {"number": number}
    digest = hashlib.sha256(body).digest()
    hand_over(export, tx.now, rows=len(tickets), size=len(body), digest=digest)
    file = HandOverFile(
        id=uuid7(tx.now),
        number=number,
        recipient=recipient,
        has_personal=order.has_personal,
        reason=export.reason,
        state=HandOverState.MADE,
        ticket_count=len(tickets),
        schema_version=SCHEMA_VERSION,
        digest=digest,
        byte_count=len(body),
        body=tx.cipher.encrypt(base64.b64encode(body).decode()),
        made_by=tx.actor.user_id,
        made_at=tx.now,
    )
    tx.session.add(file)
    await tx.session.flush()  # its lines refer to it
    _add_lines(tx, file, tickets)
    _note(tx, file, HandOverDeed.MADE, tickets=len(tickets), digest=digest.hex())
    return file


async def _logged(tx: Tx, order: HandOverOrder) -> Export:
    """Write down in the log of exports that something leaves the house, within its quotas."""
    return await request_export(
        tx,
        ExportOrder(
            list_code=LIST_CODE,
            asked={},
            format=ExportFormat.JSON,
            language=order.language,
            has_personal=order.has_personal,
            reason=order.reason,
        ),
        can_be_personal=True,
    )


async def _locked(tx: Tx, numbers: Sequence[str]) -> Sequence[Ticket]:
    found = (
        await tx.session.exec(
            select(Ticket)
            .where(col(Ticket.number).in_(numbers), readable(tx.actor))
            .order_by(col(Ticket.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    missing = sorted(set(numbers) - {one.number for one in found})
    if missing:
        raise TicketsNotFound(numbers=_listed(missing))
    return found


_LISTED = 5


def _listed(numbers: Sequence[str]) -> str:
    """Return some numbers, as they may be shown: whatever was typed is no telephone number."""
    shown = ", ".join(mask_text(one[:20]) for one in numbers[:_LISTED])
    return f"{shown} …" if len(numbers) > _LISTED else shown


async def _require_free(tx: Tx, tickets: Sequence[Ticket]) -> None:
    taken = await tx.session.exec(
        select(HandOverLine.ticket_id).where(
            col(HandOverLine.ticket_id).in_([one.id for one in tickets]),
            HandOverLine.state != LineState.REFUSED,
        )
    )
    if standing := set(taken):
        numbers = sorted(one.number for one in tickets if one.id in standing)
        raise HandedOverBefore(numbers=_listed(numbers))


async def _handed(tx: Tx, export: Export, tickets: Sequence[Ticket]) -> Sequence[HandedTicket]:
    ids = [one.id for one in tickets]
    if export.has_personal:
        matters = await revealed_matters(tx, export, ids)
    else:
        matters = await masked_matters(tx.session, tx.cipher, tx.actor, ids)
    return await handed_tickets(tx.session, tickets, matters, is_full=export.has_personal)


async def _packing(
    tx: Tx, order: HandOverOrder, recipient: str, number: str, export: Export
) -> Packing:
    sender = await tx.session.exec(
        select(Department.name).where(col(Department.is_hotline).is_(True))
    )
    return Packing(
        number=number,
        sender=sender.first() or "",
        made_by=tx.actor.display_name,
        made_at=tx.now,
        recipient=recipient,
        has_personal=order.has_personal,
        reason=export.reason,
        key=key_for(tx.cipher, recipient),
    )


async def _next_count(tx: Tx, year: int) -> int:
    """Return the next count of a year; whoever comes next waits, so that none is left out."""
    count = await tx.session.exec(
        insert(HandOverCounter)
        .values(year=year, last=1)
        .on_conflict_do_update(
            index_elements=["year"], set_={"last": col(HandOverCounter.last) + 1}
        )
        .returning(col(HandOverCounter.last))
    )
    taken: int = count.scalar_one()
    return taken


def _add_lines(tx: Tx, file: HandOverFile, tickets: Sequence[Ticket]) -> None:
    for position, one in enumerate(tickets, start=1):
        tx.session.add(
            HandOverLine(
                file_id=file.id, ticket_id=one.id, position=position, state=LineState.WAITING
            )
        )


def _note(tx: Tx, file: HandOverFile, deed: HandOverDeed, **details: str | int) -> None:
    if tx.actor.user_id is None:
        raise AssertionError("whoever hands tickets over has an account")
    tx.session.add(
        HandOverStep(file_id=file.id, deed=deed, at=tx.now, by_id=tx.actor.user_id, details=details)
    )


async def _file(tx: Tx, number: str) -> HandOverFile:
    tx.actor.require(Permission.HAND_OVER_TICKETS)
    file = (
        await tx.session.exec(
            select(HandOverFile)
            .where(HandOverFile.number == number.strip().upper())
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if file is None:
        raise HandOverFileNotFound(number=mask_text(number[:20]))
    return file


async def _tickets_of(tx: Tx, ids: Sequence[uuid.UUID]) -> Sequence[Ticket]:
    """Return tickets of a file, locked, in the order in which everybody locks several."""
    found = await tx.session.exec(
        select(Ticket)
        .where(col(Ticket.id).in_(ids))
        .order_by(col(Ticket.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _tell(tx: Tx, ticket: Ticket, entry: Entry) -> None:
    """Write on a locked ticket's timeline."""
    await append(
        tx,
        ticket,
        entry,
        role=acting_role(tx.actor, HANDING_ROLES),
        before=State(ticket.status, ticket.hold),
        changes={},
    )
    await emit(tx, TimelineGrew(ticket_id=str(ticket.id), ticket_number=ticket.number))


async def give_hand_over(tx: Tx, number: str, *, how: str | None = None) -> HandOverFile:
    """Note that a file was handed over; every ticket of it says so from now on.

    Args:
        tx: the transaction.
        number: of the file.
        how: by which way it went; never personal data.

    Raises:
        PermissionDenied: the actor may not hand tickets over.
        HandOverFileNotFound: there is no such file.
        HandOverGiven: it was handed over before.
    """
    file = await _file(tx, number)
    if file.state is not HandOverState.MADE:
        raise HandOverGiven
    file.state, file.handed_at = HandOverState.HANDED_OVER, tx.now
    ids = await tx.session.exec(
        select(HandOverLine.ticket_id).where(HandOverLine.file_id == file.id)
    )
    details = {"file": file.number, "recipient": file.recipient}
    for ticket in await _tickets_of(tx, ids.all()):
        await _tell(tx, ticket, Entry(HANDED_OVER, details=details))
    _note(tx, file, HandOverDeed.HANDED_OVER, how=mask_text(how or ""))
    return file


async def fetch_hand_over(tx: Tx, number: str) -> tuple[HandOverFile, bytes]:
    """Return a file, and note who fetched it.

    Raises:
        PermissionDenied: the actor may not hand tickets over.
        HandOverFileNotFound: there is no such file.
        HandOverFileOfOther: requesters stand in it in full, and somebody else made it.
        HandOverFileGone: all of it is answered.
    """
    file = await _file(tx, number)
    if file.has_personal:
        tx.actor.require(Permission.EXPORT_PERSONAL_DATA)
        if file.made_by != tx.actor.user_id:
            raise HandOverFileOfOther
    kept = tx.cipher.decrypt(file.body)
    if kept is None:
        raise HandOverFileGone
    _note(tx, file, HandOverDeed.FETCHED)
    return file, base64.b64decode(kept)


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """What came of a receipt.

    Attributes:
        accepted: tickets that are accepted now and were not before.
        refused: tickets that are refused now and were not before.
        same: lines that say what is known.
        blank: lines that say nothing.
    """

    accepted: int
    refused: int
    same: int
    blank: int
    faults: Sequence[LineFault]
    is_dry: bool


async def take_receipt(
    tx: Tx, number: str, receipt: ReadReceipt, *, dry_run: bool = False
) -> ReceiptReport:
    """Note line by line what the other side says; a wrong line stops no other.

    The same receipt once more changes nothing. An answer stands: its opposite later on is a fault, for a
    ticket that was refused may stand in another file by then.

    Raises:
        PermissionDenied: the actor may not hand tickets over.
        HandOverFileNotFound: there is no such file.
        HandOverNotGiven: it was not handed over yet.
    """
    file = await _file(tx, number)
    if file.state is HandOverState.MADE:
        raise HandOverNotGiven
    lines = await _lines(tx, file)
    new: list[tuple[HandOverLine, ReceiptLine]] = []
    faults = list(receipt.faults)
    same = 0
    for said in receipt.lines:
        line = lines.get(said.number)
        fault = _fault(line, said)
        if line is None or fault is not None:
            faults.append(LineFault(said.line, fault or "", {"number": said.number}))
        elif line.state is LineState.WAITING:
            new.append((line, said))
        else:
            same += 1
    if not dry_run and new:
        await _answer(tx, file, new, lines.values())
    accepted = sum(said.is_accepted for _, said in new)
    return ReceiptReport(
        accepted,
        len(new) - accepted,
        same,
        receipt.blank,
        sorted(faults, key=lambda one: one.line),
        dry_run,
    )


async def _lines(tx: Tx, file: HandOverFile) -> dict[str, HandOverLine]:
    rows = await tx.session.exec(
        select(Ticket.number, HandOverLine)
        .join(Ticket, col(Ticket.id) == col(HandOverLine.ticket_id))
        .where(HandOverLine.file_id == file.id)
    )
    return dict(rows.all())


def _fault(line: HandOverLine | None, said: ReceiptLine) -> str | None:
    if line is None:
        return N_("{number} does not stand in this hand-over file")
    if line.state not in {LineState.WAITING, ANSWERS[said.is_accepted]}:
        return N_("{number} was answered before, and otherwise")
    return None


async def _answer(
    tx: Tx,
    file: HandOverFile,
    new: Sequence[tuple[HandOverLine, ReceiptLine]],
    lines: Iterable[HandOverLine],
) -> None:
    told = {line.ticket_id: (line, said) for line, said in new}
    for ticket in await _tickets_of(tx, list(told)):
        line, said = told[ticket.id]
        line.state = ANSWERS[said.is_accepted]
        line.their_number, line.remark = said.their_number, said.remark
        line.answered_on, line.noted_at = said.day, tx.now
        await _tell(tx, ticket, _answered(file, line))
    states = [one.state for one in lines]
    file.accepted_count = states.count(LineState.ACCEPTED)
    file.refused_count = states.count(LineState.REFUSED)
    file.state = state_after(states)
    if file.state is HandOverState.RECEIVED:
        file.received_at, file.body = tx.now, None
    accepted = sum(said.is_accepted for _, said in new)
    _note(tx, file, HandOverDeed.RECEIPT, accepted=accepted, refused=len(new) - accepted)


def _answered(file: HandOverFile, line: HandOverLine) -> Entry:
    return Entry(
        HAND_OVER_ANSWERED,
        text=line.remark,
        details={
            "file": file.number,
            "recipient": file.recipient,
            "answer": line.state.value,
            "their_number": line.their_number or "",
            "day": _day(line.answered_on),
        },
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
