"""Calls at the desk: the panel of an operator, his bar, the list of calls, missed callers, the board."""

import uuid
from collections.abc import Awaitable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.access import find_call, find_miss, may_see_number
from hotline.calls.actions import (
    begin_command,
    close_wrap_up,
    end_command,
    hear_recording,
    link_call,
    record_call_back,
    see_number,
    set_away,
    take_miss,
    take_seat,
)
from hotline.calls.models import PhoneCall
from hotline.calls.ports import CommandFailed, CommandKind, Exchanges
from hotline.calls.queries import (
    CallFilter,
    CallRow,
    MissRow,
    call_in_hand,
    commands_of,
    count_open_misses,
    desk_of,
    list_calls,
    list_misses,
    read_desk_board,
)
from hotline.calls.rules import CallState, MissState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.kernel.settings import Settings
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import clean_phone
from hotline.tickets.actions.policies import OpenTx
from hotline.tickets.models import Channel
from hotline.tickets.queries import earlier_tickets
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.resources import Resources
from web.security.guards import requires
from web.views.calls import (
    EMERGENCY_WORDS,
    TRANSFER_KEYS,
    PanelView,
    call_row_view,
    call_view,
    desk_board_view,
    miss_view,
)
from web.views.days import asked_day, day_faults
from web.views.fields import Field, Kind, read
from web.views.forms import FormState
from web.views.problems import explain
from web.views.tickets import ticket_row

PAGE_SIZE = 50
CALLS_ASKED = ("state", "agent", "day")
MISSES_ASKED = ("state", "mine")
INTAKE_PATH = "/desk/intake"

RESULT = (
    Field(
        "reached",
        N_("Was the caller reached?"),
        Kind.YES_NO,
        words=(N_("Reached"), N_("Not reached")),
    ),
    Field("note", N_("Note"), Kind.LINE, required=False, most=500),
)
_FAILED = N_("The exchange did not do it: {reason}. Use the telephone itself.")
_DONE = N_("The exchange was told.")


class CallController(Controller):
    """An operator's own telephone."""

    path = "/desk/call"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the call that the reader has in hand, with who it is."""
        return await _panel(request, tx)

    @get("/bar", guards=[requires(Permission.TAKE_CALLS)])
    async def show_bar(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show in one line what rings or is spoken, and who is to be called back."""
        resources: Resources = request.app.state.resources
        now, user_id = shell_of(request).now, principal.user_id
        call = await call_in_hand(reader, user_id, now) if user_id else None
        return page(
            request,
            "fragments/call_bar.html",
            call=call_view(call, principal, resources.cipher, now=now) if call else None,
            miss_count=await count_open_misses(reader),
        )

    @post("/seat", status_code=200, guards=[requires(Permission.TAKE_CALLS)])
    async def sit_down(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Sit down at an extension."""
        extension = "".join((await posted(request)).get("extension", [])).strip()
        return await _answered(request, tx, take_seat(tx, extension))

    @post("/away", status_code=200, guards=[requires(Permission.TAKE_CALLS)])
    async def go_away(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Say whether one takes calls."""
        is_away = (await posted(request)).get("away") == ["true"]
        return await _answered(request, tx, set_away(tx, is_away=is_away))

    @post("/{call_id:uuid}/wrap-up", status_code=200)
    async def wrap_up(
        self, request: PageRequest, tx: NamedDependency[Tx], call_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Say that a call is written down."""
        return await _answered(request, tx, close_wrap_up(tx, call_id))

    @post("/{call_id:uuid}/pass-on", status_code=200)
    async def pass_on(
        self,
        request: PageRequest,
        open_tx: NamedDependency[OpenTx],
        call_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Transfer a call, or take a third party in; what failed is said and kept."""
        sent = await posted(request)
        target = clean_phone("".join(sent.get("target", []))) or ""
        kind = CommandKind.ADD_PARTY if sent.get("kind") == ["add_party"] else CommandKind.TRANSFER
        said, is_failed = await _command(request, open_tx, call_id, kind, target)
        async with open_tx() as tx:
            return await _after(request, tx, said, is_failed=is_failed)


async def _command(
    request: PageRequest, open_tx: OpenTx, call_id: uuid.UUID, kind: CommandKind, target: str
) -> tuple[str, bool]:
    """Ask the exchange for something and return what is to be said of it, and whether it failed."""
    t = speaker(request)
    exchanges: Exchanges = request.app.state.exchanges
    try:
        async with open_tx() as tx:
            begun = await begin_command(tx, call_id, kind, target, exchanges)
    except DomainError as error:
        return explain(error, t.language), True
    failure: str | None = None
    try:
        await exchanges[begun.exchange].obey(begun.command)
    except CommandFailed as error:
        failure = error.reason
    async with open_tx() as tx:
        await end_command(tx, uuid.UUID(begun.command.command_id), failure)
    if failure is not None:
        return t.text(_FAILED, reason=failure), True
    return t.text(_DONE), False


async def _answered(request: PageRequest, tx: Tx, action: Awaitable[object]) -> Response[Any]:
    """Do something and show the panel again; a refusal is shown in it."""
    refusal = None
    try:
        async with tx.session.begin_nested():
            await action
    except DomainError as error:
        refusal = explain(error, speaker(request).language)
    return await _after(request, tx, refusal, is_failed=refusal is not None)


async def _after(
    request: PageRequest, tx: Tx, said: str | None, *, is_failed: bool
) -> Response[Any]:
    if request.headers.get("hx-request") != "true" and not is_failed:
        return see_other("/desk/call")
    await tx.session.flush()  # the panel reads what was just written
    return await _panel(request, tx, said, is_failed=is_failed)


async def _panel(
    request: PageRequest, tx: Tx, said: str | None = None, *, is_failed: bool = False
) -> Response[str]:
    """Show the panel. Who sees a number in full leaves a record, hence the transaction."""
    may_take = Permission.TAKE_CALLS in tx.actor.permissions
    is_fragment = request.headers.get("hx-request") == "true"
    return page(
        request,
        "fragments/call_panel.html" if is_fragment else "pages/call.html",
        panel=await _panel_view(request, tx) if may_take and tx.actor.user_id else None,
        said=said,
        is_failed=is_failed,
        keys=TRANSFER_KEYS,
        emergency=EMERGENCY_WORDS,
    )


async def _panel_view(request: PageRequest, tx: Tx) -> PanelView:
    t, user_id = speaker(request), tx.actor.user_id
    if user_id is None:
        raise AssertionError("whoever takes calls has an account")
    call = await call_in_hand(tx.session, user_id, tx.now)
    desk = await desk_of(tx.session, user_id)
    number, earlier = None, None
    if call is not None and call.number_index is not None:
        number = await see_number(tx, call.id)
        rows = await earlier_tickets(tx.session, tx.actor, call.number_index)
        earlier = [ticket_row(row, t) for row in rows]
    view = None
    if call is not None:
        commands = await commands_of(tx.session, [call.id])
        view = call_view(
            call,
            tx.actor,
            tx.cipher,
            now=tx.now,
            full_number=number,
            commands=commands.get(call.id, ()),
        )
    exchanges: Exchanges = request.app.state.exchanges
    return PanelView(
        call=view,
        earlier=earlier,
        extension=desk.extension,
        is_away=desk.is_away,
        miss_count=await count_open_misses(tx.session),
        fill=_fill(call, number),
        is_at_intake=INTAKE_PATH in request.headers.get("hx-current-url", ""),
        can_command=call is not None and call.exchange in exchanges,
    )


def _fill(call: PhoneCall | None, number: str | None) -> dict[str, str]:
    if call is None:
        return {}
    fill = {"call": str(call.id), "channel": Channel.PHONE.value}
    return fill | ({"phone": number} if number else {})


async def taken_down(request: PageRequest, tx: Tx) -> dict[str, str]:
    """Return what the intake form begins with when it is opened for a call; nothing otherwise.

    Only whoever has the call, or calls back, is given the number.
    """
    try:
        call = await find_call(tx.session, uuid.UUID(request.query_params.get("call", "")))
    except (ValueError, DomainError):
        return {}
    miss = await find_miss(tx.session, call.id)
    if not may_see_number(tx.actor, call, miss, tx.now):
        return {}
    return _fill(call, await see_number(tx, call.id))


async def link_if_any(tx: Tx, call: str, ticket_id: uuid.UUID) -> None:
    """Tie a new ticket to the call that its form names; a matter is never lost for a call's sake."""
    try:
        call_id = uuid.UUID(call)
    except ValueError:
        return
    try:
        async with tx.session.begin_nested():
            await link_call(tx, call_id, ticket_id)
    except DomainError:
        return


# -- lists -----------------------------------------------------------------------------------------


class CallListController(Controller):
    """Every call, and what was recorded of it."""

    path = "/desk/calls"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get(guards=[requires(Permission.READ_CALLS)])
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show calls, the newest first; numbers are masked."""
        t, now = speaker(request), shell_of(request).now
        resources: Resources = request.app.state.resources
        asked = {name: request.query_params.get(name, "") for name in CALLS_ASKED}
        found = await find_calls(reader, asked, now, cursor=request.query_params.get("cursor"))
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/calls.html",
            calls=[call_row_view(row, principal, resources.cipher, now) for row in found.items],
            filter=FormState(asked, day_faults(asked, ("day",), t)),
            is_narrowed=bool(filters),
            states=[(one.value, t.text(label(one))) for one in CallState],
            next_href=_next("/desk/calls", filters, found.next_cursor),
        )

    @get("/{call_id:uuid}/recording")
    async def hear(self, tx: NamedDependency[Tx], call_id: FromPath[uuid.UUID]) -> Response[Any]:
        """Lead to a recording, and keep who heard it."""
        return see_other(await hear_recording(tx, call_id))


async def find_calls(
    reader: AsyncSession,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[CallRow]:
    """Return what the list of calls shows for these filters, on its page and in its export."""
    day = asked_day(asked["day"])
    wanted = CallFilter(
        state=next((one for one in CallState if one.value == asked["state"]), None),
        agent=asked["agent"] or None,
        since=_midnight(day) if day else None,
        until=_midnight(day + timedelta(days=1)) if day else None,
    )
    return await list_calls(reader, wanted, now=now, cursor=cursor, limit=limit)


class MissedCallController(Controller):
    """Who called in vain, and who calls back."""

    path = "/desk/missed-calls"
    guards = (requires(Permission.READ_CALLS),)
    include_in_schema = False

    @get()
    async def show_list(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show missed callers, the one to be called back first at the top."""
        return await _missed(request, tx)

    @post("/{call_id:uuid}/take", status_code=200)
    async def take(
        self, request: PageRequest, tx: NamedDependency[Tx], call_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Take it on to call somebody back."""
        return await _settled(request, tx, take_miss(tx, call_id))

    @post("/{call_id:uuid}/record", status_code=200)
    async def record(
        self, request: PageRequest, tx: NamedDependency[Tx], call_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Record that the caller was called back."""
        values, form = read(RESULT, await posted(request), speaker(request))
        if form.errors:
            return await _missed(request, tx, " ".join(form.errors.values()), status=422)
        settings: Settings = request.app.state.settings
        return await _settled(
            request,
            tx,
            record_call_back(
                tx,
                call_id,
                reached=values["reached"],
                note=values["note"],
                again_within=timedelta(minutes=settings.call_back_minutes),
                most=settings.call_back_attempts,
            ),
        )

    @post("/{call_id:uuid}/call-out", status_code=200)
    async def call_out(
        self,
        request: PageRequest,
        open_tx: NamedDependency[OpenTx],
        call_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Let the exchange call a missed caller."""
        said, is_failed = await _command(request, open_tx, call_id, CommandKind.CALL_OUT, "")
        async with open_tx() as tx:
            return await _missed(
                request, tx, said if is_failed else None, status=409 if is_failed else 200
            )


async def _settled(request: PageRequest, tx: Tx, action: Awaitable[object]) -> Response[Any]:
    try:
        async with tx.session.begin_nested():
            await action
    except DomainError as error:
        return await _missed(request, tx, explain(error, speaker(request).language), status=409)
    return see_other("/desk/missed-calls")


async def _missed(
    request: PageRequest, tx: Tx, refusal: str | None = None, *, status: int = 200
) -> Response[str]:
    t = speaker(request)
    await tx.session.flush()  # the list reads what was just written
    asked = {name: request.query_params.get(name, "") for name in MISSES_ASKED}
    found = await find_misses(
        tx.session, tx.actor, asked, cursor=request.query_params.get("cursor")
    )
    may_take = Permission.TAKE_CALLS in tx.actor.permissions
    exchanges: Exchanges = request.app.state.exchanges
    misses = []
    for row in found.items:
        is_his = may_see_number(tx.actor, row.call, row.miss, tx.now)
        misses.append(
            miss_view(
                row,
                tx.actor,
                tx.cipher,
                now=tx.now,
                may_take=may_take,
                full_number=await see_number(tx, row.call.id) if is_his else None,
            )
        )
    filters = {name: text for name, text in asked.items() if text}
    return page(
        request,
        "pages/missed_calls.html",
        status=status,
        misses=misses,
        refusal=refusal,
        filter=FormState(asked),
        is_narrowed=bool(filters),
        states=[
            ("settled", t.text(N_("Settled"))),
            *((one.value, t.text(label(one))) for one in MissState),
        ],
        can_call=bool(exchanges),
        now=tx.now,
        next_href=_next("/desk/missed-calls", filters, found.next_cursor),
    )


async def find_misses(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[MissRow]:
    """Return what the list of missed calls shows, on its page and in its export."""
    state = next((one for one in MissState if one.value == asked["state"]), None)
    is_settled = asked["state"] == "settled" or (
        state is not None and state not in (MissState.OPEN, MissState.TAKEN)
    )
    return await list_misses(
        reader,
        state=state,
        mine=principal.user_id if asked["mine"] else None,
        is_settled=is_settled,
        cursor=cursor,
        limit=limit,
    )


def _next(path: str, filters: dict[str, str], cursor: str | None) -> str | None:
    return f"{path}?{urlencode({**filters, 'cursor': cursor})}" if cursor else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


# -- the board -------------------------------------------------------------------------------------


class DeskBoardController(Controller):
    """What waits at the desk, and who is free."""

    path = "/desk/board"
    guards = (requires(Permission.READ_CALLS),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the board; the same address gives its inside to a page that is open already."""
        now = shell_of(request).now
        today = now.astimezone(SHANGHAI).date()
        board = await read_desk_board(reader, now=now, midnight=_midnight(today))
        is_fragment = request.headers.get("hx-request") == "true"
        return page(
            request,
            "fragments/desk_board.html" if is_fragment else "pages/desk_board.html",
            board=desk_board_view(board, day=today.isoformat(), now=now, t=speaker(request)),
        )
