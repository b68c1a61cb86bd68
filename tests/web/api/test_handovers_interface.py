"""Hand-over files through the interface."""

from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import ClientAs

FILES = "/api/v1/handovers"


async def test_from_a_file_to_its_receipt(client_as: ClientAs, build: Build) -> None:
    yes, no = [await build.ticket(Status.TRANSFERRED_OUT) for _ in range(2)]
    authority = client_as("authority")
    body = {"recipient": "省平台", "tickets": [yes, no]}
    assert (await client_as("operator").post(FILES, body)).status_code == 403
    assert (await authority.post(FILES, {**body, "personal": True})).status_code == 403
    assert (await authority.post(FILES, {**body, "tickets": []})).status_code == 422
    made = await authority.post(FILES, body)
    assert made.status_code == 201
    file = made.json()["file"]
    path = f"{FILES}/{file['number']}"
    again = await authority.post(FILES, body)
    assert (again.status_code, again.json()["code"]) == (409, "handed-over-before")
    fetched = await client_as("supervisor").get(f"{path}/file")
    assert len(fetched.content) == file["bytes"]
    early = await authority.post(f"{path}/receipt", {"lines": [{"number": yes, "accepted": True}]})
    assert (early.status_code, early.json()["code"]) == (409, "hand-over-not-given")
    given = (await authority.post(f"{path}/give", {"how": "接口"})).json()
    assert given["file"]["state"] == "handed_over"
    assert [step["deed"] for step in given["steps"]] == ["made", "fetched", "handed_over"]
    lines = [
        {"number": yes, "accepted": True, "their_number": "S-1", "date": "2026-01-02"},
        {"number": no, "accepted": False, "remark": "不属于本省"},
        {"number": "\ud7ff", "accepted": True},
    ]
    dry = (await authority.post(f"{path}/receipt", {"lines": lines, "dry_run": True})).json()
    assert (dry["accepted"], dry["refused"], dry["dry_run"]) == (1, 1, True)
    assert [fault["line"] for fault in dry["faults"]] == [3]
    for same in (0, 2):
        report = (await authority.post(f"{path}/receipt", {"lines": lines})).json()
        assert report["same"] == same
    seen = (await authority.get(path)).json()
    assert seen["file"]["state"] == "received"
    assert {one["ticket"]: one["state"] for one in seen["lines"]} == {
        yes: "accepted",
        no: "refused",
    }
    gone = await authority.get(f"{path}/file")
    assert (gone.status_code, gone.json()["code"]) == (409, "hand-over-file-gone")
    listed = (await authority.get(FILES, limit=1)).json()
    assert [one["number"] for one in listed["items"]] == [file["number"]]
    assert (await authority.get(f"{FILES}/x")).status_code == 404
