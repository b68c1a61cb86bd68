"""Answering Open311: who may ask, what is meant, what is said."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.settings import Settings
from hotline.open311.faults import BAD, KEY, MISSING, Fault, RequestRefused, refused
from hotline.open311.keys import find_key
from hotline.open311.models import Open311Key
from hotline.open311.parameters import (
    IDEMPOTENCY_MAX,
    Wanted,
    read_listing,
    read_request,
    read_update,
    read_updates,
    require_jurisdiction,
)
from hotline.open311.queries import list_public, list_tests, list_updates
from hotline.open311.receiving import (
    PUBLIC_CLIENT,
    check_attributes,
    find_token,
    receive,
    receive_update,
    require_sound,
    with_answers,
)
from hotline.open311.services import Service, last_change, offered_services, questions_of
from hotline.open311.wording import Parameters, first
from hotline.people.principal import Tx
from web.errors import language_of
from web.i18n import Translator, translator
from web.open311 import answers
from web.open311.addresses import Address, Endpoint, read_address
from web.open311.bodies import parameters
from web.open311.documents import MEDIA_TYPES, Document, Listing, written
from web.open311.problems import OPEN311_ERRORS
from web.open311.throttle import count_request
from web.resources import Resources

_METHODS = [
    HttpMethod.GET,
    HttpMethod.HEAD,
    HttpMethod.POST,
    HttpMethod.PUT,
    HttpMethod.PATCH,
    HttpMethod.DELETE,
    HttpMethod.OPTIONS,
]
_ANYBODY = {"access-control-allow-origin": "*"}
"""What is public may be read by anybody's page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way to its answer."""

    request: Request[Any, Any, Any]
    address: Address
    given: Parameters
    resources: Resources
    settings: Settings
    t: Translator


@route(
    "/open311/{path:path}",
    http_method=_METHODS,
    include_in_schema=False,
    exception_handlers=OPEN311_ERRORS,
)
async def open311(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """Answer in the format that the address asks for."""
    address = read_address(path, request.method)
    resources: Resources = request.app.state.resources
    settings: Settings = request.app.state.settings
    client = request.client.host if request.client else ""
    digest = (resources.cipher.blind_index(f"open311:{client}") or b"").hex()
    await count_request(resources.redis, resources.clock, digest, settings.open311_rate)
    given = await parameters(request)
    require_jurisdiction(given, settings.open311_jurisdiction)
    asked = Asked(request, address, given, resources, settings, translator(language_of(request)))
    document = await (_post(asked) if request.method == "POST" else _get(asked))
    return Response(
        written(document, address.form),
        status_code=200,
        media_type=MEDIA_TYPES[address.form],
        headers=_ANYBODY,
    )


async def _get(asked: Asked) -> Document:
    async with asked.resources.read_maker() as session:
        return await _GETS[asked.address.endpoint](asked, session)


async def _discovery(asked: Asked, session: AsyncSession) -> Document:
    base = asked.settings.public_url or str(asked.request.base_url)
    return answers.discovery(
        base.rstrip("/"),
        contact=asked.settings.open311_contact,
        key_service=asked.settings.open311_key_service,
        changed_at=await last_change(session),
    )


async def _services(asked: Asked, session: AsyncSession) -> Document:
    offered = await offered_services(session)
    questions = await questions_of(session, list(offered))
    return answers.service_list(list(offered.values()), questions, asked.t)


async def _service(asked: Asked, session: AsyncSession) -> Document:
    service = _known(await offered_services(session), asked.address.key)
    questions = (await questions_of(session, [service.code]))[service.code]
    if not questions:
        raise refused(MISSING, "this service has no definition: its metadata is false")
    return answers.service_definition(service.code, questions, asked.t)


async def _requests(asked: Asked, session: AsyncSession) -> Document:
    wanted = read_listing(asked.given, asked.resources.clock.now())
    return await _listed(asked, session, wanted)


async def _request(asked: Asked, session: AsyncSession) -> Document:
    extensions = {"extensions": asked.given.get("extensions", ())}
    wanted = read_listing(extensions, asked.resources.clock.now())
    wanted = replace(wanted, numbers=(asked.address.key,), span=None)
    document = await _listed(asked, session, wanted)
    if not document.items:
        raise refused(MISSING, "service_request_id is not known")
    return document


async def _listed(asked: Asked, session: AsyncSession, wanted: Wanted) -> Listing:
    offered = await offered_services(session)
    if asked.address.is_test:
        now = asked.resources.clock.now()
        found = await list_tests(session, wanted, offered, now)
        return answers.tests(found, offered, asked.t)
    public = [one.code for one in offered.values() if one.is_listed]
    tickets = await list_public(session, asked.resources.cipher, wanted, public)
    return answers.request_list(tickets, offered, asked.t, is_extended=wanted.is_extended)


async def _token(asked: Asked, session: AsyncSession) -> Document:
    address = asked.address
    now = asked.resources.clock.now()
    return answers.token(await find_token(session, address.key, is_test=address.is_test, now=now))


async def _updates(asked: Asked, session: AsyncSession) -> Document:
    wanted = read_updates(asked.given, asked.resources.clock.now())
    if asked.address.is_test:
        return answers.updates([], asked.t)
    offered = await offered_services(session)
    public = [one.code for one in offered.values() if one.is_listed]
    return answers.updates(await list_updates(session, wanted, public), asked.t)


_GETS: Mapping[Endpoint, Callable[[Asked, AsyncSession], Awaitable[Document]]] = {
    Endpoint.DISCOVERY: _discovery,
    Endpoint.SERVICES: _services,
    Endpoint.SERVICE: _service,
    Endpoint.REQUESTS: _requests,
    Endpoint.REQUEST: _request,
    Endpoint.TOKEN: _token,
    Endpoint.UPDATES: _updates,
}


async def _post(asked: Asked) -> Document:
    resources = asked.resources
    key = await _key(asked)
    await count_request(resources.redis, resources.clock, key.id.hex, key.rate)
    async with resources.session_maker() as session, session.begin():
        tx = Tx(
            session=session,
            now=resources.clock.now(),
            cipher=resources.cipher,
            trace_id=str(asked.request.scope["state"].get("request_id", "")),
            actor=PUBLIC_CLIENT,
        )
        if asked.address.endpoint is Endpoint.UPDATES:
            return answers.update_received(await receive_update(tx, key, read_update(asked.given)))
        return await _take_down(asked, tx, key)


async def _key(asked: Asked) -> Open311Key:
    given = first(asked.given, "api_key")
    async with asked.resources.read_maker() as session:
        key = await find_key(session, given, is_test=asked.address.is_test) if given else None
    if key is None:
        raise refused(KEY, "api_key missing or not valid")
    return key


async def _take_down(asked: Asked, tx: Tx, key: Open311Key) -> Document:
    code = first(asked.given, "service_code")
    if code is None:
        raise refused(BAD, "service_code is required")
    service = _known(await offered_services(tx.session), code)
    new, faults = read_request(asked.given)
    questions = (await questions_of(tx.session, [service.code]))[service.code]
    standing, more = check_attributes(questions, new.answers)
    require_sound([*faults, *more])
    own_key = _own_key(asked)
    return answers.received(
        await receive(tx, key, service, with_answers(new, standing), own_key=own_key), asked.t
    )


def _own_key(asked: Asked) -> str | None:
    given = asked.request.headers.get("idempotency-key") or first(asked.given, "idempotency_key")
    if given is None:
        return None
    if not (given.isascii() and given.isprintable() and len(given) <= IDEMPOTENCY_MAX):
        raise refused(BAD, f"Idempotency-Key may have {IDEMPOTENCY_MAX} plain characters at most")
    return given


def _known(services: Mapping[str, Service], code: str) -> Service:
    service = services.get(code)
    if service is None:
        raise RequestRefused([Fault(MISSING, "service_code is not known")])
    return service
