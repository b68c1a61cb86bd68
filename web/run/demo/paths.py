"""Every way through the machine that a demo ticket may have taken, and how many took it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import select

from hotline.followup.rules import VisitAnswer
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, SYSTEM, Principal, Tx
from hotline.procedures.extensions import decide_extension, request_extension
from hotline.procedures.final_replies import decide_final_reply, request_final_reply
from hotline.procedures.ratings import open_rating_check
from hotline.procedures.rectification import (
    decide_rectification,
    end_rectification,
    request_rectification,
)
from hotline.procedures.refusals import decide_refusal, refuse_ticket
from hotline.procedures.returns import decide_arbitration, decide_return, refer_to_arbitration
from hotline.procedures.rules import (
    ExtensionReason,
    FinalReplyReason,
    Milestone,
    PauseReason,
)
from hotline.procedures.supplements import (
    cancel_unsupplemented,
    provide_supplement,
    request_supplement,
)
from hotline.procedures.suspensions import decide_suspension, end_suspension, request_suspension
from hotline.sla.policy import ClockKind
from hotline.supervision.bounces import list_if_bounced
from hotline.supervision.rules import BOUNCES_TO_LISTING
from hotline.tickets.actions.acceptance import transfer_ticket_out
from hotline.tickets.actions.closing import object_to_refusal, reopen_ticket, withdraw_ticket
from hotline.tickets.actions.handling import ContactMethod, note_ticket, urge_ticket
from hotline.tickets.actions.merging import merge_ticket, split_ticket
from hotline.tickets.models import Ticket
from hotline.workdays.workcalendar import Calendar
from web.run.demo import joint, visits
from web.run.demo.catalogue import (
    decided_before,
    dispatched_directly,
    is_decided_before,
    is_sure,
    settled,
)
from web.run.demo.holds import ask_again, reach, reach_all_early, review, review_once, strike_off
from web.run.demo.loader import (
    DemoCity,
    Rectification,
    Story,
    StoryText,
    TicketTemplate,
    suited,
)
from web.run.demo.script import Script

_DESIGNATED = "该事项多次退回，依据派单目录和首接负责原则指定承办，不得再退。"
_UNREACHED = "电话无人接听，稍后再访。"
_UNSOLVED = "诉求人表示问题没有解决，只接到过一个电话。"
_BAD = "诉求人说问题解决了，但是经办人态度生硬、来回推诿，非常不满意。"
_EXPLAINED = "诉求人对政策不满意，但认可解释清楚。"
_SUPPLIED = "已补充所需材料和联系时间，请继续办理。"
_WITHDRAWN = ("问题已经自行解决，不需要办理了。", "家里人已经联系好了，撤回诉求。")
_OBJECTION = "对不予受理有异议：之前的答复与本次反映的不是同一件事，现补充新的材料。"
_APART = "经核对两件工单反映的点位不同，不是同一事项，分开办理。"
_RESUMED = "暂停事由已经消除，恢复办理。"
_PLAN_DONE = "现场核查各节点均已完成，同意销号，转入办理结果提交。"
_AGREED, _DISAGREED = "情况属实，同意。", "理由不充分，请继续办理。"
_SILENT = "两次告知均未补充，按规定撤销，材料齐备后可重新提出。"
_NOTE = "诉求人白天上班，联系请在午间或晚饭前。"
_OPEN_MATTER = "该申请同意受理：属职责范围，不应拒绝。"

_REACHED = VisitAnswer(reached=True, solved=True, rating=4, was_contacted=True)
_IN_VAIN = VisitAnswer(reached=False)
_NOT_SOLVED = VisitAnswer(reached=True, solved=False, rating=2, was_contacted=True)
_BADLY_RATED = VisitAnswer(reached=True, solved=True, rating=1, was_contacted=True)
_BUT_EXPLAINED = VisitAnswer(reached=True, solved=False, rating=3, was_contacted=True)


@dataclass(frozen=True, slots=True)
class Path:
    """A way through the machine.

    Attributes:
        weight: how many of five hundred tickets take it.
        write: writes the deeds.
        ended: natural days ago within which it ended; None when the ticket is still open.
        slow: share of tickets drawn from matters with day-long limits, so that open work is not
            all of yesterday.
        is_dispatched: whether a department gets the ticket.
        suits: which matters may go this way.
        joins: whether it needs another open ticket on the same matter.
        hosts: whether others may join it while it is open; not what has closed or may end by itself.
        gathers: whether it joins the one matter that a group is told around.
        repeats: whether it needs a ticket of the same requester that was handled to its end.
    """

    weight: float
    write: Callable[[Script], None]
    ended: tuple[float, float] | None = None
    slow: float = 0.0
    is_dispatched: bool = True
    suits: Callable[[DemoCity, TicketTemplate], bool] = lambda _city, _one: True
    joins: bool = False
    hosts: bool = True
    gathers: bool = False
    repeats: bool = False


def _direct(_city: DemoCity, one: TicketTemplate) -> bool:
    return one.direct


def _brief(_city: DemoCity, one: TicketTemplate) -> bool:
    """Tell whether a matter is done within days: what is archived was."""
    return one.urgency != "p3" and not one.enterprise


def _with_story(kind: str) -> Callable[[DemoCity, TicketTemplate], bool]:
    def suits(city: DemoCity, one: TicketTemplate) -> bool:
        texts: Sequence[StoryText] = getattr(city.story, kind)
        return bool(suited(texts, one.category))

    return suits


def _story(s: Script) -> Story:
    return s.city.story


def _by(s: Script, kind: ClockKind) -> float:
    """Return how much of a limit a decision takes."""
    return s.rng.uniform(0.1, 0.6) if kind is not ClockKind.SUPPLEMENT else s.rng.uniform(0.05, 0.7)


# -- before a department has it --------------------------------------------------------------------


def _submitted(s: Script) -> None:
    s.waits(ClockKind.ACCEPT, late=0.25)


def _refusal_pending(s: Script) -> None:
    _refuse(s)
    s.waits(ClockKind.ACCEPT)


def _refuse(s: Script) -> Principal:
    text = s.rng.choice(_story(s).refusal)
    operator = s.staff(Role.OPERATOR)
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.4)),
        operator,
        lambda tx, number: refuse_ticket(tx, number, reason=text.explanation, where_to=text.route),
    )
    return operator


def _not_accepted(s: Script) -> None:
    _refuse(s)
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.4)),
        s.staff(s.rng.choice((Role.SUPERVISOR, Role.AUDITOR))),
        lambda tx, number: decide_refusal(tx, number, approve=True, explanation=_AGREED),
    )


def _refusal_overruled(s: Script) -> None:
    _refuse(s)
    s.do(
        s.after(ClockKind.ACCEPT, 0.2),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: decide_refusal(tx, number, approve=False, explanation=_OPEN_MATTER),
    )
    _plain(s)


def _object(s: Script) -> None:
    _not_accepted(s)
    s.do(
        s.days(0.5, 2),
        REQUESTER,
        lambda tx, number: object_to_refusal(tx, number, reason=_OBJECTION),
    )


def _objected(s: Script) -> None:
    _object(s)
    s.waits(ClockKind.ACCEPT)


def _objected_and_done(s: Script) -> None:
    _object(s)
    _plain(s)


def _transferred(s: Script) -> None:
    text = s.rng.choice(_story(s).transfer_out)
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.05, 0.3)),
        s.staff(Role.OPERATOR),
        lambda tx, number: transfer_ticket_out(tx, number, target=text.target, reason=text.note),
    )


def _merge(s: Script) -> None:
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.6)),
        s.staff(Role.OPERATOR),
        lambda tx, number: merge_ticket(tx, number, parent=s.parent.number if s.parent else ""),
    )


def _merged_when_accepted(s: Script) -> None:
    s.accept()
    s.do(
        s.after(ClockKind.DISPATCH, s.rng.uniform(0.1, 0.6)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: merge_ticket(tx, number, parent=s.parent.number if s.parent else ""),
    )


def _split(s: Script) -> None:
    _merged_when_accepted(s)
    s.do(
        s.after(ClockKind.DISPATCH, 0.3),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: split_ticket(tx, number, reason=_APART),
    )


def _split_and_waiting(s: Script) -> None:
    _split(s)
    s.waits(ClockKind.DISPATCH)


def _withdrawn(s: Script) -> None:
    if s.rng.choice((True, False)):
        s.accept()
    words = s.rng.choice(_WITHDRAWN)
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.6)),
        REQUESTER,
        lambda tx, number: withdraw_ticket(tx, number, reason=words),
    )


def _accepted(s: Script) -> None:
    s.accept()
    s.waits(ClockKind.DISPATCH, late=0.2)


def _answered(s: Script) -> None:
    s.answer(is_confirmed=True, share=s.rng.uniform(0.06, 0.5))


def _answered_to_visit(s: Script) -> None:
    s.answer(is_confirmed=False)


def _answered_and_visited(s: Script) -> None:
    s.answer(is_confirmed=False)
    s.visit()


# -- supplement ------------------------------------------------------------------------------------


def _ask_supplement(s: Script, actor: Principal, kind: ClockKind) -> None:
    text = s.rng.choice(suited(_story(s).supplement, s.matter.template.category))
    s.do(
        s.after(kind, s.rng.uniform(0.05, 0.2)),
        actor,
        lambda tx, number: request_supplement(tx, number, items=text.items),
    )


def _supply(s: Script) -> None:
    s.do(
        s.after(ClockKind.SUPPLEMENT, _by(s, ClockKind.SUPPLEMENT), by_day=True),
        REQUESTER,
        lambda tx, number: provide_supplement(tx, number, text=_SUPPLIED),
    )


def _supplement_at_desk(s: Script) -> None:
    _ask_supplement(s, s.staff(Role.OPERATOR), ClockKind.ACCEPT)
    s.waits(ClockKind.SUPPLEMENT)


def _supplement_at_work(s: Script) -> None:
    s.take_up()
    _ask_supplement(s, s.handler, ClockKind.COMPLETE)
    s.waits(ClockKind.SUPPLEMENT)


def _supplemented_at_desk(s: Script) -> None:
    _ask_supplement(s, s.staff(Role.OPERATOR), ClockKind.ACCEPT)
    _supply(s)
    _plain(s)


def _supplemented_at_work(s: Script) -> None:
    s.take_up()
    _ask_supplement(s, s.handler, ClockKind.COMPLETE)
    _supply(s)
    s.hand_in()
    s.finish()


def _second_supplement(s: Script) -> None:
    s.take_up()
    _ask_supplement(s, s.handler, ClockKind.COMPLETE)
    _supply(s)
    ask_again(s)
    s.waits(ClockKind.DISPUTE_REVIEW, late=0)


def _unsupplemented(s: Script) -> None:
    _ask_supplement(s, s.staff(Role.OPERATOR), ClockKind.ACCEPT)
    s.do(
        s.after(ClockKind.SUPPLEMENT, s.rng.uniform(1.05, 1.3)),
        s.staff(Role.OPERATOR),
        lambda tx, number: cancel_unsupplemented(tx, number, reason=_SILENT),
    )


# -- consultation, return, arbitration -------------------------------------------------------------


def _consultation(s: Script) -> None:
    joint.ask_consultation(s)
    s.waits(ClockKind.CONSULTATION)


def _consulted(s: Script) -> None:
    joint.decide(s, joint.ask_consultation(s))
    s.begin_work()
    s.hand_in()
    s.finish()


def _decide_return(s: Script, department: str | None, *, uphold: bool = True) -> None:
    texts = [text for text in _story(s).return_decision if text.uphold is uphold]
    words = s.rng.choice(texts).explanation
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, _by(s, ClockKind.DISPUTE_REVIEW)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: decide_return(
            tx, number, uphold=uphold, department=department, explanation=words
        ),
    )
    if uphold and department is not None:
        s.lead = department


def _ask_after_wrong_dispatch(s: Script) -> None:
    s.accept()
    s.dispatch(s.strangers(1)[0])
    if s.rng.choice((True, False)):
        s.sign(0.3)  # a return has a window of its own
    s.ask_return(s.matter.template.department)


def _return_review(s: Script) -> None:
    _ask_after_wrong_dispatch(s)
    s.waits(ClockKind.DISPUTE_REVIEW, late=0.25)


def _redispatch(s: Script) -> None:
    _ask_after_wrong_dispatch(s)
    _decide_return(s, s.matter.template.department)


def _redispatched(s: Script) -> None:
    _redispatch(s)
    s.waits(ClockKind.SIGN)


def _redispatched_and_done(s: Script) -> None:
    _redispatch(s)
    s.begin_work()
    s.feedback()
    s.finish()


def _taken_back(s: Script) -> None:
    _ask_after_wrong_dispatch(s)
    _decide_return(s, None)


def _to_dispatch_again(s: Script) -> None:
    _taken_back(s)
    s.waits(ClockKind.DISPATCH)


def _dispatched_again_and_done(s: Script) -> None:
    _taken_back(s)
    s.dispatch()
    s.begin_work()
    s.hand_in()
    s.finish()


def _refuse_return(s: Script) -> None:
    s.accept()
    s.dispatch()
    s.ask_return(s.strangers(1)[0])
    _decide_return(s, None, uphold=False)


def _return_refused(s: Script) -> None:
    _refuse_return(s)
    s.waits(ClockKind.COMPLETE, late=0)
    s.contact(is_certain=False)
    s.progress(is_certain=False)


def _return_refused_and_done(s: Script) -> None:
    _refuse_return(s)
    s.contact()
    s.progress()
    s.hand_in()
    s.finish()


def _bounce_thrice(s: Script) -> None:
    first, *others = [*s.strangers(3), s.matter.template.department]
    s.accept()
    s.dispatch(first)
    for place, department in enumerate(others):
        s.ask_return(department)
        is_last = place == len(others) - 1
        _decide_return(s, None if is_last else department)


def _refer(s: Script) -> None:
    _ask_after_wrong_dispatch(s)
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, _by(s, ClockKind.DISPUTE_REVIEW)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: refer_to_arbitration(
            tx, number, reason="两家单位对职责划分意见不一，提请裁定。"
        ),
    )


def _designate(s: Script) -> None:
    department = s.lead = s.matter.template.department
    texts = suited(_story(s).arbitration, s.matter.template.category)
    words = next((text.note for text in texts if text.designated == department), _DESIGNATED)
    s.do(
        s.after(ClockKind.ARBITRATION, _by(s, ClockKind.ARBITRATION)),
        s.staff(Role.AUTHORITY),
        lambda tx, number: decide_arbitration(tx, number, department=department, explanation=words),
    )
    # What the relay has done where the worker runs.
    s.do(
        s.after(ClockKind.SIGN, 0.01),
        SYSTEM,
        lambda tx, number: list_if_bounced(tx, number, bounce_count=BOUNCES_TO_LISTING),
    )


def _arbitration(s: Script) -> None:
    _bounce_thrice(s)
    s.waits(ClockKind.ARBITRATION)


def _referred(s: Script) -> None:
    _refer(s)
    s.waits(ClockKind.ARBITRATION)


def _designated(s: Script) -> None:
    _bounce_thrice(s)
    _designate(s)
    s.waits(ClockKind.SIGN)


def _designated_and_done(s: Script) -> None:
    _bounce_thrice(s)
    _designate(s)
    s.begin_work()
    s.feedback()
    s.finish()


# -- the department's work -------------------------------------------------------------------------


def _dispatched(s: Script) -> None:
    s.accept()
    s.dispatch()
    s.waits(ClockKind.SIGN, late=0.22)


def _processing(s: Script) -> None:
    s.accept()
    s.dispatch()
    s.waits(ClockKind.COMPLETE, late=0.11)
    s.sign()
    s.contact(is_certain=False)
    s.progress(is_certain=False)


def _urged(s: Script) -> None:
    s.take_up()
    _urge(s)
    s.waits(ClockKind.COMPLETE, late=0)


def _urge(s: Script) -> None:
    words = s.rng.choice(suited(_story(s).urge, s.matter.template.category)).note
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.05, 0.2), by_day=True),
        s.rng.choice((REQUESTER, s.staff(Role.OPERATOR))),
        lambda tx, number: urge_ticket(tx, number, note=words),
    )
    s.do(
        s.after(ClockKind.COMPLETE, 0.01, by_day=True),
        s.staff(Role.OPERATOR),
        lambda tx, number: note_ticket(tx, number, note=_NOTE),
    )


def _plain(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.finish()


handled_to_its_end = _plain
"""What somebody may tell of once more without new facts."""


def _urged_and_done(s: Script) -> None:
    s.take_up()
    _urge(s)
    s.hand_in()
    s.finish()


def _late(s: Script) -> None:
    s.take_up()
    s.feedback(s.rng.uniform(1.05, 1.6))
    s.finish()


def _late_to_visit(s: Script) -> None:
    s.take_up()
    s.feedback(s.rng.uniform(1.05, 1.6))
    s.pass_audit()
    s.waits(ClockKind.VISIT, late=0)


def _to_audit(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.waits(ClockKind.AUDIT, late=0.2)


def _reject_once(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.reject_audit()


def _rejected(s: Script) -> None:
    _reject_once(s)
    s.waits(ClockKind.COMPLETE, late=0.1)


def _to_audit_again(s: Script) -> None:
    _reject_once(s)
    s.feedback(0.05)
    s.waits(ClockKind.AUDIT)


def _rejected_and_done(s: Script) -> None:
    _reject_once(s)
    s.progress()
    s.feedback(0.05)
    s.finish()


# -- more time, or a plan --------------------------------------------------------------------------


def _ask_extension(s: Script) -> None:
    text = s.rng.choice(suited(_story(s).extension, s.matter.template.category))
    calendar, limit = s.limit(ClockKind.COMPLETE)
    seconds = min(text.days * calendar.day_seconds, limit)

    async def ask(tx: Tx, number: str) -> object:
        return await request_extension(
            tx,
            number,
            until=await _later(tx, number, calendar, seconds),
            reason=ExtensionReason(text.reason),
            explanation=f"{text.explanation}{text.requester_told}",
            told_how=ContactMethod.PHONE,
            told_at=tx.now,
        )

    s.do(s.after(ClockKind.COMPLETE, s.rng.uniform(0.05, 0.2)), s.leader, ask)


async def _later(tx: Tx, number: str, calendar: Calendar, seconds: int) -> datetime:
    ticket = (await tx.session.exec(select(Ticket).where(Ticket.number == number))).one()
    return calendar.add(ticket.due_at or tx.now, seconds * 1_000_000)


def _decide_extension(s: Script, *, approve: bool) -> None:
    words = next(text for text in _story(s).extension_decision if text.approve is approve)
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.01, 0.05)),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: decide_extension(
            tx, number, approve=approve, explanation=words.explanation
        ),
    )


def _extension_pending(s: Script) -> None:
    s.take_up()
    _ask_extension(s)
    s.waits(ClockKind.DISPUTE_REVIEW, late=0)


def _extended(s: Script) -> None:
    s.take_up()
    _ask_extension(s)
    _decide_extension(s, approve=True)
    s.waits(ClockKind.COMPLETE, late=0)


def _extended_and_done(s: Script) -> None:
    s.take_up()
    _ask_extension(s)
    _decide_extension(s, approve=True)
    s.opinions()
    s.feedback(s.rng.uniform(0.5, 0.9))
    s.finish()


def _not_extended_and_done(s: Script) -> None:
    s.take_up()
    _ask_extension(s)
    _decide_extension(s, approve=False)
    s.opinions()
    s.feedback(s.rng.uniform(0.1, 0.3))
    s.finish()


def _ask_suspension(s: Script) -> None:
    text = s.rng.choice(suited(_story(s).suspension, s.matter.template.category))
    s.take_up()
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.03, 0.2)),
        s.leader,
        lambda tx, number: request_suspension(
            tx,
            number,
            reason=PauseReason(text.reason),
            explanation=text.explanation,
            evidence=("情况说明", "相关文书"),
            told_how=ContactMethod.PHONE,
            told_at=tx.now,
        ),
    )


def _decide_suspension(s: Script, *, approve: bool) -> None:
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, s.rng.uniform(0.3, 1)),
        # So long a wait is the authority's to allow.
        s.staff(Role.AUTHORITY if approve else Role.SUPERVISOR),
        lambda tx, number: decide_suspension(
            tx, number, approve=approve, explanation=_AGREED if approve else _DISAGREED
        ),
    )


def _suspension_pending(s: Script) -> None:
    _ask_suspension(s)
    s.waits(ClockKind.DISPUTE_REVIEW, late=0)


def _suspended(s: Script) -> None:
    _ask_suspension(s)
    _decide_suspension(s, approve=True)
    s.waits(ClockKind.SUSPENSION_REVIEW, late=0)


def _not_suspended(s: Script) -> None:
    _ask_suspension(s)
    _decide_suspension(s, approve=False)
    s.waits(ClockKind.COMPLETE, late=0)


def _suspended_and_done(s: Script) -> None:
    _ask_suspension(s)
    _decide_suspension(s, approve=True)
    s.do(
        s.days(2, 8),
        s.handler,
        lambda tx, number: end_suspension(tx, number, note=_RESUMED),
    )
    s.hand_in()
    s.finish()


def _ask_plan(s: Script) -> Rectification:
    person = s.handler.display_name
    text = s.rng.choice(suited(_story(s).rectification, s.matter.template.category))
    s.take_up()
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.03, 0.2)),
        s.leader,
        lambda tx, number: request_rectification(
            tx,
            number,
            reason=text.reason,
            milestones=[
                Milestone(one.text, tx.now + timedelta(days=one.days), person)
                for one in text.milestones
            ],
            told_how=ContactMethod.PHONE,
            told_at=tx.now,
        ),
    )
    return text


def _decide_plan(s: Script) -> None:
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, s.rng.uniform(0.3, 1)),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: decide_rectification(tx, number, approve=True, explanation=_AGREED),
    )


def _plan_pending(s: Script) -> None:
    _ask_plan(s)
    s.waits(ClockKind.DISPUTE_REVIEW, late=0)


def _plan_running(s: Script) -> None:
    text = _ask_plan(s)
    _decide_plan(s)
    reach(s, text, 1)
    s.ended(s.rng.uniform(0.5, 0.8 * (text.milestones[1].days - text.milestones[0].days)))


def _plan_done(s: Script) -> None:
    text = _ask_plan(s)
    _decide_plan(s)
    reach_all_early(s, text)
    strike_off(s)
    s.do(
        s.days(0.2, 1.5),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: end_rectification(tx, number, completed=True, explanation=_PLAN_DONE),
    )
    s.hand_in()
    s.finish()


def _plan_slipped(s: Script) -> None:
    text = _ask_plan(s)
    _decide_plan(s)
    reach(s, text, 1, late=True)
    s.ended(s.rng.uniform(0.5, 3))


def _plan_to_strike_off(s: Script) -> None:
    text = _ask_plan(s)
    _decide_plan(s)
    reach_all_early(s, text)
    strike_off(s)
    s.waits(ClockKind.CLOSE_OUT_REVIEW, late=0)


def _second_review(s: Script) -> None:
    _ask_suspension(s)
    _decide_suspension(s, approve=True)
    review_once(s)
    s.waits(ClockKind.SUSPENSION_REVIEW, late=0)


# -- final reply and rating check ------------------------------------------------------------------


def _ask_final_reply(s: Script) -> None:
    text = s.rng.choice(suited(_story(s).final_reply, s.matter.template.category))
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.05, 0.2)),
        s.leader,
        lambda tx, number: request_final_reply(
            tx,
            number,
            reply=s.matter.say(s.matter.template.reply),
            reason=FinalReplyReason(text.reason),
            basis=text.explanation,
            evidence=("书面答复", "送达回证"),
        ),
    )


def _decide_final_reply(s: Script, *, approve: bool) -> None:
    review(s)
    s.do(
        s.after(ClockKind.FINAL_REPLY, s.rng.uniform(0.1, 0.5)),
        s.staff(Role.AUTHORITY),
        lambda tx, number: decide_final_reply(
            tx, number, approve=approve, explanation=_AGREED if approve else _DISAGREED
        ),
    )


def _final_reply_at_work(s: Script) -> None:
    s.take_up()
    _ask_final_reply(s)
    s.waits(ClockKind.FINAL_REPLY)


def _final_reply_at_visit(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.pass_audit()
    s.visit(_IN_VAIN, _UNREACHED)
    _ask_final_reply(s)
    s.waits(ClockKind.FINAL_REPLY)


def _final_reply_with_authority(s: Script) -> None:
    s.take_up()
    _ask_final_reply(s)
    review(s)
    s.waits(ClockKind.FINAL_REPLY, late=0)


def _finally_replied(s: Script) -> None:
    s.take_up()
    s.opinions()
    _ask_final_reply(s)
    _decide_final_reply(s, approve=True)


def _not_finally_replied(s: Script) -> None:
    s.take_up()
    _ask_final_reply(s)
    _decide_final_reply(s, approve=False)
    s.waits(ClockKind.COMPLETE, late=0)


def _bad_rating(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.pass_audit()
    s.visit(_BADLY_RATED, _BAD)


def _check_rating(s: Script, *, founded: bool, but: Principal | None = None) -> None:
    texts = [text for text in _story(s).rating_check if text.founded is founded]
    words = s.rng.choice(texts).note
    visits.check_rating(s, founded=founded, words=words, but=but)


def _rating_check(s: Script) -> None:
    _bad_rating(s)
    s.waits(ClockKind.BAD_RATING_CONTACT)


def _open_check(s: Script) -> Principal:
    _plain(s)
    auditor = s.staff(Role.AUDITOR)
    s.do(
        s.days(0.5, 3),
        auditor,
        lambda tx, number: open_rating_check(
            tx, number, reason="诉求人在满意度抽查中改评为不满意，需要核实。"
        ),
    )
    return auditor


def _rating_check_after_end(s: Script) -> None:
    _open_check(s)
    s.waits(ClockKind.BAD_RATING_CONTACT)


def _rating_unfounded(s: Script) -> None:
    _bad_rating(s)
    _check_rating(s, founded=False)


def _rating_unfounded_after_end(s: Script) -> None:
    auditor = _open_check(s)
    _check_rating(s, founded=False, but=auditor)


def _rating_founded(s: Script) -> None:
    _bad_rating(s)
    _check_rating(s, founded=True)
    s.waits(ClockKind.BAD_RATING_FIX)


def _rating_founded_and_fixed(s: Script) -> None:
    _bad_rating(s)
    _check_rating(s, founded=True)
    s.redo()
    s.pass_audit()
    s.visit(_REACHED)


# -- visits and what comes after -------------------------------------------------------------------


def _to_visit(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.pass_audit()
    s.waits(ClockKind.VISIT)


def _try_visit(s: Script, times: int) -> None:
    s.take_up()
    s.hand_in()
    s.pass_audit()
    visits.try_in_parts(s, times)


def _once_in_vain(s: Script) -> None:
    _try_visit(s, 1)
    s.waits(ClockKind.VISIT, late=0)


def _twice_in_vain(s: Script) -> None:
    _try_visit(s, 2)
    s.waits(ClockKind.VISIT, late=0)


def _link_waiting(s: Script) -> None:
    _try_visit(s, 0)
    visits.link_waiting(s)


def _badly_rated_by_link(s: Script) -> None:
    _try_visit(s, 0)
    visits.badly_rated_by_link(s)
    visits.contact(s, s.staff(Role.AUDITOR))
    s.waits(ClockKind.BAD_RATING_DECISION, late=0)


def _visited_twice_over(s: Script) -> None:
    _plain(s)
    visits.own_visit(s)


def _reached_at_last(s: Script) -> None:
    _try_visit(s, 1)
    s.visit()


def _unreachable(s: Script) -> None:
    _try_visit(s, 0)
    visits.unanswered(s)


def _explained(s: Script) -> None:
    s.take_up()
    s.opinions()
    s.feedback(resolved=False)
    s.pass_audit()
    s.visit(_BUT_EXPLAINED, _EXPLAINED)


def _unsolved(s: Script) -> None:
    s.take_up()
    s.hand_in()
    s.pass_audit()
    s.visit(_NOT_SOLVED, _UNSOLVED)


def _rework(s: Script) -> None:
    _unsolved(s)
    s.waits(ClockKind.REWORK_COMPLETE, late=0.1)


def _reworked(s: Script) -> None:
    _unsolved(s)
    s.redo()
    s.pass_audit()
    s.visit(_REACHED)


def _come_back(s: Script) -> None:
    words = s.rng.choice(suited(_story(s).reopen, s.matter.template.category)).reason
    s.do(
        s.days(1, 6),
        s.rng.choice((REQUESTER, s.staff(Role.OPERATOR))),
        lambda tx, number: reopen_ticket(tx, number, reason=words),
    )


def _reopened(s: Script) -> None:
    _plain(s)
    _come_back(s)
    s.waits(ClockKind.REWORK_COMPLETE, late=0)


def _reopened_and_done(s: Script) -> None:
    _plain(s)
    _come_back(s)
    s.redo()
    s.finish()


def _reopened_at_desk(s: Script) -> None:
    _answered(s)
    _come_back(s)
    s.waits(ClockKind.ACCEPT, late=0)


def _archived(write: Callable[[Script], None]) -> Callable[[Script], None]:
    def archived(s: Script) -> None:
        write(s)
        s.archive()

    return archived


_MONTH = (0.1, 29.0)
_OLD = (0.1, 12.0)

PATHS: tuple[Path, ...] = (
    # still with the hotline
    Path(10, _submitted, is_dispatched=False),
    Path(2, _refusal_pending, is_dispatched=False),
    Path(1, _objected, is_dispatched=False),
    Path(1, _reopened_at_desk, is_dispatched=False, suits=_direct),
    Path(12, _accepted, is_dispatched=False, slow=0.7),
    Path(2, _to_dispatch_again, slow=0.6),
    Path(1, _split_and_waiting, is_dispatched=False, joins=True),
    # with a department
    Path(1, decided_before, is_dispatched=False, suits=is_decided_before),
    Path(26, _dispatched, slow=0.8),
    Path(6, dispatched_directly, suits=is_sure, slow=0.3),
    Path(4, _redispatched, slow=0.7),
    Path(2, _designated, slow=0.5),
    Path(54, _processing, slow=0.75),
    Path(2, joint.joint_work, suits=joint.several_hands, slow=0.3),
    Path(3, joint.whistled, slow=0.6),
    Path(4, _urged, slow=0.6),
    Path(5, _rejected, slow=0.7),
    Path(6, _rework, slow=0.3),
    Path(3, _reopened, slow=0.2),
    Path(2, _return_refused, slow=0.7),
    Path(4, _extension_pending, slow=0.6),
    Path(4, _extended, slow=0.6),
    Path(2, _suspension_pending, suits=_with_story("suspension"), slow=0.6),
    Path(1, _not_suspended, suits=_with_story("suspension"), slow=0.6),
    Path(2, _plan_pending, slow=1),
    Path(1, _not_finally_replied, slow=0.6),
    Path(3, _rating_founded, slow=0.2),
    # handed in, to be visited
    Path(17, _to_audit, slow=0.5),
    Path(3, _to_audit_again, slow=0.5),
    Path(18, _to_visit, slow=0.5),
    Path(4, _once_in_vain, slow=0.5),
    Path(2, _twice_in_vain, slow=0.5),
    Path(2, _link_waiting, slow=0.5),
    Path(2, _badly_rated_by_link, slow=0.3),
    Path(2, _late_to_visit, slow=0.2),
    Path(3, _answered_to_visit, is_dispatched=False, suits=_direct),
    # held up
    Path(3, _supplement_at_desk, is_dispatched=False),
    Path(4, _supplement_at_work, slow=0.6, hosts=False),
    Path(5, _consultation, is_dispatched=False, suits=_with_story("consultation"), slow=0.6),
    Path(6, _return_review, slow=0.6),
    Path(3, _arbitration, is_dispatched=False, slow=0.6),
    Path(2, _referred, is_dispatched=False, slow=0.6),
    Path(6, _plan_running, slow=1),
    Path(6, _suspended, suits=_with_story("suspension"), slow=0.6),
    Path(3, _final_reply_at_work, slow=0.7),
    Path(2, _final_reply_at_visit, slow=0.3),
    Path(2, _final_reply_with_authority, slow=0.7),
    Path(1, _second_supplement, slow=1),
    Path(1, _second_review, suits=_with_story("suspension"), slow=1),
    Path(1, _plan_slipped, slow=1),
    Path(1, _plan_to_strike_off, slow=1),
    Path(4, _rating_check, slow=0.3),
    Path(3, _rating_check_after_end, slow=0.2, hosts=False),
    # ended
    Path(82, _answered, _MONTH, is_dispatched=False, suits=_direct),
    Path(8, _answered_and_visited, _MONTH, is_dispatched=False, suits=_direct),
    Path(38, _plain, _MONTH),
    Path(6, _visited_twice_over, _MONTH),
    Path(5, _urged_and_done, _MONTH),
    Path(9, _late, _MONTH),
    Path(5, _extended_and_done, _MONTH),
    Path(2, _not_extended_and_done, _MONTH),
    Path(2, _supplemented_at_desk, _MONTH),
    Path(3, _supplemented_at_work, _MONTH),
    Path(3, _consulted, _MONTH, suits=_with_story("consultation")),
    Path(1, settled, _MONTH, suits=is_decided_before),
    Path(3, joint.joint_done, _MONTH, suits=joint.several_hands),
    Path(3, joint.whistle_done, _MONTH),
    Path(4, _redispatched_and_done, _MONTH),
    Path(2, _dispatched_again_and_done, _MONTH),
    Path(3, _return_refused_and_done, _MONTH),
    Path(2, _designated_and_done, _MONTH),
    Path(4, _rejected_and_done, _MONTH),
    Path(2, _suspended_and_done, _MONTH, suits=_with_story("suspension")),
    Path(2, _plan_done, _MONTH),
    Path(3, _finally_replied, _MONTH),
    Path(2, _rating_unfounded, _MONTH),
    Path(1, _rating_unfounded_after_end, _MONTH),
    Path(2, _rating_founded_and_fixed, _MONTH),
    Path(4, _reached_at_last, _MONTH),
    Path(4, _unreachable, _MONTH),
    Path(5, _explained, _MONTH),
    Path(5, _reworked, _MONTH),
    Path(2, _reopened_and_done, _MONTH),
    Path(1, _refusal_overruled, _MONTH),
    Path(1, _objected_and_done, _MONTH),
    Path(20, _archived(_answered), _OLD, is_dispatched=False, suits=_direct),
    Path(15, _archived(_plain), _OLD, suits=_brief),
    Path(2, _archived(_late), _OLD, suits=_brief),
    Path(2, _archived(_unreachable), _OLD, suits=_brief),
    Path(7, _not_accepted, _MONTH, is_dispatched=False),
    Path(7, _transferred, _MONTH, is_dispatched=False),
    Path(6, _withdrawn, _MONTH, is_dispatched=False),
    Path(3, _unsupplemented, _MONTH, is_dispatched=False),
    Path(7, _merge, is_dispatched=False, joins=True),
    Path(4, _merged_when_accepted, is_dispatched=False, joins=True),
)
"""Out of five hundred tickets, roughly; every path is taken at least once."""

SMOOTH_ENDS: Mapping[Path, int] = MappingProxyType(
    {
        Path(1, _plain): 60,
        Path(1, _urged_and_done): 4,
        Path(1, _extended_and_done): 5,
        Path(1, _explained): 4,
        Path(1, _visited_twice_over): 4,
    }
)
"""Ways to an end with which everybody can live, and how common they are."""

ROUGH_ENDS: Mapping[Path, int] = MappingProxyType(
    {
        Path(1, _late): 8,
        Path(1, _reworked): 5,
        Path(1, _rejected_and_done): 4,
        Path(1, _return_refused_and_done): 3,
        Path(1, _rating_founded_and_fixed): 2,
    }
)
"""Ways to an end that do a unit no honour, beside the smooth ones."""
