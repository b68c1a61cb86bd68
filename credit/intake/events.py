"""What facts mean for the ledger: which events they are, and which they make void - pure.

Each event has a `source_key` that names its cause: the same cause is one event, however it is told.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from credit.bookkeeping import NewEntry
from credit.entries.rules import ChangeReason, TakeBack
from credit.intake.facts import ExclusionEnded, ToldFact, WorkExcluded
from credit.rulebook import RuleBook
from hotline.followup.events import CheckConfirmed, ContactDenied, JointWorkSolved
from hotline.knowledge.events import KnowledgeContributed, KnowledgeStale
from hotline.meetings.events import WhistleScored
from hotline.procedures.events import (
    ArbitrationDecided,
    PlanFailed,
    RatingUnfounded,
    ReturnJudged,
)
from hotline.supervision.events import OrderIssued, OrderUnanswered
from hotline.tickets.counted import MilestoneEnded
from hotline.tickets.events import (
    MatterRecurred,
    OpinionDefaulted,
    RatingUnfixed,
    ReplyRejected,
    TicketMerged,
)

Events = Callable[[ToldFact, RuleBook], Sequence[NewEntry]]
Voids = Callable[[ToldFact], Sequence[TakeBack]]

ORDERED_FROM = 2
"""Level of supervision from which an order is an event: a letter is none."""

GOOD_SCORE = 4
"""The least score of a whistle that is worth a plus."""

LEAST_CO_HANDLERS = 2
"""Departments beside the lead that make a matter one of several: that one helps is everyday work."""

_TRUE_EXCUSES = frozenset({"anonymous", "contact_refused", "secret"})
"""Coded reasons for which nobody has to speak with the requester, whatever he says."""

_NONRESPONSIVE = "nonresponsive"


def _entry(fact: ToldFact, code: str, source_key: str, **more: Any) -> list[NewEntry]:  # noqa: ANN401  # by name
    return [
        NewEntry(
            **{
                "department_id": fact.payload["department_id"],
                "code": code,
                "source_key": source_key,
                "occurred_at": fact.told_at,
                "fact_id": fact.id,
                "ticket_id": fact.ticket_id,
                "ticket_number": fact.payload.get("ticket_number"),
                "proof": {"fact": fact.topic},
            }
            | more
        )
    ]


def _proof(fact: ToldFact, *names: str) -> dict[str, Any]:
    return {"fact": fact.topic, **{name: fact.payload[name] for name in names}}


# -- which events --------------------------------------------------------------------------------------


def _ordered(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """One event for each task, however often its order is raised."""
    given = OrderIssued.from_payload(dict(fact.payload))
    if given.level < ORDERED_FROM:
        return ()
    return _entry(
        fact,
        "supervision_l2",
        f"supervised:{given.ticket_id}:{given.hop}:{given.round}",
        document=given.order_number,
        proof=_proof(fact, "order_number", "level"),
    )


def _unanswered(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = OrderUnanswered.from_payload(dict(fact.payload))
    if given.is_excused:
        return ()
    return _entry(
        fact,
        "supervision_unanswered",
        f"unanswered:{given.order_number}",
        document=given.order_number,
        proof=_proof(fact, "order_number", "due_at"),
    )


def _returned(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """A rejected return; one taken back only where the department had been told no before."""
    given = ReturnJudged.from_payload(dict(fact.payload))
    if given.outcome == "refused" or (given.outcome == "withdrawn" and given.was_refused_before):
        return _entry(
            fact,
            "unfounded_return",
            return_key(given.return_id),
            proof=_proof(fact, "return_id", "outcome", "was_refused_before"),
        )
    return ()


def _arbitrated(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """What the hotline left to the authority, and the authority gave back to whoever disputed it."""
    given = ArbitrationDecided.from_payload(dict(fact.payload))
    if given.is_upheld:
        return ()
    return _entry(
        fact,
        "unfounded_return",
        return_key(given.return_id),
        proof=_proof(fact, "return_id"),
    )


def _not_contacted(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """Only where both say so: no record of a contact, and the requester. Else it is for people."""
    given = ContactDenied.from_payload(dict(fact.payload))
    if given.has_record or given.excuse in _TRUE_EXCUSES:
        return ()
    return _entry(
        fact,
        "no_contact_close",
        f"no_contact:{given.ticket_id}:{given.round}",
        proof=_proof(fact, "round", "excuse"),
    )


def _rejected(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = ReplyRejected.from_payload(dict(fact.payload))
    if given.ground != _NONRESPONSIVE:
        return ()
    return _entry(
        fact,
        "nonresponsive_reply",
        f"reply:{given.feedback_id}",
        proof=_proof(fact, "feedback_id", "round"),
    )


def _checked(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """Two persons have looked: the check's two are the entry's two."""
    given = CheckConfirmed.from_payload(dict(fact.payload))
    return _entry(
        fact,
        "false_closure",
        f"field_check:{given.check_id}",
        proof=_proof(fact, "check_id"),
        recorded_by=uuid.UUID(given.checked_by),
        second_by=uuid.UUID(given.confirmed_by),
    )


def _recurred(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = MatterRecurred.from_payload(dict(fact.payload))
    return _entry(
        fact,
        "repeat_after_done",
        f"recurred:{given.ticket_id}:{given.round}",
        proof=_proof(fact, "closed_at", "again_number"),
    )


def _slipped(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = MilestoneEnded.from_payload(dict(fact.payload))
    if given.met or given.is_excused:
        return ()
    return _entry(
        fact,
        "milestone_missed",
        f"milestone:{given.milestone_id}",
        proof=_proof(fact, "position", "due_at"),
    )


def _failed(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = PlanFailed.from_payload(dict(fact.payload))
    return _entry(fact, "plan_failed", f"plan:{given.plan_id}", proof=_proof(fact, "plan_id"))


def _silent(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = OpinionDefaulted.from_payload(dict(fact.payload))
    if given.is_excused:
        return ()
    return _entry(fact, "co_timeout", f"co:{given.assignment_id}")


def _unfixed(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = RatingUnfixed.from_payload(dict(fact.payload))
    return _entry(
        fact,
        "bad_rating_founded_unfixed",
        unfixed_key(given.ticket_id, given.round),
        proof=_proof(fact, "round", "outcome"),
    )


def _led(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = JointWorkSolved.from_payload(dict(fact.payload))
    if given.co_count < LEAST_CO_HANDLERS:
        return ()
    return _entry(
        fact, "first_receiver_lead", f"led:{given.ticket_id}", proof=_proof(fact, "co_count")
    )


def _whistled(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = WhistleScored.from_payload(dict(fact.payload))
    if given.score < GOOD_SCORE:
        return ()
    return _entry(
        fact,
        "whistle_good",
        f"whistle:{given.meeting_number}:{given.department_id}",
        document=given.meeting_number,
        proof=_proof(fact, "meeting_number", "score"),
    )


def _unkept(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    """One event for each review that was missed; its owner had been told, and had time since."""
    given = KnowledgeStale.from_payload(dict(fact.payload))
    return _entry(
        fact,
        "kb_stale",
        f"knowledge:{given.article_number}:{given.due_at}",
        document=given.article_number,
        proof=_proof(fact, "article_number", "due_at"),
    )


def _contributed(fact: ToldFact, _book: RuleBook) -> Sequence[NewEntry]:
    given = KnowledgeContributed.from_payload(dict(fact.payload))
    return _entry(
        fact,
        "kb_contribution",
        f"contributed:{given.contribution}",
        document=given.article_number,
        proof=_proof(fact, "article_number", "version"),
    )


EVENTS: Mapping[str, Events] = MappingProxyType(
    {
        OrderIssued.topic: _ordered,
        OrderUnanswered.topic: _unanswered,
        ReturnJudged.topic: _returned,
        ArbitrationDecided.topic: _arbitrated,
        ContactDenied.topic: _not_contacted,
        ReplyRejected.topic: _rejected,
        CheckConfirmed.topic: _checked,
        MatterRecurred.topic: _recurred,
        MilestoneEnded.topic: _slipped,
        PlanFailed.topic: _failed,
        OpinionDefaulted.topic: _silent,
        RatingUnfixed.topic: _unfixed,
        JointWorkSolved.topic: _led,
        WhistleScored.topic: _whistled,
        KnowledgeStale.topic: _unkept,
        KnowledgeContributed.topic: _contributed,
    }
)
"""By the topic of the fact."""


CODES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        OrderIssued.topic: ("supervision_l2",),
        OrderUnanswered.topic: ("supervision_unanswered",),
        ReturnJudged.topic: ("unfounded_return",),
        ArbitrationDecided.topic: ("unfounded_return",),
        ContactDenied.topic: ("no_contact_close",),
        ReplyRejected.topic: ("nonresponsive_reply",),
        CheckConfirmed.topic: ("false_closure",),
        MatterRecurred.topic: ("repeat_after_done",),
        MilestoneEnded.topic: ("milestone_missed",),
        PlanFailed.topic: ("plan_failed",),
        OpinionDefaulted.topic: ("co_timeout",),
        RatingUnfixed.topic: ("bad_rating_founded_unfixed",),
        JointWorkSolved.topic: ("first_receiver_lead",),
        WhistleScored.topic: ("whistle_good",),
        KnowledgeStale.topic: ("kb_stale",),
        KnowledgeContributed.topic: ("kb_contribution",),
    }
)
"""Which codes a fact can come to."""


def return_key(return_id: str) -> str:
    """Return what names the event of an unfounded return."""
    return f"return:{return_id}"


def unfixed_key(ticket_id: str, round_: int) -> str:
    """Return what names the event of a round that put nothing right."""
    return f"unfixed:{ticket_id}:{round_}"


# -- which they make void ------------------------------------------------------------------------------


def _merged(fact: ToldFact) -> Sequence[TakeBack]:
    return (TakeBack(uuid.UUID(fact.payload["ticket_id"]), ChangeReason.MERGED),)


def _granted(fact: ToldFact) -> Sequence[TakeBack]:
    """Whoever never had the duty did nothing wrong about it."""
    given = ReturnJudged.from_payload(dict(fact.payload))
    if given.outcome != "granted":
        return ()
    return (
        TakeBack(
            uuid.UUID(given.ticket_id),
            ChangeReason.RETURN_UPHELD,
            department_id=given.department_id,
        ),
    )


def _overturned(fact: ToldFact) -> Sequence[TakeBack]:
    given = ArbitrationDecided.from_payload(dict(fact.payload))
    if not given.is_upheld:
        return ()
    ticket_id = uuid.UUID(given.ticket_id)
    return (
        TakeBack(
            ticket_id,
            ChangeReason.DESIGNATED_ANOTHER,
            source_key=return_key(given.return_id),
            is_for_good=True,
        ),
        TakeBack(ticket_id, ChangeReason.DESIGNATED_ANOTHER, department_id=given.department_id),
    )


def _no_fault(fact: ToldFact) -> Sequence[TakeBack]:
    """The rating that began a round is unfounded, or the one that said it put nothing right."""
    given = RatingUnfounded.from_payload(dict(fact.payload))
    ticket_id = uuid.UUID(given.ticket_id)
    return tuple(
        TakeBack(
            ticket_id,
            ChangeReason.RATING_UNFOUNDED,
            source_key=unfixed_key(given.ticket_id, round_),
            is_for_good=True,
        )
        for round_ in (given.round, given.round + 1)
    )


def _not_done(fact: ToldFact) -> Sequence[TakeBack]:
    """What was praised as done was not."""
    given = CheckConfirmed.from_payload(dict(fact.payload))
    return (
        TakeBack(
            uuid.UUID(given.ticket_id),
            ChangeReason.NOT_DONE,
            source_key=f"led:{given.ticket_id}",
            is_for_good=True,
        ),
    )


def _excluded(fact: ToldFact) -> Sequence[TakeBack]:
    given = WorkExcluded.from_payload(dict(fact.payload))
    return (
        TakeBack(
            uuid.UUID(given.ticket_id),
            ChangeReason.EXCLUDED,
            department_id=given.department_id,
            is_for_good=True,
            name=f"exclusion:{given.exclusion_id}",
        ),
    )


def _included(fact: ToldFact) -> Sequence[TakeBack]:
    given = ExclusionEnded.from_payload(dict(fact.payload))
    return (
        TakeBack(
            uuid.UUID(given.ticket_id),
            ChangeReason.EXCLUDED,
            name=f"exclusion:{given.exclusion_id}",
        ),
    )


VOIDING: Mapping[str, Voids] = MappingProxyType(
    {
        TicketMerged.topic: _merged,
        ReturnJudged.topic: _granted,
        ArbitrationDecided.topic: _overturned,
        RatingUnfounded.topic: _no_fault,
        CheckConfirmed.topic: _not_done,
        WorkExcluded.topic: _excluded,
    }
)
"""By the topic of the fact."""

VOIDING_ENDED: Mapping[str, Voids] = MappingProxyType({ExclusionEnded.topic: _included})
"""Decisions that hold no longer, by the topic of the fact."""
