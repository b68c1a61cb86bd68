"""The ticket's machine, whole, as one table: status x hold x action x role.

A ticket's state is `status` (where it is on the main line) and `hold` (the one thing, if any, that
holds it up there). `TRANSITIONS` is the only place that says what may follow what, who may do it,
and what it does to the clocks; buttons, API, documents and tests are all read off it.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind


class Status(enum.StrEnum):
    """Where a ticket is on the main line."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    PROCESSING = "processing"
    FEEDBACK_SUBMITTED = "feedback_submitted"
    PENDING_VISIT = "pending_visit"
    CLOSED = "closed"
    ARCHIVED = "archived"
    NOT_ACCEPTED = "not_accepted"
    TRANSFERRED_OUT = "transferred_out"
    MERGED = "merged"
    CANCELLED = "cancelled"


OPEN_STATUSES = (
    Status.SUBMITTED,
    Status.ACCEPTED,
    Status.DISPATCHED,
    Status.PROCESSING,
    Status.FEEDBACK_SUBMITTED,
    Status.PENDING_VISIT,
)
"""Statuses in which somebody owes the requester something."""


class Hold(enum.StrEnum):
    """The one thing that holds a ticket up."""

    SUPPLEMENT = "supplement"
    CONSULTATION = "consultation"
    RETURN_REVIEW = "return_review"
    ARBITRATION = "arbitration"
    RECTIFICATION = "rectification"
    SUSPENSION = "suspension"
    FINAL_REPLY = "final_reply"
    RATING_CHECK = "rating_check"


class State(NamedTuple):
    """A ticket's place in the machine."""

    status: Status
    hold: Hold | None = None

    def __str__(self) -> str:
        return f"{self.status}/{self.hold}" if self.hold else str(self.status)


class Action(enum.StrEnum):
    """Something done to a ticket."""

    SUBMIT = "submit"
    IMPORT = "import"
    ACCEPT = "accept"
    ANSWER = "answer"
    REFUSE = "refuse"
    DECIDE_REFUSAL = "decide_refusal"
    OBJECT = "object"
    TRANSFER_OUT = "transfer_out"
    MERGE = "merge"
    SPLIT = "split"
    CONTRIBUTE = "contribute"
    EXPLAIN_REPEAT = "explain_repeat"
    DECIDE_REPEAT = "decide_repeat"
    WITHDRAW = "withdraw"
    DISPATCH = "dispatch"
    DIRECT_DISPATCH = "direct_dispatch"
    SIGN = "sign"
    CONTACT = "contact"
    PROGRESS = "progress"
    CHECK_IN = "check_in"
    NAME_HANDLER = "name_handler"
    SIGN_CO = "sign_co"
    REPORT_STAGE = "report_stage"
    EXPLAIN_DELAY = "explain_delay"
    SUBMIT_OPINION = "submit_opinion"
    PROPOSE_CO_DEPARTMENT = "propose_co_department"
    ADD_CO_DEPARTMENT = "add_co_department"
    RELEASE_CO_DEPARTMENT = "release_co_department"
    ASK_AGAIN = "ask_again"
    SUBMIT_FEEDBACK = "submit_feedback"
    PASS_AUDIT = "pass_audit"
    REJECT_AUDIT = "reject_audit"
    RECORD_VISIT = "record_visit"
    CLOSE_UNREACHED = "close_unreached"
    RATE_CLOSED = "rate_closed"
    RECORD_OWN_VISIT = "record_own_visit"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    URGE = "urge"
    ANSWER_URGE = "answer_urge"
    NOTE = "note"
    REQUEST_SUPPLEMENT = "request_supplement"
    DECIDE_SUPPLEMENT = "decide_supplement"
    PROVIDE_SUPPLEMENT = "provide_supplement"
    CANCEL_UNSUPPLEMENTED = "cancel_unsupplemented"
    REQUEST_CONSULTATION = "request_consultation"
    CALL_UNITS = "call_units"
    RESPOND_CONSULTATION = "respond_consultation"
    DECIDE_CONSULTATION = "decide_consultation"
    REQUEST_RETURN = "request_return"
    DECIDE_RETURN = "decide_return"
    WITHDRAW_RETURN = "withdraw_return"
    DISPUTE_RETURN = "dispute_return"
    REFER_ARBITRATION = "refer_arbitration"
    DECIDE_ARBITRATION = "decide_arbitration"
    REQUEST_EXTENSION = "request_extension"
    DECIDE_EXTENSION = "decide_extension"
    REQUEST_SUSPENSION = "request_suspension"
    DECIDE_SUSPENSION = "decide_suspension"
    REVIEW_SUSPENSION = "review_suspension"
    END_SUSPENSION = "end_suspension"
    REQUEST_RECTIFICATION = "request_rectification"
    DECIDE_RECTIFICATION = "decide_rectification"
    COMPLETE_MILESTONE = "complete_milestone"
    REQUEST_CLOSE_OUT = "request_close_out"
    REFUSE_CLOSE_OUT = "refuse_close_out"
    END_RECTIFICATION = "end_rectification"
    REQUEST_FINAL_REPLY = "request_final_reply"
    REVIEW_FINAL_REPLY = "review_final_reply"
    DECIDE_FINAL_REPLY = "decide_final_reply"
    OPEN_RATING_CHECK = "open_rating_check"
    APPEAL_RATING = "appeal_rating"
    CONTACT_RATER = "contact_rater"
    PROPOSE_UNFOUNDED = "propose_unfounded"
    DECIDE_RATING_CHECK = "decide_rating_check"
    HAND_TO_DUTY_HEAD = "hand_to_duty_head"
    DEFAULT_CONSENT = "default_consent"
    RAISE_RETURN = "raise_return"
    ISSUE_ORDER = "issue_order"
    ACKNOWLEDGE_ORDER = "acknowledge_order"
    ANSWER_ORDER = "answer_order"
    VERIFY_ORDER = "verify_order"
    RAISE_ORDER = "raise_order"
    BLOW_WHISTLE = "blow_whistle"
    REPORT_IN = "report_in"
    DECIDE_WHISTLE = "decide_whistle"
    SCORE_WHISTLE = "score_whistle"
    CALL_OFF_WHISTLE = "call_off_whistle"
    FINISH_MEETING_TASK = "finish_meeting_task"
    REAPPLY_POLICY = "reapply_policy"
    RECLASSIFY = "reclassify"


class Outcome(enum.StrEnum):
    """Which of several ends an action comes to; most actions have only `DONE`."""

    DONE = "done"
    CLOSED_ON_CALL = "closed_on_call"
    VISIT_WANTED = "visit_wanted"
    APPROVED = "approved"
    REFUSED = "refused"
    SOLVED = "solved"
    UNSOLVED = "unsolved"
    BADLY_RATED = "badly_rated"
    UNREACHED = "unreached"
    PARTLY_VISITED = "partly_visited"
    LINK_SENT = "link_sent"
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    WITH_LEAD = "with_lead"
    WITHOUT_LEAD = "without_lead"
    PROMISED = "promised"
    UNPROMISED = "unpromised"
    REDISPATCHED = "redispatched"
    UNASSIGNED = "unassigned"
    ARBITRATED = "arbitrated"
    ACT_FIRST = "act_first"
    KEPT = "kept"
    PROPOSED = "proposed"
    PARTLY = "partly"
    CONTINUED = "continued"
    ENDED = "ended"
    COMPLETED = "completed"
    FAILED = "failed"
    FOUNDED = "founded"
    UNFOUNDED = "unfounded"
    ANSWER_OWED = "answer_owed"
    NOTED = "noted"


class ClosureCode(enum.StrEnum):
    """Why a ticket ended."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    ANSWERED = "answered"
    PLANNED_DONE = "planned_done"
    FINAL_REPLY = "final_reply"
    UNREACHABLE = "unreachable"
    OUT_OF_DUTY = "out_of_duty"
    MERGED = "merged"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"


class Need(enum.StrEnum):
    """What an action asks for besides the state and the role."""

    PROMISE = "promise"
    REASON = "reason"
    SECOND_PERSON = "second_person"
    CONTACT_RECORD = "contact_record"
    DEPARTMENT = "department"
    REPLY = "reply"


class Keep(enum.Enum):
    """Says that a move leaves a part of the state as it is."""

    KEEP = enum.auto()


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Move:
    """Where one outcome of an action leads and what it does to the clocks.

    Attributes:
        status: the next status, or KEEP.
        hold: the next hold, None for none, or KEEP.
        next_round: True when the matter is handled again.
        settles: clocks that end here, met or missed by their own due instants.
        submits: clocks that stop until an audit passes or rejects the work.
        resubmits: clocks that go on as if they had never stopped.
        cancels: clocks that end without a verdict.
        pauses: clocks that wait, keeping what remains.
        resumes: clocks that go on with what remained.
        revives: clocks that go on with what remained, or begin where none of them waits.
        starts: clocks that begin.
    """

    status: Status | Keep = KEEP
    hold: Hold | Keep | None = None
    next_round: bool = False
    settles: tuple[ClockKind, ...] = ()
    submits: tuple[ClockKind, ...] = ()
    resubmits: tuple[ClockKind, ...] = ()
    cancels: tuple[ClockKind, ...] = ()
    pauses: tuple[ClockKind, ...] = ()
    resumes: tuple[ClockKind, ...] = ()
    revives: tuple[ClockKind, ...] = ()
    starts: tuple[ClockKind, ...] = ()

    def applied_to(self, state: State) -> State:
        """Return the state that this move leads to from `state`."""
        return State(
            state.status if isinstance(self.status, Keep) else self.status,
            state.hold if isinstance(self.hold, Keep) else self.hold,
        )


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the machine: where an action starts, who may do it, where it leads."""

    sources: frozenset[State]
    roles: frozenset[Role]
    moves: Mapping[Outcome, Move]
    needs: frozenset[Need] = frozenset()
    creates: bool = field(default=False)


def _states(
    statuses: Iterable[Status] | Status, holds: Iterable[Hold | None] | Hold | None = None
) -> frozenset[State]:
    several = (statuses,) if isinstance(statuses, Status) else tuple(statuses)
    kept = (holds,) if holds is None or isinstance(holds, Hold) else tuple(holds)
    return frozenset(State(status, hold) for status, hold in product(several, kept))


def _row(
    sources: frozenset[State],
    roles: Iterable[Role],
    moves: Move | Mapping[Outcome, Move],
    *needs: Need,
    creates: bool = False,
) -> Transition:
    return Transition(
        sources,
        frozenset(roles),
        MappingProxyType({Outcome.DONE: moves} if isinstance(moves, Move) else dict(moves)),
        frozenset(needs),
        creates,
    )


_S, _H, _R, _C, _O, _N = Status, Hold, Role, ClockKind, Outcome, Need

HANDLING = (_C.COMPLETE, _C.REWORK_COMPLETE, _C.BAD_RATING_FIX)
"""The limit of the work itself; which of the three runs depends on how the round began."""

HOP = (_C.SIGN, _C.FIRST_CONTACT, *HANDLING)
"""The limits that a department's hop carries."""

_TO_SAY = (_C.SUPERVISION_REPLY, _C.URGE_REPLY)
"""The limits within which a department has to say something about its work."""

_HOP_END = (*HOP, _C.CO_OPINION, *_TO_SAY)
"""What a department is free of when the ticket leaves it."""

_HOP_START = (_C.SIGN, _C.FIRST_CONTACT, _C.COMPLETE)
_VISITED, _ANSWERED = (_C.VISIT,), (_C.VISIT_LINK,)
_VISITING = (*_VISITED, *_ANSWERED)
"""Asking is the hotline's duty; waiting for an answer by link nobody's, so it has no verdict."""

_CHECKING = (_C.BAD_RATING_CONTACT, _C.BAD_RATING_DECISION)
_DEPARTMENT = (_R.HANDLER, _R.LEADER)
_WITH_DEPARTMENT = _states(_S.DISPATCHED) | _states(_S.PROCESSING)
_UNDER_REVIEW = _states((_S.DISPATCHED, _S.PROCESSING), _H.RETURN_REVIEW)
_ARGUED = _states(_S.PROCESSING, _H.ARBITRATION)
_FROZEN = (_C.FIRST_CONTACT, *HANDLING, *_TO_SAY)
"""What waits while it is disputed whose duty the matter is."""

_PLAIN = _states(_S)
_AT_WORK = _states(_S.PROCESSING, (None, _H.RECTIFICATION, _H.SUSPENSION, _H.SUPPLEMENT))

URGE_ANSWERABLE = _WITH_DEPARTMENT | _AT_WORK
"""States in which a department has the ticket in its hands and owes an answer when it is urged."""

REACHABLE_STATES: frozenset[State] = (
    _PLAIN
    | _states((_S.SUBMITTED, _S.PROCESSING), _H.SUPPLEMENT)
    | _states(_S.ACCEPTED, (_H.CONSULTATION, _H.ARBITRATION))
    | _UNDER_REVIEW
    | _ARGUED
    | _states(_S.PROCESSING, (_H.RECTIFICATION, _H.SUSPENSION))
    | _states((_S.PROCESSING, _S.PENDING_VISIT), _H.FINAL_REPLY)
    | _states((_S.PENDING_VISIT, _S.CLOSED), _H.RATING_CHECK)
)
"""Every state a ticket may be in; the schema holds the same list as a check."""

_LED = (
    frozenset(
        s
        for s in REACHABLE_STATES
        if s.status in {_S.DISPATCHED, _S.PROCESSING, _S.FEEDBACK_SUBMITTED}
    )
    - _UNDER_REVIEW
    - _ARGUED
)
"""States in which a department answers for the ticket; not while it is disputed whether it does."""

_OPEN_STATES = frozenset(s for s in REACHABLE_STATES if s.status in OPEN_STATUSES or s.hold)

_UNENDED = frozenset(s for s in REACHABLE_STATES if s.status in OPEN_STATUSES)
"""States in which a meeting may still be under way: with the ticket's end it ends too."""

_CALLABLE = frozenset(
    s
    for s in REACHABLE_STATES
    if s.status in {_S.ACCEPTED, _S.DISPATCHED, _S.PROCESSING, _S.FEEDBACK_SUBMITTED}
)
"""States in which units may be whistled together: somebody's duty it is, or is about to be."""

_CENTRE = (_R.DISPATCHER, _R.SUPERVISOR, _R.AUTHORITY)
"""Who calls units together for the hotline, decides with them, and judges how they came."""

TRANSITIONS: Mapping[Action, Transition] = MappingProxyType(
    {
        # -- intake ------------------------------------------------------------------------------
        Action.SUBMIT: _row(
            frozenset(),
            (_R.OPERATOR, _R.DISPATCHER, _R.SUPERVISOR, _R.REQUESTER),
            Move(_S.SUBMITTED, starts=(_C.ACCEPT,)),
            creates=True,
        ),
        Action.IMPORT: _row(frozenset(), (_R.SYSTEM,), Move(_S.SUBMITTED), creates=True),
        Action.ACCEPT: _row(
            _states(_S.SUBMITTED),
            (_R.OPERATOR,),
            Move(_S.ACCEPTED, settles=(_C.ACCEPT,), starts=(_C.DISPATCH,)),
            _N.PROMISE,
        ),
        Action.ANSWER: _row(
            _states((_S.SUBMITTED, _S.ACCEPTED)),
            (_R.OPERATOR, _R.DISPATCHER),
            {
                _O.CLOSED_ON_CALL: Move(_S.CLOSED, settles=(_C.ACCEPT, _C.DISPATCH)),
                _O.VISIT_WANTED: Move(
                    _S.PENDING_VISIT, settles=(_C.ACCEPT, _C.DISPATCH), starts=(_C.VISIT,)
                ),
            },
            _N.REPLY,
        ),
        Action.REFUSE: _row(_states(_S.SUBMITTED), (_R.OPERATOR,), Move(), _N.REASON),
        Action.DECIDE_REFUSAL: _row(
            _states(_S.SUBMITTED),
            (_R.SUPERVISOR, _R.AUDITOR),
            {
                _O.APPROVED: Move(_S.NOT_ACCEPTED, settles=(_C.ACCEPT,)),
                _O.REFUSED: Move(),
            },
            _N.SECOND_PERSON,
        ),
        Action.OBJECT: _row(
            _states((_S.NOT_ACCEPTED, _S.CLOSED)),
            (_R.REQUESTER, _R.OPERATOR),
            Move(_S.SUBMITTED, starts=(_C.ACCEPT,)),
            _N.REASON,
        ),
        Action.TRANSFER_OUT: _row(
            _states(_S.SUBMITTED),
            (_R.OPERATOR,),
            Move(_S.TRANSFERRED_OUT, settles=(_C.ACCEPT,)),
            _N.REASON,
        ),
        Action.MERGE: _row(
            _states((_S.SUBMITTED, _S.ACCEPTED)),
            (_R.OPERATOR, _R.DISPATCHER),
            Move(_S.MERGED, pauses=(_C.ACCEPT, _C.DISPATCH)),
        ),
        Action.SPLIT: _row(
            _states(_S.MERGED),
            (_R.DISPATCHER, _R.SUPERVISOR),
            {
                _O.UNPROMISED: Move(_S.SUBMITTED, cancels=(_C.DISPATCH,), revives=(_C.ACCEPT,)),
                _O.PROMISED: Move(_S.ACCEPTED, cancels=(_C.ACCEPT,), revives=(_C.DISPATCH,)),
            },
            _N.REASON,
        ),
        Action.CONTRIBUTE: _row(
            _OPEN_STATES | _states(_S.MERGED),
            (_R.REQUESTER, _R.OPERATOR, _R.DISPATCHER, _R.VISITOR),
            Move(hold=KEEP),
        ),
        Action.EXPLAIN_REPEAT: _row(
            _states(_S.SUBMITTED), (_R.OPERATOR, _R.DISPATCHER), Move(), _N.REPLY
        ),
        Action.DECIDE_REPEAT: _row(
            _states(_S.SUBMITTED),
            (_R.SUPERVISOR, _R.AUDITOR),
            {
                _O.APPROVED: Move(_S.CLOSED, settles=(_C.ACCEPT,)),
                _O.REFUSED: Move(),
            },
            _N.SECOND_PERSON,
        ),
        Action.WITHDRAW: _row(
            _states((_S.SUBMITTED, _S.ACCEPTED)),
            (_R.REQUESTER, _R.OPERATOR),
            Move(_S.CANCELLED, cancels=(_C.ACCEPT, _C.DISPATCH)),
            _N.REASON,
        ),
        # -- dispatch and handling ---------------------------------------------------------------
        Action.DISPATCH: _row(
            _states(_S.ACCEPTED),
            (_R.DISPATCHER,),
            Move(_S.DISPATCHED, settles=(_C.DISPATCH,), starts=_HOP_START),
            _N.DEPARTMENT,
        ),
        Action.DIRECT_DISPATCH: _row(
            _states(_S.ACCEPTED),
            (_R.OPERATOR,),
            Move(_S.DISPATCHED, settles=(_C.DISPATCH,), starts=_HOP_START),
        ),
        Action.SIGN: _row(
            _states(_S.DISPATCHED),
            (*_DEPARTMENT, _R.SYSTEM),
            Move(_S.PROCESSING, settles=(_C.SIGN,)),
        ),
        Action.CONTACT: _row(
            _WITH_DEPARTMENT | _AT_WORK | _ARGUED,
            _DEPARTMENT,
            {
                _O.DONE: Move(hold=KEEP, settles=(_C.FIRST_CONTACT, _C.URGE_REPLY)),
                _O.UNREACHED: Move(hold=KEEP),
            },
        ),
        Action.PROGRESS: _row(
            _AT_WORK | _ARGUED, _DEPARTMENT, Move(hold=KEEP, settles=(_C.URGE_REPLY,))
        ),
        # What was seen on the spot may come when the network does: after the feedback, too.
        Action.CHECK_IN: _row(
            _WITH_DEPARTMENT | _AT_WORK | _ARGUED | _states(_S.FEEDBACK_SUBMITTED),
            _DEPARTMENT,
            Move(hold=KEEP),
        ),
        Action.NAME_HANDLER: _row(_WITH_DEPARTMENT | _AT_WORK, _DEPARTMENT, Move(hold=KEEP)),
        Action.SIGN_CO: _row(_WITH_DEPARTMENT | _AT_WORK, _DEPARTMENT, Move(hold=KEEP)),
        Action.REPORT_STAGE: _row(_WITH_DEPARTMENT | _AT_WORK, _DEPARTMENT, Move(hold=KEEP)),
        Action.EXPLAIN_DELAY: _row(
            _WITH_DEPARTMENT | _AT_WORK, _DEPARTMENT, Move(hold=KEEP), _N.REASON
        ),
        Action.SUBMIT_OPINION: _row(
            _WITH_DEPARTMENT | _AT_WORK | _UNDER_REVIEW | _ARGUED,
            _DEPARTMENT,
            Move(hold=KEEP, settles=(_C.CO_OPINION,)),
        ),
        Action.PROPOSE_CO_DEPARTMENT: _row(
            _WITH_DEPARTMENT | _AT_WORK, _DEPARTMENT, Move(hold=KEEP), _N.DEPARTMENT, _N.REASON
        ),
        Action.ADD_CO_DEPARTMENT: _row(
            _WITH_DEPARTMENT | _AT_WORK,
            (_R.DISPATCHER,),
            Move(hold=KEEP, starts=(_C.CO_OPINION,)),
            _N.DEPARTMENT,
        ),
        Action.RELEASE_CO_DEPARTMENT: _row(
            _WITH_DEPARTMENT | _AT_WORK,
            (_R.DISPATCHER,),
            Move(hold=KEEP),
            _N.DEPARTMENT,
            _N.REASON,
        ),
        Action.ASK_AGAIN: _row(
            _AT_WORK,
            _DEPARTMENT,
            Move(hold=KEEP, starts=(_C.CO_OPINION,)),
            _N.DEPARTMENT,
            _N.REASON,
        ),
        Action.SUBMIT_FEEDBACK: _row(
            _states(_S.PROCESSING),
            _DEPARTMENT,
            Move(
                _S.FEEDBACK_SUBMITTED,
                settles=(_C.FIRST_CONTACT, _C.URGE_REPLY),
                submits=HANDLING,
                starts=(_C.AUDIT,),
            ),
            _N.REPLY,
            _N.CONTACT_RECORD,
        ),
        # -- audit, visit, end -------------------------------------------------------------------
        Action.PASS_AUDIT: _row(
            _states(_S.FEEDBACK_SUBMITTED),
            (_R.AUDITOR,),
            Move(
                _S.PENDING_VISIT,
                settles=(_C.AUDIT, *HANDLING),
                cancels=_TO_SAY,
                starts=(_C.VISIT,),
            ),
        ),
        Action.REJECT_AUDIT: _row(
            _states(_S.FEEDBACK_SUBMITTED),
            (_R.AUDITOR,),
            Move(_S.PROCESSING, settles=(_C.AUDIT,), resubmits=HANDLING),
            _N.REASON,
        ),
        Action.RECORD_VISIT: _row(
            _states(_S.PENDING_VISIT),
            (_R.VISITOR, _R.REQUESTER),
            {
                _O.SOLVED: Move(_S.CLOSED, settles=_VISITED, cancels=_ANSWERED),
                _O.UNSOLVED: Move(
                    _S.PROCESSING,
                    next_round=True,
                    settles=_VISITED,
                    cancels=_ANSWERED,
                    starts=(_C.REWORK_COMPLETE,),
                ),
                _O.WITHOUT_LEAD: Move(
                    _S.SUBMITTED,
                    next_round=True,
                    settles=_VISITED,
                    cancels=_ANSWERED,
                    starts=(_C.ACCEPT,),
                ),
                _O.BADLY_RATED: Move(
                    hold=_H.RATING_CHECK,
                    settles=_VISITED,
                    cancels=_ANSWERED,
                    starts=(_C.BAD_RATING_CONTACT,),
                ),
                _O.UNREACHED: Move(),
                _O.PARTLY_VISITED: Move(),
                _O.LINK_SENT: Move(settles=_VISITED, starts=_ANSWERED),
            },
            _N.SECOND_PERSON,
        ),
        Action.CLOSE_UNREACHED: _row(
            _states(_S.PENDING_VISIT),
            (_R.VISITOR, _R.SYSTEM),
            {
                _O.UNREACHABLE: Move(_S.CLOSED, settles=_VISITED, cancels=_ANSWERED),
                _O.LINK_SENT: Move(cancels=_ANSWERED, starts=_ANSWERED),
            },
        ),
        Action.RATE_CLOSED: _row(
            _states(_S.CLOSED),
            (_R.REQUESTER,),
            {
                _O.SOLVED: Move(),
                _O.UNSOLVED: Move(),
                _O.BADLY_RATED: Move(hold=_H.RATING_CHECK, starts=(_C.BAD_RATING_CONTACT,)),
            },
        ),
        Action.RECORD_OWN_VISIT: _row(
            _states((_S.FEEDBACK_SUBMITTED, _S.PENDING_VISIT, _S.CLOSED)),
            _DEPARTMENT,
            Move(hold=KEEP),
        ),
        Action.REOPEN: _row(
            _states(_S.CLOSED),
            (_R.REQUESTER, _R.OPERATOR, _R.VISITOR, _R.SUPERVISOR),
            {
                _O.WITH_LEAD: Move(_S.PROCESSING, next_round=True, starts=(_C.REWORK_COMPLETE,)),
                _O.WITHOUT_LEAD: Move(_S.SUBMITTED, next_round=True, starts=(_C.ACCEPT,)),
            },
            _N.REASON,
        ),
        Action.ARCHIVE: _row(
            _states(_S.CLOSED), (_R.SUPERVISOR, _R.ADMIN, _R.SYSTEM), Move(_S.ARCHIVED)
        ),
        # -- words that move nothing -------------------------------------------------------------
        Action.URGE: _row(
            _OPEN_STATES | _states(_S.MERGED),
            (_R.REQUESTER, _R.OPERATOR, _R.DISPATCHER, _R.SUPERVISOR),
            {
                _O.DONE: Move(hold=KEEP),
                _O.ANSWER_OWED: Move(hold=KEEP, starts=(_C.URGE_REPLY,)),
                _O.NOTED: Move(hold=KEEP),
            },
        ),
        Action.ANSWER_URGE: _row(
            URGE_ANSWERABLE, _DEPARTMENT, Move(hold=KEEP, settles=(_C.URGE_REPLY,)), _N.REPLY
        ),
        Action.NOTE: _row(
            REACHABLE_STATES - _states(_S.ARCHIVED),
            (_R.OPERATOR, _R.DISPATCHER, _R.AUDITOR, _R.VISITOR, _R.SUPERVISOR),
            Move(hold=KEEP),
        ),
        # -- supplement --------------------------------------------------------------------------
        Action.REQUEST_SUPPLEMENT: _row(
            _states((_S.SUBMITTED, _S.PROCESSING)),
            (_R.OPERATOR, *_DEPARTMENT),
            {
                _O.DONE: Move(
                    hold=_H.SUPPLEMENT, pauses=(_C.ACCEPT, *HANDLING), starts=(_C.SUPPLEMENT,)
                ),
                _O.PROPOSED: Move(),
            },
            _N.REASON,
        ),
        Action.DECIDE_SUPPLEMENT: _row(
            _states((_S.SUBMITTED, _S.PROCESSING)),
            (_R.SUPERVISOR, _R.AUTHORITY),
            {
                _O.APPROVED: Move(
                    hold=_H.SUPPLEMENT, pauses=(_C.ACCEPT, *HANDLING), starts=(_C.SUPPLEMENT,)
                ),
                _O.REFUSED: Move(),
            },
            _N.SECOND_PERSON,
        ),
        Action.PROVIDE_SUPPLEMENT: _row(
            _states((_S.SUBMITTED, _S.PROCESSING), _H.SUPPLEMENT),
            (_R.REQUESTER, _R.OPERATOR, *_DEPARTMENT),
            {
                _O.DONE: Move(settles=(_C.SUPPLEMENT,), resumes=(_C.ACCEPT, *HANDLING)),
                _O.PARTLY: Move(hold=KEEP),
            },
        ),
        Action.CANCEL_UNSUPPLEMENTED: _row(
            _states((_S.SUBMITTED, _S.PROCESSING), _H.SUPPLEMENT),
            (_R.OPERATOR, _R.SYSTEM),
            Move(
                _S.CANCELLED,
                settles=(_C.SUPPLEMENT,),
                cancels=(_C.ACCEPT, *_HOP_END),
            ),
            _N.REASON,
        ),
        # -- consultation, return, arbitration ---------------------------------------------------
        Action.REQUEST_CONSULTATION: _row(
            _states(_S.ACCEPTED),
            (_R.DISPATCHER, _R.SYSTEM),
            Move(hold=_H.CONSULTATION, starts=(_C.CONSULTATION,)),
            _N.REASON,
        ),
        Action.CALL_UNITS: _row(
            _states(_S.ACCEPTED, _H.CONSULTATION),
            (_R.DISPATCHER, _R.SUPERVISOR),
            Move(hold=KEEP),
            _N.DEPARTMENT,
        ),
        Action.RESPOND_CONSULTATION: _row(
            _states(_S.ACCEPTED, _H.CONSULTATION), _DEPARTMENT, Move(hold=KEEP)
        ),
        Action.DECIDE_CONSULTATION: _row(
            _states(_S.ACCEPTED, _H.CONSULTATION),
            (_R.DISPATCHER, _R.SUPERVISOR),
            Move(
                _S.DISPATCHED,
                settles=(_C.CONSULTATION, _C.DISPATCH),
                starts=(*_HOP_START, _C.MEETING_TASK),
            ),
            _N.DEPARTMENT,
            _N.REASON,
        ),
        Action.REQUEST_RETURN: _row(
            _WITH_DEPARTMENT,
            _DEPARTMENT,
            Move(
                hold=_H.RETURN_REVIEW,
                pauses=(*HOP, *_TO_SAY),
                starts=(_C.DISPUTE_REVIEW,),
            ),
            _N.REASON,
        ),
        Action.DECIDE_RETURN: _row(
            _UNDER_REVIEW,
            (_R.DISPATCHER, _R.AUTHORITY),
            {
                _O.REDISPATCHED: Move(
                    _S.DISPATCHED,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=_HOP_END,
                    starts=_HOP_START,
                ),
                _O.UNASSIGNED: Move(
                    _S.ACCEPTED,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=_HOP_END,
                    starts=(_C.DISPATCH,),
                ),
                _O.ARBITRATED: Move(
                    _S.ACCEPTED,
                    _H.ARBITRATION,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=_HOP_END,
                    starts=(_C.ARBITRATION,),
                ),
                _O.REFUSED: Move(
                    _S.PROCESSING,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=(_C.SIGN,),
                    resumes=_FROZEN,
                ),
            },
            _N.REASON,
            _N.SECOND_PERSON,
        ),
        Action.WITHDRAW_RETURN: _row(
            _UNDER_REVIEW,
            _DEPARTMENT,
            Move(
                _S.PROCESSING,
                settles=(_C.DISPUTE_REVIEW,),
                cancels=(_C.SIGN,),
                resumes=_FROZEN,
            ),
        ),
        Action.DISPUTE_RETURN: _row(
            _states(_S.PROCESSING),
            (_R.LEADER,),
            {
                _O.DONE: Move(hold=_H.ARBITRATION, pauses=_FROZEN, starts=(_C.ARBITRATION,)),
                _O.ACT_FIRST: Move(hold=_H.ARBITRATION, starts=(_C.ARBITRATION,)),
            },
            _N.REASON,
        ),
        Action.REFER_ARBITRATION: _row(
            _UNDER_REVIEW,
            (_R.DISPATCHER, _R.SUPERVISOR),
            {
                _O.DONE: Move(
                    _S.PROCESSING,
                    _H.ARBITRATION,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=(_C.SIGN,),
                    starts=(_C.ARBITRATION,),
                ),
                _O.ACT_FIRST: Move(
                    _S.PROCESSING,
                    _H.ARBITRATION,
                    settles=(_C.DISPUTE_REVIEW,),
                    cancels=(_C.SIGN,),
                    resumes=_FROZEN,
                    starts=(_C.ARBITRATION,),
                ),
            },
            _N.REASON,
        ),
        Action.DECIDE_ARBITRATION: _row(
            _states((_S.ACCEPTED, _S.PROCESSING), _H.ARBITRATION),
            (_R.AUTHORITY,),
            {
                _O.DONE: Move(
                    _S.DISPATCHED,
                    settles=(_C.ARBITRATION,),
                    cancels=_HOP_END,
                    starts=_HOP_START,
                ),
                # Only where a department still has it: it is the one that is designated.
                _O.KEPT: Move(settles=(_C.ARBITRATION,), resumes=_FROZEN),
            },
            _N.DEPARTMENT,
            _N.REASON,
            _N.SECOND_PERSON,
        ),
        # -- more time, or a plan ----------------------------------------------------------------
        Action.REQUEST_EXTENSION: _row(_states(_S.PROCESSING), _DEPARTMENT, Move(), _N.REASON),
        Action.DECIDE_EXTENSION: _row(
            _states(_S.PROCESSING),
            (_R.SUPERVISOR, _R.AUTHORITY),
            {_O.APPROVED: Move(), _O.REFUSED: Move()},
            _N.SECOND_PERSON,
        ),
        Action.REQUEST_SUSPENSION: _row(_states(_S.PROCESSING), _DEPARTMENT, Move(), _N.REASON),
        Action.DECIDE_SUSPENSION: _row(
            _states(_S.PROCESSING),
            (_R.SUPERVISOR, _R.AUTHORITY),
            {
                _O.APPROVED: Move(
                    hold=_H.SUSPENSION, pauses=HANDLING, starts=(_C.SUSPENSION_REVIEW,)
                ),
                _O.REFUSED: Move(),
            },
            _N.SECOND_PERSON,
        ),
        Action.REVIEW_SUSPENSION: _row(
            _states(_S.PROCESSING, _H.SUSPENSION),
            (_R.SUPERVISOR, _R.AUTHORITY),
            {
                _O.CONTINUED: Move(
                    hold=KEEP,
                    settles=(_C.SUSPENSION_REVIEW,),
                    starts=(_C.SUSPENSION_REVIEW,),
                ),
                _O.ENDED: Move(settles=(_C.SUSPENSION_REVIEW,), resumes=HANDLING),
            },
            _N.REASON,
        ),
        Action.END_SUSPENSION: _row(
            _states(_S.PROCESSING, _H.SUSPENSION),
            (_R.SUPERVISOR, *_DEPARTMENT, _R.SYSTEM),
            Move(settles=(_C.SUSPENSION_REVIEW,), resumes=HANDLING),
        ),
        Action.REQUEST_RECTIFICATION: _row(_states(_S.PROCESSING), _DEPARTMENT, Move(), _N.REASON),
        Action.DECIDE_RECTIFICATION: _row(
            _states(_S.PROCESSING),
            (_R.SUPERVISOR,),
            {
                _O.APPROVED: Move(hold=_H.RECTIFICATION, cancels=HANDLING, starts=(_C.MILESTONE,)),
                _O.REFUSED: Move(),
            },
            _N.SECOND_PERSON,
        ),
        Action.COMPLETE_MILESTONE: _row(
            _states(_S.PROCESSING, _H.RECTIFICATION),
            _DEPARTMENT,
            {
                # Only the milestone's own clock ends here: the action says which.
                _O.DONE: Move(hold=KEEP),
                _O.COMPLETED: Move(hold=KEEP, starts=(_C.CLOSE_OUT,)),
            },
        ),
        Action.REQUEST_CLOSE_OUT: _row(
            _states(_S.PROCESSING, _H.RECTIFICATION),
            _DEPARTMENT,
            Move(hold=KEEP, settles=(_C.CLOSE_OUT,), starts=(_C.CLOSE_OUT_REVIEW,)),
            _N.REPLY,
        ),
        Action.REFUSE_CLOSE_OUT: _row(
            _states(_S.PROCESSING, _H.RECTIFICATION),
            (_R.SUPERVISOR,),
            Move(hold=KEEP, settles=(_C.CLOSE_OUT_REVIEW,), starts=(_C.CLOSE_OUT,)),
            _N.REASON,
            _N.SECOND_PERSON,
        ),
        Action.END_RECTIFICATION: _row(
            _states(_S.PROCESSING, _H.RECTIFICATION),
            (_R.SUPERVISOR, _R.SYSTEM),
            {
                _O.COMPLETED: Move(settles=(_C.CLOSE_OUT_REVIEW,), starts=(_C.REWORK_COMPLETE,)),
                _O.FAILED: Move(
                    settles=(_C.CLOSE_OUT_REVIEW,),
                    cancels=(_C.MILESTONE, _C.CLOSE_OUT),
                    starts=(_C.REWORK_COMPLETE,),
                ),
            },
            _N.REASON,
            _N.SECOND_PERSON,
        ),
        # -- final reply and rating check --------------------------------------------------------
        Action.REQUEST_FINAL_REPLY: _row(
            _states((_S.PROCESSING, _S.PENDING_VISIT)),
            (_R.LEADER,),
            Move(
                hold=_H.FINAL_REPLY,
                settles=(_C.URGE_REPLY,),
                pauses=_VISITING,
                starts=(_C.FINAL_REPLY,),
            ),
            _N.REPLY,
            _N.REASON,
        ),
        Action.REVIEW_FINAL_REPLY: _row(
            _states((_S.PROCESSING, _S.PENDING_VISIT), _H.FINAL_REPLY),
            (_R.SUPERVISOR,),
            {
                _O.APPROVED: Move(hold=KEEP),
                _O.REFUSED: Move(settles=(_C.FINAL_REPLY,), resumes=_VISITING),
            },
            _N.SECOND_PERSON,
        ),
        Action.DECIDE_FINAL_REPLY: _row(
            _states((_S.PROCESSING, _S.PENDING_VISIT), _H.FINAL_REPLY),
            (_R.AUTHORITY,),
            {
                _O.APPROVED: Move(
                    _S.CLOSED,
                    settles=(_C.FINAL_REPLY, *HANDLING),
                    cancels=(*_VISITING, _C.FIRST_CONTACT, _C.CO_OPINION, *_TO_SAY),
                ),
                _O.REFUSED: Move(settles=(_C.FINAL_REPLY,), resumes=_VISITING),
            },
            _N.SECOND_PERSON,
        ),
        Action.OPEN_RATING_CHECK: _row(
            _states((_S.PENDING_VISIT, _S.CLOSED)),
            (_R.AUDITOR,),
            Move(
                hold=_H.RATING_CHECK,
                settles=_VISITED,
                cancels=_ANSWERED,
                starts=(_C.BAD_RATING_CONTACT,),
            ),
            _N.REASON,
        ),
        Action.APPEAL_RATING: _row(
            _states((_S.PENDING_VISIT, _S.CLOSED), _H.RATING_CHECK),
            (_R.LEADER,),
            Move(hold=KEEP),
            _N.REASON,
        ),
        Action.CONTACT_RATER: _row(
            _states((_S.PENDING_VISIT, _S.CLOSED), _H.RATING_CHECK),
            (_R.AUDITOR,),
            {
                _O.REACHED: Move(hold=KEEP, settles=_CHECKING, starts=(_C.BAD_RATING_DECISION,)),
                _O.UNREACHED: Move(hold=KEEP),
            },
        ),
        Action.PROPOSE_UNFOUNDED: _row(
            _states((_S.PENDING_VISIT, _S.CLOSED), _H.RATING_CHECK),
            (_R.AUDITOR,),
            Move(hold=KEEP),
            _N.REASON,
        ),
        Action.DECIDE_RATING_CHECK: _row(
            _states((_S.PENDING_VISIT, _S.CLOSED), _H.RATING_CHECK),
            (_R.AUDITOR, _R.SUPERVISOR),
            {
                _O.FOUNDED: Move(
                    _S.PROCESSING,
                    next_round=True,
                    settles=_CHECKING,
                    starts=(_C.BAD_RATING_FIX,),
                ),
                _O.WITHOUT_LEAD: Move(
                    _S.SUBMITTED, next_round=True, settles=_CHECKING, starts=(_C.ACCEPT,)
                ),
                _O.UNFOUNDED: Move(_S.CLOSED, settles=_CHECKING),
                # Only before the end: a check that was opened by hand is no return visit.
                _O.VISIT_WANTED: Move(_S.PENDING_VISIT, settles=_CHECKING, starts=(_C.VISIT,)),
            },
            _N.REASON,
            _N.SECOND_PERSON,
        ),
        # -- what escalation does ----------------------------------------------------------------
        Action.HAND_TO_DUTY_HEAD: _row(_states(_S.SUBMITTED), (_R.SYSTEM,), Move(hold=KEEP)),
        Action.DEFAULT_CONSENT: _row(
            _WITH_DEPARTMENT
            | _AT_WORK
            | _UNDER_REVIEW
            | _ARGUED
            | _states(_S.PROCESSING, _H.FINAL_REPLY),
            (_R.SYSTEM,),
            Move(hold=KEEP, settles=(_C.CO_OPINION,)),
        ),
        Action.RAISE_RETURN: _row(
            _UNDER_REVIEW,
            (_R.SYSTEM,),
            Move(hold=KEEP, settles=(_C.DISPUTE_REVIEW,), starts=(_C.DISPUTE_REVIEW,)),
        ),
        Action.ISSUE_ORDER: _row(
            _LED,
            (_R.SUPERVISOR, _R.AUTHORITY, _R.SYSTEM),
            Move(hold=KEEP, settles=(_C.SUPERVISION_REPLY,), starts=(_C.SUPERVISION_REPLY,)),
            _N.REASON,
        ),
        Action.ACKNOWLEDGE_ORDER: _row(_LED, _DEPARTMENT, Move(hold=KEEP)),
        Action.ANSWER_ORDER: _row(
            _LED, _DEPARTMENT, Move(hold=KEEP, settles=(_C.SUPERVISION_REPLY,)), _N.REPLY
        ),
        Action.VERIFY_ORDER: _row(
            _LED,
            (_R.SUPERVISOR, _R.AUTHORITY),
            {
                _O.APPROVED: Move(hold=KEEP),
                _O.REFUSED: Move(
                    hold=KEEP, settles=(_C.SUPERVISION_REPLY,), starts=(_C.SUPERVISION_REPLY,)
                ),
            },
            _N.REASON,
        ),
        Action.RAISE_ORDER: _row(
            _LED,
            (_R.SUPERVISOR, _R.AUTHORITY, _R.SYSTEM),
            Move(hold=KEEP, settles=(_C.SUPERVISION_REPLY,), starts=(_C.SUPERVISION_REPLY,)),
            _N.REASON,
        ),
        # -- units whistled together -------------------------------------------------------------
        Action.BLOW_WHISTLE: _row(
            _CALLABLE,
            (*_CENTRE, _R.LEADER),
            Move(hold=KEEP, starts=(_C.REPORT_IN,)),
            _N.DEPARTMENT,
            _N.REASON,
        ),
        Action.REPORT_IN: _row(_UNENDED, _DEPARTMENT, Move(hold=KEEP, settles=(_C.REPORT_IN,))),
        Action.DECIDE_WHISTLE: _row(
            _UNENDED,
            _CENTRE,
            Move(hold=KEEP, cancels=(_C.REPORT_IN,), starts=(_C.MEETING_TASK, _C.CO_OPINION)),
            _N.REASON,
        ),
        Action.SCORE_WHISTLE: _row(
            _UNENDED | _states(_S.CLOSED, (None, _H.RATING_CHECK)),
            _CENTRE,
            Move(hold=KEEP),
            _N.REASON,
        ),
        Action.CALL_OFF_WHISTLE: _row(
            _UNENDED, _CENTRE, Move(hold=KEEP, cancels=(_C.REPORT_IN,)), _N.REASON
        ),
        Action.FINISH_MEETING_TASK: _row(
            _UNENDED, _DEPARTMENT, Move(hold=KEEP, settles=(_C.MEETING_TASK,))
        ),
        Action.REAPPLY_POLICY: _row(_OPEN_STATES, (_R.ADMIN,), Move(hold=KEEP), _N.REASON),
        Action.RECLASSIFY: _row(
            _OPEN_STATES,
            (_R.OPERATOR, _R.DISPATCHER, _R.SUPERVISOR),
            Move(hold=KEEP),
            _N.REASON,
        ),
    }
)


GUIDING_CLOCKS: Mapping[Status | Hold, tuple[ClockKind, ...]] = MappingProxyType(
    {
        _S.SUBMITTED: (_C.ACCEPT,),
        _S.ACCEPTED: (_C.DISPATCH,),
        _S.DISPATCHED: HANDLING,
        _S.PROCESSING: HANDLING,
        _S.FEEDBACK_SUBMITTED: (_C.AUDIT,),
        _S.PENDING_VISIT: _VISITING,
        _H.SUPPLEMENT: (_C.SUPPLEMENT,),
        _H.CONSULTATION: (_C.CONSULTATION,),
        _H.RETURN_REVIEW: (_C.DISPUTE_REVIEW,),
        _H.ARBITRATION: (_C.ARBITRATION,),
        _H.RECTIFICATION: (_C.MILESTONE, _C.CLOSE_OUT, _C.CLOSE_OUT_REVIEW),
        _H.SUSPENSION: (_C.SUSPENSION_REVIEW,),
        _H.FINAL_REPLY: (_C.FINAL_REPLY,),
        _H.RATING_CHECK: _CHECKING,
    }
)
"""Which clock a ticket's own due instant is read off: the hold's if there is one."""


KEEPS_CLOCKS = frozenset({Status.MERGED})
"""Ends that a ticket may come back from as it was: until then its clocks wait."""


def guiding_clocks(state: State) -> tuple[ClockKind, ...]:
    """Return the clocks of which the one due first is the ticket's own due instant."""
    return GUIDING_CLOCKS.get(state.hold or state.status, ())


class IllegalTransition(DomainError):
    """The ticket's present state does not allow this action."""

    code = "illegal-transition"
    title = N_("A ticket that is {status} does not allow this; it allows: {allowed}")


class ActionForbidden(DomainError):
    """The machine allows the action here, but not to this person."""

    kind = ErrorKind.FORBIDDEN
    code = "action-forbidden"
    title = N_("Your role does not allow this action on this ticket")


def actions_from(state: State) -> tuple[Action, ...]:
    """Return every action that some role may do in `state`, in the table's order."""
    return tuple(action for action, row in TRANSITIONS.items() if state in row.sources)


def allowed_actions(state: State, roles: Iterable[Role]) -> tuple[Action, ...]:
    """Return the actions that someone holding `roles` may do in `state`, in the table's order."""
    held = frozenset(roles)
    return tuple(action for action in actions_from(state) if TRANSITIONS[action].roles & held)


def next_move(state: State, action: Action, outcome: Outcome = Outcome.DONE) -> Move:
    """Return the move that `action` makes from `state` when it comes to `outcome`.

    Raises:
        IllegalTransition: the state does not allow the action, or the action has no such outcome.
    """
    row = TRANSITIONS[action]
    if state not in row.sources or outcome not in row.moves:
        raise IllegalTransition(
            status=str(state), action=action, allowed=", ".join(actions_from(state))
        )
    return row.moves[outcome]


class Relation(enum.StrEnum):
    """What a person's department is to a ticket."""

    NONE = "none"
    LEAD = "lead"
    CO = "co"
    CALLED = "called"


CALLED_ACTIONS = frozenset(
    {Action.RESPOND_CONSULTATION, Action.REPORT_IN, Action.FINISH_MEETING_TASK}
)
"""What a unit may do that was called to a meeting, whatever else it is to the ticket."""

_CO_ONLY = frozenset(
    {Action.SIGN_CO, Action.REPORT_STAGE, Action.EXPLAIN_DELAY, Action.SUBMIT_OPINION}
)

CO_ACTIONS = (
    _CO_ONLY
    | CALLED_ACTIONS
    | {Action.CONTACT, Action.PROGRESS, Action.CHECK_IN, Action.NAME_HANDLER}
)
"""What a co-handling department may do; everything else is the lead's."""

LEAD_ONLY = frozenset(
    action
    for action, row in TRANSITIONS.items()
    if row.roles & frozenset(_DEPARTMENT) and action not in _CO_ONLY
)
"""What a leading department may do."""
