"""`hotline anomalies scan`: looking through days for what is odd."""

from datetime import date, timedelta

from hotline.anomalies.actions import days_from, scan_due, scan_in_own_transaction
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from web.run.services import services


async def scan(settings: Settings, since: date | None) -> int:
    """Look through days that are over, and return how many cards are new.

    Args:
        settings: of this process.
        since: the first day to look through again; None for those not looked through yet.
    """
    async with services(settings, command="hotline anomalies scan") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.anomalies")
        session_maker = make_session_maker(engine)
        cipher, now = FieldCipher(resolve_secret_key(settings)), SystemClock().now()
        try:
            if since is None:
                return await scan_due(session_maker, cipher, now)
            yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
            return sum(
                [
                    await scan_in_own_transaction(session_maker, cipher, now, day)
                    for day in days_from(since, yesterday)
                ]
            )
        finally:
            await engine.dispose()
