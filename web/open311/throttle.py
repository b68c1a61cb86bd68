"""How often a client may ask, counted in Valkey by the minute.

The counters are hints: while Valkey is away everybody is let in.
"""

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hotline.kernel.clock import Clock
from hotline.open311.faults import OFTEN, refused

log = structlog.get_logger(__name__)

_WINDOW = 60


async def count_request(redis: Redis, clock: Clock, subject: str, most: int) -> None:
    """Count one more request of somebody.

    Args:
        redis: holds the counters.
        clock: tells the minute.
        subject: who asks: a key's id, or a digest of an address.
        most: requests a minute.

    Raises:
        RequestRefused: that is enough for this minute.
    """
    seconds = int(clock.now().timestamp())
    name = f"open311:{subject}:{seconds // _WINDOW}"
    try:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.incr(name)
            pipe.expire(name, _WINDOW * 2)
            count, _ = await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("open311_not_counted", error=type(error).__name__)
        return
    if count > most:
        wait = _WINDOW - seconds % _WINDOW
        raise refused(
            OFTEN, f"more than {most} requests a minute: wait {wait} seconds", retry_after=str(wait)
        )
