"""Every link of every role: opened, without an error, without a stranger's name or number.

Links and forms that ask are followed from the first page of each role, some of each kind: a kind is
the route with the names of what is asked. What was found is said by role, page and link.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from litestar.routes import HTTPRoute

from tests.support.peopled import ROLES, Opened
from tests.support.queries import count_queries

SAMPLES, MOST = 2, 5
"""So many of each kind of address are opened by each role, and so many of each route."""

MOST_STATEMENTS = 80
"""More than any page of the program asks of the database; a list that asks row by row goes beyond."""

FIRST = {"": ("/submit", "/track", "/answers", "/verify", "/sign-in")}
"""Where the public begins: their pages have no common first one."""

LEFT_ALONE = ("/live", "/static/", "/schema", "/health", "/metrics", "/open311/", "/api/")
"""No pages: a stream that does not end, files, and what programs read."""

OUTSIDE = ("http:", "https:", "mailto:", "tel:", "javascript:", "data:", "#")

_LINK = re.compile(r"""<a\b[^>]*?\bhref="([^"]*)\"""")
_FETCH = re.compile(r"""\bhx-get="([^"]*)\"""")
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_ACTION = re.compile(r'\baction="([^"]*)"')
_FIELD = re.compile(r"<(?:input|select)\b[^>]*>")
_NAME = re.compile(r'\bname="([^"]*)"')
_VALUE = re.compile(r'\bvalue="([^"]*)"')
_TYPE = re.compile(r'\btype="(checkbox|radio)"')
_WORD = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|(?<=[A-Za-z]-)[\d-]+")


@dataclass
class Walk:
    """What one role has opened, and what was wrong there."""

    who: str
    seen: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    opened: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Streets:
    """Tells which route an address belongs to."""

    def __init__(self, city: Opened) -> None:
        self._patterns = [
            (
                re.compile(
                    re.sub(r"\{\w+:path\}", ".*", re.sub(r"\{\w+:(?!path)\w+\}", "[^/]+", one))
                ),
                one,
            )
            for one in sorted(
                (route.path for route in city.app.routes if isinstance(route, HTTPRoute)),
                key=lambda path: path.count("{"),
            )
        ]

    def kind(self, path: str) -> tuple[str, tuple[str, ...]]:
        """Return the route of an address and the names of what it asks."""
        parts = urlsplit(path)
        route = next((one for pattern, one in self._patterns if pattern.fullmatch(parts.path)), "?")
        return route, tuple(sorted({name for name, _ in parse_qsl(parts.query)}))


def links_of(text: str, path: str) -> Iterator[str]:
    """Yield every address that a page leads to by a link, a part of itself, or a form that asks."""
    for one in (*_LINK.findall(text), *_FETCH.findall(text)):
        given = unescape(one)
        if not given.startswith(OUTSIDE):
            yield urljoin(path, given).partition("#")[0]
    for head, body in _FORM.findall(text):
        if 'method="post"' in head or 'method="dialog"' in head:
            continue
        action = _ACTION.search(head)
        asked = [
            (unescape(name[1]), unescape(value[1]) if value else "")
            for one in _FIELD.findall(body)
            if (name := _NAME.search(one)) and not (_TYPE.search(one) and " checked" not in one)
            for value in (_VALUE.search(one),)
        ]
        where = urlsplit(urljoin(path, unescape(action[1]) if action else path)).path
        yield f"{where}?{urlencode(asked)}" if asked else where


async def walk(city: Opened, who: str) -> Walk:
    """Open whatever a role can reach."""
    streets, done = Streets(city), Walk(who)
    waiting = deque((first, "the door") for first in FIRST.get(who, ("/",)))
    known = {path for path, _ in waiting}
    while waiting:
        path, found_on = waiting.popleft()
        kind = streets.kind(path)
        if done.seen[kind] >= SAMPLES or done.routes[kind[0]] >= MOST:
            continue
        done.seen[kind] += 1
        done.routes[kind[0]] += 1
        with count_queries(city.engine) as statements:
            answer = await city.get(who, path)
        done.opened[path] = len(statements)
        told = f"{who or 'the public'}: {path} (linked on {found_on})"
        if answer.status_code == 303:
            to = str(answer.headers["location"])
            following = [] if to.startswith(OUTSIDE) else [urljoin(path, to)]
        elif answer.status_code >= 400:
            done.faults.append(f"{told} answers {answer.status_code}")
            continue
        else:
            following = _read(city, done, told, answer, path, len(statements))
        for link in following:
            is_page = not (link.startswith(LEFT_ALONE) or urlsplit(link).path.endswith("/live"))
            if is_page and link not in known:
                known.add(link)
                waiting.append((link, path))
    return done


def _read(  # what, where, and what it took
    city: Opened, done: Walk, told: str, answer: object, path: str, count: int
) -> list[str]:
    if "text/html" not in answer.headers.get("content-type", ""):  # type: ignore[attr-defined]
        return []
    text = answer.text  # type: ignore[attr-defined]
    if count > MOST_STATEMENTS:
        done.faults.append(f"{told} asks the database {count} times")
    # A random word of an address may hold any digits.
    plain = _WORD.sub("", text)
    done.faults.extend(
        f"{told} shows what is secret: …{_around(plain, secret)}…"
        for secret in city.city.secrets
        if secret in plain
    )
    return list(links_of(text, path))


def _around(text: str, secret: str) -> str:
    at = text.index(secret)
    return " ".join(text[max(0, at - 60) : at + len(secret) + 30].split())


@pytest.mark.parametrize("who", ROLES)
async def test_every_link_opens_and_tells_no_secret(open_city: Opened, who: str) -> None:
    done = await walk(open_city, who)
    assert len(done.opened) > (4 if who in {"", "observer"} else 15)
    assert done.faults == []


async def test_what_is_secret_is_secret_and_is_there(open_city: Opened) -> None:
    """A guard for the walk itself: it looks for real names and numbers."""
    secrets = open_city.city.secrets
    assert len([one for one in secrets if one.isdigit() and len(one) == 11]) > 20
    assert len([one for one in secrets if not one.isdigit()]) > 5


def test_links_are_read_off_a_page() -> None:
    page = (
        '<a class="x" href="/a?b=1&amp;c=2#d">x</a><a href="#here">y</a><a href="e">z</a>'
        '<form action="/f" method="get"><input name="q" value="1"><select name="s"></select></form>'
        '<form action="/g" method="post"></form><div hx-get="/h"></div>'
    )
    assert list(links_of(page, "/in/side")) == ["/a?b=1&c=2", "/in/e", "/h", "/f?q=1&s="]
