"""Knowledge: finding and reading articles, writing them, what is due, reports of mistakes, in and out."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.knowledge.access import find_article, keeper_of
from hotline.knowledge.errors import ArticleNotFound
from hotline.knowledge.files import as_json, as_xlsx, read_file
from hotline.knowledge.moving import ImportReport, export_articles, import_articles
from hotline.knowledge.queries import (
    ArticleDetail,
    ArticleFilter,
    CorrectionFilter,
    FoundArticle,
    list_articles,
    list_corrections,
    list_due,
    list_submitted,
    read_article,
    require_version,
)
from hotline.knowledge.rules import (
    ArticleState,
    ArticleUse,
    ArticleWarning,
    CorrectionState,
    article_number,
    day_of,
    may_keep,
    may_publish,
    may_write,
)
from hotline.knowledge.uses import use_article
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.tickets.catalogue import list_categories
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.desk import category_code, category_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.knowledge_forms import (
    CHANGE,
    CONFIRM,
    DECIDE,
    DRAFT,
    FORMS,
    GIVE,
    PUBLISH,
    REPORT,
    RETIRE,
    SEND_BACK,
    SUBMIT,
    typed_from,
)
from web.pages.record_forms import RecordForm, Sent, form_called, form_views, send
from web.security.guards import requires
from web.views.directory import category_paths, unit_name
from web.views.forms import FormState
from web.views.knowledge import article_line, article_view, correction_row, version_view
from web.views.lines import fault_words
from web.views.problems import explain

PAGE_SIZE = 50
ASKED = ("q", "category", "department", "state", "warning")
_DONE: Mapping[str, str] = {
    "new": N_("The draft is kept: ask a second person to publish it."),
    "edit": N_("The new version is kept: ask a second person to publish it."),
    "submit": N_("It waits for a second person now."),
    "publish": N_("It is published, and its review clock runs."),
    "send-back": N_("It is back with its author, who is told."),
    "confirm": N_("It is reviewed: the clock runs anew."),
    "retire": N_("It is out of use."),
    "give": N_("It has another owner now."),
    "report": N_("The owner is told and has to decide about it in time."),
    "decide": N_("It is decided, and the reporter is told."),
}


def _asked(request: PageRequest, *names: str) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in names}


def _more(path: str, asked: Mapping[str, str], cursor: str | None) -> str | None:
    kept = {name: text for name, text in asked.items() if text}
    return f"{path}?{urlencode({**kept, 'cursor': cursor})}" if cursor else None


async def find_articles(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[FoundArticle]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = ArticleFilter(
        q=asked["q"].strip()[:200] or None,
        category=category_code(asked["category"]),
        department=asked["department"] or None,
        state=tuple(one for one in ArticleState if one.value == asked["state"]),
        warning=next((w for w in ArticleWarning if w.value == asked["warning"]), None),
    )
    return await list_articles(reader, principal, wanted, now=now, cursor=cursor, limit=limit)


async def _paths(reader: AsyncSession, t: Translator) -> dict[str, str]:
    return category_paths(await list_categories(reader), t)


def owner_options(
    departments: Sequence[Department], principal: Principal, t: Translator
) -> list[tuple[str, str]]:
    """Return the departments that somebody may write articles for."""
    return [
        (row.code, unit_name(row, t))
        for row in departments
        if row.is_active and may_write(keeper_of(principal), row.id)
    ]


def offered_forms(detail: ArticleDetail, principal: Principal) -> list[RecordForm]:
    """Return what somebody can do with an article in its state."""
    article, keeper = detail.found.article, keeper_of(principal)
    owner, waits = article.department_id, article.submitted_at is not None
    is_pending = article.newest_version != article.published_version
    newest = detail.newest
    is_second = newest is not None and newest.written_by != principal.user_id
    offered = {
        SUBMIT: may_write(keeper, owner) and is_pending and not waits,
        PUBLISH: may_publish(keeper, owner) and waits and is_second,
        SEND_BACK: may_publish(keeper, owner) and waits,
        CONFIRM: may_keep(keeper, owner) and article.state is ArticleState.PUBLISHED,
        REPORT: article.published_version is not None and article.state is not ArticleState.RETIRED,
        GIVE: keeper.is_hotline and may_publish(keeper, owner),
        RETIRE: may_publish(keeper, owner) and article.state is not ArticleState.RETIRED,
    }
    return [form for form, is_offered in offered.items() if is_offered]


class KnowledgeController(Controller):
    """Articles: each sees what he may read, and does what is his."""

    path = "/knowledge"
    guards = (requires(Permission.READ_KNOWLEDGE),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the articles: what was asked for first, else the newest."""
        t, now = speaker(request), shell_of(request).now
        asked = _asked(request, *ASKED)
        found = await find_articles(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        categories = await list_categories(reader)
        paths = category_paths(categories, t)
        departments = await list_departments(reader)
        return page(
            request,
            "pages/knowledge.html",
            articles=[article_line(one, t, paths) for one in found.items],
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            states=[(one.value, t.text(label(one))) for one in ArticleState],
            warnings=[(one.value, t.text(label(one))) for one in ArticleWarning],
            departments=[(row.code, unit_name(row, t)) for row in departments if row.is_active],
            categories=category_options(categories, t),
            next_href=_more("/knowledge", asked, found.next_cursor),
            may_write=Permission.WRITE_KNOWLEDGE in principal.permissions,
            may_move=Permission.MOVE_KNOWLEDGE in principal.permissions,
        )

    @get("/new", guards=[requires(Permission.WRITE_KNOWLEDGE)])
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the empty form."""
        given = {
            "valid_from": day_of(shell_of(request).now).isoformat(),
            "review_days": "180",
            "department": principal.department_code or "",
            "audience": "staff",
        }
        return await _write_page(
            request, principal, reader, Sent(DRAFT.code, FormState(given)), DRAFT, "/knowledge/new"
        )

    @post("/new", status_code=200, guards=[requires(Permission.WRITE_KNOWLEDGE)])
    async def draft(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Write an article."""
        sent = await send(request, tx, DRAFT)
        if sent.form is not None:
            return await _write_page(request, principal, tx.session, sent, DRAFT, "/knowledge/new")
        return see_other(f"/knowledge/{article_number(sent.result.nth)}?done=new")

    @get("/reviews")
    async def show_reviews(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what waits for a second person and what is due to be reviewed."""
        t, now = speaker(request), shell_of(request).now
        paths = await _paths(reader, t)
        submitted = await list_submitted(reader, principal, now=now)
        due = await list_due(reader, principal, now=now)
        keeper = keeper_of(principal)
        return page(
            request,
            "pages/knowledge_reviews.html",
            submitted=[
                (
                    article_line(found, t, paths),
                    version_view(version, t, paths),
                    version.written_by != principal.user_id,
                )
                for found, version in submitted
            ],
            due=[
                (article_line(one, t, paths), may_keep(keeper, one.article.department_id))
                for one in due
            ],
            may_publish=Permission.PUBLISH_KNOWLEDGE in principal.permissions,
        )

    @get("/corrections")
    async def show_corrections(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the reports that concern the reader, the newest first."""
        return await _corrections_page(request, principal, reader)

    @post("/corrections/{correction_id:uuid}/decide", status_code=200)
    async def decide(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        correction_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Own up to a mistake, or say why it is none."""
        sent = await send(request, tx, DECIDE, correction_id)
        if sent.form is not None:
            return await _corrections_page(request, principal, tx.session, sent, correction_id)
        return see_other("/knowledge/corrections?done=decide")

    @get("/export/{form:str}", guards=[requires(Permission.MOVE_KNOWLEDGE)])
    async def export(
        self, request: PageRequest, tx: NamedDependency[Tx], form: FromPath[str]
    ) -> Response[bytes]:
        """Hand out every article as a file."""
        day = day_of(shell_of(request).now).isoformat()
        if form not in _FORMS:
            raise ArticleNotFound
        write, media_type = _FORMS[form]
        return Response(
            write(await export_articles(tx)),
            media_type=media_type,
            headers={"content-disposition": f'attachment; filename="knowledge-{day}.{form}"'},
        )

    @get("/import", guards=[requires(Permission.MOVE_KNOWLEDGE)])
    async def show_import(self, request: PageRequest) -> Response[str]:
        """Show the form that takes a file."""
        return page(request, "pages/knowledge_import.html", report=None, faults=(), refusal=None)

    @post("/import", status_code=200, guards=[requires(Permission.MOVE_KNOWLEDGE)])
    async def take_over(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Check a file line by line, and take it over when that was asked for."""
        t = speaker(request)
        form = await request.form()
        upload = form.get("file")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        report: ImportReport | None = None
        refusal, status = None, 200
        try:
            read = read_file(content, day_of(tx.now))
            async with tx.session.begin_nested():
                report = await import_articles(tx, read, dry_run=form.get("take_over") != "true")
        except DomainError as error:
            refusal, status = explain(error, t.language), status_of(error)
        return page(
            request,
            "pages/knowledge_import.html",
            status=422 if report and report.faults else status,
            report=report,
            faults=[(one.line, fault_words(one, t)) for one in report.faults] if report else (),
            refusal=refusal,
        )

    @get("/{number:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show an article."""
        return await _article_page(request, principal, reader, number)

    @get("/{number:str}/versions/{version:int}")
    async def show_version(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
        version: FromPath[int],
    ) -> Response[str]:
        """Show what an article said then."""
        t = speaker(request)
        found = await require_version(reader, principal, number, version)
        return page(
            request,
            "pages/knowledge_version.html",
            number=number.upper(),
            said=version_view(found, t, await _paths(reader, t)),
        )

    @get("/{number:str}/edit", guards=[requires(Permission.WRITE_KNOWLEDGE)])
    async def show_edit(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show the form of the next version, filled with the newest."""
        detail = await read_article(reader, principal, number, shell_of(request).now)
        if detail.newest is None:
            raise ArticleNotFound
        given = FormState(typed_from(detail.newest))
        return await _edit_page(request, principal, reader, detail, Sent(CHANGE.code, given))

    @post("/{number:str}/edit", status_code=200, guards=[requires(Permission.WRITE_KNOWLEDGE)])
    async def change(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Write the next version."""
        sent = await send(request, tx, CHANGE, number)
        if sent.form is not None:
            detail = await read_article(tx.session, principal, number, tx.now)
            return await _edit_page(request, principal, tx.session, detail, sent)
        return see_other(f"/knowledge/{number}?done=edit")

    @post("/{number:str}/use/{use:str}", status_code=200)
    async def use(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        number: FromPath[str],
        use: FromPath[str],
    ) -> Response[str]:
        """Count that an answer was put in or read out; what is read out is shown large."""
        wanted = next((one for one in _USES if one.value == use.replace("-", "_")), None)
        if wanted is None:
            raise ArticleNotFound
        key = "".join((await posted(request)).get("_idempotency_key", []))
        version = await use_article(tx, number, wanted, intake_key=key or None)
        if wanted is ArticleUse.PUT_IN:
            return Response("", status_code=200, media_type="text/html")
        t = speaker(request)
        _, offered = await find_article(tx.session, tx.actor, number)
        return page(
            request,
            "fragments/knowledge_reading.html",
            number=number,
            said=version_view(offered, t, await _paths(tx.session, t)),
            version=version.version,
        )

    @post("/{number:str}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of an article asks for."""
        form = form_called(action, FORMS, absent=ArticleNotFound)
        sent = await send(request, tx, form, number)
        if sent.form is not None:
            return await _article_page(request, principal, tx.session, number, sent)
        return see_other(f"/knowledge/{number}?done={form.code}")


_USES = (ArticleUse.PUT_IN, ArticleUse.READ_OUT)
_FORMS = {
    "json": (as_json, "application/json"),
    "xlsx": (
        as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


def _done(request: PageRequest, t: Translator) -> str | None:
    words = _DONE.get(request.query_params.get("done", ""))
    return t.text(words) if words else None


async def _article_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    detail = await read_article(reader, principal, number, now)
    departments = await list_departments(reader)
    view = article_view(detail, t, await _paths(reader, t))
    return page(
        request,
        "pages/knowledge_article.html",
        status=sent.status if sent else 200,
        view=view,
        actions=form_views(offered_forms(detail, principal), sent),
        departments=owner_options(departments, principal, t),
        may_write=may_write(keeper_of(principal), detail.found.article.department_id),
        uses=[(one, t.text(label(one))) for one in ArticleUse],
        done=_done(request, t),
    )


async def _write_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    sent: Sent,
    form: RecordForm,
    path: str,
    *,
    version: int | None = None,
    back: tuple[str, str] = ("/knowledge", N_("Knowledge")),
) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/knowledge_write.html",
        status=sent.status,
        heading=form.text,
        back=back,
        path=path,
        version=version,
        item=form_views((form,), sent)[0],
        departments=owner_options(await list_departments(reader), principal, t),
        categories=sorted((await _paths(reader, t)).items()),
    )


async def _edit_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    detail: ArticleDetail,
    sent: Sent,
) -> Response[str]:
    number = detail.found.number
    return await _write_page(
        request,
        principal,
        reader,
        sent,
        CHANGE,
        f"/knowledge/{number}/edit",
        version=detail.found.article.lock_version,
        back=(f"/knowledge/{number}", number),
    )


async def _corrections_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    sent: Sent | None = None,
    decided: uuid.UUID | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    asked = _asked(request, "state", "department", "mine", "overdue")
    found = await list_corrections(
        reader,
        principal,
        CorrectionFilter(
            state=tuple(one for one in CorrectionState if one.value == asked["state"]),
            department=asked["department"] or None,
            mine=asked["mine"] == "true",
            is_overdue=asked["overdue"] == "true",
        ),
        now=now,
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    keeper = keeper_of(principal)
    departments = await list_departments(reader)
    return page(
        request,
        "pages/knowledge_corrections.html",
        status=sent.status if sent else 200,
        corrections=[
            (
                correction_row(row, t),
                form_views(
                    (DECIDE,),
                    sent if decided is not None and row.correction.id == decided else None,
                )[0]
                if row.correction.state is CorrectionState.OPEN
                and row.correction.reported_by != principal.user_id
                and may_keep(keeper, row.owner.id)
                else None,
            )
            for row in found.items
        ],
        filter=FormState(asked),
        is_narrowed=any(asked.values()),
        states=[(one.value, t.text(label(one))) for one in CorrectionState],
        departments=[(row.code, unit_name(row, t)) for row in departments if row.is_active]
        if principal.sees_every_ticket
        else (),
        next_href=_more("/knowledge/corrections", asked, found.next_cursor),
        done=_done(request, t),
        refusal=sent.form.refusal if sent and sent.form else None,
    )
