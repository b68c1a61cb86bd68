"""The page on which a policy is tried, and the ticket page's own account of its time."""

import json
import re
from datetime import timedelta
from html import unescape

from hotline.tickets.lifecycle import Action, State, Status
from tests.db.hotline.tickets.test_simulating import closed
from tests.support.builders import ROADS, Build
from tests.web.pages.conftest import PersonAs, said

PAGE = "/admin/policies/simulate"


def _text(page: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


async def test_a_policy_is_taken_over_changed_and_tried(person_as: PersonAs, build: Build) -> None:
    number = await closed(build, 10)
    supervisor = person_as("supervisor")
    blank = await supervisor.get(f"{PAGE}?policy=fast-24")
    policy = json.loads(_text(blank.text))
    assert policy["code"] == "fast-24"
    policy["clocks"]["complete"]["limit"] = "PT8H"
    sent = {"definition": json.dumps(policy), "from": "2026-03-01", "to": "2026-03-31"}
    page = await supervisor.post(PAGE, sent)
    assert page.status_code == 200
    assert f'href="/tickets/{number}"' in page.text
    assert 'role="img"' in page.text
    assert "办结 1 0 0 1 0 1" in said(page.text)
    assert json.loads(_text(page.text)) == policy


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(person_as: PersonAs) -> None:
    admin = person_as("admin")
    for sent in (
        {"definition": "{", "from": "2026-03-01", "to": "2026-03-31"},
        {"definition": "[]", "from": "2026-03-01", "to": "2026-03-31"},
        {"definition": '{"code": "x", "name": "y"}', "from": "2026-03-01", "to": "2026-03-31"},
        {"definition": "{}", "from": "", "to": "9999-12-31"},
        {"definition": "{}", "from": "2026-03-31", "to": "2026-03-01"},
    ):
        page = await admin.post(PAGE, sent)
        assert page.status_code == 422, sent
        assert _text(page.text).strip() == sent["definition"]
    for name in ("operator", "handler.chengguan"):
        assert (await person_as(name).get(PAGE)).status_code == 403


async def test_a_ticket_shows_who_had_it_and_why_each_limit_ends_when_it_does(
    person_as: PersonAs, build: Build
) -> None:
    number = (await build.create()).number
    await build.follow(number, *ROADS[State(Status.DISPATCHED)], timedelta(hours=2))
    await build.follow(number, Action.REQUEST_RETURN, timedelta(minutes=30), Action.DECIDE_RETURN)
    page = await person_as("supervisor").get(f"/tickets/{number}")
    words = said(page.text)
    assert "诉求人已等候2小时30分" in words
    assert page.text.count('class="why"') == page.text.count('class="why-row"') >= 5
    assert "暂停无效，计入" in words
    assert "依策略 fast-24 第 1 版" in words
