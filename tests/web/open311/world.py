"""A city that is open to other systems, and a client of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from lxml import etree

from hotline.open311.keys import add_key
from hotline.open311.models import ServiceType
from hotline.open311.services import save_service
from hotline.tickets.actions.categories import save_category
from hotline.tickets.answers import save_question
from hotline.tickets.models import RequestType
from hotline.tickets.questions import Choice, Datatype, Question
from tests.support.builders import Build

V2, TEST = "/open311/v2", "/open311/test/v2"
ROADS, HEAT, GRAFFITI, PRIVATE = "urban.roads", "heat", "graffiti", "labour"

HEAT_QUESTIONS = (
    Question("ROOMTEMP", Datatype.NUMBER, True, 1, "室内温度", "Room temperature", "摄氏度", "°C"),
    Question(
        "SINCE",
        Datatype.ONE,
        False,
        2,
        "持续时间",
        "For how long",
        choices=(Choice("D1", "一天内", "a day"), Choice("W1", "一周内", "a week")),
    ),
    Question(
        "ROOMS",
        Datatype.MANY,
        False,
        3,
        "哪些房间",
        "Which rooms",
        choices=(Choice("BED", "卧室", "bedroom"), Choice("BATH", "浴室", "bathroom")),
    ),
    Question("SEEN", Datatype.DATETIME, False, 4, "何时", "When"),
    Question("HINT", Datatype.STRING, False, 5, "请先报物业", "Ask first", is_asked=False),
)


@dataclass
class World:
    """A client with keys.

    Attributes:
        live: a key for production.
        test: a key for the test endpoint.
    """

    http: httpx.AsyncClient
    build: Build
    live: str = ""
    test: str = ""

    async def found(self) -> None:
        """Offer services and give out keys."""
        async with self.build.acting("admin") as tx:
            for code, name in ((HEAT, "供热不足"), (GRAFFITI, "小广告"), (PRIVATE, "劳动")):
                await save_category(tx, code=code, name=name, name_en=code.title())
            for question in HEAT_QUESTIONS:
                await save_question(tx, HEAT, question)
            await save_service(
                tx,
                HEAT,
                is_offered=True,
                is_listed=True,
                type=ServiceType.REALTIME,
                request_type=RequestType.HELP,
                description="室温不达标 <14 & 以下",
                keywords="供热，暖气",
            )
            await save_service(
                tx,
                GRAFFITI,
                is_offered=True,
                is_listed=True,
                type=ServiceType.BATCH,
                request_type=RequestType.REPORT,
            )
            _, self.live = await add_key(tx, name="城市应用", contact="dev@example.org")
            _, self.test = await add_key(tx, name="试用", is_test=True)

    async def get(self, path: str, base: str = V2, **params: Any) -> httpx.Response:
        return await self.http.get(f"{base}/{path}", params=params)

    async def post(
        self,
        form: Mapping[str, Any] | Sequence[tuple[str, str]],
        *,
        path: str = "requests.json",
        base: str = V2,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        own = self.live if base == V2 else self.test
        pairs.append(("api_key", own if key is None else key))
        return await self.http.post(
            f"{base}/{path}",
            content=urlencode(pairs),
            headers={
                "content-type": "application/x-www-form-urlencoded; charset=utf-8",
                **(headers or {}),
            },
        )

    async def report(self, **form: Any) -> str:
        """Report something and return its number."""
        answer = await self.post(
            {"service_code": ROADS, "lat": "39.90872", "long": "116.39748", **form}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])

    async def listed(self, **params: Any) -> list[str]:
        answer = await self.get("requests.json", **params)
        assert answer.status_code == 200, answer.text
        return [one["service_request_id"] for one in answer.json()]

    async def one(self, number: str) -> dict[str, Any]:
        answer = await self.get(f"requests/{number}.json")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()[0]
        return found

    async def both(self, path: str, base: str = V2, **params: Any) -> tuple[etree._Element, Any]:
        """Return the XML and the JSON of an address."""
        xml = await self.get(f"{path}.xml", base, **params)
        plain = await self.get(f"{path}.json", base, **params)
        assert xml.status_code == plain.status_code == 200, xml.text
        return etree.fromstring(xml.content), plain.json()


REPEATED = {
    *("services", "service_requests", "errors", "attributes", "values", "endpoints", "formats"),
    "service_request_updates",
}
"""Elements that hold any number of others."""


def as_plain(element: etree._Element) -> Any:
    """Return XML as its JSON must be, every value as text."""
    if element.tag in REPEATED:
        return [as_plain(child) for child in element]
    if len(element):
        return {child.tag: as_plain(child) for child in element}
    return element.text


def as_text(value: Any) -> Any:
    """Return JSON with every value as XML writes it."""
    match value:
        case dict():
            return {name: as_text(member) for name, member in value.items()}
        case list():
            return [as_text(member) for member in value]
        case bool():
            return "true" if value else "false"
        case None | str():
            return value
        case _:
            return repr(value)


def said(answer: httpx.Response) -> str:
    """Return everything that an answer says of what is wrong."""
    return "; ".join(one["description"] for one in answer.json())
