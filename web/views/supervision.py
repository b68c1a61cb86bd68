"""Supervision orders, as they are shown."""

from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.supervision.queries import OrderRow
from hotline.supervision.rules import OrderLevel, OrderReason, OrderState
from web.i18n import Translator
from web.views.directory import unit_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """A supervision order."""

    number: str
    ticket: str
    title: str
    department: str
    level: OrderLevel
    reason: OrderReason
    demand: str
    state: OrderState
    issuer: str
    issued_at: datetime
    due_at: datetime
    is_live: bool
    acknowledged_at: datetime | None
    reply: str | None
    answered_at: datetime | None
    verification: str | None

    @property
    def owes_reply(self) -> bool:
        """Tell whether the department's time is running."""
        return self.state in {OrderState.ISSUED, OrderState.ACKNOWLEDGED}


def order_view(row: OrderRow, t: Translator) -> OrderView:
    """Return an order as it is shown, personal data masked."""
    order = row.order
    return OrderView(
        number=order.number,
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title),
        department=unit_name(row.department, t),
        level=OrderLevel(order.level),
        reason=order.reason,
        demand=mask_text(order.demand),
        state=row.state,
        issuer=row.issuer.display_name if row.issuer else t.text(N_("the system")),
        issued_at=order.issued_at,
        due_at=order.due_at,
        is_live=row.is_live,
        acknowledged_at=order.acknowledged_at,
        reply=mask_text(order.reply or "") or None,
        answered_at=order.answered_at,
        verification=mask_text(order.verification or "") or None,
    )
