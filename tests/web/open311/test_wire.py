"""What the vectors do not say: nonsense on the wire, extensions, how many statements a list takes."""

from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.open311.moderation import dismiss_update, list_held_updates, take_update
from hotline.open311.parameters import read_listing
from hotline.open311.publishing import publish_text, withdraw_text
from hotline.open311.queries import list_statement
from hotline.tickets.lifecycle import Action
from tests.support.app import Served
from tests.support.queries import count_queries
from tests.web.open311.world import GRAFFITI, HEAT, ROADS, TEST, V2, World, as_plain

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xfe\x00", FORM),
        (b"service_code=%ff%fe", FORM),
        (b"{}", "application/json"),
        (b"<a/>", "text/xml"),
        (b"service_code=1", f"{FORM}; charset=gbk"),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"&".join(b"a=1" for _ in range(2000)), FORM),
        (b"service_code=" + b"x" * 100_000, FORM),
        (b"", "nonsense/;;;"),
        (b"=&=&&&==", FORM),
    ],
)
async def test_nonsense_is_refused_in_the_format(world: World, content: bytes, kind: str) -> None:
    for form in ("xml", "json"):
        answer = await world.http.post(
            f"{V2}/requests.{form}", content=content, headers={"content-type": kind}
        )
        assert 400 <= answer.status_code < 500
        codes = (
            [one["code"] for one in answer.json()]
            if form == "json"
            else [int(code) for code in etree.fromstring(answer.content).xpath("//code/text()")]
        )
        assert answer.status_code in codes


@pytest.mark.parametrize(
    "query",
    [
        *("lat=1", "lat=1&long=2", "radius=5", "lat=1&long=2&radius=0", "lat=x&long=2&radius=1"),
        *("page=0", "page=101", "page=%EF%BC%91", "extensions=maybe", "status=%00,x"),
        *("q=" + "x" * 101, "start_date=%FF", "updated_after=yesterday"),
        "service_request_id=" + ",".join(str(n) for n in range(1001)),
    ],
)
async def test_a_bad_query_is_400(world: World, query: str) -> None:
    answer = await world.http.get(f"{V2}/requests.json?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()[0]["code"] == 400


@pytest.mark.parametrize(
    "query",
    [
        *("unknown=1", "q=%25';--", "q=_", "service_code=%00", "service_request_id=%27%3B,,,x"),
        *("service_code=a,b,c", "page=100", "q=\\", "jurisdiction_id=%20"),
        "lat=89.9&long=179.99&radius=20000",
    ],
)
async def test_an_odd_query_finds_nothing(world: World, query: str) -> None:
    await world.report()
    answer = await world.http.get(f"{V2}/requests.json?{query}")
    assert answer.status_code == 200
    assert len(answer.json()) == (
        1 if query in {"unknown=1", "jurisdiction_id=%20"} or "%00" in query else 0
    )


async def test_a_body_too_large_is_413_in_the_format(world: World) -> None:
    answer = await world.http.post(
        f"{V2}/requests.xml", content=b"x" * (2 * 1024 * 1024 + 1), headers={"content-type": FORM}
    )
    assert (answer.status_code, answer.text.count("<code>413</code>")) == (413, 1)


async def test_trouble_of_ours_is_said_in_the_format(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise RuntimeError("secret words")

    monkeypatch.setattr(served.resources, "read_maker", broken)
    answer = await world.get("services.xml")
    assert answer.status_code == 500
    assert "<code>500</code>" in answer.text
    assert "secret" not in answer.text

    def away() -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(served.resources, "read_maker", away)
    answer = await world.get("services.json")
    assert (answer.status_code, answer.json()[0]["code"]) == (503, 503)
    assert answer.headers["retry-after"]


async def test_without_valkey_everybody_is_let_in(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> Any:
        raise RedisAway

    monkeypatch.setattr(served.resources.redis, "pipeline", away)
    assert (await world.get("services.json")).status_code == 200


async def test_reading_too_often_is_429(world: World, served: Served) -> None:
    assert (await world.get("tokens/1.json")).status_code == 404
    redis = served.resources.redis
    (counter,) = [name async for name in redis.scan_iter("open311:*")]
    await redis.set(counter, 300)
    answer = await world.get("services.json")
    assert (answer.status_code, answer.json()[0]["code"]) == (429, 429)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_a_form_with_files_is_read_without_them(world: World) -> None:
    answer = await world.http.post(
        f"{V2}/requests.json",
        data={"service_code": ROADS, "address_string": "建设路", "api_key": world.live},
        files={"media": ("photo.png", b"\x89PNG", "image/png")},
    )
    assert answer.status_code == 200, answer.text
    assert len(await world.listed()) == 1


async def test_a_session_opens_nothing_and_asks_for_no_proof(world: World) -> None:
    """A key is all that counts: a cookie neither helps nor hinders, nor does another site's page."""
    answer = await world.http.post(
        f"{V2}/requests.json",
        data={"service_code": ROADS, "address_string": "建设路", "api_key": world.live},
        headers={"cookie": "hotline_session=forged", "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    nobody = await world.http.get(f"{V2}/services.json", headers={"authorization": "Bearer forged"})
    assert nobody.status_code == 200


async def test_what_is_public_is_found_by_words_and_place(world: World) -> None:
    near = await world.report(description="路面坑洼13900001234")
    far = await world.report(lat="31.2", long="121.4")
    async with world.build.acting("auditor") as tx:
        await publish_text(tx, near, text="路面100%坑洼", media_url="https://example.org/a.jpg")
    assert await world.listed(q="坑洼") == [near]
    assert await world.listed(q="100%") == [near]
    assert await world.listed(q="13900001234") == []
    around = {"lat": "39.909", "long": "116.397"}
    assert await world.listed(**around, radius="500") == [near]
    assert set(await world.listed(lat="35", long="118", radius="20000")) == set()
    # A place is compared as it is shown: no small circle finds out where exactly somebody lives.
    assert await world.listed(lat="39.90872", long="116.39748", radius="10") == []
    one = await world.one(near)
    assert (one["description"], one["media_url"]) == ("路面100%坑洼", "https://example.org/a.jpg")
    assert (await world.one(far))["description"] is None
    async with world.build.acting("auditor") as tx:
        await publish_text(tx, near, text="路面坑洼", is_public_place=True)
    assert (await world.one(near))["lat"] == 39.90872
    async with world.build.acting("auditor") as tx:
        await withdraw_text(tx, near)
    assert (await world.one(near))["description"] is None


async def test_extended_attributes_come_when_asked_for(world: World) -> None:
    number = await world.report()
    assert "extended_attributes" not in await world.one(number)
    xml, plain = await world.both(f"requests/{number}", extensions="true")
    assert plain[0]["extended_attributes"] == {"detailed_status": "OPEN", "area": None}
    assert xml.findtext("request/extended_attributes/detailed_status") == "OPEN"


async def test_steps_are_told_as_updates(world: World) -> None:
    number = await world.report()
    await world.build.follow(number, Action.ACCEPT, Action.DISPATCH, Action.SIGN)
    xml, plain = await world.both("servicerequestupdates")
    assert xml.tag == "service_request_updates"
    assert as_plain(xml) == plain
    assert [one["status"] for one in plain] == ["FOR_TRIAGE", "ACTION_SCHEDULED", "IN_PROGRESS"]
    assert {one["service_request_id"] for one in plain} == {number}
    assert plain[0].keys() == {
        *("update_id", "service_request_id", "status", "updated_datetime", "description"),
        "media_url",
    }
    window = {"start_date": "2026-03-03T00:00:00Z", "end_date": "2026-03-04T00:00:00Z"}
    assert (await world.get("servicerequestupdates.json", **window)).json() == []
    assert (await world.get("servicerequestupdates.json", start_date="x")).status_code == 400
    assert (await world.get("servicerequestupdates.xml", TEST)).text.endswith("updates/>")


async def test_words_added_to_a_request_are_read_first(world: World) -> None:
    number = await world.report()
    form = {"service_request_id": number, "description": "又坏了 13900001234", "update_id": "7"}
    path = "servicerequestupdates.json"
    answer = await world.post(form, path=path)
    assert answer.status_code == 200, answer.text
    assert (await world.post(form, path=path)).json() == answer.json()
    strange = (await world.build.create(category=ROADS)).number
    for refused, status in (
        ({**form, "service_request_id": strange}, 404),
        ({**form, "service_request_id": ""}, 400),
        ({**form, "description": ""}, 400),
        ({**form, "status": "GONE"}, 400),
    ):
        assert (await world.post(refused, path=path)).status_code == status
    assert (await world.post(form, key="x", path=path)).status_code == 403
    async with world.build.acting("operator") as tx:
        (held,) = await list_held_updates(tx.session, tx.cipher, tx.actor)
        assert held.text == "又坏了 139****1234"
        assert await take_update(tx, held.id) == number
    await world.post({**form, "update_id": "8"}, path=path)
    async with world.build.acting("operator") as tx:
        (held,) = await list_held_updates(tx.session, tx.cipher, tx.actor)
        await dismiss_update(tx, held.id)
        assert await list_held_updates(tx.session, tx.cipher, tx.actor) == []
    # What others said is not told as an update of ours.
    assert (await world.get("servicerequestupdates.json")).json() == []


async def test_a_list_takes_a_fixed_number_of_statements(
    world: World, city_engine: AsyncEngine
) -> None:
    counts = []
    for reports in (1, 4):
        for _ in range(reports):
            await world.report(first_name="Ann")
        with count_queries(city_engine) as statements:
            assert await world.listed()
        counts.append(len(statements))
    assert counts == [3, 3], "services, requests, names"


async def test_a_list_of_one_service_reads_its_index(world: World) -> None:
    now = world.build.clock.now()
    wanted = read_listing({"service_code": [ROADS]}, now)
    statement, params = list_statement(wanted, [ROADS, HEAT, GRAFFITI])
    async with world.build.session_maker() as session:
        connection = await session.connection()
        await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        await connection.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
        rows = await connection.execute(sa.text(f"EXPLAIN {statement}"), params)
        plan = "\n".join(row[0] for row in rows)
    assert "ix_tickets_public" in plan or "ix_tickets_created" in plan
    assert "ix_ticket_events" in plan or "uq_ticket_events" in plan


async def test_english_is_spoken_to_whoever_asks_for_it(world: World) -> None:
    answer = await world.http.get(f"{V2}/services.json", headers={"accept-language": "en"})
    assert {"Roads", "Heat"} <= {one["service_name"] for one in answer.json()}


async def test_discovery_lies_below_the_base_too(world: World) -> None:
    answers = [await world.http.get(f"{base}/discovery.json") for base in ("/open311", V2, TEST)]
    assert answers[0].json() == answers[1].json() == answers[2].json()
