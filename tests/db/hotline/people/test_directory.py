"""Accounts, sessions, tokens, guesses."""

from datetime import timedelta

import pytest

from hotline.people import actions as people
from hotline.people.access import by_session, by_token
from hotline.people.actions import (
    SESSION_LIFE,
    InvalidDirectoryEntry,
    SignInRefused,
    TokenNotFound,
    UserNotFound,
)
from hotline.people.attempts import AttemptLimit, TooManyAttempts, count_attempt, forget_attempts
from hotline.people.looks import Density, Looks, TextSize, Theme
from hotline.people.passwords import WeakPassword
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, PermissionDenied
from tests.support.builders import Build
from web.resources import fetching

PASSWORD = "correct horse"


async def _newcomer(build: Build) -> None:
    async with build.acting("admin") as tx:
        await people.add_user(
            tx,
            username="newcomer",
            display_name="新人",
            roles=[Role.VISITOR],
            department="hotline",
            password=PASSWORD,
        )


async def _sign_in(build: Build, password: str = PASSWORD, previous: str | None = None) -> str:
    async with build.acting(REQUESTER) as tx:
        return await people.sign_in(tx, username=" Newcomer ", password=password, previous=previous)


async def test_a_session_lasts_a_shift(build: Build) -> None:
    await _newcomer(build)
    token = await _sign_in(build)
    fetch = fetching(build.session_maker)
    ends = build.clock.now() + SESSION_LIFE
    person = await by_session(fetch, token, ends - timedelta(microseconds=1))
    assert person is not None
    assert person.username == "newcomer"
    assert await by_session(fetch, token, ends) is None
    assert await by_session(fetch, token + "x", build.clock.now()) is None


async def test_signing_in_again_ends_the_session_before(build: Build) -> None:
    await _newcomer(build)
    first = await _sign_in(build)
    second = await _sign_in(build, previous=first)
    fetch, now = fetching(build.session_maker), build.clock.now()
    assert await by_session(fetch, first, now) is None
    assert await by_session(fetch, second, now) is not None
    async with build.acting(REQUESTER) as tx:
        await people.sign_out(tx, second)
    assert await by_session(fetch, second, now) is None


async def test_a_wrong_password_and_a_closed_account_look_the_same(build: Build) -> None:
    await _newcomer(build)
    refusals = []
    for password in ("wrong password", ""):
        with pytest.raises(SignInRefused) as caught:
            await _sign_in(build, password)
        refusals.append(str(caught.value))
    async with build.acting("admin") as tx:
        await people.change_user(
            tx,
            username="newcomer",
            display_name="新人",
            roles=[Role.VISITOR],
            department="hotline",
            is_active=False,
        )
    with pytest.raises(SignInRefused) as caught:
        await _sign_in(build)
    assert {*refusals, str(caught.value)} == {"sign-in-refused"}


async def test_new_roles_end_old_sessions(build: Build) -> None:
    await _newcomer(build)
    token = await _sign_in(build)
    async with build.acting("admin") as tx:
        await people.change_user(
            tx,
            username="newcomer",
            display_name="新人",
            roles=[Role.AUDITOR],
            department="hotline",
            is_active=True,
        )
    assert await by_session(fetching(build.session_maker), token, build.clock.now()) is None


async def test_tokens_hold_until_they_are_revoked(build: Build) -> None:
    fetch = fetching(build.session_maker)
    async with build.acting("visitor") as tx:
        token = await people.issue_token(tx, username="visitor", label="软电话")
    assert await by_token(fetch, token) == build.city.people["visitor"]
    async with build.acting("visitor") as tx:
        rows = await people.list_tokens(tx, "visitor")
        own = next(row for row in rows if row.label == "软电话").id
    async with build.acting("operator") as tx:
        with pytest.raises(TokenNotFound):
            await people.revoke_token(tx, own)
        with pytest.raises(PermissionDenied):
            await people.list_tokens(tx, "visitor")
        with pytest.raises(PermissionDenied):
            await people.issue_token(tx, username="visitor", label="x")
    async with build.acting("admin") as tx:
        await people.revoke_token(tx, own)
    assert await by_token(fetch, token) is None


async def test_only_who_may_manages_accounts(build: Build) -> None:
    for name in ("operator", "supervisor", "authority", "leader.chengguan"):
        async with build.acting(name) as tx:
            with pytest.raises(PermissionDenied):
                await people.set_password(tx, username="visitor", password="long enough now")
            with pytest.raises(PermissionDenied):
                await people.save_department(tx, code="neu", name="新", name_en="New")


async def test_what_the_directory_refuses(build: Build) -> None:
    async with build.acting("admin") as tx:
        with pytest.raises(WeakPassword):
            await people.set_password(tx, username="visitor", password="short")
        with pytest.raises(UserNotFound):
            await people.set_password(tx, username="nobody", password="long enough now")
        with pytest.raises(InvalidDirectoryEntry):
            await people.save_department(
                tx, code="chengguan", name="城管", name_en="U", parent="chengguan"
            )
        await people.save_department(
            tx, code="zhongdui", name="中队", name_en="Squad", parent="chengguan"
        )
        with pytest.raises(InvalidDirectoryEntry):
            await people.save_department(
                tx, code="chengguan", name="城管", name_en="U", parent="zhongdui"
            )


async def test_guesses_are_counted_in_a_window(build: Build) -> None:
    limit = AttemptLimit("test", 3, timedelta(minutes=10))

    async def guess(subject: str = "name") -> None:
        await count_attempt(build.session_maker, build.cipher, limit, subject, build.clock.now())

    for _ in range(3):
        await guess()
    with pytest.raises(TooManyAttempts) as caught:
        await guess()
    assert caught.value.params["minutes"] == 10
    await guess("somebody else")
    build.clock.move(minutes=10)
    for _ in range(3):
        await guess()
    with pytest.raises(TooManyAttempts):
        await guess()
    await forget_attempts(build.session_maker, build.cipher, limit, "name")
    await guess()


async def test_the_looks_of_a_person_come_with_him(build: Build) -> None:
    await _newcomer(build)
    token = await _sign_in(build)
    fetch, now = fetching(build.session_maker), build.clock.now()
    person = await by_session(fetch, token, now)
    assert person is not None
    assert person.looks is None
    looks = Looks(Theme.DARK, Density.ROOMY, TextSize.LARGE)
    async with build.acting(person) as tx:
        await people.set_looks(tx, looks)
    person = await by_session(fetch, token, now)
    assert person is not None
    assert person.looks == looks
