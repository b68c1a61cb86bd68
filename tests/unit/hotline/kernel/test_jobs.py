from typing import Any

import pytest
import sqlalchemy as sa
from arq import Retry
from redis.exceptions import ConnectionError as RedisConnectionError

from hotline.kernel.jobs import Job, delay_before, is_passing, retrying


class FakeDriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def database_error(sqlstate: str) -> sa.exc.DBAPIError:
    return sa.exc.DBAPIError("SELECT 1", None, FakeDriverError(sqlstate))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (RedisConnectionError(), True),
        (sa.exc.TimeoutError(), True),
        (database_error("40001"), True),
        (database_error("40P01"), True),
        (database_error("55P03"), True),
        (database_error("08006"), True),
        (FakeDriverError("57P03"), True),
        (database_error("23505"), False),
        (ValueError(), False),
    ],
)
def test_what_passes(error: Exception, expected: bool) -> None:
    assert is_passing(error) is expected


def test_delays_grow_to_a_minute() -> None:
    assert [delay_before(attempt) for attempt in (1, 2, 3, 6, 7, 50)] == [1, 2, 4, 32, 60, 60]


class Given:
    """A job that fails as told and a record of what was given up."""

    def __init__(self, error: Exception | None, *, max_tries: int = 3) -> None:
        self.error = error
        self.given_up: list[tuple[str, Exception]] = []
        self.park_error: Exception | None = None
        self.run = retrying(Job("slice.do_it", self.work, max_tries=max_tries), self.give_up)

    async def work(self, _ctx: dict[str, Any], _fact_id: str) -> None:
        if self.error is not None:
            raise self.error

    async def give_up(self, fact_id: str, error: Exception) -> None:
        if self.park_error is not None:
            raise self.park_error
        self.given_up.append((fact_id, error))


async def test_a_passing_error_is_tried_again() -> None:
    given = Given(ConnectionResetError())
    with pytest.raises(Retry) as retry:
        await given.run({"job_try": 2}, "f")
    assert retry.value.defer_score == 2000
    assert given.given_up == []


async def test_the_last_try_is_given_up() -> None:
    given = Given(ConnectionResetError())
    with pytest.raises(ConnectionResetError):
        await given.run({"job_try": 3}, "f")
    assert given.given_up == [("f", given.error)]


async def test_any_other_error_is_given_up_at_once() -> None:
    given = Given(ValueError("wrong"))
    with pytest.raises(ValueError, match="wrong"):
        await given.run({"job_try": 1}, "f")
    assert given.given_up == [("f", given.error)]


async def test_what_cannot_be_noted_is_not_given_up() -> None:
    given = Given(ValueError("wrong"))
    given.park_error = ConnectionRefusedError()
    with pytest.raises(Retry):
        await given.run({"job_try": 1}, "f")


async def test_success_is_quiet() -> None:
    given = Given(None)
    await given.run({"job_try": 1}, "f")
    assert given.given_up == []
