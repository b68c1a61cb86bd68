"""Connections to Redis or Valkey: one server, a Unix socket, or Sentinel, all from one URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel

QUEUE = "hotline:jobs"
"""The one queue of jobs."""

_SENTINEL_PORT = 26379
_TIMEOUTS: dict[str, Any] = {"socket_connect_timeout": 5, "socket_timeout": 10}
_JSON = msgspec.json.Encoder(enc_hook=repr)
_JSON_DECODER = msgspec.json.Decoder()


def connect_redis(url: str) -> Redis:
    """Return a client of the server at `url`; no connection is made before the first command.

    Args:
        url: `redis://`, `rediss://`, `unix://`, or
            `redis+sentinel://[user:password@]host[:port][,host...]/service[/database]`.
    """
    if url.startswith("redis+sentinel://"):
        redis: Redis = _behind_sentinel(url, Redis)
    else:
        redis = Redis.from_url(url, **_TIMEOUTS)
    return redis


def connect_queue(url: str) -> ArqRedis:
    """Return a client that can also enqueue jobs; arguments and results travel as JSON."""
    if url.startswith("redis+sentinel://"):
        queue: ArqRedis = _behind_sentinel(url, ArqRedis)
    else:
        queue = ArqRedis(pool_or_conn=ConnectionPool.from_url(url, **_TIMEOUTS))
        queue.auto_close_connection_pool = True
    queue.job_serializer = _JSON.encode
    queue.job_deserializer = _JSON_DECODER.decode
    queue.default_queue_name = QUEUE
    return queue


def _behind_sentinel(url: str, client: type[Any]) -> Any:  # noqa: ANN401  # the class that was asked for
    parts = urlsplit(url)
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    sentinels = []
    for place in places.split(","):
        host, _, port = place.partition(":")
        sentinels.append((host, int(port or _SENTINEL_PORT)))
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py 5 has no types here
        sentinels,
        sentinel_kwargs=_TIMEOUTS,
        username=unquote(user) or None,
        password=unquote(password) or None,
        db=int(database or 0),
        **_TIMEOUTS,
    )
    return sentinel.master_for(service, redis_class=client)
