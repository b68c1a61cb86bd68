"""Words for supervision: orders, interviews, clues, bulletins and anomalies."""

import enum
from collections.abc import Mapping

from hotline.anomalies.rules import AnomalyKind, CardState, NextStep
from hotline.kernel.errors import N_
from hotline.supervision.board.spans import Period as BoardPeriod
from hotline.supervision.bulletins.rules import BulletinKind, BulletinState
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.figures.values import Dimension, Span
from hotline.supervision.interviews.rules import InterviewReason, InterviewState, Warned
from hotline.supervision.rules import OrderLevel, OrderReason, OrderState, UrgeState

SUPERVISION: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    UrgeState: {
        UrgeState.WAITING: N_("Still to be urged"),
        UrgeState.URGED: N_("Urged"),
        UrgeState.LEFT_OUT: N_("Left out"),
        UrgeState.FAILED: N_("Not urged"),
    },
    OrderLevel: {
        OrderLevel.URGE_LETTER: N_("Urge letter"),
        OrderLevel.ORDER: N_("Supervision order"),
        OrderLevel.LISTING: N_("Listed for supervision"),
        OrderLevel.INTERVIEW: N_("Interview"),
    },
    OrderReason: {
        OrderReason.OVERDUE_HALF: N_("Half as much time again has passed"),
        OrderReason.OVERDUE_DOUBLE: N_("Twice the time has passed"),
        OrderReason.REWORK: N_("Handled again, late or more than once"),
        OrderReason.MILESTONE_MISSED: N_("A milestone was missed"),
        OrderReason.URGE_UNANSWERED: N_("Urging was not answered"),
        OrderReason.ORDER_UNANSWERED: N_("An order was not answered"),
        OrderReason.THREE_BOUNCES: N_("Given back three times"),
        OrderReason.MANY_REQUESTERS: N_("Many requesters on the same matter"),
        OrderReason.BY_HAND: N_("Decided by the supervisor"),
    },
    OrderState: {
        OrderState.ISSUED: N_("Awaiting acknowledgement"),
        OrderState.ACKNOWLEDGED: N_("Awaiting reply"),
        OrderState.ANSWERED: N_("Awaiting verification"),
        OrderState.VERIFIED: N_("Verified"),
        OrderState.ESCALATED: N_("Raised"),
        OrderState.CLOSED: N_("Ended with the task"),
        OrderState.VOID: N_("Void: the ticket went elsewhere"),
    },
    InterviewReason: {
        InterviewReason.LOW_SATISFACTION: N_("Satisfaction below the floor"),
        InterviewReason.LOW_REPLY: N_("Too little finished in time"),
        InterviewReason.ORDER_UNANSWERED: N_("An order was not answered"),
        InterviewReason.REPEATED_REWORK: N_("Handled again and again"),
        InterviewReason.BUCK_PASSING: N_("Duty passed on to others"),
        InterviewReason.FALSE_COMPLETION: N_("Reported as done and was not"),
        InterviewReason.LOW_CREDIT: N_("Low credit grade"),
        InterviewReason.OTHER: N_("Another reason"),
    },
    InterviewState: {
        InterviewState.PLANNED: N_("Arranged"),
        InterviewState.HELD: N_("Interview held"),
        InterviewState.FOLLOWED_UP: N_("Followed up"),
        InterviewState.CLOSED: N_("Interview closed"),
        InterviewState.CANCELLED: N_("Called off"),
    },
    Warned: {
        Warned.NOTHING: N_("Nobody reminded yet"),
        Warned.REMINDED: N_("Reminded"),
        Warned.OVERDUE: N_("Overdue"),
    },
    BulletinKind: {
        BulletinKind.NOTICE: N_("Bulletin"),
        BulletinKind.WEEKLY: N_("Weekly digest"),
    },
    BulletinState: {
        BulletinState.DRAFT: N_("Draft"),
        BulletinState.REVIEWED: N_("Reviewed"),
        BulletinState.PUBLISHED: N_("Published to its readers"),
        BulletinState.RECALLED: N_("Recalled"),
    },
    ClueGrounds: {
        ClueGrounds.FALSIFICATION: N_("Falsification"),
        ClueGrounds.LEAK: N_("Leak of personal data"),
        ClueGrounds.RETALIATION: N_("Retaliation"),
        ClueGrounds.REFUSAL: N_("Refusal after designation"),
        ClueGrounds.OTHER: N_("Other grounds"),
    },
    ClueState: {
        ClueState.TRANSFERRED: N_("Handed over"),
        ClueState.ACKNOWLEDGED: N_("Taken up"),
        ClueState.ASKED_BACK: N_("A question is open"),
        ClueState.CONCLUDED: N_("Concluded"),
    },
    ClueOutcome: {
        ClueOutcome.ACCOUNTABLE: N_("Somebody was called to account"),
        ClueOutcome.NOT_FOUNDED: N_("Not founded"),
        ClueOutcome.PASSED_ON: N_("Passed on to another body"),
    },
    BoardPeriod: {
        BoardPeriod.TODAY: N_("Today"),
        BoardPeriod.WEEK: N_("Last 7 days"),
        BoardPeriod.MONTH: N_("This month"),
        BoardPeriod.LAST_MONTH: N_("Last month"),
        BoardPeriod.QUARTER: N_("This quarter"),
        BoardPeriod.FREE: N_("From and to"),
    },
    AnomalyKind: {
        AnomalyKind.NO_CONTACT: N_("Handed in without a word with the requester"),
        AnomalyKind.COPIED_REPLY: N_("Copied replies"),
        AnomalyKind.UNRELATED_REPLY: N_("Reply beside the point"),
        AnomalyKind.QUICK_CLOSE: N_("Complaint worked off in minutes"),
        AnomalyKind.BULK_CLOSE: N_("Results handed in in one go"),
        AnomalyKind.LAST_MINUTE: N_("Finished in the last minute"),
        AnomalyKind.BACK_AGAIN: N_("Back again after it was solved"),
        AnomalyKind.ONE_SOURCE: N_("Ratings from one source"),
        AnomalyKind.PING_PONG: N_("Sent back and forth between two units"),
        AnomalyKind.WITHDRAWN_AFTER_CONTACT: N_("Withdrawn after a contact"),
        AnomalyKind.MADE_CONSULT: N_("Complaint made an enquiry"),
        AnomalyKind.OWN_VISITS: N_("Own visits far better than the hotline's"),
        AnomalyKind.OVER_PEERS: N_("More respites than nearly all peers"),
        AnomalyKind.SELF_RAISED: N_("Tickets raised by the unit itself"),
    },
    CardState: {
        CardState.OPEN: N_("Not looked into yet"),
        CardState.LOOKED_INTO: N_("Being looked into"),
        CardState.FOUNDED: N_("Founded"),
        CardState.UNFOUNDED: N_("Unfounded"),
    },
    NextStep: {
        NextStep.SUPERVISION_ORDER: N_("Issue a supervision order"),
        NextStep.RATING_CHECK: N_("Have the rating checked"),
        NextStep.CLUE: N_("Hand it on as a clue"),
        NextStep.TALK: N_("Talk with the unit"),
    },
    Span: {
        Span.NOW: N_("This period"),
        Span.BEFORE: N_("Period before"),
        Span.SEASON: N_("A year before"),
    },
    Dimension: {
        Dimension.ALL: N_("All together"),
        Dimension.CHANNEL: N_("By channel"),
        Dimension.REQUEST_TYPE: N_("By request type"),
        Dimension.CATEGORY: N_("By category"),
        Dimension.AREA: N_("By area"),
    },
}
