"""The demo city: an invented place with its people, five hundred matters at every stage, and its past.

Every ticket goes through the real actions, each at its own instant of the last half year, and
the sweeper fires between them as it would have. All of it is one transaction of the database: a
process that dies on the way leaves nothing behind.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from tqdm import tqdm

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.notices.models import Notice, UserContact
from hotline.notices.timing import DEFAULT_PREFERENCES
from hotline.people.models import Department, User
from hotline.people.principal import Principal, Tx
from hotline.practice.actions import found_practice
from hotline.sla.queries import newest_policy_id
from hotline.tickets.actions.intake import create_ticket
from hotline.tickets.assignments import IllegalAssignmentMove
from hotline.tickets.errors import MergeImpossible, RepeatImpossible, TicketNotFound
from hotline.tickets.events import RequesterConcerned
from hotline.tickets.lifecycle import IllegalTransition
from hotline.tickets.models import Ticket
from hotline.tickets.step import POLICIES
from web.run.bootstrap import FOUNDER, HOTLINE, ensure_basics
from web.run.demo import catalogue
from web.run.demo.calls import take_calls
from web.run.demo.citizen import citizens_report
from web.run.demo.credit import Books
from web.run.demo.credit_cases import dispute_events
from web.run.demo.credit_events import enter_events
from web.run.demo.directory import Cast, settle
from web.run.demo.doors import leave_letters
from web.run.demo.exchange import let_out
from web.run.demo.exclusions import leave_out
from web.run.demo.history import HISTORY_SPAN, plan_history
from web.run.demo.incidents import burst_main
from web.run.demo.knowledge import know
from web.run.demo.loader import load
from web.run.demo.matters import Matters
from web.run.demo.observers import observe
from web.run.demo.open311 import open_to_others
from web.run.demo.papers import issue_papers
from web.run.demo.questions import ask, begin_drafts
from web.run.demo.schedule import SPAN, Life, plan
from web.run.demo.supervision import supervise
from web.run.demo.views import keep_views
from web.run.demo.visits import look_at_places
from web.run.services import ServiceUrls

_TOLD = timedelta(days=4)
"""Beyond what lost jobs are looked for by: nobody is written to today about last month."""

COUNT = 500
HISTORY = 360
SEED = 12345

_LOOKS_AGAIN = 16
"""After so many nights the tables are measured anew."""

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('demo_city'))")
_BY_INDEX = sa.text("SET LOCAL enable_seqscan = off")
_ACTED = "rung IN ('act', 'order', 'listing')"
_NEXT_DUE = sa.text(
    "SELECT least("
    + ", ".join(
        f"(SELECT min(due_at) FROM sla_thresholds WHERE state = 'armed' AND {rungs} AND {due})"
        for rungs in (f"NOT ({_ACTED})", _ACTED)  # each has an index of its own
        for due in ("due_at >= :since", "due_at < :since AND ticket_id = :ticket")
    )
    + ")"
)
"""What has fallen due has fired, but for the ticket just touched: an audit that rejects work arms
again what fell due meanwhile."""

log = structlog.get_logger(__name__)


class DemoCityBroken(RuntimeError):
    """A ticket of the demo city could not be swept: the program contradicts itself."""


async def seed_if_empty(settings: Settings, urls: ServiceUrls) -> bool:
    """Build the demo city in a database without departments and tickets, and tell whether it was.

    Args:
        settings: of this process.
        urls: where the database is.
    """
    engine = make_engine(urls.database_url, application_name="hotline.demo", pool_size=1)
    try:
        async with engine.connect() as connection, connection.begin():
            # Sessions on this connection end in savepoints: nothing is seen before all is done.
            session_maker = async_sessionmaker(
                connection,
                class_=AsyncSession,
                expire_on_commit=False,
                join_transaction_mode="create_savepoint",
            )
            await connection.execute(_LOCK)
            # Tables filled by one transaction have no statistics, and keep every row's past.
            await connection.execute(_BY_INDEX)
            if not await is_empty(session_maker):
                return False
            cipher = FieldCipher(resolve_secret_key(settings))
            await build_city(session_maker, cipher, now=datetime.now(UTC))
        tidy = engine.execution_options(isolation_level="AUTOCOMMIT")
        async with tidy.connect() as connection:
            await connection.execute(sa.text("VACUUM (ANALYZE)"))
    finally:
        await engine.dispose()
    return True


async def is_empty(session_maker: SessionMaker) -> bool:
    """Tell whether there is no department but the hotline centre, and no ticket."""
    async with session_maker() as session, session.begin():
        departments = await session.exec(
            select(func.count()).select_from(Department).where(col(Department.code) != HOTLINE)
        )
        tickets = await session.exec(select(func.count()).select_from(Ticket))
        return departments.one() == 0 and tickets.one() == 0


async def build_city(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    *,
    now: datetime,
    count: int = COUNT,
    history: int = HISTORY,
    seed: int = SEED,
) -> None:
    """Write the directory and `count` tickets, as they stand at `now`.

    Args:
        session_maker: of an installation that has its basics and nothing else.
        cipher: for the requesters' data.
        now: the present instant; nothing happens after it.
        count: how many tickets; every path is taken at least once.
        history: how many more that ended in the months before.
        seed: the same seed and instant tell the same stories.
    """
    began = time.monotonic()
    city = load()
    rng = random.Random(seed)  # noqa: S311  # it tells stories, not secrets
    founded_at = now - (HISTORY_SPAN if history else SPAN)
    await ensure_basics(session_maker, cipher, founded_at)
    async with session_maker() as session, session.begin():
        founding = Tx(session, founded_at, cipher, "demo", FOUNDER)
        cast = await settle(founding, city)
        await catalogue.publish(founding, city)
        await ask(founding)
        active = await POLICIES.active(session, await newest_policy_id(session))
    policies = [pinned.policy for pinned in active]
    lives = plan(city, cast, policies, now=now, count=count, rng=rng)
    past = random.Random(f"{seed} before")  # noqa: S311  # the present is told as if it were alone
    lives += plan_history(city, cast, policies, lives, now=now, count=history, rng=past)
    matters = Matters(city, policies, cast, rng)
    books = Books(session_maker, cipher, cast, founded_at=founded_at, now=now)
    async with session_maker() as session:
        course = _Course(session_maker, session, cipher)
        with _progress(lives) as bar:
            for at, place, deed in _in_order(lives):
                life = lives[place]
                await _nights(course, books, at)
                await course.sweep_until(at)
                if deed is None:
                    await course.submit(life, matters.submitter(life.script.matter))
                else:
                    await course.do(life, deed)
                bar.update()
        await _nights(course, books, now)
        await course.sweep_until(now)
        await course.rest()
        await books.post(now)
        await _tell_stories(session, cipher, cast, rng, now)
        await _open_roads(session, cipher, now)
        await found_practice(Tx(session, now, cipher, "demo", FOUNDER))
        await session.commit()
    await books.post(now)
    log.info(
        "demo city is built",
        tickets=len(lives),
        overtaken=len(course.overtaken),
        seconds=round(time.monotonic() - began, 1),
    )


async def _tell_stories(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, rng: random.Random, now: datetime
) -> None:
    """Let happen what is no ticket's course: papers, letters, calls, disputes, knowledge."""
    await issue_papers(session, cipher, cast, now=now)
    await look_at_places(Tx(session, now, cipher, "demo", FOUNDER), cast, rng)
    await supervise(session, cipher, cast, now)
    await keep_views(Tx(session, now, cipher, "demo", FOUNDER), cast)
    await enter_events(session, cipher, cast, rng, now)
    await observe(session, cipher, cast, now)
    await dispute_events(session, cipher, cast, now)
    await leave_out(session, cipher, cast, now)
    await burst_main(session, cipher, cast, now)
    await begin_drafts(session, cipher, cast, now)
    await leave_letters(session, cipher, cast, now)
    await take_calls(session, cipher, cast, now)
    await know(session, cipher, cast, now)
    await open_to_others(session, cipher, cast, now)
    await citizens_report(session, cipher, now)
    await let_out(session, cipher, cast, now)


async def _nights(course: "_Course", books: Books, until: datetime) -> None:
    """Let the nights before an instant pass."""
    for night in books.nights_until(until):
        await course.sweep_until(night)
        await course.rest()
        await books.keep(night)


async def _open_roads(session: AsyncSession, cipher: FieldCipher, now: datetime) -> None:
    """Give everybody an invented address, and let what was told long ago be told."""
    usual = DEFAULT_PREFERENCES
    for user_id, username in (await session.exec(select(User.id, User.username))).all():
        session.add(
            UserContact(
                user_id=user_id,
                email=cipher.encrypt(f"{username}@example.com"),
                quiet_from=usual.quiet_from,
                quiet_to=usual.quiet_to,
                hourly_limit=usual.hourly_limit,
                updated_at=now,
            )
        )
    long_ago = now - _TOLD
    await session.exec(
        update(Notice)
        .where(col(Notice.created_at) < long_ago)
        .values(routed_at=Notice.created_at)
        .execution_options(synchronize_session=False)
    )
    await session.exec(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.topic) == RequesterConcerned.topic,
            col(OutboxMessage.created_at) < long_ago,
        )
        .values(relayed_at=OutboxMessage.created_at)
        .execution_options(synchronize_session=False)
    )


def _in_order(lives: list[Life]) -> list[tuple[datetime, int, int | None]]:
    """Return every submission and deed in the order of time: instant, life, deed."""
    events: list[tuple[datetime, int, int | None]] = []
    for place, life in enumerate(lives):
        events.append((life.start, place, None))
        events.extend((at, place, deed) for deed, at in enumerate(life.instants))
    return sorted(
        events, key=lambda event: (event[0], event[1], -1 if event[2] is None else event[2])
    )


@contextmanager
def _progress(lives: list[Life]) -> Iterator["tqdm[None]"]:
    total = sum(1 + len(life.instants) for life in lives)
    with tqdm(
        total=total, desc="Demo city", unit="step", disable=not sys.stderr.isatty(), leave=False
    ) as bar:
        yield bar


class _Course:
    """Lets time pass in the demo city.

    What people do between two firings of clocks shares a transaction of the session.
    """

    def __init__(
        self, session_maker: SessionMaker, session: AsyncSession, cipher: FieldCipher
    ) -> None:
        self._session_maker = session_maker
        self._session = session
        self._cipher = cipher
        self._now = datetime.min.replace(tzinfo=UTC)
        self._next_due: datetime | None = None
        self._touched: Life | None = None
        self._rests = 0
        self.overtaken: dict[str, str] = {}

    async def submit(self, life: Life, actor: Principal) -> None:
        """Submit a ticket."""
        script = life.script
        new = script.matter.new_ticket(life.start, script.days_ago)
        created = await create_ticket(self._tx(life.start, actor), new)
        script.id, script.number = created.id, created.number
        await self._look_ahead(life, life.start)

    async def do(self, life: Life, deed: int) -> None:
        """Do what the script says next."""
        step, at = life.script.deeds[deed], life.instants[deed]
        if life.script.number in self.overtaken:
            return
        try:
            async with self._session.begin_nested():
                await step.act(self._tx(at, step.actor), life.script.number)
        except (
            IllegalTransition,
            IllegalAssignmentMove,
            MergeImpossible,
            RepeatImpossible,
            TicketNotFound,
        ) as refusal:
            # Whoever lets his time pass finds that the system has acted in his place, that it is
            # another's by now, or that the matter he would join has ended: so ends what was meant to
            # be told of this ticket.
            self.overtaken[life.script.number] = refusal.code
        await self._look_ahead(life, at)

    async def sweep_until(self, instant: datetime) -> None:
        """Fire and do whatever falls due before `instant`, each when it does.

        Raises:
            DemoCityBroken: a ticket could not be swept.
        """
        while self._next_due is not None and self._next_due < instant:
            now = max(self._next_due, self._now)
            await self._session.commit()
            done = await sweep_once(
                self._session_maker, self._cipher, now=now, since=self._next_due
            )
            acted = await act_once(self._session_maker, self._cipher, now=now)
            if done.parked or not (done.fired or acted):
                raise DemoCityBroken("a ticket of the demo city could not be swept")
            await self._look_ahead(None, now)

    async def rest(self) -> None:
        """Let others see what was done so far, and the planner how much it is by now."""
        self._rests += 1
        if self._rests % _LOOKS_AGAIN == 0:
            await self._session.exec(sa.text("ANALYZE"))  # type: ignore[call-overload]
        await self._session.commit()

    async def _look_ahead(self, touched: Life | None, now: datetime) -> None:
        """Note when the next level falls due."""
        # What fires late on the ticket touched last may be followed by what is late as well.
        self._touched = touched = touched or self._touched
        await self._session.flush()
        self._session.expunge_all()  # every action reads afresh, as it does in life
        self._now = now
        self._next_due = (
            await self._session.exec(  # type: ignore[call-overload]
                _NEXT_DUE, params={"since": now, "ticket": touched.script.id if touched else None}
            )
        ).scalar_one()

    def _tx(self, now: datetime, actor: Principal) -> Tx:
        return Tx(self._session, now, self._cipher, f"demo:{now.isoformat()}", actor)
