"""Searching through the interface."""

from hotline.tickets.lifecycle import Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import ClientAs
from tests.support.clock import FrozenClock
from tests.support.searching import fill


async def test_hits_with_where_they_were_found(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, content="路灯不亮，请打13712345678")
    await fill(build)
    operator = client_as("operator")
    answer = (await operator.get("/api/v1/search", q="路灯 请打")).json()
    (hit,) = answer["items"]
    assert (answer["total"], answer["total_is_exact"]) == (1, True)
    assert hit["ticket"]["number"] == number
    assert {"title", "content"} <= set(hit["found_in"])
    marked = [p["text"] for s in hit["snippets"] for p in s["parts"] if p["marked"]]
    assert {"路灯", "请打"} <= set(marked)
    assert "13712345678" not in str(answer)
    found = (await operator.get("/api/v1/search", q=NAME)).json()
    assert found["items"][0]["found_in"] == ["name"]
    assert NAME not in str(found)
    assert not (await client_as("handler.huanbao").get("/api/v1/search", q="路灯")).json()["items"]
    assert (await operator.get("/api/v1/search", q="路灯", cursor="x")).status_code == 422
    assert (await operator.get("/api/v1/search", q="路" * 201)).status_code == 422
    assert (await client_as("discipline").get("/api/v1/search", q="路灯")).status_code == 403


async def test_who_looked_for_a_person_is_read_by_supervisors(
    client_as: ClientAs, build: Build, clock: FrozenClock
) -> None:
    await build.ticket(Status.PROCESSING)
    await fill(build)
    await client_as("operator").get("/api/v1/search", q=PHONE)
    clock.move(minutes=1)
    await client_as("operator").get("/api/v1/search", q="13988887777")
    rows = (await client_as("supervisor").get("/api/v1/person-lookups", user="operator")).json()
    assert [(row["kind"], row["hit_count"]) for row in rows["items"]] == [
        ("phone", 0),
        ("phone", 1),
    ]
    assert PHONE not in str(rows)
    assert (await client_as("operator").get("/api/v1/person-lookups")).status_code == 403


async def test_views_are_kept_through_the_interface(client_as: ClientAs) -> None:
    dispatcher = client_as("dispatcher")
    views = "/api/v1/saved-views"
    body = {
        "name": "红牌",
        "place": "tickets",
        "filters": {"level": "red", "x": "y"},
        "shared": True,
    }
    first = (await dispatcher.post(views, body)).json()
    assert (first["filters"], first["shared"]) == ({"level": "red"}, True)
    assert (await dispatcher.post(views, body)).status_code == 409
    second = (await dispatcher.post(views, {"name": "水", "place": "search"})).json()
    changed = await dispatcher.request(
        "PATCH", f"{views}/{second['id']}", json={"up": True, "name": "漏水"}
    )
    assert [view["name"] for view in changed.json()["items"]] == ["漏水", "红牌"]
    seen = (await client_as("operator").get(views)).json()["items"]
    assert [(view["name"], view["own"]) for view in seen] == [("红牌", False)]
    gone = await dispatcher.request("DELETE", f"{views}/{first['id']}")
    assert gone.status_code == 204
    assert (
        await client_as("operator").request("DELETE", f"{views}/{second['id']}")
    ).status_code == 404
