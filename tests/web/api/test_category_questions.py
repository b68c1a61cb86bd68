"""The questions of categories through the interface."""

from tests.support.clients import ClientAs

PLACE = "/api/v1/categories/urban.roads/questions"
COURT = {
    "datatype": "singlevaluelist",
    "required": True,
    "description": "是否已起诉",
    "description_en": "Before a court",
    "choices": [
        {"key": "NO", "name": "没有", "name_en": "No"},
        {"key": "YES", "name": "已起诉", "stop": "请向法院查询"},
    ],
}


async def test_questions_are_added_read_changed_and_retired(client_as: ClientAs) -> None:
    admin, observer = client_as("admin"), client_as("observer")
    saved = await admin.put(f"{PLACE}/COURT", COURT)
    assert saved.status_code == 200
    assert saved.json()["choices"][1]["stop"] == "请向法院查询"
    await admin.put(f"{PLACE}/COURT", COURT | {"description": "有没有起诉"})
    (item,) = (await observer.get(PLACE)).json()["items"]
    assert (item["code"], item["description"], item["required"]) == ("COURT", "有没有起诉", True)
    gone = await admin.request("DELETE", f"{PLACE}/COURT")
    assert gone.status_code == 204
    assert (await observer.get(PLACE)).json()["items"] == []


async def test_what_cannot_be_asked_is_refused(client_as: ClientAs) -> None:
    admin = client_as("admin")
    wrong = {
        f"{PLACE}/no-code": COURT,
        f"{PLACE}/EMPTY": COURT | {"choices": []},
        f"{PLACE}/KIND": COURT | {"datatype": "bogus"},
        "/api/v1/categories/no.such/questions/COURT": COURT,
    }
    for path, body in wrong.items():
        assert (await admin.put(path, body)).status_code == 422, path
    assert (await admin.get("/api/v1/categories/no.such/questions")).status_code == 422
    assert (await admin.request("DELETE", f"{PLACE}/ABSENT")).status_code == 422
    assert (await client_as("operator").put(f"{PLACE}/COURT", COURT)).status_code == 403
