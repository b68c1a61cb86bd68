"""Stories of return visits: parts of the day, links, bad ratings looked into, field checks."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import col, select

from hotline.followup.actions import (
    Said,
    answer_by_link,
    note_link_told,
    record_own_visit,
)
from hotline.followup.field_checks import Finding, month_before, plan_month, record_check
from hotline.followup.links import word_of
from hotline.followup.models import FieldCheck, RatingLink
from hotline.followup.rules import DayPart, VisitAnswer
from hotline.followup.sampling import SamplingRule
from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, SYSTEM, Principal, Tx
from hotline.procedures.ratings import contact_rater, decide_rating_check, propose_unfounded
from hotline.sla.policy import CalendarCode, ClockKind
from hotline.sla.timers import calendar_of
from hotline.tickets.actions.handling import note_ticket
from hotline.tickets.models import Ticket
from hotline.tickets.ratings import UnfoundedReason
from web.run.demo.asking import ask_everybody
from web.run.demo.directory import Cast
from web.run.demo.script import Delay, Script

_UNREACHED = "电话无人接听，换个时段再访。"
_NO_ANSWER = "三个时段均未接通，短信链接到期无答复。"
_BY_LINK = "路是修了，可是没人告诉我，打电话去问还被训了一顿，很不满意。"
_SPOKEN = "已与诉求人通话核实评价原因和经过。"
_PROPOSED = "诉求人说是点错了，本意是满意。"
_OWN = "单位电话回访，诉求人表示满意。"
_SEEN = ("现场查看，已按答复内容办理完毕。", "现场查看，报称已清理的点位仍有堆放，与答复不符。")
_HOURS = {DayPart.MORNING: 9, DayPart.AFTERNOON: 15, DayPart.EVENING: 19}
_MINUTE = 60_000_000
_A_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class NextAt(Delay):
    """Until a time of the day comes round."""

    at: time = time()

    def after(self, instant: datetime) -> datetime:
        """Return when it is over; the later it begins, the later it ends."""
        here = instant.astimezone(SHANGHAI)
        came = datetime.combine(here.date(), self.at, SHANGHAI)
        if came <= here:
            came += timedelta(days=1)
        return came.astimezone(instant.tzinfo)


def _natural(microseconds: int) -> Delay:
    return Delay(calendar_of(CalendarCode.NATURAL), microseconds)


def try_in_parts(s: Script, times: int) -> None:
    """A visitor calls in vain, each time in another part of the day."""
    for part in list(DayPart)[:times]:
        at = time(_HOURS[part], s.rng.randint(0, 59), s.rng.randint(0, 59))
        s.do(
            NextAt(calendar_of(CalendarCode.NATURAL), 0, at=at),
            s.staff(Role.VISITOR),
            lambda tx, number: ask_everybody(tx, number, VisitAnswer(reached=False), _UNREACHED),
        )


async def _tell(tx: Tx, number: str) -> None:
    for link_id in await _links(tx, number):
        await note_link_told(tx, link_id.id)


async def _links(tx: Tx, number: str) -> list[RatingLink]:
    rows = await tx.session.exec(
        select(RatingLink)
        .join(Ticket, col(Ticket.id) == col(RatingLink.ticket_id))
        .where(Ticket.number == number)
        .order_by(col(RatingLink.created_at))
    )
    return list(rows)


def send_link(s: Script) -> None:
    """Called in vain in every part of the day: the message with the link is written."""
    try_in_parts(s, len(DayPart))
    s.do(_natural(_MINUTE), SYSTEM, _tell)


def link_waiting(s: Script) -> None:
    """The requester may still answer by his link."""
    send_link(s)
    s.age, s.anchor = _natural(_MINUTE), len(s.deeds)


def unanswered(s: Script) -> None:
    """He does not answer by his link either; the sweeper closes the matter."""
    send_link(s)
    s.do(
        _natural(_A_DAY + 10 * _MINUTE),
        s.staff(Role.VISITOR),
        lambda tx, number: note_ticket(tx, number, note=_NO_ANSWER),
    )


def badly_rated_by_link(s: Script) -> None:
    """He answers by his link: solved, but badly handled."""
    send_link(s)

    async def answer(tx: Tx, number: str) -> None:
        (link, *_) = await _links(tx, number)
        await answer_by_link(
            tx,
            word_of(tx.cipher, link.id),
            VisitAnswer(reached=True, solved=True, rating=1, was_contacted=True),
            Said(note=_BY_LINK, source="203.0.113.7|telephone"),
        )

    s.do(_natural(s.rng.randint(20, 300) * _MINUTE), REQUESTER, answer)


def contact(s: Script, auditor: Principal) -> None:
    """An auditor speaks with whoever rated."""
    s.do(
        s.after(ClockKind.BAD_RATING_CONTACT, s.rng.uniform(0.1, 0.6)),
        auditor,
        lambda tx, number: contact_rater(tx, number, reached=True, note=_SPOKEN),
    )


def check_rating(s: Script, *, founded: bool, words: str, but: Principal | None = None) -> None:
    """A bad rating is found founded by an auditor, or set aside by him and a second person."""
    auditor = s.staff(Role.AUDITOR, but)
    contact(s, auditor)
    decider = auditor
    if not founded:
        s.do(
            s.after(ClockKind.BAD_RATING_DECISION, s.rng.uniform(0.05, 0.3)),
            auditor,
            lambda tx, number: propose_unfounded(
                tx, number, reason=UnfoundedReason.MISTAKEN, explanation=_PROPOSED
            ),
        )
        decider = s.staff(Role.SUPERVISOR, auditor)
    s.do(
        s.after(ClockKind.BAD_RATING_DECISION, s.rng.uniform(0.05, 0.4)),
        decider,
        lambda tx, number: decide_rating_check(tx, number, founded=founded, explanation=words),
    )


def own_visit(s: Script) -> None:
    """The department asks too, and hears what it likes to hear."""
    s.do(
        s.days(0.2, 1),
        s.handler,
        lambda tx, number: record_own_visit(tx, number, solved=True, rating=5, note=_OWN),
        is_certain=False,
    )


async def look_at_places(tx: Tx, cast: Cast, rng: random.Random) -> None:
    """Draw the month that has ended, and let some of it be looked at."""
    drawn_at = tx.now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=5)
    planning = Tx(tx.session, drawn_at.astimezone(tx.now.tzinfo), tx.cipher, tx.trace_id, SYSTEM)
    await plan_month(planning, month_before(tx.now), SamplingRule(least=1))
    await tx.session.flush()  # what was drawn is read back
    checks = (await tx.session.exec(select(FieldCheck).order_by(col(FieldCheck.id)))).all()
    for check, (is_done, words) in zip(
        checks, zip((True, False), _SEEN, strict=True), strict=False
    ):
        visitor = cast.staff(Role.VISITOR, rng)
        looking = Tx(tx.session, tx.now - timedelta(hours=1), tx.cipher, tx.trace_id, visitor)
        await record_check(
            looking,
            check.id,
            Finding(
                is_done=is_done,
                words=words,
                lat=30.28 + rng.random() / 10,
                long=120.15 + rng.random() / 10,
                photos=["现场照片-01"],
            ),
        )
