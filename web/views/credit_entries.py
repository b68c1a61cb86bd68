"""Events of the ledger and proposals, as they are shown."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credit.cases.rules import RemedyReason
from credit.entries.queries import EntryCourse, EntryRow, ProposalRow
from credit.entries.rules import ChangeReason, ProposalKind, ProposalState, enterable, needs_two
from credit.ledger import EntrySource, EntryState
from credit.rulebook import RuleBook, Severity
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.models import User
from web.i18n import Translator
from web.labels import label
from web.views.credit_words import event_words
from web.views.directory import unit_name

SEVERITY_MARKS: Mapping[Severity, str] = {
    Severity.MINOR: "yellow",
    Severity.GENERAL: "orange",
    Severity.SEVERE: "red",
    Severity.PLUS: "green",
}
STATE_MARKS: Mapping[EntryState, str] = {
    EntryState.PROVISIONAL: "yellow",
    EntryState.IN_FORCE: "blue",
    EntryState.OBJECTED: "orange",
}
"""Colours beside the words; what is over has none."""

_FACT_WORDS: Mapping[str, str] = {
    "order_issued": N_("A supervision order was issued"),
    "order_unanswered": N_("A supervision order was not answered in time"),
    "return_judged": N_("A request to return the ticket was judged"),
    "arbitration_decided": N_("The authority decided whose duty it is"),
    "contact_denied": N_(
        "The requester says that nobody spoke with him, and no contact is on record"
    ),
    "reply_rejected": N_("The audit sent the reply back as beside the point"),
    "check_confirmed": N_("Two persons found on the spot that it is not done"),
    "matter_recurred": N_("The matter came back after it was closed as solved"),
    "milestone_missed": N_("A milestone of the plan was missed"),
    "plan_failed": N_("The plan came to nothing"),
    "opinion_defaulted": N_("A co-handler kept silent until its limit had passed"),
    "rating_unfixed": N_("A founded bad rating was not put right"),
    "joint_work_solved": N_("A matter of several departments was solved"),
    "whistle_scored": N_("The hotline judged how the department answered"),
    "knowledge_stale": N_("An article of knowledge was not reviewed in time"),
    "knowledge_contributed": N_("The hotline took up a contribution to knowledge"),
}
"""What an entry from a fact rests on."""

_PROOF_WORDS: Mapping[str, str] = {
    "order_number": N_("Order"),
    "level": N_("Level"),
    "due_at": N_("Was due"),
    "round": N_("Round"),
    "again_number": N_("Told of again in"),
    "closed_at": N_("Closed at"),
    "position": N_("Milestone"),
    "co_count": N_("Co-handlers"),
    "meeting_number": N_("Meeting"),
    "score": N_("Score"),
    "article_number": N_("Article"),
    "version": N_("Version"),
}
_INSTANTS = frozenset({"due_at", "closed_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An event as a line of a list.

    Attributes:
        points: with their sign.
        is_reversal: it takes another one back.
    """

    id: uuid.UUID
    name: str
    code: str
    severity: Severity
    severity_mark: str
    points: str
    state: EntryState
    state_mark: str
    department: str
    department_code: str
    number: str | None
    document: str | None
    occurred_at: datetime
    recorded_at: datetime
    confirm_by: datetime | None
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A state that an event came to.

    Attributes:
        words: why.
        who: who did it; None for the system.
        seq: its place in the chain.
    """

    state: EntryState
    words: str | None
    who: str | None
    at: datetime
    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One event with its whole history.

    Attributes:
        rests_on: what it rests on, in words.
        facts: what is known of that, as names and values.
        finding: what a person found.
        reversal_id: the entry that takes it back.
        reverses_id: the entry that it takes back.
        waiting_id: the proposal to take it back that waits for a second person.
    """

    line: EntryLine
    source: EntrySource
    rule_version: int
    cap: str | None
    cap_days: int | None
    rests_on: str | None
    facts: Sequence[tuple[str, str]]
    finding: str | None
    evidence: Sequence[str]
    recorder: str | None
    second: str | None
    seq: int
    hash: str
    previous_hash: str
    changes: Sequence[ChangeLine]
    reversal_id: uuid.UUID | None
    reverses_id: uuid.UUID | None
    waiting_id: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """A proposal as it is shown."""

    id: uuid.UUID
    kind: ProposalKind
    state: ProposalState
    name: str
    code: str
    department: str
    number: str | None
    document: str | None
    finding: str
    evidence: Sequence[str]
    happened_on: str
    entry_id: uuid.UUID | None
    card_id: uuid.UUID | None
    proposer: str | None
    proposer_id: uuid.UUID | None
    proposed_at: datetime
    decider: str | None
    decision: str | None
    ended_at: datetime | None


def points_words(points: Decimal) -> str:
    """Return points with their sign."""
    text = f"{abs(points).normalize():f}"
    return f"+{text}" if points > 0 else f"−{text}" if points < 0 else "0"  # minus


def entry_line(row: EntryRow, t: Translator) -> EntryLine:
    """Return an event as a line."""
    entry = row.entry
    return EntryLine(
        id=entry.id,
        name=event_words(entry.code, t),
        code=entry.code,
        severity=entry.severity,
        severity_mark=SEVERITY_MARKS.get(entry.severity, "plain"),
        points=points_words(entry.points),
        state=row.state,
        state_mark=STATE_MARKS.get(row.state, "ended"),
        department=unit_name(row.department, t),
        department_code=row.department.code,
        number=entry.ticket_number,
        document=entry.document,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        confirm_by=row.confirm_by,
        is_reversal=entry.reverses_id is not None,
    )


def entry_view(course: EntryCourse, t: Translator) -> EntryView:
    """Return one event with its history."""
    entry, proof = course.row.entry, course.row.entry.proof
    finding = proof.get("finding")
    return EntryView(
        line=entry_line(course.row, t),
        source=entry.source,
        rule_version=entry.rule_version,
        cap=points_words(entry.cap) if entry.cap is not None else None,
        cap_days=entry.cap_days,
        rests_on=t.text(_FACT_WORDS[proof["fact"]]) if proof.get("fact") in _FACT_WORDS else None,
        facts=[
            (t.text(_PROOF_WORDS[name]), _value(name, proof[name], t))
            for name in _PROOF_WORDS
            if proof.get(name) is not None
        ],
        finding=mask_text(finding) if finding else None,
        evidence=[mask_text(text) for text in proof.get("evidence", ())],
        recorder=_name(course.people, entry.recorded_by),
        second=_name(course.people, entry.second_by),
        seq=entry.seq,
        hash=entry.hash.hex(),
        previous_hash=entry.previous_hash.hex(),
        changes=[
            ChangeLine(
                change.state,
                _reason(change.reason, entry.code, t),
                _name(course.people, change.changed_by),
                change.changed_at,
                change.seq,
                change.hash.hex(),
            )
            for change in course.changes
        ],
        reversal_id=course.reversal.id if course.reversal else None,
        reverses_id=entry.reverses_id,
        waiting_id=next(
            (
                one.id
                for one in course.proposals
                if one.kind is ProposalKind.REVERSAL and one.state is ProposalState.WAITING
            ),
            None,
        ),
    )


def proposal_line(row: ProposalRow, t: Translator) -> ProposalLine:
    """Return a proposal as it is shown."""
    one = row.proposal
    return ProposalLine(
        id=one.id,
        kind=one.kind,
        state=one.state,
        name=event_words(one.code, t),
        code=one.code,
        department=unit_name(row.department, t),
        number=one.ticket_number,
        document=one.document,
        finding=mask_text(one.finding),
        evidence=[mask_text(text) for text in one.evidence],
        happened_on=one.happened_on.isoformat(),
        entry_id=one.entry_id,
        card_id=one.card_id,
        proposer=row.proposer.display_name if row.proposer else None,
        proposer_id=one.proposed_by,
        proposed_at=one.proposed_at,
        decider=row.decider.display_name if row.decider else None,
        decision=mask_text(one.decision) if one.decision else None,
        ended_at=one.ended_at,
    )


def event_options(book: RuleBook, t: Translator) -> list[tuple[str, str]]:
    """Return the events that people may enter, with what they weigh."""
    return [
        (
            code,
            t.text(
                N_("{event} · {severity} {points} · two persons")
                if needs_two(rule)
                else N_("{event} · {severity} {points}"),
                event=event_words(code, t),
                severity=t.text(label(rule.severity)),
                points=points_words(rule.points),
            ),
        )
        for code in enterable(book)
        for rule in (book.events[code],)
    ]


def _reason(reason: str, code: str, t: Translator) -> str | None:
    """Return why a state was come to; the first one only says which event it is."""
    if reason == code:
        return None
    known = {one.value: one for one in (*ChangeReason, *RemedyReason)}
    return t.text(label(known[reason])) if reason in known else mask_text(reason)


def _name(people: Mapping[uuid.UUID, User], user_id: uuid.UUID | None) -> str | None:
    user = people.get(user_id) if user_id else None
    return user.display_name if user else None


def _value(name: str, value: object, t: Translator) -> str:
    return t.instant(datetime.fromisoformat(str(value))) if name in _INSTANTS else str(value)
