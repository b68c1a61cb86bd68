"""Group matters, putting tickets together, the joint matter on the public page, and the cards."""

from datetime import timedelta

from hotline.anomalies.actions import scan_day
from hotline.kernel.clock import SHANGHAI
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import ClientAs
from tests.web.pages.conftest import Person, PersonAs, offered, said

_A = Action


async def _keys(build: Build, number: str) -> dict[str, str]:
    return {"number": number, "query_code": (await build.find(number)).query_code}


async def test_many_are_put_together_and_listed(person_as: PersonAs, build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    numbers = [await build.ticket(requester_phone=f"1390000500{n}") for n in range(2)]
    far = await build.ticket(area="老城街道")
    dispatcher = person_as("dispatcher")
    page = await dispatcher.get(f"/groups/merge?parent={parent}")
    assert all(number in page.text for number in (*numbers, far))
    asked = {"parent": parent, "child": [*numbers, far]}
    preview = await dispatcher.post("/groups/merge", {**asked, "step": "preview"})
    assert "不同之处：区域" in said(preview.text)
    refused = await dispatcher.post("/groups/merge", {**asked, "step": "merge"})
    assert refused.status_code == 409
    assert (await build.find(numbers[0])).status is Status.SUBMITTED
    done = await dispatcher.post(
        "/groups/merge", {**asked, "step": "merge", "is_confirmed": "true"}
    )
    assert done.status_code == 200
    assert (await build.find(far)).status is Status.MERGED
    groups = said((await dispatcher.get("/groups")).text)
    assert parent in groups
    assert NAME not in groups
    assert "还没有群诉事项" not in groups
    assert "没有符合" in said((await dispatcher.get("/groups?area=nowhere")).text)


async def test_the_joint_matter_under_ones_own_number(stranger: Person, build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    number = await build.ticket(requester_name="丁一", requester_phone="13900005678")
    await build.do(_A.MERGE, number, parent=parent)
    await build.do(_A.CONTACT, parent)
    await build.do(
        _A.SUBMIT_FEEDBACK, parent, reply=f"欧阳先生您好，{NAME}家门前的灯已修好，电话{PHONE}"
    )
    await build.do(_A.PASS_AUDIT, parent)
    keys = await _keys(build, number)
    page = await stranger.post("/track", keys)
    words = said(page.text)
    assert offered(page.text) == ["urge", "contribute"]
    for public in ("已并单", "待回访", "一天内修好", "灯已修好", "城市管理局"):
        assert public in words, public
    for hidden in (parent, NAME, PHONE, "欧阳先生"):
        assert hidden not in words, hidden
    answer = await stranger.post("/track/actions/contribute", keys | {"text": "三号楼也不亮"})
    assert answer.status_code == 200
    other = said((await stranger.post("/track", await _keys(build, parent))).text)
    assert "三号楼也不亮" not in other
    await build.ask_everybody(parent)
    assert offered((await stranger.post("/track", keys)).text) == []


async def test_a_visitor_asks_everybody_at_his_desk(person_as: PersonAs, build: Build) -> None:
    parent = await build.ticket(Status.PENDING_VISIT)
    visitor = person_as("visitor")
    alone = await visitor.get(f"/tickets/{parent}")
    assert "record_visit" in offered(alone.text)
    await build.do(_A.MERGE, await build.ticket(), parent=parent)
    joint = await visitor.get(f"/tickets/{parent}")
    assert "record_visit" not in offered(joint.text)
    assert f'href="/visits/{parent}"' in joint.text
    assert (await visitor.get(f"/visits/{parent}")).status_code == 200


async def test_the_interface_tells_how_far_the_matter_is(client_as: ClientAs, build: Build) -> None:
    parent, number = await build.ticket(Status.PROCESSING), await build.ticket()
    client = client_as("dispatcher")
    dry = await client.post(
        "/api/v1/groups/merge", {"parent": parent, "children": [number], "dry_run": True}
    )
    assert dry.json()["items"][0]["state"] == "possible"
    await client.post("/api/v1/groups/merge", {"parent": parent, "children": [number]})
    told = (await client.get(f"/api/v1/tickets/{number}")).json()
    assert (told["parent"], told["following"]["status"]) == (parent, "processing")
    (group,) = (await client.get("/api/v1/groups")).json()["items"]
    assert (group["number"], group["ticket_count"], group["requester_count"]) == (parent, 2, 1)
    handler = client_as("handler.chengguan")
    assert (await handler.get("/api/v1/groups")).status_code == 403


async def test_a_card_is_judged(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(_A.RECORD_VISIT, number, was_contacted=False)
    supervisor, leader = person_as("supervisor"), person_as("leader.chengguan")
    assert "没有发现可疑情况" in said((await supervisor.get("/anomalies")).text)
    async with build.acting("supervisor") as tx:
        day = (build.clock.now() + timedelta()).astimezone(SHANGHAI).date()
        await scan_day(tx, day)
    page = await supervisor.get("/anomalies?kind=no_contact")
    assert "诉求人称无人联系过" in said(page.text)
    assert number in page.text
    assert number not in (await leader.get("/anomalies")).text
    path = page.text.split('href="/anomalies/')[1].split('"')[0]
    assert (await leader.get(f"/anomalies/{path}")).status_code == 404
    assert (await supervisor.post(f"/anomalies/{path}/decide", {})).status_code == 422
    sent = {"founded": "true", "words": "单位承认没有联系"}
    assert (await supervisor.post(f"/anomalies/{path}/decide", sent)).status_code == 303
    assert (await supervisor.post(f"/anomalies/{path}/decide", sent)).status_code == 409
    assert "移送线索" in said((await supervisor.get(f"/anomalies/{path}")).text)
    assert "单位承认没有联系" in said((await leader.get(f"/anomalies/{path}")).text)
