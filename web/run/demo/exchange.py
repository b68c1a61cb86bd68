"""What leaves the demo city: a department's own system, exported lists, a file for another authority."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.actions import ExportOrder, request_export
from hotline.exchange.handover.actions import (
    HandOverOrder,
    give_hand_over,
    make_hand_over,
    take_receipt,
)
from hotline.exchange.handover.queries import list_candidates
from hotline.exchange.handover.receipts import ReadReceipt, ReceiptLine
from hotline.exchange.rules import ExportFormat
from hotline.kernel.crypto import FieldCipher
from hotline.notices.webhooks.actions import WebhookChange, add_webhook, send_test
from hotline.notices.webhooks.rules import WebhookTopic
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.numbering import number_day
from web.exports.handovers import FileWords
from web.exports.making import make_at_once
from web.i18n import translator
from web.pages.export_lists import LISTS
from web.run.demo.directory import Cast

_ORDERED: Sequence[tuple[str, Mapping[str, str], int]] = (
    ("returns", {}, 30),
    ("suspensions", {}, 20),
    ("orders", {"state": "issued"}, 4),
)


async def let_out(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Open a webhook of the department that comes first, and let a supervisor export some ledgers."""

    def acting(by: Principal, hours_ago: float) -> Tx:
        return Tx(session, now - timedelta(hours=hours_ago), cipher, "demo:exchange", by)

    leader = next(person for person in cast.people.values() if Role.LEADER in person.roles)
    change = WebhookChange(
        name="城市运行管理平台",
        address="https://yunxing.example.gov.cn/hotline/events",
        topics=(WebhookTopic.DISPATCHED, WebhookTopic.URGED, WebhookTopic.OVERDUE),
    )
    webhook, _ = await add_webhook(acting(leader, 26), change)
    await send_test(acting(leader, 25), webhook.id)
    supervisor = next(
        person
        for person in cast.people.values()
        if Role.SUPERVISOR in person.roles and not person.is_department
    )
    for code, asked, hours_ago in _ORDERED:
        tx = acting(supervisor, hours_ago)
        order = ExportOrder(list_code=code, asked=asked, format=ExportFormat.XLSX, language="zh_CN")
        export = await request_export(tx, order, can_be_personal=False)
        await make_at_once(tx, LISTS, export)
    await _hand_over(acting(supervisor, 3), acting(supervisor, 2), acting(supervisor, 1))


async def _hand_over(making: Tx, giving: Tx, answered: Tx) -> None:
    """Hand over what went elsewhere; the petition office takes the first and leaves one unanswered."""
    candidates = await list_candidates(making.session, making.actor, limit=3)
    # A ticket's history goes forward: what was told only just now stays for another file.
    numbers = [
        one.ticket.number
        for one in candidates
        if one.ticket.closed_at is not None and one.ticket.closed_at <= making.now
    ]
    if not numbers:
        return
    words = FileWords(translator("zh_CN"))
    order = HandOverOrder(recipient="市信访局", numbers=numbers, language="zh_CN")
    file = await make_hand_over(making, order, words)
    await give_hand_over(giving, file.number, how="机要交换")
    said = ReceiptLine(
        2, numbers[0], True, "XF2026-0117", None, number_day(answered.now)
    )  # accepted
    await take_receipt(answered, file.number, ReadReceipt([said], []))
