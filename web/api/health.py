"""For monitors: alive, ready, metrics."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.health import Health, read_health
from hotline.search.filling.queries import count_unfilled
from web.metrics import CLOCK_LATENESS, HEARTBEAT_AGE, OUTBOX_AGE, SEARCH_LAG
from web.resources import Resources

MAX_OUTBOX_AGE_SECONDS = 60
MAX_CLOCK_LATENESS_SECONDS = 60
MAX_HEARTBEAT_AGE_SECONDS = 30


@get("/health/live", operation_id="healthLive", tags=["health"], summary="The web answers")
async def live() -> dict[str, str]:
    """Answer that this process runs."""
    return {"status": "ok"}


@get(
    "/health/ready",
    operation_id="healthReady",
    tags=["health"],
    summary="Everything a request needs is there, and the loops keep up",
)
async def ready(resources: NamedDependency[Resources]) -> Response[dict[str, Any]]:
    """Answer 200 when all is well, else 503 with what is not."""
    health = await _read(resources)
    redis_ok = await _redis_answers(resources)
    checks: dict[str, Any] = {
        "database": {"ok": health is not None},
        "redis": {"ok": redis_ok},
    }
    if health is not None:
        beats = health.heartbeats
        checks |= {
            "outbox": {
                "ok": health.outbox_age <= MAX_OUTBOX_AGE_SECONDS,
                "age_seconds": round(health.outbox_age, 1),
                "parked": health.parked_facts,
            },
            "clocks": {
                "ok": health.clock_lateness <= MAX_CLOCK_LATENESS_SECONDS,
                "late_by_seconds": round(health.clock_lateness, 1),
            },
            "worker": {
                "ok": bool(beats) and max(beats.values()) <= MAX_HEARTBEAT_AGE_SECONDS,
                "heartbeats": {name: round(age, 1) for name, age in beats.items()},
            },
        }
    is_well = all(check["ok"] for check in checks.values())
    return Response(
        {"status": "ok" if is_well else "unavailable", "checks": checks},
        status_code=200 if is_well else 503,
    )


async def _read(resources: Resources) -> Health | None:
    try:
        async with resources.read_maker() as session:
            return await read_health(session, resources.clock.now())
    except (SQLAlchemyError, OSError):
        return None


async def _redis_answers(resources: Resources) -> bool:
    try:
        await resources.redis.ping()
    except (RedisError, OSError):
        return False
    return True


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics(
    reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
) -> bytes:
    """Answer every counter in the format of Prometheus."""
    health = await read_health(reader, resources.clock.now())
    OUTBOX_AGE.set(health.outbox_age)
    CLOCK_LATENESS.set(health.clock_lateness)
    SEARCH_LAG.set((await count_unfilled(reader, resources.clock.now())).age)
    for name, age in health.heartbeats.items():
        HEARTBEAT_AGE.labels(name).set(age)
    return generate_latest()
