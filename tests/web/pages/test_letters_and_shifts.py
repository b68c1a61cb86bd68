"""The pages of letters and of hand-overs, as forms without a script."""

from hotline.intake.mail.actions import keep_letter
from hotline.intake.mail.queries import list_letters
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.mailboxes import written
from tests.web.pages.conftest import PersonAs, said

_GIVEN = {
    "request_type": "help",
    "title": "路灯不亮",
    "content": "建设路的路灯三天不亮",
    "address": "",
    "category": "urban",
    "urgency": "p2",
    "name": "张三",
    "phone": "",
}


async def _letter(build: Build) -> str:
    async with build.acting("operator") as tx:
        await keep_letter(tx, bytes(written()))
    async with build.session_maker() as session:
        (row,) = (await list_letters(session, build.cipher)).items
    return f"/desk/letters/{row.id}"


async def test_a_letter_is_masked_until_somebody_opens_it(
    person_as: PersonAs, build: Build
) -> None:
    operator, other = person_as("operator"), person_as("supervisor")
    assert "没有待处理的来信" in said((await operator.get("/desk/letters")).text)
    path = await _letter(build)
    for page in ("/desk/letters", path):
        text = (await operator.get(page)).text
        assert "路灯不亮" in text
        assert "13800001234" not in text
        assert "zhangsan@" not in text
    assert (await operator.post(f"{path}/open")).status_code == 303
    opened = (await operator.get(path)).text
    assert "13800001234" in opened
    assert "zhangsan@example.org" in opened
    seen = (await other.get(path)).text
    assert "13800001234" not in seen
    assert "operator先生正在处理" in said((await other.get("/desk/letters")).text)


async def test_a_letter_becomes_a_ticket_on_the_page(person_as: PersonAs, build: Build) -> None:
    path, operator = await _letter(build), person_as("operator")
    await operator.post(f"{path}/open")
    wrong = await operator.post(f"{path}/make-ticket", _GIVEN | {"title": ""})
    assert wrong.status_code == 422
    assert "建设路的路灯三天不亮" in wrong.text
    made = await operator.post(f"{path}/make-ticket", _GIVEN)
    assert made.status_code == 303
    ticket = await operator.get(made.headers["location"])
    assert "z***@example.org" in ticket.text
    assert (await operator.post(f"{path}/dismiss", {"reason": "spam"})).status_code == 409
    assert "已转工单" in said((await operator.get("/desk/letters?state=taken")).text)


async def test_a_letter_is_set_aside_and_taken_up_again(person_as: PersonAs, build: Build) -> None:
    path, operator = await _letter(build), person_as("operator")
    assert (await operator.post(f"{path}/dismiss", {"reason": "spam"})).status_code == 303
    assert "垃圾邮件" in said((await operator.get("/desk/letters?state=dismissed")).text)
    assert (await operator.post(f"{path}/take-up-again")).status_code == 303
    assert "路灯不亮" in said((await operator.get("/desk/letters")).text)
    assert (await person_as("handler.chengguan").get(path)).status_code == 403


async def test_a_desk_is_handed_over_on_the_page(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.SUBMITTED)
    operator, next_one = person_as("operator"), person_as("supervisor")
    assert "还没有交接记录" in said((await operator.get("/desk/handover")).text)
    given = {"desk": "acceptance", "items": f"{number} 十点前回电13800001234\n打印机缺纸"}
    assert (await operator.post("/desk/handover/give", given)).status_code == 303
    again = await operator.post("/desk/handover/give", given)
    assert again.status_code == 409
    assert "请先接班" in again.text
    page = await next_one.get("/desk/handover")
    text = said(page.text)
    assert f'href="/tickets/{number}"' in page.text
    assert "打印机缺纸" in text
    assert "13800001234" not in text
    (take,) = [
        line.split('"')[0]
        for line in page.text.split('action="')
        if line.startswith("/desk/handover/") and '/take"' in line[:80]
    ]
    assert (await next_one.post(take, {"remark": "已回电"})).status_code == 303
    assert "已回电" in said((await operator.get("/desk/handover")).text)
    assert (await person_as("leader.chengguan").get("/desk/handover")).status_code == 403
