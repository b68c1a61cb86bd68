"""A day of ten thousand tickets, with disputes, holds and reworks, worked off by simulated staff.

Whoever may act on a ticket does what the machine allows him then, through the same functions as the
pages, at an instant of a time that runs faster than ours; the sweeper fires and the facts reach their
subscribers in between. When every ticket has come to its end, the whole is held against the rules: the
history verifies, the lengths of all hops add up, no ticket is orphaned, the doctor finds nothing.
"""

import asyncio
import contextvars
import heapq
import json
import random
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
import uvloop
from sqlmodel import col, select

from bench.behaviour import (
    HABITS,
    WORDS,
    Scene,
    Situation,
    Turn,
    after_refusal,
    likely,
    turns_of,
)
from bench.house import free_port, house, process
from hotline.escalation.acknowledgement import raise_unacknowledged
from hotline.escalation.acts import act_once
from hotline.escalation.house import archive_due
from hotline.escalation.sweep import sweep_once
from hotline.followup.access import asked_so_far, group_of, visits_of
from hotline.followup.actions import record_visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.errors import DomainError
from hotline.kernel.outbox import relay_once
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import REQUESTER, Principal, Tx
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureState
from hotline.sla.queries import newest_policy_id
from hotline.tickets.actions.intake import create_ticket
from hotline.tickets.holdings import holdings_of
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, State, actions_from
from hotline.tickets.models import Ticket, TicketEvent
from hotline.tickets.step import POLICIES
from hotline.tickets.verification import verify_histories
from hotline.tickets.watch import tickets_without_deadline
from web.pages.action_forms import FORMS
from web.run.bootstrap import FOUNDER, ensure_basics
from web.run.demo import catalogue
from web.run.demo.directory import Cast, settle
from web.run.demo.loader import load
from web.run.demo.matters import Matter, Matters
from web.run.demo.schedule import CALLS_BY_HOUR
from web.run.doctor import examine
from web.run.subscribers import JOBS, SUBSCRIBERS

TICKETS = 10_000
SEED = 12345
DAYS_AGO = 150
"""Long enough ago that the longest suspension and the archive lie behind us as well."""

WINDOW = timedelta(seconds=60)
HANDS = 4
"""Transactions at once."""

MOST_TURNS = 300
"""A ticket that needs more is going round in circles."""

_ACTED = "rung IN ('act', 'order', 'listing')"
_NEXT_DUE = sa.text(
    f"SELECT least((SELECT min(due_at) FROM sla_thresholds WHERE state = 'armed' AND {_ACTED}), "
    f"(SELECT min(due_at) FROM sla_thresholds WHERE state = 'armed' AND NOT ({_ACTED})))"
)
_SITUATION = sa.text(
    "SELECT t.id, t.status, t.hold, t.round, t.due_at, d.code AS lead, "
    "(SELECT array_agg(c.code) FROM assignments a JOIN departments c ON c.id = a.department_id "
    "WHERE a.ticket_id = t.id AND a.ended_at IS NULL AND a.role = 'co' "
    "AND a.state IN ('pending_sign', 'signed', 'contacted', 'working')) AS co, "
    "(SELECT s.state FROM supervision_orders s WHERE s.ticket_id = t.id AND s.hop = t.hop "
    "AND s.round = t.round AND s.state IN ('issued', 'acknowledged', 'answered')) AS order_state, "
    "EXISTS (SELECT 1 FROM sla_clocks k WHERE k.ticket_id = t.id AND k.kind = 'urge_reply' "
    "AND k.state = 'running') AS owes_urge, "
    "(SELECT min(p.position) FROM plan_milestones p JOIN procedures r ON r.id = p.procedure_id "
    "WHERE r.ticket_id = t.id AND r.state = 'running' AND p.done_at IS NULL) AS milestone, "
    "(SELECT array_agg(c.code) FROM meeting_units u JOIN meetings m ON m.id = u.meeting_id "
    "JOIN departments c ON c.id = u.department_id WHERE u.ticket_id = t.id AND m.kind = 'whistle' "
    "AND m.state IN ('called', 'reported_in')) AS whistled, "
    "(SELECT array_agg(c.code) FROM meeting_units u JOIN meetings m ON m.id = u.meeting_id "
    "JOIN departments c ON c.id = u.department_id WHERE u.ticket_id = t.id AND m.kind = 'whistle' "
    "AND m.state IN ('called', 'reported_in') AND u.answered_at IS NULL) AS called, "
    "(SELECT array_agg(c.code) FROM meeting_units u JOIN meetings m ON m.id = u.meeting_id "
    "JOIN departments c ON c.id = u.department_id WHERE u.ticket_id = t.id "
    "AND m.kind = 'consultation' AND m.state IN ('called', 'reported_in') "
    "AND u.answered_at IS NULL) AS consulted, "
    "(SELECT array_agg(c.code) FROM meeting_tasks w JOIN departments c ON c.id = w.department_id "
    "WHERE w.ticket_id = t.id AND w.done_at IS NULL AND w.dropped_at IS NULL) AS tasked, "
    "(SELECT array_agg(c.code) FROM meeting_units u JOIN meetings m ON m.id = u.meeting_id "
    "JOIN departments c ON c.id = u.department_id WHERE u.ticket_id = t.id AND m.kind = 'whistle' "
    "AND m.state IN ('decided', 'done') AND u.score IS NULL) AS unscored "
    "FROM tickets t LEFT JOIN departments d ON d.id = t.lead_department_id "
    "WHERE t.number = :number"
)

_doing: contextvars.ContextVar[str] = contextvars.ContextVar("doing", default="beside the actions")


@dataclass(slots=True)
class Tally:
    """What one action cost, all times together."""

    times: list[float] = field(default_factory=list)
    statements: int = 0

    def figures(self) -> dict[str, Any]:
        """Return the figures of a report."""
        ordered = sorted(self.times)
        return {
            "n": len(ordered),
            "mean_ms": round(sum(ordered) / len(ordered) * 1000, 1),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
            "statements": round(self.statements / len(ordered), 1),
        }


class Day:
    """The course of the simulated day and of the weeks in which its tickets come to their end."""

    def __init__(
        self,
        session_maker: SessionMaker,
        cipher: FieldCipher,
        cast: Cast,
        matters: Matters,
        begins_at: datetime,
        rng: random.Random,
    ) -> None:
        self.session_maker = session_maker
        self.cipher = cipher
        self.cast = cast
        self.matters = matters
        self.begins_at = begins_at
        self.rng = rng
        self.units = [
            person.department_code
            for name, person in cast.people.items()
            if name.startswith("handler.") and person.department_code
        ]
        self._lately: list[str] = []
        self._to_do: dict[str, Turn] = {}
        self._told: list[tuple[str, Matter]] = []
        self._earlier: dict[str, str] = {}
        self.now = begins_at
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.refused: Counter[str] = Counter()
        self.broken: list[str] = []
        self.circling: list[str] = []
        self.seen: Counter[str] = Counter()
        self.fired = 0
        self.acted = 0
        self.turns: Counter[str] = Counter()
        self._queue: list[tuple[datetime, int, str | None]] = []
        self._order = count()
        self._hands = asyncio.Semaphore(HANDS)
        self._jobs = {job.name: job.func for job in JOBS}

    def fill(self, tickets: int) -> None:
        """Spread the day's calls over its hours."""
        for hour in self.rng.choices(range(24), CALLS_BY_HOUR, k=tickets):
            at = self.begins_at + timedelta(hours=hour, seconds=self.rng.uniform(0, 3600))
            self._put(at, None)

    def _put(self, at: datetime, number: str | None) -> None:
        heapq.heappush(self._queue, (at, next(self._order), number))

    async def run(self) -> None:
        """Let time pass until nobody has anything left to do."""
        while True:
            due = await self._next_due()
            instants = [at for at in (due, self._queue[0][0] if self._queue else None) if at]
            if not instants:
                break
            self.now = max(self.now, min(instants)) + WINDOW
            await self._people()
            await self._worker()
        self.now += timedelta(days=31)
        while await archive_due(self.session_maker, self.cipher, self.now, batch=1000):
            await self._relay()

    async def _next_due(self) -> datetime | None:
        async with self.session_maker() as session:
            found: datetime | None = (await session.exec(_NEXT_DUE)).scalar_one()  # type: ignore[call-overload]
            return found

    async def _people(self) -> None:
        """Let everybody act whose turn comes within the window, each ticket in its own order."""
        turns = []
        while self._queue and self._queue[0][0] <= self.now:
            at, _, number = heapq.heappop(self._queue)
            turns.append(self._turn(at, number))
        await asyncio.gather(*turns)

    async def _worker(self) -> None:
        """Fire, act, raise and relay as the worker does."""
        busy = True
        while busy:
            swept = await sweep_once(self.session_maker, self.cipher, now=self.now)
            self.fired += swept.fired
            busy = swept.may_be_more
            while await act_once(self.session_maker, self.cipher, now=self.now):
                self.acted += 1
                busy = True
        await raise_unacknowledged(self.session_maker, self.cipher, now=self.now)
        await self._relay()

    async def _relay(self) -> None:
        context = {
            "session_maker": self.session_maker,
            "cipher": self.cipher,
            "clock": SimpleNamespace(now=lambda: self.now),
        }

        async def deliver(job: str, _job_id: str, fact_id: str) -> None:
            handed.append((job, fact_id))

        while True:
            handed: list[tuple[str, str]] = []
            if not await relay_once(self.session_maker, deliver, SUBSCRIBERS, now=self.now):
                return
            for job, fact_id in handed:
                try:
                    await self._jobs[job](context, fact_id)
                except DomainError as error:
                    self.refused[f"{job}: {error.code}"] += 1

    # -- one turn ------------------------------------------------------------------------------------

    async def _turn(self, at: datetime, number: str | None) -> None:
        async with self._hands:
            if number is None:
                await self._submit(at)
                return
            situation, pending = await self._look(number)
            self.seen[str(situation.state)] += 1
            self.turns[number] += 1
            if self.turns[number] > MOST_TURNS:
                self.circling.append(f"{number} at {situation.state}")
                return
            turn = self._told_to(number, situation) or likely(
                turns_of(situation, pending), self.rng
            )
            if turn is None:
                return
            await self._do(turn, number, at, situation)

    async def _submit(self, at: datetime) -> None:
        earlier = None
        if self._told and self.rng.random() < HABITS.tells_again:
            earlier, matter = self.rng.choice(self._told)
        else:
            matter = self.matters.draw(lambda _one: True, is_dispatched=False)
            self.matters.take(matter, is_dispatched=False)
        async with self._counted("submit"), self.session_maker() as session, session.begin():
            tx = Tx(session, at, self.cipher, "day", self.matters.submitter(matter))
            created = await create_ticket(tx, matter.new_ticket(at, self.rng.randint(1, 4)))
        self._lately.append(created.number)
        self._told.append((created.number, matter))
        if earlier is not None:
            self._earlier[created.number] = earlier
        self._again(created.number, at, at + timedelta(minutes=30))

    def others(self, number: str) -> Sequence[str]:
        """Return tickets that came in lately; one may join another only when there is one."""
        return [one for one in self._lately[-20:] if one != number] or [number]

    async def _look(self, number: str) -> tuple[Situation, Sequence[Procedure]]:
        async with self.session_maker() as session:
            ticket_id, *found = (await session.exec(_SITUATION, params={"number": number})).one()  # type: ignore[call-overload]
            pending = await session.exec(
                select(Procedure).where(
                    Procedure.ticket_id == ticket_id,
                    col(Procedure.state).in_([ProcedureState.PENDING, ProcedureState.RUNNING]),
                )
            )
            return Situation(*found), pending.all()

    async def _to_ask(self, number: str) -> uuid.UUID | None:
        """Return whoever of several requesters is asked next."""
        async with self.session_maker() as session:
            ticket = (await session.exec(select(Ticket).where(Ticket.number == number))).one()
            asked = asked_so_far(
                await group_of(session, ticket.id),
                await visits_of(session, ticket.id, ticket.round),
            )
        return next((one.requester_id for one in asked if one.is_open), None)

    async def _do(self, turn: Turn, number: str, at: datetime, situation: Situation) -> None:
        actor = self._actor(turn)
        asked = await self._to_ask(number) if turn.action is Action.RECORD_VISIT else None
        others = self.others(number)
        earlier = self._earlier.get(number, others[0])
        words = WORDS[turn.action](
            Scene(situation, at, self.rng, self.units, others, earlier, asked)
        )
        ticket: Ticket | None = None
        try:
            async with self._counted(turn.action), self.session_maker() as session, session.begin():
                tx = Tx(session, at, self.cipher, "day", actor)
                ticket = await _run(turn.action, tx, number, words)
        except DomainError as error:
            self.refused[f"{turn.action}: {error.code}"] += 1
            after = after_refusal(turn, error)
            if after is not None:
                self._to_do[number] = after
        except Exception as error:  # noqa: BLE001  # reported: one fault does not end the day
            self.broken.append(f"{turn.action} of {number}: {error!r}"[:300])
        state = situation.state
        due_at = situation.due_at
        if ticket is not None:
            state, due_at = State(ticket.status, ticket.hold), ticket.due_at
        is_over = state.status not in OPEN_STATUSES and state.hold is None
        if is_over and self.rng.random() > HABITS.comes_back:
            return
        self._again(number, at, due_at or at + timedelta(days=self.rng.uniform(1, 14)))

    def _told_to(self, number: str, situation: Situation) -> Turn | None:
        """Return what a refusal has asked for, if the ticket is still where it was refused."""
        turn = self._to_do.pop(number, None)
        if turn is None:
            return None
        is_here = turn.action in actions_from(situation.state)
        return turn if is_here and turn.unit in {None, situation.lead} else None

    def _again(self, number: str, at: datetime, due_at: datetime) -> None:
        """Put the next turn of a ticket at a share of what is left, mostly little, sometimes too much."""
        left = max(due_at - at, timedelta(minutes=2))
        self._put(at + left * HABITS.share(self.rng) + timedelta(seconds=1), number)

    def _actor(self, turn: Turn) -> Principal:
        if turn.unit is not None:
            chief = turn.is_chief or self.rng.random() < HABITS.chiefs
            return (self.cast.leader if chief else self.cast.handler)(turn.unit)
        if turn.role is None:
            return REQUESTER
        return self.cast.staff(turn.role, self.rng, but=self._asker(turn))

    def _asker(self, turn: Turn) -> Principal | None:
        return next(
            (one for one in self.cast.people.values() if one.user_id and one.user_id == turn.asker),
            None,
        )

    def _counted(self, action: str) -> "_Counted":
        return _Counted(self.tallies[str(action)], str(action))


class _Counted:
    """Times what happens inside, and lets its statements be counted."""

    def __init__(self, tally: Tally, action: str) -> None:
        self._tally = tally
        self._action = action

    async def __aenter__(self) -> None:
        self._token = _doing.set(self._action)
        self._began = time.perf_counter()

    async def __aexit__(self, *_: object) -> None:
        self._tally.times.append(time.perf_counter() - self._began)
        _doing.reset(self._token)


async def _run(action: Action, tx: Tx, number: str, words: dict[str, Any]) -> Ticket:
    if action is Action.RECORD_VISIT:  # a ticket's own form knows one requester only
        said = {name: words.pop(name) for name in ("reached", "solved", "rating", "was_contacted")}
        return await record_visit(tx, number, VisitAnswer(**said), **words)
    done: Ticket = await FORMS[action].run(tx, number, **words, expected_version=None)
    return done


async def verified(session_maker: SessionMaker) -> dict[str, Any]:
    """Hold everything against the rules."""
    tickets = rows = 0
    faults: dict[str, Any] = {}
    async with session_maker() as session:
        async for found in verify_histories(session):
            tickets += found.tickets
            rows += found.rows
            faults |= found.faults
    async with session_maker() as session:
        now = datetime.now(UTC)
        orphans = await tickets_without_deadline(session, now, 50)
        ends = dict(
            (
                await session.exec(
                    select(Ticket.closure_code, sa.func.count()).group_by(col(Ticket.closure_code))
                )
            ).all()
        )
        rounds = (await session.exec(select(sa.func.max(Ticket.round)))).one()
        bounces = (await session.exec(select(sa.func.max(Ticket.bounce_count)))).one()
        still_open = (
            await session.exec(
                select(sa.func.count())
                .select_from(Ticket)
                .where(col(Ticket.status).in_(OPEN_STATUSES))
            )
        ).one()
        inexact = await _inexact_hops(session_maker)
    return {
        "tickets": tickets,
        "timeline_rows": rows,
        "faults": len(faults),
        "first_faults": [f"{number}: {what}" for number, what in list(faults.items())[:5]],
        "hop_sums_not_exact": inexact,
        "orphans": len(orphans),
        "still_open": still_open,
        "ends": {str(code.value if code else "none"): n for code, n in ends.items()},
        "most_rounds": rounds,
        "most_bounces": bounces,
    }


async def _inexact_hops(session_maker: SessionMaker) -> int:
    """Count tickets whose hops do not add up to the time that the requester has been waiting."""
    wrong = 0
    async with session_maker() as session:
        rows = await session.exec(
            select(TicketEvent.ticket_id, TicketEvent.at, TicketEvent.changes).order_by(
                col(TicketEvent.ticket_id), col(TicketEvent.seq)
            )
        )
        of_ticket: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for ticket_id, at, changes in rows:
            of_ticket[ticket_id].append({"at": at, "changes": changes})
    now = datetime.now(UTC)
    for timeline in of_ticket.values():
        holdings = holdings_of(timeline, now)
        wrong += sum(hop.microseconds for hop in holdings.hops) != holdings.total
    return wrong


async def _examined(settings: Settings) -> Sequence[str]:
    """Let a real worker take over, and ask the doctor."""
    async with process(settings, "web.run.cli", "worker", port=free_port()):
        await asyncio.sleep(15)
        return [f"{one.subject}: {one.said}" for one in await examine(settings) if not one.ok]


async def run(tickets: int, seed: int) -> dict[str, Any]:
    """Return what the day came to and what it cost."""
    rng = random.Random(seed)
    midnight = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    begins_at = (midnight - timedelta(days=DAYS_AGO)).astimezone(UTC)
    async with house() as (settings, urls):
        engine = make_engine(urls.database_url, application_name="bench.day", pool_size=HANDS + 2)
        session_maker = make_session_maker(engine)
        # It is about what is right; how fast a disk writes, and what a crash leaves, is measured apart.
        async with engine.connect() as connection, connection.begin():
            await connection.execute(sa.text("ALTER DATABASE hotline SET synchronous_commit = off"))
        await engine.dispose()
        cipher = FieldCipher(resolve_secret_key(settings))
        await ensure_basics(session_maker, cipher, begins_at)
        city = load()
        async with session_maker() as session, session.begin():
            tx = Tx(session, begins_at, cipher, "day", FOUNDER)
            cast = await settle(tx, city)
            await catalogue.publish(tx, city)
        async with session_maker() as session, session.begin():
            active = await POLICIES.active(session, await newest_policy_id(session))
        matters = Matters(city, [pinned.policy for pinned in active], cast, rng)
        day = Day(session_maker, cipher, cast, matters, begins_at, rng)

        def counted(*_: object) -> None:
            day.tallies[_doing.get()].statements += 1

        sa.event.listen(engine.sync_engine, "before_cursor_execute", counted)
        day.fill(tickets)
        began = time.perf_counter()
        await day.run()
        seconds = time.perf_counter() - began
        beside = day.tallies.pop("beside the actions", Tally())
        result = {
            "seconds": round(seconds, 1),
            "actions": sum(len(tally.times) for tally in day.tallies.values()),
            "levels_fired": day.fired,
            "acts_of_the_system": day.acted,
            "statements_beside_the_actions": beside.statements,
            **await verified(session_maker),
            "by_action": {name: t.figures() for name, t in sorted(day.tallies.items()) if t.times},
            "refused": dict(day.refused.most_common()),
            "broken": day.broken,
            "going_round": day.circling,
            "turns_in": dict(day.seen.most_common()),
            "actions_never_taken": sorted(
                str(action) for action in FORMS if str(action) not in day.tallies
            ),
        }
        await engine.dispose()
        result["doctor_complains_of"] = await _examined(settings)
    return result


if __name__ == "__main__":
    options = sys.argv[1:]
    wanted = int(options[options.index("--tickets") + 1]) if "--tickets" in options else TICKETS
    with_seed = int(options[options.index("--seed") + 1]) if "--seed" in options else SEED
    print(json.dumps(uvloop.run(run(wanted, with_seed)), ensure_ascii=False, indent=1))
