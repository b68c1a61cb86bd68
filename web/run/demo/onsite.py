"""Stories of the demo city: people of a department go to see for themselves, and say so on the spot."""

import uuid

from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind
from hotline.tickets.access import find_readable
from hotline.tickets.onsite.actions import Entry, check_in
from hotline.tickets.onsite.rules import Moment, Place
from web.run.demo.paths import Path
from web.run.demo.script import Script

_SEEN = "已到现场查看，情况属实，正在安排处理。"
_DONE = "现场处理完毕，已清理恢复，请诉求人查看。"
_STREET = 0.0008
"""Some eighty metres, in degrees: nobody stands on the very spot."""


def _enter(s: Script, moment: Moment, note: str, *, with_place: bool) -> None:
    name = uuid.UUID(int=s.rng.getrandbits(128), version=4)
    off = s.rng.uniform(-_STREET, _STREET)

    async def enter(tx: Tx, number: str) -> object:
        ticket = await find_readable(tx.session, tx.actor, number)
        place = None
        if with_place and ticket.lat is not None and ticket.long is not None:
            place = Place(ticket.lat + off, ticket.long + off, 25)
        return await check_in(tx, number, Entry(name, moment, note, place))

    s.do(s.after(ClockKind.COMPLETE, s.rng.uniform(0.04, 0.12)), s.handler, enter)


def _on_site(s: Script) -> None:
    s.sign()
    s.contact()
    _enter(s, Moment.ARRIVED, _SEEN, with_place=True)
    _enter(s, Moment.FINISHED, _DONE, with_place=False)
    s.waits(ClockKind.COMPLETE, late=0)


SITE_PATHS = (Path(4, _on_site),)
"""Out of five hundred, beside all the others."""
