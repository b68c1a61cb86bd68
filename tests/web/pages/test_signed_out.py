"""Signed out in the middle of a form: it goes through the door with its sender."""

import re
from html import unescape

import pytest

from hotline.people import actions as people
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.web.pages.conftest import Person, PersonAs, said
from web.security.identity import SESSION_COOKIE

PASSWORD = "a long password"


@pytest.fixture
async def with_password(build: Build) -> None:
    async with build.acting("admin") as tx:
        await people.set_password(tx, username="operator", password=PASSWORD)


def _hidden(text: str) -> dict[str, str]:
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    }


@pytest.mark.usefixtures("with_password")
async def test_a_form_is_sent_after_signing_in_without_scripts(
    stranger: Person, build: Build
) -> None:
    number = await build.ticket()
    path = f"/tickets/{number}/actions/accept"
    answer = await stranger.post(path, {"promise": "写了很久 <的> 承诺", "expected_version": "1"})
    assert answer.status_code == 401
    assert "登录后即可提交" in said(answer.text)
    kept = _hidden(answer.text)
    assert kept["kept.promise"] == "写了很久 <的> 承诺"
    wrong = await stranger.post("/sign-in", kept | {"username": "operator", "password": "wrong"})
    assert wrong.status_code == 422
    kept = _hidden(wrong.text)
    answer = await stranger.post("/sign-in", kept | {"username": "operator", "password": PASSWORD})
    assert answer.status_code == 200
    assert "写了很久" in said(answer.text)
    assert PASSWORD not in answer.text
    assert (await build.find(number)).status is Status.SUBMITTED  # only when he says so
    fields = _hidden(answer.text)
    token = next(
        line.split(";")[0].split("=", 1)[1]
        for line in answer.headers.get_list("set-cookie")
        if line.startswith(f"{SESSION_COOKIE}=")
    )
    stranger.cookies = {SESSION_COOKIE: token}
    sent = await stranger.post(path, fields)
    assert sent.status_code == 303, said(sent.text)
    assert (await build.find(number)).status is Status.ACCEPTED


@pytest.mark.usefixtures("with_password")
@pytest.mark.parametrize("path", ["https://else.where/", "//else.where", "/sign-out", ""])
async def test_a_kept_form_goes_nowhere_else(stranger: Person, path: str) -> None:
    sent = {
        "username": "operator",
        "password": PASSWORD,
        "kept_path": path,
        "kept.reason": "x",
        "kept.password": "secret",
    }
    answer = await stranger.post("/sign-in", sent)
    assert answer.status_code == 303


async def test_secrets_are_not_kept(stranger: Person) -> None:
    answer = await stranger.post(
        "/account/password", {"current": "old secret", "new": "new secret", "again": "new secret"}
    )
    assert answer.status_code == 401
    assert "secret" not in answer.text


async def test_a_page_may_ask_who_is_signed_in(stranger: Person, person_as: PersonAs) -> None:
    assert (await stranger.get("/session")).json() == {"user": None, "token": None}
    answer = (await person_as("operator").get("/session")).json()
    assert answer["user"] == "operator"
    assert answer["token"]


async def test_every_page_of_ours_has_the_door_and_the_keys(person_as: PersonAs) -> None:
    page = (await person_as("operator").get("/desk")).text
    for part in ('id="sign-in-again"', 'id="keys"', 'id="commands"', 'role="combobox"'):
        assert part in page
    assert 'id="sign-in-again"' not in (await person_as("operator").get("/submit")).text
