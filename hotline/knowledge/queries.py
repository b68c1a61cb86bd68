"""Reading knowledge: what answers a matter, lists, one article, what is owed by whom."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.knowledge.access import (
    find_article,
    is_offered,
    keeper_of,
    public,
    readable,
)
from hotline.knowledge.errors import ArticleNotFound
from hotline.knowledge.models import (
    Article,
    ArticleEvent,
    ArticleUseDay,
    ArticleVersion,
    Correction,
)
from hotline.knowledge.ranking import Asked, Candidate, rank
from hotline.knowledge.rules import (
    KEPT_UP,
    LIVE_CORRECTIONS,
    REMIND_BEFORE,
    ArticleState,
    ArticleStep,
    ArticleWarning,
    CorrectionState,
    article_number,
    day_of,
    may_write,
    nth_of,
    warnings_of,
)
from hotline.knowledge.words import question_terms
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import users_by_id
from hotline.tickets.catalogue import ancestry

_MOST_CANDIDATES = 40
_LATELY = timedelta(days=30)
_SHOWN_DAYS = 30

_SCORED = sa.text(
    "SELECT h.article_id, sum(h.worth * ln(1 + m.articles / h.df)) AS score "
    "FROM (SELECT count(*) + 1.0 AS articles FROM knowledge_articles) m, ("
    "SELECT t.article_id, t.weight * a.worth AS worth, count(*) OVER (PARTITION BY t.term) AS df "
    "FROM unnest(CAST(:terms AS text[]), CAST(:worths AS float8[])) AS a(term, worth) "
    "JOIN knowledge_terms t ON t.term = a.term) h GROUP BY h.article_id"
)
"""How much of what is asked each article says, the rarer the more."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article in a list or beside a matter.

    Attributes:
        version: the one that is offered.
        owner: the department that answers for it.
        warnings: why to read it out with care, the gravest first.
        open_corrections: reports about it that are not settled.
    """

    article: Article
    version: ArticleVersion
    owner: Department
    warnings: tuple[ArticleWarning, ...]
    open_corrections: int = 0

    @property
    def number(self) -> str:
        """Its number."""
        return article_number(self.article.nth)


_REPORTS = (
    select(sa.func.count())
    .select_from(Correction)
    .where(
        col(Correction.article_id) == col(Article.id), col(Correction.state).in_(LIVE_CORRECTIONS)
    )
    .correlate(Article)
    .scalar_subquery()
)


def _found_in(row: Any, now: datetime) -> FoundArticle:  # noqa: ANN401  # a row of four
    article, version, owner, reports = row
    return _found(article, version, owner, reports, now)


def _found(
    article: Article, version: ArticleVersion, owner: Department, reports: int, now: datetime
) -> FoundArticle:
    return FoundArticle(
        article,
        version,
        owner,
        warnings_of(
            article.state,
            valid_from=version.valid_from,
            valid_until=version.valid_until,
            review_by=article.review_by,
            is_reported=reports > 0,
            now=now,
        ),
        reports,
    )


async def find_answers(  # what is known of a matter
    session: AsyncSession,
    principal: Principal,
    *,
    title: str,
    content: str = "",
    category: str | None = None,
    area: str | None = None,
    now: datetime,
    most: int = 5,
) -> list[FoundArticle]:
    """Return which articles answer a matter, the best first; what has expired is last and says so.

    Only what was published is offered: one statement, however many articles there are.
    """
    terms, category = question_terms(title, content), storable(category)
    if not terms and not category:
        return []
    scored = _scored(terms)
    used = (
        select(sa.func.coalesce(sa.func.sum(ArticleUseDay.count), 0))
        .where(
            col(ArticleUseDay.article_id) == col(Article.id),
            col(ArticleUseDay.day) > day_of(now) - _LATELY,
        )
        .correlate(Article)
        .scalar_subquery()
    )
    above = ancestry(category) if category else []
    is_near = sa.or_(
        scored.c.score.is_not(None),
        col(ArticleVersion.categories).op("&&")(sa.cast(above, ARRAY(sa.String))),
    )
    rows = await session.exec(
        sa.select(Article, ArticleVersion, Department, _REPORTS, scored.c.score, used)  # type: ignore[call-overload]
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .outerjoin(scored, scored.c.article_id == col(Article.id))
        .where(
            readable(principal),
            col(Article.published_version).is_not(None),
            col(Article.state).in_(KEPT_UP),
            is_near,
        )
        .order_by(sa.func.coalesce(scored.c.score, 0).desc(), col(Article.nth))
        .limit(_MOST_CANDIDATES)
    )
    found = [
        (_found(article, version, owner, reports, now), score or 0.0, uses)
        for article, version, owner, reports, score, uses in rows.all()
    ]
    order = rank(
        (
            Candidate(
                key, score, one.version.categories, one.version.areas, one.warnings, int(uses)
            )
            for key, (one, score, uses) in enumerate(found)
        ),
        Asked(category, area),
    )
    return [found[key][0] for key in order[:most]]


def _scored(terms: Mapping[str, float]) -> sa.Subquery:
    return (
        _SCORED.bindparams(terms=list(terms), worths=list(terms.values()))
        .columns(sa.column("article_id", sa.Uuid()), sa.column("score", sa.Float()))
        .subquery("scored")
    )


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What a list of articles shows.

    Attributes:
        q: words that it is found by, or its number.
        category: code of a subject; what lies below it belongs to it.
        department: code of its owner.
        warning: only what carries this one.
        is_submitted: only what waits for its second person.
    """

    q: str | None = None
    category: str | None = None
    department: str | None = None
    state: tuple[ArticleState, ...] = ()
    warning: ArticleWarning | None = None
    is_submitted: bool = False


async def list_articles(
    session: AsyncSession,
    principal: Principal,
    wanted: ArticleFilter,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[FoundArticle]:
    """Return a page of the articles that this person may read: what was asked for first, else the newest.

    A search shows one page, the best first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = (
        select(Article, ArticleVersion, Department, _REPORTS)
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .where(readable(principal), *_narrowed(wanted, now))
    )
    place = (col(Article.changed_at), col(Article.id))
    if wanted.q and (nth := nth_of(wanted.q)):
        statement = statement.where(Article.nth == nth)
    elif wanted.q:
        return Page(await _searched(session, statement, wanted.q, now, limit), None)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(sa.tuple_(*place) < sa.tuple_(sa.literal(at), sa.literal(key)))
    rows = await session.exec(statement.order_by(place[0].desc(), place[1].desc()).limit(limit + 1))
    found = [_found_in(row, now) for row in rows.all()]
    return page_of(found, limit, lambda one: (one.article.changed_at, one.article.id))


async def _searched(
    session: AsyncSession,
    statement: Any,  # noqa: ANN401  # of four entities
    q: str,
    now: datetime,
    limit: int,
) -> list[FoundArticle]:
    terms = question_terms(q)
    if not terms:  # one character: what stands in a title
        part = storable(q) or ""
        statement = statement.where(col(ArticleVersion.title).contains(part, autoescape=True))
        rows = await session.exec(statement.order_by(col(Article.nth)).limit(limit))
        return [_found_in(row, now) for row in rows.all()]
    scored = _scored(terms)
    rows = await session.exec(
        statement.join(scored, scored.c.article_id == col(Article.id))
        .order_by(scored.c.score.desc(), col(Article.nth))
        .limit(limit)
    )
    return [_found_in(row, now) for row in rows.all()]


def _narrowed(wanted: ArticleFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if category := storable(wanted.category):
        conditions.append(
            sa.func.array_to_string(col(ArticleVersion.categories), " ").op("~")(
                rf"(^|\s){_escaped(category)}(\.|\s|$)"
            )
        )
    if wanted.department:
        conditions.append(col(Department.code) == storable(wanted.department))
    if wanted.state:
        conditions.append(col(Article.state).in_(wanted.state))
    if wanted.is_submitted:
        conditions.append(col(Article.submitted_at).is_not(None))
    if wanted.warning is not None:
        conditions.append(_WARNED[wanted.warning](now))
    return conditions


def storable(text: str | None) -> str | None:
    """Return what was asked for without what the database cannot hold: a null character."""
    return text.replace("\x00", "") if text else text


def _escaped(text: str) -> str:
    return "".join(one if one.isalnum() or one == "_" else f"\\{one}" for one in text)


def is_stale(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an article's review is overdue."""
    return sa.and_(col(Article.review_by) <= now, col(Article.state).in_(KEPT_UP))


_WARNED = {
    ArticleWarning.EXPIRED: lambda now: sa.or_(
        col(Article.state) == ArticleState.EXPIRED,
        col(ArticleVersion.valid_until) < day_of(now),
    ),
    ArticleWarning.RETIRED: lambda _now: col(Article.state) == ArticleState.RETIRED,
    ArticleWarning.NOT_YET_VALID: lambda now: col(ArticleVersion.valid_from) > day_of(now),
    ArticleWarning.CORRECTING: lambda _now: col(Article.state) == ArticleState.CORRECTING,
    ArticleWarning.REPORTED: lambda _now: _REPORTS > 0,
    ArticleWarning.STALE: is_stale,
}


@dataclass(frozen=True, slots=True)
class ArticleDetail:
    """An article in full.

    Attributes:
        found: the article with the version that is offered.
        versions: those that the reader may see, the newest first.
        events: what was done with it, the latest last.
        uses: how often it was used of late, by day and kind.
        corrections: reports about it, the newest first, for whom they concern.
        names: of everybody who is named, by account.
    """

    found: FoundArticle
    versions: Sequence[ArticleVersion]
    events: Sequence[ArticleEvent]
    uses: Sequence[ArticleUseDay]
    corrections: Sequence[Correction]
    names: Mapping[uuid.UUID, str]

    @property
    def newest(self) -> ArticleVersion | None:
        """The newest version, where the reader may see it."""
        wanted = self.found.article.newest_version
        return next((one for one in self.versions if one.version == wanted), None)


async def read_article(
    session: AsyncSession, principal: Principal, number: str, now: datetime
) -> ArticleDetail:
    """Return everything about an article that this person may read.

    Raises:
        ArticleNotFound: there is none, or none for him.
    """
    article, version = await find_article(session, principal, number)
    owner = await session.get_one(Department, article.department_id)
    writes = may_write(keeper_of(principal), article.department_id)
    wanted = select(ArticleVersion).where(ArticleVersion.article_id == article.id)
    if not writes:
        wanted = wanted.where(col(ArticleVersion.published_at).is_not(None))
    versions = (await session.exec(wanted.order_by(col(ArticleVersion.version).desc()))).all()
    events = (
        await session.exec(
            select(ArticleEvent)
            .where(ArticleEvent.article_id == article.id)
            .order_by(col(ArticleEvent.id))
        )
    ).all()
    uses = (
        await session.exec(
            select(ArticleUseDay)
            .where(
                ArticleUseDay.article_id == article.id,
                col(ArticleUseDay.day) > day_of(now) - timedelta(days=_SHOWN_DAYS),
            )
            .order_by(col(ArticleUseDay.day).desc())
        )
    ).all()
    corrections = (
        await session.exec(
            select(Correction)
            .where(Correction.article_id == article.id)
            .order_by(col(Correction.reported_at).desc())
            .limit(20)
        )
    ).all()
    people = {
        one
        for one in (
            *(row.written_by for row in versions),
            *(row.by for row in events),
            *(row.reported_by for row in corrections),
        )
        if one is not None
    }
    live = sum(one.state in LIVE_CORRECTIONS for one in corrections)
    names = {key: user.display_name for key, user in (await users_by_id(session, people)).items()}
    return ArticleDetail(
        _found(article, version, owner, live, now),
        versions,
        events if writes else (),
        uses,
        corrections
        if writes
        else [one for one in corrections if one.reported_by == principal.user_id],
        names,
    )


# -- reports ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A report in a list."""

    correction: Correction
    number: str
    title: str
    owner: Department
    reporter: str


@dataclass(frozen=True, slots=True)
class CorrectionFilter:
    """What a list of reports shows.

    Attributes:
        mine: only what the reader reported himself.
        is_overdue: only what its owner should have done by now.
    """

    state: tuple[CorrectionState, ...] = ()
    department: str | None = None
    mine: bool = False
    is_overdue: bool = False


def concerned(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a report exists for somebody."""
    if Permission.READ_KNOWLEDGE not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return sa.or_(
        col(Article.department_id) == principal.department_id,
        col(Correction.reported_by) == principal.user_id,
    )


async def list_corrections(
    session: AsyncSession,
    principal: Principal,
    wanted: CorrectionFilter,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CorrectionRow]:
    """Return a page of the reports that concern this person, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = (
        sa.select(Correction, Article.nth, ArticleVersion.title, Department, User.display_name)  # type: ignore[call-overload]
        .join(Article, col(Article.id) == col(Correction.article_id))
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .join(User, col(User.id) == col(Correction.reported_by))
        .where(concerned(principal))
    )
    if wanted.state:
        statement = statement.where(col(Correction.state).in_(wanted.state))
    if wanted.department:
        statement = statement.where(col(Department.code) == storable(wanted.department))
    if wanted.mine:
        statement = statement.where(col(Correction.reported_by) == principal.user_id)
    if wanted.is_overdue:
        statement = statement.where(
            col(Correction.state).in_(LIVE_CORRECTIONS), col(Correction.due_at) <= now
        )
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Correction.reported_at), col(Correction.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = await session.exec(
        statement.order_by(col(Correction.reported_at).desc(), col(Correction.id).desc()).limit(
            limit + 1
        )
    )
    found = [
        CorrectionRow(correction, article_number(nth), title, owner, reporter)
        for correction, nth, title, owner, reporter in rows.all()
    ]
    return page_of(found, limit, lambda row: (row.correction.reported_at, row.correction.id))


# -- what is owed ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owed:
    """What knowledge waits for from somebody.

    Attributes:
        to_publish: versions that wait for a second person.
        to_review: articles whose review is due within the time of reminding, or overdue.
        overdue_reviews: of them those that are overdue.
        corrections: reports to decide, and mistakes to put right.
        overdue_corrections: of them those that are overdue.
        own_reports: the reader's own reports that are not settled.
    """

    to_publish: int = 0
    to_review: int = 0
    overdue_reviews: int = 0
    corrections: int = 0
    overdue_corrections: int = 0
    own_reports: int = 0

    @property
    def is_something(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.to_publish or self.to_review or self.corrections or self.own_reports)


async def count_owed(session: AsyncSession, principal: Principal, now: datetime) -> Owed:
    """Return what waits for this person's department, or for the hotline's editors; one statement."""
    may = principal.permissions
    if Permission.READ_KNOWLEDGE not in may:
        return Owed()
    keeps = (
        Permission.PUBLISH_KNOWLEDGE in may
        if principal.sees_every_ticket
        else Permission.WRITE_KNOWLEDGE in may
    )
    own = (
        sa.true()
        if principal.sees_every_ticket
        else col(Article.department_id) == principal.department_id
    )
    own = own if keeps else sa.false()
    is_live = col(Correction.state).in_(LIVE_CORRECTIONS)

    def counted(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .select_from(Article)
            .where(own, *conditions)
            .scalar_subquery()
        )

    def reports(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .select_from(Correction)
            .join(Article, col(Article.id) == col(Correction.article_id))
            .where(is_live, *conditions)
            .scalar_subquery()
        )

    publishes = sa.true() if Permission.PUBLISH_KNOWLEDGE in may else sa.false()
    row = (
        await session.exec(
            sa.select(  # type: ignore[call-overload]
                counted(publishes, col(Article.submitted_at).is_not(None)),
                counted(
                    col(Article.review_by) <= now + REMIND_BEFORE, col(Article.state).in_(KEPT_UP)
                ),
                counted(is_stale(now)),
                reports(own),
                reports(own, col(Correction.due_at) <= now),
                reports(col(Correction.reported_by) == principal.user_id),
            )
        )
    ).one()
    return Owed(*row)


async def count_neglected(session: AsyncSession, now: datetime) -> tuple[int, int]:
    """Return how many reports are overdue, and how many articles were not reviewed in time."""
    late = (
        sa.select(sa.func.count())
        .select_from(Correction)
        .where(col(Correction.state).in_(LIVE_CORRECTIONS), col(Correction.due_at) <= now)
        .scalar_subquery()
    )
    stale = sa.select(sa.func.count()).select_from(Article).where(is_stale(now)).scalar_subquery()
    row = (await session.exec(sa.select(late, stale))).one()  # type: ignore[call-overload]
    return row[0], row[1]


async def reviewed_instants(
    session: AsyncSession, numbers: Collection[str]
) -> Mapping[str, list[datetime]]:
    """Return when articles were answered for, by a review or a new version, by their numbers."""
    rows = await session.exec(
        select(Article.nth, ArticleEvent.at)
        .join(ArticleEvent, col(ArticleEvent.article_id) == col(Article.id))
        .where(
            col(Article.nth).in_([nth_of(number) or 0 for number in numbers]),
            col(ArticleEvent.step).in_([ArticleStep.CONFIRMED, ArticleStep.PUBLISHED]),
        )
        .order_by(col(ArticleEvent.id))
    )
    found: dict[str, list[datetime]] = {}
    for nth, at in rows.all():
        found.setdefault(article_number(nth), []).append(at)
    return found


async def list_due(
    session: AsyncSession, principal: Principal, *, now: datetime, limit: int = MAX_LIMIT
) -> list[FoundArticle]:
    """Return articles whose review is due or overdue, the most overdue first."""
    if Permission.READ_KNOWLEDGE not in principal.permissions:
        return []
    statement = (
        select(Article, ArticleVersion, Department, _REPORTS)
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .where(col(Article.review_by) <= now + REMIND_BEFORE, col(Article.state).in_(KEPT_UP))
    )
    if not principal.sees_every_ticket:
        statement = statement.where(col(Article.department_id) == principal.department_id)
    rows = await session.exec(
        statement.order_by(col(Article.review_by), col(Article.id)).limit(limit)
    )
    return [_found_in(row, now) for row in rows.all()]


async def list_submitted(
    session: AsyncSession, principal: Principal, *, now: datetime, limit: int = MAX_LIMIT
) -> list[tuple[FoundArticle, ArticleVersion]]:
    """Return articles with the version that waits for a second person, the longest waiting first."""
    if Permission.PUBLISH_KNOWLEDGE not in principal.permissions:
        return []
    newest = aliased(ArticleVersion)
    statement = (
        sa.select(Article, ArticleVersion, Department, _REPORTS, newest)
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .join(
            newest,
            sa.and_(
                col(newest.article_id) == col(Article.id),
                col(newest.version) == col(Article.newest_version),
            ),
        )
        .where(col(Article.submitted_at).is_not(None))
    )
    if not principal.sees_every_ticket:
        statement = statement.where(col(Article.department_id) == principal.department_id)
    rows: Any = await session.exec(  # type: ignore[call-overload]
        statement.order_by(col(Article.submitted_at), col(Article.id)).limit(limit)
    )
    return [(_found_in(row[:4], now), row[4]) for row in rows.all()]


# -- for everybody ---------------------------------------------------------------------------------


async def list_public(
    session: AsyncSession,
    *,
    q: str | None,
    category: str | None,
    today: date,
    limit: int = MAX_LIMIT,
) -> list[tuple[Article, ArticleVersion, Department]]:
    """Return what everybody may read and is valid today: the best first, else the most used."""
    statement = (
        select(Article, ArticleVersion, Department)
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .where(public(today))
    )
    if category:
        statement = statement.where(
            *_narrowed(ArticleFilter(category=category), datetime.combine(today, time(), SHANGHAI))
        )
    terms = question_terms(q or "")
    if terms:
        scored = _scored(terms)
        statement = statement.join(scored, scored.c.article_id == col(Article.id)).order_by(
            scored.c.score.desc()
        )
    elif part := storable(q):
        statement = statement.where(col(ArticleVersion.title).contains(part, autoescape=True))
    rows = await session.exec(
        statement.order_by(col(Article.use_count).desc(), col(Article.nth)).limit(limit)
    )
    return list(rows.all())


async def require_version(
    session: AsyncSession, principal: Principal, number: str, version: int
) -> ArticleVersion:
    """Return a version that this person may read.

    Raises:
        ArticleNotFound: there is none, or none for him.
    """
    article, _ = await find_article(session, principal, number)
    found = await session.get(ArticleVersion, (article.id, version))
    writes = may_write(keeper_of(principal), article.department_id)
    if found is None or (found.published_at is None and not writes):
        raise ArticleNotFound
    return found


async def all_articles(
    session: AsyncSession, principal: Principal
) -> list[tuple[Article, ArticleVersion, Department]]:
    """Return every article that this person may read, with the version that is offered, by number."""
    rows = await session.exec(
        select(Article, ArticleVersion, Department)
        .join(ArticleVersion, is_offered())
        .join(Department, col(Department.id) == col(Article.department_id))
        .where(readable(principal))
        .order_by(col(Article.nth))
    )
    return list(rows.all())
