"""The pages of the rules of credit and of what grades bring, as forms without a script."""

from html.parser import HTMLParser
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from credit.books import list_books
from credit.rulebook import Grade
from credit.rules.queries import open_drafts
from hotline.followup.second_looks import draw_day
from hotline.kernel.clock import SHANGHAI
from hotline.supervision.interviews.proposals import open_proposals
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.credit_facts import make_frozen_again
from tests.support.credit_rows import as_peers, happened, worked
from tests.support.graded import follow, grade, told
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, said


class _Form(HTMLParser):
    """Collects what the form at an address would send as it stands."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.sent: dict[str, Any] = {}
        self._is_in = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._is_in = given.get("action") == self.action
        elif tag == "select":
            self._select = name
        elif self._is_in and tag == "option" and "selected" in given:
            self.sent[self._select] = given.get("value") or ""
        elif self._is_in and tag == "input" and not name.startswith("_"):
            self._typed(name, given)

    def _typed(self, name: str, given: dict[str, str | None]) -> None:
        if given.get("type") != "checkbox" or "checked" in given:
            self.sent[name] = given.get("value") or ""


async def _begin(person: Person) -> tuple[str, dict[str, Any]]:
    answer = await person.post("/credit/rules/drafts")
    assert answer.status_code == 303
    path = answer.headers["location"]
    form = _Form(path)
    form.feed((await person.get(path)).text)
    return path, form.sent


async def _book(build: Build) -> dict[str, Any]:
    async with build.session_maker() as session:
        (draft,) = await open_drafts(session)
    return draft.book


async def test_everybody_reads_the_rules_in_words(person_as: PersonAs) -> None:
    for who in ("observer", "handler.chengguan", "operator"):
        person = person_as(who)
        versions = await person.get("/credit/rules")
        assert versions.status_code == 200
        assert "新建草案" not in said(versions.text)
        text = said((await person.get("/credit/rules/1")).text)
        for words in (
            "虚假办结",
            "按时办结",
            "-10",
            "0.5",
            "80 %",
            "A级最低分",
            "质检抽样",
            "100 %",
        ):
            assert words in text or words == "按时办结", words
        assert (await person.get("/credit/rules/7")).status_code == 404
        assert (await person.post("/credit/rules/drafts")).status_code == 403


async def test_a_draft_as_it_stands_is_what_the_version_says(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    path, sent = await _begin(admin)
    before = await _book(build)
    assert len(sent) > 200
    answer = await admin.post(path, sent | {"do": "save"})
    assert answer.status_code == 303
    assert await _book(build) == before


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    path, sent = await _begin(admin)
    wrong = sent | {
        "events.false_closure.points": "七",
        "weighings.sign.weight": "12",
        "note": "仍在",
        "new.code": "own_event",
        "new.severity": "minor",
        "new.points": "3",
        "do": "save",
    }
    answer = await admin.post(path, wrong)
    assert answer.status_code == 422
    text = answer.text
    assert 'value="七"' in text
    assert "仍在" in text
    assert 'href="#events.false_closure.points"' in text
    assert "无法识别为该类数值" in said(text)
    fixed = wrong | {"events.false_closure.points": "-12"}
    answer = await admin.post(path, fixed)
    assert answer.status_code == 422
    assert "权重之和须为100" in said(answer.text)
    assert 'href="#new.points"' in answer.text
    assert "正负号与类别不符" in said(answer.text)
    good = fixed | {"weighings.sign.weight": "10", "new.points": "-3"}
    assert (await admin.post(path, good)).status_code == 303
    book = await _book(build)
    assert book["events"]["false_closure"]["points"] == "-12"
    assert book["events"]["own_event"]["severity"] == "minor"


async def test_of_two_who_edit_at_once_both_see_what_the_other_did(
    person_as: PersonAs, build: Build
) -> None:
    path, sent = await _begin(person_as("admin"))
    theirs = sent | {"strength": "25", "do": "save"}
    assert (await person_as("supervisor").post(path, theirs)).status_code == 303
    mine = sent | {"strength": "30", "window_days": "60", "do": "save"}
    answer = await person_as("admin").post(path, mine)
    assert answer.status_code == 409
    text = said(answer.text)
    assert "supervisor先生" in text
    assert 'value="60"' in answer.text
    assert "25" in text
    form = _Form(path)
    form.feed(answer.text)
    again = await person_as("admin").post(path, form.sent | {"do": "save"})
    assert again.status_code == 303
    book = await _book(build)
    assert (book["strength"], book["window_days"]) == (30, 60)


async def test_a_draft_is_tried_on_the_past_and_published_from_a_day_on(
    person_as: PersonAs, build: Build
) -> None:
    await as_peers(build)
    await worked(build, "chengguan", build.clock.now(), done=95, failed=5)
    await happened(build, "chengguan", "rude_service")
    build.clock.move(hours=1)
    supervisor = person_as("supervisor")
    path, sent = await _begin(supervisor)
    sent |= {"events.rude_service.points": "-30", "note": "从重"}
    tried = await supervisor.post(path, sent | {"do": "preview"})
    assert tried.status_code == 200
    text = said(tried.text)
    assert "1个单位会有变化" in text
    assert "-27.00" in text
    assert "实际台账保持记入时的分值" in text
    past = await supervisor.post(path, sent | {"do": "publish", "valid_from": "2020-01-01T00:00"})
    assert past.status_code == 422
    assert "规则不得早于发布时间生效" in said(past.text)
    odd = await supervisor.post(path, sent | {"do": "publish", "valid_from": "soon"})
    assert odd.status_code == 422
    done = await supervisor.post(path, sent | {"do": "publish", "valid_from": "2030-01-01T00:00"})
    assert done.status_code == 303
    assert done.headers["location"].startswith("/credit/rules/2")
    shown = said((await supervisor.get("/credit/rules/2?done=published")).text)
    assert "尚未生效" in shown
    assert "服务态度差：分值" in shown or "服务态度差: 分值" in shown
    async with build.session_maker() as session:
        assert [row.version for row in await list_books(session)] == [2, 1]


async def test_an_overtaken_draft_is_carried_over_or_put_aside(
    person_as: PersonAs, build: Build
) -> None:
    admin, supervisor = person_as("admin"), person_as("supervisor")
    path, sent = await _begin(admin)
    await admin.post(path, sent | {"strength": "30", "do": "save"})
    other, theirs = await _begin(supervisor)
    await supervisor.post(other, theirs | {"strength": "25", "do": "publish"})
    page = await admin.get(path)
    assert f'action="{path}/carry-over"' in page.text
    form = _Form(path)
    form.feed(page.text)
    refused = await admin.post(path, form.sent | {"do": "publish"})
    assert refused.status_code == 409
    moved = await admin.post(f"{path}/carry-over")
    assert moved.status_code == 303
    shown = said((await admin.get(moved.headers["location"])).text)
    assert "同组比率折合件数" in shown
    assert (await admin.post(f"{path}/discard")).status_code == 303
    assert (await admin.get(path)).status_code == 404
    async with build.session_maker() as session:
        assert await open_drafts(session) == []


async def test_the_authority_decides_for_the_past_on_the_page(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    path, sent = await _begin(admin)
    await admin.post(path, sent | {"strength": "30", "do": "publish"})
    build.clock.move(hours=1)
    assert "retroactive" not in (await admin.get("/credit/rules/2")).text
    authority = person_as("authority")
    where = "/credit/rules/2/retroactive"
    given = {"since": "2020-01-01T00:00", "reason": ""}
    assert (await authority.post(where, given)).status_code == 422
    assert (await admin.post(where, given | {"reason": "x"})).status_code == 403
    done = await authority.post(where, given | {"reason": "市府决定"})
    assert done.status_code == 303
    page = said((await authority.get("/credit/rules/2?done=retroactive")).text)
    assert "市府决定" in page
    assert "正在重新计算涉及的已冻结周期" in page
    await make_frozen_again(build)
    assert "没有已冻结的周期因此变化" in said((await authority.get("/credit/rules/2")).text)


async def test_the_watch_list_and_the_checks_show_what_grades_bring(
    person_as: PersonAs, build: Build
) -> None:
    empty = said((await person_as("supervisor").get("/credit/watchlist")).text)
    assert "关注名单为空" in empty
    await grade(build, "2026-Q1", {"chengguan": Grade.D})
    await grade(build, "2026-Q2", {"chengguan": Grade.D, "huanbao": Grade.A})
    await follow(build)
    page = await person_as("supervisor").get("/credit/watchlist")
    text = said(page.text)
    for words in (
        "建议报告政府",
        "不得申请延期",
        "2026-Q2",
        "发布等级达到 B 及以上",
        "试（样本不足）",
    ):
        assert words in text, words
    assert (await person_as("leader.chengguan").get("/credit/watchlist")).status_code == 403
    checks = await person_as("auditor").get("/credit/checks")
    assert "城市管理局" in said(checks.text)
    given = {"department": "chengguan", "checked_at": "2026-02-01T10:00", "findings": "台账齐全"}
    done = await person_as("visitor").post("/credit/checks", given)
    assert done.status_code == 303
    ahead = await person_as("visitor").post(
        "/credit/checks", given | {"checked_at": "2030-01-01T10:00"}
    )
    assert ahead.status_code == 422
    own = await person_as("leader.chengguan").get("/credit/departments/chengguan/consequences")
    assert "台账齐全" in said(own.text)
    path = "/credit/departments/huanbao/consequences"
    assert (await person_as("leader.chengguan").get(path)).status_code == 404


async def test_a_grade_proposes_an_interview_and_a_person_decides(
    person_as: PersonAs, build: Build
) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.D})
    await follow(build)
    await told(build)
    authority = person_as("authority")
    page = await authority.get("/interviews")
    assert "2026-09 信用等级 D" in said(page.text)
    assert "reason=low_credit" in page.text
    assert "low_credit" not in (await person_as("leader.chengguan").get("/interviews")).text
    async with build.session_maker() as session:
        ((row, _),) = await open_proposals(session)
    where = f"/interviews/proposals/{row.id}/dismiss"
    assert (await authority.post(where, {"reason": ""})).status_code == 422
    assert (await person_as("leader.chengguan").post(where, {"reason": "x"})).status_code == 403
    assert (await authority.post(where, {"reason": "上月已约谈"})).status_code == 303
    assert "2026-09 信用等级 D" not in said((await authority.get("/interviews")).text)


async def test_credit_stands_where_a_promise_is_made(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine
) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C, "huanbao": Grade.A})
    number = await build.ticket(Status.ACCEPTED)
    dispatcher = person_as("dispatcher")
    with count_queries(city_engine) as before:
        assert "城市管理局 · C" not in (await dispatcher.get(f"/tickets/{number}")).text
    await grade(build, "2026-10", {"zhujian": Grade.B, "jiaotong": Grade.B})
    await follow(build)
    with count_queries(city_engine) as after:
        page = await dispatcher.get(f"/tickets/{number}")
    assert len(before) == len(after)
    assert "城市管理局 · C" in page.text
    assert "生态环境局 · A 试（样本不足）" in page.text
    signing = await build.ticket(Status.DISPATCHED)
    page = await person_as("handler.chengguan").get(f"/tickets/{signing}")
    assert "现行信用" in said(page.text)
    assert 'href="/credit/departments/chengguan"' in page.text
    processing = await build.ticket(Status.PROCESSING)
    page = await person_as("handler.chengguan").get(f"/tickets/{processing}")
    assert "现行信用" not in said(page.text)


async def test_results_are_looked_at_again_on_the_page(person_as: PersonAs, build: Build) -> None:
    assert "尚未抽样" in said((await person_as("auditor").get("/second-looks")).text)
    number = await build.ticket(Status.PENDING_VISIT)
    await grade(build, "2026-01", {"chengguan": Grade.D})
    await follow(build)
    async with build.acting("system") as tx:
        await draw_day(tx, build.clock.now().astimezone(SHANGHAI).date(), "seed")
    other = person_as("auditor.second")
    listed = await other.get("/second-looks")
    assert number in listed.text
    path = listed.text.split('class="number" href="')[1].split('"')[0]
    assert (await other.get(path)).status_code == 200
    given = {"contact_shown": "true", "answers_matter": "true", "evidence_shown": "false"}
    own = await person_as("auditor").post(f"{path}/record", given)
    assert own.status_code == 403
    assert (await other.post(f"{path}/record", {})).status_code == 422
    assert (await other.post(f"{path}/record", given)).status_code == 303
    assert "有缺项" in said((await other.get("/second-looks?state=done")).text)
    assert (await person_as("leader.chengguan").get("/second-looks")).status_code == 403
