"""The rules of credit: versions to read, drafts to work on, what a draft would have changed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import list_books
from credit.recalculating import recalculations_of
from credit.rulebook import InvalidRuleBook
from credit.rules.actions import (
    begin_draft,
    carry_over_draft,
    checked,
    discard_draft,
    publish_draft,
    save_draft,
)
from credit.rules.errors import DraftNotFound, StaleDraft
from credit.rules.fields import differences, nested
from credit.rules.models import RuleDraft
from credit.rules.preview import Preview, preview_rules
from credit.rules.queries import (
    decisions,
    find_draft,
    find_version,
    in_force,
    names_of,
    newest_version,
    open_drafts,
)
from credit.rules.retroactive import decide_retroactive
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.errors import status_of
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.credit_recalculations import recalculation_words
from web.views.credit_rules import (
    NEW,
    book_tables,
    called,
    class_options,
    difference_views,
    draft_form,
    effect_views,
    fault_errors,
    faulty_fields,
    preview_words,
    sent_values,
    version_line,
)
from web.views.credit_words import path_words
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.problems import explain

SAVE, PREVIEW, PUBLISH = "save", "preview", "publish"
"""What the buttons of a draft say."""

RETROACTIVE = RecordForm(
    "retroactive",
    N_("Let it hold from an earlier day"),
    decide_retroactive,
    (
        Field("since", N_("Holds from"), Kind.INSTANT),
        Field(
            "reason",
            N_("Reason"),
            hint=N_("Kept for good; every published period that it touches says so."),
        ),
    ),
    question=N_(
        "Every frozen period since then is calculated again and published with this reason."
    ),
    is_versioned=False,
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page of a draft shows.

    Attributes:
        form: as it stands.
        preview: what the draft would have changed, when it was asked for.
        typed: the book that was typed; None for the draft as it is kept.
        is_late: somebody else saved the draft before what was typed here.
        both: fields that a version published meanwhile changed as well.
        done: what has just happened.
        status: of the answer.
    """

    form: FormState
    preview: Preview | None = None
    typed: dict[str, Any] | None = None
    is_late: bool = False
    both: tuple[str, ...] = ()
    done: str | None = None
    status: int = 200


class CreditRuleController(Controller):
    """The rules of credit."""

    path = "/credit/rules"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show_versions(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every version, and the drafts to those who may work on them."""
        now = shell_of(request).now
        rows = await list_books(reader)
        may_edit = Permission.MANAGE_CREDIT_RULES in principal.permissions
        drafts = await open_drafts(reader) if may_edit else ()
        decided = await decisions(reader)
        names = await names_of(
            reader,
            [*(row.published_by for row in rows), *(draft.changed_by for draft in drafts)],
        )
        holding = in_force(rows, now)
        return page(
            request,
            "pages/credit_rules.html",
            versions=[
                version_line(row, holding, now, names, decided.get(row.version, ())) for row in rows
            ],
            drafts=[(draft, called(names, draft.changed_by)) for draft in drafts],
            newest=rows[0].version if rows else None,
            may_edit=may_edit,
        )

    @get("/{version:int}")
    async def show_version(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        version: FromPath[int],
    ) -> Response[str]:
        """Show a version in words and tables."""
        return await _version_page(request, principal, reader, version)

    @post("/{version:int}/retroactive", status_code=200)
    async def decide(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        version: FromPath[int],
    ) -> Response[Any]:
        """Let a version hold from an earlier day."""
        principal.require(Permission.DECIDE_RETROACTIVE)
        sent = await send(request, tx, RETROACTIVE, version)
        if sent.form is not None:
            return await _version_page(request, principal, tx.session, version, sent)
        return see_other(f"/credit/rules/{version}?done=retroactive")

    @post("/drafts", status_code=200)
    async def begin(self, tx: NamedDependency[Tx]) -> Response[Any]:
        """Begin a draft upon the newest version."""
        draft = await begin_draft(tx)
        return see_other(f"/credit/rules/drafts/{draft.id}")

    @get("/drafts/{draft_id:uuid}")
    async def show_draft(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        draft_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show a draft as a form."""
        principal.require(Permission.MANAGE_CREDIT_RULES)
        draft = await find_draft(reader, draft_id)
        t = speaker(request)
        asked = request.query_params
        done = t.text(N_("The draft is kept")) if "done" in asked else None
        both = tuple(asked.getall("both", []))
        return await _draft_page(
            request, reader, draft, _Shown(draft_form(draft), done=done, both=both)
        )

    @post("/drafts/{draft_id:uuid}", status_code=200)
    async def work_on(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        draft_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Keep, try or publish what was typed; nothing typed is lost."""
        principal.require(Permission.MANAGE_CREDIT_RULES)
        return await _work_on(request, tx, draft_id)

    @post("/drafts/{draft_id:uuid}/carry-over", status_code=200)
    async def carry_over(
        self, tx: NamedDependency[Tx], draft_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Put what a draft changes upon the newest version."""
        draft, both = await carry_over_draft(tx, draft_id)
        marks = "".join(f"&both={path}" for path in both)
        return see_other(f"/credit/rules/drafts/{draft.id}?done=1{marks}")

    @post("/drafts/{draft_id:uuid}/discard", status_code=200)
    async def discard(
        self, tx: NamedDependency[Tx], draft_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Put a draft aside."""
        await discard_draft(tx, draft_id)
        return see_other("/credit/rules")


async def _work_on(request: PageRequest, tx: Tx, draft_id: uuid.UUID) -> Response[Any]:
    t = speaker(request)
    values = sent_values(await posted(request))
    draft = await find_draft(tx.session, draft_id)
    shown = _Shown(FormState(values), typed=nested(values))
    version = values.get("expected_version", "")
    try:
        if values.get("do") == PREVIEW:
            base = await find_version(tx.session, draft.based_on)
            book = checked(shown.typed or {}, base.book)
            preview = await preview_rules(tx.session, book, tx.now)
            return await _draft_page(request, tx.session, draft, replace(shown, preview=preview))
        async with tx.session.begin_nested():
            draft = await save_draft(
                tx,
                draft_id,
                shown.typed or {},
                note=values.get("note", ""),
                expected_version=int(version[:9]) if version.isdecimal() else None,
            )
            if values.get("do") == PUBLISH:
                published = await publish_draft(tx, draft_id, valid_from=_asked_for(values))
                return see_other(f"/credit/rules/{published.version}?done=published")
    except DraftNotFound:
        raise
    except InvalidRuleBook as error:
        errors = fault_errors(error, values, t)
        return await _wrong(request, tx, draft_id, replace(shown, typed=None), errors)
    except _InvalidInstant:
        said = t.text(N_("Give a day and a time, such as 2026-11-21 18:00"))
        return await _wrong(request, tx, draft_id, shown, {"valid_from": said})
    except DomainError as error:
        return await _refused(request, tx, draft_id, shown, error)
    return see_other(f"/credit/rules/drafts/{draft_id}?done=1")


async def _again(tx: Tx, draft_id: uuid.UUID) -> RuleDraft:
    """Return a draft as it is kept, after what was done to it has been taken back."""
    draft = await find_draft(tx.session, draft_id)
    await tx.session.refresh(draft)
    return draft


async def _wrong(
    request: PageRequest,
    tx: Tx,
    draft_id: uuid.UUID,
    shown: _Shown,
    errors: Mapping[str, str],
) -> Response[str]:
    """Show what was typed again, with what is wrong at each field."""
    answer = replace(shown, form=FormState(shown.form.values, errors), status=422)
    return await _draft_page(request, tx.session, await _again(tx, draft_id), answer)


async def _refused(
    request: PageRequest, tx: Tx, draft_id: uuid.UUID, shown: _Shown, error: DomainError
) -> Response[str]:
    """Show what was typed again, beside the draft as somebody else has left it."""
    draft = await _again(tx, draft_id)
    # Whoever sends it again has seen what the other did: then his own stands.
    values = {**shown.form.values, "expected_version": str(draft.version)}
    refused = FormState(values, refusal=explain(error, speaker(request).language))
    answer = replace(
        shown, form=refused, is_late=isinstance(error, StaleDraft), status=status_of(error)
    )
    return await _draft_page(request, tx.session, draft, answer)


class _InvalidInstant(Exception):
    """What was typed is no instant."""


def _asked_for(values: dict[str, str]) -> datetime | None:
    text = values.get("valid_from", "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError as error:
        raise _InvalidInstant from error


async def _draft_page(
    request: PageRequest, session: AsyncSession, draft: RuleDraft, shown: _Shown
) -> Response[str]:
    t = speaker(request)
    newest = await newest_version(session)
    book = shown.typed or draft.book
    names = await names_of(session, [draft.changed_by])
    preview = shown.preview
    return page(
        request,
        "pages/credit_draft.html",
        status=shown.status,
        draft=draft,
        by=called(names, draft.changed_by),
        newest=newest,
        is_stale=newest.version != draft.based_on,
        form=shown.form,
        faults=faulty_fields(shown.form.errors, t) if shown.status == 422 else (),  # noqa: PLR2004  # HTTP
        tables=book_tables(draft.book, t),
        classes=class_options(t),
        new=NEW,
        changes=difference_views(differences(newest.book, book), t),
        theirs=difference_views(differences(book, draft.book), t) if shown.is_late else (),
        both=[path_words(path, t) for path in shown.both],
        preview=preview,
        preview_of=preview_words(preview, t) if preview else "",
        effects=effect_views(preview, t) if preview else (),
        done=shown.done,
    )


async def _version_page(
    request: PageRequest,
    principal: Principal,
    session: AsyncSession,
    version: int,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    row = await find_version(session, version)
    rows = await list_books(session)
    before = next((one for one in rows if one.version == version - 1), None)
    decided = (await decisions(session)).get(version, ())
    names = await names_of(session, [row.published_by])
    changes = await recalculations_of(session, {one.id for one in decided})
    followed = {key: recalculation_words(one, t) for key, one in changes.items()}
    done = request.query_params.get("done", "")
    words = {
        "published": N_("The version is published"),
        "retroactive": N_("The decision is kept; frozen periods are calculated again now"),
    }
    may_decide = Permission.DECIDE_RETROACTIVE in principal.permissions
    return page(
        request,
        "pages/credit_rule_version.html",
        status=sent.status if sent else 200,
        line=version_line(row, in_force(rows, now), now, names, decided, followed),
        tables=book_tables(row.book, t),
        changes=difference_views(differences(before.book, row.book), t) if before else (),
        before=before.version if before else None,
        forms_=form_views((RETROACTIVE,), sent) if may_decide else (),
        done=t.text(words[done]) if done in words else None,
    )
