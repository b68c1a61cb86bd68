"""Words for procedures, return visits, papers and dispatching."""

import enum
from collections.abc import Mapping

from hotline.dispatching.accuracy import DispatchVerdict
from hotline.dispatching.checking import FaultKind
from hotline.dispatching.models import PrecedentSource
from hotline.followup.models import CheckState, MissedReason, VisitBy
from hotline.followup.rules import DayPart, VisitSkip
from hotline.followup.second_look_models import LookState
from hotline.kernel.errors import N_
from hotline.papers.kinds import PaperKind, Ruling
from hotline.papers.queries import Standing
from hotline.procedures.dispute_rules import ReturnLevel
from hotline.procedures.rules import (
    ExtensionReason,
    FinalReplyReason,
    PauseReason,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
)

PROCEDURES: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    DispatchVerdict: {
        DispatchVerdict.RIGHT: N_("Right at first"),
        DispatchVerdict.WRONG: N_("Went elsewhere later"),
        DispatchVerdict.OPEN: N_("Cannot be said yet"),
    },
    PrecedentSource: {
        PrecedentSource.RETURN: N_("Return decided"),
        PrecedentSource.CONSULTATION: N_("Consultation decided"),
        PrecedentSource.ARBITRATION: N_("Arbitration decided"),
        PrecedentSource.WHISTLE: N_("Whistle decided"),
    },
    FaultKind: {
        FaultKind.UNKNOWN_CATEGORY: N_("There is no such category in use"),
        FaultKind.UNKNOWN_DEPARTMENT: N_("There is no such department"),
        FaultKind.INACTIVE_DEPARTMENT: N_("The department takes no tickets any more"),
        FaultKind.UNKNOWN_REQUEST_TYPE: N_("There is no such request type"),
        FaultKind.EMPTY_VALIDITY: N_("It ends before it begins"),
        FaultKind.LEAD_AS_CO: N_("The lead is named as a co-handler too"),
        FaultKind.BELOW_LEVEL: N_("The lead stands below the level that the entry asks for"),
        FaultKind.CONFLICT: N_("Just as narrow as another row, for the same days"),
        FaultKind.BAD_DATE: N_("This is no day; write 2026-11-30"),
        FaultKind.BAD_FLAG: N_("Write yes or leave it empty"),
        FaultKind.BAD_LEVEL: N_("A guard asks for bureau or district"),
        FaultKind.TOO_LONG: N_("Area or basis is too long"),
    },
    PaperKind: {
        PaperKind.COMMITMENT: N_("Commitment"),
        PaperKind.SERVICE_LIST: N_("Service list"),
        PaperKind.ORDER: N_("Supervision order"),
        PaperKind.RECTIFICATION_NOTICE: N_("Rectification notice"),
        PaperKind.RETURN_RULING: N_("Ruling on a return"),
        PaperKind.FINAL_REPLY: N_("Final reply"),
        PaperKind.FIELD_TASK: N_("Field task"),
    },
    Ruling: {
        Ruling.UPHELD: N_("The return is upheld"),
        Ruling.REJECTED: N_("The return is rejected"),
        Ruling.DESIGNATED: N_("A department is designated"),
    },
    Standing: {
        Standing.VALID: N_("Genuine and in force"),
        Standing.REPLACED: N_("Genuine, replaced by a later revision"),
        Standing.DIFFERS: N_("Differs from what was issued"),
    },
    DayPart: {
        DayPart.MORNING: N_("Morning"),
        DayPart.AFTERNOON: N_("Afternoon"),
        DayPart.EVENING: N_("Evening"),
    },
    VisitBy: {
        VisitBy.PHONE: N_("By telephone"),
        VisitBy.LINK: N_("By link"),
        VisitBy.PAGE: N_("On the page"),
    },
    VisitSkip: {
        VisitSkip.LINE_ENGAGED: N_("Line engaged"),
        VisitSkip.ASKED_TO_CALL_LATER: N_("Asked to be called later"),
        VisitSkip.OTHER_LANGUAGE: N_("Speaks another language"),
        VisitSkip.NEEDS_FILE: N_("The file must be read first"),
    },
    CheckState: {
        CheckState.PLANNED: N_("Planned"),
        CheckState.DONE: N_("Looked at"),
        CheckState.MISSED: N_("Did not take place"),
    },
    MissedReason: {
        MissedReason.NO_ACCESS: N_("No access to the place"),
        MissedReason.PLACE_UNKNOWN: N_("The place could not be found"),
        MissedReason.NOTHING_TO_SEE: N_("There is nothing to see at the place"),
        MissedReason.NO_TIME: N_("Nobody had the time"),
    },
    ProcedureKind: {
        ProcedureKind.REPEAT: N_("Explanation of a repeat"),
        ProcedureKind.REFUSAL: N_("Refusal"),
        ProcedureKind.SUPPLEMENT: N_("Supplement"),
        ProcedureKind.CONSULTATION: N_("Consultation"),
        ProcedureKind.RETURN: N_("Return"),
        ProcedureKind.ARBITRATION: N_("Arbitration"),
        ProcedureKind.EXTENSION: N_("Extension"),
        ProcedureKind.SUSPENSION: N_("Suspension"),
        ProcedureKind.RECTIFICATION: N_("Rectification plan"),
        ProcedureKind.CLOSE_OUT: N_("Striking off the plan"),
        ProcedureKind.FINAL_REPLY: N_("Final reply"),
        ProcedureKind.RATING_CHECK: N_("Check of a bad rating"),
    },
    ProcedureState: {
        ProcedureState.PENDING: N_("Awaiting decision"),
        ProcedureState.RUNNING: N_("Running"),
        ProcedureState.GRANTED: N_("Granted"),
        ProcedureState.REFUSED: N_("Refused"),
        ProcedureState.COMPLETED: N_("Completed"),
        ProcedureState.FAILED: N_("Failed"),
        ProcedureState.ENDED: N_("Ended"),
        ProcedureState.WITHDRAWN: N_("Withdrawn"),
        ProcedureState.LAPSED: N_("Lapsed with the state it belonged to"),
    },
    ReturnLevel: {
        ReturnLevel.DISPATCHER: N_("Dispatch desk"),
        ReturnLevel.AUTHORITY: N_("Authority"),
        ReturnLevel.ARBITRATION: N_("Arbitration by the authority"),
    },
    ReturnReason: {
        ReturnReason.NOT_MY_DUTY: N_("Not a duty of this department"),
        ReturnReason.WRONG_AREA: N_("Wrong area"),
        ReturnReason.UNCLEAR: N_("The matter is unclear"),
        ReturnReason.DUPLICATE: N_("The same matter again"),
        ReturnReason.LEGAL_ROUTE: N_("Belongs to a court or another legal route"),
        ReturnReason.HIGHER_LEVEL: N_("Belongs to a higher level"),
    },
    PauseReason: {
        PauseReason.WAITING_REQUESTER: N_("Waiting for the requester"),
        PauseReason.STATUTORY_STEP: N_("A step prescribed by law"),
        PauseReason.FORCE_MAJEURE: N_("Force majeure"),
        PauseReason.EXTERNAL_DEPENDENCY: N_("Depends on somebody outside"),
    },
    ExtensionReason: {
        ExtensionReason.AWAITING_PARTS: N_("Waiting for parts or material"),
        ExtensionReason.COMPLEX_INVESTIGATION: N_("A complex investigation"),
        ExtensionReason.MULTI_UNIT: N_("Several units have to act"),
        ExtensionReason.WEATHER: N_("The weather"),
        ExtensionReason.REQUESTER_SCHEDULE: N_("The requester asked for a later date"),
        ExtensionReason.PROCUREMENT: N_("Tender or procurement under way"),
    },
    FinalReplyReason: {
        FinalReplyReason.POLICY_FORBIDS: N_("Policy does not allow it"),
        FinalReplyReason.NO_LEGAL_BASIS: N_("There is no legal basis for it"),
        FinalReplyReason.PROPERLY_SOLVED_REPEATED: N_("Properly solved, and brought again"),
        FinalReplyReason.UNREASONABLE: N_("The demand is unreasonable"),
        FinalReplyReason.LEGAL_ROUTE: N_("It is decided on another legal route"),
    },
    LookState: {
        LookState.DRAWN: N_("Waits for a second look"),
        LookState.DONE: N_("Looked at"),
    },
}
