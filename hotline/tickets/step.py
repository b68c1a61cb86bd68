"""One step of a ticket: the shape that every action has.

An action locks the ticket (`Step.begin`), asks whether it is allowed (`decide`), changes what is its
own business, and ends with `finish`, which moves the state, turns the clocks, settles the promise,
writes the one timeline row and emits the facts, all in the caller's transaction.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select, update

from hotline.kernel.facts import Fact
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.sla.clocks import Change, ClockState
from hotline.sla.models import Clock, ClockChange
from hotline.sla.policy import ClockKind, Level, Limit
from hotline.sla.queries import PinnedPolicy, PolicyBook
from hotline.sla.timers import Clocks, Start, Subject
from hotline.tickets import policy
from hotline.tickets.access import is_called, lock_for_action
from hotline.tickets.assignments import (
    ENDED,
    AssignmentRole,
    AssignmentState,
    Punctuality,
    require_following,
)
from hotline.tickets.counted import AssignmentSettled
from hotline.tickets.events import (
    GroupChanged,
    PromiseEnded,
    RequesterConcerned,
    TicketMoved,
    WorkBegunAgain,
)
from hotline.tickets.history import difference, snapshot
from hotline.tickets.lifecycle import (
    HANDLING,
    KEEPS_CLOCKS,
    OPEN_STATUSES,
    TRANSITIONS,
    Action,
    Hold,
    Move,
    Outcome,
    Relation,
    State,
    Status,
    guiding_clocks,
    next_move,
)
from hotline.tickets.meeting_models import Meeting, MeetingTask, MeetingUnit
from hotline.tickets.meetings import LIVE, MeetingState
from hotline.tickets.models import (
    Assignment,
    Audience,
    Commitment,
    CommitmentState,
    Post,
    Ticket,
)
from hotline.tickets.settling import end_changed, settled_tasks
from hotline.tickets.timeline import Entry, acting_role, append
from hotline.tickets.urges import mark_answered
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendars

POLICIES = PolicyBook()
"""Versions of policies never change, so one memory of them serves the whole process."""

_POSTS: Mapping[Status | Hold, Post] = {
    Status.SUBMITTED: Post.ACCEPTANCE_DESK,
    Status.ACCEPTED: Post.DISPATCH_DESK,
    Status.FEEDBACK_SUBMITTED: Post.AUDIT_DESK,
    Status.PENDING_VISIT: Post.VISIT_DESK,
    Hold.CONSULTATION: Post.DISPATCH_DESK,
    Hold.RETURN_REVIEW: Post.DISPATCH_DESK,
    Hold.ARBITRATION: Post.AUTHORITY,
    Hold.FINAL_REPLY: Post.SUPERVISION_DESK,
    Hold.RATING_CHECK: Post.AUDIT_DESK,
}
"""The hotline's own posts; every other open state is held by the leading department."""

_REACHED_AT: Mapping[Status, str] = {
    Status.ACCEPTED: "accepted_at",
    Status.DISPATCHED: "dispatched_at",
    Status.PENDING_VISIT: "completed_at",
    Status.CLOSED: "closed_at",
    Status.NOT_ACCEPTED: "closed_at",
    Status.TRANSFERRED_OUT: "closed_at",
    Status.MERGED: "closed_at",
    Status.CANCELLED: "closed_at",
    Status.ARCHIVED: "archived_at",
}

_LEAD_CLOCKS = frozenset(
    {
        ClockKind.SIGN,
        ClockKind.FIRST_CONTACT,
        ClockKind.MILESTONE,
        ClockKind.CLOSE_OUT,
        ClockKind.SUPERVISION_REPLY,
        ClockKind.URGE_REPLY,
        *HANDLING,
    }
)

_PAUSED_BY = (Action.DECIDE_SUSPENSION, Action.REQUEST_SUPPLEMENT, Action.DECIDE_SUPPLEMENT)
"""What lets the work wait with the hotline's consent."""

_UNIT_CLOCKS = frozenset({ClockKind.CO_OPINION, ClockKind.REPORT_IN, ClockKind.MEETING_TASK})
"""Clocks of which each unit concerned has one of its own."""

UNWATCHED_AFTER = timedelta(seconds=60)
"""A level that has not fired by then was not late but unwatched."""

_NEWS: Mapping[tuple[Action, Outcome], str] = {
    (Action.ACCEPT, Outcome.DONE): "accepted",
    (Action.REQUEST_SUPPLEMENT, Outcome.DONE): "supplement_asked",
    (Action.DECIDE_SUPPLEMENT, Outcome.APPROVED): "supplement_asked",
    (Action.DECIDE_EXTENSION, Outcome.APPROVED): "extended",
    (Action.DECIDE_SUSPENSION, Outcome.APPROVED): "suspended",
    (Action.REVIEW_SUSPENSION, Outcome.CONTINUED): "suspension_continued",
    (Action.REVIEW_SUSPENSION, Outcome.ENDED): "suspension_ended",
    (Action.END_SUSPENSION, Outcome.DONE): "suspension_ended",
    (Action.DECIDE_RECTIFICATION, Outcome.APPROVED): "plan_approved",
    (Action.COMPLETE_MILESTONE, Outcome.DONE): "milestone_done",
    (Action.COMPLETE_MILESTONE, Outcome.COMPLETED): "milestone_done",
    (Action.END_RECTIFICATION, Outcome.COMPLETED): "plan_completed",
    (Action.END_RECTIFICATION, Outcome.FAILED): "plan_failed",
    (Action.DECIDE_FINAL_REPLY, Outcome.APPROVED): "final_replied",
    (Action.MERGE, Outcome.DONE): "merged",
    (Action.SPLIT, Outcome.PROMISED): "split",
    (Action.SPLIT, Outcome.UNPROMISED): "split",
}
"""Steps that the requester is told of; beside them he is told of the end of his matter."""

_VOIDING = frozenset({Status.CANCELLED, Status.MERGED, Status.TRANSFERRED_OUT})
"""Ends at which an open promise is void: nobody is owed it any more."""


Follower = Callable[["Step"], Awaitable[None]]

_FOLLOWERS: list[Follower] = []


def follow_moves(follower: Follower) -> Follower:
    """Have something done whenever a ticket has come to another state, in the same transaction.

    For what belongs to a ticket's state but lies above this package and may not outlive it.
    """
    _FOLLOWERS.append(follower)
    return follower


class Step:
    """A locked ticket on its way through one action."""

    def __init__(
        self,
        tx: Tx,
        ticket: Ticket,
        assignments: Sequence[Assignment],
        clocks: Clocks,
        pinned: PinnedPolicy,
        calendars: Calendars,
        hotline_id: int,
        *,
        is_called: bool = False,
    ) -> None:
        self.tx = tx
        self.ticket = ticket
        self.assignments = list(assignments)
        self.clocks = clocks
        self.policy = pinned
        self.calendars = calendars
        self._hotline_id = hotline_id
        self._is_called = is_called
        self._before = snapshot(ticket)
        self._from = self.state
        self._role: Role | None = None
        self._promised: Commitment | None = None
        self._handed_to: tuple[uuid.UUID | None, Post | None] | None = None
        self._round, self._closure = ticket.round, ticket.closure_code
        self._ended: list[Assignment] = []
        self._told: list[Fact] = []

    @classmethod
    async def begin(cls, tx: Tx, number: str, expected_version: int | None = None) -> "Step":
        """Lock a ticket and load what an action may need.

        Raises:
            TicketNotFound: there is none, or none for the actor.
            StaleTicket: it has changed since he read it.
        """
        ticket, hotline_id = await lock_for_action(tx.session, tx.actor, number, expected_version)
        assignments = await tx.session.exec(
            select(Assignment)
            .where(Assignment.ticket_id == ticket.id, col(Assignment.ended_at).is_(None))
            .order_by(col(Assignment.assigned_at))
        )
        return cls(
            tx,
            ticket,
            assignments.all(),
            await Clocks.of(tx, ticket.id),
            await POLICIES.version(tx.session, ticket.policy_id),
            await CALENDARS.in_force(tx.session),
            hotline_id,
            is_called=await is_called(tx.session, tx.actor, ticket.id),
        )

    @property
    def state(self) -> State:
        """Where the ticket is."""
        return State(self.ticket.status, self.ticket.hold)

    @property
    def lead(self) -> Assignment | None:
        """The leading department's open task."""
        return next((a for a in self.assignments if a.role is AssignmentRole.LEAD), None)

    @property
    def own(self) -> Assignment | None:
        """The open task of the actor's department."""
        department = self.tx.actor.department_id
        return next((a for a in self.assignments if a.department_id == department), None)

    @property
    def relation(self) -> Relation:
        """What the actor's department is to the ticket."""
        return relation_of(self.ticket, self.tx.actor, self.own, is_called=self._is_called)

    def standing(self, opened: Sequence[tuple[Action, uuid.UUID | None]] = ()) -> policy.Standing:
        """Return what the actor is to the ticket."""
        return policy.Standing(
            self.tx.actor.roles, self.relation, self.tx.actor.user_id, tuple(opened)
        )

    def decide(
        self,
        action: Action,
        outcome: Outcome = Outcome.DONE,
        opened: Sequence[tuple[Action, uuid.UUID | None]] = (),
    ) -> Move:
        """Return the move to make, if the actor may make it now.

        Raises:
            ActionForbidden: his roles do not include it.
            NotYourTask: his department has no such task.
            SecondPersonNeeded: he asked for what he would now decide.
            IllegalTransition: the ticket's state does not allow it.
        """
        policy.require(self.standing(opened), action)
        self._role = acting_role(self.tx.actor, TRANSITIONS[action].roles)
        return next_move(self.state, action, outcome)

    def tell(self, *facts: Fact) -> None:
        """Have facts leave with those of the step itself."""
        self._told += facts

    def hand_to(self, user_id: uuid.UUID | None = None, post: Post | None = None) -> None:
        """Name who of the hotline holds the ticket after this step, instead of the state's post."""
        self._handed_to = (user_id, post)

    def set_task(self, task: Assignment, state: AssignmentState) -> None:
        """Move a department's task on.

        Raises:
            IllegalAssignmentMove: its present state does not lead there.
        """
        require_following(task.state, state)
        task.state = state
        if state in ENDED:
            task.ended_at = self.tx.now
            self.assignments.remove(task)
            self._ended.append(task)

    def assign(
        self, department_id: int, role: AssignmentRole, note: str | None = None
    ) -> Assignment:
        """Give a department its task on the ticket."""
        task = Assignment(
            id=uuid7(self.tx.now),
            ticket_id=self.ticket.id,
            hop=self.ticket.hop,
            department_id=department_id,
            role=role,
            state=AssignmentState.PENDING_SIGN,
            note=note,
            assigned_at=self.tx.now,
        )
        self.tx.session.add(task)
        self.assignments.append(task)
        return task

    async def has_followers(self) -> bool:
        """Tell whether other tickets on the same matter follow this one."""
        return (
            await self.tx.session.exec(
                select(Ticket.id).where(Ticket.parent_id == self.ticket.id).limit(1)
            )
        ).first() is not None

    async def active_commitment(self) -> Commitment | None:
        """Return the promise that is still owed."""
        return (
            await self.tx.session.exec(
                select(Commitment).where(
                    Commitment.ticket_id == self.ticket.id,
                    Commitment.state == CommitmentState.ACTIVE,
                )
            )
        ).first()

    def promise(
        self, *, content: str, due_at: datetime, handler_limit: Limit | None = None
    ) -> Commitment:
        """Write a promise; its number is the ticket's with the round."""
        commitment = Commitment(
            id=uuid7(self.tx.now),
            ticket_id=self.ticket.id,
            number=f"{self.ticket.number}-{self.ticket.history_count + 1}",
            round=self.ticket.round,
            content=content,
            department_id=self.ticket.lead_department_id,
            promised_by=self.tx.actor.user_id,
            handler_limit=str(handler_limit) if handler_limit else None,
            promised_at=self.tx.now,
            due_at=due_at,
            state=CommitmentState.ACTIVE,
        )
        self.tx.session.add(commitment)
        self._promised = commitment
        return commitment

    def fulfil(self, commitment: Commitment) -> None:
        """Mark a promise as kept that was fulfilled without a department."""
        commitment.state = CommitmentState.KEPT
        commitment.outcome_at = self.tx.now

    async def finish(
        self,
        move: Move,
        action: Action,
        outcome: Outcome = Outcome.DONE,
        *,
        text: str | None = None,
        reason: str | None = None,
        audience: Audience = Audience.STAFF,
        details: Mapping[str, Any] | None = None,
        handler_limit: Limit | None = None,
        only_department: int | None = None,
        charged_until: datetime | None = None,
        limits: Mapping[ClockKind, Limit | Sequence[Limit]] | None = None,
        unit_starts: Sequence[Start] = (),
    ) -> Ticket:
        """Make the move: state, holder, clocks, promise, timeline, facts.

        Args:
            move: what `decide` returned.
            action: the action.
            outcome: the end it came to.
            text: what was written.
            reason: a coded reason.
            audience: who may read the timeline row.
            details: what else belongs to the row; never personal data.
            handler_limit: a stricter limit for the work, when one was promised.
            limits: limits of clocks that start here, instead of the policy's; several limits start
                as many clocks of the kind.
            unit_starts: clocks of single units among those that the move starts.
            only_department: settle only this department's clocks.
            charged_until: count the pause that ends here as used up to this instant.
        """
        ticket = self.ticket
        self._judge(move, only_department)
        ticket.status, ticket.hold = move.applied_to(self.state)
        ticket.round += move.next_round
        self._mark_instants()
        self._hand_over()
        if self.state != self._from:
            for follow in _FOLLOWERS:
                await follow(self)
        settled = await self._turn_clocks(
            move,
            action,
            {ClockKind.COMPLETE: handler_limit, **(limits or {})},
            only_department,
            charged_until,
            unit_starts,
        )
        lapsed = await self._end_meetings()
        await self._end_promise(settled)
        if any(clock.kind is ClockKind.URGE_REPLY for clock in settled):
            await mark_answered(self.tx, ticket.id, action)
        guide = self.clocks.first(guiding_clocks(self.state))
        ticket.due_at = guide.due_at if guide else None
        ticket.level = self.clocks.level
        ticket.version += 1
        await append(
            self.tx,
            ticket,
            Entry(
                action,
                outcome,
                text,
                reason,
                audience,
                {**(details or {}), **({"lapsed": lapsed} if lapsed else {})},
            ),
            role=self._role,
            before=self._from,
            changes=difference(self._before, snapshot(ticket)),
        )
        await emit(
            self.tx,
            moved(self.tx, ticket, self._from, action, outcome),
            *self._news(action, outcome),
            *self._begun_again(move, action),
            *await self._group_news(move),
            *await self._settled_tasks(settled),
            *end_changed(ticket, self._from.status, self._closure),
            *self._told,
        )
        return ticket

    def _judge(self, move: Move, only_department: int | None) -> None:
        """Write on the lead's task how it kept the limits that end here.

        Before anything else is written, so that the task is written once.
        """
        lead = self.lead
        if lead is None or only_department not in {None, lead.department_id}:
            return
        for clock in self.clocks.live:
            if clock.kind not in move.settles or clock.department_id != lead.department_id:
                continue
            if clock.kind is ClockKind.SIGN:
                lead.sign_outcome = self._punctuality(clock)
            elif clock.kind is ClockKind.FIRST_CONTACT:
                # Handed in for a reason that an audit will judge, with nobody to speak with.
                lead.contact_outcome = (
                    self._punctuality(clock) if lead.contacted_at else Punctuality.NOT_ASKED
                )

    def _punctuality(self, clock: Clock) -> Punctuality:
        timing = clock.timing.settled(self.clocks.calendar(clock), self.tx.now)
        if timing.state is ClockState.MET:
            return Punctuality.IN_TIME
        is_excused = was_never_warned(clock, self.tx.now)
        return Punctuality.EXCUSED if is_excused else Punctuality.LATE

    async def _settled_tasks(self, settled: Sequence[Clock]) -> Sequence[AssignmentSettled]:
        """Return what each department is done with here, or free of."""
        if not self._ended:
            return ()
        return settled_tasks(
            self.ticket,
            self._ended,
            round_=self._round,
            was_paused=await self._was_paused(settled),
        )

    async def _was_paused(self, settled: Sequence[Clock]) -> bool:
        """Tell whether the work that ends here waited with consent; asked only where it has waited."""
        waited = [
            clock.id
            for clock in settled
            if clock.kind in HANDLING and clock.since != clock.started_at
        ]
        if not waited:
            return False
        found = await self.tx.session.exec(
            select(ClockChange.id)
            .where(
                col(ClockChange.clock_id).in_(waited),
                ClockChange.change == Change.PAUSED,
                col(ClockChange.reason).in_(_PAUSED_BY),
            )
            .limit(1)
        )
        return found.first() is not None

    async def _group_news(self, move: Move) -> Sequence[GroupChanged]:
        """Return that a group came to a department, if this is one and did."""
        ticket = self.ticket
        if ClockKind.SIGN not in move.starts or not await self.has_followers():
            return ()
        return (GroupChanged(ticket_id=str(ticket.id), ticket_number=ticket.number),)

    def _news(self, action: Action, outcome: Outcome) -> Sequence[RequesterConcerned]:
        """Return what the requester is told of this step, if anything."""
        ticket = self.ticket
        news = _NEWS.get((action, outcome))
        if news is None and ticket.status is Status.CLOSED is not self._from.status:
            news = "closed"
        if news is None:
            return ()
        expected_at = self._promised.due_at if self._promised else ticket.due_at
        return (
            RequesterConcerned(
                ticket_id=str(ticket.id),
                ticket_number=ticket.number,
                news=news,
                expected_at=expected_at.isoformat() if expected_at else None,
            ),
        )

    def _begun_again(self, move: Move, action: Action) -> Sequence[WorkBegunAgain]:
        """Return that a department has to handle the matter once more, if it has."""
        ticket = self.ticket
        if not move.next_round or ticket.status is not Status.PROCESSING:
            return ()
        return (
            WorkBegunAgain(
                ticket_id=str(ticket.id),
                ticket_number=ticket.number,
                round=ticket.round,
                action=action.value,
            ),
        )

    def _mark_instants(self) -> None:
        ticket = self.ticket
        if ticket.status is self._from.status:
            return
        reached = _REACHED_AT.get(ticket.status)
        if reached and self._from.status is not Status.MERGED:
            # Whoever goes his own way again was accepted when he was accepted.
            setattr(ticket, reached, self.tx.now)
        if ticket.status in OPEN_STATUSES:
            ticket.closed_at = None
            ticket.closure_code = None
            if ticket.status is not Status.PENDING_VISIT:
                ticket.completed_at = None

    def _hand_over(self) -> None:
        ticket = self.ticket
        if ticket.status not in OPEN_STATUSES and ticket.hold is None:
            ticket.owner_department_id = ticket.holder_user_id = ticket.holder_post = None
            return
        place: Status | Hold = (
            ticket.hold if ticket.hold in _POSTS and ticket.hold else ticket.status
        )
        post = _POSTS.get(place)
        if self._handed_to is not None:
            ticket.owner_department_id = self._hotline_id
            ticket.holder_user_id, ticket.holder_post = self._handed_to
            return
        if post is not None:
            if self.state == self._from and ticket.owner_department_id == self._hotline_id:
                return  # whoever of the hotline holds it, named by an escalation perhaps, keeps it
            ticket.owner_department_id = self._hotline_id
            ticket.holder_user_id, ticket.holder_post = None, post
            return
        lead = self.lead
        ticket.owner_department_id = ticket.lead_department_id
        ticket.holder_user_id = lead.handler_id if lead else None
        ticket.holder_post = None if ticket.holder_user_id else Post.DEPARTMENT_DUTY

    async def _turn_clocks(
        self,
        move: Move,
        action: Action,
        limits: Mapping[ClockKind, Limit | Sequence[Limit] | None],
        only_department: int | None,
        charged_until: datetime | None,
        unit_starts: Sequence[Start],
    ) -> list[Clock]:
        settled = await self.clocks.settle(move.settles, department_id=only_department)
        await self.clocks.submit(move.submits, action)
        await self.clocks.cancel(move.cancels)
        await self.clocks.pause(move.pauses, action)
        await self.clocks.resume(move.resumes, action, charged_until=charged_until)
        await self.clocks.resubmit(move.resubmits, action)
        if not guiding_clocks(self.state) and self.ticket.status not in KEEPS_CLOCKS:
            # Whatever ended the ticket, no clock of it may run on.
            await self.clocks.cancel_all()
        kinds = (*move.starts, *await self._revive(move.revives, action))
        if kinds:
            starts = self._starts(kinds, limits)
            starts += [start for start in unit_starts if start.kind in move.starts]
            await self.clocks.start(self._subject(), starts)
        return settled

    async def _revive(self, kinds: Sequence[ClockKind], action: Action) -> Sequence[ClockKind]:
        """Let clocks go on with what remained; return those of which none waits."""
        await self.clocks.resume(kinds, action)
        return [kind for kind in kinds if self.clocks.running({kind}) is None]

    async def _end_meetings(self) -> Sequence[str]:
        """Let what a meeting still owes lapse when the ticket has ended; return their numbers."""
        if guiding_clocks(self.state):
            return ()
        session, ticket_id, now = self.tx.session, self.ticket.id, self.tx.now
        ended = await session.exec(
            update(Meeting)
            .where(col(Meeting.ticket_id) == ticket_id, col(Meeting.state).in_(LIVE))
            .values(state=MeetingState.LAPSED, ended_at=now)
            .returning(col(Meeting.number))
        )
        numbers = sorted(number for (number,) in ended)
        if numbers:
            await session.exec(
                update(MeetingTask)
                .where(
                    col(MeetingTask.ticket_id) == ticket_id,
                    col(MeetingTask.done_at).is_(None),
                    col(MeetingTask.dropped_at).is_(None),
                )
                .values(dropped_at=now)
            )
            await session.exec(
                update(MeetingUnit)
                .where(
                    col(MeetingUnit.ticket_id) == ticket_id,
                    col(MeetingUnit.sight_ended_at).is_(None),
                    col(MeetingUnit.department_id).not_in(
                        select(MeetingTask.department_id).where(MeetingTask.ticket_id == ticket_id)
                    ),
                )
                .values(sight_ended_at=now)
            )
        return numbers

    def _subject(self) -> Subject:
        ticket = self.ticket
        return Subject(
            ticket.id,
            ticket.request_type.value,
            ticket.round,
            ticket.hop,
            self.policy,
            self.calendars,
        )

    def _starts(
        self,
        kinds: Sequence[ClockKind],
        limits: Mapping[ClockKind, Limit | Sequence[Limit] | None],
    ) -> list[Start]:
        starts = [
            Start(
                kind,
                self.ticket.lead_department_id if kind in _LEAD_CLOCKS else self._hotline_id,
                limit,
            )
            for kind in kinds
            if kind not in _UNIT_CLOCKS
            for limit in _each(limits.get(kind))
        ]
        if ClockKind.COMPLETE in kinds:
            starts += [
                Start(ClockKind.CO_OPINION, task.department_id)
                for task in self.assignments
                if task.role is AssignmentRole.CO
            ]
        return starts

    async def _end_promise(self, settled: Sequence[Clock]) -> None:
        verdict = next((clock for clock in settled if clock.kind in HANDLING), None)
        voided = self.ticket.status in _VOIDING
        if verdict is None and not voided:
            return
        commitment = await self.active_commitment()
        if commitment is None:
            return
        if verdict is None:
            commitment.state = CommitmentState.VOID
            commitment.outcome_at = self.tx.now
            return
        kept = verdict.state is ClockState.MET
        await end_promise(
            self.tx,
            self.ticket,
            commitment,
            kept=kept,
            at=verdict.ended_at or self.tx.now,
            is_excused=not kept and was_never_warned(verdict, self.tx.now),
        )


def _each(limit: Limit | Sequence[Limit] | None) -> Sequence[Limit | None]:
    """Return the limit of each clock of a kind that starts: usually there is one."""
    return [limit] if limit is None or isinstance(limit, Limit) else limit


def was_never_warned(clock: Clock, now: datetime) -> bool:
    """Tell whether a clock passed its limit unwatched: nobody is scored for what he was not told."""
    return clock.level is Level.GREEN and now - clock.due_at > UNWATCHED_AFTER


def relation_of(
    ticket: Ticket, person: Principal, task: Assignment | None, *, is_called: bool = False
) -> Relation:
    """Return what a person's department is to a ticket; it leads even when its task is done.

    Args:
        ticket: the ticket.
        person: of the department.
        task: the department's open task, if it has one.
        is_called: whether it was called to a meeting that gives it sight of the ticket.
    """
    if person.department_id is not None and person.department_id == ticket.lead_department_id:
        return Relation.LEAD
    if task is None:
        return Relation.CALLED if is_called else Relation.NONE
    return Relation.LEAD if task.role is AssignmentRole.LEAD else Relation.CO


def moved(
    tx: Tx, ticket: Ticket, before: State | None, action: Action, outcome: Outcome
) -> TicketMoved:
    """Return the fact that an action was done to a ticket."""
    return TicketMoved(
        ticket_id=str(ticket.id),
        ticket_number=ticket.number,
        action=action.value,
        outcome=outcome.value,
        from_state=str(before) if before else "",
        to_state=str(State(ticket.status, ticket.hold)),
        round=ticket.round,
        version=ticket.version,
        owner_department_id=ticket.owner_department_id,
        lead_department_id=ticket.lead_department_id,
        holder_user_id=str(ticket.holder_user_id) if ticket.holder_user_id else None,
        at=tx.now.isoformat(),
    )


async def end_promise(
    tx: Tx,
    ticket: Ticket,
    commitment: Commitment,
    *,
    kept: bool,
    at: datetime,
    is_excused: bool = False,
) -> None:
    """Write what became of a promise and tell it to whoever keeps credit."""
    commitment.state = CommitmentState.KEPT if kept else CommitmentState.BROKEN
    commitment.outcome_at = at
    if commitment.department_id is not None:
        await emit(
            tx,
            PromiseEnded(
                commitment_id=str(commitment.id),
                ticket_id=str(ticket.id),
                ticket_number=ticket.number,
                department_id=commitment.department_id,
                outcome=commitment.state.value,
                due_at=commitment.due_at.isoformat(),
                outcome_at=at.isoformat(),
                is_excused=is_excused,
                hop=ticket.hop,
                round=commitment.round,
                category=ticket.category_code or "",
            ),
        )
