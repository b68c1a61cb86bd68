"""Words for credit: the ledger, periods, appeals, repair, observers and reports."""

import enum
from collections.abc import Mapping

from credit.appeals.rules import AppealGrounds, AppealState, AppealSubject
from credit.cases.rules import CaseKind, CaseStep, Duty, RemedyReason
from credit.consequences.rules import ConsequenceKind
from credit.entries.rules import ChangeReason, ProposalKind, ProposalState
from credit.exclusions.rules import ExclusionCode, ExclusionState
from credit.grades import GradeReason
from credit.intake.rates import Cause
from credit.ledger import EntrySource, EntryState, Measure
from credit.models import PromiseOutcome
from credit.observers.rules import (
    CheckItem,
    ConflictReason,
    FindingState,
    FindingStep,
    ItemVerdict,
    ObserverCategory,
    QuestionKind,
    SurveyKind,
    SurveyState,
)
from credit.observers.visit_queries import VisitShown
from credit.period_models import PeriodState
from credit.periods import PeriodKind
from credit.platform.messages import PushKind, PushState
from credit.repairs.rules import RepairState
from credit.reports.content import Advice
from credit.reports.models import FileForm
from credit.reports.rules import ReportState
from credit.rulebook import Grade, Indicator, RuleFaultCode, Severity
from hotline.kernel.errors import N_

CREDIT: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    ObserverCategory: {
        ObserverCategory.MEDIA: N_("Media"),
        ObserverCategory.ENTERPRISE: N_("Enterprise"),
        ObserverCategory.CITIZEN: N_("Citizen"),
        ObserverCategory.DEPUTY: N_("Deputy or member of a consultative body"),
        ObserverCategory.EXPERT: N_("Expert"),
    },
    ConflictReason: {
        ConflictReason.EMPLOYED: N_("I work there, or worked there"),
        ConflictReason.FAMILY: N_("Somebody close to me works there"),
        ConflictReason.BUSINESS: N_("I do business with it"),
        ConflictReason.OWN_MATTER: N_("It handles a matter of mine"),
        ConflictReason.OTHER: N_("Another reason to keep out"),
    },
    SurveyKind: {
        SurveyKind.QUARTER: N_("Survey of a quarter"),
        SurveyKind.YEAR: N_("Survey of a year"),
        SurveyKind.SPECIAL: N_("Special survey"),
    },
    SurveyState: {
        SurveyState.DRAFT: N_("Draft of a survey"),
        SurveyState.PUBLISHED: N_("Published to observers"),
        SurveyState.CLOSED: N_("Survey closed"),
    },
    QuestionKind: {
        QuestionKind.SCALE: N_("One to five"),
        QuestionKind.YES_NO: N_("Yes or no"),
        QuestionKind.WORDS: N_("Short words"),
    },
    CheckItem: {
        CheckItem.OPEN_IN_HOURS: N_("Staffed during opening hours"),
        CheckItem.ATTITUDE: N_("Attitude of the staff"),
        CheckItem.TOLD_AT_ONCE: N_("Told at once what has to be brought"),
        CheckItem.WAITING: N_("Waiting and queueing"),
        CheckItem.RULES_POSTED: N_("Procedures and time limits posted"),
        CheckItem.FEES_POSTED: N_("Fees posted"),
        CheckItem.COMPLAINT_WAY: N_("12345 and the way to complain posted"),
        CheckItem.ACCESSIBLE: N_("Usable by the old and the disabled"),
    },
    ItemVerdict: {
        ItemVerdict.GOOD: N_("In order"),
        ItemVerdict.POOR: N_("Poor"),
    },
    FindingState: {
        FindingState.OPEN: N_("To be put right"),
        FindingState.ANSWERED: N_("Answered, to be confirmed"),
        FindingState.CONFIRMED: N_("Put right"),
        FindingState.SET_ASIDE: N_("Found not to hold"),
    },
    FindingStep: {
        FindingStep.FOUND: N_("Found on a visit"),
        FindingStep.ANSWERED: N_("Answered by the department"),
        FindingStep.SENT_BACK: N_("Sent back: not put right yet"),
        FindingStep.CONFIRMED: N_("Confirmed as put right"),
        FindingStep.SET_ASIDE: N_("Finding set aside by a supervisor"),
    },
    VisitShown: {
        VisitShown.DUE: N_("Still to be made"),
        VisitShown.OVERDUE: N_("Not made by its day"),
        VisitShown.MADE: N_("Visit made"),
    },
    Grade: {
        Grade.A: N_("A excellent"),
        Grade.B: N_("B good"),
        Grade.C: N_("C under attention"),
        Grade.D: N_("D warning"),
    },
    GradeReason: {
        GradeReason.SEVERE: N_("A severe event is live"),
        GradeReason.PERFORMANCE: N_("The performance part is too low for an A"),
        GradeReason.MARGIN: N_("The score is beyond the line by less than the margin"),
        GradeReason.SECOND_MONTH: N_("Beyond the line for the second time"),
        GradeReason.SMALL_SAMPLE: N_("The sample is small: one step at most"),
        GradeReason.NO_ACTIVITY: N_("Nothing was counted"),
    },
    ConsequenceKind: {
        ConsequenceKind.QA_SHARE: N_("Feedback looked at again"),
        ConsequenceKind.CHECK_SHARE: N_("Solved matters checked on the spot"),
        ConsequenceKind.CHECK_CYCLE: N_("Days between routine checks"),
        ConsequenceKind.WATCHED: N_("On the watch list"),
        ConsequenceKind.NO_EXTENSION: N_("Cannot ask for more time"),
        ConsequenceKind.INTERVIEW: N_("Interview proposed"),
        ConsequenceKind.PLAN: N_("Plan of rectification asked for"),
        ConsequenceKind.NO_HONOURS: N_("Cannot be honoured"),
        ConsequenceKind.GOVERNMENT_REPORT: N_("Report to the government proposed"),
    },
    PushKind: {
        PushKind.ENTRY: N_("Credit event"),
        PushKind.GRADE: N_("Published grade"),
    },
    PushState: {
        PushState.WAITING: N_("Waits to be sent"),
        PushState.SENDING: N_("Being sent"),
        PushState.SENT: N_("Sent"),
        PushState.DEAD: N_("Given up"),
    },
    RuleFaultCode: {
        RuleFaultCode.MISSING: N_("This must be filled"),
        RuleFaultCode.NOT_READABLE: N_("This cannot be read as such a value"),
        RuleFaultCode.OUT_OF_RANGE: N_("This lies outside what makes sense"),
        RuleFaultCode.TOO_PRECISE: N_("Two digits after the point at most"),
        RuleFaultCode.FLOOR_AND_TARGET: N_(
            "The floor must lie below the target, both between 0 and 1"
        ),
        RuleFaultCode.WEIGHTS_SUM: N_("The weights must sum up to 100"),
        RuleFaultCode.SIGN_OF_POINTS: N_("The sign does not suit the class"),
        RuleFaultCode.CAP_TOO_SMALL: N_("The cap is less than one event"),
        RuleFaultCode.SPAN: N_("The end must lie after the beginning"),
        RuleFaultCode.LINES_FALL: N_("A, B and C need lines that fall, between 0 and 100"),
        RuleFaultCode.RATINGS_FALL: N_("Ratings are worth 0 to 1, more stars not less"),
        RuleFaultCode.SHARES_SUM: N_("The shares must sum up to 1"),
        RuleFaultCode.EVENT_DROPPED: N_("An event that entries refer to cannot be dropped"),
        RuleFaultCode.EVENT_CODE: N_("A code is 2 to 47 small letters, digits and _"),
        RuleFaultCode.UNKNOWN_FORMULA: N_("There is no such formula"),
    },
    Severity: {
        Severity.RATE: N_("Counts in a rate only"),
        Severity.MINOR: N_("Minor"),
        Severity.GENERAL: N_("Ordinary"),
        Severity.SEVERE: N_("Severe"),
        Severity.PLUS: N_("Plus"),
        Severity.CANCELS: N_("Cancels"),
    },
    Indicator: {
        Indicator.SIGN: N_("Signed in time"),
        Indicator.CONTACT: N_("Contacted in time"),
        Indicator.PROMISE: N_("Promises kept"),
        Indicator.RESOLVED: N_("Resolved"),
        Indicator.SATISFIED: N_("Satisfied"),
        Indicator.QUALITY: N_("Handled by the rules"),
    },
    Measure: {
        Measure.BASE: N_("Assignments counted"),
        Measure.SIGN: N_("Signed in time"),
        Measure.CONTACT: N_("Contacted in time"),
        Measure.PROMISE: N_("Promises kept"),
        Measure.RESOLVED: N_("Resolved"),
        Measure.SATISFIED: N_("Satisfied"),
        Measure.QUALITY: N_("Handled by the rules"),
    },
    ProposalKind: {
        ProposalKind.ENTRY: N_("A new event"),
        ProposalKind.REVERSAL: N_("Taking an event back"),
    },
    ProposalState: {
        ProposalState.WAITING: N_("Waits for a second person"),
        ProposalState.ENTERED: N_("Entered in the ledger"),
        ProposalState.REFUSED: N_("Proposal set aside"),
    },
    ChangeReason: {
        ChangeReason.TERM_PASSED: N_("Nobody objected within the term"),
        ChangeReason.SECOND_PERSON: N_("Confirmed by a second person"),
        ChangeReason.ACCEPTED: N_("Accepted by the department"),
        ChangeReason.MERGED: N_("The ticket follows another one"),
        ChangeReason.RETURN_UPHELD: N_("The return was upheld: it is another's matter"),
        ChangeReason.DESIGNATED_ANOTHER: N_("The authority designated another department"),
        ChangeReason.RATING_UNFOUNDED: N_("The rating was found unfounded"),
        ChangeReason.NOT_DONE: N_("A field check found that it was not done"),
        ChangeReason.EXCLUDED: N_("The work was excluded"),
    },
    EntrySource: {
        EntrySource.FACT: N_("From a fact of the loop"),
        EntrySource.PERSON: N_("Entered by people"),
    },
    EntryState: {
        EntryState.PROVISIONAL: N_("Provisional"),
        EntryState.IN_FORCE: N_("In effect"),
        EntryState.OBJECTED: N_("Under objection"),
        EntryState.REVOKED: N_("Revoked"),
        EntryState.REPAIRED: N_("Repaired"),
        EntryState.ENDED: N_("Ended"),
    },
    AppealSubject: {
        AppealSubject.ENTRY: N_("Against an event"),
        AppealSubject.FIGURE: N_("Against a figure"),
    },
    AppealGrounds: {
        AppealGrounds.FACTS_WRONG: N_("The facts are wrong"),
        AppealGrounds.NOT_OURS: N_("Not our responsibility"),
        AppealGrounds.RULE_MISAPPLIED: N_("The rule does not apply"),
        AppealGrounds.COUNTED_TWICE: N_("Counted twice"),
        AppealGrounds.FORCE_MAJEURE: N_("Beyond anybody's control"),
        AppealGrounds.PROCEDURE: N_("The procedure was not kept"),
        AppealGrounds.OTHER: N_("Another ground"),
    },
    AppealState: {
        AppealState.FIRST: N_("At the first level"),
        AppealState.SECOND: N_("At the second level"),
        AppealState.UPHELD: N_("Appeal upheld"),
        AppealState.REFUSED: N_("Appeal refused"),
        AppealState.WITHDRAWN: N_("Appeal withdrawn"),
    },
    RepairState: {
        RepairState.ASKED: N_("Asked for, to be checked"),
        RepairState.CHECKED: N_("Checked, to be decided"),
        RepairState.GRANTED: N_("Repaired"),
        RepairState.REFUSED: N_("Repair refused"),
        RepairState.WITHDRAWN: N_("Request withdrawn"),
        RepairState.FALSE: N_("Found to be false"),
    },
    RemedyReason: {
        RemedyReason.APPEAL: N_("Objected to"),
        RemedyReason.APPEAL_UPHELD: N_("Appeal upheld"),
        RemedyReason.APPEAL_REFUSED: N_("Appeal refused"),
        RemedyReason.APPEAL_WITHDRAWN: N_("Appeal taken back"),
        RemedyReason.REPAIRED: N_("Repaired after a check"),
        RemedyReason.MINOR_CURED: N_("Cured, and clean since"),
        RemedyReason.FALSE_STATEMENT: N_("Found to be false"),
        RemedyReason.TIME_OVER: N_("Its time is over"),
    },
    CaseKind: {
        CaseKind.APPEAL: N_("Appeal"),
        CaseKind.REPAIR: N_("Repair"),
        CaseKind.ENTRY: N_("Credit event"),
    },
    CaseStep: {
        CaseStep.APPEALED: N_("The department appealed"),
        CaseStep.MARKED: N_("Marked as under objection"),
        CaseStep.UPHELD: N_("The appeal was upheld"),
        CaseStep.REFUSED: N_("The appeal was refused"),
        CaseStep.WENT_ON: N_("Taken to the second level"),
        CaseStep.WITHDRAWN: N_("The appeal was taken back"),
        CaseStep.RECALCULATED: N_("Frozen periods were calculated again"),
        CaseStep.REPAIR_ASKED: N_("A repair was asked for"),
        CaseStep.REPAIR_CHECKED: N_("The cure was checked"),
        CaseStep.REPAIR_PUT_OFF: N_("The decision was put off"),
        CaseStep.REPAIRED: N_("The event was repaired"),
        CaseStep.REPAIR_REFUSED: N_("The repair was refused"),
        CaseStep.REPAIR_WITHDRAWN: N_("The request for a repair ended"),
        CaseStep.FALSE_REPORTED: N_("A statement was reported to be false"),
        CaseStep.FALSE_CONFIRMED: N_("A statement was found to be false"),
        CaseStep.FALSE_DISMISSED: N_("The statement was found to be true"),
        CaseStep.ENDED: N_("The event ended by itself"),
    },
    Duty: {
        Duty.FIRST_DECISION: N_("First decision on the appeal"),
        Duty.SECOND_DECISION: N_("Decision at the second level"),
        Duty.REPAIR_DECISION: N_("Decision on the repair"),
    },
    ExclusionCode: {
        ExclusionCode.OUT_OF_DUTY: N_("Outside the duties"),
        ExclusionCode.UNREASONABLE: N_("Unreasonable demand"),
        ExclusionCode.MALICIOUS: N_("Malicious matter"),
        ExclusionCode.DUPLICATE_CHILD: N_("Merged into another"),
        ExclusionCode.WITHDRAWN: N_("Withdrawn by the requester"),
        ExclusionCode.MISDISPATCH: N_("Dispatched wrongly"),
        ExclusionCode.FORCE_MAJEURE: N_("Force majeure"),
        ExclusionCode.PILOT: N_("Trial of something new"),
    },
    ExclusionState: {
        ExclusionState.ASKED: N_("Waits for the first decision"),
        ExclusionState.SECONDED: N_("Waits for the second decision"),
        ExclusionState.APPROVED: N_("Excluded"),
        ExclusionState.REFUSED: N_("Not excluded"),
        ExclusionState.REVOKED: N_("Counts again"),
    },
    PeriodKind: {
        PeriodKind.MONTH: N_("Month"),
        PeriodKind.QUARTER: N_("Quarter"),
        PeriodKind.YEAR: N_("Year"),
    },
    ReportState: {
        ReportState.DRAFT: N_("Draft of a report"),
        ReportState.SIGNED: N_("Signed"),
        ReportState.PUBLISHED: N_("Made public"),
        ReportState.WITHDRAWN: N_("Withdrawn"),
    },
    FileForm: {
        FileForm.WORD: N_("Word document"),
        FileForm.EXCEL: N_("Excel workbook"),
    },
    Advice: {
        Advice.RAISE_CONTACT: N_("Contact sooner"),
        Advice.RAISE_RESOLVED: N_("Settle more at once"),
        Advice.RAISE_SATISFIED: N_("Look into discontent"),
        Advice.ASK_FOR_RATINGS: N_("Ask for ratings"),
        Advice.CURB_LATENESS: N_("Act on lateness"),
        Advice.ANSWER_ORDERS: N_("Demand replies to orders"),
        Advice.MEND_CATALOGUE: N_("Mend the dispatch catalogue"),
        Advice.CURB_RETURNS: N_("Curb unfounded returns"),
        Advice.CURB_REWORK: N_("Check before handing in"),
        Advice.CURB_REPEATS: N_("Cure causes of repeats"),
        Advice.CURB_DELAYS: N_("Look through delays"),
        Advice.CLEAR_SLOW: N_("Clear what lies long"),
        Advice.TACKLE_ISSUE: N_("Make it a matter of the month"),
        Advice.WATCH_UNITS: N_("Watch and talk with"),
    },
    PeriodState: {
        PeriodState.FROZEN: N_("Frozen"),
        PeriodState.NOTICE: N_("Shown for objections"),
        PeriodState.PUBLISHED: N_("Made public"),
    },
    Cause: {
        Cause.OUT_OF_DUTY: N_("Not the hotline's matter"),
        Cause.UNREASONABLE: N_("Ended by a final reply"),
        Cause.MALICIOUS: N_("Malicious"),
        Cause.DUPLICATE_CHILD: N_("Merged into another ticket"),
        Cause.WITHDRAWN: N_("Withdrawn or cancelled"),
        Cause.MISDISPATCH: N_("Given to the wrong department"),
        Cause.FORCE_MAJEURE: N_("Force majeure"),
        Cause.PILOT: N_("Pilot"),
        Cause.OUTAGE: N_("Nobody was warned: the system was down"),
        Cause.APPROVED_PAUSE: N_("Paused with consent"),
        Cause.RELEASED: N_("Released before the end"),
        Cause.NOBODY_TO_CONTACT: N_("Nobody could be contacted"),
        Cause.BY_MILESTONE: N_("Counted by milestone"),
        Cause.EXPLAINED: N_("Explained, and the audit passed it"),
        Cause.REOPENED: N_("Reopened later"),
        Cause.MISTAKEN: N_("Rated by mistake"),
        Cause.NOT_ABOUT_UNIT: N_("Rated about somebody else"),
        Cause.IN_CONFIDENCE: N_("Rated in confidence"),
        Cause.CORRECTED: N_("Corrected"),
    },
    PromiseOutcome: {
        PromiseOutcome.KEPT: N_("Kept"),
        PromiseOutcome.BROKEN: N_("Broken"),
    },
}
