"""A person with a browser: cookies, forms and the token that proves a form is ours."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.people.access import token_hash
from hotline.people.models import UserSession
from tests.support.builders import City
from tests.support.clock import FrozenClock
from web.security.identity import SESSION_COOKIE, csrf_token

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ATTRIBUTES = frozenset(
    {
        "preserveaspectratio",
        "multiple",
        "loading",
        "capture",
        "alt",
        "accept",
        "action",
        "autocapitalize",
        "autocomplete",
        "autofocus",
        "charset",
        "checked",
        "class",
        "colspan",
        "content",
        "d",
        "cx",
        "cy",
        "datetime",
        "defer",
        "disabled",
        "enctype",
        "fill",
        "focusable",
        "for",
        "form",
        "formnovalidate",
        "height",
        "hidden",
        "href",
        "id",
        "inert",
        "inputmode",
        "label",
        "lang",
        "list",
        "max",
        "maxlength",
        "method",
        "name",
        "open",
        "placeholder",
        "r",
        "readonly",
        "rel",
        "required",
        "role",
        "rows",
        "scope",
        "selected",
        "shape-rendering",
        "size",
        "spellcheck",
        "src",
        "tabindex",
        "target",
        "text-anchor",
        "title",
        "type",
        "value",
        "viewbox",
        "width",
        "x",
        "y",
    }
)
"""Two attributes that ran into one would otherwise be lost without a word."""
UNLABELLED = {"hidden", "submit", "button"}


class Document(HTMLParser):
    """A page read strictly: every end fits its start, every id is there once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.wrapped = 0
        self.headings: list[str] = []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        unknown = {
            name
            for name in given
            if name not in ATTRIBUTES and not name.startswith(("aria-", "data-", "hx-"))
        }
        assert unknown == set(), f"<{tag}>"
        assert len(given) == len(attrs), f"<{tag}> says something twice: {attrs}"
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type") not in UNLABELLED:
            self.fields.append(given | {"wrapped": str("label" in self.stack)})
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag in {"use", "rect", "path"}:
            if self.stack and self.stack[-1] == tag:
                self.stack.pop()
            return
        assert self.stack, f"</{tag}> ends nothing"
        assert self.stack[-1] == tag, f"</{tag}> ends <{self.stack[-1]}>"
        self.stack.pop()

    def check(self) -> None:
        """Assert what every page owes its reader."""
        doubled = {name for name in self.ids if self.ids.count(name) > 1}
        assert doubled == set()
        for field in self.fields:
            is_named = (
                field.get("id") in self.labels
                or field.get("aria-label")
                or field["wrapped"] == "True"
                or field.get("aria-hidden") == "true"
            )
            assert is_named, f"a field without a label: {field}"
        for field in self.fields:
            for name in str(field.get("aria-describedby") or "").split():
                assert name in self.ids
        assert self.headings.count("h1") == 1


class Person:
    """Somebody before a browser."""

    def __init__(self, http: httpx.AsyncClient, csrf: str = "", cookie: str | None = None) -> None:
        self._http = http
        self._csrf = csrf
        self.cookies = {SESSION_COOKIE: cookie} if cookie else {}

    async def _send(self, method: str, path: str, **given: object) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"accept": "text/html", **given.pop("headers", {})}  # type: ignore[dict-item]
        if cookies:
            headers["cookie"] = cookies
        answer = await self._http.request(method, path, headers=headers, **given)  # type: ignore[arg-type]
        self._http.cookies.clear()  # several persons share the client: each keeps his own
        return answer

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Open a page; what is a whole page is checked."""
        answer = await self._send("GET", path, headers=dict(headers or {}))
        if answer.text.startswith("<!DOCTYPE html>"):
            Document(answer.text).check()
        return answer

    async def post(
        self,
        path: str,
        data: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] = (),
    ) -> httpx.Response:
        """Send a form of a page of ours, with files where it has some."""
        answer = await self._send(
            "POST",
            path,
            data={"_csrf_token": self._csrf, **(data or {})},
            headers=dict(headers or {}),
            **({"files": list(files)} if files else {}),
        )
        if answer.text.startswith("<!DOCTYPE html>"):
            Document(answer.text).check()
        return answer


PersonAs = Callable[[str], Person]


@pytest.fixture
async def person_as(
    http: httpx.AsyncClient,
    maker: SessionMaker,
    city: City,
    clock: FrozenClock,
    cipher: FieldCipher,
) -> PersonAs:
    """Gives a signed-in person by user name."""
    async with maker() as session, session.begin():
        for name, principal in city.people.items():
            assert principal.user_id is not None
            session.add(
                UserSession(
                    token_hash=token_hash(f"session-of-{name}"),
                    user_id=principal.user_id,
                    created_at=clock.now(),
                    expires_at=clock.now() + timedelta(days=60),
                )
            )

    def person(name: str) -> Person:
        token = f"session-of-{name}"
        return Person(http, csrf_token(cipher, f"session-of-{name}"), token)

    return person


@pytest.fixture
def stranger(http: httpx.AsyncClient) -> Person:
    """Somebody without an account."""
    return Person(http)


def offered(text: str) -> list[str]:
    """Return the actions whose forms a ticket page shows, in their order."""
    return [name.replace("-", "_") for name in re.findall(r'/actions/([a-z-]+)"', text)]


def said(text: str) -> str:
    """Return the words of a page without its marks."""
    plain = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(plain))
