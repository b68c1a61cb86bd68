"""Jobs: what a fact sets going after its transaction, and how a failure is told from a mishap."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from arq import Retry
from asyncpg.exceptions import InvalidCachedStatementError
from redis.exceptions import RedisError

JobFunction = Callable[[dict[str, Any], str], Awaitable[None]]
"""Takes arq's context and the id of the fact; does its work in one transaction of its own."""

_PASSING_STATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock timeout
        "57014",  # statement timeout
        "57P01",  # the server is being shut down
        "57P02",
        "57P03",  # the server is starting
        "53300",  # too many connections
        "25006",  # a standby that is not yet the primary
    }
)
_LONGEST_DELAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that a worker does once per fact.

    Attributes:
        name: `slice.verb_object`; part of the job's id.
        func: idempotent: it may be called again for the same fact.
        max_tries: how often a passing error is met with another try.
        timeout: seconds after which a try is given up.
    """

    name: str
    func: JobFunction
    max_tries: int = 20
    timeout: int = 30


def is_passing(error: BaseException) -> bool:
    """Tell whether trying again later may succeed: a lost connection, a lock, a restart."""
    if isinstance(error, (OSError, RedisError, sa.exc.TimeoutError, sa.exc.InterfaceError)):
        return True
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return True
    # Before a connection stands, asyncpg's own errors come through unwrapped.
    reason = getattr(error, "orig", None) or error
    if isinstance(reason.__cause__, InvalidCachedStatementError):
        return True
    state = getattr(reason, "sqlstate", None)
    return isinstance(state, str) and (state in _PASSING_STATES or state.startswith("08"))


def delay_before(attempt: int) -> int:
    """Return the seconds to wait after try number `attempt` (from 1): 1, 2, 4 ... 60."""
    return min(1 << min(attempt - 1, 6), _LONGEST_DELAY_SECONDS)


GiveUp = Callable[[str, Exception], Awaitable[None]]
"""Takes the id of a fact and why a job could not deal with it."""


def retrying(job: Job, give_up: GiveUp) -> JobFunction:
    """Return the function of `job` with passing errors turned into another try.

    arq takes every other error as final, so without this a restart of the database would lose jobs.

    Args:
        job: as declared.
        give_up: called once, when no further try follows.
    """

    @functools.wraps(job.func)
    async def run(ctx: dict[str, Any], fact_id: str) -> None:
        attempt = ctx["job_try"]
        try:
            async with asyncio.timeout(job.timeout):
                await job.func(ctx, fact_id)
        except Exception as error:
            if is_passing(error) and attempt < job.max_tries:
                raise Retry(defer=delay_before(attempt)) from error
            try:
                await give_up(fact_id, error)
            except Exception as unsaid:
                raise Retry(defer=_LONGEST_DELAY_SECONDS) from unsaid
            raise

    return run
