"""Demo stories of several units on one matter: co-handlers, consultations and whistles."""

from collections.abc import Sequence
from datetime import timedelta

from hotline.meetings.gathering import TaskGiven
from hotline.meetings.whistles import (
    blow_whistle,
    decide_whistle,
    finish_meeting_task,
    report_in,
    score_whistle,
)
from hotline.people.permissions import Role
from hotline.procedures.consultations import (
    decide_consultation,
    request_consultation,
    respond_consultation,
)
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.cohandling import explain_delay, report_stage, sign_co
from hotline.tickets.actions.feedback import submit_feedback
from hotline.tickets.actions.handling import submit_opinion
from hotline.tickets.meetings import DutyOpinion, ResponseScore, WorkStage
from web.run.demo.loader import DemoCity, TicketTemplate, suited
from web.run.demo.script import Act, Script

_PLACE = "热线中心三楼会议室，可线上接入"
_OURS = "该事项在本单位权责清单内，本单位可以主办，请其他单位配合。"
_PARTLY = "其中涉及本单位的部分由本单位办理，主办请按职责清单确定。"
_NOT_OURS = "三定方案和权责清单均无此项职责，本单位可提供资料。"
_STAGE = "已派人到现场核实，本单位负责的部分已开始处理。"
_DELAY = "需等待专业队伍进场，预计明日完成，期间先设置围挡。"
_OPINION = "本单位负责的部分已处理完毕，请主办一并答复。"
_WHISTLE = "多家单位职责交叉，诉求人反复来电，请到场一次查清、当场分工。"
_DECISION = "主办单位牵头总协调，各单位按分工限时完成，完成情况报热线核实。"
_MINUTES = "各单位到场查看，确认问题属实，对分工没有异议。"
_TASKS = ("两日内完成现场处置并留存照片。", "三日内提出长效管理措施。")
_HEAD, _DEPUTY, _BRINGS = "副局长", "科长", "已带图纸和台账"
_TASK_DONE = "已按会议分工完成，照片和记录已上传。"


def several_hands(_city: DemoCity, one: TicketTemplate) -> bool:
    """Tell whether a matter has two co-handlers at least."""
    return len(one.co_departments) > 1


def _answer(opinion: DutyOpinion, words: str) -> Act:
    return lambda tx, number: respond_consultation(tx, number, opinion=opinion, explanation=words)


def _report(attendee: str) -> Act:
    return lambda tx, number: report_in(
        tx, number, attendee=attendee, deputy=attendee == _DEPUTY, note=_BRINGS
    )


def _score(unit: str, score: ResponseScore, words: str) -> Act:
    return lambda tx, number: score_whistle(
        tx, number, department=unit, score=score, explanation=words
    )


# -- consultations ---------------------------------------------------------------------------------


def ask_consultation(s: Script) -> str:
    """The dispatcher calls units together; all but the last of them answer."""
    text = s.rng.choice(suited(s.city.story.consultation, s.matter.template.category))
    s.accept()
    s.do(
        s.after(ClockKind.DISPATCH, s.rng.uniform(0.1, 0.4)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: request_consultation(
            tx, number, reason=text.note, departments=text.units, place=_PLACE
        ),
    )
    answers = ((DutyOpinion.OURS, _OURS), (DutyOpinion.PARTLY, _PARTLY))
    for unit, (opinion, words) in zip(text.units[:-1], answers, strict=False):
        s.do(
            s.after(ClockKind.CONSULTATION, s.rng.uniform(0.05, 0.2)),
            s.cast.handler(unit),
            _answer(opinion, words),
        )
    return text.decision


def decide(s: Script, decision: str) -> None:
    """The dispatcher ends the consultation by dispatching."""
    template = s.matter.template
    s.do(
        s.after(ClockKind.CONSULTATION, s.rng.uniform(0.1, 0.4)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: decide_consultation(
            tx,
            number,
            department=template.department,
            co_departments=template.co_departments,
            explanation=decision,
        ),
    )


# -- co-handlers -----------------------------------------------------------------------------------


def _one_speaks(s: Script) -> str:
    """Two co-handlers: the first signs, reports and answers, the other says why it is late."""
    s.accept()
    s.dispatch()
    s.sign(0.2)
    first, second, *_ = s.matter.template.co_departments
    s.do(s.after(ClockKind.CO_OPINION, 0.05), s.cast.handler(first), sign_co)
    s.do(
        s.after(ClockKind.CO_OPINION, 0.05),
        s.cast.handler(first),
        lambda tx, number: report_stage(
            tx, number, stage=WorkStage.ON_SITE, note=_STAGE, evidence=("现场照片",)
        ),
    )
    s.do(
        s.after(ClockKind.CO_OPINION, 0.1),
        s.cast.handler(second),
        lambda tx, number: explain_delay(tx, number, reason=_DELAY),
    )
    s.do(
        s.after(ClockKind.CO_OPINION, 0.1),
        s.cast.handler(first),
        lambda tx, number: submit_opinion(tx, number, opinion=_OPINION),
    )
    return first


def joint_work(s: Script) -> None:
    """Under way: one opinion is there, one is awaited."""
    _one_speaks(s)
    s.contact(is_certain=False)
    s.waits(ClockKind.CO_OPINION, late=0)


def joint_done(s: Script) -> None:
    """The silent one has consented; the lead composes the one reply."""
    first, matter = _one_speaks(s), s.matter
    s.contact()
    s.do(
        s.after(ClockKind.CO_OPINION, 1.1, by_day=True),
        s.handler,
        lambda tx, number: submit_feedback(
            tx,
            number,
            result=matter.say(matter.template.progress),
            reply=matter.say(matter.template.reply),
            resolved=True,
            evidence=("现场照片",),
            used_opinions=(first,),
            no_contact_reason=s.no_contact_reason,
        ),
    )
    s.finish()


# -- whistles --------------------------------------------------------------------------------------


def _whistle(s: Script) -> Sequence[str]:
    """The supervisor blows the whistle; two units report in, the third does not."""
    s.take_up()
    units = tuple(s.strangers(3))
    s.do(
        s.days(0.05, 0.2),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: blow_whistle(
            tx, number, departments=units, reason=_WHISTLE, place="问题现场"
        ),
    )
    for unit, attendee in zip(units[:2], (_HEAD, _DEPUTY), strict=True):
        s.do(
            s.after(ClockKind.REPORT_IN, s.rng.uniform(0.1, 0.4)),
            s.cast.handler(unit),
            _report(attendee),
        )
    return units


def whistled(s: Script) -> None:
    """Under way: the third unit is awaited."""
    _whistle(s)
    s.waits(ClockKind.REPORT_IN, late=0.5)


def whistle_done(s: Script) -> None:
    """Decided, the tasks done, the responses scored, and the ticket with it."""
    units = _whistle(s)
    came = units[:2]
    supervisor = s.staff(Role.SUPERVISOR)
    s.do(
        s.after(ClockKind.REPORT_IN, 1.2),
        supervisor,
        lambda tx, number: decide_whistle(
            tx,
            number,
            decision=_DECISION,
            minutes=_MINUTES,
            attended=came,
            tasks=[
                TaskGiven(unit, text, tx.now + timedelta(days=days))
                for unit, text, days in zip(came, _TASKS, (2, 3), strict=True)
            ],
        ),
    )
    scores = (ResponseScore.EXCELLENT, ResponseScore.GOOD, ResponseScore.ABSENT)
    reasons = ("接哨即到，当场解决。", "按时到场，积极配合。", "未报到，也未说明原因。")
    for unit, score, words in zip(units, scores, reasons, strict=True):
        s.do(
            s.after(ClockKind.REPORT_IN, 0.1),
            supervisor,
            _score(unit, score, words),
        )
    for unit in came:
        s.do(
            s.after(ClockKind.REPORT_IN, 0.8),
            s.cast.handler(unit),
            lambda tx, number: finish_meeting_task(
                tx, number, report=_TASK_DONE, evidence=("现场照片",)
            ),
        )
    s.hand_in()
    s.finish()
