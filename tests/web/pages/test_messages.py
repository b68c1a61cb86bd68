"""The inbox, how one is reached, who is told along, and the log of messages."""

import re
import uuid
from typing import Any

from sqlmodel import select

from hotline.kernel.outbox import OutboxMessage
from hotline.notices.courier import courier_once
from hotline.notices.models import Delivery, DeliveryChannel, DeliveryState, Notice
from hotline.notices.ports import NotAccepted, Port
from hotline.notices.requesters import RequesterNews, tell_requester
from tests.support.builders import Build
from tests.support.messages import HANDLER, Recorder, everywhere, reach, subscribe, tell
from tests.web.pages.conftest import PersonAs, said

CONTACT = {
    "email": "zhang@example.test",
    "phone": "139 0000 1234",
    "email_on": "true",
    "sms_on": "true",
    "quiet_from": "21:30",
    "quiet_to": "06:30",
    "hourly_limit": "5",
}


async def carry(build: Build, port: Port) -> None:
    for _ in range(2):
        await courier_once(build.session_maker, build.cipher, everywhere(port), build.clock.now())


async def test_what_waits_for_a_word_stands_first(person_as: PersonAs, build: Build) -> None:
    await tell(build, HANDLER, needs_ack=True, rung="order", late_by_seconds=600)
    await tell(build, HANDLER, rung="yellow")
    await tell(build, HANDLER, needs_ack=True, rung=None, clock=None, kind="anything")
    person = person_as(HANDLER)
    text = (await person.get("/notices")).text
    words = said(text)
    assert words.index("督办单") < words.index("办结：提醒")
    assert "迟了 10" in words
    assert text.count('action="/notices/acknowledge"') == 3
    one = re.findall(r'name="id"\s+value="([^"]+)"', text)[0]
    answer = await person.post("/notices/acknowledge", {"id": [one, "no id"]})
    assert answer.status_code == 303
    text = (await person.get("/notices")).text
    assert text.count('action="/notices/acknowledge"') == 2
    ids = re.findall(r'name="id"\s+value="([^"]+)"', text)
    await person.post("/notices/acknowledge", {"id": ids})
    text = (await person.get("/notices")).text
    assert "/notices/acknowledge" not in text
    assert "已确认" in said(text)
    await person.post("/notices/read")
    async with build.session_maker() as session:
        assert all(row.read_at for row in (await session.exec(select(Notice))).all())


async def test_a_person_says_how_he_is_reached(person_as: PersonAs, build: Build) -> None:
    person = person_as(HANDLER)
    assert "22:00" in (await person.get("/notices/contact")).text
    assert (await person.post("/notices/contact", CONTACT)).status_code == 303
    text = (await person.get("/notices/contact?done=1")).text
    assert "139****1234" in text
    assert "z***@example.test" in text
    assert "13900001234" not in text
    assert "zhang@example.test" not in text
    assert "21:30" in text
    kept = CONTACT | {"email": "", "phone": "", "email_on": "", "remove_phone": "true"}
    await person.post("/notices/contact", kept)
    await tell(build, HANDLER)
    port = Recorder()
    await carry(build, port)
    assert port.messages == []
    text = (await person.get("/notices/contact")).text
    assert "z***@example.test" in text
    assert "139****1234" not in text


async def test_what_cannot_be_a_contact_is_said(person_as: PersonAs) -> None:
    person = person_as(HANDLER)
    wrong: dict[str, str] = {
        "email": "nobody at home",
        "phone": "call me",
        "quiet_from": "25:00",
        "hourly_limit": "many",
    }
    for name, value in wrong.items():
        answer = await person.post("/notices/contact", CONTACT | {name: value})
        assert answer.status_code == 422, name
        assert "zhang@example.test" not in answer.text
        assert "13900001234" not in answer.text
    assert "None" not in (await person.get("/notices/contact?done=1")).text


async def test_the_administrator_sets_anybodys_contact(person_as: PersonAs) -> None:
    admin = person_as("admin")
    path = f"/admin/users/{HANDLER}/contact"
    assert path in (await admin.get(f"/admin/users/{HANDLER}")).text
    assert (await admin.post(path, CONTACT)).status_code == 303
    assert "139****1234" in (await admin.get(path)).text
    assert (await admin.get("/admin/users/nobody/contact")).status_code == 404
    for name in (HANDLER, "supervisor"):
        assert (await person_as(name).get(path)).status_code == 403
        assert (await person_as(name).post(path, CONTACT)).status_code == 403


async def test_a_subscription_from_first_to_last(person_as: PersonAs) -> None:
    admin = person_as("admin")
    assert "还没有" in said((await admin.get("/admin/subscriptions")).text)
    form: dict[str, Any] = {
        "name": "城管大屏",
        "channel": "webhook",
        "department": "chengguan",
        "address": "https://example.test/hook?key=abc",
        "secret": "",
        "kinds": ["red", "order"],
        "is_active": "true",
    }
    assert "https://" not in (await admin.get("/admin/subscriptions/new")).text
    for wrong in ({"address": ""}, {"address": "ftp://x"}, {"address": "http://localhost/"}):
        answer = await admin.post("/admin/subscriptions", form | wrong)
        assert answer.status_code == 422
    answer = await admin.post("/admin/subscriptions", form)
    secret = re.search(r"<code>([\w-]{40,})</code>", answer.text)
    assert secret is not None
    text = (await admin.get("/admin/subscriptions")).text
    assert "https://example.test/…" in text
    assert "key=abc" not in text
    path = re.search(r'"(/admin/subscriptions/[0-9a-f-]{36})"', text)
    assert path is not None
    page = (await admin.get(path[1])).text
    assert secret[1] not in page
    assert page.count("\nchecked") == 3
    kept = form | {"address": "", "name": "改名", "kinds": ["red"], "is_active": ""}
    assert (await admin.post(path[1], kept)).status_code == 303
    text = (await admin.get("/admin/subscriptions")).text
    assert "改名" in text
    assert "停用" in said(text)
    answer = await admin.post(path[1], kept | {"channel": "email"})
    assert answer.status_code == 422, "another road needs another address"
    assert (await admin.post(f"{path[1]}/remove")).status_code == 303
    assert (await admin.get(path[1])).status_code == 404
    assert (await person_as("supervisor").get("/admin/subscriptions")).status_code == 403


async def test_the_log_says_who_was_told_what_and_never_where(
    person_as: PersonAs, build: Build
) -> None:
    await reach(build, email="zhang@example.test")
    await subscribe(build)
    created = await build.create()
    ticket = await build.find(created.number)
    async with build.acting("operator") as tx:
        await tell_requester(tx, ticket.id, RequesterNews.CLOSED)
    await tell(build, HANDLER, ticket_number=created.number)
    await carry(build, Recorder(NotAccepted("answered 400", is_final=True)))
    supervisor = person_as("supervisor")
    text = (await supervisor.get("/admin/deliveries")).text
    words = said(text)
    for wanted in (HANDLER, "城管大屏", "诉求人", "办结：已超时限", "已放弃", "answered 400"):
        assert wanted in words
    for hidden in ("13900001234", "139****1234", "zhang", "example.test", ticket.title):
        assert hidden not in text
    assert not re.search(r"\b139", words)
    assert "/admin/subscriptions" not in text
    of_ticket = await supervisor.get(f"/admin/deliveries?ticket={created.number}")
    assert of_ticket.text.count(f'href="/tickets/{created.number}"') == 4
    dead = (await supervisor.get("/admin/deliveries?state=dead&channel=nonsense")).text
    (path,) = re.findall(r'action="(/admin/deliveries/[^"]+/resend)"', dead)
    assert (await supervisor.post(path)).status_code == 303
    assert (await supervisor.post(path)).status_code == 404
    await carry(build, Recorder())
    async with build.session_maker() as session:
        rows = (await session.exec(select(Delivery))).all()
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert "/admin/subscriptions" in (await person_as("admin").get("/admin/deliveries")).text
    for name in (HANDLER, "operator", "observer"):
        assert (await person_as(name).get("/admin/deliveries")).status_code == 403


async def test_all_that_was_given_up_goes_again(person_as: PersonAs, build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER, count=3)
    await carry(build, Recorder(*[NotAccepted("answered 400", is_final=True)] * 3))
    assert (await person_as("supervisor").post("/admin/deliveries/resend")).status_code == 303
    port = Recorder()
    await carry(build, port)
    assert [message.channel for message in port.messages] == [DeliveryChannel.SMS] * 3


async def test_what_was_given_up_may_be_let_be(person_as: PersonAs, build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER, count=3)
    await carry(build, Recorder(*[NotAccepted("answered 400", is_final=True)] * 3))
    supervisor = person_as("supervisor")
    text = (await supervisor.get("/admin/deliveries?state=dead")).text
    paths = re.findall(r'action="(/admin/deliveries/[^"/]+/dismiss)"', text)
    assert len(paths) == 3
    assert (await supervisor.post(paths[0])).status_code == 303
    assert (await supervisor.post("/admin/deliveries/dismiss")).status_code == 303
    text = (await supervisor.get("/admin/deliveries")).text
    assert "dismiss" not in text
    assert said(text).count("已放弃，不再处理") == 3


async def test_a_long_log_has_pages(person_as: PersonAs, build: Build) -> None:
    await subscribe(build)
    await tell(build, HANDLER, count=60)
    await carry(build, Recorder())
    supervisor = person_as("supervisor")
    text = (await supervisor.get("/admin/deliveries?channel=webhook")).text
    following = re.search(r'href="(/admin/deliveries\?[^"]*cursor=[^"]+)"', text)
    assert following is not None
    assert text.count("城管大屏") == 50
    text = (await supervisor.get(following[1].replace("&amp;", "&"))).text
    assert text.count("城管大屏") == 10


async def test_facts_set_aside_are_sent_again(person_as: PersonAs, build: Build) -> None:
    await build.create()
    async with build.session_maker() as session, session.begin():
        facts = (await session.exec(select(OutboxMessage))).all()
        for fact in facts:
            fact.parked_at = fact.relayed_at = build.clock.now()
            fact.last_error = "ValueError: odd"
    supervisor = person_as("supervisor")
    text = (await supervisor.get("/admin/deliveries")).text
    assert "ValueError: odd" in text
    for sent in ({"id": str(uuid.uuid4())}, {"id": "odd"}):
        assert (await supervisor.post("/admin/deliveries/replay", sent)).status_code == 303
        assert "ValueError: odd" in (await supervisor.get("/admin/deliveries")).text
    await supervisor.post("/admin/deliveries/replay", {"id": str(facts[0].id)})
    await supervisor.post("/admin/deliveries/replay")
    assert "ValueError: odd" not in (await supervisor.get("/admin/deliveries")).text
    async with build.session_maker() as session:
        rows = (await session.exec(select(OutboxMessage))).all()
    assert all(row.relayed_at is None and row.parked_at is None for row in rows)


async def test_the_pages_speak_english_too(person_as: PersonAs, build: Build) -> None:
    await reach(build, "admin", email="admin@example.test")
    await subscribe(build, kinds=["red"])
    await tell(build, "admin", needs_ack=True)
    await carry(build, Recorder())
    admin = person_as("admin")
    await admin.post("/language", {"language": "en"})
    for path in ("/notices", "/notices/contact", "/admin/subscriptions", "/admin/deliveries"):
        text = said((await admin.get(path)).text)
        chinese = set(re.findall(r"[\u4e00-\u9fff]+", text))
        assert chinese <= {"城管大屏", "简体中文", "先生"}, f"{path}: {chinese}"
