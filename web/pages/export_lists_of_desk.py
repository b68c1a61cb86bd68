"""The lists of the desk that can be exported: calls, missed calls, knowledge."""

from typing import Any

from hotline.kernel.errors import N_
from hotline.kernel.paging import MAX_LIMIT, Page
from hotline.people.permissions import Permission
from hotline.tickets.catalogue import list_categories
from web.exports.columns import filled, its, said, viewed
from web.exports.lists import AnyList, Column, ListExport, Reading
from web.i18n import Translator
from web.pages import calls, knowledge
from web.views.calls import CallView, MissView, call_row_view, miss_view
from web.views.directory import category_paths
from web.views.knowledge import ArticleLine, article_line


async def _calls(reading: Reading, cursor: str | None) -> Page[CallView]:
    asked, now = filled(reading, calls.CALLS_ASKED), reading.now
    found = await calls.find_calls(reading.session, asked, now, cursor=cursor, limit=MAX_LIMIT)
    return viewed(found, lambda row: call_row_view(row, reading.reader, reading.cipher, now))


async def _misses(reading: Reading, cursor: str | None) -> Page[MissView]:
    asked = filled(reading, calls.MISSES_ASKED)
    found = await calls.find_misses(
        reading.session, reading.reader, asked, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(
        found,
        lambda row: miss_view(row, reading.reader, reading.cipher, now=reading.now, may_take=False),
    )


async def _articles(reading: Reading, cursor: str | None) -> Page[ArticleLine]:
    asked, t = filled(reading, knowledge.ASKED), reading.t
    found = await knowledge.find_articles(
        reading.session, reading.reader, asked, reading.now, cursor=cursor, limit=MAX_LIMIT
    )
    paths = category_paths(await list_categories(reading.session), t)
    return viewed(found, lambda row: article_line(row, t, paths))


def _tickets(row: Any, _: Translator) -> str:  # noqa: ANN401  # a view of whichever list
    return " ".join(row.tickets)


def _tries(row: MissView, t: Translator) -> str:
    return "; ".join(
        " ".join(
            filter(
                None,
                (
                    t.instant(one.at),
                    t.text(N_("Reached") if one.is_reached else N_("Not reached")),
                    one.note,
                ),
            )
        )
        for one in reversed(row.attempts)
    )


CALLS: AnyList = ListExport(
    code="calls",
    title=N_("Telephone calls"),
    permission=Permission.READ_CALLS,
    names=calls.CALLS_ASKED,
    read=_calls,
    columns=(
        Column("started_at", N_("Began at"), its("started_at"), 20),
        Column("number", N_("Caller number"), its("number")),
        Column("direction", N_("Direction"), said("direction")),
        Column("line", N_("Line called"), its("line")),
        Column("agent", N_("Operator"), its("agent")),
        Column("state", N_("State"), said("state")),
        Column("wait", N_("Waited"), its("wait"), 10),
        Column("talk", N_("Spoke"), its("talk"), 10),
        Column("wrap_up", N_("Wrap-up"), its("wrap_up"), 10),
        Column("tickets", N_("Ticket"), _tickets, 18),
    ),
    paths={"/desk/calls": {}},
)

MISSES: AnyList = ListExport(
    code="missed-calls",
    title=N_("Missed calls"),
    permission=Permission.READ_CALLS,
    names=calls.MISSES_ASKED,
    read=_misses,
    columns=(
        Column("missed_at", N_("Called at"), its("missed_at"), 20),
        Column("number", N_("Caller number"), its("number")),
        Column("line", N_("Line called"), its("line")),
        Column("waited", N_("Waited"), its("waited"), 10),
        Column("due_at", N_("Call back by"), its("due_at"), 20),
        Column("state", N_("State"), said("state")),
        Column("taken_by", N_("Taken by"), its("taken_by")),
        Column("tries", N_("Tries"), lambda row, _: len(row.attempts), 8),
        Column("attempts", N_("Call-backs"), _tries, 40),
    ),
    paths={"/desk/missed-calls": {}},
)

ARTICLES: AnyList = ListExport(
    code="knowledge",
    title=N_("Knowledge"),
    permission=Permission.READ_KNOWLEDGE,
    names=knowledge.ASKED,
    read=_articles,
    columns=(
        Column("number", N_("Number"), its("number"), 12),
        Column("question", N_("Question"), its("title"), 40),
        Column("short", N_("Short answer"), its("short"), 40),
        Column("owner", N_("Owner department"), its("owner"), 24),
        Column("state", N_("State"), said("state")),
        Column("version", N_("Version"), its("version"), 8),
        Column("categories", N_("Categories"), its("categories"), 24),
        Column("valid_until", N_("Valid until"), its("valid_until")),
        Column("review_by", N_("Review due"), its("review_by"), 20),
        Column("use_count", N_("Used"), its("use_count"), 8),
        Column("reports", N_("Reports of mistakes"), its("reports"), 8),
    ),
    paths={"/knowledge": {}},
)

DESK_LISTS = (CALLS, MISSES, ARTICLES)
