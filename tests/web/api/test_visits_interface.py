"""Return visits and field checks by the interface."""

from datetime import date

from sqlmodel import select

from hotline.followup.field_checks import plan_month
from hotline.followup.models import FieldCheck
from hotline.followup.sampling import SamplingRule
from hotline.people.principal import SYSTEM
from hotline.tickets.lifecycle import Hold, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import ClientAs

VISITS = "/api/v1/visits"
CHECKS = "/api/v1/field-checks"


async def test_a_visitor_by_the_interface(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    visitor = client_as("visitor")
    listed = (await visitor.get(VISITS, only_now=True)).json()
    (row,) = listed["items"]
    assert (listed["part"], row["ticket"], row["attempts"]) == ("morning", number, 0)
    (requester,) = row["requesters"]
    assert requester["can_be_tried_now"]
    assert NAME not in str(listed)
    assert PHONE not in str(listed)
    body = {"reached": False, "requester": requester["id"], "expected_version": row["version"]}
    assert (await visitor.act(number, "record-visit", **body)).status_code == 200
    assert (await visitor.get(VISITS, only_now=True)).json()["items"] == []
    (row,) = (await visitor.get(VISITS)).json()["items"]
    assert row["requesters"][0]["tried"] == ["morning"]
    assert row["requesters"][0]["next_attempt_at"] == "2026-03-02T06:00:00Z"
    skipped = await visitor.post(f"{VISITS}/{number}/skip", {"reason": "needs_file"})
    assert skipped.status_code == 204
    said = {"reached": True, "solved": True, "rating": 1, "contacted": False, "anonymous": True}
    answer = await visitor.act(number, "record-visit", **said, note="没人管")
    assert answer.json()["hold"] == "rating_check"
    (given,) = (await visitor.get(f"{VISITS}/answers", unsatisfied=True)).json()["items"]
    assert (given["rating"], given["contacted"], given["words"]) == (1, False, "没人管")
    timeline = await client_as("leader.chengguan").get(f"/api/v1/tickets/{number}/timeline")
    assert "没人管" not in timeline.text


async def test_two_persons_by_the_interface(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    auditor, second = client_as("auditor"), client_as("auditor.second")
    proposal = {"reason": "mistaken", "explanation": "误点"}
    decision = {"founded": False, "explanation": "误评"}
    early = await second.act(number, "decide-rating-check", **decision)
    assert (early.status_code, early.json()["code"]) == (409, "rater-not-contacted")
    assert (
        await auditor.act(number, "contact-rater", reached=True, note="已通话")
    ).status_code == 200
    assert (await auditor.act(number, "propose-unfounded", **proposal)).status_code == 200
    offered = (await auditor.get(f"/api/v1/tickets/{number}/actions")).json()["items"]
    assert "decide_rating_check" not in offered
    own = await auditor.act(number, "decide-rating-check", **decision)
    assert own.json()["code"] == "second-person-needed"
    done = await second.act(number, "decide-rating-check", **decision)
    assert done.json()["status"] == "closed"


async def test_a_field_check_by_the_interface(client_as: ClientAs, build: Build) -> None:
    await build.ticket(Status.CLOSED)
    async with build.acting(SYSTEM) as tx:
        await plan_month(tx, date(2026, 3, 1), SamplingRule(least=1))
    async with build.session_maker() as session:
        key = (await session.exec(select(FieldCheck.id))).one()
    visitor, supervisor = client_as("visitor"), client_as("supervisor")
    found = {"is_done": False, "words": "未见修复", "lat": 30.2, "long": 120.1}
    done = (await visitor.post(f"{CHECKS}/{key}/record", found)).json()
    assert (done["state"], done["is_done"], done["checked_by"]) == ("done", False, "visitor")
    listed = (await supervisor.get(CHECKS, unconfirmed=True, month="2026-03-01")).json()
    assert [row["id"] for row in listed["items"]] == [str(key)]
    assert listed["plans"][0]["found_not_done"] == 1
    word = {"confirm": False, "explanation": "点位认错"}
    confirmed = (await supervisor.post(f"{CHECKS}/{key}/confirm", word)).json()
    assert confirmed["is_confirmed"] is False
    again = await supervisor.post(f"{CHECKS}/{key}/confirm", word)
    assert (again.status_code, again.json()["code"]) == (409, "field-check-over")


async def test_the_comparison_by_the_interface(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    handler = client_as("handler.chengguan")
    assert (await handler.act(number, "record-own-visit", solved=True, rating=5)).status_code == 200
    await client_as("visitor").act(number, "record-visit", reached=True, solved=False, rating=2)
    build.clock.move(minutes=1)
    (row,) = (await client_as("authority").get(f"{VISITS}/comparison")).json()["items"]
    assert row["own"] == {"answers": 1, "unsatisfied": 0, "rated": 1, "satisfied": 1}
    assert row["hotline"] == {"answers": 1, "unsatisfied": 1, "rated": 1, "satisfied": 0}
    assert (row["difference"], row["is_marked"]) == (100, False)
