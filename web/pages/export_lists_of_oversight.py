"""The lists of oversight that can be exported, from group matters to what was found on the spot."""

from typing import Any

from hotline.kernel.errors import N_
from hotline.kernel.paging import MAX_LIMIT, Page
from hotline.people.permissions import Permission
from web.exports.columns import DEPARTMENT, TICKET, TITLE, filled, its, said, viewed
from web.exports.lists import AnyList, Column, ListExport, Reading
from web.i18n import Translator
from web.pages import (
    anomalies,
    bulletins,
    field_checks,
    findings,
    groups,
    incidents,
    interviews,
    papers,
    second_looks,
)
from web.views.anomalies import CardView, card_view
from web.views.bulletins import BulletinLine, bulletin_line
from web.views.groups import GroupView, group_view
from web.views.incidents import IncidentView, incident_view
from web.views.interviews import InterviewLine, interview_line
from web.views.observers import FindingView, finding_line
from web.views.papers import PaperLine, paper_line
from web.views.second_looks import LookView, look_view
from web.views.visits import CheckView, check_view

_STATE = "state"


async def _groups(reading: Reading, cursor: str | None) -> Page[GroupView]:
    asked = filled(reading, groups.ASKED)
    found = await groups.find_groups(
        reading.session, reading.reader, asked, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: group_view(row, reading.t))


async def _incidents(reading: Reading, cursor: str | None) -> Page[IncidentView]:
    asked = filled(reading, incidents.ASKED)
    found = await incidents.find_incidents(
        reading.session, reading.reader, asked, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: incident_view(row, reading.t, reading.now))


async def _interviews(reading: Reading, cursor: str | None) -> Page[InterviewLine]:
    asked = filled(reading, interviews.ASKED)
    found = await interviews.find_interviews(
        reading.session, reading.reader, asked, reading.now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: interview_line(row, reading.t))


async def _bulletins(reading: Reading, cursor: str | None) -> Page[BulletinLine]:
    state = reading.asked.get(_STATE, "")
    found = await bulletins.find_bulletins(
        reading.session, reading.reader, state, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, bulletin_line)


async def _papers(reading: Reading, cursor: str | None) -> Page[PaperLine]:
    asked = filled(reading, papers.ASKED)
    found = await papers.find_papers(reading.session, asked, cursor=cursor, limit=MAX_LIMIT)
    return viewed(found, lambda row: paper_line(row, reading.t))


async def _anomalies(reading: Reading, cursor: str | None) -> Page[CardView]:
    asked = filled(reading, anomalies.ASKED)
    found = await anomalies.find_cards(
        reading.session, reading.reader, asked, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: card_view(row, reading.t, most=None))


async def _looks(reading: Reading, cursor: str | None) -> Page[LookView]:
    asked = filled(reading, second_looks.ASKED)
    found = await second_looks.find_looks(reading.session, asked, cursor=cursor, limit=MAX_LIMIT)
    return viewed(found, lambda row: look_view(row, reading.t))


async def _checks(reading: Reading, cursor: str | None) -> Page[CheckView]:
    asked = filled(reading, field_checks.ASKED)
    found = await field_checks.find_checks(reading.session, asked, cursor=cursor, limit=MAX_LIMIT)
    return viewed(found, lambda row: check_view(row, reading.t))


async def _findings(reading: Reading, cursor: str | None) -> Page[FindingView]:
    state, now = reading.asked.get(_STATE, ""), reading.now
    found = await findings.find_findings(
        reading.session, reading.reader, state, now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: finding_line(row, reading.t, now))


def _numbers(row: CardView, _: Translator) -> str:
    return " ".join(row.tickets)


def _spread(name: str) -> Any:  # noqa: ANN401  # a column's value
    return lambda row, _: getattr(row.spread, name)


GROUPS: AnyList = ListExport(
    code="groups",
    title=N_("Group matters"),
    permission=Permission.READ_GROUPS,
    names=groups.ASKED,
    read=_groups,
    columns=(
        Column("number", N_("Number"), its("number"), 18),
        TITLE,
        Column("status", N_("State"), said("status")),
        Column("hold", N_("Held up by"), said("hold")),
        Column("category", N_("Category"), its("category"), 24),
        Column("area", N_("Area"), its("area")),
        DEPARTMENT,
        Column("tickets", N_("Tickets"), its("size"), 8),
        Column("requesters", N_("Requesters"), its("requester_count"), 8),
        Column("first_at", N_("First seen"), its("first_at"), 20),
        Column("last_at", N_("Last seen"), its("last_at"), 20),
        Column("due_at", N_("Due"), its("due_at"), 20),
    ),
    paths={"/groups": {}},
)

INCIDENTS: AnyList = ListExport(
    code="incidents",
    title=N_("Incidents"),
    permission=Permission.READ_INCIDENTS,
    names=incidents.ASKED,
    read=_incidents,
    columns=(
        Column("incident", N_("Incident"), its("name"), 40),
        Column("state", N_("State"), said("state")),
        Column("category", N_("Category"), its("category"), 24),
        Column("first_ticket", N_("First ticket"), its("first_number"), 18),
        Column("tickets", N_("Tickets"), _spread("tickets"), 8),
        Column("open_tickets", N_("Open tickets"), _spread("open_tickets"), 8),
        Column("callers", N_("Requesters"), _spread("callers"), 8),
        Column("addresses", N_("Addresses"), _spread("addresses"), 8),
        Column("areas", N_("Areas"), _spread("areas"), 8),
        Column("heat", N_("Tickets an hour"), its("heat"), 10),
        Column("first_seen_at", N_("First seen"), its("first_seen_at"), 20),
        Column("last_seen_at", N_("Last seen"), its("last_seen_at"), 20),
        Column("words", N_("Words to read out"), its("words"), 40),
    ),
    paths={"/incidents": {}},
)

INTERVIEWS: AnyList = ListExport(
    code="interviews",
    title=N_("Interviews"),
    permission=Permission.READ_INTERVIEWS,
    names=interviews.ASKED,
    read=_interviews,
    columns=(
        Column("number", N_("Number"), its("number"), 18),
        DEPARTMENT,
        Column("reason", N_("Reason"), said("reason"), 24),
        Column("state", N_("State"), said("state")),
        Column("planned_at", N_("When"), its("planned_at"), 20),
        Column("due_at", N_("Due"), its("due_at"), 20),
    ),
    paths={"/interviews": {}},
)

BULLETINS: AnyList = ListExport(
    code="bulletins",
    title=N_("Bulletins"),
    permission=Permission.READ_TICKETS,
    names=(_STATE,),
    read=_bulletins,
    columns=(
        Column("number", N_("Number"), its("number"), 18),
        Column("heading", N_("Heading"), its("title"), 40),
        Column("kind", N_("Kind of bulletin"), said("kind")),
        Column("begins", N_("From"), its("begins")),
        Column("ends", N_("To"), its("ends")),
        Column("state", N_("State"), said("state")),
        Column("at", N_("At"), its("at"), 20),
    ),
    paths={"/bulletins": {}},
)

PAPERS: AnyList = ListExport(
    code="papers",
    title=N_("Papers"),
    permission=Permission.READ_BOARD,
    names=papers.ASKED,
    read=_papers,
    columns=(
        Column("number", N_("Number"), its("number"), 24),
        Column("kind", N_("Kind of paper"), said("kind"), 24),
        Column("revision", N_("Version"), its("revision")),
        TICKET,
        Column("issued_at", N_("Issued at"), its("issued_at"), 20),
        Column("issued_by", N_("Issued by"), its("issued_by")),
        Column("is_newest", N_("In force"), its("is_newest"), 10),
    ),
    paths={"/papers": {}},
)

ANOMALIES: AnyList = ListExport(
    code="anomalies",
    title=N_("Anomalies"),
    permission=Permission.READ_ANOMALIES,
    names=anomalies.ASKED,
    read=_anomalies,
    columns=(
        Column("day", N_("Day"), its("day")),
        Column("kind", N_("What looks odd"), said("kind"), 24),
        Column("state", N_("State"), said("state")),
        DEPARTMENT,
        Column("figures", N_("Figures"), its("figures"), 40),
        Column("tickets", N_("Tickets"), _numbers, 40),
        Column("found_at", N_("Found at"), its("found_at"), 20),
        Column("looker", N_("Looked into by"), its("looker")),
        Column("decider", N_("Who decided"), its("decider")),
        Column("decided_at", N_("Decided at"), its("decided_at"), 20),
        Column("words", N_("What you found out"), its("words"), 40),
    ),
    paths={"/anomalies": {}},
)

LOOKS: AnyList = ListExport(
    code="second-looks",
    title=N_("Second looks"),
    permission=Permission.READ_VISITS,
    names=second_looks.ASKED,
    read=_looks,
    columns=(
        Column("day", N_("Passed on"), its("day")),
        Column("ticket", N_("Ticket"), its("number"), 18),
        TITLE,
        DEPARTMENT,
        Column("share", N_("Share drawn"), its("share"), 10),
        Column("state", N_("State"), said("state")),
        Column("contact_shown", N_("A contact with the requester is shown"), its("contact_shown")),
        Column("answers_matter", N_("The reply answers what was asked"), its("answers_matter")),
        Column("evidence_shown", N_("What was done is shown"), its("evidence_shown")),
        Column("words", N_("Remarks"), its("words"), 40),
    ),
    paths={"/second-looks": {}},
)

CHECKS: AnyList = ListExport(
    code="field-checks",
    title=N_("Field checks"),
    permission=Permission.READ_VISITS,
    names=field_checks.ASKED,
    read=_checks,
    columns=(
        Column("month", N_("Month"), lambda row, _: f"{row.month:%Y-%m}", 10),
        Column("ticket", N_("Ticket"), its("number"), 18),
        TITLE,
        DEPARTMENT,
        Column("state", N_("State"), said("state")),
        Column("checked_at", N_("Looked at"), its("checked_at"), 20),
        Column("checker", N_("Checked by"), its("checker")),
        Column("is_done", N_("It is done"), its("is_done"), 10),
        Column("words", N_("What was seen"), its("words"), 40),
        Column("missed", N_("Why it did not take place"), its("missed"), 24),
        Column("is_confirmed", N_("Confirmed by a second person"), its("is_confirmed"), 10),
        Column("confirmation", N_("What the second person says"), its("confirmation"), 40),
    ),
    paths={"/field-checks": {}},
)

FINDINGS: AnyList = ListExport(
    code="findings",
    title=N_("Observers' findings"),
    permission=Permission.READ_FINDINGS,
    names=(_STATE,),
    read=_findings,
    columns=(
        Column("found_at", N_("Found at"), its("opened_at"), 20),
        DEPARTMENT,
        Column("place", N_("Where"), its("place"), 24),
        Column("text", N_("What was found"), its("text"), 40),
        Column("observer", N_("Observer"), its("observer")),
        Column("visit", N_("Number of the visit"), its("visit"), 18),
        Column("state", N_("State"), said("state")),
        Column("due_at", N_("Due"), its("due_at"), 20),
        Column("is_overdue", N_("Overdue"), its("is_overdue"), 10),
    ),
    paths={"/credit/findings": {}},
)

OVERSIGHT_LISTS: tuple[AnyList, ...] = (
    GROUPS,
    INCIDENTS,
    INTERVIEWS,
    BULLETINS,
    PAPERS,
    ANOMALIES,
    LOOKS,
    CHECKS,
    FINDINGS,
)
