"""`hotline credit push`: queueing once more what the platform outside is to be told."""

from datetime import datetime

from credit.platform.actions import queue_since
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.kernel.tx import Transaction
from web.run.services import services


async def push_again(settings: Settings, since: datetime) -> int:
    """Queue everything since a local time once more; return how many messages that is."""
    async with services(settings, command="hotline credit push") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.credit")
        cipher = FieldCipher(resolve_secret_key(settings))
        try:
            async with make_session_maker(engine)() as session, session.begin():
                tx = Transaction(session, SystemClock().now(), cipher, "credit:push")
                return await queue_since(tx, since.replace(tzinfo=SHANGHAI))
        finally:
            await engine.dispose()
