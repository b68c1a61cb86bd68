"""Days that are none, in every filter and every form that asks for one: said at the field, never an error."""

import re
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.peopled import Opened
from tests.support.samples import page_routes, sample_of

WRONG = ("2026-02-31", "99999-01-01", "0000-00-00", "昨天", "-1")
"""What no calendar holds, whatever the browser of the day lets through."""

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_DATED = re.compile(r'\btype="(?:date|datetime-local|month)"')
_NAME = re.compile(r'\bname="([^"]*)"')
_VALUE = re.compile(r'\bvalue="([^"]*)"')
_ACTION = re.compile(r'\baction="([^"]*)"')


def forms_of(text: str) -> list[tuple[str, str, dict[str, str], list[str]]]:
    """Return method, address, what is filled in and the names of days of every form with a day."""
    found = []
    for head, body in _FORM.findall(text):
        inputs = _INPUT.findall(body)
        dated = [name[1] for one in inputs if _DATED.search(one) and (name := _NAME.search(one))]
        if not dated:
            continue
        filled = {
            unescape(name[1]): unescape(value[1]) if (value := _VALUE.search(one)) else ""
            for one in inputs
            if (name := _NAME.search(one)) and 'type="checkbox"' not in one
        }
        action = _ACTION.search(head)
        method = "post" if 'method="post"' in head else "get"
        found.append((method, unescape(action[1]) if action else "", filled, dated))
    return found


def tells(text: str, name: str) -> bool:
    """Tell whether a page says at the field that something is wrong with it."""
    return any(
        'aria-invalid="true"' in one for one in _INPUT.findall(text) if f'name="{name}"' in one
    )


@pytest.mark.parametrize("route", page_routes())
async def test_a_wrong_day_is_said_at_its_field(open_city: Opened, route: str) -> None:
    sample = await sample_of(open_city, route)
    if not sample.is_whole:
        return
    text = (await open_city.get(sample.who, sample.path)).text
    faults = []
    for method, action, filled, dated in forms_of(text):
        where = action or urlsplit(sample.path).path
        for name in dated:
            for wrong in WRONG if method == "get" else WRONG[:2]:
                told = f"{sample.path} as {sample.who or 'the public'}: {method} {where} {name}={wrong}"
                sent = {**filled, name: wrong}
                if method == "get":
                    answer = await open_city.get(sample.who, f"{where}?{urlencode(sent)}")
                else:
                    answer = await open_city.post(sample.who, where, **sent)
                if answer.status_code >= 500 or answer.status_code in {400, 404, 405}:
                    faults.append(f"{told}: {answer.status_code}")
                elif answer.status_code not in {401, 403, 409, 303} and not tells(answer.text, name):
                    faults.append(f"{told}: {answer.status_code}, and the field says nothing")
                elif answer.status_code == 303:
                    faults.append(f"{told}: was taken")
    assert faults == []


async def test_a_span_that_ends_before_it_begins_is_an_answer(open_city: Opened) -> None:
    for path in (
        "/tickets?created_from=2026-05-02&created_to=2026-05-01",
        "/search?created_from=2026-05-02&created_to=2026-05-01",
        "/board?since=2026-05-02&until=2026-05-01",
        "/desk/calls?since=2026-05-02&until=2026-05-01",
    ):
        answer = await open_city.get("supervisor", path)
        assert answer.status_code in {200, 422}, path
