"""The ranking: live, and of every frozen period that the reader may see."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.glance import GradeHeld, read_in_force
from credit.period_models import PeriodState
from credit.periods import PeriodKind
from credit.rulebook import Grade
from credit.standings import (
    Standings,
    list_shown_periods,
    live_standings,
    period_standings,
    revisions_of,
)
from hotline.people.models import PeerGroup
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_peer_groups
from web.i18n import Translator
from web.labels import label
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.credit_ranking import (
    RankingFilter,
    grades_shown,
    group_views,
    revision_views,
)
from web.views.credit_register import register_rows
from web.views.forms import FormState

LIVE = "live"
EVERY_GROUP = "all"
MOST_AT_ONCE = 100
"""More departments are shown one peer group at a time: nobody is compared with another one anyway."""

_ASKED = ("period", "peer_group", "grade", "q")


class CreditRankingController(Controller):
    """Everybody's standing among his peers."""

    path = "/credit/ranking"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the ranking as it was written down; nothing is worked out for it."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        periods = await list_shown_periods(reader, principal)
        sees_live = principal.sees_every_ticket
        if not asked["period"]:
            asked["period"] = LIVE if sees_live else next((one.key for one in periods), "")
        standings = await _standings(reader, principal, asked["period"])
        rules = await book_at(reader, shell_of(request).now)
        groups = await list_peer_groups(reader)
        period = standings.period.key if standings.period else None
        first = _first_group(standings, groups, principal)
        is_narrowed = any(asked[name] for name in ("peer_group", "grade", "q"))
        if not is_narrowed:
            asked["peer_group"] = first
        one_group = "" if asked["peer_group"] == EVERY_GROUP else asked["peer_group"]
        views = group_views(
            standings.items,
            groups,
            RankingFilter(one_group, asked["grade"], asked["q"]),
            rules.book.grades.lines,
            principal,
            period,
            t,
        )
        revisions = (
            await revisions_of(reader, standings.period, standings.revision or 0)
            if standings.period
            else ()
        )
        return page(
            request,
            "pages/credit_ranking.html",
            groups=views,
            grades_shown=grades_shown(views),
            standings=standings,
            least_n=rules.book.least_ranked_n,
            filter=FormState(asked),
            is_narrowed=is_narrowed,
            all_href=f"/credit/ranking?{urlencode({'period': asked['period']})}",
            periods=[
                *([(LIVE, t.text("Live score"))] if sees_live else []),
                *((one.key, _words(one.key, one.kind, one.state, t)) for one in periods),
            ],
            peer_groups=[
                (EVERY_GROUP, t.text("All")),
                *((one.code, one.name_en if t.language == "en" else one.name) for one in groups),
            ],
            grades=[(one.value, t.text(label(one))) for one in Grade],
            revisions=revision_views(
                revisions, _inside(views), t, sees_cases=principal.sees_every_ticket
            ),
            is_year=bool(standings.period and standings.period.kind is PeriodKind.YEAR),
        )


def _first_group(standings: Standings, groups: Sequence[PeerGroup], principal: Principal) -> str:
    """Return the peer group that a ranking opens with; all of them where they fit on a page."""
    if len(standings.items) <= MOST_AT_ONCE:
        return EVERY_GROUP
    own = {
        one.peer_group for one in standings.items if one.department_id == principal.department_id
    }
    there = {one.peer_group for one in standings.items}
    known = [one.code for one in groups if one.code in there]
    return next((code for code in known if code in own), next(iter(known), EVERY_GROUP))


class CreditRegisterController(Controller):
    """The departments by name, for those who look after all of them."""

    path = "/credit/departments"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every department with its grades; only the hotline has this page."""
        if not principal.sees_every_ticket:
            raise NotFoundException
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ("grade", "peer_group", "q")}
        standings = await live_standings(reader)
        in_force = await read_in_force(reader)
        wanted = RankingFilter(asked["peer_group"], "", asked["q"])
        groups = {
            row.code: row.name_en if t.language == "en" else row.name
            for row in await list_peer_groups(reader)
        }
        items = [
            one
            for one in standings.items
            if wanted.takes(one) and _has(in_force.get(one.department_id), asked["grade"])
        ]
        return page(
            request,
            "pages/credit_departments.html",
            rows=register_rows(items, in_force, groups, t),
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            peer_groups=list(groups.items()),
            grades=[(one.value, t.text(label(one))) for one in Grade],
        )


def _has(in_force: GradeHeld | None, grade: str) -> bool:
    return not grade or (in_force is not None and in_force.grade.value == grade)


def _words(key: str, kind: Any, state: Any, t: Translator) -> str:  # noqa: ANN401  # members
    words = [key, t.text(label(kind))]
    if state is not PeriodState.PUBLISHED:
        words.append(t.text(label(state)))
    return " · ".join(words)


def _inside(views: Any) -> dict[str, str]:  # noqa: ANN401  # groups of the page
    rows = (
        row
        for view in views
        for some in (*(band.rows for band in view.bands), view.unranked)
        for row in some
    )
    return {row.code: row.href for row in rows if row.href}


async def _standings(reader: AsyncSession, principal: Principal, period: str) -> Standings:
    """Return the standings that are asked for.

    Raises:
        NotFoundException: there is no such period, or not for this person.
    """
    if period == LIVE and principal.sees_every_ticket:
        return await live_standings(reader)
    if not period:
        return Standings(())
    found = await period_standings(reader, principal, period)
    if found is None:
        raise NotFoundException
    return found
