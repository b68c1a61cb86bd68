"""The worker: jobs, the relay of the outbox and the sweep of due clocks, in one process.

Each goes on for ever. When PostgreSQL or Redis is away it waits and tries again, so
that a restart of either needs nobody's hand.
"""

import asyncio
import contextlib
import gc
import os
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from arq import Retry, Worker
from arq.cron import cron
from arq.worker import func
from sqlmodel import col, update

from credit.cases.telling import remind_of_cases
from credit.consequences.actions import follow_grades_once
from credit.entries.confirming import confirm_due
from credit.entries.offering import offer_due
from credit.intake.posting import topics as credit_topics
from credit.jobs import freeze_due, publish_due, score_due
from credit.observers.telling import look_after_observers
from credit.platform.actions import push_once
from credit.platform.adapters import open_platform
from credit.repairs.jobs import settle_entries
from credit.reports.jobs import draft_due, remind_of_reports
from hotline.anomalies.actions import scan_due
from hotline.escalation.accounting import remind_of_interviews
from hotline.escalation.acknowledgement import raise_unacknowledged
from hotline.escalation.acts import act_once
from hotline.escalation.house import archive_due, check_house
from hotline.escalation.knowledge import look_after_knowledge
from hotline.escalation.outages import SWEEPER, note_outage
from hotline.escalation.sweep import next_due, sweep_once
from hotline.followup.field_checks import plan_due
from hotline.followup.second_looks import draw_due
from hotline.incidents.tending import gather_once, watch_once, weigh_once
from hotline.intake.mail.actions import BATCH, MAILBOX, take_letters
from hotline.intake.mail.mailboxes import mailbox_at
from hotline.intake.mail.ports import MailboxAway
from hotline.kernel.clock import SHANGHAI, Clock, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.heartbeat import beat
from hotline.kernel.jobs import GiveUp, Job, is_passing, retrying
from hotline.kernel.logging import redact_text
from hotline.kernel.outbox import OutboxMessage, Tell, WaitingFact, newest_waiting, relay_once
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.notices.adapters.opening import open_ports
from hotline.notices.courier import courier_once
from hotline.notices.pruning import prune_once, retention_of
from hotline.notices.webhooks.courier import open_event_port, prune_events, send_events_once
from hotline.open311.forgetting import forget_tests
from hotline.people.principal import SYSTEM, Tx
from hotline.search.filling.actions import fill_missing
from hotline.sla.calendars import recalculate_provisional
from hotline.supervision.board.sums import settle_board
from hotline.supervision.bulletins.actions import draft_weekly
from hotline.supervision.bulletins.rules import WEEKLY_AT
from web.exports.making import FOLDER, prune_exports
from web.live.telling import Teller
from web.run.citizens import tend_citizens
from web.run.connections import QUEUE, connect_queue
from web.run.migrate import require_newest
from web.run.redelivery import redeliver
from web.run.services import services
from web.run.signals import until_told_to_stop
from web.run.subscribers import JOBS, SUBSCRIBERS
from web.run.suggest import count_suggestions, train_when_due
from web.run.visits import sampling_rule

HEALTH_KEY = "hotline:worker:health"
"""Written by arq while jobs are taken; gone when the worker is."""

_RELAY_BATCH = 500
_RELAY_PAUSE_SECONDS = 0.2
_PEEK_SECONDS = 0.4
"""Pages do not wait for a round that has much to hand over."""

_LONGEST_SLEEP_SECONDS = 0.5
_SHORTEST_SLEEP_SECONDS = 0.02
_BEAT_SECONDS = 2.0
_REDELIVERY_SECONDS = 60.0
_NO_LIMIT_OF_ARQ = 1_000_000  # a shutdown counts as a try with arq; ours are counted by the job
_HOUSE_SECONDS = 300.0
_PLATFORM_SECONDS = 2.0
_MAILBOX_SECONDS = 20.0
_CATCH_UP_SECONDS = 30.0
_RETRY_SECONDS = 60
_SCAN_HOUR, _SCAN_MINUTE = 2, 30
_SCAN_SECONDS = 3600
_WEIGH_HOUR, _WEIGH_MINUTE = 3, 40
_GATHER_MINUTES = set(range(3, 60, 10))
_SETTLE_HOUR, _SETTLE_MINUTE = 0, 20
_CREDIT_MINUTE = 10
_BOARD_MINUTES = set(range(3, 60, 5))
_SEARCH_MINUTE = 40
_CITIZENS_MINUTE = 25
_REPORT_MINUTES = set(range(5, 60, 10))
_LEARN_WEEKDAY, _LEARN_HOUR, _LEARN_MINUTE = 6, 3, 30
_LEARN_DELAY_SECONDS = 20.0
_COUNT_MINUTES = set(range(7, 60, 10))
_FIRST_DELAY_SECONDS = 0.2
_ORPHAN_SECONDS = 8.0
_CANCEL_AGAIN_SECONDS = 1.0
_LONGEST_DELAY_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def keep_going(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Run `loop` for ever: after an error wait a little, longer each time, and begin again."""
    delay = _FIRST_DELAY_SECONDS
    while True:
        began = time.monotonic()
        try:
            await loop()
        except Exception as error:
            if time.monotonic() - began > _LONGEST_DELAY_SECONDS:
                delay = _FIRST_DELAY_SECONDS
            if is_passing(error):
                log.warning("loop waits for a service", loop=name, error=repr(error), seconds=delay)
            else:
                log.exception("loop has failed and begins again", loop=name, seconds=delay)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


async def end_all(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended.

    Once is not enough: a cancellation that meets a library's own time-out is taken for it and lost.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        ended, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.warning("task ended with an error", error=type(error).__name__)


class Pulse:
    """Writes a heartbeat, not more often than monitors can see."""

    def __init__(self, session_maker: SessionMaker, name: str, clock: Clock) -> None:
        self._session_maker = session_maker
        self._name = name
        self._clock = clock
        self._next = 0.0

    async def beat(self) -> None:
        """Write that the loop went round, if the last time is long enough ago."""
        if time.monotonic() >= self._next:
            await beat(self._session_maker, self._name, self._clock.now())
            self._next = time.monotonic() + _BEAT_SECONDS


def telling(teller: Teller | None, clock: Clock) -> Tell:
    """Return what lets open pages know of facts and never fails: pages also look again by themselves."""

    async def tell(facts: Sequence[WaitingFact]) -> None:
        if teller is None:
            return
        try:
            await teller.tell(facts, clock.now())
        except Exception as error:
            if is_passing(error):
                log.warning("open pages were not told", error=type(error).__name__)
            else:
                log.exception("open pages were not told")

    return tell


async def beside(
    doing: Callable[[], Awaitable[None]], work: Coroutine[Any, Any, int], *, every: float
) -> int:
    """Return what `work` comes to; as long as it lasts, do something beside it again and again."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=every))[0]:
            await doing()
        return task.result()
    finally:
        task.cancel()


async def relay(
    session_maker: SessionMaker,
    redis_url: str,
    subscribers: Mapping[str, Sequence[str]],
    clock: Clock,
    teller: Teller | None = None,
) -> None:
    """Hand facts from the outbox to the queue, and tell open pages of them, until cancelled."""
    queue = connect_queue(redis_url)
    pulse = Pulse(session_maker, "relay", clock)

    async def enqueue(job: str, job_id: str, fact_id: str) -> object:
        return await queue.enqueue_job(job, fact_id, _job_id=job_id)

    tell = telling(teller, clock)

    async def peek() -> None:
        await tell(await newest_waiting(session_maker, _RELAY_BATCH))

    try:
        await peek()
        while True:
            one_round = relay_once(
                session_maker, enqueue, subscribers, now=clock.now(), limit=_RELAY_BATCH, tell=tell
            )
            count = await beside(peek, one_round, every=_PEEK_SECONDS)
            await pulse.beat()
            if count < _RELAY_BATCH:
                await asyncio.sleep(_RELAY_PAUSE_SECONDS)
    finally:
        await queue.aclose()


async def look_after_lost(
    session_maker: SessionMaker, subscribers: Mapping[str, Sequence[str]], clock: Clock
) -> None:
    """Send facts again whose jobs Redis has lost, until cancelled."""
    while True:
        if count := await redeliver(session_maker, subscribers, now=clock.now()):
            log.warning("facts are sent again because their jobs were lost", count=count)
        await asyncio.sleep(_REDELIVERY_SECONDS)


async def sweep(session_maker: SessionMaker, cipher: FieldCipher, clock: Clock) -> None:
    """Fire clocks as they fall due until cancelled.

    Asleep until the next one is due, and never longer than half a second, so that one that is armed
    meanwhile and falls due earlier is not overslept.
    """
    if began := await note_outage(session_maker, clock.now()):
        log.error("nobody watched the deadlines", since=began.isoformat())
    pulse = Pulse(session_maker, SWEEPER, clock)
    while True:
        due = await next_due(session_maker)
        await pulse.beat()
        if due is None or due > clock.now():
            await asyncio.sleep(_until(due, clock))
            continue
        done = await sweep_once(session_maker, cipher, now=clock.now())
        if not done.may_be_more:
            # Somebody else has what is due in his hands.
            await asyncio.sleep(_SHORTEST_SLEEP_SECONDS)


async def act(session_maker: SessionMaker, cipher: FieldCipher, clock: Clock) -> None:
    """Do what is done by itself, and raise what nobody acknowledged, until cancelled."""
    pulse = Pulse(session_maker, "acts", clock)
    while True:
        acted = await act_once(session_maker, cipher, now=clock.now())
        raised = await raise_unacknowledged(session_maker, cipher, now=clock.now())
        await pulse.beat()
        if not acted and not raised:
            await asyncio.sleep(_LONGEST_SLEEP_SECONDS)


async def carry(
    session_maker: SessionMaker, cipher: FieldCipher, settings: Settings, clock: Clock
) -> None:
    """Carry messages by every road that is set up, until cancelled."""
    pulse = Pulse(session_maker, "courier", clock)
    async with open_ports(settings) as ports:
        while True:
            done = await courier_once(
                session_maker, cipher, ports, clock.now(), tracking_url=settings.tracking_url
            )
            await pulse.beat()
            if not done:
                await asyncio.sleep(_LONGEST_SLEEP_SECONDS)


async def read_mailbox(
    session_maker: SessionMaker, cipher: FieldCipher, settings: Settings, clock: Clock
) -> None:
    """Take in letters until cancelled; a mailbox that is away is asked again."""
    mailbox = mailbox_at(settings.mailbox, settings.home)
    pulse = Pulse(session_maker, MAILBOX, clock)
    while True:
        try:
            count = await take_letters(session_maker, cipher, mailbox, clock)
        except MailboxAway as error:
            log.warning("the mailbox is away", error=str(error))
            count = 0
        else:
            await pulse.beat()
        if count < BATCH:
            await asyncio.sleep(_MAILBOX_SECONDS)


async def carry_events(
    session_maker: SessionMaker, cipher: FieldCipher, settings: Settings, clock: Clock
) -> None:
    """Send events to the departments' own systems until cancelled; switched off, let them wait."""
    async with open_event_port(settings) as port:
        while True:
            done = 0
            if port is not None:
                done = await send_events_once(session_maker, cipher, port, clock.now())
            if not done:
                await asyncio.sleep(_LONGEST_SLEEP_SECONDS)


async def tell_platform(session_maker: SessionMaker, settings: Settings, clock: Clock) -> None:
    """Send what the credit platform is to be told, until cancelled; without a platform, wait."""
    async with open_platform(settings) as platform:
        while True:
            done = 0
            if platform is not None:
                done = await push_once(session_maker, platform, clock.now())
            if not done:
                await asyncio.sleep(_PLATFORM_SECONDS)


async def look_after_house(
    session_maker: SessionMaker, cipher: FieldCipher, settings: Settings, clock: Clock
) -> None:
    """Check that deadlines are watched; archive, let credit take effect, draw and prune; for ever."""
    await let_sweep_catch_up(session_maker, clock)
    while True:
        await check_house(session_maker, cipher, clock.now())
        await archive_due(session_maker, cipher, clock.now())
        await remind_of_interviews(session_maker, cipher, clock.now())
        await look_after_knowledge(session_maker, cipher, clock.now())
        await remind_of_cases(session_maker, cipher, clock.now())
        await confirm_due(session_maker, cipher, clock.now())
        await offer_due(session_maker, cipher, clock.now())
        await look_after_observers(session_maker, cipher, clock.now())
        async with session_maker() as session, session.begin():
            await recalculate_provisional(Tx(session, clock.now(), cipher, "house", SYSTEM))
        await plan_due(session_maker, cipher, clock.now(), sampling_rule(settings))
        await draw_due(session_maker, cipher, clock.now(), settings.field_check_seed)
        await follow_grades_once(session_maker, cipher, clock.now())
        await prune_once(session_maker, clock.now(), retention_of(settings))
        await forget_tests(session_maker, clock.now())
        await prune_events(session_maker, clock.now() - retention_of(settings).deliveries)
        await prune_exports(session_maker, settings.home / FOLDER, clock.now())
        await asyncio.sleep(_HOUSE_SECONDS)


async def let_sweep_catch_up(session_maker: SessionMaker, clock: Clock) -> None:
    """Wait until what fell due during a standstill is swept: until then the house looks neglected.

    Not for ever: whether deadlines are watched at all is for the first check to say.
    """
    ends = clock.now() + timedelta(seconds=_CATCH_UP_SECONDS)
    while True:
        due = await next_due(session_maker)
        if due is None or due > clock.now() or clock.now() >= ends:
            return
        await asyncio.sleep(_LONGEST_SLEEP_SECONDS)


async def draft_weekly_bulletin(ctx: dict[str, Any]) -> bool:
    """Draft the digest of the week before, on Mondays and when a worker starts; once for each week."""
    try:
        async with ctx["session_maker"]() as session, session.begin():
            now = ctx["clock"].now()
            return await draft_weekly(Tx(session, now, ctx["cipher"], "weekly", SYSTEM))
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise


async def look_for_anomalies(ctx: dict[str, Any]) -> int:
    """Look through the days that are over and were not looked through; for every night.

    What a night misses, the next one makes good. It may run twice: cards are made once.
    """
    count = await scan_due(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    log.info("days are looked through", cards=count)
    return count


async def watch_for_bursts(ctx: dict[str, Any]) -> int:
    """Hold the last hour against its own past, every minute. It may run twice: a burst is raised once."""
    try:
        return await watch_once(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise


async def gather_incidents(ctx: dict[str, Any]) -> int:
    """Gather like tickets anew and end what is quiet, every ten minutes; the same gives the same."""
    try:
        found, ended = await gather_once(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    if found or ended:
        log.info("incidents are gathered", found=found, ended=ended)
    return found


async def weigh_words_nightly(ctx: dict[str, Any]) -> int:
    """Measure what words tell, every night and when a worker starts."""
    try:
        return await weigh_once(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise


async def settle_credit_entries(ctx: dict[str, Any]) -> None:
    """Repair what repairs itself and end what is over; every night, and when a worker starts.

    What a night misses, the next one makes good. It may run twice: an entry is touched once.
    """
    try:
        repaired, ended = await settle_entries(
            ctx["session_maker"], ctx["cipher"], ctx["clock"].now()
        )
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    log.info("entries of credit are settled", repaired=repaired, ended=ended)


async def look_after_reports(ctx: dict[str, Any]) -> int:
    """Draft the reports of what was frozen and remind of those that are late, every ten minutes.

    It may run twice: of a period one report lives at a time, and each reminder is sent once.
    """
    settings: Settings = ctx["settings"]
    session_maker, cipher, now = ctx["session_maker"], ctx["cipher"], ctx["clock"].now()
    try:
        drafted = await draft_due(
            session_maker,
            cipher,
            now,
            due_day=settings.report_due_day,
            with_lists=settings.red_black_lists,
        )
        await remind_of_reports(session_maker, cipher, now)
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    return drafted


async def look_after_citizens(ctx: dict[str, Any]) -> list[str]:
    """Publish the months that are due and forget what nobody went on with, every hour.

    It may run twice: what is published stays, and what is forgotten is gone.
    """
    try:
        months = await tend_citizens(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    for month in months:
        log.info("public figures are published", month=month)
    return months


async def learn_suggestions(ctx: dict[str, Any]) -> bool:
    """Learn anew from closed tickets when enough are new; weekly, and a while after a worker starts.

    So that the first model comes by itself. The start itself is left in peace.
    """
    await asyncio.sleep(_LEARN_DELAY_SECONDS)
    try:
        return await train_when_due(ctx["session_maker"], ctx["cipher"], ctx["clock"].now())
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise


async def count_what_was_suggested(ctx: dict[str, Any]) -> int:
    """Count what became of suggestions, every ten minutes; it goes on where the last one ended."""
    return await count_suggestions(
        ctx["settings"], ctx["session_maker"], ctx["cipher"], ctx["clock"].now()
    )


async def keep_credit(ctx: dict[str, Any]) -> None:
    """Score a new day, freeze what is over, publish what was shown for long enough.

    Every hour and when a worker starts: what a standstill missed is made good at once. The first hour of
    a day begins with the freezing of what ended with the day before.
    """
    maker, cipher, now = ctx["session_maker"], ctx["cipher"], ctx["clock"].now()
    try:
        frozen = await freeze_due(maker, cipher, now)
        published = await publish_due(maker, cipher, now)
        scored = await score_due(maker, cipher, now)
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    if frozen or published or scored:
        log.info("credit is kept", frozen=frozen, published=published, scored=scored)


async def fill_search(ctx: dict[str, Any]) -> int:
    """Fill what the index lacks, every hour and when a worker starts: after an upgrade, all of it.

    Each part is a transaction of its own; whatever fills the same ticket meanwhile waits its turn.
    """
    written = 0
    try:
        async for progress in fill_missing(ctx["session_maker"], ctx["cipher"], ctx["clock"].now()):
            written = progress.changed
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    if written:
        log.info("the index of the search is filled", tickets=written)
    return written


async def keep_board(ctx: dict[str, Any]) -> int:
    """Sum up the days that have ended and those of which something was written later, every five minutes.

    Each part is a transaction of its own. Until a day is summed up its readers count it themselves.
    """
    maker, now = ctx["session_maker"], ctx["clock"].now()
    try:
        summed = await settle_board(maker, now)
    except Exception as error:
        if is_passing(error):
            raise Retry(defer=_RETRY_SECONDS) from error
        raise
    if summed:
        log.info("days of the board are summed up", days=summed)
    return summed


def _until(due: datetime | None, clock: Clock) -> float:
    """Return for how many seconds to sleep when the next work is `due`."""
    wait = _LONGEST_SLEEP_SECONDS if due is None else (due - clock.now()).total_seconds()
    return min(max(wait, _SHORTEST_SLEEP_SECONDS), _LONGEST_SLEEP_SECONDS)


def parking(session_maker: SessionMaker, clock: Clock) -> GiveUp:
    """Return what sets aside a fact that a job cannot deal with, where people see it."""

    async def park(fact_id: str, error: Exception) -> None:
        async with session_maker() as session, session.begin():
            await session.exec(
                update(OutboxMessage)
                .where(col(OutboxMessage.id) == uuid.UUID(fact_id))
                .values(
                    attempts=OutboxMessage.attempts + 1,
                    last_error=redact_text(f"{type(error).__name__}: {error}")[:500],
                    parked_at=clock.now(),
                )
            )

    return park


async def take_jobs(
    redis_url: str, jobs: Sequence[Job], give_up: GiveUp, ctx: dict[str, Any]
) -> None:
    """Work off the queue until cancelled; work that is cut short goes back to the queue."""
    queue = connect_queue(redis_url)
    worker = Worker(
        [
            func(
                retrying(job, give_up),  # type: ignore[arg-type]  # arq asks for *args, **kwargs
                name=job.name,
                max_tries=_NO_LIMIT_OF_ARQ,
                timeout=job.timeout + 5,
            )
            for job in jobs
        ],
        cron_jobs=[
            cron(
                draft_weekly_bulletin,
                name="supervision.draft_weekly",
                weekday=0,
                hour=WEEKLY_AT.hour,
                minute=WEEKLY_AT.minute,
                run_at_startup=True,  # whatever was missed while no worker ran
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                keep_credit,
                name="credit.keep",
                minute=_CREDIT_MINUTE,
                timeout=_SCAN_SECONDS,
                run_at_startup=True,  # whatever was missed while no worker ran
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                look_for_anomalies,
                name="anomalies.scan",
                hour=_SCAN_HOUR,
                minute=_SCAN_MINUTE,
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                watch_for_bursts,
                name="incidents.watch",
                second=0,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                gather_incidents,
                name="incidents.gather",
                minute=_GATHER_MINUTES,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                weigh_words_nightly,
                name="incidents.weigh",
                hour=_WEIGH_HOUR,
                minute=_WEIGH_MINUTE,
                run_at_startup=True,  # whatever was missed while no worker ran
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                settle_credit_entries,
                name="credit.settle_entries",
                hour=_SETTLE_HOUR,
                minute=_SETTLE_MINUTE,
                run_at_startup=True,  # whatever was missed while no worker ran
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                look_after_citizens,
                name="citizens.look_after",
                minute=_CITIZENS_MINUTE,
                run_at_startup=True,  # whatever was missed while no worker ran
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                learn_suggestions,
                name="suggestions.learn",
                weekday=_LEARN_WEEKDAY,
                hour=_LEARN_HOUR,
                minute=_LEARN_MINUTE,
                run_at_startup=True,  # the first model comes without anybody's hand
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                count_what_was_suggested,
                name="suggestions.count",
                minute=_COUNT_MINUTES,
                run_at_startup=True,  # from when on choices count
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                look_after_reports,
                name="credit.look_after_reports",
                minute=_REPORT_MINUTES,
                run_at_startup=True,
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                keep_board,
                name="supervision.keep_board",
                minute=_BOARD_MINUTES,
                run_at_startup=True,  # whatever was missed while no worker ran
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
            cron(
                fill_search,
                name="search.fill_missing",
                minute=_SEARCH_MINUTE,
                run_at_startup=True,  # whatever was missed while no worker ran
                timeout=_SCAN_SECONDS,
                max_tries=_NO_LIMIT_OF_ARQ,
            ),
        ],
        queue_name=QUEUE,
        redis_pool=queue,
        ctx=dict(ctx),
        handle_signals=False,
        keep_result=0,
        poll_delay=0.2,
        health_check_interval=5,
        health_check_key=HEALTH_KEY,
        timezone=SHANGHAI,  # type: ignore[arg-type]  # any tzinfo will do
        job_serializer=queue.job_serializer,
        job_deserializer=queue.job_deserializer,
        log_results=False,
    )
    try:
        await worker.main()
    finally:
        await end_all(list(worker.tasks.values()))
        with contextlib.suppress(OSError):
            await queue.aclose()


def _end_with_parent(stop: asyncio.Event) -> None:
    """Stop when standard input closes, and be gone soon after, whatever else has died meanwhile."""
    loop = asyncio.get_running_loop()
    parent = sys.stdin.fileno()

    def orphaned() -> None:
        loop.remove_reader(parent)
        stop.set()
        # Work that is cut off is work not committed: the next worker does it.
        loop.call_later(_ORPHAN_SECONDS, os._exit, 1)

    loop.add_reader(parent, orphaned)


async def run_worker(settings: Settings, *, with_parent: bool = False) -> None:
    """Work until told to stop.

    Args:
        settings: of this process.
        with_parent: standard input is a pipe from the parent; stop when it closes.
    """
    async with until_told_to_stop() as stop:
        if with_parent:
            _end_with_parent(stop)
        async with services(settings, command="hotline worker") as urls:
            await require_newest(urls.database_url)
            clock = SystemClock()
            cipher = FieldCipher(resolve_secret_key(settings))
            engine = make_engine(urls.database_url, application_name="hotline.worker")
            session_maker = make_session_maker(engine)
            ctx = {
                "session_maker": session_maker,
                "clock": clock,
                "cipher": cipher,
                "tells_platform": settings.credit_platform is not None,
                "settings": settings,
            }
            give_up = parking(session_maker, clock)
            teller = Teller(session_maker, sorted(credit_topics()))
            loops = {
                "jobs": lambda: take_jobs(urls.redis_url, JOBS, give_up, ctx),
                "relay": lambda: relay(session_maker, urls.redis_url, SUBSCRIBERS, clock, teller),
                "redelivery": lambda: look_after_lost(session_maker, SUBSCRIBERS, clock),
                "sweeper": lambda: sweep(session_maker, cipher, clock),
                "acts": lambda: act(session_maker, cipher, clock),
                "courier": lambda: carry(session_maker, cipher, settings, clock),
                "events": lambda: carry_events(session_maker, cipher, settings, clock),
                "platform": lambda: tell_platform(session_maker, settings, clock),
                "house": lambda: look_after_house(session_maker, cipher, settings, clock),
            }
            if settings.mailbox is not None:
                loops["mailbox"] = lambda: read_mailbox(session_maker, cipher, settings, clock)
            # What is loaded by now stays: the collector need not look through it at every turn.
            gc.collect()
            gc.freeze()
            tasks = [asyncio.create_task(keep_going(name, loop)) for name, loop in loops.items()]
            log.info("worker runs", jobs=len(JOBS))
            await stop.wait()
            await end_all(tasks)
            await engine.dispose()
    log.info("worker has stopped")
