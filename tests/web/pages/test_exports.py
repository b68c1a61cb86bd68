"""Lists as files: the filter and the rights of their pages, masked unless said otherwise, logged."""

import csv
import hashlib
import io
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from hotline.exchange.models import Export
from hotline.exchange.rules import KEPT, ExportState
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.people.actions import change_user
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import PERSONAL_DATA_REVEALED, Reveal, TicketEvent
from tests.support.app import Served
from tests.support.builders import NAME, PHONE, Build
from tests.support.calls import K, a_miss, rings, take, told
from tests.support.clients import ClientAs
from tests.web.pages.conftest import Person, PersonAs, said
from web.exports import making
from web.exports.making import Bench, open_folder, prune_exports, write_export
from web.i18n import translator
from web.pages.export_lists import LISTS
from web.run.subscribers import exchange_write_export

REASON = "移送市信访局办理"


async def export(person: Person, href: str, **given: str) -> tuple[int, list[list[str]]]:
    """Follow a page's link to its export and read what comes back as CSV."""
    form = await person.get(href)
    assert form.status_code == 200, said(form.text)
    hidden = dict(re.findall(r'name="(list|asked\.[a-z_]+)" value="([^"]*)"', form.text))
    answer = await person.post("/exports", {**hidden, "format": "csv", **given})
    if answer.status_code != 200 or "csv" not in answer.headers["content-type"]:
        return answer.status_code, []
    return 200, list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def link(text: str) -> str:
    (href,) = re.findall(r'href="(/exports/new[^"]+)"', text)
    return str(href).replace("&amp;", "&")


@pytest.fixture
def bench(build: Build, tmp_path: Path) -> Bench:
    return Bench(build.session_maker, build.cipher, build.clock, LISTS, open_folder(tmp_path))


async def only(maker: SessionMaker) -> Export:
    """Return the one export that was not handed over at once."""
    async with maker() as session:
        return (
            await session.exec(select(Export).where(Export.state != ExportState.HANDED_OVER))
        ).one()


async def test_a_list_is_exported_with_the_filter_and_the_rights_of_its_page(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    mine = await build.ticket(Status.PROCESSING, title="=cmd|' /C calc'!A0 致电13900001234")
    other = await build.ticket(title="没有派的")
    supervisor = person_as("supervisor")
    page = await supervisor.get("/tickets?status=processing")
    status, rows = await export(supervisor, link(page.text))
    assert status == 200
    numbers = [row[0] for row in rows[1:]]
    assert numbers == [mine]
    line = dict(zip(rows[0], rows[1], strict=True))
    assert line["标题"].startswith("'=cmd|")
    everything = " ".join(rows[1])
    assert PHONE not in everything
    assert NAME not in everything
    assert line["电话"] == "139****1234"
    assert line["诉求人"] == "欧**"
    assert "3栋" not in line["地址"]
    _, rows = await export(supervisor, "/exports/new?list=tickets")
    assert {row[0] for row in rows[1:]} == {mine, other}
    _, rows = await export(person_as("handler.chengguan"), "/exports/new?list=tickets")
    assert [row[0] for row in rows[1:]] == [mine]
    _, rows = await export(person_as("handler.zhujian"), "/exports/new?list=tickets")
    assert rows[1:] == []
    async with maker() as session:
        kept = (await session.exec(select(Export))).all()
    assert {one.state for one in kept} == {ExportState.HANDED_OVER}
    assert [one.row_count for one in kept].count(1) == 2
    form = said(
        (await supervisor.get("/exports/new?list=tickets&queue=accept&status=processing")).text
    )
    assert "清单：待受理" in form
    assert "状态：办理中" in form
    log = said((await supervisor.get("/exports")).text)
    assert "状态" in log
    assert "handler.zhujian先生" in log
    own = said((await person_as("handler.zhujian").get("/exports")).text)
    assert "supervisor先生" not in own
    told = {
        (await person_as("handler.zhujian").get(f"/exports/{one.id}")).status_code for one in kept
    }
    assert told == {200, 404}


async def test_observers_and_strangers_export_nothing(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    for path in ("/exports", "/exports/new?list=tickets"):
        assert (await person_as("observer").get(path)).status_code == 403
        assert (await person_as("discipline").get(path)).status_code == 403
        assert (await stranger.get(path)).status_code in {303, 401}
    assert (await person_as("handler.zhujian").get("/exports/new?list=orders")).status_code == 404
    assert (await person_as("supervisor").get("/exports/new?list=nothing")).status_code == 404
    page = (await person_as("handler.zhujian").get("/suspensions")).text
    assert "/exports/new" not in page  # an empty list has nothing to export


async def test_requesters_in_full_for_a_reason_that_stands_in_every_log(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    secret = await build.ticket(Status.PROCESSING, secret=True)
    href = "/exports/new?list=tickets"
    assert (await export(person_as("operator"), href, personal="true", reason=REASON))[0] == 403
    leader = person_as("leader.chengguan")
    assert (await export(leader, href, personal="true"))[0] == 422
    assert (await export(leader, href, personal="true", reason="查"))[0] == 422
    status, rows = await export(leader, href, personal="true", reason=REASON)
    assert status == 200
    lines = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert lines[number]["电话"] == PHONE
    assert lines[number]["诉求人"] == NAME
    assert lines[number]["地址"] == "建设路12号3栋2单元"
    assert lines[secret]["诉求人"] == ""
    async with maker() as session:
        reveals = (await session.exec(select(Reveal))).all()
        rows_of = await session.exec(
            select(TicketEvent.text).where(TicketEvent.action == PERSONAL_DATA_REVEALED)
        )
        assert [(row.ticket_id, row.reason) for row in reveals] == [
            ((await build.find(number)).id, REASON)
        ]
        assert rows_of.all() == [REASON]
    log = said((await person_as("supervisor").get("/exports?personal=true")).text)
    assert REASON in log
    for _ in range(4):
        assert (await export(leader, href, personal="true", reason=REASON))[0] == 200
    assert (await export(leader, href, personal="true", reason=REASON))[0] == 429
    assert (await export(leader, href))[0] == 200


@pytest.mark.parametrize(
    ("path", "who", "status", "hold"),
    [
        ("/queues/processing", "handler.chengguan", Status.PROCESSING, None),
        ("/desk", "operator", Status.SUBMITTED, None),
        ("/suspensions", "supervisor", Status.PROCESSING, Hold.SUSPENSION),
        ("/plans?state=running", "leader.chengguan", Status.PROCESSING, Hold.RECTIFICATION),
        ("/returns", "supervisor", Status.DISPATCHED, Hold.RETURN_REVIEW),
        ("/supervision/orders", "supervisor", Status.PROCESSING, "order"),
        ("/visits/answers", "visitor", Status.CLOSED, None),
    ],
)
async def test_every_list_says_what_its_page_says(
    person_as: PersonAs, build: Build, path: str, who: str, status: Status, hold: Hold | str | None
) -> None:
    is_order = hold == "order"
    number = await build.ticket(status, None if is_order else hold)  # type: ignore[arg-type]
    if is_order:
        await build.do(Action.ISSUE_ORDER, number)
    person = person_as(who)
    page = await person.get(path)
    assert number in page.text
    code, rows = await export(person, link(page.text))
    assert code == 200
    assert len(rows) == 2
    assert number in rows[1]


async def test_a_long_list_is_written_by_a_worker_and_fetched_for_a_day(
    person_as: PersonAs,
    build: Build,
    maker: SessionMaker,
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = {await build.ticket() for _ in range(3)}
    monkeypatch.setattr(making, "at_once", lambda *, has_personal: 2 - has_personal)
    operator = person_as("operator")
    assert (await export(operator, "/exports/new?list=tickets&q=13900001234"))[0] == 200
    assert (await export(operator, "/exports/new?list=tickets"))[0] == 303
    one = await only(maker)
    page = await operator.get(f"/exports/{one.id}")
    assert 'hx-trigger="every 1s"' in page.text
    assert (await operator.get(f"/exports/{one.id}/file")).status_code == 409
    settings = served.app.state.settings
    ctx = {
        "session_maker": maker,
        "cipher": build.cipher,
        "clock": build.clock,
        "settings": settings,
    }
    async with maker() as session:
        fact = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == "export_requested")
            )
        ).one()
    for _ in range(2):  # a job may come twice
        await exchange_write_export(ctx, str(fact))
    one = await only(maker)
    assert one.state is ExportState.READY
    assert one.row_count == 3
    answer = await operator.get(f"/exports/{one.id}/file")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).digest() == one.digest
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert {row[0] for row in rows[1:]} == numbers
    whole = open_folder(settings.home) / f"{one.id}.csv"
    hidden = whole.rename(whole.with_suffix(".hidden"))
    assert (await operator.get(f"/exports/{one.id}/file")).status_code == 409
    hidden.rename(whole)
    for other in ("supervisor", "operator.second"):
        assert (await person_as(other).get(f"/exports/{one.id}/file")).status_code == 404
    build.clock.move(hours=25)
    assert (await operator.get(f"/exports/{one.id}/file")).status_code == 409
    folder = open_folder(settings.home)
    assert await prune_exports(maker, folder, build.clock.now()) >= 1
    assert [path for path in folder.iterdir() if path.name.startswith(str(one.id))] == []
    assert (await only(maker)).state is ExportState.EXPIRED


async def test_what_was_cut_short_is_not_offered_and_is_written_again_as_a_whole(
    client_as: ClientAs,
    build: Build,
    maker: SessionMaker,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        await build.ticket()
    client = client_as("supervisor")
    body = {"list": "tickets", "format": "json", "personal": True, "reason": REASON}
    answer = await client.post("/api/v1/exports", body)
    assert answer.status_code == 201
    export_id = uuid.UUID(answer.json()["id"])
    settled = making._settled

    def killed(*_: object) -> None:
        raise OSError("the power is gone")

    monkeypatch.setattr(making, "_settled", killed)
    with pytest.raises(OSError, match="power"):
        await write_export(bench, export_id)
    assert (await only(maker)).state is ExportState.RUNNING
    assert list(bench.folder.iterdir()) == []
    monkeypatch.setattr(making, "_settled", settled)
    left = bench.folder / f"{export_id}.json.dead.part"
    left.write_text("half")
    await write_export(bench, export_id)
    one = (await client.get(f"/api/v1/exports/{export_id}")).json()
    assert (one["state"], one["rows"]) == ("ready", 3)
    async with maker() as session:  # nobody's log says it twice
        assert len((await session.exec(select(Reveal))).all()) == 3
    await prune_exports(maker, bench.folder, build.clock.now() + KEPT + timedelta(days=900))
    assert list(bench.folder.iterdir()) == []


async def test_a_list_that_grew_too_long_and_an_account_that_was_closed(
    client_as: ClientAs,
    build: Build,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await build.ticket()
    client = client_as("operator")
    ids = [(await client.post("/api/v1/exports", {"list": "tickets"})).json()["id"] for _ in "12"]
    monkeypatch.setattr(making, "most_rows", lambda *, has_personal: int(has_personal))
    await write_export(bench, uuid.UUID(ids[0]))
    one = (await client.get(f"/api/v1/exports/{ids[0]}")).json()
    assert (one["state"], one["fault"]) == ("failed", "too_many_rows")
    async with build.acting("admin") as tx:
        await change_user(
            tx,
            username="operator",
            display_name="",
            roles=[Role.OBSERVER],
            department="hotline",
            is_active=True,
        )
    await write_export(bench, uuid.UUID(ids[1]))
    one = (await client_as("supervisor").get(f"/api/v1/exports/{ids[1]}")).json()
    assert (one["state"], one["fault"]) == ("failed", "no_longer_allowed")
    listed = await client_as("supervisor").get("/api/v1/exports/lists")
    assert {one["code"] for one in listed.json()} == set(LISTS)


@pytest.mark.parametrize("code", sorted(LISTS))
async def test_every_list_is_exported_from_its_page(
    code: str, person_as: PersonAs, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    one = LISTS[code]
    person = person_as("admin" if code == "messages" else "supervisor")
    for path in one.paths:
        assert (await person.get(path)).status_code == 200
    status, rows = await export(person, f"/exports/new?list={code}")
    assert status == 200
    zh = translator("zh-CN")
    assert rows[0][: len(one.columns)] == [zh.text(column.text) for column in one.columns]
    assert len({column.code for column in one.columns}) == len(one.columns)
    assert len(set(rows[0])) == len(rows[0])


async def test_calls_are_exported_with_their_numbers_masked(
    person_as: PersonAs, build: Build
) -> None:
    await take(build, rings("a"), told("a", K.ANSWERED, 8, agent="operator"))
    await take(build, *a_miss("b"))
    supervisor = person_as("supervisor")
    _, rows = await export(supervisor, link((await supervisor.get("/desk/calls")).text))
    assert len(rows) == 3
    assert PHONE not in str(rows)
    assert "139****1234" in str(rows)
    _, rows = await export(supervisor, link((await supervisor.get("/desk/missed-calls")).text))
    assert len(rows) == 2
    assert PHONE not in str(rows)
    assert "139****1234" in str(rows)
