"""Tickets: submit, list, read; the actions stand in `ticket_actions`."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.explaining import explain_ticket
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.sla.policy import Level
from hotline.tickets.access import find_readable
from hotline.tickets.actions.intake import create_ticket
from hotline.tickets.actions.revealing import reveal_requester
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.queries import (
    TicketFilter,
    list_tickets,
    list_timeline,
    open_assignments,
    read_holdings,
    ticket_detail,
)
from hotline.tickets.routing.queries import direct_actions
from web.affairs import read_affairs
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer
from web.api.ticket_schemas import (
    ActionsOut,
    ClockList,
    CreatedOut,
    TicketList,
    TicketOut,
    Timeline,
    clock_list,
    event_out,
    line_out,
    ticket_out,
)
from web.api.v1.bodies import NewTicketBody, RevealBody
from web.api.v1.ticket_actions import ACTION_HANDLERS, ROUTED
from web.errors import language_of
from web.i18n import translator
from web.resources import Resources
from web.security.guards import requires


class RevealedOut(Answer):
    """Personal data in plain words; that it was read is on record."""

    name: str | None
    phone: str | None
    email: str | None
    on_behalf_of: str | None
    address: str | None
    content: str


def require_offsets(**instants: datetime | None) -> None:
    """Pass in silence when every instant says its offset.

    Raises:
        ValidationException: one leaves open which instant is meant.
    """
    vague = [name for name, instant in instants.items() if instant and instant.tzinfo is None]
    if vague:
        raise ValidationException(
            extra=[
                {"key": name, "message": "needs an offset such as Z or +08:00", "source": "query"}
                for name in vague
            ]
        )


class TicketController(Controller):
    """Reading and submitting tickets."""

    tags = ("tickets",)

    @post(
        "/",
        guards=[requires(Permission.CREATE_TICKETS)],
        operation_id="createTicket",
        operation_class=ApiOperation,
        summary="Take down a matter",
        responses=problem_responses(401, 403, 409, 413, 422, 503),
    )
    async def create(
        self,
        tx: NamedDependency[Tx],
        data: JSONBody[NewTicketBody],
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(
                name="Idempotency-Key",
                min_length=1,
                max_length=128,
                description="The same key with the same body gives the same ticket",
            ),
        ] = None,
    ) -> Response[CreatedOut]:
        """Take down a matter; the accept clock starts at once."""
        created = await create_ticket(tx, data.to_new_ticket(), idempotency_key=idempotency_key)
        return Response(
            CreatedOut(
                number=created.number,
                query_code=created.query_code,
                status=created.status.value,
                version=1,
                due_at=created.due_at,
                submitted_at=created.submitted_at,
            ),
            status_code=201,
            headers={"location": f"/api/v1/tickets/{created.number}"},
        )

    @get(
        "/",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listTickets",
        operation_class=ApiOperation,
        summary="List tickets",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
        hold: Annotated[list[Hold] | None, QueryParameter(name="hold")] = None,
        department: Annotated[str | None, QueryParameter(description="Leading unit")] = None,
        owner: Annotated[str | None, QueryParameter(description="Unit that holds it now")] = None,
        level: Annotated[list[Level] | None, QueryParameter(name="level")] = None,
        category: Annotated[str | None, QueryParameter(description="With all below it")] = None,
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        created_from: Annotated[datetime | None, QueryParameter()] = None,
        created_to: Annotated[datetime | None, QueryParameter()] = None,
        due_from: Annotated[datetime | None, QueryParameter()] = None,
        due_to: Annotated[datetime | None, QueryParameter()] = None,
        mine: Annotated[bool, QueryParameter(description="What waits for you")] = False,
        sort: Annotated[str, QueryParameter(pattern="^(due_at|-created_at)$")] = "-created_at",
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> TicketList:
        """List the tickets you may see, newest first or soonest due first."""
        require_offsets(
            created_from=created_from, created_to=created_to, due_from=due_from, due_to=due_to
        )
        page = await list_tickets(
            reader,
            principal,
            TicketFilter(
                status=tuple(status or ()),
                hold=tuple(hold or ()),
                department=department,
                owner=owner,
                level=tuple(level or ()),
                category=category,
                q=q,
                created_from=created_from,
                created_to=created_to,
                due_from=due_from,
                due_to=due_to,
                mine=mine,
            ),
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        return TicketList(items=[line_out(row) for row in page.items], next_cursor=page.next_cursor)

    @get(
        "/{number:str}",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="getTicket",
        operation_class=ApiOperation,
        summary="Read a ticket",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> Response[TicketOut]:
        """Read a ticket, personal data masked; its version is the ETag."""
        ticket = await find_readable(reader, principal, number)
        detail = await ticket_detail(reader, ticket)
        holdings = await read_holdings(reader, ticket.id, resources.clock.now())
        return Response(
            ticket_out(detail, holdings, principal, resources.cipher),
            headers={"etag": f'"{ticket.version}"'},
        )

    @get(
        "/{number:str}/timeline",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listTicketTimeline",
        operation_class=ApiOperation,
        summary="Who did what",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def timeline(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> Timeline:
        """Return the timeline rows that you may read, oldest first."""
        ticket = await find_readable(reader, principal, number)
        rows = await list_timeline(reader, principal, ticket.id)
        return Timeline(items=[event_out(row) for row in rows])

    @get(
        "/{number:str}/clocks",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listTicketClocks",
        operation_class=ApiOperation,
        summary="Every clock of a ticket",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def clocks(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> ClockList:
        """Return each clock taken apart: what of it counted, what fired, and who was told of it."""
        ticket = await find_readable(reader, principal, number)
        told = await explain_ticket(reader, ticket, resources.clock.now())
        return clock_list(told, translator(language_of(request)))

    @get(
        "/{number:str}/actions",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listTicketActions",
        operation_class=ApiOperation,
        summary="What you may do now",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def actions(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> ActionsOut:
        """Return the actions that you may take on this ticket in its present state."""
        ticket = await find_readable(reader, principal, number)
        affairs = await read_affairs(
            reader, principal, ticket, await open_assignments(reader, ticket.id)
        )
        now = resources.clock.now()
        offered = affairs.offered(now, await direct_actions(reader, ticket, now))
        return ActionsOut(items=[action.value for action in offered if action in ROUTED])

    @post(
        "/{number:str}/reveal",
        status_code=200,
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="revealTicketRequester",
        operation_class=ApiOperation,
        summary="Read the requester's data in plain words",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def reveal(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[RevealBody]
    ) -> RevealedOut:
        """Read the requester's data; who read it, when and why is written down."""
        plain = await reveal_requester(tx, number, reason=data.reason)
        return RevealedOut(
            name=plain.name,
            phone=plain.phone,
            email=plain.email,
            on_behalf_of=plain.on_behalf_of,
            address=plain.address,
            content=plain.content,
        )


ticket_router = Router("/tickets", route_handlers=[TicketController, *ACTION_HANDLERS])
