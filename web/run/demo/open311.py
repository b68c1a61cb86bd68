"""Other systems of the demo city: one that reports, reports that wait, texts that are public."""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.open311.keys import add_key, find_key
from hotline.open311.models import Open311Key, ServiceType
from hotline.open311.parameters import NewRequest
from hotline.open311.public import PUBLIC_REQUEST_TYPES
from hotline.open311.publishing import publish_text, read_publication
from hotline.open311.receiving import PUBLIC_CLIENT, receive
from hotline.open311.services import offered_services, save_service
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.models import RequestType, Ticket
from web.run.bootstrap import FOUNDER
from web.run.demo.directory import Cast

_CLIENT = "市民随手报"
_HELD = "urban.appearance.stall"
_REPORTS = (
    ("建设路与人民路交叉口每天傍晚有流动摊贩占用人行道，轮椅无法通过。", "建设路与人民路交叉口"),
    ("菜市场门口货车长时间占道卸货，早高峰堵成一片。", "和平菜市场北门"),
)
_PUBLISHED = 6
_PUBLIC = "有市民反映{place}{name}问题，已交有关单位核实办理。"


async def open_to_others(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
) -> None:
    """Let an application report, hold some of what it reports, and make some texts public."""

    def tx(actor: Principal, at: datetime = now) -> Tx:
        return Tx(session, at, cipher, "demo:open311", actor)

    services = await offered_services(session)
    held = (
        _HELD if _HELD in services else next(code for code in services if code.startswith("urban."))
    )
    await save_service(
        tx(FOUNDER),
        held,
        is_offered=True,
        is_listed=True,
        type=ServiceType.BATCH,
        request_type=RequestType.REPORT,
    )
    key = await _key(tx(FOUNDER))
    services = await offered_services(session)
    for hours, (words, place) in zip((26, 3), _REPORTS, strict=True):
        report = NewRequest(description=words, address=place, name="程一诺", phone="13900005566")
        await receive(tx(PUBLIC_CLIENT, now - timedelta(hours=hours)), key, services[held], report)
    operator = next(one for one in cast.people.values() if Role.OPERATOR in one.roles)
    listed = [one.code for one in services.values() if one.is_listed]
    for number in await _newest(session, listed):
        view = await read_publication(session, cipher, operator, number)
        name = services[view.ticket.category_code or held].name
        words = _PUBLIC.format(place=view.ticket.area or "", name=name)
        await publish_text(tx(operator), number, text=words)


async def _key(tx: Tx) -> Open311Key:
    # Nobody is told it: `hotline open311 key add --test` gives out one to try things with.
    _, plain = await add_key(tx, name=_CLIENT)
    key = await find_key(tx.session, plain, is_test=False)
    if key is None:
        raise AssertionError("the key was given out just now")
    return key


async def _newest(session: AsyncSession, services: list[str]) -> list[str]:
    found = await session.exec(
        select(Ticket.number)
        .where(
            col(Ticket.category_code).in_(services),
            col(Ticket.is_secret).is_(False),
            col(Ticket.request_type).in_(PUBLIC_REQUEST_TYPES),
        )
        .order_by(col(Ticket.submitted_at).desc(), col(Ticket.id).desc())
        .limit(_PUBLISHED)
    )
    return list(found.all())
