"""The door: sign-in, sign-out, language, own password."""

import re
from urllib.parse import quote

import httpx
import pytest

from hotline.people import actions as people
from tests.support.builders import Build
from tests.web.pages.conftest import Person, PersonAs, said
from web.security.identity import SESSION_COOKIE

PASSWORD = "a long password"


@pytest.fixture
async def with_password(build: Build) -> None:
    async with build.acting("admin") as tx:
        await people.set_password(tx, username="operator", password=PASSWORD)


def _cookie(answer: httpx.Response, name: str = SESSION_COOKIE) -> str:
    return next(
        line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")
    )


async def test_the_first_page_is_for_everybody_or_the_own_desk(
    stranger: Person, person_as: PersonAs
) -> None:
    page = await stranger.get("/")
    assert page.status_code == 200
    for way in ("/submit", "/answers", "/statistics", "/scoring", "/sign-in", "tel:12345"):
        assert f'href="{way}' in page.text
    homes = {
        "operator": "/desk",
        "handler.chengguan": "/today",
        "supervisor": "/board",
        "authority": "/board",
        "admin": "/admin/policies",
        "observer": "/observer",
    }
    for name, home in homes.items():
        answer = await person_as(name).get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, home)


@pytest.mark.usefixtures("with_password")
async def test_signing_in_opens_a_fresh_session_and_returns_where_one_wanted_to_go(
    stranger: Person,
) -> None:
    page = await stranger.get("/sign-in?next=/queues/accept")
    assert 'value="/queues/accept"' in page.text
    stranger.cookies = {SESSION_COOKIE: "chosen-by-somebody-else"}
    answer = await stranger.post(
        "/sign-in",
        {"username": " Operator ", "password": PASSWORD, "next": "/queues/accept"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/queues/accept")
    cookie = _cookie(answer)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "chosen-by-somebody-else" not in cookie
    stranger.cookies = {SESSION_COOKIE: cookie.split(";")[0].split("=", 1)[1]}
    assert (await stranger.get("/queues/accept")).status_code == 200


@pytest.mark.usefixtures("with_password")
@pytest.mark.parametrize("target", ["https://else.where/", "//else.where", "/\\else.where", "x"])
async def test_nobody_is_sent_to_another_site(stranger: Person, target: str) -> None:
    sent = {"username": "operator", "password": PASSWORD, "next": target}
    assert (await stranger.post("/sign-in", sent)).headers["location"] == "/"
    page = await stranger.get(f"/sign-in?next={quote(target)}")
    assert 'name="next" value="/"' in page.text


@pytest.mark.usefixtures("with_password")
async def test_a_wrong_password_is_refused_without_saying_what_was_wrong(stranger: Person) -> None:
    for sent in (
        {"username": "operator", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
    ):
        answer = await stranger.post("/sign-in", sent)
        assert answer.status_code == 422
        assert "用户名或密码不正确" in said(answer.text)
        assert f'value="{sent["username"]}"' in answer.text
        assert sent["password"] not in answer.text
    answer = await stranger.post("/sign-in", {"username": "operator"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.usefixtures("with_password")
async def test_guessing_comes_to_an_end(stranger: Person) -> None:
    for _ in range(10):
        await stranger.post("/sign-in", {"username": "operator", "password": "wrong"})
    answer = await stranger.post("/sign-in", {"username": "operator", "password": PASSWORD})
    assert answer.status_code == 429


@pytest.mark.usefixtures("with_password")
async def test_signing_out_ends_the_session(stranger: Person) -> None:
    answer = await stranger.post("/sign-in", {"username": "operator", "password": PASSWORD})
    token = _cookie(answer).split(";")[0].split("=", 1)[1]
    stranger.cookies = {SESSION_COOKIE: token}
    text = (await stranger.get("/desk")).text
    csrf = text.split('name="_csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = await stranger.post("/sign-out", {"_csrf_token": csrf})
    assert answer.headers["location"] == "/sign-in"
    assert "Max-Age=0" in _cookie(answer)
    answer = await stranger.get("/desk")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdesk")


async def test_a_form_of_another_page_is_refused(person_as: PersonAs) -> None:
    operator = person_as("operator")
    answer = await operator.post("/desk/intake", {"_csrf_token": "forged"})
    assert answer.status_code == 403
    answer = await operator.post(
        "/language", {"language": "en"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_the_language_is_kept_by_the_browser_and_the_account(
    stranger: Person, person_as: PersonAs
) -> None:
    answer = await stranger.post("/language", {"language": "en", "next": "/track"})
    assert answer.headers["location"] == "/track"
    assert _cookie(answer, "lang").startswith("lang=en;")
    stranger.cookies = {"lang": "en"}
    page = await stranger.get("/track")
    assert '<html lang="en"' in page.text
    assert "Query code" in page.text
    operator = person_as("operator")
    assert '<html lang="zh-CN"' in (await operator.get("/desk")).text
    await operator.post("/language", {"language": "en", "next": "/desk"})
    page = await operator.get("/desk")
    assert '<html lang="en"' in page.text
    assert "What waits for you" in page.text
    answer = await operator.post("/language", {"language": "tlh"})
    assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("with_password")
async def test_changing_the_own_password(person_as: PersonAs, stranger: Person) -> None:
    operator = person_as("operator")
    assert (await operator.get("/account")).status_code == 200
    wrong = {
        "again": {"current": PASSWORD, "new": "another long one", "again": "another"},
        "present": {"current": "wrong", "new": "another long one", "again": "another long one"},
        "weak": {"current": PASSWORD, "new": "short", "again": "short"},
        "empty": {},
    }
    for sent in wrong.values():
        answer = await operator.post("/account/password", sent)
        assert answer.status_code == 422
        assert PASSWORD not in answer.text
    right = {"current": PASSWORD, "new": "another long one", "again": "another long one"}
    answer = await operator.post("/account/password", right)
    assert answer.headers["location"] == "/account?done=1"
    assert (await operator.get("/account")).status_code == 303  # the session before has ended
    answer = await stranger.post(
        "/sign-in", {"username": "operator", "password": "another long one"}
    )
    assert answer.status_code == 303


async def test_the_looks_are_kept_by_the_browser_and_the_account(
    stranger: Person, person_as: PersonAs
) -> None:
    usual = 'data-theme="auto"data-density="dense"data-size="normal"'
    assert usual in _looks((await stranger.get("/track")).text)
    answer = await stranger.post("/looks", {"size": "large", "next": "/track"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/track")
    assert _cookie(answer, "looks").startswith("looks=auto.dense.large;")
    stranger.cookies = {"looks": "auto.dense.large"}
    assert 'data-size="large"' in _looks((await stranger.get("/sign-in")).text)
    operator = person_as("operator")
    assert usual in _looks((await operator.get("/desk")).text)
    answer = await operator.post("/looks", {"theme": "dark", "next": "//else.where"})
    assert answer.headers["location"] == "/"
    await operator.post("/looks", {"density": "roomy"})
    chosen = 'data-theme="dark"data-density="roomy"data-size="normal"'
    assert chosen in _looks((await operator.get("/desk")).text)
    # The account's own choice goes before what the browser remembers of somebody else.
    operator.cookies["looks"] = "light.dense.large"
    assert chosen in _looks((await operator.get("/account")).text)


@pytest.mark.parametrize("kept", ["", "dark", "pink.tiny.huge", "dark.roomy.large.more", "...."])
async def test_looks_that_nobody_can_read_are_the_usual_ones(stranger: Person, kept: str) -> None:
    stranger.cookies = {"looks": kept}
    assert (await stranger.get("/track")).status_code == 200
    answer = await stranger.post("/looks", {"theme": "pink", "next": "/track"})
    assert "pink" not in _cookie(answer, "looks")


async def test_every_public_page_has_the_button_for_elderly_people(stranger: Person) -> None:
    for path in ("/submit", "/track", "/answers", "/verify", "/sign-in", "/nowhere"):
        text = (await stranger.get(path)).text
        assert "关怀版" in text, path
        assert re.search(r'name="size"\s+value="large"', text), path


def _looks(text: str) -> str:
    return re.sub(r"\s", "", text[: text.index("<head>")])
