"""Issuing papers: numbers without gaps, the same paper for the same words, and what vouches for it."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from hotline.papers.actions import issue_paper
from hotline.papers.content import as_json
from hotline.papers.errors import NothingToIssue, PaperForbidden, PaperNotFound, TemplateNotFound
from hotline.papers.kinds import PaperKind, spoken_code
from hotline.papers.layout import default_template
from hotline.papers.models import Paper
from hotline.papers.queries import (
    PaperFilter,
    PaperRow,
    Standing,
    find_paper,
    list_papers,
    list_templates,
    papers_of_ticket,
    verify_paper,
    verify_papers,
)
from hotline.papers.setting import add_template, find_in_force, install_templates, use_template
from hotline.papers.subjects import masked_requester, read_subjects
from hotline.people.principal import REQUESTER, PermissionDenied, Principal
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.history import FaultKind
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import PAPER_ISSUED, Assignment, TicketEvent
from hotline.tickets.verification import verify_histories
from tests.support.builders import NAME, PHONE, Build

K = PaperKind
MATTER: dict[str, Any] = {
    "title": f"{NAME}反映路灯不亮",
    "content": f"我是{NAME}，电话{PHONE}，住建设路12号3栋2单元，路灯三天不亮",
}


async def _issue(
    build: Build, number: str, kind: PaperKind, by: str | Principal = "supervisor", **more: Any
) -> Paper:
    async with build.acting(by) as tx:
        return await issue_paper(tx, number, kind=kind, **more)


async def _with_order(build: Build) -> str:
    number = await build.ticket(Status.PROCESSING, **MATTER)
    await build.do(Action.ISSUE_ORDER, number, demand=f"请即联系{NAME}（{PHONE}）并办理")
    return number


async def _with_ruling(build: Build) -> str:
    number = await build.ticket(Status.PROCESSING, Hold.RETURN_REVIEW, **MATTER)
    await build.do(Action.DECIDE_RETURN, number, explanation=f"{NAME}所述职责在你局")
    return number


async def _with_final_reply(build: Build) -> str:
    number = await build.ticket(Status.PROCESSING, Hold.FINAL_REPLY, **MATTER)
    await build.do(Action.REVIEW_FINAL_REPLY, number)
    await build.do(Action.DECIDE_FINAL_REPLY, number)
    return number


async def _case(build: Build, kind: PaperKind) -> tuple[str, str]:
    """Return a ticket on which a paper of a kind can be issued, and by whom."""
    if kind is K.ORDER:
        return await _with_order(build), "handler.chengguan"
    if kind is K.RETURN_RULING:
        return await _with_ruling(build), "dispatcher"
    if kind is K.FINAL_REPLY:
        return await _with_final_reply(build), "authority"
    if kind is K.RECTIFICATION_NOTICE:
        number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION, **MATTER)
        return number, "supervisor"
    number = await build.ticket(Status.PROCESSING, **MATTER)
    return number, "handler.chengguan" if kind is K.FIELD_TASK else "operator"


@pytest.mark.parametrize("kind", PaperKind)
async def test_every_kind_is_issued_without_a_word_of_who_asked(
    build: Build, kind: PaperKind
) -> None:
    number, by = await _case(build, kind)
    before = await build.find(number)
    paper = await _issue(build, number, kind, by)
    said = str(paper.content)
    assert NAME not in said
    assert PHONE not in said
    assert "3栋" not in said
    assert paper.number.endswith("-2026-000001")
    after = await build.find(number)
    assert (paper.history_count, paper.history_head) == (after.history_count, after.history_head)
    assert after.history_count == before.history_count + 1
    assert after.version == before.version
    async with build.session_maker() as session:
        found = await verify_paper(session, spoken_code(paper.code).lower())
        assert found.standing is Standing.VALID
        assert [part.faults async for part in verify_histories(session, number)] == [{}]
        assert [faults async for faults in verify_papers(session)] == [{}]


async def test_the_same_words_give_the_same_paper_and_others_a_revision(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    first = await _issue(build, number, K.COMMITMENT, "operator")
    again = await _issue(build, number, K.COMMITMENT, "leader.chengguan")
    assert again.id == first.id
    await build.do(Action.REQUEST_EXTENSION, number)
    await build.do(Action.DECIDE_EXTENSION, number)
    second = await _issue(build, number, K.COMMITMENT, "operator")
    assert (second.revision, second.number) == (2, "CN-2026-000002")
    assert second.subject_id == first.subject_id
    async with build.session_maker() as session:
        assert (await verify_paper(session, first.code)).standing is Standing.REPLACED
        assert (await verify_paper(session, second.code)).standing is Standing.VALID


async def test_numbers_have_no_gaps_even_when_many_are_issued_at_once(own_build: Build) -> None:
    build = own_build
    numbers = [await build.ticket(Status.ACCEPTED) for _ in range(6)]

    async def refused(number: str) -> None:
        """Take a number and give it back: what raises leaves no gap."""
        with contextlib.suppress(ZeroDivisionError):
            async with build.acting("operator") as tx:
                await issue_paper(tx, number, kind=K.COMMITMENT)
                raise ZeroDivisionError

    await asyncio.gather(
        *(_issue(build, number, K.COMMITMENT, "operator") for number in numbers[:3]),
        refused(numbers[3]),
        *(_issue(build, number, K.COMMITMENT, "operator") for number in numbers[3:]),
        *(_issue(build, number, K.COMMITMENT, "operator") for number in numbers[:2]),
    )
    async with build.session_maker() as session:
        issued = (await session.exec(select(Paper.number).order_by(col(Paper.number)))).all()
        templates = [row for row in await list_templates(session) if row.kind is K.COMMITMENT]
    assert list(issued) == [f"CN-2026-{n:06d}" for n in range(1, 7)]
    assert [row.version for row in templates] == [1]


async def test_a_paper_stays_as_it_was_issued(build: Build) -> None:
    paper = await _issue(build, await build.ticket(Status.ACCEPTED), K.COMMITMENT, "operator")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with build.session_maker() as session, session.begin():
            await session.exec(sa.delete(Paper).where(col(Paper.id) == paper.id))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ticket_events SET text = 'x' WHERE seq = 2",
        "DELETE FROM ticket_events WHERE seq = 2",
        "UPDATE papers SET content = jsonb_set(content, '{promise}', '\"x\"')",
        "UPDATE papers SET history_head = '\\x00'",
    ],
)
async def test_what_was_tampered_with_is_told(build: Build, change: str) -> None:
    number = await build.ticket(Status.PROCESSING)
    paper = await _issue(build, number, K.COMMITMENT, "operator")
    await build.do(Action.PROGRESS, number)
    table = change.split()[2] if change.startswith("DELETE") else change.split()[1]
    async with build.session_maker() as session, session.begin():
        for statement in (
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            change,
            f"ALTER TABLE {table} ENABLE TRIGGER ALL",
        ):
            await session.exec(sa.text(statement))  # type: ignore[call-overload]
    async with build.session_maker() as session:
        assert (await verify_paper(session, paper.code)).standing is Standing.DIFFERS
        found = [faults async for faults in verify_papers(session, number)]
    if table == "papers":
        assert [fault.kind for fault in found[0][number]] == [FaultKind.PAPER_DIFFERS]


async def test_a_guessed_code_finds_nothing(build: Build) -> None:
    await _issue(build, await build.ticket(Status.ACCEPTED), K.COMMITMENT, "operator")
    async with build.session_maker() as session:
        for code in ("", "2", "222222222222", "A" * 500, "%", "' OR 1=1"):
            with pytest.raises(PaperNotFound):
                await verify_paper(session, code)


async def test_who_does_not_see_the_ticket_gets_no_paper_of_it(build: Build) -> None:
    number = await _with_order(build)
    paper = await _issue(build, number, K.ORDER)
    with pytest.raises(TicketNotFound):
        await _issue(build, number, K.ORDER, "handler.huanbao")
    with pytest.raises(PaperForbidden):
        await _issue(build, number, K.ORDER, "operator")
    async with build.session_maker() as session:
        ticket = await build.find(number)
        mine: Sequence[PaperRow] = await papers_of_ticket(
            session, build.city.people["leader.chengguan"], ticket
        )
        assert [row.paper.number for row in mine] == [paper.number]
        with pytest.raises(PaperNotFound):
            await find_paper(session, REQUESTER, ticket, paper.number)


async def test_a_co_handler_gets_his_own_task_and_nothing_of_the_lead(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, co_departments=["zhujian"])
    await build.do(Action.SIGN, number)
    own = await _issue(build, number, K.FIELD_TASK, "handler.zhujian")
    async with build.session_maker() as session:
        task = await session.get_one(Assignment, own.subject_id)
    assert task.department_id == build.city.departments["zhujian"]
    for kind in (K.COMMITMENT, K.SERVICE_LIST, K.RETURN_RULING):
        with pytest.raises(NothingToIssue):
            await _issue(build, number, kind, "handler.zhujian")
    await _issue(build, number, K.COMMITMENT, "handler.chengguan")
    async with build.session_maker() as session:
        ticket = await build.find(number)
        seen = await papers_of_ticket(session, build.city.people["handler.zhujian"], ticket)
    assert [row.paper.kind for row in seen] == [K.FIELD_TASK]


async def test_a_secret_requester_is_neither_named_nor_placed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, secret=True, **MATTER)
    task = await _issue(build, number, K.FIELD_TASK, "handler.chengguan")
    assert task.content["place"] == "新城街道"
    assert task.content["matter"] is None
    assert "建设路" not in str(task.content)
    async with build.session_maker() as session:
        assert await masked_requester(session, build.cipher, await build.find(number)) is None
    open_number = await build.ticket(Status.PROCESSING)
    async with build.session_maker() as session:
        shown = await masked_requester(session, build.cipher, await build.find(open_number))
    assert shown == "欧**"


async def test_a_requester_gets_his_promise_and_nothing_else(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    paper = await _issue(build, number, K.COMMITMENT, REQUESTER)
    assert paper.issued_by is None
    for kind in (K.ORDER, K.SERVICE_LIST, K.FIELD_TASK):
        with pytest.raises(PaperForbidden):
            await _issue(build, number, kind, REQUESTER)
    with pytest.raises(NothingToIssue):
        await _issue(build, number, K.FINAL_REPLY, REQUESTER)


async def test_a_plan_and_an_arbitration_say_what_was_decided(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
    plan = await _issue(build, number, K.RECTIFICATION_NOTICE)
    assert [line["text"] for line in plan.content["milestones"]] == ["完成招标", "完工"]
    other = await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    await build.do(Action.DECIDE_ARBITRATION, other, department="jiaotong")
    async with build.session_maker() as session:
        arbitration = (
            await session.exec(
                select(Procedure.id).where(Procedure.kind == ProcedureKind.ARBITRATION)
            )
        ).one()
    ruling = await _issue(build, other, K.RETURN_RULING, subject_id=arbitration)
    assert ruling.content["ruling"] == "designated"
    assert ruling.content["assigned"] == "交通运输局"


async def test_what_is_not_decided_yet_is_not_put_on_paper(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RETURN_REVIEW)
    with pytest.raises(NothingToIssue):
        await _issue(build, number, K.RETURN_RULING)
    async with build.session_maker() as session:
        asked = (await session.exec(select(Procedure.kind))).all()
    assert ProcedureKind.RETURN in asked
    with pytest.raises(NothingToIssue):
        await _issue(build, await build.ticket(), K.COMMITMENT)


async def test_the_timeline_says_which_paper_was_issued(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    paper = await _issue(build, number, K.COMMITMENT, "operator")
    async with build.session_maker() as session:
        event = (
            await session.exec(select(TicketEvent).where(TicketEvent.action == PAPER_ISSUED))
        ).one()
    assert event.details["paper"] == paper.number
    assert event.details["digest"] == paper.digest.hex()
    assert event.changes == {}


async def test_the_list_pages_and_narrows(build: Build) -> None:
    numbers = [await build.ticket(Status.ACCEPTED) for _ in range(3)]
    for place, number in enumerate(numbers):
        build.clock.set(build.clock.now() + timedelta(minutes=place + 1))
        await _issue(build, number, K.COMMITMENT, "operator")
        await _issue(build, number, K.SERVICE_LIST, "operator")
    async with build.session_maker() as session:
        everything = PaperFilter()
        first = await list_papers(session, everything, limit=4)
        rest = await list_papers(session, everything, cursor=first.next_cursor, limit=4)
        found = [row.paper.number for row in (*first.items, *rest.items)]
        assert len(set(found)) == 6
        assert rest.next_cursor is None
        lists = await list_papers(session, PaperFilter(kind=K.SERVICE_LIST))
        assert {row.paper.kind for row in lists.items} == {K.SERVICE_LIST}
        of_one = await list_papers(session, PaperFilter(number=numbers[0]))
        assert len(of_one.items) == 2
        early = PaperFilter(issued_to=build.clock.now() - timedelta(minutes=4))
        assert len((await list_papers(session, early)).items) == 2
        one = await list_papers(session, PaperFilter(number="cn-2026-000002"))
        assert [row.paper.number for row in one.items] == ["CN-2026-000002"]


async def test_templates_are_kept_put_in_force_and_taken_back(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    changed = default_template(K.COMMITMENT) + b"\x00"
    async with build.acting("admin") as tx:
        await install_templates(tx)
        kept = await add_template(tx, kind=K.COMMITMENT, body=default_template(K.COMMITMENT))
        assert kept.version == 1  # nothing has changed
        second = await add_template(tx, kind=K.COMMITMENT, body=changed)
        assert second.version == 2
    old = await _issue(build, number, K.COMMITMENT, "operator")
    async with build.acting("admin") as tx:
        await use_template(tx, kind=K.COMMITMENT, version=2)
        with pytest.raises(TemplateNotFound):
            await use_template(tx, kind=K.COMMITMENT, version=9)
    new = await _issue(build, await build.ticket(Status.ACCEPTED), K.COMMITMENT, "operator")
    assert new.template_id == second.id != old.template_id
    async with build.acting("admin") as tx:
        await use_template(tx, kind=K.COMMITMENT, version=1)
        in_force = await find_in_force(tx.session, K.COMMITMENT)
        assert in_force is not None
        assert in_force.version == 1
    async with build.acting("supervisor") as tx:
        with pytest.raises(PermissionDenied):
            await add_template(tx, kind=K.COMMITMENT, body=changed)


async def test_subjects_say_the_same_whoever_reads(build: Build) -> None:
    number = await _with_order(build)
    ticket = await build.find(number)
    said = []
    async with build.session_maker() as session:
        for name in ("supervisor", "leader.chengguan"):
            subjects = await read_subjects(session, build.cipher, build.city.people[name], ticket)
            said.append([as_json(one.content) for one in subjects if one.kind is not K.FIELD_TASK])
    assert said[0] == said[1]
