"""Suggestions on pages: the panel beside the intake form, the ticket, the administrator's page."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from litestar import Litestar

from hotline.dispatching.actions import publish_catalogue
from hotline.suggestions.actions import next_version, register_model
from hotline.suggestions.models import ModelSource
from hotline.suggestions.shelf import folder_of, path_of
from hotline.tickets.lifecycle import Status
from hotline.tickets.routing.rules import Entry
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.matters import studied
from tests.web.pages.conftest import PersonAs, said

pytestmark = pytest.mark.usefixtures("folder")

PANEL = "/desk/intake/suggestions"
PAGE = "/admin/suggestions"
TYPED = {"title": "路灯不亮", "content": "路面坑洼不平，请打13900001234", "area": "新城街道"}


@pytest.fixture
async def folder(build: Build, app: Litestar) -> Path:
    """The models of the house, with one in use and an entry of the catalogue."""
    found = folder_of(app.state.settings.home)
    async with build.acting("admin") as tx:
        version = await next_version(tx)
        await register_model(tx, found, studied(version), ModelSource.TICKETS, use=True)
        entry = Entry(category="urban.roads", department="jiaotong")
        await publish_catalogue(tx, [entry], is_direct=False, note="试行")
    return found


async def test_the_panel_offers_what_it_suggests(person_as: PersonAs) -> None:
    operator = person_as("operator")
    answer = await operator.post(PANEL, TYPED)
    assert answer.status_code == 200
    (fill,) = re.findall(r'data-fill="([^"]+)"\s+data-key="Alt\+1"', answer.text)
    assert json.loads(unescape(fill)) == {"category": "urban.roads", "department": "jiaotong"}
    words = said(answer.text)
    assert "目录：城市管理 / 道路" in words
    assert "文字：" in words
    assert "13900001234" not in answer.text
    assert (await person_as("handler.chengguan").post(PANEL, TYPED)).status_code in {403, 404}


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"title": "路"},
        {"title": "😀" * 200},
        {"title": "13900001234", "request_type": "nonsense", "category": "no such code"},
    ],
)
async def test_the_panel_is_quiet_when_little_is_said(
    person_as: PersonAs, typed: dict[str, str]
) -> None:
    answer = await person_as("operator").post(PANEL, typed)
    assert (answer.status_code, answer.text.strip()) == (200, "")


@pytest.mark.parametrize("content", ["字" * 10_000, "the street light is out", "'; DROP TABLE x"])
async def test_the_panel_stands_whatever_is_typed(person_as: PersonAs, content: str) -> None:
    answer = await person_as("operator").post(PANEL, {"content": content, "area": "长" * 500})
    assert answer.status_code == 200


async def test_without_its_file_the_desk_goes_on_and_administrators_are_told(
    folder: Path, person_as: PersonAs
) -> None:
    path_of(folder, 1).unlink()
    answer = await person_as("operator").post(PANEL, TYPED)
    assert (answer.status_code, answer.text.strip()) == (200, "")
    known = await person_as("operator").post(PANEL, {**TYPED, "category": "城市管理 urban.roads"})
    assert "交通运输局" in said(known.text)
    page = await person_as("admin").get(PAGE)
    assert "模型 1 的文件不能使用：文件缺失" in said(page.text)


async def test_administrators_see_figures_and_switch(person_as: PersonAs) -> None:
    admin = person_as("admin")
    words = said((await admin.get(PAGE)).text)
    assert "模型 1 自" in words
    assert "第一推荐正确" in words
    assert "近 30 天实际选用" in words
    off = await admin.post(f"{PAGE}/off")
    assert off.status_code == 303
    assert "按文字推荐已关闭" in said((await admin.get(PAGE)).text)
    assert (await person_as("operator").post(PANEL, TYPED)).text.strip() == ""
    assert (await admin.post(f"{PAGE}/use/1")).status_code == 303
    assert (await admin.post(f"{PAGE}/use/9")).status_code == 404
    assert (await person_as("supervisor").get(PAGE)).status_code in {403, 404}


async def test_a_ticket_shows_departments_and_fills_in_the_form(
    person_as: PersonAs, build: Build, client_as: ClientAs
) -> None:
    for _ in range(3):
        await build.ticket(Status.CLOSED, category="housing")
    number = await build.ticket(Status.ACCEPTED, category="housing")
    page = await person_as("dispatcher").get(f"/tickets/{number}")
    words = said(page.text)
    assert "推荐承办单位" in words
    assert "3 件中 3 件由其承办" in words
    chosen = re.search(r'id="dispatch-department".*?</select>', page.text, re.DOTALL)
    assert chosen is not None
    assert re.search(r'value="chengguan"\s+selected', chosen[0])
    told = (await client_as("dispatcher").get(f"/api/v1/tickets/{number}/suggestions")).json()
    assert told["departments"][0]["department"] == "chengguan"
    assert told["is_department_sure"] is True
    body = {"title": TYPED["title"], "text": TYPED["content"], "area": "新城街道"}
    asked = (await client_as("operator").post("/api/v1/suggestions", body)).json()
    assert (asked["state"], asked["model"]) == ("ready", 1)
    assert asked["categories"][0]["category"] == "urban.roads"
    assert asked["categories"][0]["department"]["reasons"][0]["kind"] == "catalogue"
    empty = (await client_as("operator").post("/api/v1/suggestions", {})).json()
    assert (empty["state"], empty["categories"]) == ("too_short", [])
    wrong = await client_as("operator").post("/api/v1/suggestions", {"text": 5})
    assert wrong.status_code == 422
