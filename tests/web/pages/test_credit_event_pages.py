"""Pages of the ledger: proposing with a ticket that was looked for, the second person, one event."""

import re
import uuid

from sqlmodel import select

from credit.entries.models import Proposal
from hotline.anomalies.actions import decide_card
from hotline.anomalies.models import AnomalyCard, AnomalyTicket
from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.credit_told import ledger, only_entry, tell_credit
from tests.web.pages.conftest import PersonAs, said

NEW = "/credit/proposals/new"


def _id(location: str) -> str:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", location)
    assert found is not None, location
    return found[0]


async def test_from_the_ticket_to_the_second_person(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    first, second = person_as("supervisor"), person_as("authority")
    assert "没有待第二人确认的事项" in (await first.get("/credit/proposals")).text
    form = (await first.get(f"{NEW}?ticket={number}")).text
    assert 'value="chengguan"' in form
    assert 'value="zhujian"' not in form  # only who had a task on it
    assert "严重 −15 · 须两人" in form
    absent = await first.get(f"{NEW}?ticket=2603029999990")
    assert 'role="alert"' in absent.text
    words = {"code": "data_tamper", "department": "chengguan", "ticket": number}
    empty = await first.post(NEW, words)
    assert empty.status_code == 422
    assert "此项必填" in empty.text
    named = await first.post(NEW, {**words, "finding": "电话13900001234核实"})
    assert named.status_code == 422
    assert "13900001234核实" in named.text  # nothing typed is lost
    sent = await first.post(NEW, {**words, "finding": "伪造联系记录", "evidence": "录音3号"})
    assert sent.status_code == 303
    path = sent.headers["location"].partition("?")[0]
    own = (await first.get(path)).text
    assert "须另一人确认" in own
    assert 'action="/credit/proposals/' in own
    assert "/confirm" not in own
    assert "伪造联系记录" in (await second.get("/credit/proposals")).text
    done = await second.post(f"{path}/confirm", {"words": "调取日志属实"})
    assert done.status_code == 303
    page = (await second.get(path)).text
    async with maker() as session:
        [proposal] = (await session.exec(select(Proposal))).all()
    assert f"/credit/events/{proposal.entry_id}" in page
    again = await second.post(f"{path}/refuse", {"reason": "x"})
    assert again.status_code == 409
    event = (await second.get(f"/credit/events/{proposal.entry_id}")).text
    for shown in ("伪造联系记录", "录音3号", number, "第二人已确认", "台账链第 1 号"):
        assert shown in event, shown


async def test_an_event_and_what_its_department_may_do(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number)
    await tell_credit(build)
    entry = (await only_entry(build)).entry
    path = f"/credit/events/{entry.id}"
    leader = person_as("leader.chengguan")
    notices = (await leader.get("/notices")).text
    assert f'href="{path}"' in notices
    page = (await leader.get(path)).text
    assert f"{path}/accept" in page
    assert f"{path}/reverse" not in page
    assert "已下达督办单" in page
    assert f"{path}/accept" not in (await person_as("handler.chengguan").get(path)).text
    assert (await person_as("leader.zhujian").get(path)).status_code == 404
    assert (await person_as("observer").get(path)).status_code == 403
    assert (await person_as("leader.zhujian").get("/credit/events")).text.count(path) == 0
    assert (await leader.get("/credit/events?state=provisional&event=supervision_l2")).text.count(
        f'href="{path}"'
    ) == 1
    accepted = await leader.post(f"{path}/accept")
    assert accepted.status_code == 303
    assert "已认可" in said((await leader.get(accepted.headers["location"])).text)
    assert (await leader.post(f"{path}/accept")).status_code == 409
    assert (await leader.post(f"{path}/praise")).status_code == 404


async def test_taking_back_and_tolerating(person_as: PersonAs) -> None:
    first, second = person_as("supervisor"), person_as("authority")
    words = {
        "code": "rude_service",
        "department": "chengguan",
        "finding": "录音核实",
        "document": "通报1号",
    }
    sent = await first.post(NEW, words)
    path = f"/credit/events/{_id(sent.headers['location'])}"
    assert "已登记" in said((await first.get(sent.headers["location"])).text)
    back = await first.post(f"{path}/reverse", {"finding": "认错单位"})
    assert back.status_code == 303
    assert back.headers["location"].partition("?")[0] in (await second.get(path)).text
    refused = await second.post(
        f"{back.headers['location'].partition('?')[0]}/refuse", {"reason": "无误"}
    )
    assert refused.status_code == 303
    assert f"{path}/tolerate" in (await second.get(path)).text
    excused = await second.post(f"{path}/tolerate", {"reason": "先行先试"})
    assert excused.status_code == 303
    page = (await second.get(path)).text
    assert "先行先试" in page
    assert f"{path}/tolerate" not in page


async def test_an_anomaly_fills_the_form_and_enters_nothing(
    person_as: PersonAs, build: Build
) -> None:
    supervisor, number = person_as("supervisor"), await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)
    async with build.acting("supervisor") as tx:
        card = AnomalyCard(
            id=uuid7(tx.now),
            kind=AnomalyKind.NO_CONTACT,
            subject=number,
            day=tx.now.date(),
            department_id=ticket.lead_department_id,
            figures={"contradicted": False, "excuse": None},
            found_at=tx.now,
            state=CardState.OPEN,
        )
        tx.session.add(card)
        await tx.session.flush()
        tx.session.add(AnomalyTicket(card_id=card.id, ticket_id=ticket.id))
        await decide_card(tx, card.id, founded=True, words="属实")
    await tell_credit(build)
    assert (await ledger(build)) == []
    assert f"{NEW}?card={card.id}" in (await supervisor.get(f"/anomalies/{card.id}")).text
    form = re.sub(r"\s+", " ", (await supervisor.get(f"{NEW}?card={card.id}")).text)
    for chosen in ("no_contact_close", "chengguan"):
        assert f'<option value="{chosen}" selected>' in form
    assert f'name="ticket" value="{number}"' in form
    words = {"code": "no_contact_close", "department": "chengguan", "ticket": number}
    sent = await supervisor.post(f"{NEW}?card={card.id}", {**words, "finding": "无联系记录"})
    assert sent.status_code == 303
    [row] = await ledger(build)
    assert row.entry.code == "no_contact_close"
    assert (await supervisor.get(f"{NEW}?card={uuid.uuid4()}")).status_code == 200
    assert (await supervisor.get(f"{NEW}?card=nonsense")).status_code == 200
    assert (await supervisor.get(f"/credit/events/{uuid.uuid4()}")).status_code == 404
    assert (await person_as("operator").get("/credit/proposals")).status_code == 403
    for state in ("entered", "refused", "", "x"):
        assert (await supervisor.get(f"/credit/proposals?state={state}")).status_code == 200
