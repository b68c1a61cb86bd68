"""Many callers of one incident: pasted, looked at, taken down some at a time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.batches.actions import TakenDown, take_down_rows
from hotline.intake.batches.errors import TooManyRows
from hotline.intake.batches.queries import taken_down
from hotline.intake.batches.rules import CHUNK, MOST_ROWS, CallerRow, parse_rows, takeable
from hotline.intake.drafts.queries import find_draft
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import mask_name, mask_phone, mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.tickets.access import find_readable
from hotline.tickets.catalogue import list_categories
from hotline.tickets.models import Channel, RequestType, Urgency
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.desk import area_names, category_options
from web.pages.frame import PageRequest, page, posted, speaker
from web.pages.intake import FRESH, INTAKE, new_ticket, option_words, prefilled
from web.resources import Resources
from web.security.guards import requires
from web.views.fields import Field, Posted, read
from web.views.forms import FormState
from web.views.problems import explain

_MATTER = tuple(field for field in INTAKE if field.name not in {"phone", "name"})
_ROWS = Field("rows", N_("Callers"), most=MOST_ROWS * 700)
_KEPT = ("title", "content", "address", "category", "area", "request_type", "urgency")


@dataclass(frozen=True, slots=True)
class RowView:
    """One caller of a batch: what will become of him, or what has."""

    line: int
    phone: str
    name: str
    note: str
    problem: str
    number: str = ""
    query_code: str = ""
    is_followed: bool = False


class BatchController(Controller):
    """Taking down many callers of one incident."""

    path = "/desk/intake/batch"
    guards = (requires(Permission.CREATE_TICKETS), requires(Permission.MERGE_MANY))
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the form: empty, with what a draft holds, or for the callers of a ticket."""
        values: dict[str, str] = dict(FRESH)
        parent = request.query_params.get("parent", "").strip()
        if parent:
            values |= await prefilled(reader, principal, parent)
        values |= await _of_draft(request, principal, reader)
        return await _form(request, reader, FormState(values))

    @post(status_code=200)
    async def go_on(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[str]:
        """Show what becomes of each row, or take the next of them down."""
        sent = await posted(request)
        t = speaker(request)
        values, form = read((*_MATTER, _ROWS), sent, t)
        rows = parse_rows(_one(sent, "rows"))
        errors = dict(form.errors)
        if rows and not takeable(rows) and "rows" not in errors:
            errors["rows"] = t.text(N_("No line has a telephone number that can be used"))
        if len(rows) > MOST_ROWS:
            errors["rows"] = t.text(TooManyRows.title, most=MOST_ROWS)
        if errors or _one(sent, "step") == "mend":
            wrong = FormState(form.values, errors)
            return await _form(request, tx.session, wrong, status=422 if errors else 200)
        batch = _one(sent, "_batch")[:64]
        done = await taken_down(tx.session, principal.user_id, batch)
        refusal, status = None, 200
        if _one(sent, "step") == "create":
            waiting = [row for row in takeable(rows) if row.line not in done][:CHUNK]
            parent = _one(sent, "joins").strip() or _followed(done)
            matter = new_ticket({**values, "phone": None, "name": None})
            try:
                async with tx.session.begin_nested():
                    written = await take_down_rows(tx, matter, waiting, batch=batch, parent=parent)
            except DomainError as error:
                refusal, status = explain(error, t.language), status_of(error)
            else:
                done = {**done, **{one.line: one for one in written}}
        return _preview(request, sent, form, rows, done, refusal=refusal, status=status)


def _one(sent: Posted, name: str) -> str:
    return "".join(sent.get(name, ()))


def _followed(done: Mapping[int, TakenDown]) -> str | None:
    """Return the ticket that the rows of a batch follow, once its first one is there."""
    return next((one.number for one in done.values() if one.is_followed), None)


async def _of_draft(
    request: PageRequest, principal: Principal, reader: AsyncSession
) -> dict[str, str]:
    """Return what a draft of the intake screen holds of the matter itself."""
    try:
        draft_id = uuid.UUID(request.query_params.get("draft", ""))
    except ValueError:
        return {}
    resources: Resources = request.app.state.resources
    draft = await find_draft(reader, principal.user_id, draft_id, resources.cipher)
    if draft is None:
        return {}
    return {name: draft.value(name) for name in _KEPT if draft.value(name)}


async def _form(
    request: PageRequest, reader: AsyncSession, form: FormState, *, status: int = 200
) -> Response[str]:
    t = speaker(request)
    joins = form.values.get("joins", "")
    principal: Principal = request.user
    parent = await find_readable(reader, principal, joins) if joins else None
    departments = await list_departments(reader)
    return page(
        request,
        "pages/batch.html",
        status=status,
        form=form,
        batch=uuid.uuid4().hex,
        parent_title=mask_text(parent.title) if parent else None,
        channels=option_words(Channel, t),
        request_types=option_words(RequestType, t),
        urgencies=option_words(Urgency, t),
        categories=category_options(await list_categories(reader), t),
        areas=area_names(departments, t),
        most=MOST_ROWS,
    )


def _preview(
    request: PageRequest,
    sent: Posted,
    form: FormState,
    rows: Sequence[CallerRow],
    done: Mapping[int, TakenDown],
    *,
    refusal: str | None,
    status: int,
) -> Response[str]:
    t = speaker(request)
    total = len(takeable(rows))
    count = sum(1 for row in takeable(rows) if row.line in done)
    return page(
        request,
        "pages/batch_rows.html",
        status=status,
        form=FormState(form.values, refusal=refusal),
        kept={name: value for name, value in form.values.items() if name != "step"},
        batch=_one(sent, "_batch")[:64],
        rows=[_row_view(row, done.get(row.line), t) for row in rows],
        total=total,
        count=count,
        wrong=len(rows) - total,
        is_begun=count > 0 or _one(sent, "step") == "create",
        is_running=_one(sent, "step") == "create" and count < total and refusal is None,
        parent=form.values.get("joins") or _followed(done),
    )


def _row_view(row: CallerRow, done: TakenDown | None, t: Translator) -> RowView:
    return RowView(
        row.line,
        mask_phone(row.phone) or "",
        mask_name(row.name) or "",
        mask_text(row.note or ""),
        t.text(label(row.problem)) if row.problem else "",
        done.number if done else "",
        done.query_code if done else "",
        is_followed=done is not None and done.is_followed,
    )
