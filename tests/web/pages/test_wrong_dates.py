"""Days that are none, wherever one is asked for: said at the field, never an error of the server."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.peopled import Opened
from tests.support.samples import Sample, page_routes, sample_of

WRONG = ("2026-02-31", "99999-01-01", "9999-12-31", "0001-01-01", "昨天")
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
    faults = [
        fault
        for method, action, filled, dated in forms_of(text)
        for name in dated
        for wrong in (WRONG if method == "get" else WRONG[:2])
        for fault in await _sent(
            open_city,
            sample,
            method,
            action or urlsplit(sample.path).path,
            name,
            {**filled, name: wrong},
        )
    ]
    assert faults == []


async def _sent(  # by whom, where, and what
    city: Opened, sample: Sample, method: str, where: str, name: str, words: Mapping[str, str]
) -> list[str]:
    """Send a form with a wrong day; return what is wrong with the answer."""
    told = f"{sample.path} as {sample.who or 'the public'}: {method} {where} {name}={words[name]}"
    if method == "get":
        answer = await city.get(sample.who, f"{where}?{urlencode(words)}")
    else:
        answer = await city.post(sample.who, where, **words)
    if answer.status_code == 303:  # a search is asked again by its address
        answer = await city.get(sample.who, answer.headers["location"])
    if answer.status_code >= 500 or answer.status_code in {400, 404, 405}:
        return [f"{told}: {answer.status_code}"]
    if method == "get" and not tells(answer.text, name):
        return [f"{told}: {answer.status_code}, and the field says nothing"]
    if answer.status_code == 422 and 'aria-invalid="true"' not in answer.text:
        return [f"{told}: refused, and no field says why"]
    return []


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/search", "created_from", "created_to"),
        ("/papers", "issued_from", "issued_to"),
        ("/visits/answers", "from", "to"),
        ("/visits/comparison", "from", "to"),
    ],
)
async def test_a_span_that_ends_before_it_begins_is_said_at_its_end(
    open_city: Opened, path: str, first: str, last: str
) -> None:
    answer = await open_city.get("supervisor", f"{path}?{first}=2026-05-02&{last}=2026-05-01")
    assert answer.status_code == 200
    assert tells(answer.text, last)
    assert not tells(answer.text, first)
    fine = await open_city.get("supervisor", f"{path}?{first}=2026-05-01&{last}=2026-05-01")
    assert not tells(fine.text, last)


@pytest.mark.parametrize("day", WRONG)
async def test_lists_that_are_asked_by_their_address_bear_any_day(
    open_city: Opened, day: str
) -> None:
    words = urlencode({"created_from": day, "created_to": day, "q": "路"})
    for path in ("/tickets", "/search", "/queues/accept", "/groups", "/supervision/urge"):
        assert (await open_city.get("supervisor", f"{path}?{words}")).status_code == 200, path
