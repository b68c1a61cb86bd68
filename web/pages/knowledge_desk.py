"""Knowledge at work: found while somebody types, beside a ticket, and as phrases."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import mask_text
from hotline.knowledge.access import find_article
from hotline.knowledge.errors import ArticleNotFound, PhraseNotFound
from hotline.knowledge.from_tickets import draft_from_ticket
from hotline.knowledge.phrase_rules import PhraseDesk
from hotline.knowledge.phrases import list_phrases
from hotline.knowledge.queries import find_answers, storable
from hotline.knowledge.rules import article_number
from hotline.knowledge.uses import answer_from, uses_of_ticket
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import find_readable
from hotline.tickets.catalogue import list_categories
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Ticket
from hotline.tickets.queries import TicketDetail, ticket_detail
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.desk import category_code
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.knowledge_forms import ADD_PHRASE, ADD_SHARED_PHRASE, CHANGE_PHRASE
from web.pages.record_forms import Sent, form_views, send
from web.security.guards import requires
from web.views.directory import category_paths, unit_name
from web.views.fields import YES
from web.views.forms import FormState
from web.views.knowledge import (
    ArticleLine,
    PhraseView,
    UseView,
    article_line,
    phrase_view,
    reply_of,
    use_view,
)
from web.views.problems import explain

_BESIDE_TICKET = 3
_LONGEST_ASKED = 4000
_ANSWERED = (Status.CLOSED, Status.ARCHIVED, Status.PENDING_VISIT)


class KnowledgePanelController(Controller):
    """What the intake screen shows beside the form while somebody types."""

    path = "/desk"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @post("/intake/knowledge", status_code=200)
    async def look_up(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the articles that answer what is typed; nothing useful is an empty fragment."""
        sent = {name: "".join(values) for name, values in (await posted(request)).items()}
        t = speaker(request)
        found = await find_answers(
            reader,
            principal,
            title=sent.get("title", "")[:_LONGEST_ASKED],
            content=sent.get("content", "")[:_LONGEST_ASKED],
            category=category_code(sent.get("category", "")[:200]),
            area=sent.get("area", "").strip()[:64] or None,
            now=shell_of(request).now,
        )
        paths = category_paths(await list_categories(reader), t) if found else {}
        return page(
            request,
            "fragments/knowledge_found.html",
            answers=[article_line(one, t, paths) for one in found],
        )


class TicketKnowledgeController(Controller):
    """What is done between a ticket and knowledge."""

    path = "/tickets/{number:str}/knowledge"
    guards = (requires(Permission.READ_KNOWLEDGE),)
    include_in_schema = False

    @post("/answer", status_code=200)
    async def answer(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[Any]:
        """Answer a ticket from an article: its version is kept, its words stand in the form."""
        wanted = "".join((await posted(request)).get("article", []))
        await answer_from(tx, number, wanted)
        return see_other(f"/tickets/{number}?article={wanted.upper()}#action-answer")

    @post("/draft", status_code=200, guards=[requires(Permission.WRITE_KNOWLEDGE)])
    async def draft(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[Any]:
        """Draft an article from what a ticket was answered."""
        try:
            article = await draft_from_ticket(tx, number)
        except DomainError as error:
            if status_of(error) == 404:  # noqa: PLR2004
                raise
            words = explain(error, speaker(request).language)
            return page(
                request,
                "pages/knowledge_undrafted.html",
                status=status_of(error),
                number=number,
                refusal=words,
            )
        return see_other(f"/knowledge/{article_number(article.nth)}/edit")


@dataclass(frozen=True, slots=True)
class Beside:
    """Knowledge beside a ticket.

    Attributes:
        uses: what it was answered from.
        answers: what would answer it, where it can be answered now.
        may_draft: an article can be made of what it was answered.
    """

    uses: Sequence[UseView]
    answers: Sequence[ArticleLine]
    may_draft: bool


async def knowledge_beside(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    ticket: Ticket,
    offered: Sequence[Action],
) -> Beside:
    """Return what knowledge has to do with a ticket."""
    t = speaker(request)
    may = principal.permissions
    used = await uses_of_ticket(reader, ticket.id)
    found = []
    if Permission.READ_KNOWLEDGE in may and Action.ANSWER in offered:
        found = await find_answers(
            reader,
            principal,
            title=ticket.title,
            content=ticket.content,
            category=ticket.category_code,
            area=ticket.area,
            now=shell_of(request).now,
            most=_BESIDE_TICKET,
        )
    paths = category_paths(await list_categories(reader), t) if found else {}
    return Beside(
        [use_view(one) for one in used],
        [article_line(one, t, paths) for one in found],
        Permission.WRITE_KNOWLEDGE in may
        and ticket.status in _ANSWERED
        and (principal.sees_every_ticket or ticket.lead_department_id == principal.department_id),
    )


async def reply_given(
    request: PageRequest, principal: Principal, reader: AsyncSession
) -> FormState | None:
    """Return the answer's form with an article's words in it, when the address names one."""
    wanted = request.query_params.get("article")
    if not wanted:
        return None
    try:
        _, version = await find_article(reader, principal, wanted)
    except ArticleNotFound:
        return None
    return FormState({"reply": reply_of(version, speaker(request))})


# -- phrases ---------------------------------------------------------------------------------------


class PhrasePaletteController(Controller):
    """The phrases as they are picked: filled with what is known."""

    path = "/desk/phrases"
    guards = (requires(Permission.READ_KNOWLEDGE),)
    include_in_schema = False

    @get()
    async def pick(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the phrases of a desk; of a ticket, with its own in their places."""
        found = await phrases_for(request, principal, reader)
        is_of_ticket = bool(request.query_params.get("ticket"))
        return page(
            request,
            "fragments/phrases.html",
            phrases=_grouped(found),
            into=request.query_params.get("into", "" if is_of_ticket else "content")[:40],
        )


async def phrases_for(
    request: PageRequest, principal: Principal, reader: AsyncSession
) -> Sequence[PhraseView]:
    """Return the phrases of the desk, or of the ticket, that the address names, filled in."""
    t = speaker(request)
    number = storable(request.query_params.get("ticket")) or ""
    detail = None
    if number:
        ticket = await find_readable(reader, principal, number)
        detail = await ticket_detail(reader, ticket)
    desk = next(
        (one for one in PhraseDesk if one.value == request.query_params.get("desk")),
        _desk_of(principal),
    )
    values = placeholder_values(principal, detail, shell_of(request).now, t)
    return [phrase_view(one, values) for one in await list_phrases(reader, principal, desk=desk)]


def _desk_of(principal: Principal) -> PhraseDesk:
    if Role.VISITOR in principal.roles:
        return PhraseDesk.VISIT
    if principal.is_department:
        return PhraseDesk.HANDLING
    may_take = Permission.CREATE_TICKETS in principal.permissions
    return PhraseDesk.INTAKE if may_take else PhraseDesk.ANY


def _grouped(phrases: Sequence[PhraseView]) -> list[tuple[str, list[PhraseView]]]:
    groups: dict[str, list[PhraseView]] = {}
    for one in phrases:
        groups.setdefault(N_("My own phrases") if one.is_own else label(one.kind), []).append(one)
    return list(groups.items())


def placeholder_values(
    principal: Principal,
    detail: TicketDetail | None,
    now: datetime,
    t: Translator,
) -> Mapping[str, str | None]:
    """Return what stands in the places of phrases, as far as it is known; nobody's data among it."""
    values: dict[str, str | None] = {
        "operator": principal.display_name,
        "today": t.day(now),
        "hotline": "12345",
    }
    if detail is not None:
        ticket, promise = detail.ticket, detail.commitment
        due = promise.due_at if promise else ticket.due_at
        unit = detail.lead or detail.owner
        values |= {
            "number": ticket.number,
            "title": mask_text(ticket.title),
            "department": unit_name(unit, t) if unit else None,
            "promise": mask_text(promise.content) if promise else None,
            "due": t.instant(due) if due else None,
        }
    return values


class PhraseController(Controller):
    """Phrases kept: one's own, and everybody's for whoever keeps those."""

    path = "/phrases"
    guards = (requires(Permission.READ_KNOWLEDGE),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the phrases that the reader may use."""
        return await _phrases_page(request, principal, reader)

    @post("/new", status_code=200)
    async def add(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Keep a phrase."""
        sent = await send(request, tx, _add_form(principal))
        if sent.form is not None:
            return await _phrases_page(request, principal, tx.session, sent)
        return see_other("/phrases?done=new")

    @post("/{phrase_id:uuid}/change", status_code=200)
    async def change(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        phrase_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Change a phrase, or switch it off."""
        sent = await send(request, tx, CHANGE_PHRASE, phrase_id)
        if sent.form is not None:
            if sent.status == 404:  # noqa: PLR2004
                raise PhraseNotFound
            return await _phrases_page(request, principal, tx.session, sent, phrase_id)
        return see_other("/phrases?done=change")


_PHRASE_DONE: Mapping[str, str] = {
    "new": N_("The phrase is kept."),
    "change": N_("The phrase is changed."),
}


def _add_form(principal: Principal) -> Any:  # noqa: ANN401  # a form
    may = Permission.MANAGE_PHRASES in principal.permissions
    return ADD_SHARED_PHRASE if may else ADD_PHRASE


async def _phrases_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    sent: Sent | None = None,
    changed: uuid.UUID | None = None,
) -> Response[str]:
    t = speaker(request)
    values = placeholder_values(principal, None, shell_of(request).now, t)
    found = await list_phrases(reader, principal, only_active=False)
    may_manage = Permission.MANAGE_PHRASES in principal.permissions
    rows = []
    for one in found:
        view = phrase_view(one, values)
        form = None
        if view.is_own or may_manage:
            typed = {
                "title": view.title,
                "text": view.text,
                "desk": view.desk.value,
                "kind": view.kind.value,
                "is_active": YES if view.is_active else "",
            }
            refused = sent if changed is not None and changed == one.id else None
            form = form_views(
                (CHANGE_PHRASE,), refused or Sent(CHANGE_PHRASE.code, FormState(typed))
            )[0]
        rows.append((view, form, changed is not None and changed == one.id))
    done = _PHRASE_DONE.get(request.query_params.get("done", ""))
    return page(
        request,
        "pages/phrases.html",
        status=sent.status if sent else 200,
        rows=rows,
        add=form_views((_add_form(principal),), sent if changed is None else None)[0],
        done=t.text(done) if done else None,
    )
