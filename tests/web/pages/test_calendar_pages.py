"""Calendars on the screen: a year to look at, a change tried before it is published."""

import re
from datetime import date, timedelta
from html import unescape

from hotline.sla.calendars import publish_calendar
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import RequestType
from hotline.workdays.book import list_calendar_versions
from hotline.workdays.official import KNOWN_UNTIL
from tests.support.builders import Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import PersonAs, said

PATH = "/admin/calendars/working"


def fields(text: str, action: str) -> dict[str, str]:
    """Return what the form for `action` would send as it stands, its buttons left out."""
    form = re.search(rf'<form[^>]*action="{action}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert form is not None
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form[1]):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        sent[given.get("name", "_")] = unescape(given.get("value", ""))
    for name, options in re.findall(
        r'<select [^>]*?name="([\w-]+)".*?>(.*?)</select>', form[1], re.DOTALL
    ):
        chosen = re.search(r'value="(\w*)"\s+selected', options)
        sent[name] = chosen[1] if chosen else ""
    return {name: value for name, value in sent.items() if not name.startswith("_")}


def row_of(sent: dict[str, str], day: str) -> str:
    """Return the number of the row of a day."""
    return next(
        name[4:] for name, value in sent.items() if name.startswith("day-") and value == day
    )


async def versions(build: Build) -> list[str]:
    async with build.session_maker() as session:
        return [row.label for row in await list_calendar_versions(session, "working")]


async def test_every_calendar_is_listed_and_one_that_ends_soon_calls(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    soon = (clock.now() + timedelta(days=30)).date().isoformat()
    async with build.acting("admin") as tx:
        week = {"week": {"mon": ["09:00-17:00"]}, "covered_until": soon}
        await publish_calendar(tx, code="duty", name="值班室", definition=week)
    page = await person_as("supervisor").get("/admin/calendars")
    words = said(page.text)
    for word in ("自然时间", "法定工作日", "working-1", f"{KNOWN_UNTIL.year}-12-31", "即将用尽"):
        assert word in words
    assert "新建日历" not in words
    assert f"值班室 的安排仅公布至 {soon}" in words
    assert "请导入下一年" in said((await person_as("admin").get("/admin/calendars/duty")).text)
    assert "新建日历" in said((await person_as("admin").get("/admin/calendars")).text)
    assert (await person_as("operator").get("/admin/calendars")).status_code == 403
    assert 'href="/admin/calendars"' in (await person_as("admin").get("/nav?at=/desk")).text


async def test_the_year_tells_its_days_apart_without_colour(person_as: PersonAs) -> None:
    text = (await person_as("admin").get(f"{PATH}?year=2026")).text
    assert text.count('<table class="month">') == 12
    cells = {
        cell[0]: said(cell[1])
        for cell in re.findall(
            r'href="\?year=2026&amp;day=([\d-]+)#asked-day"(.*?</a>)', text, re.DOTALL
        )
    }
    assert len(cells) == 365
    assert "休" in cells["2026-10-01"]
    assert "国庆节 · 放假" in cells["2026-10-01"]
    for make_up in ("2026-02-14", "2026-10-10"):
        assert "班" in cells[make_up]
        assert "09:00-12:00, 13:00-17:00" in cells[make_up]
    assert "休息日" in cells["2026-11-21"]
    assert "工作日" in cells["2026-11-20"]
    beyond = said((await person_as("admin").get(f"{PATH}?year={KNOWN_UNTIL.year + 1}")).text)
    assert "尚未公布" in beyond
    for odd in ("1890", "x", "99999999", ""):
        assert (await person_as("admin").get(f"{PATH}?year={odd}")).status_code == 200
    looked_at = (await person_as("supervisor").get(f"{PATH}?year=2026")).text
    assert "#asked-day" not in looked_at
    assert "预览影响" not in looked_at
    english = await person_as("admin").get(f"{PATH}?year=2026", headers={"cookie": "lang=en"})
    assert english.status_code == 200


async def test_a_day_that_is_pointed_at_becomes_a_row(person_as: PersonAs) -> None:
    admin = person_as("admin")
    text = (await admin.get(f"{PATH}?year=2026&day=2026-11-24")).text
    assert row_of(fields(text, PATH), "2026-11-24")
    assert 'id="asked-day"' in text
    known = (await admin.get(f"{PATH}?year=2026&day=2026-10-01")).text
    assert known.count('value="2026-10-01"') == 1
    for odd in ("2025-01-01", "nonsense"):
        assert 'id="asked-day"' not in (await admin.get(f"{PATH}?year=2026&day={odd}")).text


async def test_a_change_is_tried_published_and_moved_to(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket(Status.PROCESSING, request_type=RequestType.CONSULT)
    admin = person_as("admin")
    day = clock.now().date().replace(day=clock.now().day + 1)
    text = (await admin.get(f"{PATH}?year={day.year}&day={day}")).text
    sent = fields(text, PATH)
    sent[f"kind-{row_of(sent, str(day))}"] = "holiday"
    sent["note"] = "补发通知"
    tried = await admin.post(PATH, sent | {"do": "preview"})
    words = said(tried.text)
    assert "发布后的影响" in words
    assert number in words
    assert "推后" in words
    assert await versions(build) == ["working-1"]
    again = fields(tried.text, PATH)
    assert again[f"kind-{row_of(again, str(day))}"] == "holiday"
    published = await admin.post(PATH, again | {"do": "publish"})
    assert published.status_code == 303
    assert await versions(build) == ["working-2", "working-1"]
    assert "新版本" in said((await admin.get(published.headers["location"])).text)
    stale = await admin.post(PATH, sent | {"do": "publish"})
    assert stale.status_code == 422
    assert "其间已有人发布新版本" in said(stale.text)
    listed = said((await admin.get(f"{PATH}?clocks=1")).text)
    assert number in listed
    assert "改按现行版本计时" in listed
    moved = await admin.post(f"{PATH}/recalculate")
    assert moved.status_code == 303
    done = said((await admin.get(moved.headers["location"].partition("#")[0])).text)
    assert re.search(r"已变更 [1-9]\d* 个时钟", done)
    assert number not in said((await admin.get(f"{PATH}?clocks=1")).text)
    old = said((await admin.get(f"{PATH}?version=1")).text)
    assert "非现行" in old
    assert "预览影响" not in old


async def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    sent = fields((await admin.get(f"{PATH}?year=2026")).text, PATH)
    first = row_of(sent, "2026-10-01")
    for change, words in (
        ({"name": ""}, "必填"),
        ({"mon": "9 to 5"}, "不是时段"),
        ({"mon": "09:00-12:00 11:00-13:00"}, "重叠"),
        ({"day_hours": "many"}, "请填写小时数"),
        ({"covered_until": "soon"}, "不是日期"),
        ({f"kind-{first}": "own"}, "须填写时段"),
        ({f"day-{first}": "2026-10-02"}, "重复"),
        (dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""), "没有任何工作时段"),
    ):
        answer = await admin.post(PATH, sent | change | {"do": "publish"})
        assert answer.status_code == 422, change
        shown = said(answer.text)
        assert words in shown or words == "必填", change
    assert await versions(build) == ["working-1"]
    for name in ("supervisor", "dispatcher"):
        assert (await person_as(name).post(PATH, sent | {"do": "publish"})).status_code == 403
    assert (await admin.post("/admin/calendars/nowhere", sent)).status_code == 303
    assert (await admin.get("/admin/calendars/nowhere")).status_code == 303


async def test_a_new_calendar_is_made(person_as: PersonAs) -> None:
    admin = person_as("admin")
    text = (await admin.get("/admin/calendars/new")).text
    sent = fields(text, "/admin/calendars") | {"name": "值班室", "sat": "09:00-24:00"}
    tried = await admin.post("/admin/calendars", sent | {"code": "duty", "do": "preview"})
    assert "发布后的影响" in said(tried.text)
    for code, status in (("No Code", 422), ("working", 422), ("natural", 409), ("duty", 303)):
        answer = await admin.post("/admin/calendars", sent | {"code": code, "do": "publish"})
        assert answer.status_code == status, code
    page = await admin.get("/admin/calendars/duty")
    assert "值班室" in page.text
    assert "09:00-24:00" in page.text
    assert (await person_as("supervisor").get("/admin/calendars/new")).status_code == 403


async def test_a_year_is_checked_then_loaded(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    year = str(KNOWN_UNTIL.year + 1)
    good = f"{year}-01-01,放假,元旦\n{year}-01-03,调休,元旦调休\n"
    bad = await admin.post(
        f"{PATH}/year", {"year": year, "text": good + "soon,放假", "do": "preview"}
    )
    assert "第 3 行" in said(bad.text)
    refused = await admin.post(f"{PATH}/year", {"year": year, "text": "x", "do": "publish"})
    assert refused.status_code == 422
    hole = {"year": str(KNOWN_UNTIL.year + 2), "do": "preview"}
    hole["text"] = good.replace(year, hole["year"])
    assert f"请先导入 {year} 年" in said((await admin.post(f"{PATH}/year", hole)).text)
    tried = await admin.post(f"{PATH}/year", {"year": year, "text": good, "do": "preview"})
    assert "可导入 2 天" in said(tried.text)
    assert await versions(build) == ["working-1"]
    loaded = await admin.post(f"{PATH}/year", {"year": year, "text": good, "do": "publish"})
    assert loaded.status_code == 303
    assert await versions(build) == ["working-2", "working-1"]
    assert date(int(year), 12, 31).isoformat() in (await admin.get(PATH)).text
