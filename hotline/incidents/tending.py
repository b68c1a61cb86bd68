"""What is done for incidents without being asked, each piece in a transaction of its own."""

from datetime import datetime

from hotline.incidents.gathering import gather_anew
from hotline.incidents.indexing import weigh_words
from hotline.incidents.watching import watch
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.people.principal import SYSTEM, Tx


async def watch_once(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Look for bursts; return how many have begun."""
    async with session_maker() as session, session.begin():
        return await watch(Tx(session, now, cipher, "incidents:watch", SYSTEM))


async def gather_once(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> tuple[int, int]:
    """Gather the window anew; return how many incidents are new, and how many have ended."""
    async with session_maker() as session, session.begin():
        return await gather_anew(Tx(session, now, cipher, "incidents:gather", SYSTEM))


async def weigh_once(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Measure what words tell; return among how many tickets."""
    async with session_maker() as session, session.begin():
        return await weigh_words(Tx(session, now, cipher, "incidents:weigh", SYSTEM))
