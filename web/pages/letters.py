"""Letters that came in by e-mail: read one, make a ticket of it, set it aside."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.mail.actions import dismiss_letter, make_ticket, open_letter, take_up_again
from hotline.intake.mail.models import DismissReason, LetterState
from hotline.intake.mail.queries import LetterRow, find_letter, list_letters
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import Created, NewTicket
from hotline.tickets.catalogue import list_categories
from hotline.tickets.models import ADDRESS_MAX, TITLE_MAX, Channel, RequestType, Urgency
from web.labels import label
from web.pages.desk import category_code, category_options
from web.pages.frame import PageRequest, page, see_other, speaker
from web.pages.record_forms import FormView, RecordForm, Sent, form_views, send
from web.resources import Resources
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.letters import letter_view

_PATH = "/desk/letters"


async def _make(
    tx: Tx,
    letter_id: uuid.UUID,
    *,
    request_type: RequestType,
    title: str,
    content: str,
    address: str | None,
    category: str | None,
    urgency: Urgency | None,
    name: str | None,
    phone: str | None,
    secret: bool,
    email: str,
) -> Created:
    new = NewTicket(
        channel=Channel.EMAIL,
        request_type=request_type,
        title=title,
        content=content,
        address=address,
        category=category_code(category),
        urgency=urgency or Urgency.P2,
        requester_name=name,
        requester_phone=phone,
        requester_email=email or None,
        secret=secret,
    )
    return await make_ticket(tx, letter_id, new)


MAKE = RecordForm(
    "make-ticket",
    N_("Create the ticket"),
    _make,
    (
        Field("request_type", N_("Request type"), Kind.CHOICE, of=RequestType),
        Field("title", N_("Title"), Kind.LINE, most=TITLE_MAX),
        Field("content", N_("Content")),
        Field("address", N_("Address"), Kind.LINE, required=False, most=ADDRESS_MAX),
        Field("category", N_("Category"), Kind.LINE, required=False, most=200),
        Field("urgency", N_("Urgency"), Kind.CHOICE, required=False, of=Urgency),
        Field("name", N_("Requester's name"), Kind.LINE, required=False, most=80),
        Field("phone", N_("Telephone"), Kind.PHONE, required=False),
        Field("secret", N_("Keep the requester secret"), Kind.CHECK, required=False),
    ),
    is_versioned=False,
)
DISMISS = RecordForm(
    "dismiss",
    N_("Set it aside"),
    dismiss_letter,
    (Field("reason", N_("Why it becomes no ticket"), Kind.CHOICE, of=DismissReason),),
    is_versioned=False,
)
AGAIN = RecordForm("take-up-again", N_("Let it wait again"), take_up_again, is_versioned=False)


class LetterController(Controller):
    """The letters that wait, and one of them."""

    path = _PATH
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the letters of one state."""
        t = speaker(request)
        asked = request.query_params.get("state", LetterState.WAITING.value)
        state = next((one for one in LetterState if one.value == asked), LetterState.WAITING)
        found = await list_letters(
            reader, resources.cipher, state=state, cursor=request.query_params.get("cursor")
        )
        return page(
            request,
            "pages/letters.html",
            letters=[letter_view(row) for row in found.items],
            state=state,
            filter=FormState({"state": state.value}),
            states=[(one.value, t.text(label(one))) for one in LetterState],
            next_href=f"{_PATH}?state={state.value}&cursor={found.next_cursor}"
            if found.next_cursor
            else None,
        )

    @get("/{letter_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        letter_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show a letter: in plain words to whoever opened it, masked to the others."""
        row = await find_letter(reader, resources.cipher, letter_id)
        return await _page(request, principal, reader, row)

    @post("/{letter_id:uuid}/open")
    async def open(self, tx: NamedDependency[Tx], letter_id: FromPath[uuid.UUID]) -> Response[Any]:
        """Read it in plain words, which is written down."""
        await open_letter(tx, letter_id)
        return see_other(f"{_PATH}/{letter_id}")

    @post("/{letter_id:uuid}/make-ticket", status_code=200)
    async def make(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        letter_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Make a ticket of it."""
        row = await find_letter(tx.session, tx.cipher, letter_id)
        sent = await send(request, tx, MAKE, letter_id, also={"email": row.sender})
        if sent.form is not None:
            return await _page(request, principal, tx.session, row, sent)
        return see_other(f"/tickets/{sent.result.number}?done=submit")

    @post("/{letter_id:uuid}/dismiss", status_code=200)
    async def dismiss(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        letter_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Set it aside."""
        return await _settle(request, principal, tx, DISMISS, letter_id)

    @post("/{letter_id:uuid}/take-up-again", status_code=200)
    async def take_up(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        letter_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Let it wait again."""
        return await _settle(request, principal, tx, AGAIN, letter_id)


async def _settle(
    request: PageRequest, principal: Principal, tx: Tx, form: RecordForm, letter_id: uuid.UUID
) -> Response[Any]:
    sent = await send(request, tx, form, letter_id)
    if sent.form is not None:
        row = await find_letter(tx.session, tx.cipher, letter_id)
        return await _page(request, principal, tx.session, row, sent)
    return see_other(_PATH if form is DISMISS else f"{_PATH}/{letter_id}")


def _actions(row: LetterRow, *, is_mine: bool, sent: Sent | None) -> Sequence[FormView]:
    offered = {
        LetterState.WAITING: (MAKE, DISMISS) if is_mine else (DISMISS,),
        LetterState.DISMISSED: (AGAIN,),
        LetterState.TAKEN: (),
    }[row.state]
    views = form_views(offered, sent)
    taken = FormState(
        {
            "title": row.subject[:TITLE_MAX],
            "content": row.text,
            "name": row.sender_name,
            "urgency": Urgency.P2.value,
        }
    )
    return [
        replace(view, form=taken, is_open=True)
        if view.code == MAKE.code and not (sent and sent.form)
        else view
        for view in views
    ]


async def _page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    row: LetterRow,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    is_mine = row.opened_by_id == principal.user_id and row.state is LetterState.WAITING
    return page(
        request,
        "pages/letter.html",
        status=sent.status if sent else 200,
        letter=letter_view(row, in_plain_words=is_mine),
        is_mine=is_mine,
        refusal=sent.form.refusal if sent and sent.form else None,
        actions=_actions(row, is_mine=is_mine, sent=sent),
        categories=category_options(await list_categories(reader), t) if is_mine else (),
    )
