"""The pages of a first day: setting up, sheets, first passwords, help, practice."""

import io
import re

import pytest
from litestar import Litestar
from openpyxl import Workbook, load_workbook

from hotline.founding.columns import Subject
from hotline.kernel.settings import Settings
from hotline.people.queries import find_department, find_user
from hotline.practice.actions import found_practice
from hotline.practice.queries import practice_city
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, PersonAs, said


def book(*rows: list[object]) -> bytes:
    made = Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


async def upload(admin: Person, subject: str, content: bytes) -> str:
    """Try a file; return where its lines are shown."""
    answer = await admin._send(
        "POST",
        f"/admin/setup/sheets/{subject}",
        data={"_csrf_token": admin._csrf},
        files={"file": ("units.xlsx", content, "application/octet-stream")},
    )
    assert answer.status_code == 303, said(answer.text)
    return answer.headers["location"]


async def test_the_steps_say_what_is_there_and_what_is_missing(
    person_as: PersonAs, client_as: ClientAs
) -> None:
    page = await person_as("admin").get("/admin/setup")
    words = said(page.text)
    assert "系统尚未就绪" in words or "系统已就绪" in words
    assert page.text.count('id="step-') == 9
    assert 'class="card setup-step is-missing" id="step-people"' not in page.text
    assert (await person_as("operator").get("/admin/setup")).status_code == 403
    told = (await client_as("admin").get("/api/v1/setup")).json()
    assert {one["step"] for one in told["steps"]} >= {"hotline", "people", "ports"}


@pytest.mark.parametrize("subject", [subject.value for subject in Subject])
async def test_a_template_is_filled_in_and_comes_back_unchanged(
    person_as: PersonAs, subject: str
) -> None:
    admin = person_as("admin")
    assert (await admin.get(f"/admin/setup/sheets/{subject}")).status_code == 200
    answer = await admin.get(f"/admin/setup/sheets/{subject}/template.xlsx?filled=1")
    made = load_workbook(io.BytesIO(answer.content))
    assert made.sheetnames == [subject, "lists", "explanation"]
    if made[subject].max_row > 1 and made[subject].cell(2, 1).value:
        where = await upload(admin, subject, answer.content)
        page = await admin.get(where)
        assert 'id="apply"' not in page.text, said(page.text)
        assert "mark-red" not in page.text


async def test_a_sheet_is_tried_done_and_its_wrong_lines_are_handed_back(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    content = book(
        ["代码", "名称", "办公电话"],
        ["parks", "公园中心", "010-1234 5678"],
        ["bad", "+cmd()", 1087654321],
    )
    where = await upload(admin, "departments", content)
    page = await admin.get(where)
    words = said(page.text)
    assert "将新建: 1" in words
    assert "有错误: 1" in words
    assert "开头的零已丢失" in words
    assert "87654321" not in page.text
    async with build.session_maker() as session:
        assert await find_department(session, "parks") is None
    wrong = load_workbook(io.BytesIO((await admin.get(f"{where}/wrong.xlsx")).content))[
        "departments"
    ]
    assert wrong.max_row == 2
    assert wrong.cell(2, 2).value == "'+cmd()"
    done = await admin.post(f"{where}/apply")
    assert "已新建: 1" in said(done.text)
    async with build.session_maker() as session:
        assert await find_department(session, "parks") is not None
    assert (await person_as("operator").get(where)).status_code == 403
    assert (await admin.post(f"{where}/drop")).status_code == 303
    assert (await admin.get(where)).status_code == 404
    assert (await admin.get("/admin/setup/sheets/nothing")).status_code == 404


async def test_first_passwords_are_shown_once(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    async with build.session_maker() as session:
        user = await find_user(session, "operator")
        assert user is not None
    page = await admin.get("/admin/setup/passwords")
    assert 'value="operator"' in page.text
    given = await admin.post("/admin/setup/passwords", {"usernames": ["operator"]})
    (password,) = re.findall(r'<code class="password">([\w-]+)</code>', given.text)
    assert given.headers["cache-control"] == "no-store"
    assert password not in (await admin.get("/admin/setup/passwords")).text


async def test_help_shows_ones_own_guide_and_the_words(
    person_as: PersonAs, stranger: Person
) -> None:
    operator = person_as("operator")
    own = (await operator.get("/help")).text
    assert "话务员说明" in own
    assert "<kbd>Alt</kbd>" in own
    assert "&lt;kbd" not in own
    assert "承办单位说明" in (await person_as("leader.chengguan").get("/help")).text
    assert "市民说明" in (await stranger.get("/help")).text
    assert (await stranger.get("/help/administrator")).status_code == 404
    assert "administrator#" in (await operator.get("/help?q=首次密码")).text
    assert "/help/pictures/zh_CN/operator-desk.webp" in (await operator.get("/help")).text
    assert "终结答复" in (await stranger.get("/help/words")).text
    for wrong in ("zh_CN/..%2Fapp.css", "xx/operator-desk.webp", "en/no-such-picture.webp"):
        assert (await stranger.get(f"/help/pictures/{wrong}")).status_code == 404


async def test_help_is_in_the_language_of_its_reader(person_as: PersonAs, stranger: Person) -> None:
    operator = person_as("operator")
    await operator.post("/language", {"language": "en", "next": "/help"})
    stranger.cookies["lang"] = "en"
    shown = (await operator.get("/help")).text
    assert "Guide for operators" in shown
    assert '<article class="card guide" lang="en"' in shown
    assert "is-warning" not in shown
    assert not re.search("[一-鿿]", shown.split("<article")[1].split("</article>")[0])
    picture = await operator.get("/help/pictures/en/operator-desk.webp")
    assert picture.headers["content-type"] == "image/webp"
    assert (
        picture.content != (await operator.get("/help/pictures/zh_CN/operator-desk.webp")).content
    )
    assert (
        "administrator#accounts-and-first-passwords"
        in (await operator.get("/help?q=cut apart")).text
    )
    assert "Guide for citizens" in (await stranger.get("/help")).text


async def test_an_empty_list_says_why_and_what_next(person_as: PersonAs) -> None:
    operator = person_as("operator")
    page = await operator.get("/tickets")
    assert "您能查看的全部事项" in page.text
    assert 'href="/desk/intake"' in page.text
    filtered = await operator.get("/tickets?level=red")
    assert "只查询了一部分" in filtered.text
    assert "您能查看的全部事项" not in filtered.text


async def test_a_real_house_knows_no_practice(
    person_as: PersonAs, build: Build, app: Litestar
) -> None:
    admin = person_as("admin")
    for is_demo in (False, True):
        app.state.settings = Settings(demo=is_demo)
        for path in ("/practice/begin", "/practice/again"):
            assert (await admin.post(path)).status_code == 404
        assert (await admin.get("/practice")).status_code == 404
        assert (await person_as("operator").post("/practice/ring")).status_code == 404
    async with build.session_maker() as session:
        assert await practice_city(session) is None


async def test_steps_are_ticked_off_by_what_was_done(
    person_as: PersonAs, build: Build, app: Litestar, clock: FrozenClock
) -> None:
    app.state.settings = Settings(demo=True)
    async with build.acting("admin") as tx:
        await found_practice(tx)
    clock.move(minutes=1)
    operator = person_as("operator")
    assert 'id="step-take_call-submit"' in (await operator.get("/practice")).text
    assert (await operator.post("/practice/ring")).status_code == 303
    number = await build.ticket(Status.SUBMITTED)
    page = said((await operator.get("/practice")).text)
    assert "2 / 3 步" in page
    clock.move(minutes=1)
    assert (await operator.post("/practice/begin")).status_code == 303
    assert "0 / 3 步" in said((await operator.get("/practice")).text)
    supervisor = person_as("supervisor")
    wrong = await supervisor.post("/practice/late", {"number": number})
    assert wrong.status_code == 422
    clock.move(hours=2)
    assert (await supervisor.post("/practice/late", {"number": number})).status_code == 303
    admin = person_as("admin")
    assert 'id="again"' in (await admin.get("/practice")).text
    asked = await admin.post("/practice/again")
    assert "城市正在重建" in asked.text
    async with build.session_maker() as session:
        city = await practice_city(session)
    assert city is not None
    assert city.again_asked_by == "admin"
    app.state.settings = Settings(demo=True, database_url="postgresql://x@y/z", secret_key="s" * 40)
    assert (await admin.post("/practice/again")).status_code == 409


@pytest.fixture(autouse=True)
def settings_as_they_were(app: Litestar) -> object:
    before = app.state.settings
    yield
    app.state.settings = before
