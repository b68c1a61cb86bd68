"""A notice as a line of a list."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.notices.models import Notice
from hotline.sla.policy import ClockKind, Level, Rung
from web.i18n import Translator
from web.labels import label

_STEPS: Mapping[str, str] = {
    "yellow": N_("{clock}: reminder"),
    "orange": N_("{clock}: early warning"),
    "red": N_("{clock}: limit passed"),
    "urge": N_("{clock}: still not done, urged"),
    "act": N_("{clock}: still not done, the system has acted"),
    "order": N_("{clock}: supervision order"),
    "listing": N_("{clock}: listed for supervision"),
}
"""What a notice says when a clock has come to a step of its ladder."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Something that a person was told of.

    Attributes:
        number: of the ticket, if it was about one.
        level: the colour of the step that fired, if a clock did.
        late_by: how much later than due it fired, in words; empty when it was not.
        waits: he has not yet said that he has seen it.
    """

    id: uuid.UUID
    text: str
    number: str | None
    level: Level | None
    at: datetime
    late_by: str
    is_new: bool
    waits: bool
    acknowledged_at: datetime | None


def told_text(t: Translator, *, kind: str | None, clock: str | None, rung: str | None) -> str:
    """Return what somebody was told of, in the reader's language."""
    if kind is not None and kind in KINDS:
        return t.text(KINDS[kind])
    step = _STEPS.get(rung or "")
    if step and clock:
        return t.text(step, clock=t.text(label(ClockKind(clock))))
    return t.text(N_("News of a ticket"))


KINDS: Mapping[str, str] = {
    "house_alarm": N_("Something is wrong with the system itself: look after it at once"),
    "escalation_raised": N_("A warning was raised to you because nobody acknowledged it"),
    "called_urge": N_("The supervisor urges you to hurry"),
    "called_letter": N_("An urge letter was sent to your department"),
    "called_order": N_("A supervision order was issued to your department"),
    "called_listing": N_("A matter of your department was listed for supervision"),
    "called_consultation": N_("Your department is called to a consultation: say whose duty it is"),
    "called_whistle": N_("Your department is whistled for: report in"),
    "called_meeting_task": N_("A meeting gave your department a task"),
    "called_co_added": N_("Your department was given a co-handler's part"),
    "called_ask_again": N_("The lead asks your department for a better opinion"),
    "called_co_report": N_("A co-handler has reported to your department"),
    "called_co_proposal": N_("A lead department asks for a co-handler"),
    "interview_called": N_("Your department is called to an interview"),
    "interview_due": N_("An interview or its follow-up is due within a day"),
    "interview_overdue": N_("An interview or its follow-up is overdue"),
    "bulletin_published": N_("A bulletin was published"),
    "report_drafted": N_("A report of credit waits for words and a signature"),
    "report_overdue": N_("A report of credit should be out by now"),
    "report_published": N_("A report of credit was published"),
    "report_withdrawn": N_("A report of credit was withdrawn"),
    "clue_came": N_("A clue waits for the discipline inspection"),
    "clue_asked": N_("The discipline inspection asks about a clue"),
}
"""What a notice says that no clock has set off, by its kind."""


def notice_row(notice: Notice, t: Translator) -> NoticeRow:
    """Return a notice as a line."""
    return NoticeRow(
        id=notice.id,
        text=told_text(t, kind=notice.kind, clock=notice.clock, rung=notice.rung),
        number=notice.ticket_number,
        level=Rung(notice.rung).level if notice.rung else None,
        at=notice.created_at,
        late_by=t.duration(notice.late_by_seconds) if notice.late_by_seconds else "",
        is_new=notice.read_at is None,
        waits=notice.needs_ack and notice.acknowledged_at is None,
        acknowledged_at=notice.acknowledged_at,
    )
