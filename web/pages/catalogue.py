"""The pages of the dispatch catalogue: what holds, what is being made of it, how often it was right."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.accuracy import (
    MONTHS,
    DispatchFilter,
    DispatchVerdict,
    list_dispatches,
    months_back,
    read_accuracy,
)
from hotline.dispatching.actions import (
    check_entries,
    discard_draft,
    drop_draft_entry,
    end_precedent,
    look_at_draft,
    publish_draft,
    replace_draft,
    roll_back_catalogue,
    save_draft_entry,
)
from hotline.dispatching.files import as_csv, as_xlsx, read_file
from hotline.dispatching.models import CatalogueDraft, PrecedentSource
from hotline.dispatching.queries import (
    CataloguePreview,
    PrecedentFilter,
    find_precedent,
    find_version,
    list_precedents,
    list_versions,
    preview_catalogue,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.tickets.catalogue import list_categories
from hotline.tickets.models import RequestType
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.models import DispatchRoad
from hotline.tickets.routing.queries import CATALOGUES
from hotline.tickets.routing.rules import Entry, lies_under
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.catalogue import (
    ENTRY,
    Names,
    accuracy_tables,
    accuracy_total,
    department_words,
    dispatch_view,
    entry_values,
    entry_view,
    fault_words,
    faults_by_row,
    guard_options,
    move_views,
    precedent_view,
)
from web.views.directory import category_paths
from web.views.fields import Field, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

PAGE_SIZE = 50
MOST_WRONG = 200
DRAFT = "/catalogue/draft"
_NOTE = Field("note", N_("What changes and why"), most=2000)
_END = (Field("reason", N_("Why it does not hold any more"), most=2000),)


async def _names(reader: AsyncSession, t: Translator) -> Names:
    return Names(
        category_paths(await list_categories(reader), t),
        department_words(await list_departments(reader), t),
    )


def _asked(request: PageRequest, *names: str) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in names}


def _number(text: str) -> int | None:
    return int(text[:9]) if text.isdecimal() else None


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        return None


def _shown(
    request: PageRequest, path: str, entries: Sequence[tuple[int, Entry]], asked: Mapping[str, str]
) -> tuple[Sequence[tuple[int, Entry]], str | None]:
    """Return the entries of a page by their rows, and the address of those that follow."""
    after = _number(request.query_params.get("after", "")) or 0
    rest = [(row, entry) for row, entry in entries if row > after]
    if len(rest) <= PAGE_SIZE:
        return rest, None
    kept = {name: text for name, text in asked.items() if text}
    here = rest[:PAGE_SIZE]
    return here, f"{path}?{urlencode({**kept, 'after': here[-1][0]})}"


def _more(path: str, asked: Mapping[str, str], cursor: str | None) -> str | None:
    kept = {name: text for name, text in asked.items() if text}
    return f"{path}?{urlencode({**kept, 'cursor': cursor})}" if cursor else None


class CatalogueController(Controller):
    """The catalogue in force, its versions, and its accuracy."""

    path = "/catalogue"
    guards = (requires(Permission.READ_CATALOGUE),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the version in force and how often first dispatches were right."""
        t, now = speaker(request), shell_of(request).now
        names = await _names(reader, t)
        catalogue = await CATALOGUES.in_force(reader, now)
        asked = _asked(request, "category", "department", "sure")
        entries = [
            (row, entry)
            for row, entry in enumerate(catalogue.entries if catalogue else (), start=1)
            if _is_asked_for(entry, asked)
        ]
        shown, next_href = _shown(request, "/catalogue", entries, asked)
        rows = await read_accuracy(reader, now)
        since = months_back(now, MONTHS)[-1].strftime("%Y-%m")
        versions = await list_versions(reader)
        return page(
            request,
            "pages/catalogue.html",
            version=next(
                (v for v in versions if catalogue and v.version == catalogue.version), None
            ),
            coming=[v for v in versions if v.from_at > now],
            entries=_entry_views(shown, names, now, t),
            next_href=next_href,
            count=len(catalogue.entries) if catalogue else 0,
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            departments=department_options(await list_departments(reader), t),
            categories=[(c, n) for c, n in sorted(names.categories.items()) if c.count(".") < 2],  # noqa: PLR2004  # two levels are enough to narrow by
            accuracy=accuracy_total(rows, since, t),
            accuracy_tables=accuracy_tables(rows, names, since, t),
            may_publish=Permission.MANAGE_CATALOGUE in principal.permissions,
            done=_done(request, t),
        )

    @get("/versions")
    async def show_versions(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every version, newest first."""
        now = shell_of(request).now
        catalogue = await CATALOGUES.in_force(reader, now)
        return page(
            request,
            "pages/catalogue_versions.html",
            versions=await list_versions(reader),
            in_force=catalogue.version if catalogue else None,
            may_publish=Permission.MANAGE_CATALOGUE in principal.permissions,
        )

    @get("/versions/{version:int}")
    async def show_version(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], version: FromPath[int]
    ) -> Response[str]:
        """Show the entries of one version."""
        t, now = speaker(request), shell_of(request).now
        row = await find_version(reader, version)
        entries = list(enumerate(entries_from_json(row.entries), start=1))
        shown, next_href = _shown(request, f"/catalogue/versions/{version}", entries, {})
        return page(
            request,
            "pages/catalogue_version.html",
            version=row,
            entries=_entry_views(shown, await _names(reader, t), now, t),
            next_href=next_href,
        )

    @post("/versions/{version:int}/rollback", status_code=200)
    async def roll_back(
        self, request: PageRequest, tx: NamedDependency[Tx], version: FromPath[int]
    ) -> Response[Any]:
        """Publish an earlier version anew."""
        note = speaker(request).text(N_("As in version {n}"), n=version)
        await roll_back_catalogue(tx, version, note=note)
        return see_other("/catalogue?done=published")

    @get("/dispatches")
    async def show_dispatches(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show first dispatches, the newest first."""
        t, now = speaker(request), shell_of(request).now
        asked = _asked(request, "month", "since", "road", "category", "verdict", "judged")
        wanted = DispatchFilter(
            month=_month(asked["month"]),
            since=_month(asked["since"]),
            road=next((road for road in DispatchRoad if road.value == asked["road"]), None),
            category=asked["category"] or None,
            verdict=next((v for v in DispatchVerdict if v.value == asked["verdict"]), None),
            is_judged=bool(asked["judged"]),
        )
        names = await _names(reader, t)
        found = await list_dispatches(
            reader, wanted, now, cursor=request.query_params.get("cursor"), limit=PAGE_SIZE
        )
        return page(
            request,
            "pages/first_dispatches.html",
            dispatches=[dispatch_view(row, names, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            category=names.category(asked["category"]) if asked["category"] else None,
            months=[(m.strftime("%Y-%m"), m.strftime("%Y-%m")) for m in months_back(now, 12)],
            roads=[(road.value, t.text(label(road))) for road in DispatchRoad],
            verdicts=[(v.value, t.text(label(v))) for v in DispatchVerdict],
            next_href=_more("/catalogue/dispatches", asked, found.next_cursor),
        )

    @get("/export/{kind:str}")
    async def export(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], kind: FromPath[str]
    ) -> Response[Any]:
        """Give the version in force as a file."""
        catalogue = await CATALOGUES.in_force(reader, shell_of(request).now)
        entries = catalogue.entries if catalogue else ()
        is_csv = kind != "xlsx"
        return Response(
            as_csv(entries) if is_csv else as_xlsx(entries),
            media_type="text/csv; charset=utf-8" if is_csv else _XLSX,
            headers={
                "content-disposition": f'attachment; filename="catalogue.{"csv" if is_csv else "xlsx"}"'
            },
        )


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _is_asked_for(entry: Entry, asked: Mapping[str, str]) -> bool:
    units = {entry.department, *entry.co_departments}
    return (
        (not asked["category"] or lies_under(entry.category, asked["category"]))
        and (not asked["department"] or asked["department"] in units)
        and (not asked["sure"] or entry.is_sure is (asked["sure"] == "true"))
    )


def _entry_views(
    entries: Sequence[tuple[int, Entry]],
    names: Names,
    now: datetime,
    t: Translator,
    faults: Mapping[int, Sequence[str]] | None = None,
) -> list[object]:
    today = now.astimezone(SHANGHAI).date()
    told = faults or {}
    return [entry_view(row, entry, names, today, t, told.get(row, ())) for row, entry in entries]


def _done(request: PageRequest, t: Translator) -> str | None:
    words = {
        "published": N_("A new version is published"),
        "saved": N_("The draft is saved"),
        "discarded": N_("The draft is discarded"),
    }
    done = words.get(request.query_params.get("done", ""))
    return t.text(done) if done else None


# -- the draft -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of trying something with the draft.

    Attributes:
        preview: what it would change.
        file_faults: what is wrong with a file, in words.
        file_count: how many of its rows can be used.
        form: of publishing.
        status: of the answer.
    """

    preview: CataloguePreview | None = None
    file_faults: Sequence[str] | None = None
    file_count: int = 0
    form: FormState = EMPTY
    status: int = 200


class CatalogueDraftController(Controller):
    """The next version, while it is being made."""

    path = DRAFT
    guards = (requires(Permission.MANAGE_CATALOGUE),)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the draft; it begins with the newest version."""
        return await _draft_page(request, tx, await look_at_draft(tx), _Tried())

    @get("/entry")
    async def show_entry(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Show the form of an entry: a row of the draft, one from a precedent, or an empty one."""
        draft = await look_at_draft(tx)
        asked = _asked(request, "row", "precedent")
        row, values = _number(asked["row"]), {"revision": str(draft.revision)}
        entries = entries_from_json(draft.entries)
        if row is not None and 1 <= row <= len(entries):
            values |= entry_values(entries[row - 1]) | {"row": str(row)}
        elif asked["precedent"]:
            values |= await _from_precedent(tx, asked["precedent"], speaker(request))
        return await _entry_page(request, tx, FormState(values))

    @post("/entry", status_code=200)
    async def save_entry(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Add an entry to the draft or change one."""
        t = speaker(request)
        sent = await posted(request)
        values, form = read(ENTRY, sent, t)
        errors = dict(form.errors)
        for name in ("valid_from", "valid_to"):
            values[name] = _day(values.get(name), name, errors, t)
        if errors:
            return await _entry_page(request, tx, FormState(form.values, errors), status=422)
        entry = Entry(
            **values
            | {
                "request_types": tuple(values["request_types"]),
                "co_departments": tuple(values["co_departments"]),
                "basis": values["basis"] or "",
            }
        )
        row, revision = (_number("".join(sent.get(name, []))) for name in ("row", "revision"))
        try:
            async with tx.session.begin_nested():
                await save_draft_entry(tx, entry, row=row, revision=revision)
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _entry_page(request, tx, refused, status=status_of(error))
        return see_other(f"{DRAFT}?done=saved")

    @post("/drop", status_code=200)
    async def drop(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Take an entry out of the draft."""
        sent = await posted(request)
        row, revision = (_number("".join(sent.get(name, []))) for name in ("row", "revision"))
        await drop_draft_entry(tx, row or 0, revision=revision)
        return see_other(f"{DRAFT}?done=saved")

    @post("/discard", status_code=200)
    async def discard(self, tx: NamedDependency[Tx]) -> Response[Any]:
        """Forget the draft."""
        await discard_draft(tx)
        return see_other("/catalogue?done=discarded")

    @post("/import", status_code=200)
    async def load(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Try a file, or put it in the draft's place."""
        t = speaker(request)
        draft = await look_at_draft(tx)
        form = await request.form()
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
        try:
            found = read_file(content)
        except DomainError as error:
            tried = _Tried(file_faults=[explain(error, t.language)], status=status_of(error))
            return await _draft_page(request, tx, draft, tried)
        faults = [*found.faults, *found.at_lines(await check_entries(tx, found.entries))]
        if faults or form.get("do") != "load":
            words = [
                t.text(N_("Line {n}: {problem}"), n=fault.row, problem=fault_words(fault, t))
                for fault in sorted(faults, key=lambda fault: fault.row)
            ]
            tried = _Tried(
                file_faults=words, file_count=len(found.entries), status=422 if faults else 200
            )
            return await _draft_page(request, tx, draft, tried)
        await replace_draft(tx, found.entries)
        return see_other(f"{DRAFT}?done=saved")

    @post("/publish", status_code=200)
    async def publish(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Try the draft on past tickets, or publish it."""
        t = speaker(request)
        sent = await posted(request)
        values, form = read((_NOTE,), sent, t)
        draft = await look_at_draft(tx)
        if form.values.get("do") != "publish":
            tried = await preview_catalogue(tx.session, entries_from_json(draft.entries), tx.now)
            return await _draft_page(request, tx, draft, _Tried(tried, form=FormState(form.values)))
        errors = dict(form.errors)
        begins = _day(form.values.get("from", ""), "from", errors, t)
        if errors:
            wrong = FormState(form.values, errors)
            return await _draft_page(request, tx, draft, _Tried(form=wrong, status=422))
        try:
            async with tx.session.begin_nested():
                await publish_draft(
                    tx,
                    note=values["note"],
                    is_direct=form.values.get("is_direct") == "true",
                    revision=_number(form.values.get("revision", "")) or 0,
                    from_at=_midnight(begins),
                )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            tried_in_vain = _Tried(form=refused, status=status_of(error))
            return await _draft_page(request, tx, draft, tried_in_vain)
        return see_other("/catalogue?done=published")


def _day(text: str | None, name: str, errors: dict[str, str], t: Translator) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = t.text(N_("This is no day; write 2026-11-30"))
        return None


def _midnight(day: date | None) -> datetime | None:
    """Return the first instant of a day in Shanghai."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


async def _from_precedent(tx: Tx, text: str, t: Translator) -> dict[str, str]:
    try:
        found = await find_precedent(tx.session, uuid.UUID(text))
    except ValueError:
        return {}
    precedent = found.precedent
    return {
        "category": precedent.category_code or "",
        "area": precedent.area or "",
        "department": found.department.code,
        "basis": t.text(
            N_("{source} {day}, ticket {number}"),
            source=t.text(label(precedent.source)),
            day=t.day(precedent.decided_at),
            number=precedent.ticket_number,
        ),
    }


async def _draft_page(
    request: PageRequest, tx: Tx, draft: CatalogueDraft, tried: _Tried
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    names = await _names(tx.session, t)
    entries = entries_from_json(draft.entries)
    faults = await check_entries(tx, entries)
    wrong = faults_by_row(faults, t)
    # What is wrong comes first, wherever it stands; a stable sort keeps the rest in its order.
    rows = sorted(enumerate(entries, start=1), key=lambda one: one[0] not in wrong)
    shown, next_href = (rows[:MOST_WRONG], None) if wrong else _shown(request, DRAFT, rows, {})
    given = {
        "is_direct": "true" if draft.is_direct else "",
        "revision": str(draft.revision),
        **tried.form.values,
    }
    return page(
        request,
        "pages/catalogue_draft.html",
        status=tried.status,
        draft=draft,
        entries=_entry_views(shown, names, now, t, wrong),
        next_href=next_href,
        fault_count=len(faults),
        form=FormState(given, tried.form.errors, tried.form.refusal),
        preview=tried.preview,
        moves=move_views(tried.preview, names) if tried.preview else (),
        file_faults=tried.file_faults,
        file_count=tried.file_count,
        done=_done(request, t),
    )


async def _entry_page(
    request: PageRequest, tx: Tx, form: FormState, *, status: int = 200
) -> Response[str]:
    t = speaker(request)
    names = await _names(tx.session, t)
    return page(
        request,
        "pages/catalogue_entry.html",
        status=status,
        form=form,
        categories=sorted(names.categories.items()),
        departments=department_options(await list_departments(tx.session), t),
        request_types=[(word.value, t.text(label(word))) for word in RequestType],
        levels=guard_options(t),
    )


# -- precedents ------------------------------------------------------------------------------------


class PrecedentController(Controller):
    """Decisions on duty."""

    path = "/precedents"
    guards = (requires(Permission.READ_CATALOGUE),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show precedents, the newest first."""
        return await _precedents(request, principal, reader)

    @post("/{precedent_id:uuid}/end", status_code=200)
    async def end(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        precedent_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """End a precedent."""
        values, form = read(_END, await posted(request), speaker(request))
        if form.errors:
            return await _precedents(
                request, principal, tx.session, form, str(precedent_id), status=422
            )
        await end_precedent(tx, precedent_id, reason=values["reason"])
        return see_other("/precedents?done=ended")


async def _precedents(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    form: FormState = EMPTY,
    answered: str | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    asked = _asked(request, "source", "category", "department", "holds")
    found = await list_precedents(
        reader,
        PrecedentFilter(
            source=next((s for s in PrecedentSource if s.value == asked["source"]), None),
            category=asked["category"] or None,
            department=asked["department"] or None,
            holds={"true": True, "false": False}.get(asked["holds"]),
        ),
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    names = await _names(reader, t)
    return page(
        request,
        "pages/precedents.html",
        status=status,
        precedents=[precedent_view(row, names, t) for row in found.items],
        filter=FormState(asked),
        is_narrowed=any(asked.values()),
        sources=[(source.value, t.text(label(source))) for source in PrecedentSource],
        departments=department_options(await list_departments(reader), t),
        holding=[("true", t.text(N_("Holds"))), ("false", t.text(N_("Ended")))],
        next_href=_more("/precedents", asked, found.next_cursor),
        may_end=Permission.MANAGE_CATALOGUE in principal.permissions,
        form=form,
        blank=EMPTY,
        answered=answered,
        done=t.text(N_("The precedent is ended")) if "done" in request.query_params else None,
    )
