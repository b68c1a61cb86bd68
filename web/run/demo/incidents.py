"""A story of the demo city: a water main bursts, a street tells of it within minutes.

It is told last and near enough to the present that no limit of its tickets has fallen due.
"""

import uuid
from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.actions import confirm_incident, put_together, set_words
from hotline.incidents.choosing import join_caller, urge_for_caller
from hotline.incidents.gathering import take_in_ticket
from hotline.incidents.models import IncidentTicket
from hotline.incidents.watching import watch
from hotline.kernel.crypto import FieldCipher
from hotline.people.principal import SYSTEM, Principal, Tx
from hotline.tickets.actions.acceptance import accept_ticket
from hotline.tickets.actions.dispatch import dispatch_ticket
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket
from hotline.tickets.models import Channel, RequestType, Urgency
from web.run.demo.directory import Cast

_STREET = "柳塘街"
_AREA = "清禾区"
_CATEGORY = "utilities.water.burst"
_UNIT = "gongshui"
_PHONE = "19900001{:03}"

_TOLD = (
    (
        "柳塘街自来水管爆裂，路面积水",
        "柳塘街中间的水管爆了，水已经漫到店门口，请快来关阀抢修。",
        "12号",
    ),
    ("柳塘街水管爆裂家里停水", "柳塘街爆管以后家里一滴水都没有，老人等着做饭。", "18号2单元"),
    ("柳塘街自来水管爆了没人管", "路过柳塘街看到自来水管爆裂，水哗哗流，电动车都过不去。", "30号"),
    ("柳塘街爆管停水什么时候恢复", "柳塘街水管爆裂停水，问一下几点能来水。", "45号"),
    ("柳塘街水管爆裂水漫进车库", "柳塘街自来水管爆裂，水灌进地下车库，有车泡了。", "9号"),
    ("柳塘街自来水爆管停水", "柳塘街爆管，整栋楼停水。", "22号3单元"),
)
_JOINED = (
    ("我家也停水了", "住柳塘街，水管爆裂以后也停水了。", "51号"),
    ("柳塘街小吃店没水做生意", "柳塘街水管爆裂，店里没水，什么时候修好。", "27号"),
    ("柳塘街水管爆裂路滑", "柳塘街爆管，路上都是水，有老人滑倒。", "6号"),
)
TOLD = len(_TOLD) + len(_JOINED)
"""So many tickets of it there are."""

_PROMISE = "30分钟内到场关阀设围挡，连夜抢修，恢复供水时间通过社区通知住户。"
_WORDS = (
    "柳塘街自来水主管爆裂，供水公司已到场关阀抢修，预计今晚八点前恢复供水；送水车停在柳塘街东口。"
)
_URGED = "还没有来水，请快一些。"


class _Street:
    """Lets the street and the hotline act at instants of the last minutes."""

    def __init__(
        self, session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
    ) -> None:
        self._session = session
        self._cipher = cipher
        self._cast = cast
        self._now = now

    def tx(self, minutes_ago: float, by: str | Principal) -> Tx:
        """Return what somebody acts in so many minutes before the present."""
        at = self._now - timedelta(minutes=minutes_ago)
        actor = self._cast.people[by] if isinstance(by, str) else by
        return Tx(self._session, at, self._cipher, f"demo:{at.isoformat()}", actor)

    async def rest(self) -> None:
        """Have what was done written: every action reads afresh, as it does in life."""
        await self._session.flush()
        self._session.expunge_all()

    async def incident_of(self, created: Created) -> uuid.UUID | None:
        """Return the incident that a ticket belongs to."""
        return (
            await self._session.exec(
                select(IncidentTicket.incident_id).where(IncidentTicket.ticket_id == created.id)
            )
        ).first()

    async def take_in(self, created: Created, minutes_ago: float) -> None:
        """Put a ticket where it belongs, as the worker does seconds later."""
        await take_in_ticket(self.tx(minutes_ago, SYSTEM), created.id)
        await self.rest()


def _matter(place: int, title: str, content: str, house: str) -> NewTicket:
    return NewTicket(
        channel=Channel.PHONE,
        request_type=RequestType.HELP,
        title=title,
        content=content,
        category=_CATEGORY,
        urgency=Urgency.P2,
        address=f"{_STREET}{house}",
        area=_AREA,
        requester_phone=_PHONE.format(place),
    )


async def burst_main(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Tell of the burst: told by many, joined by some, confirmed, read out, raised."""
    street = _Street(session, cipher, cast, now)
    first: Created | None = None
    for place, (title, content, house) in enumerate(_TOLD):
        minutes_ago = 14 - place
        new = _matter(place, title, content, house)
        created = await create_ticket(street.tx(minutes_ago, "operator"), new)
        await street.take_in(created, minutes_ago)
        if first is None:
            first = created
            accepting = street.tx(minutes_ago - 0.5, "operator")
            await accept_ticket(accepting, created.number, promise=_PROMISE)
            await street.rest()
            dispatching = street.tx(minutes_ago - 0.8, "dispatcher")
            await dispatch_ticket(dispatching, created.number, department=_UNIT)
            await street.rest()
    if first is None:
        return
    for place, (title, content, house) in enumerate(_JOINED):
        minutes_ago = 7 - place
        new = _matter(len(_TOLD) + place, title, content, house)
        joining = street.tx(minutes_ago, "operator2")
        created = await join_caller(joining, first.number, new, is_confirmed=True)
        await street.rest()
        await street.take_in(created, minutes_ago)
    await _worked_on(street, cipher, first)


async def _worked_on(street: _Street, cipher: FieldCipher, first: Created) -> None:
    incident = await street.incident_of(first)
    if incident is None:
        return
    await confirm_incident(street.tx(4, "supervisor"), incident)
    await street.rest()
    await set_words(street.tx(3.5, "supervisor"), incident, words=_WORDS)
    await street.rest()
    await put_together(street.tx(3, "dispatcher"), incident, parent=first.number)
    await street.rest()
    await urge_for_caller(
        street.tx(1, "operator"),
        first.number,
        phone_index=cipher.blind_index(_PHONE.format(0)),
        note=_URGED,
        key="demo",
    )
    await street.rest()
    await watch(street.tx(0, SYSTEM))
    await street.rest()
