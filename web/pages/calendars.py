"""Calendars: a year to look at, a form to change it, and what a change would do first."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.sla.calendars import (
    CalendarPreview,
    YearReport,
    import_year,
    preview_calendar_change,
    preview_recalculation,
    publish_calendar,
    recalculate,
)
from hotline.workdays.book import (
    CALENDARS,
    NATURAL,
    list_calendar_versions,
    list_calendars,
)
from hotline.workdays.definition import (
    DayKind,
    Definition,
    definition_from_json,
)
from hotline.workdays.horizon import horizon_of
from hotline.workdays.models import CalendarVersion
from hotline.workdays.years import year_as_csv
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.calendars import (
    MARKS,
    asked_day,
    calendar_form,
    kind_options,
    read_calendar,
    row_numbers,
    say,
    shown_year,
    weekday_names,
    year_grid,
)
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

PUBLISH = "publish"
"""What the button says that saves; the other one only tries."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page of one calendar shows.

    Attributes:
        versions: newest first; empty for a new calendar.
        definition: the one on the page: a version, or what was typed.
        year: whose days are shown.
        form: as it stands.
        preview: what publishing it would do.
        clocks: which clocks run by earlier versions.
        report: of a file that was tried.
        file: the form of a year's file.
        shown: the version that is looked at.
        day: the day that was pointed at.
        done: what has just happened.
        status: of the answer.
    """

    versions: tuple[CalendarVersion, ...]
    definition: Definition | None
    year: int
    form: FormState
    preview: CalendarPreview | None = None
    clocks: CalendarPreview | None = None
    report: YearReport | None = None
    file: FormState = EMPTY
    shown: int | None = None
    day: str = ""
    done: str | None = None
    status: int = 200


class CalendarController(Controller):
    """Working calendars."""

    path = "/admin/calendars"
    guards = (signed_in, requires(Permission.READ_POLICIES))
    include_in_schema = False

    @get()
    async def show_calendars(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the newest version of every calendar, and how far each reaches."""
        calendars = await CALENDARS.in_force(reader)
        horizons = {h.code: h for h in horizon_of(calendars.values(), resources.clock.now())}
        return page(
            request,
            "pages/calendars.html",
            calendars=await list_calendars(reader),
            in_force={code: calendar.version for code, calendar in calendars.items()},
            horizons=horizons,
            near=[horizon for horizon in horizons.values() if horizon.is_near],
            may_edit=Permission.MANAGE_POLICIES in principal.permissions,
        )

    @get("/new")
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the empty form of a calendar."""
        principal.require(Permission.MANAGE_POLICIES)
        today = _today(resources)
        shown = _Shown((), None, today.year, calendar_form(None, year=today.year))
        return _page(request, principal, shown, today)

    @get("/{code:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> Response[Any]:
        """Show a year of a calendar; a version, when one is asked for."""
        asked = request.query_params
        shown = await _shown(reader, code, asked.get("year", ""), _today(resources))
        if shown is None:
            return see_other("/admin/calendars")
        wanted = asked.get("version", "")
        row = next((row for row in shown.versions if str(row.version) == wanted), None)
        if row is not None:
            shown = _at(shown, row)
        day = asked_day(asked.get("day", ""), shown.year)
        if day and shown.definition:
            name = shown.form.values["name"]
            form = calendar_form(shown.definition, name=name, year=shown.year, day=day)
            shown = replace(shown, form=form, day=day)
        if "clocks" in asked and Permission.MANAGE_POLICIES in principal.permissions:
            found = await preview_recalculation(reader, code, resources.clock.now())
            shown = replace(shown, clocks=found)
        done = _done(asked.get("done", ""), asked.get("n", ""), speaker(request))
        return _page(request, principal, replace(shown, done=done), _today(resources))

    @post(status_code=200)
    async def save_first(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Try or publish the first version of a new calendar."""
        principal.require(Permission.MANAGE_POLICIES)
        today = _today(resources)
        shown = _Shown((), None, today.year, EMPTY)
        return await _save(request, principal, tx, shown, None)

    @post("/{code:str}", status_code=200)
    async def save_next(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> Response[Any]:
        """Try or publish the next version of a calendar."""
        principal.require(Permission.MANAGE_POLICIES)
        sent = await posted(request)
        year = "".join(sent.get("year", []))
        shown = await _shown(tx.session, code, year, _today(resources))
        if shown is None:
            return see_other("/admin/calendars")
        return await _save(request, principal, tx, shown, code)

    @post("/{code:str}/year", status_code=200)
    async def load_year(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> Response[Any]:
        """Try or load a file with a year's days."""
        principal.require(Permission.MANAGE_POLICIES)
        t = speaker(request)
        sent = await posted(request)
        values = {name: "".join(sent.get(name, [])) for name in ("year", "text", "do")}
        today = _today(resources)
        shown = await _shown(tx.session, code, values["year"], today)
        if shown is None:
            return see_other("/admin/calendars")
        file = FormState(values)
        if values["do"] == PUBLISH:
            try:
                async with tx.session.begin_nested():
                    await import_year(tx, code=code, year=shown.year, text=values["text"])
            except DomainError as error:
                refused = FormState(values, refusal=explain(error, t.language))
                answer = replace(shown, file=refused, status=status_of(error))
                return _page(request, principal, answer, today)
            return see_other(f"/admin/calendars/{code}?year={shown.year}&done=published")
        try:
            report = await import_year(
                tx, code=code, year=shown.year, text=values["text"], dry_run=True
            )
        except DomainError as error:
            refused = FormState(values, refusal=explain(error, t.language))
            answer = replace(shown, file=refused, status=status_of(error))
            return _page(request, principal, answer, today)
        return _page(request, principal, replace(shown, file=file, report=report), today)

    @post("/{code:str}/recalculate", status_code=200)
    async def move_clocks(
        self,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        code: FromPath[str],
    ) -> Response[Any]:
        """Move running clocks to the version in force."""
        principal.require(Permission.MANAGE_POLICIES)
        done = await recalculate(tx, code)
        more = "&clocks=1" if done.remaining else ""
        return see_other(f"/admin/calendars/{code}?done=moved&n={done.moved}{more}#clocks-title")


async def _save(
    request: PageRequest, principal: Principal, tx: Tx, shown: _Shown, code: str | None
) -> Response[Any]:
    """Try or publish what was typed; nothing is published that differs from what was tried."""
    t = speaker(request)
    sent = await posted(request)
    today = tx.now.astimezone(SHANGHAI).date()
    newest = shown.versions[0] if shown.versions else None
    definition, form = read_calendar(sent, shown.definition, shown.year, t)
    name = code or form.values.get("code", "").strip()
    errors = dict(form.errors)
    if code is None and await list_calendar_versions(tx.session, name):
        errors["code"] = t.text(N_("This code is taken"))
    if newest is not None and form.values.get("base") != str(newest.version):
        form = FormState(
            form.values,
            errors,
            t.text(
                N_("Somebody has published another version meanwhile: look at it, then begin anew")
            ),
        )
        definition = None
    if definition is None or errors:
        answer = replace(shown, form=FormState(form.values, errors, form.refusal), status=422)
        return _page(request, principal, answer, today)
    answer = replace(shown, form=form, definition=definition)
    try:
        if form.values.get("do") == PUBLISH:
            async with tx.session.begin_nested():
                await publish_calendar(
                    tx,
                    code=name,
                    name=form.values["name"],
                    definition=definition,
                    note=form.values.get("note", ""),
                )
            return see_other(f"/admin/calendars/{name}?year={shown.year}&done=published")
        preview = await preview_calendar_change(tx.session, name, definition, tx.now)
    except DomainError as error:
        refused = FormState(form.values, refusal=explain(error, t.language))
        return _page(
            request, principal, replace(answer, form=refused, status=status_of(error)), today
        )
    return _page(request, principal, replace(answer, preview=preview), today)


def _today(resources: Resources) -> date:
    return resources.clock.now().astimezone(SHANGHAI).date()


async def _shown(session: AsyncSession, code: str, year: str, today: date) -> _Shown | None:
    versions = tuple(await list_calendar_versions(session, code))
    if not versions or code == NATURAL.code:
        return None
    in_force = next((row for row in versions if row.is_active), versions[0])
    shown = _Shown(versions, None, shown_year(year, today), EMPTY)
    return _at(shown, in_force)


def _at(shown: _Shown, row: CalendarVersion) -> _Shown:
    definition = definition_from_json(row.definition)
    form = calendar_form(definition, name=row.name, year=shown.year)
    return replace(shown, definition=definition, form=form, shown=row.version)


def _done(what: str, count: str, t: Translator) -> str | None:
    if what == "published":
        return t.text(N_("A new version is in force"))
    if what == "moved" and count.isdecimal():
        return t.plural(N_("{n} clock was moved"), N_("{n} clocks were moved"), int(count[:9]))
    return None


def _page(request: PageRequest, principal: Principal, shown: _Shown, today: date) -> Response[str]:
    t = speaker(request)
    newest = shown.versions[0] if shown.versions else None
    in_force = next((row for row in shown.versions if row.is_active), None)
    definition = shown.definition
    report = shown.report
    days_left = (definition.covered_until - today).days if definition else None
    return page(
        request,
        "pages/calendar.html",
        status=shown.status,
        form=shown.form,
        file=shown.file,
        code=newest.code if newest else None,
        name=newest.name if newest else None,
        newest=newest,
        in_force=in_force,
        versions=shown.versions,
        shown=shown.shown,
        definition=definition,
        grid=year_grid(definition, shown.year, today, t) if definition else None,
        year=shown.year,
        day=shown.day,
        days_left=days_left,
        rows=row_numbers(shown.form),
        weekdays=weekday_names(t),
        kinds=kind_options(t),
        legend=[(kind.value, t.text(MARKS[kind]), t.text(label(kind))) for kind in DayKind],
        preview=shown.preview,
        clocks=shown.clocks,
        report=report,
        faults=[(fault.line, say(fault, t)) for fault in report.faults] if report else [],
        csv=year_as_csv(definition.overrides, shown.year) if definition else "",
        may_edit=Permission.MANAGE_POLICIES in principal.permissions,
        done=shown.done,
    )
