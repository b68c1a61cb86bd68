"""The forty-five vectors of GeoReport v2, each by its number."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree
from sqlmodel import select

from hotline.open311.keys import add_key, list_keys
from hotline.open311.models import Open311Submission, ServiceType
from hotline.open311.moderation import refuse_submission, take_in, throw_away
from hotline.open311.publishing import publish_text
from hotline.open311.services import save_service
from hotline.tickets.answers import answers_of
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import Category, RequestType, Ticket
from tests.support.builders import NAME, PHONE
from tests.support.clock import MONDAY
from tests.web.open311.world import (
    GRAFFITI,
    HEAT,
    PRIVATE,
    ROADS,
    TEST,
    V2,
    World,
    as_plain,
    as_text,
    said,
)

Vector = Callable[[World], Awaitable[None]]
VECTORS: dict[int, Vector] = {}


def vector(number: int) -> Callable[[Vector], Vector]:
    def keep(test: Vector) -> Vector:
        assert number not in VECTORS
        VECTORS[number] = test
        return test

    return keep


def _name(number: int) -> str:
    return f"{number:02}-{VECTORS[number].__name__}"


# -- services ----------------------------------------------------------------------------------


@vector(1)
async def services_say_the_same_in_both_formats(world: World) -> None:
    xml, plain = await world.both("services")
    assert xml.tag == "services"
    assert as_plain(xml) == as_text(plain)
    (heat,) = [one for one in plain if one["service_code"] == HEAT]
    assert heat == {
        "service_code": HEAT,
        "service_name": "供热不足",
        "description": "室温不达标 <14 & 以下",
        "metadata": True,
        "type": "realtime",
        "keywords": "供热,暖气",
        "group": "供热不足",
    }
    (roads,) = [one for one in plain if one["service_code"] == ROADS]
    assert (roads["metadata"], roads["description"], roads["group"]) == (False, None, "城市管理")


@vector(2)
async def an_empty_list_is_an_empty_element_and_an_empty_array(world: World) -> None:
    answer = await world.get("requests.xml")
    assert answer.text.endswith("<service_requests/>")
    assert (await world.get("requests.json")).content == b"[]"
    async with world.build.acting("admin") as tx:
        for code in (await tx.session.exec(select(Category.code))).all():
            await _offer(tx, code, is_offered=False)
    assert (await world.get("services.xml")).text.endswith("<services/>")
    assert (await world.get("services.json")).content == b"[]"


@vector(3)
async def one_service_is_still_an_array(world: World) -> None:
    async with world.build.acting("admin") as tx:
        for code in (await tx.session.exec(select(Category.code))).all():
            await _offer(tx, code, is_offered=code == HEAT)
    xml, plain = await world.both("services")
    assert [one["service_code"] for one in plain] == [HEAT]
    assert [child.tag for child in xml] == ["service"]


@vector(4)
async def an_unknown_service_is_404_in_both_formats(world: World) -> None:
    xml, plain = await world.get("services/no.such.xml"), await world.get("services/9999.json")
    assert xml.status_code == plain.status_code == 404
    assert plain.json() == [{"code": 404, "description": "service_code is not known"}]
    assert as_plain(etree.fromstring(xml.content)) == as_text(plain.json())


@vector(5)
async def a_service_without_metadata_has_no_definition(world: World) -> None:
    assert (await world.get(f"services/{ROADS}.json")).status_code == 404
    xml, plain = await world.both(f"services/{HEAT}")
    assert as_plain(xml) == as_text(plain)
    assert plain["service_code"] == HEAT
    temperature, since, rooms, seen, hint = plain["attributes"]
    assert temperature == {
        "variable": True,
        "code": "ROOMTEMP",
        "datatype": "number",
        "required": True,
        "datatype_description": "摄氏度",
        "order": 1,
        "description": "室内温度",
    }
    assert since["values"] == [{"key": "D1", "name": "一天内"}, {"key": "W1", "name": "一周内"}]
    assert (rooms["datatype"], seen["order"], hint["variable"]) == ("multivaluelist", 4, False)


# -- posting -----------------------------------------------------------------------------------


@vector(6)
async def no_key_is_403(world: World) -> None:
    answer = await world.post({"service_code": ROADS, "address_string": "建设路"}, key="")
    assert answer.status_code == 403
    assert answer.json() == [{"code": 403, "description": "api_key missing or not valid"}]


@vector(7)
async def a_wrong_key_is_403(world: World) -> None:
    answer = await world.post(
        {"service_code": ROADS, "address_string": "建设路"}, key="live_wrong", path="requests.xml"
    )
    assert answer.status_code == 403
    assert "<errors><error><code>403</code>" in answer.text


@vector(8)
async def no_service_code_is_400(world: World) -> None:
    answer = await world.post({"address_string": "建设路"})
    assert (answer.status_code, said(answer)) == (400, "service_code is required")


@vector(9)
async def an_unknown_service_code_is_404(world: World) -> None:
    answer = await world.post({"service_code": "9999", "address_string": "建设路"})
    assert answer.status_code == 404


@vector(10)
async def no_location_is_400(world: World) -> None:
    answer = await world.post({"service_code": ROADS})
    assert answer.status_code == 400
    assert "location is required" in said(answer)


@vector(11)
async def half_a_coordinate_is_400(world: World) -> None:
    for name in ("lat", "long"):
        answer = await world.post({"service_code": ROADS, name: "39.9", "address_string": "x"})
        assert (answer.status_code, said(answer)) == (400, "lat and long belong together")


@vector(12)
async def an_address_alone_is_enough(world: World) -> None:
    for name in ("address_string", "address_id"):
        answer = await world.post({"service_code": ROADS, name: "建设路12号"})
        (told,) = answer.json()
        assert answer.status_code == 200
        assert told.keys() == {"service_request_id", "service_notice", "account_id"}
        ticket = await world.build.find(told["service_request_id"])
        assert (ticket.status, ticket.channel, ticket.category_code) == ("submitted", "app", ROADS)
        assert "2026" in told["service_notice"]


@vector(13)
async def a_coordinate_beyond_the_globe_is_400(world: World) -> None:
    for lat in ("90.1", "-91", "nan", "inf", "1e1", "３９", "39,9", "0x10", "39.9;"):
        answer = await world.post({"service_code": ROADS, "lat": lat, "long": "116"})
        assert (answer.status_code, "lat must be" in said(answer)) == (400, True), lat
    answer = await world.post({"service_code": ROADS, "lat": "39", "long": "180.5"})
    assert "long must be" in said(answer)


@vector(14)
async def every_missing_attribute_is_named(world: World) -> None:
    answer = await world.post({"service_code": HEAT, "address_string": "建设路"})
    assert (answer.status_code, said(answer)) == (400, "attribute[ROOMTEMP] is required")
    answer = await world.post({"service_code": HEAT})
    assert len(answer.json()) == 2


@vector(15)
async def a_value_outside_its_list_is_400(world: World) -> None:
    for name, value in (("SINCE", "Y1"), ("ROOMS", "ATTIC")):
        answer = await _heat(world, (f"attribute[{name}]", value))
        assert answer.status_code == 400
        assert f"attribute[{name}] must be one of the keys" in said(answer)
    twice = await _heat(world, ("attribute[SINCE]", "D1"), ("attribute[SINCE]", "W1"))
    assert "attribute[SINCE] takes one value" in said(twice)


@vector(16)
async def several_values_keep_their_order(world: World) -> None:
    for name in ("attribute[ROOMS][]", "attribute[ROOMS]"):
        answer = await _heat(world, (name, "BATH"), (name, "BED"), ("attribute[UNASKED]", "1"))
        ticket = await world.build.find(answer.json()[0]["service_request_id"])
        async with world.build.session_maker() as session:
            kept = {row.code: row.values for row in await answers_of(session, ticket.id)}
        assert kept == {"ROOMTEMP": ["14.5"], "ROOMS": ["BATH", "BED"]}


@vector(17)
async def a_number_must_be_one(world: World) -> None:
    for value in ("warm", "nan", "14,5", "1e3", "１４"):
        answer = await world.post(
            {"service_code": HEAT, "address_string": "x", "attribute[ROOMTEMP]": value}
        )
        assert said(answer) == "attribute[ROOMTEMP] must be a number", value
    answer = await _heat(world, ("attribute[SEEN]", "2026-02-30T00:00:00Z"))
    assert "attribute[SEEN] must be a date" in said(answer)
    lost_plus = await _heat(world, ("attribute[SEEN]", "2026-02-20T00:00:00 08:00"))
    assert lost_plus.status_code == 200


@vector(18)
async def a_description_has_4000_characters_at_most(world: World) -> None:
    number = await world.report(description="路" * 4000)
    assert len((await world.build.find(number)).content) == 4000
    answer = await world.post(
        {"service_code": ROADS, "address_string": "x", "description": "路" * 4001}
    )
    assert said(answer) == "description may have 4000 characters at most"


@vector(19)
async def markup_is_text(world: World) -> None:
    words = "<script>alert(1)</script> <b>路</b>"
    number = await world.report(description=words)
    assert (await world.build.find(number)).content == words
    await _publish(world, number, words)
    answer = await world.get(f"requests/{number}.xml")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert etree.fromstring(answer.content).findtext("request/description") == words


@vector(20)
async def awkward_characters_come_through(world: World) -> None:
    words = "]]> & \U0001f6a7 𠮷 \"'"
    number = await world.report(description=f"\x00\x08{words}\x0b\x1f\ufffe\x85\r\n第二行")
    kept = f"{words}\n第二行"
    assert (await world.build.find(number)).content == kept
    await _publish(world, number, kept)
    xml, plain = await world.both(f"requests/{number}")
    assert plain[0]["description"] == kept == xml.findtext("request/description")


@vector(21)
async def empty_is_absent(world: World) -> None:
    number = await world.report(
        jurisdiction_id="", email="", media_url="", phone=" ", description="", address_string=""
    )
    assert await world.listed(status="", start_date="", service_request_id="", page="", q=" ") == [
        number
    ]
    answer = await world.post({"service_code": "", "lat": "", "long": "116"})
    assert said(answer) == "service_code is required"


# -- tokens ------------------------------------------------------------------------------------


@vector(22)
async def a_held_report_gets_a_token_only(world: World) -> None:
    answer = await world.post({"service_code": GRAFFITI, "address_string": "建设路"})
    (told,) = answer.json()
    assert answer.status_code == 200
    assert told.keys() == {"token", "service_notice", "account_id"}
    async with world.build.session_maker() as session:
        assert (await session.exec(select(Ticket.id))).all() == []
        (row,) = (await session.exec(select(Open311Submission))).all()
    assert "建设路".encode() not in (row.payload or b"")


@vector(23)
async def a_token_has_an_empty_id_until_it_is_numbered(world: World) -> None:
    token = await _hold(world)
    xml, plain = await world.both(f"tokens/{token}")
    assert plain == [{"service_request_id": None, "token": token}]
    assert as_plain(xml) == plain
    async with world.build.acting("operator") as tx:
        created = await take_in(tx, await _submission(world, token))
    xml, plain = await world.both(f"tokens/{token}")
    assert plain == [{"service_request_id": created.number, "token": token}]
    assert as_plain(xml) == plain
    assert (await world.one(created.number))["service_code"] == GRAFFITI
    for decide in (lambda tx, key: refuse_submission(tx, key, reason="重复"), throw_away):
        token = await _hold(world)
        async with world.build.acting("operator") as tx:
            await decide(tx, await _submission(world, token))
        assert (await world.get(f"tokens/{token}.json")).status_code == 404


@vector(24)
async def an_unknown_token_is_404(world: World) -> None:
    for token in ("unknown", "0" * 32, "路", "%00", "'"):
        answer = await world.get(f"tokens/{token}.json")
        assert answer.status_code == 404, token
        assert answer.json()[0]["code"] == 404


# -- reading -----------------------------------------------------------------------------------


@vector(25)
async def ids_override_every_other_filter(world: World) -> None:
    first, second = await world.report(), await world.report()
    world.build.clock.move(days=200)
    for path in ({"status": "closed"}, {"status": "nonsense", "start_date": "x"}, {}):
        assert set(await world.listed(service_request_id=f"{first},{second}", **path)) == {
            first,
            second,
        }


@vector(26)
async def an_unknown_id_is_skipped_in_a_list_and_404_alone(world: World) -> None:
    number = await world.report()
    assert await world.listed(service_request_id=f"0000000000000,{number},x") == [number]
    for unknown in ("0000000000000", " ", f"{number},{number}", "%2C", "路"):
        answer = await world.get(f"requests/{unknown}.xml")
        assert answer.status_code == 404, unknown
    xml, plain = await world.both(f"requests/{number}")
    assert len(plain) == len(xml) == 1
    assert as_plain(xml) == as_text(plain)


@vector(27)
async def both_statuses_may_be_asked_for(world: World) -> None:
    opened = await _ticket(world)
    closed = await _ticket(world, Status.CLOSED)
    assert set(await world.listed(status="open,closed")) == {opened, closed}
    both = await world.http.get(f"{V2}/requests.json?status=open&status=closed")
    assert len(both.json()) == 2
    assert await world.listed(status="open") == [opened]
    assert await world.listed(status="CLOSED") == [closed]
    assert (await world.one(closed))["status"] == "closed"
    for status, hold in ((Status.PENDING_VISIT, None), (Status.CLOSED, Hold.RATING_CHECK)):
        number = await _ticket(world, status, hold)
        assert (await world.one(number))["status"] == "open"
        assert number in await world.listed(status="open")


@vector(28)
async def a_status_of_another_name_is_400(world: World) -> None:
    for status in ("resolved", "open,done", "open;closed"):
        answer = await world.get("requests.json", status=status)
        assert (answer.status_code, said(answer)) == (400, "status must be open, closed or both")


@vector(29)
async def a_span_has_a_start_an_end_both_or_neither(world: World) -> None:
    clock, numbers = world.build.clock, {}
    for day in (0, 50, 120):
        clock.set(MONDAY + timedelta(days=day))
        numbers[day] = await world.report()
    clock.set(MONDAY + timedelta(days=130))

    def on(day: int) -> str:
        return (MONDAY + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert await world.listed() == [numbers[120], numbers[50]]
    assert await world.listed(start_date=on(0)) == [numbers[50], numbers[0]]
    assert await world.listed(end_date=on(50)) == [numbers[50], numbers[0]]
    assert await world.listed(start_date=on(50), end_date=on(120)) == [numbers[120], numbers[50]]
    assert await world.listed(start_date=on(51), end_date=on(119)) == []


@vector(30)
async def a_span_of_91_days_is_400(world: World) -> None:
    span = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}
    assert (await world.get("requests.json", **span)).status_code == 200
    span["end_date"] = "2026-04-02T00:00:00Z"
    answer = await world.get("requests.json", **span)
    assert "90 days at most" in said(answer)
    span = {"start_date": "2026-04-02T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}
    assert "before start_date" in said(await world.get("requests.json", **span))


@vector(31)
async def a_date_without_a_zone_is_400(world: World) -> None:
    for date in (
        *("2026-03-02T09:00:00", "2026-03-02", "03/02/2026", "2026-13-01T00:00:00Z"),
        *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-03-02 09:00:00Z", "now"),
    ):
        for name in ("start_date", "end_date", "updated_after", "updated_before"):
            answer = await world.get("requests.json", **{name: date})
            assert (answer.status_code, name in said(answer)) == (400, True), date


@vector(32)
async def zones_mean_the_same_and_a_lost_plus_is_found(world: World) -> None:
    number = await world.report()
    for date in (
        *("2026-03-02T01:00:00Z", "2026-03-02T09:00:00%2B08:00", "2026-03-02T09:00:00+08:00"),
        "2026-03-02T06:30:00%2B05:30",
    ):
        answer = await world.http.get(f"{V2}/requests.json?end_date={date}")
        assert [one["service_request_id"] for one in answer.json()] == [number], date
    assert (await world.one(number))["requested_datetime"] == "2026-03-02T09:00:00+08:00"


@vector(33)
async def a_list_has_1000_members_at_most(world: World) -> None:
    for size in ("1001", "0", "-1", "x", "1.5"):
        answer = await world.get("requests.json", page_size=size)
        assert said(answer) == "page_size must be a whole number from 1 to 1000", size
    numbers = [await world.report() for _ in range(3)]
    await _copy(world, numbers[0], 1000)
    assert len(await world.listed()) == 1000
    pages = [await world.listed(page_size=2, page=page) for page in (1, 2)]
    assert len({*pages[0], *pages[1]}) == 4


@vector(34)
async def the_newest_come_first_and_stay_in_order(world: World) -> None:
    numbers = [await world.report() for _ in range(2)]
    world.build.clock.move(minutes=1)
    numbers.append(await world.report())
    listed = await world.listed()
    assert listed[0] == numbers[2]
    assert set(listed) == set(numbers)
    assert listed == await world.listed() == await world.listed(status="open,closed")


@vector(35)
async def a_closed_request_was_updated_when_it_was_closed(world: World) -> None:
    number = await _ticket(world, Status.PENDING_VISIT)
    world.build.clock.move(hours=3)
    await world.build.do(Action.RECORD_VISIT, number)
    closed_at = (await world.build.find(number)).closed_at
    world.build.clock.move(hours=5)
    await world.build.do(Action.NOTE, number, note="存档前核对")
    one = await world.one(number)
    assert closed_at is not None
    assert one["updated_datetime"] == "2026-03-02T12:00:00+08:00"
    assert one["expected_datetime"] is None
    before, after = "2026-03-02T03:59:00Z", "2026-03-02T04:01:00Z"
    assert await world.listed(updated_after=before, updated_before=after) == [number]
    assert await world.listed(updated_after=after) == []
    await world.build.do(Action.REOPEN, number)
    again = await world.one(number)
    assert (again["status"], again["updated_datetime"]) == ("open", "2026-03-02T17:00:00+08:00")
    assert await world.listed(updated_after=after) == [number]
    assert await world.listed(updated_before=after) == []


@vector(36)
async def what_is_secret_or_personal_is_nowhere(world: World) -> None:
    token = await _hold(world)
    async with world.build.acting("operator") as tx:
        held = (await take_in(tx, await _submission(world, token))).number
    async with world.build.session_maker() as session, session.begin():
        ticket = (await session.exec(select(Ticket).where(Ticket.number == held))).one()
        ticket.is_secret = True
    hidden = [
        held,
        (await world.build.create(category=ROADS, secret=True)).number,
        (await world.build.create(category=PRIVATE)).number,
        (await world.build.create(category=None)).number,
        (await world.build.create(category=ROADS, request_type=RequestType.CONSULT)).number,
    ]
    assert await world.listed() == []
    assert await world.listed(service_request_id=",".join(hidden)) == []
    for number in hidden:
        for form in ("xml", "json"):
            assert (await world.get(f"requests/{number}.{form}")).status_code == 404
    assert (await world.get(f"tokens/{token}.json")).status_code == 404
    updates = await world.get("servicerequestupdates.json")
    assert updates.json() == []


@vector(37)
async def nobody_is_named(world: World) -> None:
    number = await world.report(
        first_name="测试",
        last_name="欧阳",
        phone=PHONE,
        email="who@example.org",
        address_string=f"建设路12号3栋 {NAME} {PHONE}",
        description=f"我是{NAME}，{PHONE}，who@example.org",
    )
    await world.build.follow(number, Action.ACCEPT, Action.DISPATCH)
    await _publish(world, number, f"欧阳先生{NAME}报告：路面坑洼，{PHONE}，who@example.org")
    held = await _hold(world, phone=PHONE, description=f"{NAME} {PHONE}")
    texts = []
    for path in (
        *("services", "requests", f"requests/{number}", f"tokens/{held}"),
        *("servicerequestupdates", "discovery"),
    ):
        for form in ("xml", "json"):
            answer = await world.get(f"{path}.{form}", extensions="true")
            assert answer.status_code == 200
            texts.append(answer.text)
    shown = "\n".join(texts)
    for personal in (NAME, "欧阳", PHONE, PHONE[-8:], "who@example.org", "12号", "3栋"):
        assert personal not in shown
    one = await world.one(number)
    assert (one["address"], one["lat"], one["long"]) == ("建设路", 39.909, 116.397)
    assert one["agency_responsible"] == "城市管理局"


@vector(38)
async def headers_are_exact(world: World) -> None:
    for path, status in (("services", 200), ("requests", 200), ("requests/0", 404)):
        xml, plain = await world.get(f"{path}.xml"), await world.get(f"{path}.json")
        assert xml.status_code == plain.status_code == status
        assert xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert plain.headers["content-type"] == "application/json; charset=utf-8"
    # The extension alone decides.
    other = await world.http.get(f"{V2}/services.json", headers={"accept": "text/xml"})
    assert other.headers["content-type"].startswith("application/json")


@vector(39)
async def every_xml_is_well_formed(world: World) -> None:
    number, token = await world.report(description="路"), await _hold(world)
    paths = (
        *("services", f"services/{HEAT}", "requests", f"requests/{number}", f"tokens/{token}"),
        *("servicerequestupdates", "discovery", "requests/none", "nothing"),
    )
    answers = [await world.get(f"{path}.xml", extensions="true") for path in paths]
    answers.append(await world.post({"service_code": ROADS}, path="requests.xml"))
    answers.append(
        await world.post({"service_code": ROADS, "lat": "1", "long": "1"}, path="requests.xml")
    )
    for answer in answers:
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        root = etree.fromstring(answer.content)
        assert root.nsmap == {}
        if xmllint := shutil.which("xmllint"):
            checked = await asyncio.to_thread(
                subprocess.run, [xmllint, "--noout", "-"], input=answer.content, check=False
            )
            assert checked.returncode == 0


@vector(40)
async def discovery_is_the_same_in_both_formats(world: World) -> None:
    xml = await world.http.get("/open311/discovery.xml")
    plain = (await world.http.get("/open311/discovery.json")).json()
    assert as_plain(etree.fromstring(xml.content)) == plain
    assert plain.keys() == {"changeset", "contact", "key_service", "endpoints"}
    production, test = plain["endpoints"]
    assert production["url"].endswith("/open311/v2")
    assert test["url"].endswith("/open311/test/v2")
    for endpoint, kind in ((production, "production"), (test, "test")):
        assert endpoint["type"] == kind
        assert endpoint["formats"] == ["text/xml", "application/json"]
        assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", endpoint["changeset"])


@vector(41)
async def head_is_get_without_a_body_and_other_methods_are_405(world: World) -> None:
    head = await world.http.head(f"{V2}/services.xml")
    full = await world.get("services.xml")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == full.headers["content-type"]
    for method, path, allowed in (
        ("POST", "services.json", "GET, HEAD"),
        ("DELETE", "requests.json", "GET, HEAD, POST"),
        ("PUT", "requests/1.json", "GET, HEAD"),
        ("OPTIONS", "tokens/1.json", "GET, HEAD"),
    ):
        answer = await world.http.request(method, f"{V2}/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.json()[0]["code"] == 405
    for path in (
        "services",
        "services.html",
        "requests.xml.txt",
        "nothing.json",
        ".json",
        "a/b.json",
    ):
        assert (await world.http.get(f"{V2}/{path}")).status_code == 404


@vector(42)
async def the_same_post_twice_makes_one_request(world: World) -> None:
    form = {"service_code": ROADS, "address_string": "建设路", "description": "路面坑洼"}
    own = {"idempotency-key": "一".encode().hex()}
    first, second = await world.post(form, headers=own), await world.post(form, headers=own)
    assert first.json() == second.json()
    by_parameter = {**form, "idempotency_key": own["idempotency-key"]}
    assert (await world.post(by_parameter)).json() == first.json()
    assert len(await world.listed()) == 1
    other = await world.post({**form, "description": "路灯不亮"}, headers=own)
    assert (other.status_code, "came before" in said(other)) == (400, True)
    held = {"service_code": GRAFFITI, "address_string": "建设路"}
    tokens = [(await world.post(held, headers={"idempotency-key": "b"})).json() for _ in range(2)]
    assert tokens[0] == tokens[1]
    long = await world.post(form, headers={"idempotency-key": "x" * 129})
    assert long.status_code == 400


@vector(43)
async def too_often_is_429_in_the_format(world: World) -> None:
    async with world.build.acting("admin") as tx:
        _, key = await add_key(tx, name="忙碌", rate=2)
    form = {"service_code": ROADS, "address_string": "建设路"}
    answers = [await world.post(form, key=key, path="requests.xml") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert etree.fromstring(answers[2].content).findtext("error/code") == "429"
    assert (await world.post(form)).status_code == 200
    world.build.clock.move(minutes=1)
    assert (await world.post(form, key=key)).status_code == 200


@vector(44)
async def a_strange_jurisdiction_is_404(world: World) -> None:
    for path in ("services", f"services/{HEAT}", "requests", "requests/1", "tokens/1", "discovery"):
        answer = await world.get(f"{path}.json", jurisdiction_id="elsewhere.org")
        assert (answer.status_code, said(answer)) == (404, "jurisdiction_id is not known here")
    assert (await world.get("services.json", jurisdiction_id="12345")).status_code == 200
    posted = await world.post(
        {"service_code": ROADS, "address_string": "x", "jurisdiction_id": "elsewhere.org"}
    )
    assert posted.status_code == 404


@vector(45)
async def a_test_key_opens_the_test_endpoint_alone(world: World) -> None:
    form = {"service_code": ROADS, "address_string": "建设路", "description": "试一试"}
    assert (await world.post(form, key=world.test)).status_code == 403
    assert (await world.post(form, key=world.live, base=TEST)).status_code == 403
    answer = await world.post(form, base=TEST)
    number = answer.json()[0]["service_request_id"]
    assert answer.status_code == 200
    assert number.startswith("TEST")
    assert await world.listed() == []
    assert await world.listed(service_request_id=number) == []
    xml, plain = await world.both(f"requests/{number}", TEST)
    assert as_plain(xml) == as_text(plain)
    assert (plain[0]["status"], plain[0]["description"]) == ("open", None)
    assert len((await world.get("requests.json", TEST)).json()) == 1
    bad = await world.post({"service_code": HEAT}, base=TEST)
    assert len(bad.json()) == 2
    held = await world.post({**form, "service_code": GRAFFITI}, base=TEST)
    token = held.json()[0]["token"]
    path = f"tokens/{token}.json"
    assert (await world.get(path, TEST)).json()[0]["service_request_id"] is None
    assert (await world.get(path)).status_code == 404
    world.build.clock.move(seconds=10)
    assert (await world.get(path, TEST)).json()[0]["service_request_id"].startswith("TEST")
    async with world.build.session_maker() as session:
        assert (await session.exec(select(Ticket.id))).all() == []
        assert {key.name for key in await list_keys(session, world.build.cipher)} == {
            "城市应用",
            "试用",
        }


def test_every_vector_is_there() -> None:
    assert sorted(VECTORS) == list(range(1, 46))


@pytest.mark.parametrize("number", sorted(VECTORS), ids=_name)
async def test_vector(world: World, number: int) -> None:
    await VECTORS[number](world)


# -- how it is set up --------------------------------------------------------------------------


async def _offer(tx: Any, code: str, *, is_offered: bool) -> None:
    await save_service(
        tx,
        code,
        is_offered=is_offered,
        is_listed=True,
        type=ServiceType.REALTIME,
        request_type=RequestType.HELP,
    )


async def _heat(world: World, *more: tuple[str, str]) -> Any:
    return await world.post(
        [
            ("service_code", HEAT),
            ("address_string", "建设路"),
            ("attribute[ROOMTEMP]", "14.5"),
            *more,
        ]
    )


async def _publish(world: World, number: str, text: str) -> None:
    async with world.build.acting("operator") as tx:
        await publish_text(tx, number, text=text)


async def _hold(world: World, **form: str) -> str:
    answer = await world.post({"service_code": GRAFFITI, "address_string": "建设路", **form})
    return str(answer.json()[0]["token"])


async def _submission(world: World, token: str) -> Any:
    async with world.build.session_maker() as session:
        found = await session.exec(
            select(Open311Submission.id).where(Open311Submission.token == token)
        )
        return found.one()


async def _ticket(world: World, status: Status = Status.SUBMITTED, hold: Hold | None = None) -> str:
    return await world.build.ticket(status, hold, category=ROADS)


async def _copy(world: World, number: str, count: int) -> None:
    """Have many like tickets, without the machine: a list reads nothing but their rows."""
    async with world.build.session_maker() as session, session.begin():
        ticket = (await session.exec(select(Ticket).where(Ticket.number == number))).one()
        columns = [column.name for column in sa.inspect(Ticket).columns]
        new = {"id": "gen_random_uuid()", "number": "'9' || lpad(n::text, 12, '0')"}
        chosen = ", ".join(new.get(name, f"t.{name}") for name in columns)
        connection = await session.connection()
        await connection.exec_driver_sql(
            f"INSERT INTO tickets ({', '.join(columns)}) SELECT {chosen} "
            f"FROM tickets t, generate_series(1, {count}) n WHERE t.id = '{ticket.id}'"
        )
