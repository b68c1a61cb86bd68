"""Papers through the interface."""

import io

import docx

from hotline.tickets.lifecycle import Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import TICKETS, ClientAs


async def test_a_paper_from_its_issue_to_its_verification(
    client_as: ClientAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    operator, supervisor = client_as("operator"), client_as("supervisor")
    path = f"{TICKETS}/{number}/papers"
    issued = await operator.post(path, {"kind": "commitment"})
    assert issued.status_code == 200, issued.text
    paper = issued.json()
    again = await supervisor.post(path, {"kind": "commitment", "subject": paper["subject"]})
    assert again.json() == paper
    assert paper["number"] == "CN-2026-000001"
    assert (paper["revision"], paper["is_newest"], paper["template_version"]) == (1, True, 1)
    assert paper["content"]["promise"] == "一天内修好"
    listed = (await supervisor.get(path)).json()["items"]
    assert listed == [paper]
    assert (await supervisor.get(f"{path}/{paper['number']}")).json() == paper
    everything = await supervisor.get("/api/v1/papers", q=number)
    assert everything.json() == {"items": [paper], "next_cursor": None}
    other = await supervisor.get("/api/v1/papers", kind="order")
    assert other.json()["items"] == []

    word = await operator.get(f"{path}/{paper['number']}/docx")
    assert word.status_code == 200
    said = "\n".join(p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert paper["number"] in said
    found = (await client_as("observer").get(f"/api/v1/papers/verify/{paper['code']}")).json()
    assert found["standing"] == "valid"
    assert found["history_hash"] == paper["history_hash"]
    for answer in (issued.text, str(found)):
        assert NAME not in answer
        assert PHONE not in answer


async def test_refusals_have_their_codes(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    path = f"{TICKETS}/{number}/papers"
    for name, body, status, code in (
        ("auditor", {"kind": "commitment"}, 403, "paper-forbidden"),
        ("supervisor", {"kind": "order"}, 404, "nothing-to-issue"),
        ("supervisor", {"kind": "letter"}, 422, "invalid-request"),
        ("handler.huanbao", {"kind": "commitment"}, 404, "ticket-not-found"),
    ):
        answer = await client_as(name).post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    absent = await client_as("supervisor").get(f"{path}/CN-2026-000009")
    assert (absent.status_code, absent.json()["code"]) == (404, "paper-not-found")
    other = await client_as("handler.huanbao").get(f"{path}/CN-2026-000009/docx")
    assert (other.status_code, other.json()["code"]) == (404, "ticket-not-found")
    guessed = await client_as("supervisor").get("/api/v1/papers/verify/222222222222")
    assert (guessed.status_code, guessed.json()["code"]) == (404, "paper-not-found")
