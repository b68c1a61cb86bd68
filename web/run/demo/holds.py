"""What is done about matters that are held up: milestones reached, reviews, second checklists."""

from datetime import timedelta

from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.procedures.final_replies import review_final_reply
from hotline.procedures.rectification import complete_milestone, request_close_out
from hotline.procedures.supplements import request_supplement
from hotline.procedures.suspensions import review_suspension
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.handling import ContactMethod
from web.run.demo.loader import Rectification
from web.run.demo.script import Script

_DONE = "已按计划完成，现场照片和资料已上传，已将进展告知诉求人。"
_STRUCK = "计划所列节点全部完成并自查合格，申请销号。"
_REVIEWED = "依据充分，答复适当，同意报主管部门审批。"
_GOES_ON = "经复核，等待的事由尚未消除，同意继续挂起，责成每月跟踪并告知诉求人。"
_AGAIN = ("房屋产权证明复印件", "损失清单及票据")


def reach(s: Script, plan: Rectification, position: int, *, late: bool = False) -> None:
    """The department completes a milestone shortly before its date, or some days after it."""
    days = plan.milestones[position - 1].days
    low, high = (days + 1.2, days + 3) if late else (days * 0.6, days * 0.9)
    _complete(s, plan, position, low, high)


def reach_all_early(s: Script, plan: Rectification) -> None:
    """The department completes every milestone, each some days after the one before."""
    for position in range(1, len(plan.milestones) + 1):
        _complete(s, plan, position, 1, 3)


def _complete(s: Script, plan: Rectification, position: int, low: float, high: float) -> None:
    evidence = plan.milestones[position - 1].evidence.split("、")
    s.do(
        s.days(low, high),
        s.handler,
        lambda tx, number: complete_milestone(
            tx,
            number,
            milestone=position,
            note=_DONE,
            evidence=evidence,
            told_how=ContactMethod.PHONE,
            told_at=tx.now,
        ),
    )


def strike_off(s: Script) -> None:
    """The department asks to strike its plan off."""
    s.do(
        s.days(0.1, 0.8),
        s.leader,
        lambda tx, number: request_close_out(
            tx, number, summary=_STRUCK, evidence=("竣工验收资料", "现场照片")
        ),
    )


def review(s: Script) -> None:
    """The hotline consents to a final reply."""
    s.do(
        s.after(ClockKind.FINAL_REPLY, s.rng.uniform(0.05, 0.3)),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: review_final_reply(tx, number, approve=True, explanation=_REVIEWED),
    )


def review_once(s: Script) -> None:
    """The authority looks at a suspended matter and lets it wait on."""

    async def look(tx: Tx, number: str) -> object:
        return await review_suspension(
            tx,
            number,
            goes_on=True,
            explanation=_GOES_ON,
            review_at=tx.now + timedelta(days=s.rng.choice((14, 21, 28))),
        )

    s.do(s.days(12, 18), s.staff(Role.AUTHORITY), look)


def ask_again(s: Script) -> None:
    """The department needs a second checklist; it waits for a supervisor's consent."""
    s.do(
        s.after(ClockKind.COMPLETE, s.rng.uniform(0.05, 0.15)),
        s.handler,
        lambda tx, number: request_supplement(tx, number, items=_AGAIN),
    )
