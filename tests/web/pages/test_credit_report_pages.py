"""Pages of reports: the list, one report with its charts, its forms and files."""

import io
from datetime import timedelta

import docx
import openpyxl

from credit.periods import Period
from credit.reports.actions import draft_report
from hotline.kernel.db import SessionMaker
from hotline.people.principal import SYSTEM
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.report_rows import freeze_rows
from tests.web.pages.conftest import Person, PersonAs, said

MONTH = Period.parse("2026-03")


async def _draft(build: Build, maker: SessionMaker) -> str:
    await build.ticket(Status.CLOSED, category="urban.roads")
    build.clock.set(MONTH.until + timedelta(days=1))
    await freeze_rows(maker, MONTH, build.clock.now())
    async with build.acting(SYSTEM) as tx:
        return f"/credit/reports/{(await draft_report(tx, str(MONTH))).id}"


async def test_a_report_on_pages(person_as: PersonAs, build: Build, maker: SessionMaker) -> None:
    supervisor, authority = person_as("supervisor"), person_as("authority")
    reader = person_as("leader.chengguan")
    assert "尚无此类报告" in said((await reader.get("/credit/reports")).text)
    path = await _draft(build, maker)
    assert (await reader.get(path)).status_code == 404
    assert (await reader.get(f"{path}.docx")).status_code == 404
    assert "热线诉求办理情况通报" not in (await reader.get("/credit/reports")).text
    listed = (await supervisor.get("/credit/reports?kind=month")).text
    assert "2026年3月热线诉求办理情况通报" in said(listed)
    assert "待签发" in said(listed)
    page = (await supervisor.get(path)).text
    words = said(page)
    for seen in ("草稿，未签发", "共受理诉求 1 件", "满意率：本期没有计入的件", "接收工单"):
        assert seen in words, seen
    assert "<svg" in page
    written = {"preface": "按照办法通报如下", "comment": "请对照整改", "expected_version": "1"}
    assert (await supervisor.post(f"{path}/write", written)).status_code == 303
    alone = await supervisor.post(f"{path}/sign", {"expected_version": "2"})
    assert alone.status_code == 403
    assert "须由另一人办理" in said(alone.text)
    stale = await authority.post(f"{path}/sign", {"expected_version": "1"})
    assert stale.status_code == 409
    signed = await authority.post(f"{path}/sign", {"expected_version": "2"})
    path = signed.headers["location"]
    assert path == "/credit/reports/YTB-2026-0001"
    assert (await reader.get(path)).status_code == 404
    assert (await authority.post(f"{path}/publish", {})).status_code == 303
    words = said((await reader.get(path)).text)
    for seen in ("YTB-2026-0001", "按照办法通报如下", "请对照整改", "城市管理局"):
        assert seen in words, seen
    assert "YTB-2026-0001" in (await person_as("observer").get("/credit/reports")).text
    await _files(reader, path)
    new = await supervisor.post(f"{path}/reissue", {"reason": "数据有误"})
    assert new.status_code == 303
    withdrawn = said((await reader.get(path)).text)
    assert "此报告已撤回。 数据有误" in withdrawn
    assert "请对照整改" not in withdrawn
    assert (await reader.get(f"{path}.xlsx")).status_code == 404
    assert "请对照整改" in said((await supervisor.get(path)).text)
    assert (await reader.get(new.headers["location"])).status_code == 404
    assert "请对照整改" in said((await supervisor.get(new.headers["location"])).text)


async def _files(reader: Person, path: str) -> None:
    word = await reader.get(f"{path}.docx")
    assert word.headers["content-disposition"] == 'attachment; filename="YTB-2026-0001.docx"'
    said_in_word = [one.text for one in docx.Document(io.BytesIO(word.content)).paragraphs]
    assert "编号：YTB-2026-0001" in said_in_word
    excel = await reader.get(f"{path}.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(excel.content)).sheetnames[0] == "概况"


async def test_a_figure_leads_to_the_list_behind_it(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    path = await _draft(build, maker)
    supervisor = person_as("supervisor")
    page = (await supervisor.get(path)).text
    href = "/tickets?category=urban&amp;created_from=2026-03-01&amp;created_to=2026-03-31"
    assert f'href="{href}">1<' in page
    assert (await supervisor.get(href.replace("&amp;", "&"))).text.count("路灯不亮") == 1
    other = "/tickets?category=urban&created_from=2026-04-01&created_to=2026-04-30"
    listed = await supervisor.get(other)
    assert "路灯不亮" not in listed.text
    assert "提交日期 2026-04-01 至 2026-04-30" in said(listed.text)
    assert (await supervisor.get("/tickets?created_from=soon")).status_code == 200
    answers = "/visits/answers?only=rated&amp;department=chengguan&amp;from=2026-03-01"
    assert f'href="{answers}' in page
    assert "/visits/answers" not in (await person_as("operator").get(path)).text


async def test_a_report_is_drafted_by_hand_where_there_is_none(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    supervisor = person_as("supervisor")
    missing = await supervisor.post("/credit/reports", {"key": "2026-03"})
    assert missing.status_code == 404
    assert "尚未冻结" in said(missing.text)
    assert (await supervisor.post("/credit/reports", {"key": "March"})).status_code == 422
    build.clock.set(MONTH.until + timedelta(days=1))
    await freeze_rows(maker, MONTH, build.clock.now())
    drafted = await supervisor.post("/credit/reports", {"key": "2026-03"})
    assert drafted.status_code == 303
    page = said((await supervisor.get(drafted.headers["location"])).text)
    assert "没有受理和办理诉求" in page
    assert " 0.0%" not in page
    assert (await person_as("operator").post("/credit/reports", {"key": "x"})).status_code == 403
    assert (await supervisor.post("/credit/reports/nothing/sign", {})).status_code == 404
    assert (await supervisor.post(f"{drafted.headers['location']}/eat", {})).status_code == 404
