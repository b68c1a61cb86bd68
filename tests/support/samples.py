"""A path and a reader for every page of the program, read off the city that holds one of everything.

A route without parameters needs nothing. For one with parameters there is a line in `KEYS`: a
statement whose first column is what stands in the address; if there is a second, it is the code of
the department that may see it. Whoever adds a page adds its line, and its thing to the demo city.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from litestar.routes import HTTPRoute
from sqlmodel import col, select

from hotline.citizens.steps import SubmitStep
from hotline.citizens.submissions import begin_submission
from hotline.followup.links import word_of
from hotline.followup.models import RatingLink
from hotline.kernel.db import make_session_maker
from hotline.people.principal import REQUESTER, Tx
from tests.support.peopled import ROLES, Opened
from web.pages.router import page_router

_NUMBERS = "SELECT number FROM {} ORDER BY number DESC"
_IDS = "SELECT id FROM {} ORDER BY id"
_WITH_UNIT = (
    "SELECT {0}.{2}, d.code FROM {1} {0} LEFT JOIN departments d ON d.id = {0}.department_id"
)
_ENTRY = (
    "SELECT e.id, d.code FROM credit_entries e JOIN departments d ON d.id = e.department_id"
    " WHERE e.points < 0 AND e.reverses_id IS NULL ORDER BY e.recorded_at DESC"
)
_STATES = (
    "SELECT DISTINCT ON (t.status, t.hold) t.number, d.code FROM tickets t"
    " LEFT JOIN departments d ON d.id = t.lead_department_id ORDER BY t.status, t.hold, t.number"
)

KEYS: Mapping[str, str] = {
    "/admin/calendars/{code:str}": "SELECT code FROM calendars",
    "/admin/categories/{category:str}/questions": (
        "SELECT category_code FROM category_questions UNION SELECT code FROM categories"
    ),
    "/admin/departments/{code:str}": "SELECT code FROM departments ORDER BY id",
    "/admin/open311/services/{code:str}": "SELECT category_code FROM open311_services",
    "/admin/policies/{code:str}": "SELECT code FROM sla_policies",
    "/admin/policies/{code:str}/reapply": "SELECT code FROM sla_policies",
    "/admin/subscriptions/{subscription_id:uuid}": _IDS.format("subscriptions"),
    "/admin/users/{username:str}": "SELECT username FROM users",
    "/admin/users/{username:str}/contact": "SELECT username FROM users",
    "/admin/setup/sheets/{subject:str}": "VALUES ('departments'), ('people')",
    "/admin/setup/sheets/{subject:str}/template.xlsx": "VALUES ('departments/template.xlsx')",
    "/anomalies/{card_id:uuid}": _IDS.format("anomaly_cards"),
    "/answers/{number:str}": "SELECT 'ZS-' || lpad(nth::text, 5, '0') FROM knowledge_articles",
    "/bulletins/{bulletin_id:uuid}": _IDS.format("bulletins"),
    "/catalogue/export/{kind:str}": "VALUES ('csv'), ('xlsx')",
    "/catalogue/versions/{version:int}": "SELECT version FROM catalogue_versions",
    "/clues/{number:str}": _NUMBERS.format("clues"),
    "/credit/appeals/{appeal_id:uuid}": _WITH_UNIT.format("a", "credit_appeals", "id"),
    "/credit/departments/{code:str}": "SELECT code FROM departments WHERE NOT is_hotline",
    "/credit/departments/{code:str}/behind/{measure:str}": (
        "SELECT d.code || '/behind/' || o.measure FROM credit_observations o"
        " JOIN departments d ON d.id = o.department_id"
    ),
    "/credit/departments/{code:str}/consequences": (
        "SELECT code, code FROM departments WHERE NOT is_hotline"
    ),
    "/credit/events/{entry_id:uuid}": _ENTRY,
    "/credit/events/{entry_id:uuid}/appeal": _ENTRY,
    "/credit/events/{entry_id:uuid}/repair": _ENTRY,
    "/credit/exclusions/{exclusion_id:uuid}": _IDS.format("credit_exclusions"),
    "/credit/findings/{finding_id:uuid}": _WITH_UNIT.format("f", "observer_findings", "id"),
    "/credit/observers/surveys/{survey_id:uuid}": _IDS.format("observer_surveys"),
    "/credit/observers/visits/{visit_id:uuid}": _IDS.format("observer_visits"),
    "/credit/observers/{observer_id:uuid}": _IDS.format("observers"),
    "/credit/periods/{period:str}": "SELECT key FROM credit_periods",
    "/credit/periods/{period:str}/object": (
        "SELECT key, 'chengguan' FROM credit_periods ORDER BY state = 'notice' DESC"
    ),
    "/credit/proposals/{proposal_id:uuid}": _WITH_UNIT.format("p", "credit_proposals", "id"),
    "/credit/repairs/{repair_id:uuid}": _WITH_UNIT.format("r", "credit_repairs", "id"),
    "/credit/reports/{name:str}": "SELECT coalesce(number, id::text) FROM credit_reports",
    "/credit/rules/drafts/{draft_id:uuid}": _IDS.format("credit_rule_drafts"),
    "/credit/rules/{version:int}": "SELECT version FROM credit_rule_books",
    "/desk/calls/{call_id:uuid}/recording": "SELECT id FROM calls ORDER BY recording IS NULL",
    "/desk/letters/{letter_id:uuid}": _IDS.format("inbound_letters"),
    "/exports/{export_id:uuid}": (
        "SELECT e.id, 'user ' || u.username FROM exports e JOIN users u ON u.id = e.requested_by"
    ),
    "/exports/{export_id:uuid}/file": (
        "SELECT e.id, 'user ' || u.username FROM exports e JOIN users u ON u.id = e.requested_by"
    ),
    "/field-checks/{check_id:uuid}": _WITH_UNIT.format("c", "field_checks", "id"),
    "/handovers/{number:str}": _NUMBERS.format("hand_over_files"),
    "/handovers/{number:str}/file": _NUMBERS.format("hand_over_files"),
    "/help/{code:str}": "VALUES ('citizen'), ('operator')",
    "/incidents/{incident_id:uuid}": _IDS.format("incidents"),
    "/interviews/{number:str}": _WITH_UNIT.format("i", "interviews", "number"),
    "/knowledge/export/{form:str}": "VALUES ('csv'), ('xlsx'), ('json')",
    "/knowledge/{number:str}": "SELECT 'ZS-' || lpad(nth::text, 5, '0') FROM knowledge_articles",
    "/knowledge/{number:str}/edit": "SELECT 'ZS-' || lpad(nth::text, 5, '0') FROM knowledge_articles",
    "/knowledge/{number:str}/versions/{version:int}": (
        "SELECT 'ZS-' || lpad(nth::text, 5, '0') || '/versions/1' FROM knowledge_articles"
    ),
    "/observer-card/{code:str}": "SELECT card_code FROM observers",
    "/observer/snaps/{number:str}": "SELECT ticket_number FROM observer_snaps",
    "/observer/surveys/{survey_id:uuid}": "SELECT id FROM observer_surveys ORDER BY state DESC",
    "/observer/surveys/{survey_id:uuid}/{code:str}": (
        "SELECT s.id || '/' || d.code FROM observer_surveys s"
        " JOIN observer_survey_departments sd ON sd.survey_id = s.id"
        " JOIN departments d ON d.id = sd.department_id ORDER BY s.state DESC, d.id DESC"
    ),
    "/observer/visits/{visit_id:uuid}": _IDS.format("observer_visits"),
    "/papers/templates/{kind:str}/{version:int}/document": (
        "SELECT kind || '/' || version || '/document' FROM paper_templates"
    ),
    "/papers/templates/{kind:str}/{version:int}/preview": (
        "SELECT kind || '/' || version || '/preview' FROM paper_templates"
    ),
    "/queues/{code:str}": "VALUES ('accept'), ('dispatch'), ('audit'), ('visits'), ('holds')",
    "/rate/{word:str}": "the word of a link that opens",
    "/second-looks/{look_id:uuid}": _IDS.format("second_looks"),
    "/statistics/{month:str}": "SELECT to_char(month, 'YYYY-MM') FROM public_months",
    "/statistics/{month:str}/csv": "SELECT to_char(month, 'YYYY-MM') || '/csv' FROM public_months",
    "/statistics/{month:str}/json": "SELECT to_char(month, 'YYYY-MM') || '/json' FROM public_months",
    "/supervision/urge/{run_id:uuid}": _IDS.format("urge_runs"),
    "/tickets/{number:str}": _STATES,
    "/tickets/{number:str}/changes": _STATES,
    "/tickets/{number:str}/like": _STATES,
    "/tickets/{number:str}/on-site": _STATES,
    "/tickets/{number:str}/papers/{name:str}": (
        "SELECT t.number || '/papers/' || p.number FROM papers p JOIN tickets t ON t.id = p.ticket_id"
    ),
    "/tickets/{number:str}/photos": _STATES,
    "/tickets/{number:str}/presence": _STATES,
    "/tickets/{number:str}/publication": _STATES,
    "/today/{number:str}/forms/{action:str}": (
        "SELECT t.number || '/forms/sign', d.code FROM tickets t"
        " JOIN departments d ON d.id = t.lead_department_id WHERE t.status = 'dispatched'"
    ),
    "/today/{number:str}/row": _STATES,
    "/verify/{code:str}": "SELECT code FROM papers",
    "/visits/{number:str}": "SELECT number FROM tickets WHERE status = 'pending_visit'",
    "/webhooks/{webhook_id:uuid}": _WITH_UNIT.format("w", "webhooks", "id"),
}
"""Where the things of a route's pages stand. What follows the first parameter may be given along."""

ASKED: Mapping[str, Sequence[str]] = {"/exports/new": ("list=tickets",)}
"""What is asked behind the address, where a page has to be asked something."""

WAITING = frozenset(
    {
        "/admin/setup/files/{file_id:uuid}",
        "/admin/setup/files/{file_id:uuid}/wrong.xlsx",
        "/bulk/{run_id:uuid}",
        "/exports/{export_id:uuid}/file",
        "/f/{word:str}",
        "/f/{word:str}/glance",
        "/help/pictures/{language:str}/{name:str}",
        "/photos/{photo_id:uuid}/{word:str}",
        "/submit/{key:str}/photos/{photo_id:uuid}",
        "/tickets/{number:str}/check-ins/{position:int}/photos/{photo:int}",
        "/tickets/{number:str}/photos/{photo_id:uuid}",
        "/wall/open/{word:str}",
    }
)
"""What somebody has to send or make first, and the city does not hold: the tests of each open it."""

_PARAMETER = re.compile(r"\{(\w+):\w+\}")


@functools.cache
def page_routes() -> tuple[str, ...]:
    """Return the pattern of every address that a browser may open."""
    return tuple(
        sorted(
            route.path
            for route in page_router.routes
            if isinstance(route, HTTPRoute)
            and "GET" in route.methods
            and route.path not in WAITING
            and not route.path.endswith("/live")  # a stream does not end
        )
    )


PARTS: Mapping[str, tuple[str, ...]] = {
    "credit": (
        "/credit",
        "/observer",
        "/rate",
        "/answers",
        "/submit",
        "/track",
        "/verify",
        "/f/",
        "/help",
        "/scoring",
        "/statistics",
    ),
    "house": (
        "/account",
        "/admin",
        "/anomalies",
        "/bulletins",
        "/catalogue",
        "/clues",
        "/departments",
        "/exports",
        "/handovers",
        "/knowledge",
        "/notices",
        "/papers",
        "/phrases",
        "/sign-in",
        "/webhooks",
    ),
}
"""Pages that are looked at together; whatever is named nowhere belongs to the desk."""


def routes_of(part: str) -> list[str]:
    """Return the routes of a part of the program."""
    named = {
        route: next((name for name, heads in PARTS.items() if route.startswith(heads)), "desk")
        for route in page_routes()
    }
    return [route for route, name in named.items() if name == part]


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a route.

    Attributes:
        route: the pattern.
        who: user name of somebody who may see it, empty for the public.
        path: where it stands.
        is_whole: it is a page, not a part of one, a file, nothing, or a way to another page.
    """

    route: str
    who: str
    path: str
    is_whole: bool


class NotCovered(AssertionError):
    """No page of a route can be opened by anybody."""


async def sample_of(city: Opened, route: str) -> Sample:
    """Return a page of a route as somebody sees it.

    Raises:
        NotCovered: nobody of the city sees any page of it; the text says what to add where.
    """
    tried: list[str] = []
    leads_on: Sample | None = None
    for path, readers in await _candidates(city, route):
        for who in readers:
            answer = await city.get(who, path)
            if answer.status_code == 200:
                is_whole = answer.text.startswith("<!DOCTYPE html>") if _is_text(answer) else False
                return Sample(route, who, path, is_whole)
            if answer.status_code in {204, 303} and leads_on is None:
                leads_on = Sample(route, who, path, is_whole=False)
            tried.append(f"{path} as {who or 'the public'}: {answer.status_code}")
    if leads_on is not None:
        return leads_on
    raise NotCovered(
        f"{route}: nobody can open a page of it. Give it a line in KEYS or ASKED of "
        "tests/support/samples.py, and have such a thing stand in the demo city (web/run/demo/) or "
        f"in tests/support/extras.py. Tried: {'; '.join(tried[:24]) or 'nothing, no row was found'}"
    )


def _is_text(answer: object) -> bool:
    return "text/html" in getattr(answer, "headers", {}).get("content-type", "")


async def _candidates(city: Opened, route: str) -> list[tuple[str, tuple[str, ...]]]:
    asked = [f"?{words}" for words in ASKED.get(route, ())] or [""]
    if "{" not in route:
        return [(route + more, readers_of(route)) for more in asked]
    if route == "/submit/{key:str}/{step:str}":
        return [(f"/submit/{await _begun(city)}/{SubmitStep.WHERE.value}", ("",))]
    if route not in KEYS:
        return []
    if route == "/rate/{word:str}":
        return [(f"/rate/{word}", ("",)) for word in await _words(city)]
    head = route.partition("{")[0]
    found: list[tuple[str, tuple[str, ...]]] = []
    for row in (await city.rows(KEYS[route]))[:8]:
        key = str(row[0])
        tail = "" if "/" in key else _PARAMETER.sub("", route.removeprefix(head))
        readers = readers_of(route)
        if len(row) > 1 and row[1]:
            unit = str(row[1])
            own = (
                (unit.removeprefix("user "),)
                if unit.startswith("user ")
                else (f"leader.{unit}", f"handler.{unit}")
            )
            readers = (*readers, *own)
        found.extend((f"{head}{key}{tail}{more}", readers) for more in asked)
    return found


def readers_of(route: str) -> tuple[str, ...]:
    """Return who is asked first: the public for what is public."""
    if route.startswith(
        ("/sign-in", "/submit", "/track", "/answers", "/verify", "/rate", "/observer-card")
    ):
        return ("",)
    return ("observer", *ROLES) if route.startswith("/observer/") else ROLES


async def _begun(city: Opened) -> str:
    """Begin to submit a matter, and return the word under which it goes on."""
    async with make_session_maker(city.engine)() as session, session.begin():
        tx = Tx(session, datetime.now(UTC), city.cipher, "tests", REQUESTER)
        sent = {
            "request_type": ["help"],
            "title": ["路灯不亮"],
            "content": ["建设路的路灯三天不亮"],
        }
        return await begin_submission(tx, SubmitStep.WHAT, sent)


async def _words(city: Opened) -> list[str]:
    async with make_session_maker(city.engine)() as session:
        ids = (
            await session.exec(select(RatingLink.id).where(col(RatingLink.used_at).is_(None)))
        ).all()
    return [word_of(city.cipher, one) for one in ids]
