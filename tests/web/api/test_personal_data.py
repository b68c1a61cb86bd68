"""Whoever reads whatever: the requester's name and telephone number never come out by themselves."""

from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.db import make_session_maker
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import TICKETS, ClientAs, clients_of, http_client
from tests.support.clock import FrozenClock
from web.resources import fetching

HOUSE = "12号3栋"
ACCOUNTS = (
    *("operator", "dispatcher", "auditor", "visitor", "supervisor", "authority", "admin"),
    *("observer", "handler.chengguan", "leader.chengguan", "handler.zhujian"),
)
SPOKEN = f"请打{PHONE}找我，身份证370102199001011234，邮箱zhang.san@example.com"


def readable_paths(app: Litestar, number: str) -> list[str]:
    """Every address of the interface that can be read."""
    return [
        route.path.replace("{number:str}", number)
        .replace("{code:str}", "chengguan")
        .replace("{category:str}", "urban")
        .replace("{period:str}", "2026-01")
        for route in app.routes
        if route.path.startswith("/api/") and "GET" in getattr(route, "methods", ())
    ]


async def test_no_plain_person_in_any_answer(
    client_as: ClientAs, app: Litestar, build: Build, clock: FrozenClock
) -> None:
    number = (await build.create(title=SPOKEN[:60], content=SPOKEN)).number
    await build.do(Action.ACCEPT, number, promise=SPOKEN)
    await build.do(Action.DISPATCH, number, note=SPOKEN)
    await build.do(Action.SIGN, number)
    await build.do(Action.PROGRESS, number, note=SPOKEN)
    await build.do(Action.NOTE, number, note=SPOKEN)
    await build.do(Action.URGE, number, note=SPOKEN)
    await build.do(Action.CONTACT, number, note=SPOKEN)
    await build.do(Action.SUBMIT_FEEDBACK, number, result=SPOKEN, reply=SPOKEN, evidence=[SPOKEN])
    await build.do(Action.REJECT_AUDIT, number, reason=SPOKEN)
    clock.move(minutes=5)
    paths = [*readable_paths(app, number), f"{TICKETS}?q={PHONE}", f"{TICKETS}?mine=true"]
    assert len(paths) > 12
    seen = 0
    for name in ACCOUNTS:
        client = client_as(name)
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code in {200, 403, 404}, f"{name} {path}"
            for secret in (PHONE, NAME, HOUSE, "199001011234", "zhang.san@"):
                assert secret not in answer.text.replace(path, ""), f"{name} {path}: {secret}"
            seen += answer.status_code == 200
    assert seen > 60


async def test_no_action_gives_a_plain_person_back(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED, content=SPOKEN)
    handler = client_as("handler.chengguan")
    for action, body in (
        ("sign", {}),
        ("contact", {"method": "phone", "reached": True, "note": SPOKEN}),
        ("progress", {"note": SPOKEN}),
    ):
        answer = await handler.act(number, action, **body)
        assert answer.status_code == 200
        for secret in (PHONE, NAME, HOUSE):
            assert secret not in answer.text


async def test_a_phone_number_that_is_searched_for_is_not_answered(
    client_as: ClientAs, build: Build
) -> None:
    await build.ticket()
    rows = (await client_as("operator").get(TICKETS, q=PHONE)).json()
    assert PHONE not in str(rows)


async def test_reading_never_writes(app: Litestar, own_build: Build, own_city: AsyncEngine) -> None:
    """On sessions as the program opens them, the database itself refuses a write."""
    number = await own_build.ticket(Status.PROCESSING)
    resources = app.state.resources
    resources.session_maker = make_session_maker(own_city)
    resources.read_maker = make_session_maker(own_city.execution_options(postgresql_readonly=True))
    resources.fetch = fetching(resources.session_maker)
    async with http_client(app) as http:
        client_of = clients_of(http, own_build.city)
        for name in ("supervisor", "handler.chengguan", Role.ADMIN):
            for path in readable_paths(app, number):
                answer = await client_of(name).get(path)
                assert answer.status_code in {200, 403, 404}, f"{name} {path}: {answer.text}"
