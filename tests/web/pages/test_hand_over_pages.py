"""Hand-over files on pages: made, fetched, handed over, answered."""

import io
import zipfile

import httpx
from openpyxl import load_workbook

from hotline.tickets.lifecycle import Status
from tests.support.builders import PHONE, Build
from tests.web.pages.conftest import Person, PersonAs, said


async def _upload(person: Person, path: str, content: bytes, **form: str) -> httpx.Response:
    return await person._send(
        "POST",
        path,
        data={"_csrf_token": person._csrf, **form},
        files={"file": ("receipt.xlsx", content)},
    )


async def test_from_the_choice_to_the_receipt(person_as: PersonAs, build: Build) -> None:
    away = await build.ticket(Status.TRANSFERRED_OUT, title=f"致电{PHONE}")
    other = await build.ticket(Status.PROCESSING)
    supervisor = person_as("supervisor")
    assert "还没有移交过工单" in said((await supervisor.get("/handovers")).text)
    form = said((await supervisor.get("/handovers/new")).text)
    assert away in form
    assert PHONE not in form
    assert other not in form
    empty = await supervisor.post("/handovers", {"recipient": "市信访局"})
    assert empty.status_code == 422
    assert "请选择 1 至 500 件工单" in said(empty.text)
    wrong = await supervisor.post(
        "/handovers", {"recipient": "市信访局", "ticket": away, "numbers": "12"}
    )
    assert wrong.status_code == 404
    assert "checked" in wrong.text
    sent = await supervisor.post(
        "/handovers", {"recipient": "市信访局", "ticket": away, "numbers": f"{other}，{away}"}
    )
    assert sent.status_code == 303
    path = sent.headers["location"]
    page = said((await supervisor.get(path)).text)
    assert "已制作，未移交" in page
    assert PHONE not in page
    fetched = await supervisor.get(f"{path}/file")
    assert fetched.headers["content-type"] == "application/zip"
    assert (await supervisor.post(f"{path}/give", {"how": "机要"})).status_code == 303
    late = await supervisor.post(f"{path}/give", {})
    assert (late.status_code, "此前已移交" in said(late.text)) == (409, True)
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        book = load_workbook(io.BytesIO(archive.read("receipt.xlsx")))
    sheet = book.active
    assert sheet is not None
    for row in (2, 3):
        sheet.cell(row, 3).value = "是" if sheet.cell(row, 1).value == away else "也许"
    file = io.BytesIO()
    book.save(file)
    dry = await _upload(supervisor, f"{path}/receipt", file.getvalue())
    assert dry.status_code == 422
    assert "未写入任何内容" in said(dry.text)
    assert "也许 不是“是”或“否”" in said(dry.text)
    done = said(
        (await _upload(supervisor, f"{path}/receipt", file.getvalue(), take_over="true")).text
    )
    assert "接收 1 件，不接收 0 件" in done
    assert "对方已接收" in done
    none = await _upload(supervisor, f"{path}/receipt", b"")
    assert (none.status_code, "回执无法读取" in said(none.text)) == (422, True)
    ticket = said((await supervisor.get(f"/tickets/{away}")).text)
    assert "已移交其他机关：市信访局" in ticket
    assert "对方已接收" in ticket
    log = said((await supervisor.get("/exports")).text)
    assert "移交文件" in log
    assert "市信访局" in said((await supervisor.get("/handovers")).text)


async def test_who_may_hand_over(person_as: PersonAs) -> None:
    authority = await person_as("authority").get("/handovers/new")
    assert 'name="personal"' not in authority.text
    for name, status in (("operator", 403), ("leader.chengguan", 403), ("admin", 403)):
        assert (await person_as(name).get("/handovers")).status_code == status
    assert (await person_as("supervisor").get("/handovers/YJ-2026-999999")).status_code == 404
