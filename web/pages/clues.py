"""Clues: handing one over, what one keeps of it, and the pages of the discipline inspection."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import PermissionDenied, Principal, Tx
from hotline.supervision.clues.actions import (
    acknowledge_clue,
    answer_about_clue,
    ask_about_clue,
    conclude_clue,
    read_clue,
    transfer_clue,
)
from hotline.supervision.clues.queries import list_clues, read_detail
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.errors import ClueNotFound
from web.labels import label
from web.pages.frame import PageRequest, page, see_other, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.clues import clue_line, clue_view
from web.views.fields import Field, Kind
from web.views.forms import FormState

PAGE_SIZE = 50

TRANSFER = RecordForm(
    "transfer",
    N_("Hand over a clue"),
    transfer_clue,
    (
        Field("grounds", N_("Grounds of the clue"), Kind.CHOICE, of=ClueGrounds),
        Field(
            "text",
            N_("What is known"),
            hint=N_("Once handed over, the discipline inspection alone reads it: you too no more."),
        ),
        Field(
            "tickets",
            N_("Tickets that go with it"),
            Kind.LINES,
            required=False,
            hint=N_("One number a line."),
        ),
    ),
    question=N_("Hand this clue over? You will not see its words again."),
    is_versioned=False,
)
ANSWER = RecordForm(
    "answer",
    N_("Answer the question"),
    answer_about_clue,
    (Field("answer", N_("Answer")),),
    is_versioned=False,
)
ACKNOWLEDGE = RecordForm("acknowledge", N_("Take it up"), acknowledge_clue, is_versioned=False)
ASK = RecordForm(
    "ask",
    N_("Ask whoever handed it over"),
    ask_about_clue,
    (Field("question", N_("Question"), hint=N_("He reads the question, nothing else.")),),
    is_versioned=False,
)
CONCLUDE = RecordForm(
    "conclude",
    N_("Record the outcome"),
    conclude_clue,
    (
        Field("outcome", N_("Outcome"), Kind.CHOICE, of=ClueOutcome),
        Field("conclusion", N_("Conclusion")),
        Field(
            "document",
            N_("Reference of the document on accountability"),
            Kind.LINE,
            required=False,
            most=200,
        ),
    ),
    question=N_("Record this outcome? The clue is closed with it."),
    is_versioned=False,
)
_OPEN = {
    ClueState.TRANSFERRED: (ACKNOWLEDGE,),
    ClueState.ACKNOWLEDGED: (ASK, CONCLUDE),
}


class ClueController(Controller):
    """Clues; to everybody but the inspection a clue is not there."""

    path = "/clues"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every clue to the inspection, to others what they handed over.

        Raises:
            PermissionDenied: the reader has nothing to do with clues.
        """
        if not principal.permissions & {Permission.READ_CLUES, Permission.TRANSFER_CLUE}:
            raise PermissionDenied(permission=Permission.READ_CLUES)
        return await _list(request, principal, reader)

    @get("/new", guards=[requires(Permission.TRANSFER_CLUE)])
    async def show_new(self, request: PageRequest) -> Response[str]:
        """Show the empty form, with the ticket that it was opened from."""
        given = FormState({"tickets": request.query_params.get("tickets", "")})
        return _new(request, Sent(TRANSFER.code, given))

    @post("/new", status_code=200, guards=[requires(Permission.TRANSFER_CLUE)])
    async def transfer(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Hand a clue over."""
        sent = await send(request, tx, TRANSFER)
        return _new(request, sent) if sent.form is not None else see_other("/clues")

    @get("/{number:str}")
    async def show(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[str]:
        """Show a clue to the inspection; the reading leaves a record."""
        return await _show(request, tx, number)

    @post(
        "/{number:str}/answer",
        status_code=200,
        guards=[requires(Permission.TRANSFER_CLUE)],
    )
    async def answer(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Answer a question about a clue that one handed over."""
        sent = await send(request, tx, ANSWER, number)
        if sent.form is not None:
            return await _list(request, principal, tx.session, (number, sent))
        return see_other("/clues")

    @post("/{number:str}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a clue asks for."""
        form = next((one for one in (ACKNOWLEDGE, ASK, CONCLUDE) if one.code == action), None)
        if form is None or Permission.READ_CLUES not in tx.actor.permissions:
            raise ClueNotFound(number=number)
        sent = await send(request, tx, form, number)
        if sent.form is not None:
            return await _show(request, tx, number, sent)
        return see_other(f"/clues/{number}")


def _new(request: PageRequest, sent: Sent) -> Response[str]:
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=TRANSFER.text,
        back=("/clues", N_("Clues")),
        path="/clues/new",
        item=form_views((TRANSFER,), sent)[0],
        departments=(),
    )


async def _list(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    answered: tuple[str, Sent] | None = None,
) -> Response[str]:
    t = speaker(request)
    resources: Resources = request.app.state.resources
    asked = request.query_params.get("state", "")
    found = await list_clues(
        reader,
        principal,
        state=tuple(one for one in ClueState if one.value == asked),
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    return page(
        request,
        "pages/clues.html",
        status=answered[1].status if answered else 200,
        clues=[clue_line(row, resources.cipher) for row in found.items],
        answers={
            row.number: form_views(
                (ANSWER,), answered[1] if answered and answered[0] == row.number else None
            )[0]
            for row in found.items
            if row.question
        },
        is_inspection=Permission.READ_CLUES in principal.permissions,
        may_transfer=Permission.TRANSFER_CLUE in principal.permissions,
        filter=FormState({"state": asked}),
        is_narrowed=bool(asked),
        states=[(one.value, t.text(label(one))) for one in ClueState],
        next_href=f"/clues?{urlencode({'state': asked, 'cursor': found.next_cursor})}"
        if found.next_cursor
        else None,
    )


async def _show(
    request: PageRequest, tx: Tx, number: str, sent: Sent | None = None
) -> Response[str]:
    clue = await read_clue(tx, number)
    detail = await read_detail(tx.session, tx.actor, clue)
    return page(
        request,
        "pages/clue.html",
        status=sent.status if sent else 200,
        view=clue_view(clue, detail, tx.cipher, speaker(request)),
        actions=form_views(_OPEN.get(clue.state, ()), sent),
    )
