"""The catalogue on pages: what holds, the draft until its publication, the proposal of a ticket."""

import re

from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.dispatching.actions import publish_catalogue
from hotline.dispatching.files import as_csv
from hotline.dispatching.models import Precedent, PrecedentSource
from hotline.dispatching.precedents import record_precedent
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.routing.rules import Entry
from hotline.tickets.step import Step
from tests.support.builders import Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, offered, said

SURE = Entry(category="urban", department="chengguan", is_sure=True, basis="三定方案")


async def _publish(build: Build, *entries: Entry) -> None:
    async with build.acting("admin") as tx:
        await publish_catalogue(tx, entries, is_direct=True, note="试行")


async def _precedent(build: Build) -> Precedent:
    async with build.acting("authority") as tx:
        step = await Step.begin(tx, await build.ticket(title="建设路路灯坏了"))
        return record_precedent(
            step,
            PrecedentSource.ARBITRATION,
            department_id=build.city.departments["jiaotong"],
            explanation="路灯属道路养护",
        )


async def test_an_accepted_ticket_shows_the_proposal_and_fills_in_the_form(
    person_as: PersonAs, build: Build
) -> None:
    await _publish(build, SURE)
    number = await build.ticket(Status.ACCEPTED)
    page = await person_as("dispatcher").get(f"/tickets/{number}")
    words = said(page.text)
    assert "目录建议" in words
    assert "目录第 1 版第 1 行" in words
    assert "此前没有类似的裁定" in words
    chosen = re.search(r'id="dispatch-department".*?</select>', page.text, re.DOTALL)
    assert chosen is not None
    assert re.search(r'value="chengguan"\s+selected', chosen[0])
    assert 'name="deviation"' in page.text
    assert 'name="override_reason"' not in page.text


async def test_an_unsure_proposal_says_why_and_shows_the_precedent(
    person_as: PersonAs, build: Build
) -> None:
    await _publish(build, SURE)
    build.clock.move(minutes=1)
    precedent = await _precedent(build)
    number = await build.ticket(Status.ACCEPTED)
    page = await person_as("dispatcher").get(f"/tickets/{number}")
    words = said(page.text)
    assert "有更新的裁定先例与此不同" in words
    assert "路灯属道路养护" in words
    assert "共同字词：" in words
    assert f'href="/tickets/{precedent.ticket_number}"' in page.text
    assert 'name="deviation"' not in page.text
    department = await person_as("handler.chengguan").get(f"/tickets/{number}")
    assert "目录建议" not in said(department.text)


async def test_an_operator_accepts_and_dispatches_at_once(
    person_as: PersonAs, build: Build
) -> None:
    operator = person_as("operator")
    plain = await operator.get(f"/tickets/{await build.ticket()}")
    assert 'name="and_dispatch"' not in plain.text
    await _publish(build, SURE)
    number = await build.ticket()
    assert 'name="and_dispatch"' in (await operator.get(f"/tickets/{number}")).text
    await operator.post(
        f"/tickets/{number}/actions/accept", {"promise": "一天内修好", "and_dispatch": "true"}
    )
    assert (await build.find(number)).status is Status.DISPATCHED
    page = await operator.get(f"/tickets/{number}")
    assert "直接派单" in said(page.text)
    later = await build.ticket(Status.ACCEPTED)
    assert "direct_dispatch" in offered((await operator.get(f"/tickets/{later}")).text)


async def test_the_reason_for_a_deviation_is_asked_for_and_shown(
    person_as: PersonAs, build: Build
) -> None:
    await _publish(build, SURE)
    number = await build.ticket(Status.ACCEPTED)
    dispatcher = person_as("dispatcher")
    path = f"/tickets/{number}/actions/dispatch"
    refused = await dispatcher.post(path, {"department": "jiaotong"})
    assert refused.status_code == 422
    assert "改派须写明理由" in said(refused.text)
    await dispatcher.post(path, {"department": "jiaotong", "deviation": "在施工路段"})
    assert "未按目录派单：在施工路段" in said((await dispatcher.get(f"/tickets/{number}")).text)


async def test_a_draft_is_made_tried_and_published(person_as: PersonAs, build: Build) -> None:
    await _publish(build, SURE)
    await build.ticket(Status.DISPATCHED)
    admin = person_as("admin")
    draft = "/catalogue/draft"
    assert "尚未改动" in said((await admin.get(draft)).text)
    wrong = await admin.post(f"{draft}/entry", {"category": "", "valid_to": "soon"})
    assert wrong.status_code == 422
    assert "日期无效" in said(wrong.text)
    entry = {"category": "urban", "department": "jiaotong", "row": "1", "revision": "0"}
    saved = await admin.post(f"{draft}/entry", entry)
    assert saved.status_code == 303
    late = await admin.post(f"{draft}/entry", entry)
    assert (late.status_code, "草稿已被他人改动" in said(late.text)) == (409, True)
    tried = await admin.post(f"{draft}/publish", {"do": "try", "revision": "1"})
    assert "近 30 天派出的 1 件工单中，1 件的建议单位会改变" in said(tried.text)
    unsaid = await admin.post(f"{draft}/publish", {"do": "publish", "revision": "1"})
    assert unsaid.status_code == 422
    done = await admin.post(
        f"{draft}/publish", {"do": "publish", "revision": "1", "note": "路灯归口调整"}
    )
    assert done.headers["location"] == "/catalogue?done=published"
    page = said((await admin.get("/catalogue?done=published")).text)
    assert "第 2 版" in page
    assert "直派即办已关闭" in page
    back = await admin.post("/catalogue/versions/1/rollback")
    assert back.status_code == 303
    assert "恢复第 1 版" in said((await admin.get("/catalogue/versions")).text)
    assert "三定方案" in said((await admin.get("/catalogue/versions/3")).text)


async def _upload(admin: Person, content: bytes, do: str) -> tuple[int, str]:
    # The token goes as a field of the form, as a browser sends it.
    answer = await admin._send(
        "POST",
        "/catalogue/draft/import",
        data={"_csrf_token": admin._csrf, "do": do},
        files={"file": ("catalogue.csv", content, "text/csv")},
    )
    return answer.status_code, said(answer.text)


async def test_a_file_is_checked_then_loaded(person_as: PersonAs) -> None:
    admin = person_as("admin")
    good = as_csv([SURE, Entry(category="housing", department="zhujian")])
    status, words = await _upload(admin, good, "try")
    assert (status, "共 2 条，没有问题" in words) == (200, True)
    status, words = await _upload(admin, as_csv([SURE, SURE]), "load")
    assert (status, "第 3 行：与另一行同样具体且日期重叠: 2" in words) == (422, True)
    status, _ = await _upload(admin, good, "load")
    assert status == 303
    assert "zhujian" not in said((await admin.get("/catalogue")).text)  # not before publication
    assert "住房" in said((await admin.get("/catalogue/draft")).text)
    exported = await admin.get("/catalogue/export/csv")
    assert exported.headers["content-disposition"].endswith('"catalogue.csv"')


async def test_who_may_look_and_who_may_publish(person_as: PersonAs, build: Build) -> None:
    await _publish(build, SURE)
    for name in ("dispatcher", "supervisor", "authority"):
        page = await person_as(name).get("/catalogue")
        assert page.status_code == 200
        assert "/catalogue/draft" not in page.text
        assert (await person_as(name).get("/catalogue/draft")).status_code == 403
    for name in ("operator", "handler.chengguan"):
        assert (await person_as(name).get("/catalogue")).status_code == 403
        assert (await person_as(name).get("/precedents")).status_code == 403


async def test_a_precedent_is_adopted_and_ended(person_as: PersonAs, build: Build) -> None:
    precedent = await _precedent(build)
    admin = person_as("admin")
    page = await admin.get("/precedents?source=arbitration&holds=true&category=urban")
    assert "路灯属道路养护" in said(page.text)
    form = await admin.get(f"/catalogue/draft/entry?precedent={precedent.id}")
    assert re.search(r'value="jiaotong"\s+selected', form.text)
    assert precedent.ticket_number in form.text
    unsaid = await admin.post(f"/precedents/{precedent.id}/end")
    assert unsaid.status_code == 422
    ended = await admin.post(f"/precedents/{precedent.id}/end", {"reason": "已写入目录"})
    assert ended.status_code == 303
    assert "已写入目录" in said((await admin.get("/precedents?holds=false")).text)
    assert precedent.ticket_number not in (await admin.get("/precedents?holds=true")).text


async def test_every_figure_opens_its_list_and_costs_a_fixed_number_of_statements(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine
) -> None:
    await _publish(build, SURE)
    await build.ticket(Status.PROCESSING)
    wrong = await build.ticket(Status.DISPATCHED)
    await build.do(Action.REQUEST_RETURN, wrong)
    await build.do(Action.DECIDE_RETURN, wrong, uphold=True, department="jiaotong")
    build.clock.move(hours=30)
    supervisor = person_as("supervisor")
    page = await supervisor.get("/catalogue")
    assert "50.0%" in page.text
    hrefs = re.findall(
        r'href="(/catalogue/dispatches\?[^"]+)">\s*(?:<span class="tile-value">)?([\d]+)<',
        page.text,
    )
    assert len(hrefs) >= 8
    for href, count in hrefs:
        listed = await supervisor.get(href.replace("&amp;", "&"))
        assert len(re.findall(r'<a class="number"', listed.text)) == int(count), href
    with count_queries(city_engine) as few:
        await supervisor.get("/catalogue")
        await supervisor.get("/catalogue/dispatches")
    for _ in range(3):
        await build.ticket(Status.PROCESSING)
    build.clock.move(hours=30)
    with count_queries(city_engine) as many:
        await supervisor.get("/catalogue")
        await supervisor.get("/catalogue/dispatches")
    assert len(few) == len(many)
