"""The pages of webhooks: a secret shown once, a log, and buttons that do what they say."""

import re

from sqlmodel import select

from hotline.kernel.db import SessionMaker
from hotline.notices.webhooks.models import Webhook, WebhookDelivery
from tests.support.clients import ClientAs
from tests.web.pages.conftest import PersonAs, said

HOOK = {
    "name": "城管自有系统",
    "address": "https://oa.example.test/hook?key=abc",
    "is_active": "true",
}


async def test_a_leader_opens_a_webhook_and_looks_after_it(
    person_as: PersonAs, client_as: ClientAs, maker: SessionMaker
) -> None:
    leader = person_as("leader.chengguan")
    assert (await leader.get("/webhooks/new")).status_code == 200
    assert (await leader.post("/webhooks", {"name": ""})).status_code == 422
    wrong = await leader.post("/webhooks", {**HOOK, "address": "http://127.0.0.1/"})
    assert wrong.status_code == 422
    made = await leader.post("/webhooks", {**HOOK, "topics": "ticket.dispatched"})
    assert made.status_code == 200
    (secret,) = re.findall(r"<code>([\w-]{40,})</code>", made.text)
    async with maker() as session:
        webhook = (await session.exec(select(Webhook))).one()
    path = f"/webhooks/{webhook.id}"
    page = await leader.get(path)
    assert secret not in page.text
    assert "key=abc" not in page.text
    assert (await leader.post(f"{path}/test")).status_code == 303
    assert (await leader.post(path, {**HOOK, "name": "改名", "address": ""})).status_code == 303
    assert (await leader.post(f"{path}/pause")).status_code == 303
    assert "改名" in said((await leader.get(path)).text)
    assert (await leader.post(f"{path}/resume")).status_code == 303
    rotated = await leader.post(f"{path}/rotate")
    assert secret not in rotated.text
    assert (await leader.post(f"{path}/replay", {"since": "2020-01-01T00:00"})).status_code == 422
    assert (await leader.post(f"{path}/replay", {"since": "gestern"})).status_code == 422
    since = {"since": "2026-03-02T00:00"}
    assert (await leader.post(f"{path}/replay", since)).status_code == 303
    async with maker() as session:
        delivery = (await session.exec(select(WebhookDelivery))).one()
    assert (await leader.post(f"{path}/deliveries/{delivery.id}/replay")).status_code == 303
    for other in ("leader.zhujian", "handler.chengguan", "supervisor", "observer"):
        assert (await person_as(other).get(path)).status_code in {403, 404}
    seen = (await client_as("admin").get(f"/api/v1/webhooks/{webhook.id}/deliveries")).json()
    assert [one["topic"] for one in seen["items"]] == ["webhook.test"]
    assert (await person_as("admin").get("/webhooks")).text.count('class="title"') == 1
    assert (await leader.post(f"{path}/remove")).status_code == 303
    assert (await leader.get(path)).status_code == 404
