"""The search and the views that are kept, as people see them."""

import re

from sqlmodel import select

from hotline.kernel.db import SessionMaker
from hotline.search.models import PersonLookup
from hotline.tickets.lifecycle import Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.searching import fill
from tests.web.pages.conftest import PersonAs


async def test_a_question_from_the_head_of_a_page_to_its_hits(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING, content="路灯<b>不亮</b>，请打13712345678")
    await build.ticket(title="水管漏水", content="水")
    await fill(build)
    operator = person_as("operator")
    page = await operator.get("/desk")
    assert 'action="/search" method="post"' in re.sub(r"\s+", " ", page.text)
    answer = await operator.post("/search", {"q": "路灯 请打", "status": "processing"})
    assert answer.status_code == 303
    assert "status=processing" in answer.headers["location"]
    page = await operator.get(answer.headers["location"])
    assert f'href="/tickets/{number}"' in page.text
    assert "<mark>路灯</mark>" in page.text
    assert "<mark>请打</mark>137****5678" in page.text
    assert "&lt;b&gt;" in page.text
    assert "13712345678" not in page.text
    assert "水管" not in page.text
    assert "1 件工单" in page.text
    assert "匹配于" in page.text


async def test_a_telephone_number_stays_out_of_the_address_and_is_written_down(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await fill(build)
    operator = person_as("operator")
    page = await operator.post("/search", {"q": PHONE})
    assert page.status_code == 200
    assert f'href="/tickets/{number}"' in page.text
    assert NAME not in page.text
    async with maker() as session:
        (lookup,) = (await session.exec(select(PersonLookup))).all()
    assert (lookup.kind.value, lookup.hit_count) == ("phone", 1)
    assert PHONE.encode() not in lookup.key
    await operator.get("/search?q=路灯")
    async with maker() as session:
        assert len((await session.exec(select(PersonLookup))).all()) == 1


async def test_what_nothing_is_found_for_says_why(person_as: PersonAs, build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    await fill(build)
    handler = person_as("handler.huanbao")
    assert "没有找到" in (await handler.get("/search?q=路灯")).text
    assert "筛选条件没有找到" in (await handler.get("/search?q=路灯&channel=web")).text
    assert "输入编号" in (await handler.get("/search")).text
    for strange in ("%25", "'%3B--", "%22%22", "q" * 300, "%00", "%F0%9F%98%80"):
        assert (await handler.get(f"/search?q={strange}")).status_code == 200
    assert (await handler.get("/search?q=路灯&cursor=nonsense")).status_code == 422


async def test_views_are_kept_shared_put_into_order_and_deleted(
    person_as: PersonAs, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    dispatcher = person_as("dispatcher")
    page = await dispatcher.get("/tickets?status=processing")
    assert "保存为视图" in page.text
    kept = {"name": "在办", "place": "tickets", "filter.status": "processing", "filter.x": "1"}
    assert (await dispatcher.post("/search/views", kept)).status_code == 303
    assert "同名视图" in (await dispatcher.post("/search/views", kept)).text
    second = {"name": "路灯的事", "place": "search", "filter.q": "路灯", "shared": "1"}
    assert (await dispatcher.post("/search/views", second)).status_code == 303
    refused = await dispatcher.post(
        "/search/views", {"name": "某人", "place": "search", "filter.q": PHONE}
    )
    assert refused.status_code == 422
    page = await dispatcher.get("/search/views")
    assert page.text.index("在办") < page.text.index("路灯的事")
    ids = re.findall(r"/search/views/([0-9a-f-]{36})/rename", page.text)
    await dispatcher.post(f"/search/views/{ids[1]}/up", {})
    await dispatcher.post(f"/search/views/{ids[1]}/rename", {"name": "坏掉的路灯"})
    nav = await dispatcher.get("/nav?at=/desk")
    assert nav.text.index("坏掉的路灯") < nav.text.index("在办")
    assert "/tickets?status=processing" in nav.text
    other = person_as("operator")
    page = await other.get("/search/views")
    assert "坏掉的路灯" in page.text
    assert "在办" not in page.text
    assert (await other.post(f"/search/views/{ids[1]}/delete", {})).status_code == 404
    assert "坏掉的路灯" not in (await person_as("handler.chengguan").get("/search/views")).text
    await dispatcher.post(f"/search/views/{ids[1]}/keep", {})
    assert "坏掉的路灯" not in (await other.get("/search/views")).text
    await dispatcher.post(f"/search/views/{ids[1]}/delete", {})
    assert "坏掉的路灯" not in (await dispatcher.get("/search/views")).text
    shared = {"name": "共享", "place": "search", "filter.q": "水", "shared": "1"}
    assert (await other.post("/search/views", shared)).status_code == 403
