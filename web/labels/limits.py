"""Words for limits: clocks, policies, the ladder of escalation, and working days."""

import enum
from collections.abc import Mapping

from hotline.escalation.receivers import Receiver, SkipReason
from hotline.kernel.errors import N_
from hotline.sla.clocks import Change, ClockState
from hotline.sla.explanation import RungFate, SliceKind
from hotline.sla.models import ThresholdState
from hotline.sla.policy import CalendarCode, ClockKind, Level, Rung
from hotline.sla.simulation import Excluded, Verdict
from hotline.workdays.definition import DayKind

LIMITS: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    ClockKind: {
        ClockKind.ACCEPT: N_("Acceptance"),
        ClockKind.DISPATCH: N_("Dispatching"),
        ClockKind.SIGN: N_("Signing"),
        ClockKind.FIRST_CONTACT: N_("First contact"),
        ClockKind.COMPLETE: N_("Completion"),
        ClockKind.CO_OPINION: N_("Co-handler's opinion"),
        ClockKind.AUDIT: N_("Audit"),
        ClockKind.VISIT: N_("Return visit"),
        ClockKind.VISIT_LINK: N_("Answer by link"),
        ClockKind.REWORK_COMPLETE: N_("Completion of rework"),
        ClockKind.SUPPLEMENT: N_("Supplement"),
        ClockKind.CONSULTATION: N_("Consultation"),
        ClockKind.DISPUTE_REVIEW: N_("Review of the return"),
        ClockKind.ARBITRATION: N_("Arbitration"),
        ClockKind.MILESTONE: N_("Milestone"),
        ClockKind.CLOSE_OUT: N_("Asking to strike the plan off"),
        ClockKind.CLOSE_OUT_REVIEW: N_("Check of the plan to be struck off"),
        ClockKind.SUSPENSION_REVIEW: N_("Review of the suspension"),
        ClockKind.FINAL_REPLY: N_("Approval of the final reply"),
        ClockKind.BAD_RATING_CONTACT: N_("Contact after a bad rating"),
        ClockKind.BAD_RATING_DECISION: N_("Decision on a bad rating"),
        ClockKind.BAD_RATING_FIX: N_("Mending after a bad rating"),
        ClockKind.SUPERVISION_REPLY: N_("Reply to a supervision order"),
        ClockKind.REPORT_IN: N_("Reporting in"),
        ClockKind.MEETING_TASK: N_("Task of a meeting"),
        ClockKind.URGE_REPLY: N_("Answer to urging"),
    },
    Level: {
        Level.GREEN: N_("On time"),
        Level.YELLOW: N_("Reminder"),
        Level.ORANGE: N_("Warning"),
        Level.RED: N_("Overdue"),
    },
    DayKind: {
        DayKind.HOLIDAY: N_("Holiday"),
        DayKind.WORKDAY: N_("Make-up working day"),
        DayKind.HALF: N_("Half working day"),
        DayKind.OWN: N_("Own hours"),
    },
    CalendarCode: {
        CalendarCode.NATURAL: N_("Natural time"),
        CalendarCode.WORKING: N_("Working time"),
    },
    ClockState: {
        ClockState.RUNNING: N_("Running"),
        ClockState.PAUSED: N_("Paused"),
        ClockState.SUBMITTED: N_("Stopped until the audit"),
        ClockState.MET: N_("In time"),
        ClockState.MISSED: N_("Too late"),
        ClockState.CANCELLED: N_("Void"),
    },
    Rung: {
        Rung.YELLOW: N_("Reminder"),
        Rung.ORANGE: N_("Early warning"),
        Rung.RED: N_("Alarm at the limit"),
        Rung.URGE: N_("Urging"),
        Rung.ACT: N_("Act of the system"),
        Rung.ORDER: N_("Supervision order"),
        Rung.LISTING: N_("Listing for supervision"),
    },
    RungFate: {
        RungFate.FIRED: N_("Fired"),
        RungFate.FIRED_LATE: N_("Fired late"),
        RungFate.AHEAD: N_("Ahead"),
        RungFate.UNSWEPT: N_("Due"),
        RungFate.PAUSED: N_("Paused"),
        RungFate.SUBMITTED: N_("Stopped until the audit"),
        RungFate.ENDED_BEFORE: N_("Not needed any more"),
        RungFate.SKIPPED: N_("Skipped"),
        RungFate.PARKED: N_("Set aside"),
    },
    SliceKind: {
        SliceKind.RUNNING: N_("Running"),
        SliceKind.PAUSED: N_("Paused"),
        SliceKind.CHARGED: N_("Paused in vain, counted"),
        SliceKind.SUBMITTED: N_("With the audit"),
        SliceKind.UNLOGGED: N_("Not logged"),
    },
    Change: {
        Change.PAUSED: N_("Paused"),
        Change.RESUMED: N_("Went on"),
        Change.SUBMITTED: N_("Work handed in"),
        Change.RESUBMITTED: N_("Work sent back"),
        Change.EXTENDED: N_("Extended"),
        Change.REAPPLIED: N_("Put under another policy"),
        Change.RECALCULATED: N_("Moved to another calendar"),
    },
    Receiver: {
        Receiver.HOLDER: N_("the person in charge"),
        Receiver.UNIT_WORKERS: N_("those at work in the unit"),
        Receiver.UNIT_DUTY: N_("the unit's duty holder"),
        Receiver.UNIT_LEADERS: N_("the unit's leaders"),
        Receiver.SUPERVISORS: N_("the supervisors"),
        Receiver.HOTLINE_DUTY: N_("the hotline's duty head"),
        Receiver.AUTHORITY: N_("the authority"),
        Receiver.ADMINS: N_("the administrators"),
    },
    SkipReason: {
        SkipReason.NO_HOLDER: N_("no person is named"),
        SkipReason.HOLDER_AWAY: N_("the account is closed"),
        SkipReason.NOBODY: N_("there is nobody"),
        SkipReason.NO_DUTY_HOLDER: N_("no duty holder is named"),
        SkipReason.COLLAPSED: N_("said together with the higher level"),
    },
    Verdict: {
        Verdict.KEPT: N_("Kept"),
        Verdict.BROKEN: N_("Broken"),
        Verdict.OPEN: N_("Open"),
    },
    Excluded: {
        Excluded.OTHER_POLICY: N_("Tickets under another policy, before and after"),
        Excluded.NO_SUCH_CLOCK: N_("Limits that the proposed policy leaves out"),
        Excluded.CANCELLED: N_("Limits that ended without a verdict"),
        Excluded.UNLOGGED: N_("Limits stopped at a time when no log was kept"),
        Excluded.CALENDAR_TOO_SHORT: N_("Limits outside the years of the calendar"),
    },
    ThresholdState: {
        ThresholdState.ARMED: N_("Armed"),
        ThresholdState.FIRED: N_("Fired"),
        ThresholdState.DISARMED: N_("Not needed any more"),
        ThresholdState.SKIPPED: N_("Skipped"),
        ThresholdState.PARKED: N_("Set aside"),
    },
}
