"""What people do to the ledger: propose, confirm, refuse, accept, take back, tolerate.

One person enters what any supervisor sees; what is severe, and whatever the rules leave to independent
checks, takes a second one who had no part in it and is not of the department.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time

from sqlmodel import select

from credit.bookkeeping import NewEntry, Undoing, find_entry, lock_ledger, state_of
from credit.books import PublishedBook, book_at
from credit.entries.access import find_readable_entry, lock_proposal
from credit.entries.entering import REVERSIBLE, bring_into_force, enter, take_back
from credit.entries.errors import (
    AlreadyProposedForEntry,
    EntryIsReversal,
    NoPartInTicket,
    NothingToRestOn,
    PersonalDataInWords,
    ProposalOver,
)
from credit.entries.models import Proposal
from credit.entries.rules import (
    TOLERANCE,
    ChangeReason,
    ProposalKind,
    ProposalState,
    needs_two,
    require_event,
    require_independent,
)
from credit.errors import EntryMoveRefused, EntryNotFound
from credit.ledger import EntrySource, EntryState
from credit.models import CreditEntry
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.ids import uuid7
from hotline.papers.content import Known, conceal
from hotline.papers.subjects import personal_data
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.tickets.access import find_readable
from hotline.tickets.queries import TicketDetail, ticket_detail


async def propose_entry(
    tx: Tx,
    *,
    code: str,
    department: str,
    finding: str,
    ticket: str | None = None,
    document: str | None = None,
    evidence: Sequence[str] = (),
    happened_on: date | None = None,
    card_id: uuid.UUID | None = None,
) -> Proposal:
    """Propose an event; what one person may enter is entered at once.

    Args:
        tx: the transaction.
        code: of the event.
        department: code of whose event it is.
        finding: what was found.
        ticket: number of the ticket that it is about.
        document: number of the document that says so.
        evidence: references to what proves it.
        happened_on: the day in Shanghai; None for today.
        card_id: the anomaly that it was found by.

    Raises:
        UnknownEventCode: the rules know no such event.
        NotAnEvent: it counts in a rate only, or cancels another.
        DepartmentNotFound: there is no such department.
        SecondPersonOfCheckNeeded: the actor is of the department.
        TicketNotFound: there is no such ticket.
        NoPartInTicket: the department had nothing to do with it.
        NothingToRestOn: neither a ticket nor a document is named.
        PersonalDataInWords: somebody is named in it.
    """
    tx.actor.require(Permission.ENTER_CREDIT)
    rules = await book_at(tx.session, tx.now)
    rule = require_event(rules.book, code)
    unit = await _department(tx, department)
    require_independent(
        person=tx.actor.user_id, of=tx.actor.department_id, department_id=unit.id, before=()
    )
    detail = await _ticket(tx, ticket, unit)
    if detail is None and not document:
        raise NothingToRestOn
    _require_nobody_named(tx, detail, finding, document or "", *evidence)
    proposal_id = uuid7(tx.now)
    proposal = Proposal(
        id=proposal_id,
        source_key=f"proposal:{proposal_id}",
        kind=ProposalKind.ENTRY,
        state=ProposalState.WAITING,
        department_id=unit.id,
        code=code,
        ticket_id=detail.ticket.id if detail else None,
        ticket_number=detail.ticket.number if detail else None,
        document=document or None,
        card_id=card_id,
        finding=finding,
        evidence=list(evidence),
        happened_on=_day(tx.now, happened_on),
        proposed_by=tx.actor.user_id,
        proposed_at=tx.now,
    )
    if not needs_two(rule):
        await _enter(tx, proposal, rules)
    tx.session.add(proposal)
    return proposal


async def propose_reversal(
    tx: Tx, entry_id: uuid.UUID, *, finding: str, evidence: Sequence[str] = ()
) -> Proposal:
    """Propose that an event was a mistake; a second person decides.

    Raises:
        EntryNotFound: there is none.
        EntryIsReversal: it takes another one back itself.
        EntryMoveRefused: nothing of it counts any more.
        AlreadyProposedForEntry: it waits for a second person already.
        SecondPersonOfCheckNeeded: the actor is of the department.
        PersonalDataInWords: somebody is named in it.
    """
    tx.actor.require(Permission.ENTER_CREDIT)
    entry = await _reversible(tx, entry_id)
    require_independent(
        person=tx.actor.user_id,
        of=tx.actor.department_id,
        department_id=entry.department_id,
        before=(),
    )
    _require_nobody_named(tx, await _detail_of(tx, entry), finding, *evidence)
    waiting = await tx.session.exec(
        select(Proposal.id).where(
            Proposal.entry_id == entry.id,
            Proposal.kind == ProposalKind.REVERSAL,
            Proposal.state == ProposalState.WAITING,
        )
    )
    if waiting.first() is not None:
        raise AlreadyProposedForEntry
    proposal_id = uuid7(tx.now)
    proposal = Proposal(
        id=proposal_id,
        source_key=f"proposal:{proposal_id}",
        kind=ProposalKind.REVERSAL,
        state=ProposalState.WAITING,
        department_id=entry.department_id,
        code=entry.code,
        ticket_id=entry.ticket_id,
        ticket_number=entry.ticket_number,
        document=entry.document,
        finding=finding,
        evidence=list(evidence),
        happened_on=_day(tx.now, None),
        entry_id=entry.id,
        proposed_by=tx.actor.user_id,
        proposed_at=tx.now,
    )
    tx.session.add(proposal)
    return proposal


async def confirm_proposal(tx: Tx, proposal_id: uuid.UUID, *, words: str) -> Proposal:
    """Confirm as a second person what another has proposed: now it is done.

    What the season's figures offer has no first person. Where it takes two, the first who confirms it
    takes it over, and it goes on waiting for another.

    Raises:
        ProposalNotFound: there is none.
        ProposalOver: it was decided already.
        SecondPersonOfCheckNeeded: the actor proposed it, or is of the department.
        EntryMoveRefused: nothing of the entry counts any more.
        PersonalDataInWords: somebody is named in it.
    """
    proposal = await _deciding(tx, proposal_id)
    require_independent(
        person=tx.actor.user_id,
        of=tx.actor.department_id,
        department_id=proposal.department_id,
        before=[proposal.proposed_by] if proposal.proposed_by else [],
    )
    _require_nobody_named(tx, await _detail_of(tx, proposal), words)
    rules = await book_at(tx.session, tx.now)
    if proposal.kind is ProposalKind.ENTRY:
        rule = require_event(rules.book, proposal.code)
        if proposal.proposed_by is None and needs_two(rule):
            proposal.proposed_by = tx.actor.user_id
            return proposal
    proposal.decided_by, proposal.decision = tx.actor.user_id, words
    if proposal.kind is ProposalKind.ENTRY:
        await _enter(tx, proposal, rules)
    else:
        await _reverse(tx, proposal, rules)
    return proposal


async def refuse_proposal(tx: Tx, proposal_id: uuid.UUID, *, reason: str) -> Proposal:
    """Set a proposal aside, with the reason; whoever made it takes it back in the same way.

    Raises:
        ProposalNotFound: there is none.
        ProposalOver: it was decided already.
        SecondPersonOfCheckNeeded: the actor is of the department.
        PersonalDataInWords: somebody is named in it.
    """
    proposal = await _deciding(tx, proposal_id)
    require_independent(
        person=tx.actor.user_id,
        of=tx.actor.department_id,
        department_id=proposal.department_id,
        before=(),
    )
    _require_nobody_named(tx, await _detail_of(tx, proposal), reason)
    proposal.state, proposal.decision, proposal.ended_at = ProposalState.REFUSED, reason, tx.now
    if proposal.proposed_by != tx.actor.user_id:
        proposal.decided_by = tx.actor.user_id
    return proposal


async def accept_entry(tx: Tx, entry_id: uuid.UUID) -> CreditEntry:
    """Accept an event of one's own department before its term is over: it counts from now on.

    Raises:
        EntryNotFound: there is none, or it is another department's.
        EntryMoveRefused: it does not wait for this.
    """
    tx.actor.require(Permission.ACCEPT_CREDIT)
    entry = await find_readable_entry(tx.session, tx.actor, entry_id)
    if entry.department_id != tx.actor.department_id:
        raise EntryNotFound
    await bring_into_force(tx, entry, ChangeReason.ACCEPTED, tx.actor.user_id)
    return entry


async def tolerate_entry(
    tx: Tx, entry_id: uuid.UUID, *, reason: str, document: str | None = None
) -> CreditEntry:
    """Decide that a named event does not count: whoever tried in good faith is not to be deterred.

    Raises:
        EntryNotFound: there is none.
        EntryIsReversal: it takes another one back itself.
        EntryMoveRefused: nothing of it counts any more.
        SecondPersonOfCheckNeeded: the actor is of the department.
        PersonalDataInWords: somebody is named in it.
    """
    tx.actor.require(Permission.TOLERATE_CREDIT)
    entry = await _reversible(tx, entry_id)
    require_independent(
        person=tx.actor.user_id,
        of=tx.actor.department_id,
        department_id=entry.department_id,
        before=(),
    )
    _require_nobody_named(tx, await _detail_of(tx, entry), reason, document or "")
    rules = await book_at(tx.session, tx.now)
    why = Undoing(
        reason=reason,
        by=tx.actor.user_id,
        code=TOLERANCE,
        document=document or None,
        proof={"finding": reason},
    )
    await take_back(tx, entry, rules, why)
    return entry


async def _deciding(tx: Tx, proposal_id: uuid.UUID) -> Proposal:
    tx.actor.require(Permission.ENTER_CREDIT)
    proposal = await lock_proposal(tx.session, proposal_id)
    if proposal.state is not ProposalState.WAITING:
        raise ProposalOver
    return proposal


async def _enter(tx: Tx, proposal: Proposal, rules: PublishedBook) -> None:
    entry = await enter(
        tx,
        NewEntry(
            department_id=proposal.department_id,
            code=proposal.code,
            source_key=proposal.source_key,
            occurred_at=datetime.combine(proposal.happened_on, time(12), SHANGHAI),
            source=EntrySource.PERSON,
            ticket_id=proposal.ticket_id,
            ticket_number=proposal.ticket_number,
            document=proposal.document,
            proof={"finding": proposal.finding, "evidence": list(proposal.evidence)},
            recorded_by=proposal.proposed_by or tx.actor.user_id,
            second_by=proposal.decided_by if proposal.proposed_by else None,
        ),
        rules,
    )
    if entry is None:
        raise AssertionError(f"{proposal.source_key} is entered already")
    proposal.entry_id = entry.id
    proposal.state, proposal.ended_at = ProposalState.ENTERED, tx.now


async def _reverse(tx: Tx, proposal: Proposal, rules: PublishedBook) -> None:
    if proposal.entry_id is None:
        raise AssertionError("a reversal names its entry")
    entry = await _reversible(tx, proposal.entry_id)
    why = Undoing(
        reason=proposal.finding,
        by=proposal.proposed_by,
        second=proposal.decided_by,
        proof={"finding": proposal.finding, "evidence": list(proposal.evidence)},
    )
    await take_back(tx, entry, rules, why)
    proposal.state, proposal.ended_at = ProposalState.ENTERED, tx.now


async def _reversible(tx: Tx, entry_id: uuid.UUID) -> CreditEntry:
    entry = await find_entry(tx, entry_id)
    if entry.reverses_id is not None:
        raise EntryIsReversal
    await lock_ledger(tx, entry.department_id)
    state = await state_of(tx, entry)
    if state not in REVERSIBLE:
        raise EntryMoveRefused(state=state, following=EntryState.REVOKED)
    return entry


async def _department(tx: Tx, code: str) -> Department:
    unit = await find_department(tx.session, code)
    if unit is None or unit.is_hotline:
        raise DepartmentNotFound(department=code)
    return unit


async def _ticket(tx: Tx, number: str | None, unit: Department) -> TicketDetail | None:
    if not number:
        return None
    ticket = await find_readable(tx.session, tx.actor, number.strip())
    detail = await ticket_detail(tx.session, ticket)
    if unit.id not in {row.department.id for row in detail.assignments}:
        raise NoPartInTicket(department=unit.code, number=ticket.number)
    return detail


async def _detail_of(tx: Tx, one: CreditEntry | Proposal) -> TicketDetail | None:
    """Return the ticket that something is about, for what is known of the people behind it."""
    if one.ticket_number is None:
        return None
    ticket = await find_readable(tx.session, tx.actor, one.ticket_number)
    return await ticket_detail(tx.session, ticket)


def _require_nobody_named(tx: Tx, detail: TicketDetail | None, *words: str) -> None:
    known = personal_data(detail, tx.cipher) if detail else Known()
    if any(conceal(text, known) != text for text in words):
        raise PersonalDataInWords


def _day(now: datetime, given: date | None) -> date:
    today = now.astimezone(SHANGHAI).date()
    return min(given or today, today)
