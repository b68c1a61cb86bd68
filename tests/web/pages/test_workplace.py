"""The list beside the ticket, taking back, what others changed meanwhile, keys and commands."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.undo import UNDO_FOR
from tests.support.builders import Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, PersonAs, offered, said

QUEUE = "/queues/accept"
WITHIN = f"?in={quote(QUEUE, safe='')}"


def _value(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def _undo(text: str) -> tuple[str, dict[str, str]] | None:
    """Return where the form of taking back goes, and its fields."""
    found = re.search(r'<form class="undo".*?</form>', text, re.DOTALL)
    if found is None:
        return None
    action = re.search(r'action="([^"]+)"', found[0])
    fields = re.findall(r'name="([^"_][^"]*)" value="([^"]*)"', found[0])
    return (action[1] if action else ""), {name: unescape(value) for name, value in fields}


async def _act(person: Person, number: str, action: str, **typed: str) -> str:
    """Do an action from the list and return where it leads."""
    page = (await person.get(f"/tickets/{number}{WITHIN}")).text
    kept = {name: _value(page, name) for name in ("_in", "_next", "expected_version")}
    answer = await person.post(f"/tickets/{number}/actions/{action}", kept | typed)
    assert answer.status_code == 303, said(answer.text)
    return str(answer.headers["location"])


async def test_the_list_stands_beside_the_ticket_and_goes_on_after_an_action(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(await build.ticket())
        clock.move(minutes=1)
    first, second, third = numbers
    operator = person_as("operator")
    queue = (await operator.get(QUEUE)).text
    assert f'href="/tickets/{first}{WITHIN}"' in queue
    page = (await operator.get(f"/tickets/{second}{WITHIN}")).text
    listed = page[page.index('id="desk-list"') : page.index('id="ticket"')]
    assert re.findall(r'id="desk-(\d+)"', listed) == numbers
    assert re.search(rf'id="desk-k"\s+href="/tickets/{first}\?', listed)
    assert re.search(rf'id="desk-j"\s+href="/tickets/{third}\?', listed)
    assert "2 / 3" in said(listed)
    stays = await _act(operator, second, "note", note="来电人补充")
    assert stays == f"/tickets/{second}{WITHIN}&done=note"
    goes_on = await _act(operator, second, "accept", promise="一天内修好")
    assert goes_on == f"/tickets/{third}{WITHIN}&done=accept&of={second}"
    page = (await operator.get(goes_on)).text
    assert f'href="/tickets/{second}">{second}</a>' in page
    assert "2 / 2" in said(page)
    assert (await _act(operator, third, "withdraw", reason="不办了")).startswith(
        f"/tickets/{first}"
    )
    last = await _act(operator, first, "withdraw", reason="不办了")
    page = said((await operator.get(last)).text)
    assert "– / 0" in page
    assert "没有待办" in page or "撤销：已完成" in page


async def test_what_is_wrong_keeps_the_list_and_the_address(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    operator = person_as("operator")
    answer = await operator.post(f"/tickets/{number}/actions/accept", {"_in": QUEUE, "promise": ""})
    assert answer.status_code == 422
    assert answer.headers["hx-push-url"] == "false"
    assert 'id="desk-list"' in answer.text


async def test_a_list_that_is_none_is_no_list(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    operator = person_as("operator")
    for address in ("https://else.where/", "/queues/none", "/board", "//x", ""):
        page = await operator.get(f"/tickets/{number}?in={quote(address, safe='')}")
        assert page.status_code == 200
        assert 'id="desk-list"' not in page.text
    page = await operator.get(f"/tickets/{number}?in={quote('/tickets?cursor=odd&q=x', safe='')}")
    assert page.status_code == 200
    part = await operator.get(f"/desk/beside?at={number}&in={quote(QUEUE)}")
    assert part.text.lstrip().startswith("<nav")


async def test_the_likeliest_stands_first_and_open_and_each_has_a_key(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    page = (await person_as("operator").get(f"/tickets/{number}")).text
    assert offered(page)[0] == Action.ACCEPT
    assert re.search(r'id="action-accept"\s+open', page)
    assert len(re.findall(r'class="action"\s+id="[\w-]+"\s+open', page)) == 1
    keys = re.findall(r'<summary\s+data-key="(\w)"', page)
    assert len(keys) == len(set(keys)) == len(offered(page))
    assert keys[0] == "a"


async def test_a_merge_is_taken_back_by_whoever_may_part(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    parent = await build.ticket(Status.PROCESSING)
    number = await build.ticket(Status.ACCEPTED)
    clock.move(minutes=1)
    dispatcher = person_as("dispatcher")
    answer = await dispatcher.post(
        f"/tickets/{number}/actions/merge", {"parent": parent, "is_confirmed": "true"}
    )
    page = (await dispatcher.get(answer.headers["location"])).text
    found = _undo(page)
    assert found is not None
    path, fields = found
    assert path == f"/tickets/{number}/actions/split"
    assert "data-key" in page
    # Nobody else is offered it, and not for ever.
    assert _undo((await person_as("supervisor").get(f"/tickets/{number}?done=merge")).text) is None
    clock.move(seconds=int(UNDO_FOR / timedelta(seconds=1)))
    assert _undo((await dispatcher.get(f"/tickets/{number}?done=merge")).text) is None
    answer = await dispatcher.post(path, fields)
    assert answer.status_code == 303, said(answer.text)
    ticket = await build.find(number)
    assert (ticket.status, ticket.parent_id) == (Status.ACCEPTED, None)
    shown = said((await dispatcher.get(f"/tickets/{number}")).text)
    assert "操作有误，当即撤回。" in shown  # a step of its own, not a past that was edited


async def test_an_operator_who_merged_cannot_part_and_is_not_offered_it(
    person_as: PersonAs, build: Build
) -> None:
    parent, number = await build.ticket(Status.PROCESSING), await build.ticket()
    operator = person_as("operator")
    answer = await operator.post(
        f"/tickets/{number}/actions/merge", {"parent": parent, "is_confirmed": "true"}
    )
    assert answer.status_code == 303
    assert _undo((await operator.get(answer.headers["location"])).text) is None


async def test_what_a_ticket_was_called_is_given_back(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    before = await build.find(number)
    operator = person_as("operator")
    answer = await operator.post(
        f"/tickets/{number}/actions/reclassify", {"urgency": "p1", "reason": "停水"}
    )
    path, fields = _undo((await operator.get(answer.headers["location"])).text) or ("", {})
    assert fields["urgency"] == before.urgency.value
    # Somebody comes in between: nothing of his is overrun.
    other = person_as("operator.second")
    assert (
        await other.post(f"/tickets/{number}/actions/note", {"note": "来电"})
    ).status_code == 303
    assert (await operator.post(path, fields)).status_code == 409
    assert _undo((await operator.get(answer.headers["location"])).text) is None


async def test_a_conflict_shows_what_is_different_beside_what_was_typed(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    first, second = person_as("operator"), person_as("operator.second")
    read = _value((await first.get(f"/tickets/{number}")).text, "expected_version")
    await second.post(
        f"/tickets/{number}/actions/reclassify", {"urgency": "p1", "reason": "小区停水"}
    )
    await second.post(f"/tickets/{number}/actions/note", {"note": "又来电"})
    answer = await first.post(
        f"/tickets/{number}/actions/accept",
        {"expected_version": read, "promise": "写了很久的承诺", "handler_limit": "PT12H"},
    )
    assert answer.status_code == 409
    shown = answer.text[answer.text.index('id="conflict"') : answer.text.index('id="work"')]
    for words in ("小区停水", "又来电", "写了很久的承诺", "12小时"):
        assert words in said(shown), words
    assert re.search(r"紧急程度 .*一般 → 紧急", said(shown)), said(shown)
    assert 'form="form-accept"' in shown  # it can be sent again on the new state
    assert answer.headers["hx-push-url"] == "false"


async def test_a_conflict_says_what_can_be_done_now_when_it_is_too_late(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    first, second = person_as("operator"), person_as("operator.second")
    read = _value((await first.get(f"/tickets/{number}")).text, "expected_version")
    await second.post(f"/tickets/{number}/actions/withdraw", {"reason": "来电人撤回"})
    answer = await first.post(
        f"/tickets/{number}/actions/accept",
        {"expected_version": read, "promise": "写了很久的承诺"},
    )
    assert answer.status_code == 409
    shown = answer.text[answer.text.index('id="conflict"') : answer.text.index('id="work"')]
    assert re.search(r"状态 .*待受理 → 已撤销", said(shown)), said(shown)
    assert 'data-unfold="action-note"' in shown
    assert 'form="form-accept"' not in shown
    body = answer.text[answer.text.index('id="form-accept"') :]
    body = body[: body.index("</form>")]
    assert "写了很久的承诺" in body
    assert 'type="submit"' not in body


async def test_commands_are_what_one_may_open(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    operator = (await person_as("operator").get("/palette")).text
    assert 'href="/queues/accept"' in operator
    assert "dsl" in operator
    assert 'href="/admin/users"' not in operator
    assert "data-insert" not in operator
    admin = (await person_as("admin").get("/palette")).text
    assert 'href="/admin/users"' in admin
    handler = (await person_as("handler.chengguan").get("/palette")).text
    assert 'href="/desk/intake"' not in handler
    stranger = await person_as("handler.zhujian").get(f"/palette?ticket={number}")
    assert stranger.status_code == 404


async def test_like_cases_stand_beside_a_new_ticket(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    operator = person_as("operator")
    assert f'hx-get="/tickets/{number}/like"' in (await operator.get(f"/tickets/{number}")).text
    assert (await operator.get(f"/tickets/{number}/like")).status_code == 200
    handler = person_as("handler.chengguan")
    assert (await handler.get(f"/tickets/{number}/like")).status_code in {403, 404}
