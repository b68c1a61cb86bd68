"""The last hours at the telephones of the demo city: calls of tickets, callers missed, one passed on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.actions import (
    begin_command,
    end_command,
    link_call,
    record_call_back,
    take_miss,
    take_seat,
)
from hotline.calls.adapters.nothing import NullExchange
from hotline.calls.models import PhoneCall
from hotline.calls.ports import CommandKind
from hotline.calls.receiving import Told, take_events
from hotline.calls.rules import CallEvent, CallEventKind
from hotline.kernel.crypto import FieldCipher
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Principal, Tx
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Channel, Ticket, TicketEvent, TicketRequester
from web.exchanges import SIMULATOR
from web.run.call_day import LINE
from web.run.demo.directory import Cast

_K = CallEventKind
_CALL_BACK = timedelta(minutes=60)
_LINKED = 4
_FIRST_EXTENSION = 8001
_MISSES = (("missed-1", "19900009011", 22), ("missed-2", "19900009012", 95))
_IN_VAIN = "无人接听，稍后再拨。"


class _Telephones:
    """Lets exchanges and operators act at instants of the last hours."""

    def __init__(self, session: AsyncSession, cipher: FieldCipher, cast: Cast) -> None:
        self._session = session
        self._cipher = cipher
        self.operators = [
            person for name, person in sorted(cast.people.items()) if Role.OPERATOR in person.roles
        ]

    def tx(self, at: datetime, actor: Principal = SYSTEM) -> Tx:
        """Return a transaction of somebody at an instant."""
        return Tx(self._session, at, self._cipher, f"demo:{at.isoformat()}", actor)

    async def say(
        self, call: str, start: datetime, *events: tuple[float, _K, dict[str, str]]
    ) -> None:
        """Let the exchange say what happened so many seconds after a call began."""
        told = [
            Told(
                call,
                CallEvent(
                    event_id=f"demo-{call}-{kind.value}-{seconds}",
                    kind=kind,
                    at=start + timedelta(seconds=seconds),
                    **more,  # type: ignore[arg-type]  # words of the event's own fields
                ),
            )
            for seconds, kind, more in events
        ]
        last = max(one.event.at for one in told)
        await take_events(self.tx(last), SIMULATOR, told, call_back_within=_CALL_BACK)

    async def call_of(self, call: str) -> PhoneCall:
        """Return what became of a call."""
        found = await self._session.exec(select(PhoneCall).where(PhoneCall.external_id == call))
        return found.one()

    async def just_submitted(self) -> Sequence[tuple[Ticket, str, Principal]]:
        """Return tickets that came by telephone and lie as they were taken down: number, operator."""
        rows = await self._session.exec(
            select(Ticket, TicketRequester.phone, TicketEvent.actor_id)
            .join(TicketRequester, col(TicketRequester.ticket_id) == col(Ticket.id))
            .join(TicketEvent, col(TicketEvent.ticket_id) == col(Ticket.id))
            .where(
                Ticket.status == Status.SUBMITTED,
                Ticket.channel == Channel.PHONE,
                Ticket.history_count == 1,
                col(TicketRequester.phone).is_not(None),
            )
            .order_by(col(Ticket.submitted_at).desc())
            .limit(_LINKED)
        )
        by_id = {person.user_id: person for person in self.operators}
        return [
            (ticket, self._cipher.decrypt(phone) or "", by_id[actor_id])
            for ticket, phone, actor_id in rows
            if actor_id in by_id
        ]


async def take_calls(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Tell what the telephones did in the last hours."""
    desk = _Telephones(session, cipher, cast)
    for place, operator in enumerate(desk.operators):
        seated = desk.tx(now - timedelta(hours=8), operator)
        await take_seat(seated, str(_FIRST_EXTENSION + place))
    await session.flush()
    for place, (ticket, phone, operator) in enumerate(await desk.just_submitted()):
        name, length = f"ticket-{ticket.number}", 140 + 30 * place
        start = ticket.submitted_at - timedelta(seconds=length + 35)
        await _talk(desk, name, start, operator, phone, length)
        linking = desk.tx(ticket.submitted_at + timedelta(seconds=1), operator)
        await link_call(linking, (await desk.call_of(name)).id, ticket.id)
    for name, phone, minutes in _MISSES:
        await _miss(desk, name, now - timedelta(minutes=minutes), phone)
    first = desk.operators[0]
    await _talk(desk, "enquiry", now - timedelta(hours=3), first, "19900009013", 96)
    await _miss(desk, "missed-3", now - timedelta(hours=5), "19900009014")
    await _talk(desk, "again", now - timedelta(hours=4), first, "19900009014", 180)
    await _called_back(desk, now - timedelta(hours=2))
    await _passed_on(desk, now - timedelta(hours=6))


async def _talk(
    desk: _Telephones, call: str, start: datetime, by: Principal, phone: str, length: int
) -> None:
    await desk.say(
        call,
        start,
        (0, _K.RINGING, {"number": phone, "line": LINE, "agent": by.username}),
        (9, _K.ANSWERED, {"agent": by.username}),
        (9 + length, _K.ENDED, {}),
        (12 + length, _K.RECORDING, {"recording": f"https://recordings.example/demo/{call}.mp3"}),
    )


async def _miss(desk: _Telephones, call: str, start: datetime, phone: str) -> None:
    await desk.say(
        call,
        start,
        (0, _K.RINGING, {"number": phone, "line": LINE}),
        (47, _K.MISSED, {}),
    )


async def _called_back(desk: _Telephones, start: datetime) -> None:
    """Somebody is called back in vain, and will be tried again."""
    await _miss(desk, "missed-4", start, "19900009015")
    call = await desk.call_of("missed-4")
    at = start + timedelta(minutes=100)
    tx = desk.tx(at, desk.operators[-1])
    await take_miss(tx, call.id)
    await record_call_back(
        tx, call.id, reached=False, note=_IN_VAIN, again_within=_CALL_BACK, most=3
    )


async def _passed_on(desk: _Telephones, start: datetime) -> None:
    """A caller in danger is transferred to the police by one key."""
    operator, call = desk.operators[0], "to-110"
    await desk.say(
        call,
        start,
        (0, _K.RINGING, {"number": "19900009016", "line": LINE, "agent": operator.username}),
        (6, _K.ANSWERED, {"agent": operator.username}),
    )
    at, exchanges = start + timedelta(seconds=40), {SIMULATOR: NullExchange()}
    row = await desk.call_of(call)
    begun = await begin_command(
        desk.tx(at, operator), row.id, CommandKind.TRANSFER, "110", exchanges
    )
    await exchanges[begun.exchange].obey(begun.command)
    await desk.tx(at).session.flush()  # its end is written on its row
    await end_command(desk.tx(at, operator), UUID(begun.command.command_id), None)
    await desk.say(call, start, (41, _K.TRANSFERRED, {"target": "110"}), (240, _K.ENDED, {}))
