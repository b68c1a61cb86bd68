"""The dispatch catalogue of the demo city, and the stories that are told of it."""

from collections.abc import Mapping
from dataclasses import replace

from hotline.dispatching.actions import publish_catalogue
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind
from hotline.tickets.access import find_readable
from hotline.tickets.actions.acceptance import accept_ticket
from hotline.tickets.actions.dispatch import dispatch_ticket
from hotline.tickets.routing.models import CatalogueVersion
from hotline.tickets.routing.queries import route, traits_of
from hotline.tickets.routing.rules import AGAINST_SOMEBODY, Entry, lies_under
from web.run.demo.directory import level_of
from web.run.demo.joint import ask_consultation, decide
from web.run.demo.loader import DemoCity, TicketTemplate
from web.run.demo.matters import short_name
from web.run.demo.script import Script

_NOTE = "由各类别原有牵头单位整理而成，属地事项按区域列明，职责清楚的标为确定。"
_BASIS = "云泽市政务服务便民热线派单目录（试行）"
_BY_AREA = "属地管理：该类事项在本区域由所在单位承办"
_CONTESTED = "environment.noise.construction"
_DOUBT = "目录之外另有情况，由派单员核定。"


def leads(city: DemoCity) -> Mapping[str, set[str]]:
    """Return the units that handle each subject in the stories of the city."""
    found: dict[str, set[str]] = {}
    for template in city.tickets:
        found.setdefault(template.category, set()).add(template.department)
    return found


def entries_of(city: DemoCity) -> list[Entry]:
    """Return the catalogue: the leads of categories, and other units of areas where there are some.

    Sure is what one bureau or utility handles in every story; it is kept from the grassroots.
    """
    handled = leads(city)
    entries = []
    for category in city.categories.values():
        if not category.lead:
            continue
        lead = category.lead[0]
        below = [
            units
            for code, units in handled.items()
            if code == category.code or code.startswith(f"{category.code}.")
        ]
        is_sure = bool(below) and all(units == {lead} for units in below)
        is_bureau = level_of(city.departments[lead]) is DepartmentLevel.BUREAU
        entries.append(
            Entry(
                category=category.code,
                department=lead,
                min_level=DepartmentLevel.DISTRICT if is_sure and is_bureau else None,
                basis=_BASIS,
                is_sure=is_sure,
            )
        )
    return [*entries, *_of_areas(city)]


def _of_areas(city: DemoCity) -> list[Entry]:
    """Return an entry for each subject that an area's own unit handles, one for each."""
    found: dict[tuple[str, str], str] = {}
    for template in city.tickets:
        local = city.area_of(template.department)
        if template.area is not None and local == template.area:
            area = short_name(city.departments[template.area].name)
            found.setdefault((template.category, area), template.department)
    return [
        Entry(category=category, area=area, department=unit, basis=_BY_AREA)
        for (category, area), unit in sorted(found.items())
    ]


async def publish(tx: Tx, city: DemoCity) -> CatalogueVersion:
    """Publish the catalogue of the demo city."""
    return await publish_catalogue(tx, entries_of(city), is_direct=True, note=_NOTE)


# -- stories ---------------------------------------------------------------------------------------


def is_sure(city: DemoCity, one: TicketTemplate) -> bool:
    """Tell whether a matter may be dispatched directly, if nothing of the day speaks against it."""
    if one.request_type in AGAINST_SOMEBODY or one.co_departments:
        return False
    fits = [entry for entry in entries_of(city) if lies_under(one.category, entry.category)]
    narrowest = max(fits, key=lambda entry: entry.narrowness, default=None)
    return narrowest is not None and narrowest.is_sure and narrowest.department == one.department


def dispatched_directly(s: Script) -> None:
    """An operator accepts, and dispatches at once what the catalogue is sure of."""
    template = s.matter.template
    dispatcher = s.staff(Role.DISPATCHER)

    async def act(tx: Tx, number: str) -> None:
        ticket = await find_readable(tx.session, tx.actor, number)
        routed = await route(tx.session, traits_of(ticket), tx.now)
        await accept_ticket(
            tx, number, promise=s.matter.say(template.promise), and_dispatch=routed.is_direct
        )
        if not routed.is_direct:  # he asked for secrecy, or a precedent has come between
            desk = replace(tx, actor=dispatcher)
            await dispatch_ticket(desk, number, department=template.department, deviation=_DOUBT)

    s.do(s.after(ClockKind.ACCEPT, s.share()), s.staff(Role.OPERATOR), act)
    s.waits(ClockKind.SIGN)


def is_decided_before(_city: DemoCity, one: TicketTemplate) -> bool:
    """Tell whether a matter is of the kind of which the two stories of a precedent are told."""
    return one.category == _CONTESTED


def settled(s: Script) -> None:
    """A consultation says whose duty the matter is, and the decision is kept."""
    decide(s, ask_consultation(s))
    s.begin_work()
    s.hand_in()
    s.finish()


def decided_before(s: Script) -> None:
    """The same matter comes again: whoever dispatches it sees what was decided."""
    s.accept()
    s.waits(ClockKind.DISPATCH, late=0)
