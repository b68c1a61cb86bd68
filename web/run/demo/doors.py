"""Letters that lie on the desk of the demo city, and a desk that waits to be taken over."""

from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.mail.actions import keep_letter
from hotline.kernel.crypto import FieldCipher
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Tx
from hotline.shifts.actions import WatchedItem, give_desk
from hotline.shifts.models import Desk
from web.run.demo.directory import Cast

_LETTERS = (
    (
        "小区暖气不热",
        "住户甲 <resident@example.org>",
        "您好，我们楼从上周五开始暖气一直不热，室内只有十四度，家里有老人和孩子。打过供热公司电话，说要等。",
        5,
    ),
    (
        "建议在学校门口增设斑马线",
        "家长 <parent@example.org>",
        "每天放学时段车流量大，孩子过马路很危险，建议在校门口增设斑马线和减速带。",
        26,
    ),
)


async def leave_letters(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
) -> None:
    """Let two letters and an absence note come in, and a desk be handed over."""
    for place, (subject, sender, text, hours) in enumerate(_LETTERS):
        at = now - timedelta(hours=hours)
        await keep_letter(_acting(session, cipher, at), _letter(place, subject, sender, text))
    note = _letter(9, "自动回复：外出", "离岗 <away@example.org>", "我正在休假。", machine=True)
    await keep_letter(_acting(session, cipher, now - timedelta(hours=3)), note)
    giver = next(
        one
        for one in cast.people.values()
        if Role.OPERATOR in one.roles and one.username != "operator"
    )
    at = now - timedelta(minutes=20)
    await give_desk(
        Tx(session, at, cipher, "demo:doors", giver),
        desk=Desk.ACCEPTANCE,
        items=[WatchedItem(None, "供热来电集中，先查有无同一小区的工单再新建")],
        note="话务平稳，两位话务员在岗。",
    )


def _acting(session: AsyncSession, cipher: FieldCipher, at: datetime) -> Tx:
    return Tx(session, at, cipher, "demo:doors", SYSTEM)


def _letter(place: int, subject: str, sender: str, text: str, *, machine: bool = False) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    mail["Message-ID"] = f"<demo-{place}@example.org>"
    if machine:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text)
    return bytes(mail)
