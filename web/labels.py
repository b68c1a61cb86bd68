"""A word for every member of every enumeration that a person may see.

Values are message ids; `web.i18n` translates them.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission, Role
from hotline.sla.policy import CalendarCode, ClockKind, Level
from hotline.tickets.lifecycle import (
    Action,
    ClosureCode,
    Hold,
    Need,
    Outcome,
    Relation,
    State,
    Status,
)

LABELS: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = MappingProxyType(
    {
        Status: {
            Status.SUBMITTED: N_("Awaiting acceptance"),
            Status.ACCEPTED: N_("Awaiting dispatch"),
            Status.DISPATCHED: N_("Awaiting signature"),
            Status.PROCESSING: N_("In handling"),
            Status.FEEDBACK_SUBMITTED: N_("Awaiting audit"),
            Status.PENDING_VISIT: N_("Awaiting return visit"),
            Status.CLOSED: N_("Closed"),
            Status.ARCHIVED: N_("Archived"),
            Status.NOT_ACCEPTED: N_("Not accepted"),
            Status.TRANSFERRED_OUT: N_("Transferred out"),
            Status.MERGED: N_("Merged"),
            Status.CANCELLED: N_("Cancelled"),
        },
        Hold: {
            Hold.SUPPLEMENT: N_("Awaiting supplement"),
            Hold.CONSULTATION: N_("In consultation"),
            Hold.RETURN_REVIEW: N_("Return under review"),
            Hold.ARBITRATION: N_("In arbitration"),
            Hold.RECTIFICATION: N_("In rectification"),
            Hold.SUSPENSION: N_("Suspended"),
            Hold.FINAL_REPLY: N_("Final reply awaiting approval"),
            Hold.RATING_CHECK: N_("Bad rating being checked"),
        },
        Action: {
            Action.SUBMIT: N_("Submit"),
            Action.IMPORT: N_("Import"),
            Action.ACCEPT: N_("Accept"),
            Action.ANSWER: N_("Answer directly"),
            Action.REFUSE: N_("Propose refusal"),
            Action.DECIDE_REFUSAL: N_("Decide on refusal"),
            Action.OBJECT: N_("Object"),
            Action.TRANSFER_OUT: N_("Transfer out"),
            Action.MERGE: N_("Merge"),
            Action.SPLIT: N_("Split off"),
            Action.WITHDRAW: N_("Withdraw"),
            Action.DISPATCH: N_("Dispatch"),
            Action.SIGN: N_("Sign for it"),
            Action.CONTACT: N_("Record contact"),
            Action.PROGRESS: N_("Report progress"),
            Action.SUBMIT_OPINION: N_("Submit opinion"),
            Action.SUBMIT_FEEDBACK: N_("Submit feedback"),
            Action.PASS_AUDIT: N_("Pass audit"),
            Action.REJECT_AUDIT: N_("Send back for rework"),
            Action.RECORD_VISIT: N_("Record return visit"),
            Action.REOPEN: N_("Reopen"),
            Action.ARCHIVE: N_("Archive"),
            Action.URGE: N_("Urge"),
            Action.NOTE: N_("Add a note"),
            Action.REQUEST_SUPPLEMENT: N_("Ask for a supplement"),
            Action.PROVIDE_SUPPLEMENT: N_("Record the supplement"),
            Action.CANCEL_UNSUPPLEMENTED: N_("Cancel for want of a supplement"),
            Action.REQUEST_CONSULTATION: N_("Call a consultation"),
            Action.DECIDE_CONSULTATION: N_("Record the consultation's decision"),
            Action.REQUEST_RETURN: N_("Ask to return"),
            Action.DECIDE_RETURN: N_("Decide on the return"),
            Action.REFER_ARBITRATION: N_("Refer to arbitration"),
            Action.DECIDE_ARBITRATION: N_("Decide the arbitration"),
            Action.REQUEST_EXTENSION: N_("Ask for an extension"),
            Action.DECIDE_EXTENSION: N_("Decide on the extension"),
            Action.REQUEST_SUSPENSION: N_("Ask for a suspension"),
            Action.DECIDE_SUSPENSION: N_("Decide on the suspension"),
            Action.END_SUSPENSION: N_("End the suspension"),
            Action.REQUEST_RECTIFICATION: N_("Propose a rectification plan"),
            Action.DECIDE_RECTIFICATION: N_("Decide on the rectification plan"),
            Action.END_RECTIFICATION: N_("End the rectification"),
            Action.REQUEST_FINAL_REPLY: N_("Propose a final reply"),
            Action.DECIDE_FINAL_REPLY: N_("Decide on the final reply"),
            Action.OPEN_RATING_CHECK: N_("Check the bad rating"),
            Action.DECIDE_RATING_CHECK: N_("Decide on the bad rating"),
        },
        Outcome: {
            Outcome.DONE: N_("Done"),
            Outcome.CLOSED_ON_CALL: N_("Closed on the call"),
            Outcome.VISIT_WANTED: N_("Return visit wanted"),
            Outcome.APPROVED: N_("Approved"),
            Outcome.REFUSED: N_("Refused"),
            Outcome.SOLVED: N_("Solved"),
            Outcome.UNSOLVED: N_("Not solved"),
            Outcome.BADLY_RATED: N_("Badly rated"),
            Outcome.UNREACHED: N_("Not reached"),
            Outcome.UNREACHABLE: N_("Unreachable"),
            Outcome.WITH_LEAD: N_("With a lead department"),
            Outcome.WITHOUT_LEAD: N_("Without a lead department"),
            Outcome.PROMISED: N_("With a promise"),
            Outcome.UNPROMISED: N_("Without a promise"),
            Outcome.REDISPATCHED: N_("Dispatched to another department"),
            Outcome.UNASSIGNED: N_("Back to dispatch"),
            Outcome.ARBITRATED: N_("Referred to arbitration"),
            Outcome.COMPLETED: N_("Completed"),
            Outcome.FAILED: N_("Failed"),
            Outcome.FOUNDED: N_("Founded"),
            Outcome.UNFOUNDED: N_("Unfounded"),
        },
        ClosureCode: {
            ClosureCode.SOLVED: N_("Solved"),
            ClosureCode.EXPLAINED: N_("Explained: policy does not allow it"),
            ClosureCode.ANSWERED: N_("Answered directly"),
            ClosureCode.PLANNED_DONE: N_("Rectification completed"),
            ClosureCode.FINAL_REPLY: N_("Final reply"),
            ClosureCode.UNREACHABLE: N_("Requester unreachable"),
            ClosureCode.OUT_OF_DUTY: N_("Outside public duty, told so"),
            ClosureCode.MERGED: N_("Merged"),
            ClosureCode.CANCELLED: N_("Cancelled"),
            ClosureCode.TRANSFERRED: N_("Transferred"),
        },
        Need: {
            Need.PROMISE: N_("a promise"),
            Need.REASON: N_("a reason"),
            Need.SECOND_PERSON: N_("a second person"),
            Need.CONTACT_RECORD: N_("a contact record"),
            Need.DEPARTMENT: N_("a department"),
            Need.REPLY: N_("a reply"),
        },
        Relation: {
            Relation.NONE: N_("Not involved"),
            Relation.LEAD: N_("Lead department"),
            Relation.CO: N_("Co-handling department"),
        },
        Role: {
            Role.OPERATOR: N_("Operator"),
            Role.DISPATCHER: N_("Dispatcher"),
            Role.AUDITOR: N_("Auditor"),
            Role.VISITOR: N_("Visitor"),
            Role.SUPERVISOR: N_("Supervisor"),
            Role.AUTHORITY: N_("Competent authority"),
            Role.ADMIN: N_("Administrator"),
            Role.OBSERVER: N_("External observer"),
            Role.HANDLER: N_("Handler"),
            Role.LEADER: N_("Department leader"),
            Role.REQUESTER: N_("Requester"),
            Role.SYSTEM: N_("System"),
        },
        Permission: {
            Permission.READ_TICKETS: N_("Read tickets"),
            Permission.CREATE_TICKETS: N_("Create tickets"),
            Permission.REVEAL_PERSONAL_DATA: N_("Reveal personal data"),
            Permission.READ_BOARD: N_("Read the supervisor's board"),
            Permission.READ_DIRECTORY: N_("Read the directory"),
            Permission.READ_POLICIES: N_("Read time-limit policies"),
            Permission.MANAGE_POLICIES: N_("Manage time-limit policies"),
            Permission.MANAGE_DIRECTORY: N_("Manage the directory"),
            Permission.MANAGE_USERS: N_("Manage users"),
            Permission.READ_CREDIT: N_("Read credit files"),
            Permission.READ_REVEALS: N_("Read the log of revealed data"),
        },
        ClockKind: {
            ClockKind.ACCEPT: N_("Acceptance"),
            ClockKind.DISPATCH: N_("Dispatching"),
            ClockKind.SIGN: N_("Signing"),
            ClockKind.FIRST_CONTACT: N_("First contact"),
            ClockKind.COMPLETE: N_("Completion"),
            ClockKind.CO_OPINION: N_("Co-handler's opinion"),
            ClockKind.AUDIT: N_("Audit"),
            ClockKind.VISIT: N_("Return visit"),
            ClockKind.REWORK_COMPLETE: N_("Completion of rework"),
            ClockKind.SUPPLEMENT: N_("Supplement"),
            ClockKind.CONSULTATION: N_("Consultation"),
            ClockKind.DISPUTE_REVIEW: N_("Review of the return"),
            ClockKind.ARBITRATION: N_("Arbitration"),
            ClockKind.MILESTONE: N_("Milestone"),
            ClockKind.SUSPENSION_REVIEW: N_("Review of the suspension"),
            ClockKind.FINAL_REPLY: N_("Approval of the final reply"),
            ClockKind.BAD_RATING_CONTACT: N_("Contact after a bad rating"),
            ClockKind.BAD_RATING_FIX: N_("Mending after a bad rating"),
        },
        Level: {
            Level.GREEN: N_("On time"),
            Level.YELLOW: N_("Reminder"),
            Level.ORANGE: N_("Warning"),
            Level.RED: N_("Overdue"),
        },
        CalendarCode: {
            CalendarCode.NATURAL: N_("Natural time"),
            CalendarCode.WORKING: N_("Working time"),
        },
    }
)
"""By enumeration first: members of two string enumerations may be equal."""


def label(member: enum.Enum) -> str:
    """Return the message id that names `member`."""
    return LABELS[type(member)][member]


def state_label(state: State) -> str:
    """Return the message id a person sees for a ticket's state: the hold's if there is one."""
    return label(state.hold or state.status)
