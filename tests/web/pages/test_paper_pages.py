"""Papers on the pages: issued, printed, fetched, verified, and the templates they are set in."""

import io
import re

import docx
import httpx
import pytest
import sqlalchemy as sa
from docx.document import Document
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.papers.kinds import PaperKind
from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, said

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def _issue(person: Person, number: str, kind: str) -> str:
    """Issue a paper from the ticket's page and return its address."""
    page = (await person.get(f"/tickets/{number}")).text
    subject = re.search(
        rf'value="{kind}">\s*<input type="hidden"\s+name="subject"\s+value="([\w-]+)"', page
    )
    assert subject, f"no {kind} is offered"
    answer = await person.post(f"/tickets/{number}/papers", {"kind": kind, "subject": subject[1]})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def _words(answer: httpx.Response) -> str:
    document: Document = docx.Document(io.BytesIO(answer.content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        lines += [cell.text for row in table.rows for cell in row.cells]
    return "\n".join(lines)


async def test_a_paper_is_issued_printed_fetched_and_verified(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING, title=f"{NAME}家路灯不亮")
    operator = person_as("operator")
    place = await _issue(operator, number, "commitment")
    shown = await operator.get(place)
    text = said(shown.text)
    paper = place.rpartition("/")[2]
    code = re.search(r"\b(\w{4}-\w{4}-\w{4})\b", text)
    assert code
    for words in (paper, "承诺单", "诉求人欧**", "一天内修好", "operator先生", "欧**家路灯不亮"):
        assert words in text
    assert NAME not in text
    assert PHONE not in text

    ticket = said((await operator.get(f"/tickets/{number}")).text)
    assert paper in ticket
    assert "签发文书" in ticket

    word = await operator.get(f"{place}.docx")
    assert word.headers["content-type"] == WORD
    assert f'filename="{paper}.docx"' in word.headers["content-disposition"]
    words = _words(word)
    for part in (paper, code[1], "一天内修好", "诉求人欧**", "2026年3月2日"):
        assert part in words
    head = re.search(r"[0-9a-f]{64}", text)
    assert head
    assert head[0] in words

    found = await stranger.get(f"/verify/{code[1].replace('-', '')}")
    assert "真实有效" in said(found.text)
    assert "一天内修好" in said(found.text)
    assert "欧" not in said(found.text).replace("欧**家", "")
    typed = await stranger.get(f"/verify?code=+{code[1].lower()}")
    assert paper in said(typed.text)


async def test_a_guessed_code_is_told_nothing_and_tries_are_counted(
    stranger: Person, build: Build
) -> None:
    await build.ticket()
    assert (await stranger.get("/verify")).status_code == 200
    answers = {(await stranger.get(f"/verify/{code}")).text for code in ("2" * 12, "3" * 12)}
    plain = {re.sub(r"[23]{12}", "", text) for text in answers}
    assert len(plain) == 1
    wrong = await stranger.get("/verify/x")
    assert wrong.status_code == 404
    tries = [(await stranger.get("/verify?code=222222222222")).status_code for _ in range(60)]
    assert (tries[0], tries[-1]) == (404, 429)


async def test_a_paper_of_a_ticket_one_may_not_see_is_not_there(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    place = await _issue(person_as("operator"), number, "commitment")
    other = person_as("handler.huanbao")
    for address in (place, f"{place}.docx", f"/tickets/{number}/papers/CN-2026-999999"):
        assert (await other.get(address)).status_code == 404
    sent = await other.post(f"/tickets/{number}/papers", {"kind": "commitment"})
    assert sent.status_code == 404
    assert (await person_as("observer").get(place)).status_code == 403
    absent = await person_as("operator").get(f"/tickets/{number}/papers/CN-2026-999999")
    assert absent.status_code == 404
    nothing = await person_as("operator").post(f"/tickets/{number}/papers", {"kind": "x"})
    assert nothing.status_code == 404


async def test_what_is_on_paper_already_is_not_offered_again(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    operator = person_as("operator")
    first = await _issue(operator, number, "commitment")
    page = (await operator.get(f"/tickets/{number}")).text
    assert 'value="commitment"' not in page
    await build.do(Action.REQUEST_EXTENSION, number)
    await build.do(Action.DECIDE_EXTENSION, number)
    assert "签发第2次" in said((await operator.get(f"/tickets/{number}")).text)
    second = await _issue(operator, number, "commitment")
    assert second != first
    assert "已有更新的版次" in said((await operator.get(first)).text)


async def test_a_requester_opens_his_own_papers(stranger: Person, build: Build) -> None:
    created = await build.create()
    who = {"number": created.number, "query_code": created.query_code}
    await build.follow(created.number, Action.ACCEPT, Action.DISPATCH, Action.SIGN)
    page = await stranger.post("/track", who)
    assert "您的文书" in said(page.text)
    paper = await stranger.post("/track/papers", {**who, "kind": "commitment"})
    assert paper.status_code == 200
    assert "CN-2026-000001" in paper.text
    assert "watermark" not in paper.text
    for kind in ("order", "final_reply", "x"):
        assert (await stranger.post("/track/papers", {**who, "kind": kind})).status_code in {
            403,
            404,
        }
    wrong = await stranger.post("/track/papers", {**who, "query_code": "x", "kind": "commitment"})
    assert wrong.status_code == 404
    assert "CN-2026" not in wrong.text
    await build.do(Action.REQUEST_FINAL_REPLY, created.number)
    await build.do(Action.REVIEW_FINAL_REPLY, created.number)
    await build.do(Action.DECIDE_FINAL_REPLY, created.number)
    final = await stranger.post("/track/papers", {**who, "kind": "final_reply"})
    assert "政策不允许" in said(final.text)


async def test_the_list_of_papers(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
    supervisor = person_as("supervisor")
    assert "还没有签发过文书" in said((await supervisor.get("/papers")).text)
    await _issue(supervisor, number, "rectification_notice")
    await _issue(supervisor, number, "service_list")
    everything = said((await supervisor.get("/papers")).text)
    assert "ZG-2026-000001" in everything
    narrowed = await supervisor.get("/papers?kind=service_list&issued_from=2026-01-01&issued_to=x")
    assert "ZG-2026-000001" not in narrowed.text
    assert "FW-2026-000001" in narrowed.text
    assert "没有符合" in said((await supervisor.get(f"/papers?number={'9' * 13}")).text)
    assert (await person_as("handler.chengguan").get("/papers")).status_code == 403


async def test_showing_papers_takes_a_fixed_number_of_statements(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine
) -> None:
    supervisor = person_as("supervisor")
    counts = []
    for _ in range(2):
        number = await build.ticket(Status.PROCESSING)
        await _issue(supervisor, number, "commitment")
        await _issue(supervisor, number, "service_list")
        with count_queries(city_engine) as statements:
            await supervisor.get("/papers")
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_template_is_fetched_changed_kept_and_put_in_force(
    person_as: PersonAs, build: Build
) -> None:
    await _issue(person_as("operator"), await build.ticket(Status.ACCEPTED), "commitment")
    admin = person_as("admin")
    assert (await person_as("supervisor").get("/papers/templates")).status_code == 403
    page = await admin.get("/papers/templates")
    assert "系统自带" in said(page.text)
    fetched = await admin.get("/papers/templates/commitment/1/document")
    document = docx.Document(io.BytesIO(fetched.content))
    document.add_paragraph("附注：本单一式两份。")
    written = io.BytesIO()
    document.save(written)
    kept = await _send(admin, "commitment", written.getvalue())
    assert kept.status_code == 303
    assert "尚未启用" in said((await admin.get(kept.headers["location"])).text)
    preview = await admin.get("/papers/templates/commitment/2/preview")
    assert "附注" in _words(preview)
    used = await admin.post("/papers/templates/commitment/2/use")
    assert "已启用第2版" in said((await admin.get(used.headers["location"])).text)
    number = await build.ticket(Status.ACCEPTED)
    place = await _issue(person_as("operator"), number, "commitment")
    assert "本单一式两份" in _words(await admin.get(f"{place}.docx"))

    document.add_paragraph("{{ phone }}")
    bad = io.BytesIO()
    document.save(bad)
    refused = await _send(admin, "commitment", bad.getvalue())
    assert refused.status_code == 422
    assert "phone" in said(refused.text)
    assert (await _send(admin, "commitment", b"no")).status_code == 422
    assert (await admin.post("/papers/templates/commitment", {})).status_code == 422
    assert (await _send(admin, "nothing", b"no")).status_code == 404
    assert (await admin.get("/papers/templates/commitment/9/document")).status_code == 404


async def _send(person: Person, kind: str, body: bytes) -> httpx.Response:
    return await person._send(
        "POST",
        f"/papers/templates/{kind}",
        data={"_csrf_token": person._csrf},
        files={"document": ("template.docx", body, WORD)},
    )


@pytest.mark.parametrize("kind", PaperKind)
async def test_every_kind_has_a_page_and_a_document_in_both_languages(
    person_as: PersonAs, build: Build, kind: PaperKind
) -> None:
    number, by = await _ready(build, kind)
    person = person_as(by)
    place = await _issue(person, number, kind.value)
    for language in ("zh_CN", "en"):
        person.cookies["lang"] = language
        assert (await person.get(place)).status_code == 200
    assert (await person.get(f"{place}.docx")).status_code == 200


async def _ready(build: Build, kind: PaperKind) -> tuple[str, str]:
    match kind:
        case PaperKind.ORDER:
            number = await build.ticket(Status.PROCESSING)
            await build.do(Action.ISSUE_ORDER, number)
        case PaperKind.RETURN_RULING:
            number = await build.ticket(Status.PROCESSING, Hold.RETURN_REVIEW)
            await build.do(Action.DECIDE_RETURN, number)
        case PaperKind.FINAL_REPLY:
            number = await build.ticket(Status.PROCESSING, Hold.FINAL_REPLY)
            await build.do(Action.REVIEW_FINAL_REPLY, number)
            await build.do(Action.DECIDE_FINAL_REPLY, number)
        case PaperKind.RECTIFICATION_NOTICE:
            number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
        case _:
            number = await build.ticket(Status.PROCESSING)
    return number, "handler.chengguan" if kind is PaperKind.FIELD_TASK else "supervisor"


async def test_a_paper_whose_history_was_changed_is_told_apart(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    place = await _issue(person_as("operator"), number, "commitment")
    text = said((await person_as("operator").get(place)).text)
    code = re.search(r"\b(\w{4}-\w{4}-\w{4})\b", text)
    assert code
    async with build.session_maker() as session, session.begin():
        for statement in (
            "ALTER TABLE ticket_events DISABLE TRIGGER ALL",
            "UPDATE ticket_events SET text = 'x' WHERE seq = 2",
            "ALTER TABLE ticket_events ENABLE TRIGGER ALL",
        ):
            await session.exec(sa.text(statement))  # type: ignore[call-overload]
    found = await stranger.get(f"/verify/{code[1]}")
    assert "与签发时不一致" in said(found.text)
