"""The desk of held reports, public texts, keys and services, on pages and through the interface."""

import re

import pytest
from sqlmodel import select

from hotline.open311.models import Open311Submission
from tests.support.clients import ClientAs
from tests.web.open311.world import GRAFFITI, HEAT, ROADS, World
from tests.web.pages.conftest import PersonAs, person_as, said

__all__ = ["person_as"]

PHONE = "13900001234"


async def _hold(world: World, **form: str) -> str:
    answer = await world.post(
        {
            "service_code": GRAFFITI,
            "address_string": "建设路12号",
            "description": f"墙上有小广告，{PHONE}",
            "last_name": "欧阳",
            "first_name": "测试",
            "phone": PHONE,
            **form,
        }
    )
    return str(answer.json()[0]["token"])


async def test_a_held_report_is_read_and_taken_in(world: World, person_as: PersonAs) -> None:
    token = await _hold(world)
    operator = person_as("operator")
    page = (await operator.get("/held-reports")).text
    text = said(page)
    assert "139****1234" in text
    assert PHONE not in page
    assert "城市应用" in text
    (report,) = set(re.findall(r"/held-reports/([0-9a-f-]{36})/take-in", page))
    empty = await operator.post(f"/held-reports/{report}/refuse", {"reason": ""})
    assert empty.status_code == 422
    taken = await operator.post(f"/held-reports/{report}/take-in", {"category": ROADS})
    assert taken.status_code == 303
    number = taken.headers["location"].rpartition("/")[2]
    assert (await world.build.find(number)).category_code == ROADS
    assert (await world.get(f"tokens/{token}.json")).json()[0]["service_request_id"] == number
    again = await operator.post(f"/held-reports/{report}/take-in", {})
    assert again.status_code == 409
    assert "没有待审阅的诉求" in said(again.text)
    async with world.build.session_maker() as session:
        (row,) = (await session.exec(select(Open311Submission))).all()
    assert row.payload is None
    assert (await person_as("dispatcher").get("/held-reports")).status_code == 403


@pytest.mark.parametrize("way", ["refuse", "throw-away"])
async def test_a_held_report_is_turned_away(world: World, client_as: ClientAs, way: str) -> None:
    token = await _hold(world)
    operator = client_as("operator")
    (report,) = (await operator.get("/api/v1/held-reports")).json()["items"]
    assert (report["phone"], report["name"]) == ("139****1234", "欧**")
    path = f"/api/v1/held-reports/{report['id']}/{way}"
    body = {"reason": "与职责无关"} if way == "refuse" else None
    assert (await operator.post(path, body)).status_code == 204
    assert (await operator.post(path, body)).json()["code"] == "submission-decided"
    assert (await world.get(f"tokens/{token}.xml")).status_code == 404
    assert (await operator.get("/api/v1/held-reports")).json()["items"] == []


async def test_held_reports_are_listed_by_the_page(world: World, client_as: ClientAs) -> None:
    for minute in range(3):
        world.build.clock.move(minutes=minute)
        await _hold(world)
    operator = client_as("operator")
    first = (await operator.get("/api/v1/held-reports", limit=2)).json()
    rest = (await operator.get("/api/v1/held-reports", limit=2, cursor=first["next_cursor"])).json()
    found = [one["id"] for one in (*first["items"], *rest["items"])]
    assert (len(found), len(set(found)), rest["next_cursor"]) == (3, 3, None)


async def test_a_text_is_made_public_and_taken_back(world: World, person_as: PersonAs) -> None:
    number = await world.report(
        description=f"路面坑洼，找欧阳女士{PHONE}", last_name="欧阳", first_name="测试"
    )
    auditor = person_as("auditor")
    path = f"/tickets/{number}/publication"
    assert path in (await auditor.get(f"/tickets/{number}")).text
    draft = (await auditor.get(path)).text
    assert "路面坑洼，找*女士139****1234" in draft
    assert PHONE not in draft
    bad = await auditor.post(path, {"text": "坑洼", "media_url": "javascript:alert(1)"})
    assert bad.status_code == 422
    done = await auditor.post(path, {"text": f"路面坑洼 {PHONE}", "is_public_place": "true"})
    assert done.status_code == 303
    one = await world.one(number)
    assert (one["description"], one["lat"]) == ("路面坑洼 139****1234", 39.90872)
    timeline = said((await auditor.get(f"/tickets/{number}")).text)
    assert "发布公开文字" in timeline
    assert (await auditor.post(f"{path}/withdraw", {})).status_code == 303
    assert (await world.one(number))["description"] is None
    assert (await person_as("handler.chengguan").get(path)).status_code == 403
    secret = (await world.build.create(category=ROADS, secret=True)).number
    refused = await auditor.post(f"/tickets/{secret}/publication", {"text": "x"})
    assert (refused.status_code, "保密工单不公开任何内容" in said(refused.text)) == (409, True)


async def test_an_administrator_gives_out_keys_and_decides_on_services(
    world: World, person_as: PersonAs
) -> None:
    admin = person_as("admin")
    page = (await admin.get("/admin/open311")).text
    assert "城市应用" in page
    assert world.live not in page
    made = await admin.post("/admin/open311/keys", {"name": "第三方", "rate": "5"})
    (key,) = re.findall(r"live_[\w-]{32}", made.text)
    form = {"service_code": ROADS, "address_string": "建设路"}
    assert (await world.post(form, key=key)).status_code == 200
    assert (await admin.post("/admin/open311/keys", {"name": "", "rate": "x"})).status_code == 422
    assert (await admin.post("/admin/open311/keys", {"name": "a", "rate": "0"})).status_code == 422
    for key_id in set(re.findall(r"/keys/([0-9a-f-]{36})/revoke", made.text)):
        assert (await admin.post(f"/admin/open311/keys/{key_id}/revoke", {})).status_code == 303
    assert (await world.post(form, key=key)).status_code == 403
    path = f"/admin/open311/services/{HEAT}"
    assert "供热,暖气" in (await admin.get(path)).text
    changed = {"type": "batch", "request_type": "report", "name": "暖气不热", "is_offered": "true"}
    assert (await admin.post(path, changed)).status_code == 303
    (heat,) = [
        one for one in (await world.get("services.json")).json() if one["service_code"] == HEAT
    ]
    assert (heat["service_name"], heat["type"]) == ("暖气不热", "batch")
    assert (await admin.post(path, {**changed, "type": "blackbox"})).status_code == 422
    assert (await admin.get("/admin/open311/services/none")).status_code in {404, 422}


async def test_the_interface_administers_too(world: World, client_as: ClientAs) -> None:
    admin = client_as("admin")
    base = "/api/v1/other-systems"
    made = (await admin.post(f"{base}/keys", {"name": "第三方", "is_test": True})).json()
    assert made["key"].startswith("test_")
    listed = (await admin.get(f"{base}/keys")).json()["items"]
    assert made["id"] in {one["id"] for one in listed}
    assert all("key" not in one for one in listed)
    gone = await admin.request("DELETE", f"{base}/keys/{made['id']}")
    assert gone.json()["revoked_at"] is not None
    saved = await admin.put(
        f"{base}/services/{HEAT}", {"is_offered": True, "is_listed": False, "type": "batch"}
    )
    assert (saved.json()["is_listed"], saved.json()["type"]) == (False, "batch")
    services = (await admin.get(f"{base}/services")).json()["items"]
    assert {one["code"] for one in services if one["is_offered"]} >= {HEAT, ROADS}
    number = await world.report()
    auditor = client_as("auditor")
    path = f"/api/v1/tickets/{number}/publication"
    assert (await auditor.get(path)).status_code == 404
    assert (await auditor.put(path, {"text": f"坑洼 {PHONE}"})).json()["text"] == "坑洼 139****1234"
    assert (await auditor.get(path)).json()["text"] == "坑洼 139****1234"
    assert (await auditor.request("DELETE", path)).status_code == 204
