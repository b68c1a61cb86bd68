"""A notice as a line of a list."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from credit.rulebook import Grade
from hotline.kernel.errors import N_
from hotline.notices.models import Notice
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
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
        href: what it was about, where that is no ticket.
        detail: which period, until when or to which grade; empty where there is nothing to add.
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
    href: str | None = None
    detail: str = ""


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
    "called_added": N_("The requester has added something: read it"),
    "called_named": N_("A colleague has handed a ticket to you"),
    "called_co_report": N_("A co-handler has reported to your department"),
    "called_co_proposal": N_("A lead department asks for a co-handler"),
    "interview_called": N_("Your department is called to an interview"),
    "interview_due": N_("An interview or its follow-up is due within a day"),
    "interview_overdue": N_("An interview or its follow-up is overdue"),
    "bulletin_published": N_("A bulletin was published"),
    "webhook_paused": N_(
        "A webhook of your department is paused: its receiver has taken nothing for long"
    ),
    "credit_event": N_("An event was entered in your department's credit ledger"),
    "credit_event_taken_back": N_("An event of your department's credit ledger was taken back"),
    "observer_survey": N_("A survey waits for your answers"),
    "observer_visit_asked": N_("You are asked to visit a department"),
    "observer_visit_due": N_("A visit that you were asked for is due within a day"),
    "observer_visit_overdue": N_("A visit by an observer was not made by its day"),
    "finding_open": N_("An observer has found something that your department has to put right"),
    "finding_answered": N_("A department has answered what you found: confirm it or send it back"),
    "finding_ended": N_("What an observer found at your department is settled"),
    "finding_due": N_("What an observer found is due within a day"),
    "finding_overdue": N_("What an observer found is overdue"),
    "report_drafted": N_("A report of credit waits for words and a signature"),
    "report_overdue": N_("A report of credit should be out by now"),
    "report_published": N_("A report of credit was published"),
    "report_withdrawn": N_("A report of credit was withdrawn"),
    "knowledge_submitted": N_("A version of an article waits for you to publish it"),
    "knowledge_sent_back": N_("An article that you wrote was sent back to you"),
    "knowledge_published": N_("An article that you wrote was published"),
    "knowledge_reported": N_("Somebody reported a mistake in an article of your department"),
    "knowledge_report_accepted": N_("The mistake that you reported is owned up to"),
    "knowledge_report_refused": N_("Your report on an article was refused: see why"),
    "knowledge_correction_done": N_("The mistake that you reported is put right"),
    "knowledge_correction_due": N_("A report on an article of your department is due soon"),
    "knowledge_correction_overdue": N_("A report on an article of knowledge is overdue"),
    "knowledge_review_soon": N_("The review of an article is due within two weeks"),
    "knowledge_review_due": N_("The review of an article is due"),
    "knowledge_stale": N_("An article of knowledge was not reviewed in time"),
    "knowledge_expired": N_("An article of your department has expired"),
    "burst_began": N_("Unusually many tickets of one kind have come within an hour"),
    "clue_came": N_("A clue waits for the discipline inspection"),
    "credit_watched": N_("Your department is on the watch list of credit"),
    "credit_unwatched": N_("Your department has left the watch list of credit"),
    "credit_plan_asked": N_("Your department's credit grade asks for a plan of rectification"),
    "credit_consequences_changed": N_("What your department's credit grade brings has changed"),
    "credit_report_proposed": N_(
        "A department's grade is proposed to be reported to the government"
    ),
    "clue_asked": N_("The discipline inspection asks about a clue"),
    "credit_appeal_waits": N_("An appeal waits for your decision"),
    "credit_repair_waits": N_("A repair of credit waits for you"),
    "credit_false_waits": N_("A reported false statement waits for your decision"),
    "credit_case_overdue": N_("A decision on an appeal or a repair is overdue"),
    "credit_appeal_marked": N_(
        "An appeal of your department was marked: the event does not count meanwhile"
    ),
    "credit_appeal_upheld": N_("An appeal of your department was upheld"),
    "credit_appeal_refused": N_(
        "An appeal of your department was refused: see until when the second level may be asked"
    ),
    "credit_appeal_withdrawn": N_("An appeal of your department was taken back"),
    "credit_recalculated": N_("Frozen periods were calculated again after an appeal"),
    "credit_repair_asked": N_("A repair was asked for by your department"),
    "credit_repair_checked": N_("The cure that your department told of was checked"),
    "credit_repair_put_off": N_("The decision on a repair was put off"),
    "credit_repaired": N_("A credit event of your department was repaired"),
    "credit_repair_refused": N_("A repair asked for by your department was refused"),
    "credit_repair_withdrawn": N_("A request for a repair has ended"),
    "credit_false_reported": N_(
        "A statement in a request of your department was reported to be false"
    ),
    "credit_false_confirmed": N_(
        "A statement in a request of your department was found to be false"
    ),
    "credit_false_dismissed": N_(
        "The statement in the request of your department was found to be true"
    ),
    "credit_entry_ended": N_("A credit event of your department ended by itself"),
    "credit_on_notice": N_(
        "Your department's credit of a quarter or a year is on notice: objections are heard now"
    ),
    "credit_published": N_("Your department's credit of a quarter or a year was published"),
    "credit_grade_changed": N_("A published period has changed your department's credit grade"),
}
"""What a notice says that no clock has set off, by its kind."""


_CASES: Mapping[str, str] = {
    "entry": "/credit/events/{}",
    "appeal": "/credit/appeals/{}",
    "repair": "/credit/repairs/{}",
    "finding": "/credit/findings/{}",
    "survey": "/observer/surveys/{}",
    "visit": "/credit/observers/visits/{}",
    "article": "/knowledge/{}",
}
"""Where a notice leads, by what it names."""

_PLACES: Mapping[str, str] = {
    "webhook_paused": "/webhooks",
    "credit_watched": "/credit/departments/{}/consequences",
    "credit_unwatched": "/credit/departments/{}/consequences",
    "credit_plan_asked": "/credit/departments/{}/consequences",
    "credit_consequences_changed": "/credit/departments/{}/consequences",
    "credit_recalculated": "/credit/departments/{}",
    "credit_report_proposed": "/credit/watchlist",
    "credit_appeal_waits": "/credit/appeals",
    "credit_repair_waits": "/credit/repairs",
    "credit_false_waits": "/credit/repairs",
    "report_drafted": "/credit/reports",
    "report_overdue": "/credit/reports",
    "report_published": "/credit/reports",
    "report_withdrawn": "/credit/reports",
    "finding_open": "/credit/findings",
    "finding_answered": "/credit/findings",
    "finding_ended": "/credit/findings",
    "finding_due": "/credit/findings",
    "finding_overdue": "/credit/findings",
    "interview_called": "/interviews",
    "interview_due": "/interviews",
    "interview_overdue": "/interviews",
    "bulletin_published": "/bulletins",
    "burst_began": "/incidents/bursts",
    "clue_came": "/clues",
    "clue_asked": "/clues",
}
"""Where a notice of a kind leads when it names nothing; `{}` is the reader's department."""


def notice_href(notice: Notice, reader: Principal) -> str | None:
    """Return where a notice leads its reader; None when the ticket is all that it is about."""
    for name, path in _CASES.items():
        if name in notice.params:
            is_own_visit = name == "visit" and Permission.OBSERVE in reader.permissions
            place = "/observer/visits/{}" if is_own_visit else path
            return place.format(notice.params[name])
    if notice.kind in _OF_PERIODS:
        period = urlencode({"period": notice.params["period"]})
        return f"/credit/departments/{notice.params['unit']}?{period}"
    where = _PLACES.get(notice.kind or "")
    if where is None or ("{}" in where and reader.department_code is None):
        return None
    return where.format(reader.department_code)


def notice_row(notice: Notice, t: Translator, reader: Principal) -> NoticeRow:
    """Return a notice as a line for its reader."""
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
        href=notice_href(notice, reader),
        detail=_detail(notice.params, t) if notice.kind in _OF_PERIODS else "",
    )


_OF_PERIODS = frozenset({"credit_on_notice", "credit_published", "credit_grade_changed"})


def _detail(params: Mapping[str, Any], t: Translator) -> str:
    period = str(params["period"])
    if "due_at" in params:
        until = t.instant(datetime.fromisoformat(params["due_at"]))
        return t.text(N_("{period}, until {at}"), period=period, at=until)
    grades = [t.text(label(Grade(one))) if one else "—" for one in _grades_of(params)]
    return " · ".join([period, " → ".join(grades)] if grades else [period])


def _grades_of(params: Mapping[str, Any]) -> Sequence[str | None]:
    """Return the grade before and the grade now, once where they are the same."""
    before, now = params.get("grade_before"), params.get("grade")
    if now is None:
        return ()
    return (now,) if before == now else (before, now)
