"""The board and the administrator's pages."""

import re

from hotline.people.queries import find_department, find_user
from hotline.sla.queries import list_policy_versions
from tests.support.builders import Build
from tests.web.pages.conftest import PersonAs


def _fields(text: str) -> dict[str, str]:
    """Return what a policy form would send as it stands."""
    sent = {}
    for tag in re.findall(r"<input [^>]*>", text):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or " checked" in tag:
            sent[given.get("name", "_")] = given.get("value", "")
    for name, options in re.findall(
        r'<select [^>]*?name="([\w-]+)".*?>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'value="(\w+)"\s+selected', options)
        sent[name] = chosen[1] if chosen else "natural"
    return {name: value for name, value in sent.items() if not name.startswith("_")}


async def test_everybody_at_work_reads_the_departments_and_the_administrator_changes_them(
    person_as: PersonAs, build: Build
) -> None:
    page = await person_as("observer").get("/departments")
    assert "城市管理局" in page.text
    assert "/admin/" not in page.text
    admin = person_as("admin")
    assert "/admin/departments/chengguan" in (await admin.get("/departments")).text
    assert (await admin.get("/admin/departments/new")).status_code == 200
    sent = {"code": "shuiwu", "name": "水务局", "parent": "zhujian", "is_active": "true"}
    assert (await admin.post("/admin/departments", sent)).status_code == 303
    page = await admin.get("/admin/departments/shuiwu")
    assert 'value="水务局"' in page.text
    changed = sent | {"known": "shuiwu", "name": "水务管理局", "parent": ""}
    assert (await admin.post("/admin/departments", changed)).status_code == 303
    async with build.session_maker() as session:
        found = await find_department(session, "shuiwu")
    assert found is not None
    assert (found.name, found.parent_id, found.is_active) == ("水务管理局", None, True)
    refused = await admin.post("/admin/departments", sent | {"code": "No Code"})
    assert refused.status_code == 422
    assert 'value="水务局"' in refused.text
    assert (await admin.post("/admin/departments", sent | {"name": ""})).status_code == 422
    assert (await admin.get("/admin/departments/nowhere")).status_code == 303


async def test_categories_are_shown_as_a_tree(person_as: PersonAs) -> None:
    page = await person_as("admin").get("/admin/categories")
    assert "道路" in page.text
    assert (await person_as("supervisor").get("/admin/categories")).status_code == 403


async def test_accounts_are_opened_changed_and_switched_off(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    assert "operator.second" in (await admin.get("/admin/users")).text
    assert (await admin.get("/admin/users/new")).status_code == 200
    sent = {
        "username": "newcomer",
        "display_name": "新人",
        "department": "chengguan",
        "password": "a long password",
        "roles": ["handler", "leader"],
    }
    assert (await admin.post("/admin/users", sent)).status_code == 303
    page = await admin.get("/admin/users/newcomer")
    assert len(re.findall(r'value="(?:handler|leader)"\s+checked', page.text)) == 2
    assert "a long password" not in page.text
    changed = sent | {"known": "newcomer", "roles": ["handler"], "password": ""}
    assert (await admin.post("/admin/users", changed)).status_code == 303
    async with build.session_maker() as session:
        user = await find_user(session, "newcomer")
    assert user is not None
    assert (user.roles, user.is_active) == (["handler"], False)
    for wrong in (
        sent,
        sent | {"username": "another", "roles": []},
        sent | {"username": "another", "password": "short"},
        sent | {"username": "another", "department": ""},
    ):
        answer = await admin.post("/admin/users", wrong)
        assert answer.status_code == 422
        assert 'value="新人"' in answer.text
        assert "a long password" not in answer.text
    assert (await admin.get("/admin/users/nobody")).status_code == 303
    assert (await person_as("supervisor").get("/admin/users")).status_code == 403


async def test_a_policy_is_changed_by_its_form_as_a_new_version(
    person_as: PersonAs, build: Build
) -> None:
    admin = person_as("admin")
    assert "快办24小时" in (await admin.get("/admin/policies")).text
    page = await admin.get("/admin/policies/fast-24")
    sent = _fields(page.text) | {"accept-limit": "PT20M"}
    answer = await admin.post("/admin/policies/fast-24", sent)
    assert answer.headers["location"] == "/admin/policies/fast-24?done=1"
    async with build.session_maker() as session:
        newest, before = await list_policy_versions(session, "fast-24")
    assert newest.definition["clocks"]["accept"]["limit"] == "PT20M"
    rest = {key: value for key, value in newest.definition["clocks"].items() if key != "accept"}
    assert rest == {k: v for k, v in before.definition["clocks"].items() if k != "accept"}
    page = await admin.get("/admin/policies/fast-24?version=1")
    assert 'value="30分"' in page.text


async def test_limits_by_request_type_survive_a_change(person_as: PersonAs, build: Build) -> None:
    admin = person_as("admin")
    page = await admin.get("/admin/policies/enterprise")
    sent = _fields(page.text) | {"sign-limit": "PT2H", "programme": "enterprise"}
    assert (
        await admin.post("/admin/policies/enterprise", sent | {"is_active": "true"})
    ).status_code == 303
    async with build.session_maker() as session:
        newest, before = await list_policy_versions(session, "enterprise")
    assert newest.definition["match"] == before.definition["match"]
    by_type = newest.definition["clocks"]["complete"]["by_type"]
    assert by_type == before.definition["clocks"]["complete"]["by_type"]


async def test_a_policy_that_cannot_be_kept_is_refused_at_the_field(person_as: PersonAs) -> None:
    admin = person_as("admin")
    fields = _fields((await admin.get("/admin/policies/fast-24")).text)
    wrong = {
        "accept-limit": ("PT0M", "-PT5M", "five minutes", "P400D", ""),
        "sign-yellow": ("0.9", "0", "x"),
        "name": ("",),
    }
    for name, values in wrong.items():
        for value in values:
            answer = await admin.post("/admin/policies/fast-24", fields | {name: value})
            assert answer.status_code == 422, (name, value)
            assert f'id="{name}-error"' in answer.text, (name, value)


async def test_a_new_policy_gets_a_code_of_its_own(person_as: PersonAs) -> None:
    admin = person_as("admin")
    assert (await admin.get("/admin/policies/new")).status_code == 200
    sent = _fields((await admin.get("/admin/policies/fast-24")).text)
    sent |= {"code": "storm", "name": "暴雨", "urgency": "p0", "is_active": "true"}
    assert (await admin.post("/admin/policies", sent)).status_code == 303
    taken = await admin.post("/admin/policies", sent)
    assert taken.status_code == 422
    assert 'id="code-error"' in taken.text
    bad = await admin.post("/admin/policies", sent | {"code": "Two Words"})
    assert bad.status_code == 422
    supervisor = person_as("supervisor")
    page = await supervisor.get("/admin/policies/storm")
    assert page.status_code == 200
    assert "发布为新版本" not in page.text
    assert (await supervisor.post("/admin/policies/storm", sent)).status_code == 403
    assert (await supervisor.get("/admin/policies/new")).status_code == 403
    assert (await person_as("operator").get("/admin/policies")).status_code == 403


async def test_an_address_that_nobody_serves_is_told_in_the_callers_own_form(
    person_as: PersonAs,
) -> None:
    page = await person_as("operator").get("/no/such/page")
    assert page.status_code == 404
    assert "这里没有内容" in page.text
    problem = await person_as("operator").get("/api/v1/nothing")
    assert problem.status_code == 404
    assert problem.headers["content-type"].startswith("application/problem+json")
