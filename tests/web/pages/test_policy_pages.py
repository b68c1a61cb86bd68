"""The pages of policies, as forms without a script."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from hotline.sla.queries import list_policy_versions
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import PersonAs, said

FAST = "/admin/policies/fast-24"


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
            if given.get("type") != "checkbox":
                self.sent[name] = given.get("value") or ""
            elif "checked" in given:
                self.sent.setdefault(name, []).append(given.get("value"))


def form_of(text: str, action: str) -> dict[str, Any]:
    form = _Form(action)
    form.feed(text)
    return form.sent


async def newest(build: Build, code: str = "fast-24") -> dict[str, Any]:
    async with build.session_maker() as session:
        return (await list_policy_versions(session, code))[0].definition


async def test_what_is_saved_as_it_stands_is_what_was_there(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    for code in ("fast-24", "p0", "enterprise", "report-secret", "general-5"):
        before = await newest(build, code)
        path = f"/admin/policies/{code}"
        sent = form_of((await admin.get(path)).text, path)
        assert (await admin.post(path, sent)).status_code == 303
        assert await newest(build, code) == before


async def test_everything_a_policy_has_is_edited(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    await build.ticket(area="新城街道")
    path = "/admin/policies/p1"
    sent = form_of((await admin.get(path)).text, path) | {
        "category": "urban  housing",
        "area": "新城街道",
        "channel": ["phone", "web"],
        "return_window": "3h",
        "complete-yellow": "1 天",
        "complete-orange": "2小时",
        "complete-type-consult": "PT12H",
        "complete-calendar": "working",
        "complete-urge": "25%",
        "complete-urge-times": "4",
        "complete-order": "PT6H",
        "complete-listing": "-",
        "rework_complete-order": "50%",
        "accept-quiet": "true",
        "visit-yellow": "50%",
        "visit-orange": "0.9",
    }
    answer = await admin.post(path, sent)
    assert answer.status_code == 303, said(answer.text)
    saved = await newest(build, "p1")
    assert saved["match"] == {
        "urgency": ["p1"],
        "channel": ["phone", "web"],
        "category": ["urban", "housing"],
        "area": ["新城街道"],
    }
    assert saved["return_window"] == "PT3H"
    assert saved["clocks"]["complete"] == {
        "limit": "PT24H",
        "calendar": "working",
        "warnings": ["P1D", "PT2H"],
        "by_type": {"consult": "PT12H"},
        "beyond": {
            "urge": {"after": 0.25, "times": 4},
            "order": {"after": "PT6H"},
        },
    }
    assert saved["clocks"]["rework_complete"]["beyond"] == {
        "urge": {"after": 0.25, "times": 3},
        "order": {"after": 0.5},
        "listing": {"after": 1.0},
    }
    assert saved["clocks"]["accept"]["beyond"] == {}
    assert saved["clocks"]["visit"]["warnings"] == [0.5, 0.9]
    again = form_of((await admin.get(path)).text, path)
    assert again["complete-urge"] == "25%"
    assert again["complete-type-consult"] == "12小时"
    assert again["complete-limit"] == "24小时"
    assert again["accept-quiet"] == ["true"]
    assert again["complete-listing"] == "-"
    assert (await admin.post(path, again)).status_code == 303
    assert await newest(build, "p1") == saved


async def test_what_is_wrong_stands_at_its_field(person_as: PersonAs) -> None:
    admin = person_as("admin")
    sent = form_of((await admin.get(FAST)).text, FAST)
    for name, value in {
        "complete-urge": "often",
        "complete-urge-times": "11",
        "complete-order": "-5%",
        "complete-type-help": "soon",
        "complete-yellow": "PT1H",
        "return_window": "P",
    }.items():
        more = {"complete-orange": "PT2H"} if name == "complete-yellow" else {}
        more |= {"complete-urge": "10%"} if name == "complete-urge-times" else {}
        answer = await admin.post(FAST, sent | more | {name: value})
        assert answer.status_code == 422, name
        assert f'id="{name}-error"' in answer.text, name
    both = await admin.post(FAST, sent | {"accept-quiet": "true", "accept-act": "PT5M"})
    assert 'id="accept-quiet-error"' in both.text
    unknown = await admin.post(
        "/admin/policies", sent | {"code": "own", "name": "自定", "category": "rural"}
    )
    assert unknown.status_code == 422
    assert "没有事项分类 'rural'；一级分类有：housing、urban" in said(unescape(unknown.text))


async def test_it_is_tried_before_it_is_published(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    admin = person_as("admin")
    number = await build.ticket(Status.PROCESSING)
    clock.move(hours=10)
    sent = form_of((await admin.get(FAST)).text, FAST) | {"complete-limit": "PT4H"}
    tried = await admin.post(FAST, sent | {"do": "preview"})
    words = said(tried.text)
    assert tried.status_code == 200
    assert "若重新适用，将影响 1 件在办工单" in words
    assert f"{number} 快办24小时 第 1 版 → 快办24小时 第 2 版 办结" in words
    assert "(减少 14小时) 立即超期" in words
    assert 'value="PT4H"' in tried.text
    async with build.session_maker() as session:
        assert len(await list_policy_versions(session, "fast-24")) == 1
    wrong = await admin.post(FAST, sent | {"do": "preview", "accept-limit": "x"})
    assert wrong.status_code == 422
    assert 'id="accept-limit-error"' in wrong.text


async def test_two_administrators_do_not_overwrite_each_other(person_as: PersonAs) -> None:
    admin = person_as("admin")
    sent = form_of((await admin.get(FAST)).text, FAST)
    assert (await admin.post(FAST, sent | {"accept-limit": "PT20M"})).status_code == 303
    late = await admin.post(FAST, sent | {"accept-limit": "PT10M"})
    assert late.status_code == 409
    assert 'value="PT10M"' in late.text


async def test_versions_are_compared_and_rolled_back(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    first = await newest(build)
    sent = form_of((await admin.get(FAST)).text, FAST)
    await admin.post(FAST, sent | {"accept-limit": "PT20M", "complete-order": "75%"})
    words = said((await admin.get(FAST)).text)
    assert "受理: 时限: 30分 → 20分" in words
    assert "办结: 多久后督办: – → 75%" in words
    assert "办结: 每隔多久催办: 次数: – → 3" in words
    assert "首个版本" in words
    back = await admin.post(f"{FAST}/rollback", {"version": "1"})
    assert back.headers["location"] == f"{FAST}?done=1"
    assert await newest(build) == first
    assert (await admin.post(f"{FAST}/rollback", {"version": "9"})).status_code == 404
    assert (await admin.post(f"{FAST}/rollback", {"version": "x"})).status_code == 404


async def test_a_policy_is_switched_and_restored(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    path = "/admin/policies/p0"
    assert form_of((await admin.get(path)).text, f"{path}/switch") == {"is_active": ""}
    await admin.post(f"{path}/switch", {"is_active": ""})
    assert form_of((await admin.get(path)).text, f"{path}/switch") == {"is_active": "true"}
    await admin.post(f"{path}/switch", {"is_active": "true"})
    first = await newest(build, "p0")
    sent = form_of((await admin.get(path)).text, path)
    await admin.post(path, sent | {"accept-limit": "PT20M"})
    assert (await admin.post(f"{path}/restore")).status_code == 303
    assert await newest(build, "p0") == first
    assert (await admin.post(f"{FAST}/switch", {"is_active": ""})).status_code == 409
    for action in ("switch", "restore", "rollback", "reapply"):
        answer = await person_as("supervisor").post(f"{path}/{action}", {"version": "1"})
        assert answer.status_code == 403, action
    assert (await person_as("supervisor").get(f"{path}/reapply")).status_code == 403


async def test_open_tickets_are_put_under_it_step_by_step(
    person_as: PersonAs, build: Build, monkeypatch: Any
) -> None:
    monkeypatch.setattr("web.pages.policies.BATCH", 2)
    admin = person_as("admin")
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(3)]
    sent = form_of((await admin.get(FAST)).text, FAST)
    await admin.post(FAST, sent | {"complete-limit": "PT36H"})
    page = await admin.get(f"{FAST}/reapply")
    words = said(page.text)
    assert "将影响 3 件在办工单" in words
    assert "增加 12小时" in words
    assert "承诺" in words
    hasty = await admin.post(f"{FAST}/reapply", {"reason": "新规施行"})
    assert hasty.status_code == 422
    assert 'id="confirmed-error"' in hasty.text
    assert (await admin.post(f"{FAST}/reapply", {"confirmed": "true"})).status_code == 422
    asked = {"reason": "新规施行", "confirmed": "true"}
    first = await admin.post(f"{FAST}/reapply", asked)
    assert "已适用 2 件，失败 0 件，剩余 1 件" in said(first.text)
    rest = await admin.post(f"{FAST}/reapply", form_of(first.text, f"{FAST}/reapply"))
    assert "已适用 3 件，失败 0 件，剩余 0 件" in said(rest.text)
    assert 'action="/admin/policies/fast-24/reapply"' not in rest.text
    for number in numbers:
        timeline = said((await admin.get(f"/tickets/{number}")).text)
        assert "策略：fast-24 v1 → fast-24 v2" in timeline
        assert "办结：到期" in timeline
        assert "新规施行" in timeline
    empty = said((await admin.get(f"{FAST}/reapply")).text)
    assert "将影响 0 件在办工单" in empty
    assert (await admin.get("/admin/policies/nothing/reapply")).status_code == 404


async def test_a_ticket_is_reclassified_on_its_page(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    dispatcher = person_as("dispatcher")
    assert 'id="action-reclassify"' in (await dispatcher.get(f"/tickets/{number}")).text
    path = f"/tickets/{number}/actions/{Action.RECLASSIFY.value}"
    answer = await dispatcher.post(path, {"urgency": "p0", "reason": "有人被困"})
    assert answer.status_code == 303
    words = said((await dispatcher.get(f"/tickets/{number}")).text)
    assert "策略：fast-24 v1 → p0 v1" in words
    assert "有人被困" in words
    refused = await dispatcher.post(path, {"urgency": "p0", "reason": "有人被困"})
    assert refused.status_code == 422
    assert "已是如此" in refused.text
    assert (await person_as("handler.chengguan").post(path, {"reason": "x"})).status_code in {
        403,
        404,
    }


def test_the_form_is_read_by_its_names() -> None:
    text = '<form action="/a"><input name="x" value="1"></form><form action="/b"></form>'
    assert form_of(text, "/a") == {"x": "1"}
    assert re.fullmatch(r"\{\}", str(form_of(text, "/b")))
