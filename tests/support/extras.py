"""What the demo city leaves out and a page shows: drafts, cards, runs, subscriptions."""

import uuid
from datetime import timedelta
from decimal import Decimal

from sqlmodel import col, select

from credit.exclusions.actions import ask_exclusion
from credit.exclusions.rules import ExclusionCode
from credit.models import Observation
from credit.observers.actions.snaps import SnapReport, send_snap
from credit.periods import Period
from credit.rules.actions import begin_draft
from hotline.anomalies.models import AnomalyCard, AnomalyTicket
from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.citizens.publishing import publish_month
from hotline.dispatching.actions import open_draft
from hotline.followup.second_look_models import LookState, SecondLook, SecondLookPlan
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.ids import uuid7
from hotline.notices.contacts import SubscriptionChange, save_subscription
from hotline.notices.models import DeliveryChannel
from hotline.supervision.urging import request_urging
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Feedback, Ticket
from hotline.tickets.queries import TicketFilter
from tests.support.builders import Build
from tests.support.report_rows import freeze_rows
from web.snaps import take_in_snap


async def add_extras(build: Build) -> None:
    """Add to the demo city one of each thing that it does not hold."""
    async with build.acting("admin") as tx:
        await save_subscription(
            tx,
            SubscriptionChange(
                name="督办群",
                channel=DeliveryChannel.EMAIL,
                department="chengguan",
                address="a@example.com",
            ),
        )
        await open_draft(tx)
        today = build.clock.now().astimezone(SHANGHAI).date()
        await publish_month(tx, (today.replace(day=1) - timedelta(days=45)).replace(day=1))
    async with build.acting("observer") as tx:
        report = SnapReport(title="井盖破损", content="缺了一角", address="建设路口")
        await send_snap(tx, report=report, key=uuid7(tx.now), take_in=take_in_snap)
    await _of_credit(build)
    await _of_audit(build)
    async with build.acting("supervisor") as tx:
        await request_urging(
            tx, uuid.uuid4(), TicketFilter(open_only=True), asked="/tickets", note="请抓紧办理"
        )


async def _of_credit(build: Build) -> None:
    now = build.clock.now()
    async with build.acting("supervisor") as tx:
        await begin_draft(tx, note="加重超期扣分")
        counted = (
            await tx.session.exec(
                select(Ticket.number)
                .join(Observation, col(Observation.ticket_id) == col(Ticket.id))
                .where(col(Ticket.is_secret).is_(False))
                .order_by(col(Ticket.number))
                .limit(1)
            )
        ).one()
        await ask_exclusion(
            tx, counted, code=ExclusionCode.UNREASONABLE, reason="重复且已答复", evidence=["答复函"]
        )
        ticket = (
            await tx.session.exec(select(Ticket).where(Ticket.status == Status.PROCESSING).limit(1))
        ).one()
        card = AnomalyCard(
            id=uuid7(now),
            kind=AnomalyKind.NO_CONTACT,
            subject=ticket.number,
            day=now.date(),
            department_id=ticket.lead_department_id,
            figures={"contradicted": False, "excuse": None},
            found_at=now,
            state=CardState.OPEN,
        )
        tx.session.add(card)
        await tx.session.flush()
        tx.session.add(AnomalyTicket(card_id=card.id, ticket_id=ticket.id))
    # The demo city's own months are frozen as they pass; which of them are public is the day's luck.
    await freeze_rows(build.session_maker, Period.parse("2025-12"), now)


async def _of_audit(build: Build) -> None:
    """Draw one work report to be looked at again."""
    now = build.clock.now()
    async with build.acting("supervisor") as tx:
        report, unit = (
            await tx.session.exec(
                select(Feedback, col(Ticket.lead_department_id))
                .join(Ticket, col(Ticket.id) == col(Feedback.ticket_id))
                .where(col(Ticket.lead_department_id).is_not(None))
                .order_by(col(Feedback.id))
                .limit(1)
            )
        ).one()
        assert unit is not None
        day = now.astimezone(SHANGHAI).date() - timedelta(days=1)
        if await tx.session.get(SecondLookPlan, day) is None:
            tx.session.add(
                SecondLookPlan(day=day, seed="proof", passed_count=1, drawn_count=1, planned_at=now)
            )
            await tx.session.flush()
        tx.session.add(
            SecondLook(
                id=uuid7(now),
                day=day,
                feedback_id=report.id,
                ticket_id=report.ticket_id,
                department_id=unit,
                share=Decimal("0.05"),
                state=LookState.DRAWN,
            )
        )
