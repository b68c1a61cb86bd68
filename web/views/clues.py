"""Clues, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_text
from hotline.supervision.clues.queries import ClueDetail, ClueRow
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.models import Clue
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import Translator
from web.views.supervision import OrderView, order_view
from web.views.timelines import TimelineRow, timeline_row


@dataclass(frozen=True, slots=True)
class ClueLine:
    """A clue in a list; its grounds are for the inspection, its question for who handed it over."""

    number: str
    state: ClueState
    at: datetime
    grounds: ClueGrounds | None
    question: str | None


def clue_line(row: ClueRow, cipher: FieldCipher) -> ClueLine:
    """Return a clue as a line."""
    return ClueLine(
        row.number, row.state, row.transferred_at, row.grounds, cipher.decrypt(row.question)
    )


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What was asked about a clue, and the answer."""

    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClueTicketView:
    """A ticket that goes with a clue, personal data masked."""

    number: str
    title: str
    content: str
    status: Status
    hold: Hold | None
    department: str
    orders: Sequence[OrderView]
    timeline: Sequence[TimelineRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClueView:
    """A clue in full."""

    number: str
    state: ClueState
    grounds: ClueGrounds
    text: str
    sender: str
    at: datetime
    acknowledged_at: datetime | None
    questions: Sequence[QuestionView]
    tickets: Sequence[ClueTicketView]
    outcome: ClueOutcome | None
    conclusion: str | None
    document: str | None
    concluded_at: datetime | None
    reads: Sequence[tuple[str, datetime]]


def clue_view(clue: Clue, detail: ClueDetail, cipher: FieldCipher, t: Translator) -> ClueView:
    """Return a clue as the inspection sees it."""
    plain = cipher.decrypt
    return ClueView(
        number=clue.number,
        state=clue.state,
        grounds=clue.grounds,
        text=plain(clue.text) or "",
        sender=detail.sender.display_name,
        at=clue.transferred_at,
        acknowledged_at=clue.acknowledged_at,
        questions=[
            QuestionView(
                plain(one.question) or "", one.asked_at, plain(one.answer), one.answered_at
            )
            for one in detail.questions
        ],
        tickets=[
            ClueTicketView(
                one.ticket.number,
                mask_text(one.ticket.title),
                mask_text(one.ticket.content),
                one.ticket.status,
                one.ticket.hold,
                (one.department_en if t.language == "en" else one.department) or "–",
                [order_view(row, t) for row in one.orders],
                [timeline_row(row, t) for row in one.timeline],
            )
            for one in detail.tickets
        ],
        outcome=clue.outcome,
        conclusion=plain(clue.conclusion),
        document=plain(clue.document),
        concluded_at=clue.concluded_at,
        reads=detail.reads,
    )
