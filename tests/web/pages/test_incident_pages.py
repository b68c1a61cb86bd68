"""The panel of like cases at the desk, the pages of incidents and bursts, and their twins."""

import uuid

import pytest

from hotline.incidents.gathering import take_in_ticket
from hotline.incidents.indexing import WEIGHTS
from hotline.incidents.watching import watch
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, Build
from tests.support.calls import a_talk, call_id, take
from tests.support.clients import NEW_TICKET, ClientAs
from tests.web.pages.conftest import PersonAs, said

PIPE = {
    "title": "柳塘街自来水管爆裂停水 13812345678",
    "content": "柳塘街的自来水管爆了，家里停水",
    "address": "柳塘街3号5单元",
    "area": "清河区",
}
FORM = {
    "phone": "13900000001",
    "channel": "phone",
    "request_type": "help",
    "title": "柳塘街水管爆裂停水",
    "content": "柳塘街的自来水管爆了",
    "address": "柳塘街8号",
    "area": "清河区",
    "category": "城市管理 urban",
    "_idempotency_key": "form-1",
    "call": "C1",
}
PHONES = ("13900000001", "13900000002")


@pytest.fixture(autouse=True)
def _weights() -> None:
    WEIGHTS.forget()


async def told(build: Build, count: int) -> list[str]:
    numbers = []
    for n in range(1, count + 1):
        created = await build.create(**{**PIPE, "requester_phone": f"139{n:08}"})
        async with build.acting("system") as tx:
            await take_in_ticket(tx, created.id)
        numbers.append(created.number)
    return numbers


async def test_the_panel_shows_urges_and_joins(person_as: PersonAs, build: Build) -> None:
    own, other = await told(build, 2)
    await build.do(Action.ACCEPT, other)
    operator = person_as("operator")
    shown = await operator.post("/desk/intake/like", FORM)
    words = said(shown.text)
    assert words.index(own) < words.index(other)
    for text in ("一天内修好", "同一来电人", "文字相近", "138****5678", "Alt U", "Alt J"):
        assert text in words, text
    for hidden in ("13812345678", "5单元", NAME):
        assert hidden not in words, hidden
    urged = await operator.post(f"/desk/intake/like/{own}/urge", FORM)
    assert urged.status_code == 303
    again = await operator.post(f"/desk/intake/like/{own}/urge", FORM)
    assert again.status_code == 303
    assert "已催办 1 次" in said((await operator.post("/desk/intake/like", FORM)).text)
    refused = await operator.post(
        f"/desk/intake/like/{other}/urge", {**FORM, "_idempotency_key": "x"}
    )
    assert "不是由这个号码反映的" in said(refused.text)
    caller = {**FORM, "phone": "13900000009"}
    once, twice = [await operator.post(f"/desk/intake/like/{other}/join", caller) for _ in range(2)]
    assert once.status_code == twice.status_code == 303
    assert once.headers["location"] == twice.headers["location"]
    number = once.headers["location"].split("/")[2].split("?")[0]
    assert (await build.find(number)).status is Status.MERGED
    nobody = await operator.post(f"/desk/intake/like/{other}/join", {**FORM, "phone": ""})
    assert "请先填写来电号码" in said(nobody.text)
    assert "Alt J" not in said(
        (await person_as("supervisor").post("/desk/intake/like", caller)).text
    )
    assert (await person_as("visitor").post("/desk/intake/like", FORM)).status_code == 403


@pytest.mark.parametrize(("deed", "phone"), [("urge", PHONES[0]), ("join", PHONES[1])])
async def test_the_call_in_hand_is_kept_with_what_was_urged_or_joined(
    person_as: PersonAs, build: Build, deed: str, phone: str
) -> None:
    (number,) = await told(build, 1)
    await take(build, *a_talk("a", number=phone))
    operator = person_as("operator")
    key = uuid.uuid4().hex
    form = {
        **FORM,
        "phone": phone,
        "call": str(await call_id(build, "a")),
        "behalf_phone": "13900000077",
        "_idempotency_key": key,
    }
    await operator.post("/desk/intake/drafts", form)
    assert key in (await operator.get("/desk/intake?new=1")).text
    done = await operator.post(f"/desk/intake/like/{number}/{deed}", form)
    page = said((await operator.get(done.headers["location"])).text)
    assert "通话 2:30" in page
    assert key not in (await operator.get("/desk/intake?new=1")).text  # its draft is over


async def test_a_call_begun_already_goes_on_with_its_draft(
    person_as: PersonAs, build: Build
) -> None:
    await take(build, *a_talk("a")[:2])
    call, key = str(await call_id(build, "a")), uuid.uuid4().hex
    operator = person_as("operator")
    await operator.post("/desk/intake/drafts", {"call": call, "_idempotency_key": key})
    again = await operator.get(f"/desk/intake?call={call}")
    assert again.headers["location"] == f"/desk/intake?draft={key}"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"title": "水"},
        {"content": "😀" * 50},
        {"content": "水" * 10_000},
        {"title": "13800138000"},
        {"phone": "abc", "title": "%'\\\";--", "category": "没有 这样.的", "request_type": "x"},
    ],
)
async def test_the_panel_is_quiet_about_odd_texts(
    person_as: PersonAs, build: Build, typed: dict[str, str]
) -> None:
    await told(build, 1)
    answer = await person_as("operator").post("/desk/intake/like", typed)
    assert answer.status_code == 200
    assert said(answer.text).strip() == ""


async def test_an_incident_is_looked_at_and_worked_on(person_as: PersonAs, build: Build) -> None:
    numbers = await told(build, 4)
    supervisor, dispatcher = person_as("supervisor"), person_as("dispatcher")
    listed = await supervisor.get("/incidents")
    path = "/incidents/" + listed.text.split('class="title" href="/incidents/')[1].split('"')[0]
    assert "4 件工单 · 4 名来电人 · 1 个区域 · 1 处地址" in said(listed.text)
    shown = said((await supervisor.get(path)).text)
    assert all(number in shown for number in numbers)
    assert "13812345678" not in shown
    assert (await supervisor.post(f"{path}/rename", {})).status_code == 422
    assert (await supervisor.post(f"{path}/take-in", {"other": "nonsense"})).status_code == 422
    assert (await supervisor.post(f"{path}/nonsense", {})).status_code == 404
    for action, sent in (
        ("confirm", {}),
        ("rename", {"name": "柳塘街爆管"}),
        ("words", {"words": "抢修中，今晚八点来水"}),
        ("leave", {"number": numbers[3]}),
        ("join", {"number": numbers[3]}),
    ):
        assert (await supervisor.post(f"{path}/{action}", sent)).status_code == 303, action
    assert (await supervisor.post(f"{path}/confirm", {})).status_code == 409
    panel = said((await person_as("operator").post("/desk/intake/like", FORM)).text)
    assert "柳塘街爆管" in panel
    assert "今晚八点来水" in panel
    done = await dispatcher.post(f"{path}/put-together", {"parent": numbers[0]})
    assert done.status_code == 303
    assert (await build.find(numbers[2])).status is Status.MERGED
    assert (await dispatcher.post(f"{path}/end", {"reason": "已来水"})).status_code == 303
    page = said((await dispatcher.get(path)).text)
    assert "已来水" in page
    assert "可以做什么" not in page
    assert "目前没有多人反映" in said((await supervisor.get("/incidents")).text)
    assert "柳塘街爆管" in said((await supervisor.get("/incidents?state=over")).text)
    assert (await person_as("handler.huanbao").get(path)).status_code == 403


async def test_a_burst_is_listed_and_seen(person_as: PersonAs, build: Build) -> None:
    supervisor = person_as("supervisor")
    assert "异常突增" in said((await supervisor.get("/incidents/bursts")).text)
    await told(build, 9)
    async with build.acting("system") as tx:
        await watch(tx)
    listed = await supervisor.get("/incidents/bursts?state=on")
    assert "进行中" in said(listed.text)
    path = "/incidents/bursts/" + listed.text.split('action="/incidents/bursts/')[1].split('"')[0]
    assert (await supervisor.post(path, {})).status_code == 303
    assert "supervisor先生" in said((await supervisor.get("/incidents/bursts")).text)


async def test_the_interface_says_the_same(client_as: ClientAs, build: Build) -> None:
    numbers = await told(build, 4)
    operator, supervisor = client_as("operator"), client_as("supervisor")
    like = (
        await operator.post("/api/v1/like-cases", {"title": "柳塘街停水", "phone": "139 0000 0001"})
    ).json()
    assert [case["ticket"] for case in like["own"]] == [numbers[0]]
    assert like["incident"]["ticket_count"] == 4
    assert "13812345678" not in str(like)
    joined = await operator.request(
        "POST", f"/api/v1/like-cases/{numbers[1]}/join?confirmed=true", json=dict(NEW_TICKET)
    )
    assert joined.status_code == 201
    assert (await build.find(joined.json()["ticket"])).status is Status.MERGED
    (row,) = (await supervisor.get("/api/v1/incidents", state="open")).json()["items"]
    base = f"/api/v1/incidents/{row['id']}"
    assert (row["ticket_count"], row["caller_count"]) == (4, 4)
    assert len((await supervisor.get(f"{base}/tickets", limit=3)).json()["items"]) == 3
    told_out = (await supervisor.post(f"{base}/words", {"words": "抢修中"})).json()
    assert told_out["incident"]["read_out"] == "抢修中"
    assert [deed["deed"] for deed in told_out["history"]] == ["set_words", "found"]
    merged = await client_as("dispatcher").post(f"{base}/put-together", {"parent": numbers[1]})
    assert sorted(merged.json()["merged"]) == sorted({*numbers} - {numbers[1]})
    assert (await supervisor.post(f"{base}/end", {"reason": "好了"})).status_code == 200
    assert (await supervisor.post(f"{base}/end", {"reason": "好了"})).status_code == 409
    assert (await supervisor.get("/api/v1/incidents", cursor="nonsense")).status_code == 422
