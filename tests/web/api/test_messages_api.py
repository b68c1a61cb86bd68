"""Contacts, subscriptions, messages, receipts and facts set aside over the interface."""

import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest
from sqlmodel import select

from hotline.kernel.settings import Settings
from hotline.notices.models import Delivery, DeliveryState
from hotline.notices.ports import NotAccepted
from tests.support.app import Served
from tests.support.builders import Build
from tests.support.clients import Client, ClientAs
from tests.support.clock import FrozenClock
from tests.support.messages import HANDLER, Recorder, carry, reach, subscribe, tell

SECRET = "the-gateways-own-secret"
RECEIPTS = "/api/v1/notices/receipts"


async def test_one_acknowledges_ones_own(client_as: ClientAs, build: Build) -> None:
    await tell(build, HANDLER, "leader.chengguan", needs_ack=True)
    own = client_as(HANDLER)
    body = (await own.get("/api/v1/me/notices", waiting="true")).json()
    assert (body["unread"], body["unacknowledged"]) == (1, 1)
    (notice,) = body["items"]
    assert (notice["rung"], notice["level"], notice["needs_ack"]) == ("red", "red", True)
    path, ids = "/api/v1/me/notices/acknowledge", {"ids": [notice["id"]]}
    assert (await client_as("leader.chengguan").post(path, ids)).json() == {"acknowledged": 0}
    assert (await own.post(path, ids)).json() == {"acknowledged": 1}
    assert (await own.post(path, ids)).json() == {"acknowledged": 0}
    assert (await own.get("/api/v1/me/notices", waiting="true")).json()["items"] == []
    assert (await own.post(path, {"ids": []})).status_code == 422


async def test_a_contact_is_kept_and_shown_masked(client_as: ClientAs) -> None:
    own = client_as(HANDLER)
    body = {"email": "zhang@example.test", "phone": "13900001234", "quiet_from": "21:00"}
    answer = await own.put("/api/v1/me/contact", body)
    expected = {
        "email": "z***@example.test",
        "phone": "139****1234",
        "email_on": True,
        "sms_on": True,
        "quiet_from": "21:00",
        "quiet_to": "07:00",
        "hourly_limit": 20,
    }
    assert answer.json() == expected
    await own.put("/api/v1/me/contact", {"phone": "", "sms_on": False})
    expected |= {"phone": None, "sms_on": False}
    assert (await own.get("/api/v1/me/contact")).json() == expected
    assert (await client_as("admin").get(f"/api/v1/users/{HANDLER}/contact")).json() == expected
    answer = await client_as("admin").get("/api/v1/users/nobody/contact")
    assert (answer.status_code, answer.json()["code"]) == (404, "user-not-found")


@pytest.mark.parametrize(
    "body",
    [
        {"email": "no address"},
        {"phone": "12"},
        {"hourly_limit": 0},
        {"hourly_limit": 501},
        {"quiet_from": "25:00"},
        {"unknown": 1},
    ],
)
async def test_what_is_no_contact_is_refused(client_as: ClientAs, body: dict[str, Any]) -> None:
    answer = await client_as(HANDLER).put("/api/v1/me/contact", body)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"invalid-contact", "invalid-request"}


async def test_subscriptions_are_made_changed_and_ended(client_as: ClientAs) -> None:
    admin, path = client_as("admin"), "/api/v1/subscriptions"
    new = {
        "name": "中心群",
        "channel": "dingtalk",
        "address": "https://oapi.example.test/robot/send?access_token=abc",
        "secret": "SECabc",
        "kinds": ["red"],
    }
    made = (await admin.post(path, new)).json()
    assert made.pop("secret") is None
    assert (made["address"], made["has_secret"]) == ("https://oapi.example.test/…", True)
    assert (await admin.get(path)).json()["items"] == [made]
    own = f"{path}/{made['id']}"
    changed = await admin.put(own, {"name": "中心", "channel": "dingtalk", "is_active": False})
    assert changed.json() == made | {"name": "中心", "is_active": False, "kinds": []}
    hook = {"name": "程序", "channel": "webhook", "address": "https://example.test/"}
    assert len((await admin.post(path, hook)).json()["secret"]) > 40
    for wrong in (
        {"channel": "sms"},
        {"address": None},
        {"address": "http://127.0.0.1/"},
        {"address": "http://169.254.169.254/"},
        {"address": "https://me:word@example.test/"},
        {"channel": "email", "address": "one@example.test, two"},
    ):
        answer = await admin.post(path, hook | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-subscription")
    answer = await admin.post(path, hook | {"department": "nowhere"})
    assert answer.json()["code"] == "department-not-found"
    assert (await admin.request("DELETE", own)).status_code == 204
    assert (await admin.request("DELETE", own)).status_code == 404


async def test_the_log_of_messages(client_as: ClientAs, build: Build) -> None:
    await reach(build, email="zhang@example.test")
    await subscribe(build)
    await tell(build, HANDLER)
    await carry(build, Recorder(NotAccepted("answered 400", is_final=True)), rounds=2)
    supervisor, path = client_as("supervisor"), "/api/v1/deliveries"
    body = (await supervisor.get(path)).json()
    assert len(body["items"]) == 3
    assert {row["user"] for row in body["items"]} == {HANDLER, None}
    assert {row["subscription"] for row in body["items"]} == {"城管大屏", None}
    assert "zhang" not in json.dumps(body)
    (dead,) = (await supervisor.get(path, state="dead")).json()["items"]
    assert (dead["reason"], dead["attempts"]) == ("answered 400", 1)
    first = (await supervisor.get(path, limit=2)).json()
    second = (await supervisor.get(path, limit=2, cursor=first["next_cursor"])).json()
    assert [*first["items"], *second["items"]] == body["items"]
    assert second["next_cursor"] is None
    answer = await supervisor.get(path, cursor="odd")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")
    answer = await supervisor.get(path, cursor="WyJvZGQiXQ")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")
    assert (await supervisor.post(f"{path}/{dead['id']}/resend")).status_code == 204
    assert (await supervisor.post(f"{path}/{dead['id']}/resend")).status_code == 404
    assert (await supervisor.post(f"{path}/resend", {})).json() == {"count": 0}
    assert (await supervisor.get("/api/v1/facts/parked")).json()["items"] == []


# -- receipts ------------------------------------------------------------------------------------


@pytest.fixture
def gateway(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = served.app.state.settings
    monkeypatch.setattr(
        served.app.state,
        "settings",
        settings.model_copy(update={"sms_url": "http://x/", "sms_secret": SECRET}),
    )


async def _receipt(
    client: Client,
    clock: FrozenClock,
    body: dict[str, Any],
    *,
    secret: str = SECRET,
    age: int = 0,
    channel: str = "sms",
    signed: str | None = None,
) -> tuple[int, str]:
    content = json.dumps(body)
    stamp = str(int(clock.now().timestamp()) - age)
    said = f"{stamp}.{content if signed is None else signed}"
    answer = await client.request(
        "POST",
        f"{RECEIPTS}/{channel}",
        content=content,
        headers={
            "content-type": "application/json",
            "x-hotline-timestamp": stamp,
            "x-hotline-signature": hmac.new(
                secret.encode(), said.encode(), hashlib.sha256
            ).hexdigest(),
        },
    )
    return answer.status_code, answer.json()["code"] if answer.content else ""


@pytest.mark.usefixtures("gateway")
async def test_a_signed_receipt_is_believed(
    client_as: ClientAs, build: Build, clock: FrozenClock
) -> None:
    await reach(build)
    await tell(build, HANDLER)
    await carry(build, Recorder())
    async with build.session_maker() as session:
        (row,) = (await session.exec(select(Delivery))).all()
    nobody = client_as(None)
    lost = {"id": str(row.id), "arrived": False, "remark": "空号"}
    assert await _receipt(nobody, clock, lost) == (204, "")
    async with build.session_maker() as session:
        (row,) = (await session.exec(select(Delivery))).all()
    assert (row.state, row.last_error) == (DeliveryState.DEAD, "空号")
    assert await _receipt(nobody, clock, {"id": row.provider_ref, "arrived": True}) == (204, "")
    unknown = {"id": str(uuid.uuid4()), "arrived": True}
    assert await _receipt(nobody, clock, unknown) == (404, "delivery-not-found")
    assert (await _receipt(nobody, clock, {"id": ""}))[0] == 422


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    "fault",
    [
        {"secret": "another-secret-of-somebody"},
        {"age": 301},
        {"age": -301},
        {"channel": "email"},
        {"channel": "pigeon"},
        {"signed": "another body"},
    ],
)
async def test_what_the_gateway_has_not_signed_is_refused(
    client_as: ClientAs, clock: FrozenClock, fault: dict[str, Any]
) -> None:
    body = {"id": "ref-1", "arrived": True}
    assert await _receipt(client_as(None), clock, body, **fault) == (401, "receipt-refused")


async def test_without_a_gateway_there_are_no_receipts(
    client_as: ClientAs, clock: FrozenClock
) -> None:
    for who in (None, "admin"):
        refused = await _receipt(client_as(who), clock, {"id": "ref-1", "arrived": True})
        assert refused == (401, "receipt-refused")
    answer = await client_as(None).request(
        "POST", f"{RECEIPTS}/sms", headers={"x-hotline-timestamp": "²"}
    )
    assert answer.status_code == 401
